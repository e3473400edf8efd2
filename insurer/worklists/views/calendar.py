"""工作日历: which years are known, what was proposed, until when terms can be counted."""

from dataclasses import dataclass, field
from datetime import date, datetime

from insurer.worklists.views.elements import Banner, Trouble


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year that counts."""

    year: int
    status: str
    holidays: int
    working_weekends: tuple[date, ...]
    spans: tuple[str, ...]
    source: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ProposedYear:
    """A year that waits for a second person, with the days on which it differs."""

    id: str
    year: int
    provisional: bool
    source: str
    by: str
    at: datetime
    changes: tuple[tuple[date, str], ...]
    may_decide: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The page; ``typed`` are the values of a form that came back."""

    until: date
    final_until: date
    banner: Banner | None
    years: tuple[YearRow, ...]
    proposed: tuple[ProposedYear, ...]
    may_propose: bool
    next_year: int
    action: str
    typed: dict[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
