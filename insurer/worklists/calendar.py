"""工作日历: the years in force, the proposed ones, and the warning before they end."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.calendar import Calendar, CalendarYear
from insurer.claims.operations.calendar_years import preview_year
from insurer.claims.tracks.tables import CalendarEntry
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import chinese_date
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.views import paths
from insurer.worklists.views.calendar import CalendarPage, ProposedYear, YearRow
from insurer.worklists.views.elements import Banner, Link, Trouble


def load_calendar(
    session: UnitSession,
    *,
    actor: Actor,
    today: date,
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> CalendarPage:
    """Return the page; three statements."""
    calendar = calendar_in_force(session)
    entered = {
        one.year: one.decided_by_name
        for one in session.scalars(select(CalendarEntry).where(CalendarEntry.status == "in_force"))
    }
    waiting = session.scalars(
        select(CalendarEntry).where(CalendarEntry.status == "proposed").order_by(CalendarEntry.year)
    )
    return CalendarPage(
        until=calendar.until,
        final_until=calendar.final_until,
        banner=calendar_warning(calendar, today),
        years=tuple(_row(one, entered.get(one.year, "")) for one in reversed(calendar.years)),
        proposed=tuple(_proposed(session, actor, one) for one in waiting),
        may_propose=holds(actor, "calendar.propose"),
        next_year=calendar.final_until.year + 1,
        action=paths.CALENDAR,
        typed=dict(typed or {}),
        troubles=troubles,
    )


def calendar_warning(calendar: Calendar, today: date) -> Banner | None:
    """Return what to do before the calendar ends, ``None`` while there is time."""
    if not calendar.ends_soon(today):
        return None
    following = calendar.final_until.year + 1
    link = Link("补工作日历", paths.CALENDAR)
    if calendar.final_until < calendar.until:
        text = (
            f"{following} 年只有法定放假日，调休没有录入，到期落在那一年的期限可能要重算。"
            "国务院公布后请更新，由另一个人同意。"
        )
        return Banner("warn", f"{following} 年的工作日历是暂定的", text, link)
    text = f"以后到期的案件会算不出期限，不能受理。请现在补上 {following} 年。"
    return Banner("error", f"工作日历只到 {chinese_date(calendar.until)}", text, link)


def _row(one: CalendarYear, by: str) -> YearRow:
    return YearRow(
        one.year,
        "暂定" if one.provisional else "已公布",
        len(one.holidays),
        tuple(sorted(one.working_weekends)),
        spans_of(one.holidays),
        one.source,
        by or "随系统",
    )


def spans_of(days: Iterable[date]) -> tuple[str, ...]:
    """Write days as spans: 2月15日至23日."""
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return tuple(_span(one[0], one[-1]) for one in spans)


def _span(first: date, last: date) -> str:
    begins = f"{first.month}月{first.day}日"
    if first == last:
        return begins
    return f"{begins}至{last.day}日" if first.month == last.month else f"{begins}至{last.month}月{last.day}日"


def _proposed(session: UnitSession, actor: Actor, entry: CalendarEntry) -> ProposedYear:
    own = entry.proposed_by == actor.person
    may = holds(actor, "calendar.approve")
    why = "这一年是您提出的，要由另一个人同意" if own else ("" if may else "由主管或政策专员同意")
    return ProposedYear(
        str(entry.id),
        entry.year,
        entry.provisional,
        entry.source,
        entry.proposed_by_name,
        entry.proposed_at,
        tuple(preview_year(session, entry)),
        may and not own,
        why,
    )
