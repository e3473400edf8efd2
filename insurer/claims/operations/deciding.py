"""Proposing and deciding: different people, totals under lock, every signature a row of its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from insurer.accounts.permissions import holds, require
from insurer.claims.authority import Authority, authority_on
from insurer.claims.documents import load_case_files
from insurer.claims.lifecycle import Action, State, in_part, transition
from insurer.claims.operations.approvers import appoint, require_appointed
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.grounds import require_opinion, weighty_of
from insurer.claims.operations.limits import return_limit, use_limit
from insurer.claims.operations.makers import require_other_person
from insurer.claims.operations.moves import lock_claim, move, order_recovery
from insurer.claims.rules import claimant_papers, is_cancelled, paper_list, recovery_hint
from insurer.claims.tables import Claim, Decision, DecisionStep, Paper, Settlement
from insurer.claims.tracks.tables import Claimant
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, Problem
from insurer.kernel.money import to_yuan
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.outbox import Work, note_work

INVOICE_LOCK = 7_202
"""First key of the advisory lock under which the cases of one invoice are decided."""
GROUND = ("person", "settlements", "known_invoices")
"""The parts of a case document on which a calculation rests, beside what was used of the limits."""
PROPOSED_HINTS = {
    "pay": "复核并决定给付",
    "part": "复核并决定：有不予支付的费用",
    "refuse": "复核并决定拒付",
}
"""What the second person is to do, by the outcome proposed; a held case cannot be proposed."""


def propose(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    now: datetime,
    opinion: str = "",
    version: int | None = None,
    approver_id: UUID | None = None,
) -> Decision:
    """Calculate a case once more and put it before a second person, a named one if ``approver_id`` is given.

    :class:`Conflict` names what still stands in the way: lines to check, a hold, a payer without answer.
    :class:`Invalid` when the named person may not decide this case.
    """
    require(actor, "claims.propose")
    claim = lock_claim(session, claim_id, version=version)
    calculate_claims(session, actor=actor, claim_ids=[claim.id], now=now)
    if claim.review_lines:
        raise Conflict(f"还不能送复核：有 {claim.review_lines} 行费用待核")
    if claim.hold_codes:
        raise Conflict(f"还不能送复核：{claim.hint}")
    _require_claimant(session, claim)
    decision = newest_decision(session, claim.id)
    if is_cancelled(decision.document):
        raise Conflict("结算都已冲销，没有可以决定的金额。请撤销这件")
    move(session, claim, Action.PROPOSE, actor=actor, now=now, reason=opinion, data=_facts(decision))
    claim.proposed_by = actor.staff_id
    claim.hint = PROPOSED_HINTS[decision.outcome]
    appoint(session, claim, approver_id, now=now)
    _sign(session, decision, "proposed", actor, opinion, now)
    return decision


def _require_claimant(session: UnitSession, claim: Claim) -> None:
    """Refuse to go on without the papers of who acts for the insured, or with nobody to act for the dead."""
    acting = session.scalar(select(Claimant.capacity).where(Claimant.claim_id == claim.id)) or "self"
    died = session.scalar(select(Person.died_on).where(Person.id == claim.person_id))
    if died is not None and acting != "heir":
        raise Conflict("还不能送复核：参保人已去世，先在“相关事项”登记继承人和材料")
    held = set(session.scalars(select(Paper.kind).where(Paper.claim_id == claim.id)))
    lacking = claimant_papers(acting, held)
    if lacking:
        words = "、".join(paper_list().kinds[code].word for code in lacking)
        raise Conflict(f"还不能送复核：还缺{words}")


def approve(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    now: datetime,
    opinion: str = "",
    version: int | None = None,
) -> Decision:
    """Agree to the proposed calculation: pay what it says, or refuse what it refuses.

    From the tier of two approvals on, the first agreement is an endorsement and the case waits for another
    person. The limit's account is locked: when another case of the person was decided meanwhile, the amounts
    no longer hold and :class:`Conflict` sends the case back to be calculated. The letter is ordered in the
    same transaction. :class:`NotAllowed` names who may; :class:`Invalid` asks for the opinion that a weighty
    case needs.
    """
    require(actor, "claims.approve")
    claim = lock_claim(session, claim_id, version=version)
    decision = newest_decision(session, claim.id)
    require_other_person(session, actor, claim)
    pays = decision.benefit_fen > 0
    action = in_part(Action.APPROVE, decision.outcome) if pays else Action.REFUSE
    transition(State(claim.state), action)  # before the limits are booked: it may be decided already
    require_appointed(session, actor, claim, now=now)
    weights = weighty_of(session, claim, decision)
    require_opinion(weights, opinion)
    tiers = authority_on(business_day(now))
    if tiers.needs_two(decision.benefit_fen) and not _endorsed(session, decision):
        return _endorse(session, claim, decision, actor, opinion, now)
    _require_rank(actor, tiers, decision, weights)
    use_limit(session, claim, decision, now=now)
    _require_unchanged(session, claim, decision)
    found = move(session, claim, action, actor=actor, now=now, reason=opinion, data=_facts(decision))
    claim.decided_by, claim.decided_at = actor.staff_id, now
    claim.approver_id = claim.approve_by_on = None
    claim.hint = recovery_hint(claim.paid_fen, decision.benefit_fen)
    _sign(session, decision, "approved" if pays else "refused", actor, opinion, now)
    payload = {
        "kind": found.notice,
        "claim_id": str(claim.id),
        "decision_id": str(decision.id),
        "paid_fen": claim.paid_fen,  # what is paid on this decision may be paid before its letter is made
    }
    note_work(session, [Work(ISSUE_NOTICE, payload, f"{found.notice}:{decision.id}")], now=now)
    order_recovery(session, claim, now=now)
    return decision


def _require_rank(actor: Actor, tiers: Authority, decision: Decision, weights: list[str]) -> None:
    """Refuse an amount above the actor's tier, or a request that came after the year was settled."""
    if holds(actor, "claims.approve_large"):
        return
    if tiers.needs_supervisor(decision.benefit_fen):
        raise NotAllowed(f"这件到了 {tiers.large_words}，要由主管决定。请转主管")
    if "settled" in weights:
        raise NotAllowed("这件在年度清算以后才申请，要由主管决定。请转主管")


def _endorsed(session: UnitSession, decision: Decision) -> bool:
    """Tell whether one person agreed since the case was last put before a second one."""
    steps = session.scalars(
        select(DecisionStep.step)
        .where(DecisionStep.decision_id == decision.id)
        .order_by(DecisionStep.at.desc(), DecisionStep.id.desc())
    )
    return next((step == "endorsed" for step in steps if step in ("endorsed", "proposed")), False)


def _endorse(
    session: UnitSession, claim: Claim, decision: Decision, actor: Actor, opinion: str, now: datetime
) -> Decision:
    """Record the first of two agreements; the case waits for a supervisor who has not signed it."""
    move(session, claim, Action.ENDORSE, actor=actor, now=now, reason=opinion, data=_facts(decision))
    claim.hint = "已有一人同意，等第二人（主管）决定"
    appoint(session, claim, None, now=now)
    _sign(session, decision, "endorsed", actor, opinion, now)
    return decision


def send_back(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    opinion: str,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Return a proposed case to the desk, saying what to change."""
    require(actor, "claims.approve")
    _need_opinion(opinion, "退回要写明改什么")
    claim = lock_claim(session, claim_id, version=version)
    decision = newest_decision(session, claim.id)
    move(session, claim, Action.SEND_BACK, actor=actor, now=now, reason=opinion)
    claim.hint = f"退回：{opinion.strip()[:60]}"
    claim.approver_id = claim.approve_by_on = None
    _sign(session, decision, "sent_back", actor, opinion, now)
    return claim


def recall(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    opinion: str,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Take back a decision before it is in a payment batch or its refusal has arrived.

    The used limit is given back, and the term to decide goes on from its first day.
    """
    require(actor, "claims.approve")
    _need_opinion(opinion, "撤回要写明原因")
    claim = lock_claim(session, claim_id, version=version)
    decision = newest_decision(session, claim.id)
    move(session, claim, Action.RECALL, actor=actor, now=now, reason=opinion)
    claim.decided_by = claim.decided_at = None
    return_limit(session, claim, now=now)
    _sign(session, decision, "recalled", actor, opinion, now)
    return claim


def newest_decision(session: UnitSession, claim_id: UUID) -> Decision:
    """Return the newest calculation of a case; :class:`Conflict` when it has none."""
    found = session.scalar(
        select(Decision).where(Decision.claim_id == claim_id).order_by(Decision.seq.desc()).limit(1)
    )
    if found is None:
        raise Conflict("这件还没有核算，请先核算")
    return found


def _require_unchanged(session: UnitSession, claim: Claim, decision: Decision) -> None:
    """Refuse a calculation whose ground has changed: the roster, or an invoice granted to another case.

    Two cases with one invoice are decided one after the other, whoever they belong to. What was used of the
    limits has been compared under their own locks.
    """
    keys = session.scalars(
        select(Settlement.invoice_key).where(
            Settlement.claim_id == claim.id,
            Settlement.superseded_at.is_(None),
            Settlement.invoice_key.is_not(None),
        )
    )
    for key in sorted({str(key) for key in keys}):
        session.execute(
            text("SELECT pg_advisory_xact_lock(:lock, hashtext(:key))"), {"lock": INVOICE_LOCK, "key": key}
        )
    ground = load_case_files(session, [claim])[0].document
    if any(ground.get(part) != decision.document.get(part) for part in GROUND):
        raise Conflict("核算以后名册或票据的情况变了，金额不能再用。请退回初审，重算后再送")


def _sign(
    session: UnitSession, decision: Decision, step: str, actor: Actor, opinion: str, now: datetime
) -> None:
    row = DecisionStep(id=new_id(), decision_id=decision.id, step=step, opinion=opinion.strip(), at=now)
    row.actor_id, row.actor_name = actor.person, actor.name
    session.add(row)


def _facts(decision: Decision) -> dict[str, str | int]:
    return {"decision": decision.seq, "outcome": decision.outcome, "benefit": to_yuan(decision.benefit_fen)}


def _need_opinion(opinion: str, message: str) -> None:
    if not opinion.strip():
        raise Invalid(message, (Problem("opinion", "没有写，请写一句"),))
