"""Slots of the periodic jobs: a slot belongs to whoever inserts its row first."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from insurer.platform.db import Base, Moment, UnitSession


class ScheduleSlot(Base):
    """A periodic job's turn that was taken."""

    __tablename__ = "schedule_slot"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    taken_at: Mapped[datetime]


def take_slot(session: UnitSession, name: str, slot_at: datetime, *, now: datetime) -> bool:
    """Take the slot; ``False`` when another process already did."""
    row = {"name": name, "slot_at": slot_at, "taken_at": now}
    statement = insert(ScheduleSlot).values(row).on_conflict_do_nothing().returning(ScheduleSlot.name)
    return session.execute(statement).one_or_none() is not None
