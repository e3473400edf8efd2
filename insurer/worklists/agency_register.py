"""给经办机构的差异: the register, and one difference with what can be done next."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.operations import agency_findings
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import AgencyFinding
from insurer.claims.upstream import PAYER_WORDS
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.kernel.money import display
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.matter_forms import choices
from insurer.worklists.register_pages import SIZE, next_href, offset_of, page_of, status_counts, status_tabs
from insurer.worklists.views import paths
from insurer.worklists.views.elements import SideRow, Trouble
from insurer.worklists.views.matters import FormField, MatterForm, PlainCell, PlainList


def load_findings(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    arguments: Mapping[str, str],
    today: date,
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> PlainList:
    """Return differences with earlier payers by status; ``number`` opens one with what can be done next."""
    number = arguments.get("number", "")[:40]
    one = session.scalar(select(AgencyFinding).where(AgencyFinding.number == number)) if number else None
    status = arguments.get("status", one.status if one else "open")
    counts = status_counts(session, AgencyFinding, scheme)
    rows = (
        select(AgencyFinding, Claim.case_no)
        .join(Claim, Claim.id == AgencyFinding.claim_id)
        .where(AgencyFinding.scheme == scheme)
        .order_by(AgencyFinding.number)
    )
    if status in agency_findings.STATUS_WORDS:
        rows = rows.where(AgencyFinding.status == status)
    start = offset_of(arguments)
    found = session.execute(rows.offset(start).limit(SIZE + 1)).all()
    total = counts.get(status, 0) if status in agency_findings.STATUS_WORDS else sum(counts.values())
    heads = ("编号", "案件号", "哪一方", "哪里不对", "应付（元）", "结算单（元）", "办到哪里")
    following = next_href(paths.FINDINGS, scheme, status, start, found)
    may = one is not None and holds(actor, "claims.review")
    return PlainList(
        title="给经办机构的差异",
        beside="上游付的和规则算的不同，发函请经办机构更正或说明",
        heads=tuple((head, head.endswith("（元）")) for head in heads),
        rows=tuple(_finding_row(row, case) for row, case in found[:SIZE]),
        views=status_tabs(paths.FINDINGS, scheme, agency_findings.STATUS_WORDS, counts, status),
        paging=page_of(total, len(found[:SIZE]), start + 1, following, "条"),
        empty="这一类没有。核算时发现上游付的和规则不同，会自动列在这里。",
        form=_finding_form(one, typed or {}, today) if one is not None and may else None,
        facts=_finding_facts(one) if one is not None else (),
        facts_title=one.number if one is not None else "",
        troubles=troubles,
    )


def _finding_row(one: AgencyFinding, case: str) -> tuple[PlainCell, ...]:
    when = one.answered_on or one.sent_on
    return (
        PlainCell(one.number, paths.with_query(paths.FINDINGS, number=one.number)),
        PlainCell(case, paths.case_href(case, "matters")),
        PlainCell(PAYER_WORDS.get(one.payer, "—")),
        PlainCell(one.message, second=one.clause),
        PlainCell("—" if one.expected_fen is None else display(one.expected_fen), numeric=True),
        PlainCell("—" if one.stated_fen is None else display(one.stated_fen), numeric=True),
        PlainCell(agency_findings.STATUS_WORDS[one.status], second=when.isoformat() if when else ""),
    )


def _finding_facts(one: AgencyFinding) -> tuple[SideRow, ...]:
    rows = [
        SideRow(
            "发现",
            one.raised_by_name or "系统",
            second=(one.raised_at.astimezone(SHANGHAI).date().isoformat(),),
        ),
        SideRow("哪里不对", one.message),
    ]
    if one.sent_on:
        rows.append(SideRow("发函", f"{one.document}，{one.sent_on}"))
    if one.answer:
        rows.append(SideRow("答复", agency_findings.OUTCOMES.get(one.outcome, ""), second=(one.answer,)))
    return tuple(rows)


def _finding_form(one: AgencyFinding, typed: Mapping[str, str], today: date) -> MatterForm | None:
    base, get = f"{paths.FINDINGS}/{one.id}", typed.get
    if one.status == "open":
        fields = (
            FormField("document", "函号", value=get("document", "")),
            FormField("sent_on", "哪天发的", "date", get("sent_on", today.isoformat())),
        )
        return MatterForm("记下已发函", f"{base}/send", fields, "记下发函")
    if one.status == "sent":
        fields = (
            FormField(
                "outcome", "结果", "select", choices=choices(agency_findings.OUTCOMES, get("outcome", ""))
            ),
            FormField("answer", "答复的内容和文号", "area", get("answer", "")),
        )
        consequence = "更正的结算由医保重新传来，收到后案件会自动重开"
        return MatterForm("登记答复", f"{base}/answer", fields, "记下答复", consequence)
    return None


def finding_number(session: UnitSession, finding_id: UUID) -> str:
    """Return the number of a difference; :class:`NotFound` when there is none."""
    found = session.scalar(select(AgencyFinding.number).where(AgencyFinding.id == finding_id))
    if found is None:
        raise NotFound("没有这条上游差异")
    return found
