"""Cases as programs read them: pages in the order of arrival, and one case with its settlements."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from insurer.claims.tables import Claim, Decision, FeeLine, Settlement
from insurer.claims.tracks.facts import NOTHING, beside
from insurer.claims.tracks.tables import AgencyFinding, Review
from insurer.claims.upstream import Standing, standings
from insurer.kernel.errors import NotFound
from insurer.kernel.money import to_yuan
from insurer.payments.tables import PaymentBatch
from insurer.platform.audit import AuditEntry
from insurer.platform.db import UnitSession


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


def claim_columns(session: Session, claim_id: uuid.UUID) -> Mapping[str, Any]:
    """Return one case without its settlements; :class:`NotFound` when there is none."""
    session.flush()
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("没有这个案件")
    return {column.key: getattr(claim, column.key) for column in Claim.__table__.columns}


def line_of(session: Session, claim_id: uuid.UUID, serial: str) -> uuid.UUID:
    """Return the id of a fee line of a case's current settlement; :class:`NotFound` when there is none."""
    found = session.scalar(
        select(FeeLine.id)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(Settlement.claim_id == claim_id, Settlement.superseded_at.is_(None), FeeLine.serial == serial)
        .order_by(FeeLine.line_no)
        .limit(1)
    )
    if found is None:
        raise NotFound("这件案件里没有这一行费用")
    return found


def case_events(session: Session, claim_id: uuid.UUID, *, limit: int = 500) -> Sequence[AuditEntry]:
    """Return a case's time line, the newest first; :class:`NotFound` when there is no such case."""
    claim_columns(session, claim_id)
    rows = select(AuditEntry).where(AuditEntry.claim_id == claim_id)
    return session.scalars(rows.order_by(AuditEntry.seq.desc()).limit(limit)).all()


def standings_of(session: UnitSession, claim_id: uuid.UUID) -> list[Standing]:
    """Return how every earlier payer of a case stands; :class:`NotFound` when there is no such case."""
    scheme = claim_columns(session, claim_id)["scheme"]
    settled = session.scalar(
        select(Settlement.facts)
        .where(
            Settlement.claim_id == claim_id,
            Settlement.superseded_at.is_(None),
            Settlement.reverses.is_(None),
        )
        .order_by(Settlement.settled_on, Settlement.id)
        .limit(1)
    )
    noted = beside(session, [claim_id]).get(claim_id, NOTHING)
    return standings(scheme, settled or {}, noted.payers)


def finding_record(session: Session, finding_id: uuid.UUID) -> AgencyFinding:
    """Return a difference for the agency."""
    return session.get_one(AgencyFinding, finding_id)


_REGISTERS: Final[dict[str, tuple[Any, Any]]] = {
    "reviews": (Review, Review.status),
    "findings": (AgencyFinding, AgencyFinding.status),
    "batches": (PaymentBatch, PaymentBatch.state),
}


def register_page(
    session: Session,
    register: str,
    *,
    limit: int,
    scheme: str = "",
    status: str = "",
    before: uuid.UUID | None = None,
) -> Sequence[Any]:
    """Return at most ``limit`` rows of a register, the newest first, that came before ``before``."""
    table, column = _REGISTERS[register]
    statement = select(table).order_by(table.id.desc()).limit(limit)
    if scheme:
        statement = statement.where(table.scheme == scheme)
    if status:
        statement = statement.where(column == status)
    if before is not None:
        statement = statement.where(table.id < before)
    return session.scalars(statement).all()
