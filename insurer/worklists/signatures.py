"""Who signs a case: the strip of signatures, why the reader must not decide, what he may choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS, holds
from insurer.accounts.queries import StaffView, staff_who_may
from insurer.claims.authority import Authority, authority_on
from insurer.claims.lifecycle import AGREED, EDITABLE, State
from insurer.claims.operations.makers import MADE_WORDS, makers_of
from insurer.claims.tables import Claim, Decision, DecisionStep
from insurer.kernel.money import display
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.views.decision import DecisionChoice
from insurer.worklists.views.elements import Choice, Moment

_SIGNED: Final = {
    "proposed": "初审",
    "endorsed": "先行同意",
    "approved": "复核",
    "refused": "复核",
    "sent_back": "复核",
    "recalled": "复核",
}
ANYBODY: Final = "不指定，谁有空谁复核"


@dataclass(frozen=True, slots=True)
class Signatures:
    """Who made the case, whose rank it needs, who may decide it."""

    claim: Claim
    tiers: Authority
    makers: dict[str, str]
    reviewers: tuple[StaffView, ...]
    supervisors: tuple[StaffView, ...]
    steps: Sequence[DecisionStep]
    today: date

    @property
    def large(self) -> bool:
        """Tell whether a supervisor must decide."""
        return self.tiers.needs_supervisor(self.claim.benefit_fen)

    @property
    def two(self) -> bool:
        """Tell whether two people agree one after the other."""
        return self.tiers.needs_two(self.claim.benefit_fen)

    @property
    def endorsed(self) -> bool:
        """Tell whether the first of two agreements is there."""
        steps = [one.step for one in self.steps if one.step in ("endorsed", "proposed")]
        return bool(steps) and steps[-1] == "endorsed"

    @property
    def able(self) -> tuple[StaffView, ...]:
        """Those who may give the next signature."""
        ranked = self.supervisors if self.large and (self.endorsed or not self.two) else self.reviewers
        return tuple(one for one in ranked if str(one.id) not in self.makers)

    @property
    def named(self) -> str:
        """The name of who was asked to decide; empty when anybody may."""
        names = {one.id: one.name for one in (*self.reviewers, *self.supervisors)}
        return names.get(self.claim.approver_id, "") if self.claim.approver_id else ""

    @property
    def overdue_days(self) -> int:
        """Calendar days since the approval was due; 0 when it is not late."""
        due = self.claim.approve_by_on
        late = self.claim.state == State.PROPOSED and due is not None and due < self.today
        return (self.today - due).days if late and due is not None else 0


def signatures_of(
    session: UnitSession, claim: Claim, steps: Sequence[DecisionStep], today: date
) -> Signatures:
    """Gather who may sign a case: two statements."""
    reviewers = tuple(staff_who_may(session, "claims.approve"))
    return Signatures(
        claim,
        authority_on(today),
        makers_of(session, claim),
        reviewers,
        tuple(one for one in reviewers if one.roles & PERMISSIONS["claims.approve_large"]),
        steps,
        today,
    )


def refusal_of(actor: Actor, found: Signatures, weights: Sequence[str]) -> str:
    """Return why the reader must not take the next step and who can; empty when he may."""
    claim, state = found.claim, State(found.claim.state)
    if state in EDITABLE and holds(actor, "claims.propose"):
        if claim.review_lines:
            return f"还不能送复核：有 {claim.review_lines} 行费用待核。请先到核算页判定。"
        return f"还不能送复核：{claim.hint}。" if claim.hold_codes else ""
    if state is not State.PROPOSED:
        return ""
    if not holds(actor, "claims.approve"):
        if not holds(actor, "claims.propose"):
            return ""
        return f"{_ranked(found) or '这件要由复核或主管决定。'}{_who(found)}"
    made = found.makers.get(actor.person)
    if made is not None:
        return f"{MADE_WORDS[made]}，要由别人复核。{_who(found)}"
    if claim.approver_id is not None and claim.approver_id != actor.staff_id:
        late = f"，已超时 {found.overdue_days} 天" if found.overdue_days else ""
        return f"这件指定由{found.named or '另一位同事'}复核{late}。要换人，请主管先改派并写明原因。"
    if not holds(actor, "claims.approve_large"):
        if ranked := _ranked(found):
            return f"{ranked}{_who(found)}"
        if "settled" in weights:
            return "这件在年度清算以后才申请，要由主管决定。请转主管。"
    return ""


def _ranked(found: Signatures) -> str:
    """Say that the next signature is a supervisor's; empty when a reviewer may give it."""
    if not found.large or (found.two and not found.endorsed):
        return ""
    if found.two:
        return f"这件到了 {found.tiers.two_words}，已有一人同意，要由另一位主管决定。"
    return f"这件到了 {found.tiers.large_words}，要由主管决定。"


def _who(found: Signatures) -> str:
    names = "、".join(one.name for one in found.able[:6])
    return f"现在可以复核的有：{names}。" if names else "现在没有别的人可以复核，请告诉主管。"


def choices_of(actor: Actor, found: Signatures, decision: Decision | None) -> tuple[DecisionChoice, ...]:
    """Return what the reader may choose; nothing is chosen beforehand."""
    if decision is None:
        return ()
    state = State(found.claim.state)
    amount = f"￥{display(decision.benefit_fen)}"
    if state is State.PROPOSED and holds(actor, "claims.approve"):
        back = DecisionChoice("send_back", "退回初审", "写明要改什么", "退回初审", "退回后由初审改好再送。")
        return _agree(found, decision, amount), back
    if state in EDITABLE and state is not State.HELD and holds(actor, "claims.propose"):
        word = f"拟付 {amount}" if decision.benefit_fen > 0 else "拟不予给付"
        consequence = "送出后由另一位同事复核，您不能复核自己送的案件。"
        return (DecisionChoice("propose", "送复核", word, f"送复核，{word}", consequence),)
    if state in (*AGREED, State.TO_NOTIFY) and holds(actor, "claims.approve"):
        tail = "拒付通知还没有送到，可以撤回。" if state is State.TO_NOTIFY else "进了付款批次就不能撤回。"
        consequence = f"撤回后回到初审，占用的限额退回。{tail}"
        return (DecisionChoice("recall", "撤回决定", "写明原因", "撤回决定", consequence),)
    return ()


def _agree(found: Signatures, decision: Decision, amount: str) -> DecisionChoice:
    if found.two and not found.endorsed:
        consequence = f"到了 {found.tiers.two_words}，要两人先后同意：您同意后，再由一位主管决定。"
        return DecisionChoice("approve", "先行同意", f"付 {amount}", f"先行同意 {amount}", consequence)
    if decision.benefit_fen <= 0:
        consequence = "同意后：拒付通知今天生成，3 日内必须送到，送到才算办结。"
        return DecisionChoice("approve", "同意", "不予给付，出拒付说明", "同意不予给付", consequence)
    consequence = "同意后：通知书今天生成，付款进入下一批次。付款文件生成以前可以撤回。"
    if decision.outcome == "part":
        consequence += "不付的部分，理由 3 日内寄出。"
    return DecisionChoice("approve", "同意", f"付 {amount}", f"同意给付 {amount}", consequence)


def people_of(actor: Actor, found: Signatures) -> tuple[Moment, ...]:
    """Return the strip: entered, proposed, checked, supervisor; an empty cell says why it is empty.

    Where two agree one after the other, the third cell is the first of them and the supervisor's the second.
    """
    claim, state = found.claim, State(found.claim.state)
    last: dict[str, DecisionStep] = {}
    for step in found.steps:
        word = _SIGNED.get(step.step)
        if word:
            last[word] = step
    entered_by_reader = claim.entered_by == actor.person
    cells = [Moment("录入", claim.entered_by_name, claim.received_at, is_reader=entered_by_reader)]
    words = [("初审", "初审", "claims.propose")]
    if found.two:
        words += [("先行同意", "先行同意", "claims.approve"), ("主管", "复核", "claims.approve_large")]
    else:
        words.append(("复核", "复核", "claims.approve"))
    for word, signed_as, role in words:
        signed = last.get(signed_as)
        if signed is not None:
            mine = signed.actor_id == actor.person
            cells.append(Moment(word, signed.actor_name, signed.at, is_reader=mine))
        else:
            cells.append(_open_cell(actor, found, word, role, state))
    return tuple(cells) if found.two else (*cells, _supervisor(found))


def _open_cell(actor: Actor, found: Signatures, word: str, role: str, state: State) -> Moment:
    turn = ("主管" if found.endorsed else "先行同意") if found.two else "复核"
    if state is State.PROPOSED and word == turn:
        if found.named:
            late = f"，超时 {found.overdue_days} 天" if found.overdue_days else ""
            mine = found.claim.approver_id == actor.staff_id
            return Moment(word, found.named, note=f"指定{late}", is_reader=mine)
        if holds(actor, role) and actor.person not in found.makers:
            return Moment(word, actor.name, note="没有经手过这件", is_reader=True)
        if found.overdue_days:
            return Moment(word, note=f"还没有人复核，超时 {found.overdue_days} 天")
    if word == "主管":
        return Moment(word, note=f"还没有，第二个同意的人（到了 {found.tiers.two_words}）")
    who = "、".join(ROLE_WORDS[one] for one in ROLE_WORDS if one in PERMISSIONS[role])
    return Moment(word, note=f"还没有，由{who}办")


def _supervisor(found: Signatures) -> Moment:
    if found.large:
        return Moment("主管", note=f"需要（到了 {found.tiers.large_words}）")
    return Moment("主管", note=f"不需要（不到 {found.tiers.large_words}）")


def approver_choices(found: Signatures, typed: str = "") -> tuple[Choice, ...]:
    """Return whom a proposer may ask to decide, or a supervisor may name instead; ``typed`` stays chosen."""
    chosen = typed or str(found.claim.approver_id or "")
    people = [Choice(str(one.id), one.name, str(one.id) == chosen) for one in found.able]
    return (Choice("", ANYBODY, not chosen), *people)
