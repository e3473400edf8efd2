"""Working days by the published calendar; statutory terms counted on it. Pure: the years are an argument.

A day of a year that nobody has entered has no answer: :class:`CalendarEnds` says until when the calendar
reaches. A provisional year (the statutory holidays, the swapped days not yet announced) counts and says so.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from insurer.kernel.dates import chinese_date
from insurer.kernel.errors import Conflict

LEGAL_DAYS: Final = 30
"""Days to decide after the request with its papers (Insurance Law, article 23)."""

TARGET_WORKING_DAYS: Final = 10
"""The desk's own target, the provincial counter's (domain: E2)."""

REFUSAL_DAYS: Final = 3
"""Days from a refusal to its letter, also of a part (Insurance Law, article 24)."""

PAYMENT_DAYS: Final = 10
"""Days from the agreement to the payment (Insurance Law, article 23)."""

PAYMENT_TARGET_WORKING_DAYS: Final = 5
"""The desk's own target from the agreement to the bank."""

CERTAIN_PART_DAYS: Final = 60
"""Days after which the amount already certain is paid ahead (Insurance Law, article 25)."""

WARN_DAYS: Final = 60
"""So many days before the final calendar ends the desk is told to enter the next year."""

Pause = tuple[date, date]
"""From the delivery of the missing-papers notice to the arrival of the supplement (interpretation II, 15)."""


class CalendarEnds(Conflict):
    """A day lies beyond the calendar: a term that ends there cannot be counted."""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """The holidays and swapped working weekends of one year; provisional until they are announced."""

    year: int
    holidays: frozenset[date]
    working_weekends: frozenset[date]
    provisional: bool = False
    source: str = ""

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on a day of this year."""
        return day in self.working_weekends or (day.weekday() < 5 and day not in self.holidays)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known, without a gap."""

    years: tuple[CalendarYear, ...]

    @property
    def first(self) -> date:
        """The first day it knows."""
        return date(self.years[0].year, 1, 1)

    @property
    def until(self) -> date:
        """The last day it knows."""
        return date(self.years[-1].year, 12, 31)

    @property
    def final_until(self) -> date:
        """The last day before the first provisional year."""
        provisional = [one.year for one in self.years if one.provisional]
        return date(provisional[0] - 1, 12, 31) if provisional else self.until

    def ends_soon(self, today: date) -> bool:
        """Tell whether the next year must be entered now, :data:`WARN_DAYS` before the final part ends."""
        return self.final_until - today < timedelta(days=WARN_DAYS)

    def is_working(self, day: date) -> bool:
        """Tell whether offices work that day; :class:`CalendarEnds` for a day of an unknown year."""
        place = day.year - self.years[0].year
        if not 0 <= place < len(self.years):
            raise CalendarEnds(
                f"工作日历只有 {chinese_date(self.first)}到{chinese_date(self.until)}，"
                f"算不出 {day.isoformat()} 是不是工作日。请主管或政策专员先在“工作日历”补上 {day.year} 年"
            )
        return self.years[place].is_working(day)

    def is_published(self, day: date) -> bool:
        """Tell whether the year's holidays have been announced."""
        return any(one.year == day.year and not one.provisional for one in self.years)

    def add_working_days(self, day: date, count: int, pauses: Iterable[Pause] = ()) -> date:
        """Return the ``count``-th working day after ``day``; the first day and paused days do not count."""
        stopped = tuple(pauses)
        while count > 0:
            day += timedelta(days=1)
            paused = any(begun < day <= ended for begun, ended in stopped)
            count -= self.is_working(day) and not paused
        return day

    def add_days(self, day: date, count: int) -> date:
        """Return ``count`` calendar days later, moved to a working day (Civil Code 201 to 203)."""
        day += timedelta(days=count)
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def working_days_between(self, today: date, due: date) -> int:
        """Return working days left until ``due``; negative when it has passed."""
        sign, low, high = (1, today, due) if due >= today else (-1, due, today)
        count = 0
        while low < high:
            low += timedelta(days=1)
            count += self.is_working(low)
        return sign * count

    def with_year(self, year: CalendarYear) -> "Calendar":
        """Return the calendar with a year added or replaced; :class:`Conflict` when that leaves a gap."""
        if not self.years[0].year <= year.year <= self.years[-1].year + 1:
            raise Conflict(f"工作日历现在到 {self.years[-1].year} 年，请先补它的下一年")
        kept = [one for one in self.years if one.year != year.year]
        return Calendar(tuple(sorted([*kept, year], key=lambda one: one.year)))


@dataclass(frozen=True, slots=True)
class Terms:
    """When something is due: the desk's own date, the legal one, and that of the certain part."""

    due_on: date
    legal_due_on: date
    certain_due_on: date | None = None


def decide_terms(calendar: Calendar, received_on: date, pauses: Sequence[Pause] = ()) -> Terms:
    """Return the terms to decide a request: 10 working days, 30 days, and 60 days for the certain part."""
    stopped = sum((ended - begun).days for begun, ended in pauses)
    return Terms(
        calendar.add_working_days(received_on, TARGET_WORKING_DAYS, pauses),
        calendar.add_days(received_on, LEGAL_DAYS + stopped),
        calendar.add_days(received_on, CERTAIN_PART_DAYS + stopped),
    )


def pay_terms(calendar: Calendar, agreed_on: date) -> Terms:
    """Return the terms to pay after the agreement; the own target never lies behind the legal date."""
    legal = calendar.add_days(agreed_on, PAYMENT_DAYS)
    return Terms(min(calendar.add_working_days(agreed_on, PAYMENT_TARGET_WORKING_DAYS), legal), legal)


def notify_terms(calendar: Calendar, refused_on: date) -> Terms:
    """Return the terms to send a refusal with its reasons."""
    due = calendar.add_days(refused_on, REFUSAL_DAYS)
    return Terms(due, due)


@cache
def packaged_calendar() -> Calendar:
    """Return the years that come with the product; later ones are entered by the desk."""
    raw = tomllib.loads((files("insurer.claims") / "data" / "calendar.toml").read_text("utf-8"))
    return Calendar(
        tuple(
            CalendarYear(
                year=row["year"],
                holidays=frozenset(date.fromisoformat(text) for text in row["holidays"]),
                working_weekends=frozenset(date.fromisoformat(text) for text in row["working_weekends"]),
                provisional=row["status"] == "provisional",
                source=row["source"],
            )
            for row in raw["years"]
        )
    )
