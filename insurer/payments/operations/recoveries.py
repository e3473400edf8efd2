"""Money paid beyond what is due, since a later decision granted less: listing it, booking what comes back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import AGREED, GRANTING, REFUSING, Action, State
from insurer.claims.operations.moves import due_fen, lock_claim, move
from insurer.claims.rules import recovery_hint
from insurer.claims.tables import Claim
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.kernel.money import display, to_yuan
from insurer.payments.operations.ledger import BANK, EXPENSE, Posting, post
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

ENDING = (*sorted(REFUSING), State.WITHDRAWN)
"""States with a standing decision; in every other one nobody knows yet what is due."""


@dataclass(frozen=True, slots=True)
class Overpaid:
    """A case that was paid ``amount_fen`` more than its standing decision grants."""

    claim_id: UUID
    case_no: str
    person_id: UUID
    state: str
    paid_fen: int
    amount_fen: int


def overpaid(session: UnitSession, scheme: str) -> list[Overpaid]:
    """Return every case of a scheme with money to recover, by case number."""
    due = case((Claim.state.in_([state.value for state in ENDING]), 0), else_=Claim.benefit_fen)
    standing = [state.value for state in (*GRANTING, *ENDING)]
    rows = select(Claim).where(
        Claim.scheme == scheme, Claim.state.in_(standing), Claim.paid_fen > 0, Claim.paid_fen > due
    )
    return [
        Overpaid(
            claim.id,
            claim.case_no,
            claim.person_id,
            claim.state,
            claim.paid_fen,
            claim.paid_fen - due_fen(claim),
        )
        for claim in session.scalars(rows.order_by(Claim.case_no))
    ]


def record_recovery(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    amount_fen: int,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Book money that came back from a case paid too much; the last of it ends an approved case as paid.

    :class:`Conflict` when nothing is to be recovered or the case is being decided, :class:`Invalid` for an
    amount beyond what is open or without a word on where it came from.
    """
    require(actor, "payments.result")
    claim = lock_claim(session, claim_id, version=version)
    open_fen = claim.paid_fen - due_fen(claim)
    if State(claim.state) not in (*GRANTING, *ENDING) or open_fen <= 0:
        raise Conflict("这件现在没有应收回的钱。重开的案件要先决定，才知道收回多少")
    if not 0 < amount_fen <= open_fen:
        raise Invalid(
            f"应收回 {display(open_fen)} 元，收回的金额要在 0.01 到 {display(open_fen)} 元之间",
            (Problem("amount", "金额不在应收回的范围里"),),
        )
    if not reason.strip():
        raise Invalid("收回要写明来源", (Problem("reason", "没有写，请写一句，例如本人转账、流水号"),))
    entry_id = new_id()
    post(session, [Posting("recovered", entry_id, claim.id, BANK, EXPENSE, amount_fen)], now=now)
    claim.paid_fen -= amount_fen
    claim.hint = recovery_hint(claim.paid_fen, due_fen(claim))
    claim.version += 1
    claim.updated_at = now
    data = {"amount": to_yuan(amount_fen), "left": to_yuan(open_fen - amount_fen)}
    subject = ("claim", claim.id)
    tag = "payment:recovery:recorded"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=reason.strip(), data=data)
    if State(claim.state) in AGREED and amount_fen == open_fen:
        move(session, claim, Action.SETTLE, actor=actor, now=now, reason="多付的已收回")
    return claim
