"""How far the background work on a file has come; read by the page that waits for it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from insurer.people.tables import RosterProgress
from insurer.platform.db import UnitSession


@dataclass(frozen=True, slots=True)
class ProgressView:
    """Words of the present step, rows done and all rows (0 when not known), and when it was noted."""

    words: str
    done: int
    total: int
    noted_at: datetime


def note_progress(
    session: UnitSession, *, import_id: uuid.UUID, words: str, done: int, total: int, now: datetime
) -> None:
    """Write the present step, in a transaction of its own that commits at once."""
    values = {"words": words, "done": done, "total": total, "noted_at": now}
    statement = insert(RosterProgress).values(import_id=import_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[RosterProgress.import_id], set_=values))


def progress_of(session: UnitSession, import_id: uuid.UUID) -> ProgressView | None:
    """Return how far the work is, None when it has not begun."""
    row = session.scalars(select(RosterProgress).where(RosterProgress.import_id == import_id)).one_or_none()
    return ProgressView(row.words, row.done, row.total, row.noted_at) if row else None
