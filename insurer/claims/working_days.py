"""The working calendar in force: the packaged years and those that the desk entered and approved."""

from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from insurer.claims.calendar import Calendar, CalendarYear, packaged_calendar
from insurer.claims.tracks.tables import CalendarEntry

_KEPT: Final = "working_calendar"


def calendar_in_force(session: Session) -> Calendar:
    """Return the calendar of this transaction; one statement, the first time it is asked for."""
    kept: Calendar | None = session.info.get(_KEPT)
    if kept is None:
        kept = packaged_calendar()
        statement = select(CalendarEntry).where(CalendarEntry.status == "in_force")
        for entry in session.scalars(statement.order_by(CalendarEntry.year)):
            kept = kept.with_year(year_of(entry))
        session.info[_KEPT] = kept
    return kept


def forget_calendar(session: Session) -> None:
    """Let the calendar be read anew: a year was approved in this transaction."""
    session.info.pop(_KEPT, None)


def year_of(entry: CalendarEntry) -> CalendarYear:
    """Return a stored year as a value."""
    return CalendarYear(
        entry.year,
        days_of(entry.holidays),
        days_of(entry.working_weekends),
        entry.provisional,
        entry.source,
    )


def days_of(texts: list[Any]) -> frozenset[date]:
    """Read stored days."""
    return frozenset(date.fromisoformat(str(text)) for text in texts)
