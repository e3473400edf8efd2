"""决定: what is decided, by whom, and what the system has checked."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS, holds
from insurer.accounts.queries import staff_who_may
from insurer.claims.lifecycle import EDITABLE, WORDS, State
from insurer.claims.operations.deciding import require_other_person
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.recomputing import decision_differences
from insurer.claims.rules import LARGE_FEN, missing_papers, needs_supervisor, paper_list
from insurer.claims.tables import Claim, Decision, DecisionStep, FeeLine, LimitEntry, Paper, Settlement
from insurer.kernel.errors import NotAllowed
from insurer.kernel.money import display, parse_yuan
from insurer.notices.reasons import CODES, everyday_reason
from insurer.people.queries import AccountView, current_accounts
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.calculation import newest
from insurer.worklists.case_bar import OpenCase, bar_of, find_case
from insurer.worklists.fee_lines import spoken_clause, verdict_of
from insurer.worklists.views import paths
from insurer.worklists.views.decision import (
    DecisionChoice,
    DecisionPage,
    Override,
    RefusedItem,
    SystemCheck,
)
from insurer.worklists.views.elements import Link, Moment, Trouble

_SIGNED: Final = {
    "proposed": "初审",
    "approved": "复核",
    "refused": "复核",
    "sent_back": "复核",
    "recalled": "复核",
}


def load_decision(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    opinion: str = "",
    chosen: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> DecisionPage:
    """Return the page for who reads it; a fixed number of statements."""
    found = find_case(session, number)
    claim = found.claim
    state = State(claim.state)
    decision = newest(session, claim)
    steps = _steps(session, decision)
    lines, settlements = _lines(session, claim), _settlements(session, claim)
    account = current_accounts(session, [claim.person_id]).get(claim.person_id)
    overrides = _overrides(lines, number)
    refusal = _refusal(session, actor, claim, state)
    choices = () if refusal else _choices(actor, claim, state, decision)
    heading, lead = _heading(state, bool(choices))
    paid, paid_total = _paid(session, claim)
    return DecisionPage(
        bar=bar_of(found, part="决定", actor=actor, today=today),
        heading=heading,
        lead=lead,
        people=_people(claim, steps, actor, state),
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
        opinion_required=bool(overrides) and state is State.PROPOSED,
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
    return list(session.scalars(statement.order_by(DecisionStep.at)))


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


def _refusal(session: UnitSession, actor: Actor, claim: Claim, state: State) -> str:
    """Return why the reader must not decide this case and who can; empty when he may."""
    if state in EDITABLE and holds(actor, "claims.propose"):
        if claim.review_lines:
            return f"还不能送复核：有 {claim.review_lines} 行费用待核。请先到核算页判定。"
        return f"还不能送复核：{claim.hint}。" if claim.hold_codes else ""
    if state is not State.PROPOSED:
        return ""
    large = needs_supervisor(claim.benefit_fen)
    if not holds(actor, "claims.approve"):
        return (
            "这件要由复核或主管决定。" + _who_can(session, claim, large)
            if holds(actor, "claims.propose")
            else ""
        )
    permission = "claims.approve_large" if large else "claims.approve"
    try:
        require_other_person(actor, claim)
    except NotAllowed as refused:
        return f"{refused.message}。{_who_can(session, claim, large)}"
    if large and not holds(actor, "claims.approve_large"):
        names = "、".join(one.name for one in staff_who_may(session, permission)[:6])
        return f"这件到了 {LARGE_FEN // 100:,} 元，要由主管决定。可以决定的有：{names or '还没有设主管'}。"
    return ""


def _who_can(session: UnitSession, claim: Claim, large: bool) -> str:
    permission = "claims.approve_large" if large else "claims.approve"
    others = [
        one.name
        for one in staff_who_may(session, permission)
        if one.id != claim.proposed_by and str(one.id) != claim.entered_by
    ]
    if not others:
        return "现在没有别的人可以复核，请告诉主管。"
    return f"现在可以复核的有：{'、'.join(others[:6])}。"


def _choices(
    actor: Actor, claim: Claim, state: State, decision: Decision | None
) -> tuple[DecisionChoice, ...]:
    if decision is None:
        return ()
    amount = f"￥{display(decision.benefit_fen)}"
    back = DecisionChoice("send_back", "退回初审", "写明要改什么", "退回初审", "退回后由初审改好再送。")
    if state is State.PROPOSED and holds(actor, "claims.approve"):
        if decision.benefit_fen <= 0:
            consequence = "同意后：拒付说明今天生成，3 日内必须寄出。"
            agree = DecisionChoice("approve", "同意", "不予给付，出拒付说明", "同意不予给付", consequence)
        else:
            consequence = "同意后：通知书今天生成，付款进入下一批次。付款文件生成以前可以撤回。"
            agree = DecisionChoice("approve", "同意", f"付 {amount}", f"同意给付 {amount}", consequence)
        return agree, back
    if state in EDITABLE and state is not State.HELD and holds(actor, "claims.propose"):
        word = f"拟付 {amount}" if decision.benefit_fen > 0 else "拟不予给付"
        consequence = "送出后由另一位同事复核，您不能复核自己送的案件。"
        return (DecisionChoice("propose", "送复核", word, f"送复核，{word}", consequence),)
    if state is State.APPROVED and holds(actor, "claims.approve"):
        consequence = "撤回后回到初审，占用的限额退回。进了付款批次就不能撤回。"
        return (DecisionChoice("recall", "撤回决定", "写明原因", "撤回决定", consequence),)
    return ()


def _people(claim: Claim, steps: Sequence[DecisionStep], actor: Actor, state: State) -> tuple[Moment, ...]:
    last: dict[str, DecisionStep] = {}
    for step in steps:
        word = _SIGNED.get(step.step)
        if word:
            last[word] = step
    entered = Moment("录入", claim.entered_by_name, claim.received_at, is_reader=claim.entered_by == actor.id)
    cells = [entered]
    for word, role in (("初审", "claims.propose"), ("复核", "claims.approve")):
        signed = last.get(word)
        if signed is not None:
            cells.append(Moment(word, signed.actor_name, signed.at, is_reader=signed.actor_id == actor.id))
        elif word == "复核" and state is State.PROPOSED and holds(actor, role) and _is_other(actor, claim):
            cells.append(Moment(word, actor.name, note="与前两人不同", is_reader=True))
        else:
            who = "、".join(ROLE_WORDS[one] for one in ROLE_WORDS if one in PERMISSIONS[role])
            cells.append(Moment(word, note=f"还没有，由{who}办"))
    if needs_supervisor(claim.benefit_fen):
        cells.append(Moment("主管", note=f"需要（到了 {LARGE_FEN // 100:,} 元）"))
    else:
        cells.append(Moment("主管", note=f"不需要（不到 {LARGE_FEN // 100:,} 元）"))
    return tuple(cells)


def _is_other(actor: Actor, claim: Claim) -> bool:
    return actor.staff_id != claim.proposed_by and actor.id != claim.entered_by


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
