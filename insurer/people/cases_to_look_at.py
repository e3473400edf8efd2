"""Later word on people, whose cases somebody must look at: noted for the room that keeps the cases."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import text

from insurer.people.tables import RosterImport
from insurer.platform import jobs
from insurer.platform.db import UnitSession
from insurer.platform.outbox import Work, note_work

_AT_ONCE: Final = 500


def ask_to_look_at_cases(
    session: UnitSession, import_id: uuid.UUID, people: Iterable[uuid.UUID], cause: str, now: datetime
) -> None:
    """Note the work that looks at the cases of these people, once for each ``cause``."""
    ids = sorted(map(str, set(people)))
    works = [
        Work(
            jobs.COVER_CHANGED,
            {"import_id": str(import_id), "cause": cause, "people": ids[first : first + _AT_ONCE]},
            f"cover-changed:{cause}:{first}",
        )
        for first in range(0, len(ids), _AT_ONCE)
    ]
    note_work(session, works, now=now)


def ask_to_look_at_cases_of(session: UnitSession, import_id: uuid.UUID, now: datetime) -> None:
    """Note the work that looks at the cases of everybody of whom a roster being applied says something else.

    They may be a million, and few of them have a case: the room that keeps the cases asks :func:`touched_by`.
    """
    payload = {"import_id": str(import_id), "cause": str(import_id)}
    note_work(session, [Work(jobs.COVER_CHANGED, payload, f"cover-changed:{import_id}")], now=now)


_TOUCHED: Final = text(
    """
    WITH one AS (SELECT unnest(CAST(:people AS uuid[])) AS person_id)
    SELECT one.person_id
      FROM one JOIN roster_exit x ON x.person_id = one.person_id AND x.import_id = :import_id
     UNION
    SELECT one.person_id
      FROM one JOIN roster_entry e ON e.person_id = one.person_id AND e.import_id = :import_id
     WHERE NOT EXISTS (SELECT FROM roster_import i
                         JOIN roster_entry o ON o.import_id = i.id AND o.person_id = e.person_id
                        WHERE i.scheme = :scheme AND i.state = 'applied' AND i.applied_at < :applied_at
                          AND o.statement_id = e.statement_id)
     UNION
    SELECT one.person_id FROM one JOIN cover_period c ON c.person_id = one.person_id
     WHERE (c.import_id = :import_id OR c.superseded_at = :applied_at) AND c.from_on <= :today
    """
)


def touched_by(
    session: UnitSession, found: RosterImport, people: Sequence[uuid.UUID], today: date
) -> set[uuid.UUID]:
    """Return those of ``people`` of whom an applied roster said something else than was known before.

    They are gone, new or changed on it, or it gave them cover, moved it or took it away; cover that begins
    after ``today`` concerns no case yet.
    """
    values = {
        "people": list(people),
        "import_id": found.id,
        "scheme": found.scheme,
        "applied_at": found.applied_at,
        "today": today,
    }
    return set(session.scalars(_TOUCHED, values))
