"""决定: what is decided, by whom, and what the system has checked."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.claims.authority import WEIGHTY_WORDS
from insurer.claims.lifecycle import EDITABLE, WORDS, State
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.operations.grounds import weighty_of
from insurer.claims.recomputing import decision_differences
from insurer.claims.rules import missing_papers, paper_list
from insurer.claims.tables import Claim, Decision, DecisionStep, FeeLine, LimitEntry, Paper, Settlement
from insurer.kernel.money import display, parse_yuan
from insurer.notices.reasons import CODES, everyday_reason
from insurer.payments.operations.payees import account_of
from insurer.people.queries import AccountView
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.calculation import newest
from insurer.worklists.case_bar import OpenCase, bar_of, find_case
from insurer.worklists.fee_lines import spoken_clause, verdict_of
from insurer.worklists.signatures import (
    approver_choices,
    choices_of,
    people_of,
    refusal_of,
    signatures_of,
)
from insurer.worklists.views import paths
from insurer.worklists.views.decision import (
    DecisionPage,
    Override,
    RefusedItem,
    SystemCheck,
)
from insurer.worklists.views.elements import Link, Trouble


def load_decision(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    opinion: str = "",
    chosen: str = "",
    approver: str = "",
    reason: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> DecisionPage:
    """Return the page for who reads it; a fixed number of statements."""
    found = find_case(session, number)
    claim = found.claim
    state = State(claim.state)
    decision = newest(session, claim)
    steps = _steps(session, decision)
    lines, settlements = _lines(session, claim), _settlements(session, claim)
    account = account_of(session, claim)
    overrides = _overrides(lines, number)
    signing = signatures_of(session, claim, steps, today)
    weights = weighty_of(session, claim, decision) if decision else []
    refusal = refusal_of(actor, signing, weights)
    choices = () if refusal else choices_of(actor, signing, decision)
    heading, lead = _heading(state, bool(choices))
    proposing = bool(choices) and choices[0].value == "propose"
    substituting = state is State.PROPOSED and holds(actor, "claims.substitute")
    paid, paid_total = _paid(session, claim)
    return DecisionPage(
        bar=bar_of(found, part="决定", actor=actor, today=today),
        heading=heading,
        lead=lead,
        people=people_of(actor, signing),
        amount=decision.benefit_fen if decision else None,
        amount_parts=_parts(decision),
        amount_note=_limit_note(decision),
        payee=account.holder if account else "",
        payee_how=_how(account, found),
        payee_tail=account.tail if account else "",
        payee_note=_payee_note(account, found),
        refused=_refused(decision, lines),
        refused_note="部分不赔，也要在 3 日内寄出理由",
        overrides=overrides,
        choices=choices,
        chosen=chosen,
        opinion=opinion,
        opinion_required=bool(weights) and state is State.PROPOSED,
        weights=tuple(WEIGHTY_WORDS[code] for code in weights),
        approvers=approver_choices(signing, approver) if proposing or substituting else (),
        substitute_action=paths.case_href(number, "approver") if substituting else "",
        overdue_days=signing.overdue_days,
        reason=reason,
        checks=_checks(session, found, decision, settlements, account, lines) if decision else (),
        paid=paid,
        paid_total=paid_total,
        letters=_letters(decision, number) if state is State.PROPOSED else (),
        action=paths.case_href(number, "decision"),
        version=str(claim.version),
        refusal=refusal,
        troubles=troubles,
    )


def _heading(state: State, may: bool) -> tuple[str, str]:
    if state is State.PROPOSED:
        return "复核并决定", "核对下面四项，再选结论" if may else ""
    if state in EDITABLE:
        return "送复核", "核对下面四项，再送第二个人看" if may else ""
    if state in (State.RECEIVED, State.WAITING_PAPERS, State.WAITING_UPSTREAM):
        return "还不能决定", WORDS[state].meaning
    return "决定", WORDS[state].meaning


def _steps(session: UnitSession, decision: Decision | None) -> list[DecisionStep]:
    if decision is None:
        return []
    statement = select(DecisionStep).where(DecisionStep.decision_id == decision.id)
    return list(session.scalars(statement.order_by(DecisionStep.at, DecisionStep.id)))


def _lines(session: UnitSession, claim: Claim) -> list[FeeLine]:
    statement = (
        select(FeeLine)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None))
        .order_by(FeeLine.line_no)
    )
    return list(session.scalars(statement))


def _settlements(session: UnitSession, claim: Claim) -> list[Settlement]:
    statement = select(Settlement).where(
        Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None), Settlement.reverses.is_(None)
    )
    return list(session.scalars(statement))


def _parts(decision: Decision | None) -> tuple[tuple[str, int], ...]:
    if decision is None or decision.benefit_fen <= 0:
        return ()
    other = decision.other_fen
    return (("目录内", decision.benefit_fen - other), ("其他", other))


def _limit_note(decision: Decision | None) -> str:
    if decision is None:
        return ""
    limits = [one["limit"] for one in decision.result["settlements"] if one.get("limit")]
    return f"年度限额还剩 {display(parse_yuan(limits[-1]['left']))}" if limits else ""


def _how(account: AccountView | None, found: OpenCase) -> str:
    if account is None:
        return ""
    who = "本人" if account.holder == found.person.name else "不是本人"
    return f"（{who}） {account.bank}"


def _payee_note(account: AccountView | None, found: OpenCase) -> str:
    if account is None:
        return "没有收款账户就不能付款。请先补登。"
    return "户名与本人相符" if account.holder == found.person.name else "户名和本人不同，请核对监护关系"


def _refused(decision: Decision | None, lines: Sequence[FeeLine]) -> tuple[RefusedItem, ...]:
    if decision is None:
        return ()
    items = []
    for line in lines:
        if verdict_of(line) == "excluded":
            why = line.because.rstrip("。") if line.finding is None else FINDINGS.get(line.finding, "")
            clause = Link(spoken_clause(line.clause)) if line.clause else None
            items.append(RefusedItem(line.amount_fen, f"{line.name}，{why}", clause))
    for one in decision.result["settlements"]:
        if one["status"] == "rejected" and one.get("reasons"):
            reason = one["reasons"][0]
            if reason["code"] in CODES:
                burden = _bill_burden(decision, one["setl_id"])
                clause = Link(spoken_clause(reason["clause"]))
                items.append(RefusedItem(burden, everyday_reason(reason["code"]), clause))
    return tuple(items[:12])


def _bill_burden(decision: Decision, setl_id: str) -> int:
    facts: Mapping[str, Any] = next(
        (one for one in decision.document["settlements"] if one["setl_id"] == setl_id), {}
    )
    return parse_yuan(str(facts.get("medfee_sumamt") or "0.00"))


def _overrides(lines: Sequence[FeeLine], number: str) -> tuple[Override, ...]:
    automatic = {"covered": "可赔", "excluded": "不予支付", "review": "待核"}
    return tuple(
        Override(
            f"第 {line.line_no} 行“{line.name}” ",
            automatic.get(line.decision, line.decision),
            "可赔" if line.finding == "covered" else "不予支付",
            f"{display(line.amount_fen)} 元",
            f"理由：“{line.finding_reason}”",
            Link("看这一行", f"{paths.case_href(number, 'calculation')}#line-{line.line_no}"),
        )
        for line in lines
        if line.finding is not None
    )


def _checks(
    session: UnitSession,
    found: OpenCase,
    decision: Decision,
    settlements: Sequence[Settlement],
    account: AccountView | None,
    lines: Sequence[FeeLine],
) -> tuple[SystemCheck, ...]:
    claim, number = found.claim, found.claim.case_no
    reasons = {reason["code"] for one in decision.result["settlements"] for reason in one.get("reasons", ())}
    kinds = set(session.scalars(select(Paper.kind).where(Paper.claim_id == claim.id)))
    lacking = missing_papers(claim.visit, settlements[0].facts, kinds) if settlements else []
    lacking_words = "、".join(paper_list().kinds[code].word for code in lacking)
    same = not decision_differences(session, scheme=claim.scheme, decision=decision)
    open_lines = sum(1 for line in lines if verdict_of(line) == "review")
    papers = paths.case_href(number, "documents")
    calculation = paths.case_href(number, "calculation")
    checks = [
        SystemCheck("在保，居民医保", "按名册和结算险种", "not_insured" not in reasons),
        SystemCheck("定点或转诊", "按结算单", not reasons & {"not_designated", "no_referral"}),
        SystemCheck(
            "费用合计",
            "两项核对相符" if "amounts_mismatch" not in reasons else "两边不等",
            not reasons & {"amounts_mismatch", "lines_mismatch", "payers_exceed_cost"},
            papers,
        ),
        SystemCheck("没有重复票据", "本系统内", "duplicate" not in reasons),
        SystemCheck("上游都已结清", "按材料", not reasons & {"upstream_pending", "other_fund"}),
        SystemCheck("没有第三方责任", "按申请", "third_party_unresolved" not in reasons),
        SystemCheck(
            "待核费用", "没有" if not open_lines else f"{open_lines} 行", not open_lines, calculation
        ),
        SystemCheck(
            "重算一致" if same else "重算不一致", f"规则 {decision.pack_hash[:12]}", same, calculation
        ),
        SystemCheck(
            "材料齐全" if not lacking else "还缺材料",
            lacking_words or f"{found.papers} 份",
            not lacking,
            papers,
        ),
        SystemCheck(
            "收款人",
            "没有账户"
            if account is None
            else ("本人" if account.holder == found.person.name else "不是本人"),
            account is not None and account.holder == found.person.name,
        ),
    ]
    return tuple(checks)


def _paid(session: UnitSession, claim: Claim) -> tuple[tuple[tuple[str, str, str, int], ...], int]:
    """Return the cases that used this year's limit, with what each took."""
    statement = (
        select(Claim.case_no, Claim.settled_on, func.sum(LimitEntry.amount_fen))
        .join(Decision, Decision.id == LimitEntry.decision_id)
        .join(Claim, Claim.id == Decision.claim_id)
        .where(
            LimitEntry.scheme == claim.scheme,
            LimitEntry.person_id == claim.person_id,
            LimitEntry.year == claim.year,
            Claim.id != claim.id,
        )
        .group_by(Claim.case_no, Claim.settled_on)
        .having(func.sum(LimitEntry.amount_fen) != 0)
        .order_by(Claim.settled_on, Claim.case_no)
    )
    rows = tuple(
        (number, paths.case_href(number), f"{day.month}月{day.day}日结算", int(total))
        for number, day, total in session.execute(statement)
    )
    return rows, sum(row[3] for row in rows)


def _letters(decision: Decision | None, number: str) -> tuple[Link, ...]:
    if decision is None:
        return ()
    title = "理赔决定通知书" if decision.benefit_fen > 0 else "拒赔通知书"
    return (Link(title),)
