"""What the demonstration has brought about, counted from the database."""

from dataclasses import dataclass

from sqlalchemy import func, select

from insurer.claims.lifecycle import WORDS, State
from insurer.claims.tables import Claim
from insurer.kernel.money import display
from insurer.notices.tables import Notice
from insurer.payments.tables import PaymentInstruction
from insurer.people.tables import CoverPeriod, Person
from insurer.platform.db import UnitSession
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.outbox import OutboxRow


@dataclass(frozen=True, slots=True)
class Summary:
    """Persons, claims by state, money and letters; amounts are written in yuan."""

    persons: int
    covered: int
    claims: tuple[tuple[str, int], ...]
    paid: str
    in_batches: str
    letters: int
    letters_rendered: int
    letters_queued: int


def letters_waiting(session: UnitSession) -> int:
    """Return how many letters of cases are ordered and not yet rendered."""
    ordered = select(func.count()).where(OutboxRow.job == ISSUE_NOTICE, OutboxRow.state == "pending")
    unrendered = select(func.count()).where(Notice.claim_id.is_not(None), Notice.state == "queued")
    return (session.scalar(ordered) or 0) + (session.scalar(unrendered) or 0)


def summarise(session: UnitSession) -> Summary:
    """Count persons, claims by state, money and letters."""
    by_state = dict(session.execute(select(Claim.state, func.count()).group_by(Claim.state)).tuples().all())
    money = dict(
        session.execute(
            select(PaymentInstruction.state, func.sum(PaymentInstruction.amount_fen)).group_by(
                PaymentInstruction.state
            )
        )
        .tuples()
        .all()
    )
    letters = dict(session.execute(select(Notice.state, func.count()).group_by(Notice.state)).tuples().all())
    total = sum(letters.values())
    return Summary(
        persons=session.scalar(select(func.count()).select_from(Person)) or 0,
        covered=session.scalar(
            select(func.count(func.distinct(CoverPeriod.person_id))).where(
                CoverPeriod.superseded_at.is_(None)
            )
        )
        or 0,
        claims=tuple(
            (WORDS[state].word, by_state[state.value]) for state in State if state.value in by_state
        ),
        paid=display(int(money.get("paid", 0))),
        in_batches=display(int(money.get("sent", 0)) + int(money.get("batched", 0))),
        letters=total,
        letters_rendered=total - letters.get("queued", 0),
        letters_queued=letters.get("queued", 0),
    )
