"""相关事项: earlier payers, accident, who acts, advances, reviews, findings, archive of a case."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import CALCULABLE, GRANTING, REFUSING, TABLE, WORDS, Action, State
from insurer.claims.operations import accidents, agency_findings, reviews
from insurer.claims.operations.advances import ADVANCEABLE
from insurer.claims.operations.payees import FIXED
from insurer.claims.operations.upstream import WAYS
from insurer.claims.rules import claimant_papers, paper_list
from insurer.claims.tables import Claim, Paper, Settlement
from insurer.claims.tracks.facts import NOTHING, beside
from insurer.claims.tracks.tables import (
    Accident,
    Advance,
    AgencyFinding,
    ArchiveRecord,
    Claimant,
    Review,
    UpstreamInquiry,
)
from insurer.claims.upstream import PAYER_WORDS, STATUS_WORDS, Standing, standings
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.money import display
from insurer.payments.operations.payees import account_of
from insurer.people.payees import CAPACITIES
from insurer.people.tables import PayeeChange, Representative
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import OpenCase, bar_of, find_case
from insurer.worklists.matter_forms import form_of
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, SideRow, Tone, Trouble
from insurer.worklists.views.matters import Matter, MattersPage

_STATUS_SHAPES: Final[dict[str, tuple[str, Tone]]] = {
    "paid": ("check", "green"),
    "pending": ("bars", ""),
    "none": ("", ""),
    "not_applicable": ("", ""),
}


def load_matters(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    do: str = "",
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> MattersPage:
    """Return the page; ``do`` names the form that is open, ``typed`` what stands in it."""
    found = find_case(session, number)
    claim = found.claim
    changes = _changes(session, claim)
    advances = _advances_of(session, claim)
    settled = _facts(session, claim)
    noted = beside(session, [claim.id]).get(claim.id, NOTHING)
    payers = standings(claim.scheme, settled, noted.payers) if settled else []
    base = paths.case_href(number, "matters")
    return MattersPage(
        bar=bar_of(found, part="", actor=actor, today=today),
        matters=(
            _upstream(session, actor, claim, payers, base, today),
            _findings(session, actor, claim, base),
            _accident(session, actor, claim, settled, base),
            _claimant(session, actor, found, changes, base),
            _advance(actor, claim, advances, base),
            _review(session, actor, claim, base, today),
            _archive(session, actor, claim, base),
        ),
        form=form_of(
            session,
            actor=actor,
            claim=claim,
            do=do,
            typed=typed or {},
            today=today,
            changes=changes,
            advances=advances,
        ),
        version=str(claim.version),
        troubles=troubles,
    )


def _facts(session: UnitSession, claim: Claim) -> dict[str, Any]:
    statement = select(Settlement.facts).where(
        Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None), Settlement.reverses.is_(None)
    )
    return session.scalar(statement.order_by(Settlement.settled_on, Settlement.id).limit(1)) or {}


def _do(base: str, what: str, **more: str) -> str:
    return paths.with_query(base, do=what, **more) + "#form"


def _upstream(
    session: UnitSession, actor: Actor, claim: Claim, payers: Sequence[Standing], base: str, today: date
) -> Matter:
    asked: dict[str, list[UpstreamInquiry]] = {}
    rows = select(UpstreamInquiry).where(UpstreamInquiry.claim_id == claim.id)
    for one in session.scalars(rows.order_by(UpstreamInquiry.asked_on)):
        asked.setdefault(one.payer, []).append(one)
    may = holds(actor, "claims.review")
    found = []
    for payer in payers:
        shape, tone = _STATUS_SHAPES[payer.status]
        words = STATUS_WORDS[payer.status]
        if payer.status == "paid":
            words = f"已付 {display(payer.paid_fen)} 元"
        second = [f"凭据 {payer.proof}" if payer.noted and payer.proof else "按结算单"]
        late = False
        for one in asked.get(payer.payer, ()):
            second.append(
                f"{one.asked_on.month}月{one.asked_on.day}日{WAYS.get(one.way, '')}询问{one.document}"
            )
            if one.answered_on is None:
                late = late or one.remind_on < today
                second.append(f"{one.remind_on.month}月{one.remind_on.day}日再问")
        if late:
            shape, tone = "triangle", "amber"
        link = Link("登记结果", _do(base, "upstream", payer=payer.payer)) if may else None
        found.append(
            SideRow(
                payer.word,
                f"{words} ",
                link,
                second=tuple(one for one in second if one),
                shape=shape,
                tone=tone,
            )
        )
    actions = (Link("登记询问", _do(base, "ask")),) if may and State(claim.state) in CALCULABLE else ()
    return Matter("upstream", "前面的付款方", "没有结果的先等它，法定期限不停", tuple(found), actions)


def _findings(session: UnitSession, actor: Actor, claim: Claim, base: str) -> Matter:
    rows = select(AgencyFinding).where(AgencyFinding.claim_id == claim.id).order_by(AgencyFinding.number)
    found = tuple(
        SideRow(
            one.number,
            link=Link(agency_findings.STATUS_WORDS[one.status], f"{paths.FINDINGS}?number={one.number}"),
            after=f" {one.message}",
            second=_amounts(one),
            shape="triangle" if one.status == "open" else "",
            tone="amber" if one.status == "open" else "",
        )
        for one in session.scalars(rows)
    )
    actions = (Link("登记差异", _do(base, "finding")),) if holds(actor, "claims.review") else ()
    return Matter("findings", "给经办机构的差异", "上游付的和规则算的不同", found, actions, "没有发现差异")


def _amounts(one: AgencyFinding) -> tuple[str, ...]:
    parts = [PAYER_WORDS.get(one.payer, ""), one.clause]
    if one.expected_fen is not None and one.stated_fen is not None:
        parts.append(f"应为 {display(one.expected_fen)}，结算单 {display(one.stated_fen)}")
    return tuple(part for part in parts if part)


def _accident(
    session: UnitSession, actor: Actor, claim: Claim, facts: Mapping[str, Any], base: str
) -> Matter:
    row = session.get(Accident, claim.id)
    found: tuple[SideRow, ...] = ()
    if row is not None:
        open_one = row.liability == "open"
        found = (
            SideRow(
                accidents.CAUSES[row.cause],
                accidents.LIABILITIES[row.liability],
                second=tuple(
                    one
                    for one in (
                        f"{row.happened_on.year}年{row.happened_on.month}月{row.happened_on.day}日受伤",
                        f"别人付了 {display(row.third_party_fen)} 元" if row.third_party_fen else "",
                        row.proof,
                        f"{row.noted_by_name} 登记",
                    )
                    if one
                ),
                shape="bars" if open_one else "check",
                tone="amber" if open_one else "green",
            ),
        )
    elif facts.get("third_party", "none") != "none":
        words = "责任没有了结" if facts["third_party"] == "unresolved" else "责任已了结"
        found = (SideRow("按申请", words),)
    actions = (Link("登记受伤经过", _do(base, "accident")),) if holds(actor, "claims.review") else ()
    note = "责任没有定的先等，只赔别人付剩下的部分"
    return Matter("accident", "意外和第三人", note, found, actions, "不是意外，也没有第三人要负责")


def _changes(session: UnitSession, claim: Claim) -> list[PayeeChange]:
    rows = select(PayeeChange).where(PayeeChange.case_id == claim.id).order_by(PayeeChange.proposed_at)
    return list(session.scalars(rows))


def _claimant(
    session: UnitSession, actor: Actor, found: OpenCase, changes: Sequence[PayeeChange], base: str
) -> Matter:
    claim = found.claim
    row = session.get(Claimant, claim.id)
    capacity = row.capacity if row else "self"
    acting = session.get(Representative, row.representative_id) if row and row.representative_id else None
    who = f"{acting.name}，{acting.relation}" if acting else found.person.name
    rows = [SideRow("申请人", f"{CAPACITIES[capacity]} {who}")]
    held = set(session.scalars(select(Paper.kind).where(Paper.claim_id == claim.id)))
    lacking = claimant_papers(capacity, held)
    if lacking:
        words = "、".join(paper_list().kinds[code].word for code in lacking)
        rows.append(SideRow("还缺", words, shape="triangle", tone="amber"))
    account = account_of(session, claim)
    if account is not None:
        source = "本案专用，两人核对过" if claim.account_id else "名册里的账户"
        rows.append(SideRow("收款账户", f"{account.holder} {account.bank} *{account.tail}", second=(source,)))
    else:
        rows.append(SideRow("收款账户", "没有", shape="triangle", tone="amber"))
    for one in changes:
        link = None
        if one.state == "proposed" and holds(actor, "payees.approve"):
            link = Link("核对", _do(base, "payee-decision"))
        word = {"proposed": "等复核 ", "approved": "已同意", "refused": "不同意"}[one.state]
        second = (
            f"{one.holder} {one.bank} *{one.account_tail}",
            f"{one.proposed_by_name} 提出：{one.reason}",
            f"{one.decided_by_name} {one.opinion}".strip(),
        )
        tone: Tone = "amber" if one.state == "proposed" else ""
        shape = "triangle" if one.state == "proposed" else ""
        rows.append(
            SideRow("更改收款人", word, link, second=tuple(filter(None, second)), shape=shape, tone=tone)
        )
    actions = []
    if State(claim.state) not in FIXED:
        if holds(actor, "claims.accept"):
            actions.append(Link("登记代办人、继承人", _do(base, "claimant")))
        if holds(actor, "payees.propose"):
            actions.append(Link("更改收款人", _do(base, "payee")))
    note = "更改收款人要另一个人核对"
    return Matter("claimant", "谁来申请，付给谁", note, tuple(rows), tuple(actions))


def _advances_of(session: UnitSession, claim: Claim) -> list[Advance]:
    rows = select(Advance).where(Advance.claim_id == claim.id).order_by(Advance.proposed_at)
    return list(session.scalars(rows))


def _advance(actor: Actor, claim: Claim, advances: Sequence[Advance], base: str) -> Matter:
    words = {
        "proposed": "等复核 ",
        "approved": "已同意，进下一批次",
        "refused": "不同意",
        "withdrawn": "没有付",
    }
    rows = []
    for one in advances:
        link = None
        if one.status == "proposed" and holds(actor, "claims.approve"):
            link = Link("核对", _do(base, "advance-decision"))
        second = (f"{one.proposed_by_name}：{one.reason}", f"没有定的：{one.open_points}", one.opinion)
        tone: Tone = "amber" if one.status == "proposed" else ""
        shape = "triangle" if one.status == "proposed" else ""
        rows.append(
            SideRow(
                f"￥{display(one.amount_fen)}",
                words[one.status],
                link,
                second=tuple(filter(None, second)),
                shape=shape,
                tone=tone,
            )
        )
    if claim.certain_due_on and State(claim.state) in ADVANCEABLE:
        due = claim.certain_due_on
        rows.append(
            SideRow(
                "最迟", f"{due.year}年{due.month}月{due.day}日先付能确定的部分", second=("保险法第二十五条",)
            )
        )
    may = holds(actor, "claims.propose") and State(claim.state) in ADVANCEABLE
    actions = (Link("提出提前给付", _do(base, "advance")),) if may else ()
    return Matter("advance", "提前给付", "以后决定的金额里扣掉", tuple(rows), actions, "没有提前付过")


def _review(session: UnitSession, actor: Actor, claim: Claim, base: str, today: date) -> Matter:
    rows = select(Review).where(Review.claim_id == claim.id).order_by(Review.filed_at)
    found = []
    for one in session.scalars(rows):
        late = one.status == "open" and one.due_on < today
        words = reviews.STATUS_WORDS[one.status]
        if one.status == "decided":
            words = reviews.OUTCOMES[one.outcome]
        found.append(
            SideRow(
                reviews.KINDS[one.kind],
                link=Link(one.number, f"{paths.REVIEWS}/{one.id}"),
                after=f" {words}",
                second=(f"{one.due_on.month}月{one.due_on.day}日前答复",) if one.status == "open" else (),
                shape="square" if late else "",
                tone="red" if late else "",
            )
        )
    decided = State(claim.state) in (*GRANTING, *REFUSING)
    may = decided and holds(actor, "reviews.register")
    actions = (Link("登记复核或投诉", _do(base, "review")),) if may else ()
    return Matter("review", "复核和投诉", "由没有经手过的人答复", tuple(found), actions, "没有人提出")


def _archive(session: UnitSession, actor: Actor, claim: Claim, base: str) -> Matter:
    rows = select(ArchiveRecord).where(ArchiveRecord.claim_id == claim.id).order_by(ArchiveRecord.seq)
    found = tuple(
        SideRow(
            "档号",
            link=Link(one.file_number, f"{paths.ARCHIVE}/{one.file_number}"),
            after=f" {one.place}",
            second=(
                f"{one.filed_at.astimezone(SHANGHAI):%Y-%m-%d} {one.filed_by_name} 归档",
                f"保管到 {one.retain_until_on}",
            ),
        )
        for one in session.scalars(rows)
    )
    may = (State(claim.state), Action.CLOSE) in TABLE and holds(actor, "claims.archive")
    actions = (Link("结案归档", _do(base, "close")),) if may else ()
    why = "" if may else f"现在是“{WORDS[State(claim.state)].word}”，办完才能归档"
    return Matter("archive", "归档", "", found, actions, why or "还没有归档")
