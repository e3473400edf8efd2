"""How much background work is waiting: for the readiness page, the metrics and the daily reconciliation."""

from dataclasses import dataclass

from sqlalchemy import text

from insurer.platform.db import UnitSession

LATE_MINUTES = 15
"""Work that is due for longer than this is late: somebody has to look."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of outbox rows: waiting for their turn, due for too long, given up."""

    waiting: int
    late: int
    stuck: int


_COUNT = text(
    """
    SELECT count(*) FILTER (WHERE state = 'pending') AS waiting,
           count(*) FILTER (WHERE state = 'pending' AND late) AS late,
           count(*) FILTER (WHERE state = 'stuck') AS stuck
      FROM (SELECT state, created_at < clock_timestamp() - make_interval(mins => :minutes) AS late
              FROM outbox WHERE state IN ('pending', 'stuck')) AS open
    """
)


def backlog(session: UnitSession, *, minutes: int = LATE_MINUTES) -> Backlog:
    """Count the work that is not done; ``minutes`` is the age from which it is late."""
    row = session.execute(_COUNT, {"minutes": minutes}).one()
    return Backlog(row.waiting, row.late, row.stuck)
