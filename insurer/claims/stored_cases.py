"""Stored cases as values for simulations: their documents, and what was paid by person and year."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, exists, func, select

from insurer.claims.lifecycle import State
from insurer.claims.tables import Claim, Decision, DecisionStep
from insurer.platform.db import UnitSession

_AT_ONCE = 200


def stored_documents(
    session: UnitSession, *, scheme: str, first: int | None = None, last: int | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a key of the person and the newest document of every case that was not withdrawn.

    The cases of a person stand together in the order of settlement; ``used`` is left out, for the cases of a
    year themselves tell what they use of a limit. Keys are internal numbers, not those of identity cards.
    """
    found = (
        select(Claim.person_id, Decision.document)
        .distinct(Claim.person_id, Claim.settled_on, Claim.case_no)
        .join(Decision, Decision.claim_id == Claim.id)
        .where(Claim.scheme == scheme, Claim.state != State.WITHDRAWN.value)
        .order_by(Claim.person_id, Claim.settled_on, Claim.case_no, Decision.seq.desc())
    )
    if first is not None:
        found = found.where(Claim.year >= first)
    if last is not None:
        found = found.where(Claim.year <= last)
    for row in session.execute(found, execution_options={"yield_per": _AT_ONCE}):
        yield str(row.person_id), {key: value for key, value in row.document.items() if key != "used"}


def approved_amounts(
    session: UnitSession, *, scheme: str, first: int | None = None, last: int | None = None
) -> dict[int, list[int]]:
    """Return what was approved for each person, by year, in fen; people without money are left out.

    The newest approved decision of a case counts; a case that was withdrawn does not.
    """
    approved = exists().where(DecisionStep.decision_id == Decision.id, DecisionStep.step == "approved")
    newest = (
        select(Decision.claim_id, func.max(Decision.seq).label("seq"))
        .where(approved)
        .group_by(Decision.claim_id)
        .subquery()
    )
    paid = (
        select(Decision.year, Claim.person_id, func.sum(Decision.benefit_fen).label("fen"))
        .join(newest, and_(newest.c.claim_id == Decision.claim_id, newest.c.seq == Decision.seq))
        .join(Claim, Claim.id == Decision.claim_id)
        .where(Claim.scheme == scheme, Claim.state != State.WITHDRAWN.value)
        .group_by(Decision.year, Claim.person_id)
        .order_by(Decision.year, Claim.person_id)
    )
    if first is not None:
        paid = paid.where(Decision.year >= first)
    if last is not None:
        paid = paid.where(Decision.year <= last)
    found: dict[int, list[int]] = {}
    for row in session.execute(paid):
        if row.fen > 0:
            found.setdefault(row.year, []).append(int(row.fen))
    return found
