"""Entering a year of the working calendar: one proposes, another agrees, open cases are counted anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from insurer.accounts.permissions import require
from insurer.claims.calendar import Calendar
from insurer.claims.lifecycle import OPEN_STATES
from insurer.claims.operations.terms import recount
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import CalendarEntry
from insurer.claims.working_days import calendar_in_force, forget_calendar, year_of
from insurer.kernel.dates import parse_date
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

MOST_DAYS = 80
"""More days off than this cannot be right for a year."""


@dataclass(frozen=True, slots=True)
class TypedYear:
    """A year as somebody typed it: days one by one or as ranges (``2027-02-05 至 2027-02-11``)."""

    year: int
    holidays: str
    working_weekends: str
    source: str
    provisional: bool = False


def propose_year(session: UnitSession, *, actor: Actor, typed: TypedYear, now: datetime) -> UUID:
    """Put a year before a second person; nothing is counted on it yet.

    :class:`Invalid` names each day that cannot be, :class:`Conflict` when the year would leave a gap or is
    already waiting for agreement.
    """
    require(actor, "calendar.propose")
    holidays, swapped, problems = _read(typed)
    if not typed.source.strip():
        problems.append(Problem("source", "没有写依据，请写发文机关和文号"))
    if problems:
        raise Invalid("工作日历有几处要改", tuple(problems))
    waiting = select(CalendarEntry.id).where(
        CalendarEntry.year == typed.year, CalendarEntry.status == "proposed"
    )
    if session.scalar(waiting) is not None:
        raise Conflict(f"{typed.year} 年已经有人提出，等另一个人同意。先办完那一份")
    entry = CalendarEntry(
        id=new_id(),
        year=typed.year,
        holidays=[day.isoformat() for day in holidays],
        working_weekends=[day.isoformat() for day in swapped],
        provisional=typed.provisional,
        source=typed.source.strip(),
        status="proposed",
    )
    entry.proposed_by, entry.proposed_by_name, entry.proposed_at = actor.person, actor.name, now
    calendar_in_force(session).with_year(year_of(entry))  # refuses a gap
    session.add(entry)
    data = {"year": typed.year, "holidays": len(holidays), "working_weekends": len(swapped)}
    note(session, actor, "calendar:year:proposed", ("calendar_entry", entry.id), now=now, data=data)
    return entry.id


def decide_year(
    session: UnitSession, *, actor: Actor, entry_id: UUID, agree: bool, reason: str, now: datetime
) -> int:
    """Agree to a proposed year or refuse it; returns how many open cases got other dates.

    :class:`NotAllowed` for the one who proposed it, :class:`Conflict` when it was decided already,
    :class:`Invalid` for a refusal without a reason.
    """
    require(actor, "calendar.approve")
    entry = session.scalars(
        select(CalendarEntry)
        .where(CalendarEntry.id == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if entry is None:
        raise NotFound("没有这一份工作日历")
    if entry.status != "proposed":
        raise Conflict("这一份已经有人办过。请刷新再看")
    if entry.proposed_by == actor.person:
        raise NotAllowed("这一年是您提出的，要由另一个人同意")
    if not agree and not reason.strip():
        raise Invalid("不同意要写明哪里不对", (Problem("reason", "没有写，请写一句"),))
    entry.decided_by, entry.decided_by_name, entry.decided_at = actor.person, actor.name, now
    subject = ("calendar_entry", entry.id)
    if not agree:
        entry.status = "refused"
        data = {"year": entry.year}
        note(session, actor, "calendar:year:refused", subject, now=now, reason=reason.strip(), data=data)
        return 0
    standing = select(CalendarEntry).where(
        CalendarEntry.year == entry.year, CalendarEntry.status == "in_force"
    )
    for old in session.scalars(standing.with_for_update()):
        old.status = "superseded"
    session.flush()  # one year in force at a time
    entry.status = "in_force"
    session.flush()
    forget_calendar(session)
    changed = _recount_open(session, calendar_in_force(session), entry.year, actor, now)
    data = {"year": entry.year, "cases": changed}
    note(session, actor, "calendar:year:approved", subject, now=now, reason=reason.strip(), data=data)
    return changed


def _recount_open(session: UnitSession, calendar: Calendar, year: int, actor: Actor, now: datetime) -> int:
    """Count the dates of every open case that reaches into the year anew, each with an entry of its own."""
    begins, ends = date(year, 1, 1), date(year, 12, 31)
    touched = (
        select(Claim)
        .where(
            Claim.state.in_(sorted(OPEN_STATES)),
            or_(Claim.legal_due_on >= begins, Claim.certain_due_on >= begins),
            Claim.term_from_on <= ends,
        )
        .order_by(Claim.id)
        .with_for_update(key_share=True)
    )
    changed = 0
    for claim in session.scalars(touched.execution_options(populate_existing=True)).all():
        before = (claim.due_on, claim.legal_due_on, claim.certain_due_on)
        recount(session, claim, calendar)
        if before == (claim.due_on, claim.legal_due_on, claim.certain_due_on):
            continue
        changed += 1
        data = {"before": before[0].isoformat(), "after": claim.due_on.isoformat(), "year": year}
        subject = ("claim", claim.id)
        note(session, actor, "claim:term:recounted", subject, now=now, claim_id=claim.id, data=data)
    return changed


def _read(typed: TypedYear) -> tuple[list[date], list[date], list[Problem]]:
    problems: list[Problem] = []
    holidays = _days("holidays", typed.holidays, typed.year, problems)
    swapped = _days("working_weekends", typed.working_weekends, typed.year, problems)
    if not problems:
        problems += _contradictions(typed.year, holidays, swapped)
    return holidays, swapped, problems


def _contradictions(year: int, holidays: Sequence[date], swapped: Sequence[date]) -> list[Problem]:
    found = []
    if date(year, 1, 1) not in holidays:
        found.append(Problem("holidays", f"没有元旦（{year}-01-01），请核对是不是漏了"))
    if len(holidays) > MOST_DAYS:
        found.append(Problem("holidays", f"放假 {len(holidays)} 天，多得不像一年的安排，请核对"))
    for day in swapped:
        if day.weekday() < 5:
            found.append(Problem("working_weekends", f"{day} 不是周末，不用调休。请核对"))
        elif day in holidays:
            found.append(Problem("working_weekends", f"{day} 又放假又上班，请去掉一处"))
    return found


def _days(field: str, text: str, year: int, problems: list[Problem]) -> list[date]:
    found: set[date] = set()
    for part in text.replace("，", "\n").replace(",", "\n").replace("、", "\n").splitlines():
        words = part.strip()
        if not words:
            continue
        first, _, last = words.replace("到", "至").partition("至")
        try:
            begins, ends = parse_date(first), parse_date(last or first)
        except ValueError as error:
            problems.append(Problem(field, str(error)))
            continue
        if begins.year != year or ends.year != year:
            problems.append(Problem(field, f"“{words}”不在 {year} 年，请核对"))
        elif ends < begins or (ends - begins).days > 31:
            problems.append(Problem(field, f"“{words}”的起止不对，请核对"))
        else:
            found |= {begins + timedelta(days=one) for one in range((ends - begins).days + 1)}
    return sorted(found)


def preview_year(session: UnitSession, entry: CalendarEntry) -> Sequence[tuple[date, str]]:
    """Return the days on which a proposed year differs from the one in force: day and what changes."""
    calendar, proposed = calendar_in_force(session), year_of(entry)
    known = {one.year: one for one in calendar.years}
    before = known.get(entry.year)
    days = [date(entry.year, 1, 1) + timedelta(days=one) for one in range(366)]
    found = []
    for day in (one for one in days if one.year == entry.year):
        now_works, then_works = before.is_working(day) if before else None, proposed.is_working(day)
        usual = day.weekday() < 5
        if now_works is None and then_works != usual:
            found.append((day, "上班" if then_works else "放假"))
        elif now_works is not None and now_works != then_works:
            found.append((day, "改为上班" if then_works else "改为放假"))
    return found
