"""What lists say happened to people: deaths and moves; a word that was wrong is taken back by a new one."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on

from insurer.kernel.errors import Conflict
from insurer.people.rules import month_end
from insurer.people.tables import PersonEvent
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

WITHDRAWN: Final = "withdrawn"
"""``precision`` of an event that says: the one before was not true."""


def newest_events(
    session: UnitSession, people: Iterable[uuid.UUID], kind: str
) -> dict[uuid.UUID, PersonEvent]:
    """Return the newest word of each person on a kind of event; it may say that the one before was wrong."""
    rows = session.scalars(
        select(PersonEvent)
        .where(PersonEvent.person_id.in_(list(people)), PersonEvent.kind == kind)
        .order_by(PersonEvent.person_id, PersonEvent.noted_at.desc(), PersonEvent.id.desc())
        .ext(distinct_on(PersonEvent.person_id))
    )
    return {row.person_id: row for row in rows}


_LEFT: Final = text(
    """
    SELECT DISTINCT ON (e.person_id, e.kind) e.person_id, e.kind, e.happened_on, e.precision, i.month
      FROM person_event e JOIN roster_import i ON i.id = e.import_id
     WHERE e.person_id = ANY(:people) AND i.month <= :until
     ORDER BY e.person_id, e.kind, e.noted_at DESC, e.id DESC
    """
)


def leaving_days(
    session: UnitSession, people: Sequence[uuid.UUID], until: date
) -> dict[uuid.UUID, dict[str, date]]:
    """Return ``died_on`` and ``moved_on`` of each person, by the lists of the months up to ``until``.

    Of a month without a day it is the last day, of a day that no list names the last of the list's month.
    What was found untrue counts for nothing.
    """
    rows = session.execute(_LEFT, {"people": list(people), "until": until})
    found: dict[uuid.UUID, dict[str, date]] = defaultdict(dict)
    for row in rows:
        if row.precision != WITHDRAWN:
            day = row.happened_on if row.precision == "day" else month_end(row.happened_on or row.month)
            found[row.person_id]["died_on" if row.kind == "died" else "moved_on"] = day
    return found


def set_death_days(session: UnitSession, people: Sequence[uuid.UUID], days: Sequence[date | None]) -> None:
    """Write the day of death that the newest event names; None when it is unknown or was not true."""
    session.execute(
        text(
            "UPDATE person p SET died_on = n.day"
            "  FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS n(id, day) WHERE p.id = n.id"
        ),
        {"ids": list(people), "days": list(days)},
    )


def withdraw_event(
    session: UnitSession, *, scheme: str, person_id: uuid.UUID, kind: str, now: datetime
) -> PersonEvent:
    """Note that a listed death or move is not true: the person lives, or still lives here.

    Returns the event that was wrong. :class:`Conflict` when no list says so.
    """
    event = newest_events(session, [person_id], kind).get(person_id)
    if event is None or event.precision == WITHDRAWN:
        raise Conflict("名单里没有这个人的记录，不用更正")
    session.add(
        PersonEvent(
            id=new_id(),
            scheme=scheme,
            person_id=person_id,
            kind=kind,
            happened_on=None,
            precision=WITHDRAWN,
            import_id=event.import_id,
            sheet=event.sheet,
            row_no=event.row_no,
            noted_at=now,
        )
    )
    session.flush()
    if kind == "died":
        set_death_days(session, [person_id], [None])
    return event
