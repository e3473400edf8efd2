"""The columns of the case list, and one case as a row of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import aliased

from insurer.accounts.tables import Staff
from insurer.claims.calendar import Calendar
from insurer.claims.indexes import DUE_ORDER
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.people.tables import Person
from insurer.worklists.case_bar import shown_amount
from insurer.worklists.case_conditions import CHANNEL_WORDS
from insurer.worklists.clocks import clock_of
from insurer.worklists.freshness import case_mark
from insurer.worklists.listing import ListColumn, ListKind
from insurer.worklists.tables import CasePresence
from insurer.worklists.views import paths
from insurer.worklists.views.cases import CaseRow

CASES: Final = ListKind(
    name="cases",
    path=paths.CASES,
    unit="件",
    columns=(
        ListColumn("due", "时限", "due", DUE_ORDER),
        ListColumn("number", "案件号", "number", Claim.case_no, fixed=True),
        ListColumn("person", "姓名、证号尾"),
        ListColumn("hospital", "医院"),
        ListColumn("kind", "类别"),
        ListColumn("settled", "结算", "day", Claim.settled_on),
        ListColumn("total", "总费用（元）", "money", Claim.total_fen),
        ListColumn("personal", "个人负担（元）", "money", Claim.burden_fen),
        ListColumn("payable", "应付暂算（元）", "money", Claim.benefit_fen),
        ListColumn("status", "状态", "status"),
        ListColumn("owner", "经办"),
        ListColumn("hint", "提示"),
        ListColumn("received", "收到", "moment", Claim.received_at, shown=False),
        ListColumn("legal", "法定期限", "day", shown=False),
        ListColumn("paid", "已付（元）", "money", shown=False),
        ListColumn("review", "待核行", "count", shown=False),
        ListColumn("channel", "来源", shown=False),
        ListColumn("entered", "录入", shown=False),
    ),
    tie=Claim.case_no,
    by_default="due",
    size=20,
)

SUMMED: Final = ("total", "personal", "payable", "paid")
"""Columns that have a sum at the foot of the page."""

_HINT: Final = 14

Found = tuple[Claim, str, str, str, str]
"""A case with the person's name and masked number, who has it in hand, and who has it open now.

The last two are ``None`` where there is nobody: outer joins, which the types do not know.
"""


def case_rows(where: Sequence[Any], now: datetime) -> Select[Claim, str, str, str, str]:
    """Return the statement of the list's rows under conditions, neither sorted nor limited."""
    owner, holder = aliased(Staff), aliased(Staff)
    live = and_(
        CasePresence.claim_id == Claim.id, CasePresence.until_at > now, CasePresence.state == Claim.state
    )
    return (
        select(Claim, Person.name, Person.certno_mask, owner.name, holder.name)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(owner, owner.id == Claim.handler_id)
        .outerjoin(CasePresence, live)
        .outerjoin(holder, holder.id == CasePresence.staff_id)
        .where(*where)
    )


def case_row(found: Found, today: date, calendar: Calendar) -> CaseRow:
    """Return one case as a row."""
    claim, person, mask, owner, holder = found
    state = State(claim.state)
    return CaseRow(
        number=claim.case_no,
        person=person,
        tail=mask[-4:],
        hospital=claim.hospital,
        kind=VISIT_WORDS.get(claim.visit, claim.visit),
        settled_on=claim.settled_on,
        total=claim.total_fen,
        personal=claim.burden_fen,
        payable=shown_amount(state, claim.benefit_fen),
        status=WORDS[state].word,
        due=clock_of(claim, calendar, today),
        owner=owner or "",
        hint=_short(claim),
        locked_by=holder or "",
        received_on=business_day(claim.received_at),
        legal_on=claim.legal_due_on,
        paid=claim.paid_fen or None,
        review=claim.review_lines,
        channel=CHANNEL_WORDS.get(claim.channel, claim.channel),
        entered_by=claim.entered_by_name,
        version=claim.version,
        mark=case_mark(claim.version, claim.handler_id),
    )


def _short(claim: Claim) -> str:
    if claim.review_lines:
        return f"待核 {claim.review_lines} 行"
    words = claim.hint.split("，")[0]
    return "" if words.startswith("可直接审") else words[:_HINT]
