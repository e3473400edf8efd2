"""概览: facts of a case, its settlements, what is still to be done, and the plain steps a reader may take."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import CALCULABLE, GRANTING, REFUSING, WORDS, Action, State, actions_in
from insurer.claims.operations.moves import PLAIN
from insurer.claims.record_fields import MED_TYPES
from insurer.claims.rules import HOLD_WORDS, VISIT_WORDS, missing_papers, paper_list
from insurer.claims.tables import Claim, Decision, Paper, PaperRequest, Settlement
from insurer.kernel.dates import business_day
from insurer.kernel.money import display, parse_yuan
from insurer.notices.tables import Notice
from insurer.payments.operations.payees import account_of
from insurer.people.queries import cover_periods
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.calculation import newest
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.documents import filed_before_banners
from insurer.worklists.home import TODO
from insurer.worklists.views import paths
from insurer.worklists.views.case import CheckItem, OverviewPage, PlainStep, SettlementLine
from insurer.worklists.views.elements import Link, SideRow, Trouble

_REASONED: Final = frozenset({Action.HOLD, Action.RELEASE, Action.WAIT_UPSTREAM, Action.WITHDRAW})
_CHANNELS: Final = {
    "counter": "窗口",
    "api": "接口",
    "file": "文件导入",
    "window": "窗口",
    "sample": "示例数据",
    "web": "网页",
}


def load_overview(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    reason: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> OverviewPage:
    """Return the page; a fixed number of statements. A step that was refused brings its words back."""
    found = find_case(session, number)
    claim, state = found.claim, State(found.claim.state)
    decision = newest(session, claim)
    settlements = list(
        session.scalars(
            select(Settlement)
            .where(Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None))
            .order_by(Settlement.settled_on, Settlement.id)
        )
    )
    kinds = set(session.scalars(select(Paper.kind).where(Paper.claim_id == claim.id)))
    originals = [one for one in settlements if not one.reverses]
    lacking = missing_papers(claim.visit, originals[0].facts, kinds) if originals else []
    if state is State.WAITING_PAPERS:
        lacking = list(dict.fromkeys([*lacking, *_asked(session, claim)]))
    step, note = _next_step(actor, claim, state, lacking, number)
    return OverviewPage(
        bar=bar_of(found, part="概览", actor=actor, today=today),
        facts=_facts(claim, lacking, number),
        settlements=_lines(settlements, decision),
        checklist=_checklist(session, claim, state, lacking, number),
        cover=_cover(session, claim),
        next_step=step,
        next_step_note=note,
        steps=_plain_steps(actor, state),
        action=paths.case_href(number, "step"),
        version=str(claim.version),
        reason=reason,
        troubles=troubles,
        filed_before=filed_before_banners(session, claim),
    )


def _asked(session: UnitSession, claim: Claim) -> Sequence[str]:
    """Return the papers that were asked for and have not come since."""
    found = session.execute(
        select(PaperRequest.items, PaperRequest.requested_at).where(
            PaperRequest.claim_id == claim.id, PaperRequest.answered_on.is_(None)
        )
    ).first()
    if found is None:
        return ()
    came = select(Paper.kind).where(Paper.claim_id == claim.id, Paper.received_at > found.requested_at)
    since = set(session.scalars(came))
    return [kind for kind in found.items if kind in paper_list().kinds and kind not in since]


def _facts(claim: Claim, lacking: Sequence[str], number: str) -> tuple[SideRow, ...]:
    rows = [
        SideRow("收到", f"{business_day(claim.received_at)}，{_CHANNELS.get(claim.channel, claim.channel)}"),
        SideRow("录入", claim.entered_by_name or "系统"),
        SideRow("类别", VISIT_WORDS.get(claim.visit, claim.visit)),
        SideRow("保险年度", str(claim.year)),
        SideRow("状态", WORDS[State(claim.state)].word, second=(WORDS[State(claim.state)].meaning,)),
    ]
    if claim.hint:
        rows.append(SideRow("提示", claim.hint))
    if lacking:
        words = "、".join(paper_list().kinds[code].word for code in lacking)
        rows.append(SideRow("还缺", words, shape="triangle", tone="amber"))
    return tuple(rows)


def _lines(settlements: Sequence[Settlement], decision: Decision | None) -> tuple[SettlementLine, ...]:
    results = {one["setl_id"]: one for one in decision.result["settlements"]} if decision else {}
    rows = []
    for one in settlements:
        facts = one.facts
        benefit = results.get(one.setl_id, {}).get("benefit")
        status = {"held": "待查", "rejected": "不予支付"}.get(
            results.get(one.setl_id, {}).get("status", ""), ""
        )
        institution = facts.get("fixmedins") or {}
        rows.append(
            SettlementLine(
                setl_id=one.setl_id,
                kind="冲销" if one.reverses else MED_TYPES.get(str(facts.get("med_type"))[:2], "其他"),
                hospital=str(institution.get("name") or ""),
                began_on=_day(facts.get("begndate")),
                ended_on=_day(facts.get("enddate")),
                settled_on=one.settled_on,
                total=one.total_fen,
                personal=_personal(facts),
                payable=None if benefit is None else parse_yuan(benefit),
                note=f"冲销 {one.reverses}" if one.reverses else status,
            )
        )
    return tuple(rows)


def _personal(facts: dict[str, object]) -> int:
    total = parse_yuan(str(facts.get("medfee_sumamt") or "0.00"))
    paid = ("hifp_pay", "hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay", "maf_pay")
    return total - sum(parse_yuan(str(facts.get(name) or "0.00")) for name in paid)


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _checklist(
    session: UnitSession, claim: Claim, state: State, lacking: Sequence[str], number: str
) -> tuple[CheckItem, ...]:
    documents, calculation = paths.case_href(number, "documents"), paths.case_href(number, "calculation")
    notices = session.scalars(select(Notice.state).where(Notice.claim_id == claim.id)).all()
    sums = [str(code) for code in claim.hold_codes]
    decided = state in (
        *GRANTING,
        *REFUSING,
    )
    account = account_of(session, claim)
    return (
        CheckItem("材料齐全", not lacking, f"缺 {len(lacking)} 份" if lacking else "", documents),
        CheckItem("核对无疑", not sums, HOLD_WORDS.get(sums[0], "请查清")[:12] if sums else "", calculation),
        CheckItem(
            "费用判定",
            not claim.review_lines,
            f"待核 {claim.review_lines} 行" if claim.review_lines else "",
            calculation,
        ),
        CheckItem("收款账户", account is not None, f"*{account.tail}" if account else "没有账户"),
        CheckItem(
            "送复核", state is State.PROPOSED or decided, "", paths.case_href(number, "decision"), later=True
        ),
        CheckItem("决定", decided, "", paths.case_href(number, "decision"), later=True),
        CheckItem(
            "通知书",
            bool(notices) and all(one in ("printed", "delivered", "void") for one in notices),
            f"{len(notices)} 份" if notices else "",
            paths.case_href(number, "notices"),
            later=True,
        ),
    )


def _cover(session: UnitSession, claim: Claim) -> tuple[SideRow, ...]:
    rows = []
    for cover in cover_periods(session, [claim.person_id]):
        if cover.year in (claim.year, claim.year - 1, claim.year + 1):
            words = f"{cover.from_on} 至 {cover.until_on}"
            rows.append(
                SideRow(
                    f"{cover.year}年度", "在保", second=(words, cover.filename), shape="check", tone="green"
                )
            )
    if not any(row.label == f"{claim.year}年度" for row in rows):
        rows.append(SideRow(f"{claim.year}年度", "名册里没有", shape="triangle", tone="amber"))
    return tuple(rows)


def _next_step(
    actor: Actor, claim: Claim, state: State, lacking: Sequence[str], number: str
) -> tuple[Link | None, str]:
    calculation, decision = paths.case_href(number, "calculation"), paths.case_href(number, "decision")
    if state in CALCULABLE and claim.review_lines:
        return Link(f"核对 {claim.review_lines} 行待核费用", f"{calculation}#group-review"), claim.hint
    if state is State.HELD:
        return Link("查清原因", calculation), claim.hint
    if state is State.WAITING_PAPERS:
        if lacking:
            words = "、".join(paper_list().kinds[code].word for code in lacking)
            return Link("看材料", paths.case_href(number, "documents")), f"还缺{words}"
        return None, "要的材料到了，核对后在下面按“补件到齐”"
    if state is State.RECEIVED and lacking:
        return Link("看材料", paths.case_href(number, "documents")), claim.hint
    if state is State.RECEIVED and not claim.hold_codes and holds(actor, "claims.accept"):
        return None, f"先在下面按“受理”。{claim.hint}"
    if state in (State.IN_REVIEW, State.SENT_BACK, State.REOPENED) and holds(actor, "claims.propose"):
        return Link("送复核", decision), claim.hint
    if state is State.PROPOSED and holds(actor, "claims.approve"):
        return Link("复核并决定", decision), f"拟付 {display(claim.benefit_fen)} 元"
    if state is State.BOUNCED:
        return Link("看退汇和收款账户", paths.case_href(number, "payment")), claim.hint
    return None, claim.hint or TODO.get(state, "")


def _plain_steps(actor: Actor, state: State) -> tuple[PlainStep, ...]:
    """Return the steps that need no page of their own and that the reader may take."""
    steps = [
        PlainStep(action.value, found.word, action in _REASONED, action is Action.WITHDRAW)
        for action, found in actions_in(state)
        if action in PLAIN and holds(actor, found.permission)
    ]
    if state is State.WAITING_PAPERS and holds(actor, "claims.accept"):
        steps.append(PlainStep("papers_arrived", "补件到齐", False))
    if state in CALCULABLE and holds(actor, "claims.review"):
        steps.append(PlainStep("calculate", "重新核算", False))
    return tuple(steps)
