"""The running statutory term of a case: begun, stopped while papers are missing, counted anew."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from insurer.claims.calendar import Calendar, Pause, Terms, decide_terms, notify_terms, pay_terms
from insurer.claims.lifecycle import Term
from insurer.claims.tables import Claim, PaperRequest
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.platform.db import UnitSession


def start_term(session: UnitSession, claim: Claim, term: Term, *, now: datetime) -> None:
    """Begin the term that a transition sets off; ``resume`` goes on with the term to decide."""
    today = business_day(now)
    calendar = calendar_in_force(session)
    claim.clock_stopped_on = None
    if term == "pay":
        claim.term = "pay"
        _put(claim, pay_terms(calendar, today))
    elif term == "notify":
        claim.term = "notify"
        _put(claim, notify_terms(calendar, today))
    else:
        claim.term = "decide"
        if term == "decide":
            claim.term_from_on, claim.stopped_days = today, 0
        recount(session, claim, calendar)


def recount(session: UnitSession, claim: Claim, calendar: Calendar) -> None:
    """Count the dates of a case anew: its term to decide with every pause, or the term after the decision."""
    if claim.term == "decide":
        pauses = pauses_of(session, claim.id, claim.term_from_on)
        claim.stopped_days = sum((ended - begun).days for begun, ended in pauses)
        _put(claim, decide_terms(calendar, claim.term_from_on, pauses))
    elif claim.decided_at is not None:
        count = pay_terms if claim.term == "pay" else notify_terms
        _put(claim, count(calendar, business_day(claim.decided_at)))


def pauses_of(session: UnitSession, claim_id: UUID, since: date) -> Sequence[Pause]:
    """Return the pauses of the term: from a notice's delivery to the supplement (interpretation II, 15)."""
    session.flush()  # the answer of a request may have been noted a moment ago
    rows = session.execute(
        select(PaperRequest.delivered_on, PaperRequest.answered_on)
        .where(
            PaperRequest.claim_id == claim_id,
            PaperRequest.stops_clock,
            PaperRequest.delivered_on >= since,
            PaperRequest.answered_on.is_not(None),
        )
        .order_by(PaperRequest.delivered_on)
    )
    return [(row.delivered_on, row.answered_on) for row in rows]


def _put(claim: Claim, terms: Terms) -> None:
    claim.due_on, claim.legal_due_on = terms.due_on, terms.legal_due_on
    claim.certain_due_on = terms.certain_due_on
