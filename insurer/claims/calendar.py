"""Working days: the published holidays, and weekends alone where no year is published yet."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

LEGAL_DAYS = 30
"""Days to decide after the request with its papers (Insurance Law, article 23)."""

TARGET_WORKING_DAYS = 10
"""The desk's own target, the provincial counter's (domain: E2)."""

REFUSAL_DAYS = 3
"""Days from a refusal to its letter (Insurance Law, article 24)."""

PAYMENT_DAYS = 10
"""Days from the agreement to the payment (Insurance Law, article 23)."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Holidays and swapped working weekends of the published years."""

    years: frozenset[int]
    holidays: frozenset[date]
    working_weekends: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Tell whether offices work that day; an unpublished year knows weekends only."""
        if day in self.working_weekends:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def is_published(self, day: date) -> bool:
        """Tell whether the year's holidays are known."""
        return day.year in self.years

    def add_working_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``; the first day is not counted."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
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


@cache
def working_calendar() -> Calendar:
    """Return the calendar of the package data."""
    raw = tomllib.loads((files("insurer.claims") / "data" / "calendar.toml").read_text("utf-8"))
    return Calendar(
        years=frozenset(raw["years"]),
        holidays=frozenset(date.fromisoformat(text) for text in raw["holidays"]),
        working_weekends=frozenset(date.fromisoformat(text) for text in raw["working_weekends"]),
    )
