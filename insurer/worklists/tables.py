"""What each member of staff keeps of the lists, and who has which case open. No fact of a case is here."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurer.accounts.tables import Staff
from insurer.claims.tables import Claim
from insurer.platform.db import Base


class SavedView(Base):
    """Conditions and sorting of a list under a name, for oneself or for a role too."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("staff_id", "list_name", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id))
    list_name: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    conditions: Mapped[dict[str, Any]]
    shared_role: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class ListSetting(Base):
    """How somebody wants one list: its columns in their order, the height of rows, the view it opens with."""

    __tablename__ = "list_setting"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id), primary_key=True)
    list_name: Mapped[str] = mapped_column(Text, primary_key=True)
    columns: Mapped[list[Any]]
    density: Mapped[str] = mapped_column(Text, default="", server_default="")
    view_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("saved_view.id", ondelete="SET NULL"))


class Selection(Base):
    """Rows chosen from a list, frozen: what comes in later does not belong to it."""

    __tablename__ = "selection"
    __table_args__ = (Index("ix_selection_staff_id", "staff_id", "made_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id))
    list_name: Mapped[str] = mapped_column(Text)
    conditions: Mapped[dict[str, Any]]
    members: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    made_at: Mapped[datetime]


class BatchRun(Base):
    """A step that was taken for many rows, with what became of each."""

    __tablename__ = "batch_run"
    __table_args__ = (Index("ix_batch_run_staff_id", "staff_id", "made_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id))
    action: Mapped[str] = mapped_column(Text)
    argument: Mapped[str] = mapped_column(Text, default="", server_default="")
    done: Mapped[list[Any]]
    skipped: Mapped[list[Any]]
    made_at: Mapped[datetime]


class CasePresence(Base):
    """Who works on a case now: since when, last seen doing something, and how long that counts.

    It holds for the state the case had: once the case has moved on, it is somebody else's turn.
    """

    __tablename__ = "case_presence"

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Claim.id), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Staff.id))
    state: Mapped[str] = mapped_column(Text)
    since_at: Mapped[datetime]
    acted_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
