"""Money that came back: the returned instruction is voided and the case may be paid again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import Action, in_part
from insurer.claims.operations.deciding import newest_decision
from insurer.claims.operations.moves import lock_claim, move
from insurer.claims.tables import Claim
from insurer.kernel.errors import Invalid, Problem
from insurer.payments.tables import PaymentInstruction
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession


def repay(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Let a returned payment join the next batch, saying what was put right (XB-四(三))."""
    require(actor, "payments.batch")
    if not reason.strip():
        raise Invalid("重付要写明改了什么", (Problem("reason", "没有写，请写一句"),))
    claim = lock_claim(session, claim_id, version=version)
    action = in_part(Action.REPAY, newest_decision(session, claim.id).outcome)
    move(session, claim, action, actor=actor, now=now, reason=reason.strip())
    returned = select(PaymentInstruction).where(
        PaymentInstruction.claim_id == claim.id, PaymentInstruction.state == "returned"
    )
    for instruction in session.scalars(returned.with_for_update().execution_options(populate_existing=True)):
        instruction.state = "void"
    claim.hint = ""
    return claim
