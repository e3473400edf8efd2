"""The facts of letters about money outside a decision: a part paid ahead, money to be given back."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.claims.calendar import pay_terms
from insurer.claims.tables import Claim, Decision, DecisionStep
from insurer.claims.tracks.tables import Advance
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import NotFound
from insurer.notices.gathering import Facts, account_of_case, facts_of_case, proposer, stored
from insurer.notices.overpaid import RULES, cause_of_less
from insurer.platform.db import UnitSession

RETURN_DAYS: Final = 30
"""So many days are asked for to give money back; a custom of ours, not a term of the law."""


def advance_facts(session: UnitSession, claim: Claim, advance: Advance, *, on: date) -> Facts:
    """Facts of the letter on a part paid ahead, in the words of who proposed it."""
    content = {
        "amount_fen": advance.amount_fen,
        "pay_by": pay_terms(calendar_in_force(session), on).legal_due_on,
        "applied_on": business_day(claim.received_at),
        "reason": _sentence(advance.reason),
        "open_points": _sentence(advance.open_points),
    }
    return {
        **facts_of_case(claim, on, advance.proposed_by_name),
        **account_of_case(session, claim),
        "letter": stored(content),
    }


def recovery_facts(session: UnitSession, claim: Claim, decision: Decision, *, on: date) -> Facts | None:
    """Facts of the letter that asks money back; ``None`` when nothing is to be given back (any more)."""
    due = decision.benefit_fen if _approved(session, decision) else 0
    amount = claim.paid_fen - due
    if amount <= 0:
        return None
    cause, basis = cause_of_less(claim, decision, due)
    content = {
        "paid_fen": claim.paid_fen,
        "due_fen": due,
        "amount_fen": amount,
        "cause": cause,
        "basis": basis,
        "rule": RULES[claim.scheme][1],
        "return_by": calendar_in_force(session).add_days(on, RETURN_DAYS),
    }
    return {
        **facts_of_case(claim, on, proposer(session, decision) or claim.entered_by_name),
        **account_of_case(session, claim),
        "letter": stored(content),
    }


def load_advance(session: UnitSession, claim: Claim, advance_id: UUID) -> Advance:
    """Return an advance of this case; :class:`NotFound` when it is of another one."""
    advance = session.get(Advance, advance_id)
    if advance is None or advance.claim_id != claim.id:
        raise NotFound("这件案件没有这笔提前给付")
    return advance


def _approved(session: UnitSession, decision: Decision) -> bool:
    steps = select(DecisionStep.id).where(
        DecisionStep.decision_id == decision.id, DecisionStep.step == "approved"
    )
    return session.scalar(steps.limit(1)) is not None


def _sentence(words: str) -> str:
    text = words.strip()
    return text if text.endswith(("。", "？", "！")) else f"{text}。"
