"""The outbox: background work is a row of the business transaction, so that no queue can lose it.

A relay hands due rows to the queue; a handler takes a lease, does the work and marks the row done in its
own transaction. The attempt number is the fencing token: a handler that lost its lease cannot finish.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from insurer.kernel.errors import Conflict
from insurer.platform.db import Base, UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import QUEUES, TIMEOUTS


class OutboxRow(Base):
    """One piece of work to be done exactly once; the payload carries ids only."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'stuck')", name="state"),
        Index("ix_outbox_due", "next_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work to note: job name, ids, and the key under which it exists once."""

    job: str
    payload: Mapping[str, Any]
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one row's work; ``attempt`` is the fencing token."""

    row_id: uuid.UUID
    job: str
    payload: dict[str, Any]
    attempt: int


def note_work(session: UnitSession, works: Sequence[Work], *, now: datetime) -> int:
    """Write outbox rows in the caller's transaction; a known ``dedupe_key`` is silently kept.

    Returns how many were new. An unknown job name is a programming error (:class:`KeyError`).
    """
    if not works:
        return 0
    rows = [
        {
            "id": new_id(),
            "job": work.job,
            "payload": dict(work.payload),
            "dedupe_key": work.dedupe_key,
            "state": "pending",
            "attempts": 0,
            "created_at": now,
            "next_at": now,
        }
        for work in works
        if QUEUES[work.job]
    ]
    statement = (
        insert(OutboxRow).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(OutboxRow.id)
    )
    return len(session.execute(statement, rows).all())


_TAKE = text(
    """
    UPDATE outbox
       SET lease_owner = :owner, attempts = attempts + 1,
           lease_until = clock_timestamp() + make_interval(secs => :seconds)
     WHERE id = :id AND state = 'pending'
       AND (lease_until IS NULL OR lease_until < clock_timestamp())
    RETURNING id, job, payload, attempts
    """
)

_FINISH = text(
    """
    UPDATE outbox SET state = 'done', done_at = clock_timestamp(), lease_until = NULL, last_error = NULL
     WHERE id = :id AND attempts = :attempt AND state = 'pending'
    """
)

_GIVE_BACK = text(
    """
    UPDATE outbox
       SET lease_until = NULL, last_error = :error,
           state = CASE WHEN attempts >= :most THEN 'stuck' ELSE 'pending' END,
           next_at = clock_timestamp() + make_interval(secs => least(3600, 5 * power(2, attempts)))
     WHERE id = :id AND attempts = :attempt AND state = 'pending'
    """
)

MOST_ATTEMPTS = 15
"""After so many tries a row is ``stuck`` and shown to a person; it is never dropped."""


def take_lease(session: UnitSession, row_id: uuid.UUID, *, owner: str) -> Lease | None:
    """Take the row's lease by the database's clock; ``None`` when it is done or somebody has it.

    The caller commits at once, so that the lease is visible before the work begins.
    """
    job = session.execute(text("SELECT job FROM outbox WHERE id = :id"), {"id": row_id}).scalar()
    if job is None:
        return None
    seconds = TIMEOUTS.get(job, 300) + 30
    found = session.execute(_TAKE, {"id": row_id, "owner": owner, "seconds": seconds}).one_or_none()
    return None if found is None else Lease(found.id, found.job, found.payload, found.attempts)


def finish(session: UnitSession, lease: Lease) -> None:
    """Mark the work done in the transaction of its effect; :class:`Conflict` when the lease was lost.

    The conflict rolls the effect back: an orphan that wakes up late cannot write a second time.
    """
    done = session.execute(_FINISH, {"id": lease.row_id, "attempt": lease.attempt})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("这项后台工作已由别的进程接手，本次结果不写入")


def give_back(session: UnitSession, lease: Lease, error: str) -> None:
    """Return a failed row to the queue with a growing delay; the error text must be free of personal data."""
    values = {"id": lease.row_id, "attempt": lease.attempt, "error": error[:500], "most": MOST_ATTEMPTS}
    session.execute(_GIVE_BACK, values)
