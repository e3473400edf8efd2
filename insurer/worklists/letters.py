"""通知书: of one case, and as a list to print and deliver."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.calendar import Calendar
from insurer.kernel.dates import business_day
from insurer.notices.catalogue import CATALOGUE, DELIVERY_WAYS, NoticeKind, short_number
from insurer.notices.tables import Notice
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.views import paths
from insurer.worklists.views.elements import NO_DUE, Due
from insurer.worklists.views.notices import CaseNoticesPage, NoticeRow

STATE_WORDS: Final = {
    "queued": "待制作",
    "rendered": "待打印",
    "printed": "已打印",
    "delivered": "已送达",
    "void": "已作废",
}
UNSENT: Final = ("queued", "rendered", "printed")
"""States of letters that must still reach their reader."""


def load_case_notices(session: UnitSession, *, actor: Actor, number: str, today: date) -> CaseNoticesPage:
    """Return the letters of a case, newest first."""
    found = find_case(session, number)
    statement = (
        select(Notice).where(Notice.claim_id == found.claim.id).order_by(Notice.created_at.desc(), Notice.id)
    )
    notices = session.scalars(statement).all()
    calendar = found.calendar
    rows = tuple(letter_row(notice, number, found.person.name, today, calendar) for notice in notices)
    may_deliver = holds(actor, "notices.print")
    return CaseNoticesPage(
        bar=bar_of(found, part="通知书", actor=actor, today=today),
        rows=rows,
        empty_note="还没有通知书。作出决定后会自动制作。",
        deliver_base=paths.NOTICES if may_deliver else "",
        today=today,
    )


def letters_of_case(session: UnitSession, claim_id: UUID) -> list[dict[str, Any]]:
    """Return a case's letters as entries of its file's index: kind, number, pages, day; void ones say so."""
    rows = select(Notice).where(Notice.claim_id == claim_id).order_by(Notice.created_at, Notice.id)
    return [
        {
            "kind": title_of(one.kind) + ("（作废）" if one.state == "void" else ""),
            "name": one.number_text,
            "pages": one.pages or 1,
            "on": business_day(one.created_at).isoformat(),
            "sha256": one.pdf_sha256 or "",
        }
        for one in session.scalars(rows)
    ]


def title_of(kind: str) -> str:
    """Return the title of a kind of letter as stored; letters of an older catalogue are just letters."""
    known = kind in {one.value for one in NoticeKind}
    return CATALOGUE[NoticeKind(kind)].title if known else "通知书"


def letter_row(notice: Notice, number: str, person: str, today: date, calendar: Calendar) -> NoticeRow:
    """Return one letter as lists show it."""
    return NoticeRow(
        number=short_number(notice.number_text),
        title=title_of(notice.kind),
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
        mark=notice.state,
    )


def _due(notice: Notice, today: date, calendar: Calendar) -> Due:
    if notice.due_on is None or notice.state not in UNSENT:
        return NO_DUE
    days = (notice.due_on - today).days
    how = "必须在这天以前发出"
    if days < 0:
        return Due("overdue", -days, notice.due_on, notice.due_on, how)
    if days < 2:
        return Due("tomorrow" if days else "today", days, notice.due_on, notice.due_on, how)
    left = calendar.working_days_between(today, notice.due_on)
    return Due("left", left, notice.due_on, notice.due_on, how)
