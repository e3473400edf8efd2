"""What makes a case weighty for its second person, gathered from the rows of the case."""

from collections.abc import Sequence

from sqlalchemy import func, select

from insurer.claims.authority import WEIGHTY_WORDS, authority_on, weighty
from insurer.claims.tables import Claim, Decision, FeeLine, Settlement
from insurer.claims.tracks.tables import Accident, Advance, Claimant, Review
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Invalid, Problem
from insurer.platform.db import UnitSession


def weighty_of(session: UnitSession, claim: Claim, decision: Decision) -> list[str]:
    """Return the codes (``WEIGHTY_WORDS``) of what the second person writes an opinion on; one statement."""
    lines = (
        select(func.count())
        .select_from(FeeLine)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(
            Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None), FeeLine.finding.is_not(None)
        )
    )
    row = session.execute(
        select(
            lines.scalar_subquery().label("findings"),
            select(Accident.liability)
            .where(Accident.claim_id == claim.id)
            .scalar_subquery()
            .label("accident"),
            select(Claimant.capacity)
            .where(Claimant.claim_id == claim.id)
            .scalar_subquery()
            .label("capacity"),
            select(func.count())
            .where(Review.claim_id == claim.id, Review.outcome == "changed")
            .scalar_subquery()
            .label("reviews"),
            select(func.count())
            .where(Advance.claim_id == claim.id, Advance.status == "approved")
            .scalar_subquery()
            .label("advances"),
        )
    ).one()
    parties = {one.get("third_party", "none") for one in decision.document.get("settlements", ())}
    received_on = business_day(claim.received_at)
    return weighty(
        outcome=decision.outcome,
        findings=row.findings,
        accident=row.accident is not None or bool(parties - {"none"}),
        heir=row.capacity == "heir",
        late=authority_on(received_on).lateness(claim.year, received_on),
        reviewed=bool(row.reviews),
        advanced=bool(row.advances),
    )


def weighty_words(codes: Sequence[str]) -> str:
    """Return the codes in words, joined."""
    return "、".join(WEIGHTY_WORDS[code] for code in codes)


def require_opinion(codes: Sequence[str], opinion: str) -> None:
    """Refuse to decide a weighty case without a sentence on it."""
    if codes and not opinion.strip():
        message = f"这件有{weighty_words(codes)}，要写复核意见"
        raise Invalid(message, (Problem("opinion", f"{message}，请写一句您核对了什么"),))
