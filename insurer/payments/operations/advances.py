"""Amounts agreed to in advance on their way to the bank: in a batch, without moving the case."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, literal, select

from insurer.claims.operations.advances import ADVANCEABLE, end_advance
from insurer.claims.operations.moves import lock_claims
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import Advance
from insurer.kernel.money import to_yuan
from insurer.payments.tables import PaymentInstruction
from insurer.platform.audit import SYSTEM, Actor, note
from insurer.platform.db import UnitSession

PURPOSE: Final = "advance:"
"""The purpose of an instruction that pays an advance begins so; the advance's id follows."""


def is_advance(instruction: PaymentInstruction) -> bool:
    """Tell whether an instruction pays an advance, not a decided benefit."""
    return instruction.purpose.startswith(PURPOSE)


def ready_advances(session: UnitSession, scheme: str, now: datetime) -> list[tuple[Claim, Advance]]:
    """Return the agreed advances that no instruction pays yet, with their locked cases.

    One whose case was decided meanwhile is dropped: the decision pays the whole.
    """
    paid = select(PaymentInstruction.id).where(
        PaymentInstruction.purpose == func.concat(literal(PURPOSE), Advance.id),
        PaymentInstruction.state != "void",
    )
    waiting = (
        select(Advance)
        .join(Claim, Claim.id == Advance.claim_id)
        .where(Claim.scheme == scheme, Advance.status == "approved", ~paid.exists())
        .order_by(Claim.case_no)
    )
    advances = list(session.scalars(waiting))
    claims = {one.id: one for one in lock_claims(session, [one.claim_id for one in advances])}
    ready = []
    for advance in advances:
        claim = claims[advance.claim_id]
        if claim.state in ADVANCEABLE:
            ready.append((claim, advance))
        else:
            end_advance(session, actor=SYSTEM, advance_id=advance.id, reason="案件已经决定", now=now)
    return ready


def advance_paid(
    session: UnitSession, claim: Claim, line: PaymentInstruction, actor: Actor, now: datetime
) -> None:
    """Note that the bank has paid an advance: it counts against the benefit of the decision to come."""
    claim.paid_fen += line.amount_fen
    claim.version += 1
    claim.updated_at = now
    subject, data = ("payment_instruction", line.id), {"amount": to_yuan(line.amount_fen)}
    note(session, actor, "payment:advance:paid", subject, now=now, claim_id=claim.id, data=data)


def advance_returned(
    session: UnitSession, line: PaymentInstruction, actor: Actor, reason: str, now: datetime
) -> None:
    """End an advance that the bank sent back; it is proposed anew once the account is right."""
    advance_id = UUID(line.purpose.removeprefix(PURPOSE))
    end_advance(session, actor=actor, advance_id=advance_id, reason=f"银行退回：{reason}", now=now)
