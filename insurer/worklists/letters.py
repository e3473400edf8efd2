"""通知书: of one case, and as a list to print and deliver."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, tuple_

from insurer.accounts.permissions import holds
from insurer.claims.calendar import Calendar
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.notices.catalogue import CATALOGUE, DELIVERY_WAYS, NoticeKind, short_number
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import NO_DUE, Due, Paging, Tag, ViewTab
from insurer.worklists.views.notices import CaseNoticesPage, NoticeListPage, NoticeRow

SIZE: Final = 50
STATE_WORDS: Final = {
    "queued": "待制作",
    "rendered": "待打印",
    "printed": "已打印",
    "delivered": "已送达",
    "void": "已作废",
}
_OPEN: Final = ("queued", "rendered", "printed")
_DEFAULT: Final = "rendered"
ALL: Final = "all"


def load_case_notices(session: UnitSession, *, actor: Actor, number: str, today: date) -> CaseNoticesPage:
    """Return the letters of a case, newest first."""
    found = find_case(session, number)
    statement = (
        select(Notice).where(Notice.claim_id == found.claim.id).order_by(Notice.created_at.desc(), Notice.id)
    )
    notices = session.scalars(statement).all()
    calendar = found.calendar
    rows = tuple(_row(notice, number, found.person.name, today, calendar) for notice in notices)
    may_deliver = holds(actor, "notices.print")
    return CaseNoticesPage(
        bar=bar_of(found, part="通知书", actor=actor, today=today),
        rows=rows,
        empty_note="还没有通知书。作出决定后会自动制作。",
        deliver_base=paths.NOTICES if may_deliver else "",
        today=today,
    )


def load_notices(
    session: UnitSession, *, actor: Actor, scheme: str, arguments: Mapping[str, str], today: date
) -> NoticeListPage:
    """Return letters of one state, those with a due date first; paging goes by the last one shown."""
    state = arguments.get("status", _DEFAULT)
    state = state if state in STATE_WORDS or state == ALL else _DEFAULT
    kind = arguments.get("kind", "")
    kind = kind if kind in {one.value for one in NoticeKind} else ""
    counts: dict[str, int] = {}
    statement = select(Notice.state, func.count()).where(Notice.scheme == scheme)
    if kind:
        statement = statement.where(Notice.kind == kind)
    for found, count in session.execute(statement.group_by(Notice.state)):
        counts[found] = count
    rows, last = _rows(session, scheme, state, kind, arguments.get("after", ""), today)
    total = sum(counts.values()) if state == ALL else counts.get(state, 0)
    base = {"scheme": kept(scheme), "kind": kind}
    start = arguments.get("from", "1")
    first = int(start) if start.isdecimal() and len(start) < 9 and arguments.get("after") else 1
    asked = "" if state == _DEFAULT else state
    following = ""
    if last is not None:
        following = paths.with_query(
            paths.NOTICES, **base, status=asked, after=str(last), **{"from": first + len(rows)}
        )
    order = ("rendered", "queued", "printed", "delivered", "void")
    views = [
        ViewTab(
            STATE_WORDS[one],
            paths.with_query(paths.NOTICES, **base, status="" if one == _DEFAULT else one),
            counts.get(one, 0),
            one == state,
        )
        for one in order
    ]
    views.append(
        ViewTab(
            "全部", paths.with_query(paths.NOTICES, **base, status=ALL), sum(counts.values()), state == ALL
        )
    )
    clear = paths.with_query(paths.NOTICES, scheme=kept(scheme), status=asked)
    tags = (Tag("种类", CATALOGUE[NoticeKind(kind)].title, clear),) if kind else ()
    return NoticeListPage(
        views=tuple(views),
        tags=tags,
        rows=rows,
        paging=Paging(first if rows else 0, first + len(rows) - 1, total, SIZE, "份", next=following),
        clear_href=clear,
        print_action=f"{paths.NOTICES}/print" if holds(actor, "notices.print") else "",
    )


def _rows(
    session: UnitSession, scheme: str, state: str, kind: str, after: str, today: date
) -> tuple[tuple[NoticeRow, ...], UUID | None]:
    statement = (
        select(Notice, Claim.case_no, Person.name)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Claim, Claim.id == Notice.claim_id)
        .where(Notice.scheme == scheme)
        .order_by(_due_day(), Notice.id)
        .limit(SIZE + 1)
    )
    if state != ALL:
        statement = statement.where(Notice.state == state)
    if kind:
        statement = statement.where(Notice.kind == kind)
    place = session.get(Notice, _uuid(after)) if _uuid(after) else None
    if place is not None:
        statement = statement.where(tuple_(_due_day(), Notice.id) > (place.due_on or date.max, place.id))
    found: Any = session.execute(statement).all()
    shown = found[:SIZE]
    calendar = calendar_in_force(session)
    rows = tuple(_row(notice, number or "", person, today, calendar) for notice, number, person in shown)
    return rows, shown[-1][0].id if len(found) > SIZE else None


def _due_day() -> Any:
    """Return the day by which a letter must be out; what has none comes after all that have one."""
    return func.coalesce(Notice.due_on, date.max)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _row(notice: Notice, number: str, person: str, today: date, calendar: Calendar) -> NoticeRow:
    known = notice.kind in {one.value for one in NoticeKind}
    title = CATALOGUE[NoticeKind(notice.kind)].title if known else "通知书"
    return NoticeRow(
        number=short_number(notice.number_text),
        title=title,
        case_number=number,
        person=person,
        made_at=notice.rendered_at or notice.created_at,
        status=STATE_WORDS[notice.state],
        due=_due(notice, today, calendar),
        delivery=DELIVERY_WAYS.get(notice.delivery_way, notice.delivery_way),
        delivered_on=notice.delivered_on,
        pages=notice.pages or 0,
        pdf_href=f"{paths.NOTICES}/{notice.id}.pdf" if notice.pdf_sha256 else "",
        id=str(notice.id),
        deliverable=notice.state in ("rendered", "printed"),
    )


def _due(notice: Notice, today: date, calendar: Calendar) -> Due:
    if notice.due_on is None or notice.state not in _OPEN:
        return NO_DUE
    days = (notice.due_on - today).days
    how = "必须在这天以前发出"
    if days < 0:
        return Due("overdue", -days, notice.due_on, notice.due_on, how)
    if days < 2:
        return Due("tomorrow" if days else "today", days, notice.due_on, notice.due_on, how)
    left = calendar.working_days_between(today, notice.due_on)
    return Due("left", left, notice.due_on, notice.due_on, how)
