"""Due clocks of cases: how many days are left, whether the clock runs, in which order to work."""

from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_

from insurer.claims.calendar import (
    LEGAL_DAYS,
    PAYMENT_DAYS,
    PAYMENT_TARGET_WORKING_DAYS,
    REFUSAL_DAYS,
    TARGET_WORKING_DAYS,
    Calendar,
    packaged_calendar,
)
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.tables import Claim
from insurer.worklists.views.elements import NO_DUE, Due

SOON_WORKING_DAYS: Final = 3
"""Cases due within so many working days are shown as 将超时."""

RUNNING: Final = tuple(state.value for state, word in WORDS.items() if word.clock == "runs")
"""States in which the desk's clock runs."""


HOW: Final = {
    "decide": f"受理后 {TARGET_WORKING_DAYS} 个工作日，法定 {LEGAL_DAYS} 日",
    "pay": f"同意后 {PAYMENT_TARGET_WORKING_DAYS} 个工作日，法定 {PAYMENT_DAYS} 日",
    "notify": f"决定拒付后 {REFUSAL_DAYS} 日内送出理由",
}
"""How the dates of each term were counted."""


def clock_of(claim: Claim, calendar: Calendar, today: date) -> Due:
    """Return the clock of a case as it stands on ``today``."""
    return due_of(
        claim.state,
        claim.due_on,
        claim.legal_due_on,
        claim.clock_stopped_on,
        claim.stopped_days,
        today,
        calendar=calendar,
        term=claim.term,
    )


def due_of(
    state: str,
    due_on: date,
    legal_due_on: date,
    stopped_on: date | None,
    stopped_days: int,
    today: date,
    *,
    calendar: Calendar | None = None,
    term: str = "decide",
) -> Due:
    """Return a clock by its dates, counted on ``calendar`` (the packaged one unless told otherwise)."""
    clock = WORDS[State(state)].clock
    if clock == "done":
        return NO_DUE
    how = HOW[term] + (f"，停表 {stopped_days} 天" if stopped_days else "")
    if stopped_on is not None:
        return Due("paused", (today - stopped_on).days, due_on, legal_due_on, how)
    if due_on < today:
        return Due("overdue", (today - due_on).days, due_on, legal_due_on, how)
    if due_on == today:
        return Due("today", 0, due_on, legal_due_on, how)
    if (due_on - today).days == 1:
        return Due("tomorrow", 1, due_on, legal_due_on, how)
    left = (calendar or packaged_calendar()).working_days_between(today, due_on)
    return Due("left", left, due_on, legal_due_on, how)


def soon_until(today: date, calendar: Calendar | None = None) -> date:
    """Return the last due date that counts as 将超时 on ``today``."""
    return (calendar or packaged_calendar()).add_working_days(today, SOON_WORKING_DAYS)


def clock_runs() -> ColumnElement[bool]:
    """Return the condition that a case's clock runs."""
    return and_(Claim.state.in_(RUNNING), Claim.clock_stopped_on.is_(None))


def approval_is_late(today: date) -> ColumnElement[bool]:
    """Return the condition that a proposed case waits for its second person for too long."""
    return and_(Claim.state == State.PROPOSED.value, Claim.approve_by_on < today)


def due_words(due: Due) -> str:
    """Return a clock in one line of text, as an export carries it."""
    words = {
        "overdue": f"超时 {due.days} 天",
        "today": "今天到期",
        "tomorrow": "明天到期",
        "left": f"剩 {due.days} 个工作日",
        "paused": f"停表 {due.days} 天",
    }.get(due.state, "")
    return f"{words}（{due.internal}）" if words and due.internal else words
