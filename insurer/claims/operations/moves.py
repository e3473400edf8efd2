"""The only writer of a case's state."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import REFUSING, Action, State, Transition, transition
from insurer.claims.operations.freeing import is_released
from insurer.claims.operations.terms import start_term
from insurer.claims.rules import hint, outcome, recovery_hint
from insurer.claims.tables import Claim, Decision
from insurer.kernel.errors import Conflict, NotFound, Stale
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.outbox import Work, note_work

HINT_LENGTH: Final = 60
"""So many characters of a reason are repeated in the work list."""


def lock_claim(session: UnitSession, claim_id: UUID, *, version: int | None = None) -> Claim:
    """Load a case and lock its row to the end of the transaction.

    :class:`NotFound` when there is none; :class:`Stale` when the page that asks was made from an older
    version. Rows that merely refer to the case (a letter, a paper) need not wait: its key never changes.
    """
    statement = select(Claim).where(Claim.id == claim_id).with_for_update(key_share=True)
    claim = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if claim is None:
        raise NotFound("没有这个案件")
    if version is not None and claim.version != version:
        raise Stale("这件案件刚刚有人改过。您填的内容还在，请对照最新内容再决定")
    return claim


def lock_claims(session: UnitSession, claim_ids: Sequence[UUID]) -> list[Claim]:
    """Lock many cases in one order, so that two batches cannot wait for each other."""
    statement = select(Claim).where(Claim.id.in_(claim_ids)).order_by(Claim.id)
    statement = statement.with_for_update(key_share=True)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def move(
    session: UnitSession,
    claim: Claim,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Transition:
    """Take a locked case to its next state and record it; refused pairs raise :class:`Conflict`.

    So does reopening a withdrawn case whose settlement another case has meanwhile: it would be paid twice.
    """
    found = transition(State(claim.state), action)
    require(actor, found.permission)
    if action is Action.REOPEN and is_released(session, claim.id):
        raise Conflict("这件已撤销，结算号改由另一件使用，不能再重开。请看经过里的案件号，到那一件办")
    before = claim.state
    claim.state = found.next.value
    claim.version += 1
    claim.updated_at = now
    if found.starts is not None:
        start_term(session, claim, found.starts, now=now)
    note(
        session,
        actor,
        found.tag,
        ("claim", claim.id),
        now=now,
        claim_id=claim.id,
        reason=reason,
        data={"action": action.value, "before": before, "after": found.next.value, **(data or {})},
    )
    return found


def act(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    action: Action,
    now: datetime,
    reason: str = "",
    version: int | None = None,
) -> Claim:
    """Do one plain action of the table (accept, hold, release, withdraw …) to one case.

    Actions that decide or move money have operations of their own.
    """
    if action not in PLAIN:
        raise Conflict("这一步要在它自己的页面办理")
    claim = lock_claim(session, claim_id, version=version)
    move(session, claim, action, actor=actor, now=now, reason=reason)
    if action is Action.WITHDRAW:
        claim.hint = recovery_hint(claim.paid_fen, 0)
        order_recovery(session, claim, now=now)
    elif action in (Action.HOLD, Action.WAIT_UPSTREAM) and reason.strip():
        claim.hint = reason.strip()[:HINT_LENGTH]  # what the case waits for, and no longer what came before
    elif action in (Action.RELEASE, Action.UPSTREAM_ANSWERED):
        claim.hint = next_hint(session, claim)
    return claim


def next_hint(session: UnitSession, claim: Claim) -> str:
    """Return the next step of a case that is worked on again, from its newest calculation; may be empty."""
    statement = select(Decision.result).where(Decision.claim_id == claim.id).order_by(Decision.seq.desc())
    newest = session.scalar(statement.limit(1))
    if newest is None:
        return ""
    return hint(outcome(newest), claim.hold_codes, claim.review_lines, ())


def order_recovery(session: UnitSession, claim: Claim, *, now: datetime) -> None:
    """Order the letter that asks back what was paid beyond the standing decision, once for each decision."""
    if claim.paid_fen <= due_fen(claim):
        return
    newest = select(Decision.id).where(Decision.claim_id == claim.id).order_by(Decision.seq.desc()).limit(1)
    decision_id = session.scalars(newest).one()
    payload = {"kind": "recovery", "claim_id": str(claim.id), "decision_id": str(decision_id)}
    note_work(session, [Work(ISSUE_NOTICE, payload, f"recovery:{decision_id}")], now=now)


def due_fen(claim: Claim) -> int:
    """Return what the case's standing decision grants: nothing once it was refused or withdrawn."""
    return 0 if claim.state in (*REFUSING, State.WITHDRAWN) else claim.benefit_fen


PLAIN = frozenset(
    {
        Action.ACCEPT,
        Action.HOLD,
        Action.RELEASE,
        Action.WAIT_UPSTREAM,
        Action.UPSTREAM_ANSWERED,
        Action.WITHDRAW,
    }
)
