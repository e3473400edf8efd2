"""Due clocks of cases: how many days are left, whether the clock runs, in which order to work."""

from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_

from insurer.claims.calendar import working_calendar
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.tables import Claim
from insurer.worklists.views.elements import NO_DUE, Due

SOON_WORKING_DAYS: Final = 3
"""Cases due within so many working days are shown as 将超时."""

RUNNING: Final = tuple(state.value for state, word in WORDS.items() if word.clock == "runs")
"""States in which the desk's clock runs."""


def due_of(
    state: str, due_on: date, legal_due_on: date, stopped_on: date | None, stopped_days: int, today: date
) -> Due:
    """Return the clock of one case as it stands on ``today``."""
    clock = WORDS[State(state)].clock
    if clock == "done":
        return NO_DUE
    how = f"受理后 10 个工作日，停表 {stopped_days} 天"
    if stopped_on is not None:
        return Due("paused", (today - stopped_on).days, due_on, legal_due_on, how)
    if due_on < today:
        return Due("overdue", (today - due_on).days, due_on, legal_due_on, how)
    if due_on == today:
        return Due("today", 0, due_on, legal_due_on, how)
    if (due_on - today).days == 1:
        return Due("tomorrow", 1, due_on, legal_due_on, how)
    left = working_calendar().working_days_between(today, due_on)
    return Due("left", left, due_on, legal_due_on, how)


def soon_until(today: date) -> date:
    """Return the last due date that counts as 将超时 on ``today``."""
    return working_calendar().add_working_days(today, SOON_WORKING_DAYS)


def clock_runs() -> ColumnElement[bool]:
    """Return the condition that a case's clock runs."""
    return and_(Claim.state.in_(RUNNING), Claim.clock_stopped_on.is_(None))
