"""What each letter of a case is ordered from: the row it rests on, its facts, its key, its day."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from insurer.claims.calendar import notify_terms
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Invalid, Problem
from insurer.notices import gathering, gathering_money
from insurer.notices.catalogue import NoticeKind
from insurer.platform.db import UnitSession


@dataclass(frozen=True, slots=True)
class NoticeOrder:
    """A letter to be sent: ``facts`` as :mod:`insurer.notices.gathering` makes them, free of names."""

    kind: NoticeKind
    scheme: str
    person_id: uuid.UUID
    facts: Mapping[str, Any]
    dedupe_key: str
    claim_id: uuid.UUID | None = None
    decision_id: uuid.UUID | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """The rows that a letter may rest on, by id; ``paid_fen`` was paid on the case before its decision."""

    decision_id: uuid.UUID | None = None
    paper_request_id: uuid.UUID | None = None
    review_id: uuid.UUID | None = None
    advance_id: uuid.UUID | None = None
    paid_fen: int | None = None


def order_for_claim(
    session: UnitSession, claim: Claim, wanted: NoticeKind, grounds: Grounds, today: date
) -> NoticeOrder | None:
    """Return the order of one letter of a case; ``None`` when there is nothing (any more) to write.

    A refusal is due within three days (insurance law, article 24). :class:`Invalid` when the figures of
    the decision contradict each other, :class:`~insurer.kernel.errors.NotFound` when a named row is not of
    this case.
    """
    decision_id, due_on = grounds.decision_id, None
    if wanted in (NoticeKind.DECISION, NoticeKind.REFUSAL):
        decision = gathering.load_decision(session, claim, _needed(decision_id, "decision_id"))
        row_id = decision.id
        paid_fen = claim.paid_fen if grounds.paid_fen is None else grounds.paid_fen
        if wanted is NoticeKind.DECISION:
            facts = gathering.decision_facts(session, claim, decision, on=today, paid_fen=paid_fen)
        else:
            facts = gathering.refusal_facts(session, claim, decision, on=today, paid_fen=paid_fen)
        if wanted is NoticeKind.REFUSAL or decision.outcome == "part":  # a refusal of a part is one too
            decided_on = business_day(claim.decided_at) if claim.decided_at else today
            due_on = notify_terms(calendar_in_force(session), decided_on).due_on
    elif wanted is NoticeKind.RECOVERY:
        decision = gathering.load_decision(session, claim, _needed(decision_id, "decision_id"))
        row_id, found = decision.id, gathering_money.recovery_facts(session, claim, decision, on=today)
        if found is None:
            return None
        facts = found
    elif wanted is NoticeKind.ADVANCE:
        advance = gathering_money.load_advance(session, claim, _needed(grounds.advance_id, "advance_id"))
        row_id, facts = advance.id, gathering_money.advance_facts(session, claim, advance, on=today)
    elif wanted is NoticeKind.MISSING_PAPERS:
        request_id = _needed(grounds.paper_request_id, "paper_request_id")
        request = gathering.load_request(session, claim, request_id)
        row_id, facts = request.id, gathering.missing_papers_facts(session, claim, request, on=today)
    elif wanted is NoticeKind.REVIEW_RESULT:
        review = gathering.load_review(session, claim, _needed(grounds.review_id, "review_id"))
        row_id, decision_id, due_on = review.id, review.decision_id, review.due_on
        facts = gathering.review_facts(session, claim, review, on=today)
    elif wanted is NoticeKind.RECEIPT:
        row_id, facts = claim.id, gathering.receipt_facts(session, claim, on=today)
    else:
        raise Invalid("这种通知书不是按案件出的", (Problem("kind", "不按案件出", wanted.value),))
    key = f"{wanted.value}:{row_id}"
    return NoticeOrder(wanted, claim.scheme, claim.person_id, facts, key, claim.id, decision_id, due_on)


def _needed(value: uuid.UUID | None, name: str) -> uuid.UUID:
    if value is None:
        raise Invalid("出这种通知书要说明依据", (Problem(name, "缺少这一项"),))
    return value
