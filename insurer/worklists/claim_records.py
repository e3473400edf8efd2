"""Cases as programs read them: pages in the order of arrival, and one case with its settlements."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from insurer.claims.tables import Claim, Decision, FeeLine, Settlement
from insurer.kernel.errors import NotFound
from insurer.kernel.money import to_yuan


def claims_before(
    session: Session, *, limit: int, scheme: str = "", state: str = "", before: uuid.UUID | None = None
) -> list[Claim]:
    """Return at most ``limit`` cases, the newest first, that arrived before the case ``before``.

    Ids are ordered by time, so that a page stays where it is while new cases arrive.
    """
    statement = select(Claim).order_by(Claim.id.desc()).limit(limit)
    if scheme:
        statement = statement.where(Claim.scheme == scheme)
    if state:
        statement = statement.where(Claim.state == state)
    if before is not None:
        statement = statement.where(Claim.id < before)
    return list(session.scalars(statement))


def claim_record(session: Session, claim_id: uuid.UUID) -> Mapping[str, Any]:
    """Return one case with its current settlements and its newest calculation; :class:`NotFound`."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("没有这个案件")
    settlements = session.scalars(
        select(Settlement)
        .where(Settlement.claim_id == claim_id, Settlement.superseded_at.is_(None))
        .order_by(Settlement.settled_on, Settlement.setl_id)
    ).all()
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for line in session.scalars(
        select(FeeLine)
        .where(FeeLine.settlement_id.in_([settlement.id for settlement in settlements]))
        .order_by(FeeLine.settlement_id, FeeLine.line_no)
    ):
        lines.setdefault(line.settlement_id, []).append(_line(line))
    newest = select(Decision).where(Decision.claim_id == claim_id).order_by(Decision.seq.desc()).limit(1)
    columns = {column.key: getattr(claim, column.key) for column in Claim.__table__.columns}
    return {
        **columns,
        "settlements": [
            {
                "setl_id": settlement.setl_id,
                "version": settlement.version,
                "settled_on": settlement.settled_on.isoformat(),
                "medfee_sumamt": to_yuan(settlement.total_fen),
                "feedetail": lines.get(settlement.id, []),
            }
            for settlement in settlements
        ],
        "decision": session.scalar(newest),
    }


def _line(line: FeeLine) -> dict[str, Any]:
    return {
        "feedetl_sn": line.serial,
        "medins_list_name": line.name,
        "det_item_fee_sumamt": to_yuan(line.amount_fen),
        "fulamt_ownpay_amt": to_yuan(line.own_fen),
        "decision": line.decision,
        "code": line.code,
        "clause": line.clause,
        "finding": line.finding,
    }
