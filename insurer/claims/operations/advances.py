"""Paying ahead what is certain already (提前给付, Insurance Law, article 25); the rest comes later."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import holds, require
from insurer.claims.authority import authority_on
from insurer.claims.lifecycle import EDITABLE, WORDS, State
from insurer.claims.operations.deciding import newest_decision
from insurer.claims.operations.makers import note_maker
from insurer.claims.operations.moves import lock_claim
from insurer.claims.rules import is_cancelled
from insurer.claims.tables import Claim, Decision
from insurer.claims.tracks.tables import Advance
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from insurer.kernel.money import display, parse_yuan, to_yuan
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.outbox import Work, note_work

ADVANCEABLE = frozenset({*EDITABLE, State.WAITING_UPSTREAM})
"""States in which a case is not decided, but a part of its amount may be certain."""


def propose_advance(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    amount_fen: int,
    reason: str,
    open_points: str,
    now: datetime,
    version: int | None = None,
) -> Advance:
    """Put an amount that is certain before a second person, saying why it is and what is still open.

    :class:`Conflict` when the case is decided or cancelled, :class:`Invalid` for an amount above what all
    payers left of the cost less what was paid ahead before, or without the two sentences.
    """
    require(actor, "claims.propose")
    claim = lock_claim(session, claim_id, version=version)
    if State(claim.state) not in ADVANCEABLE:
        word = WORDS[State(claim.state)].word
        raise Conflict(f"案件现在是“{word}”，不用提前给付")
    decision = newest_decision(session, claim.id)
    if is_cancelled(decision.document):
        raise Conflict("结算都已冲销，没有可以提前付的")
    problems = []
    room = most_in_advance(session, claim, decision)
    if not 0 < amount_fen <= room:
        words = f"最多可以提前付 {display(room)} 元（现在能确定的上限），请改金额"
        problems.append(Problem("amount", words))
    if not reason.strip():
        problems.append(Problem("reason", "没有写，请写这个数为什么已经能确定"))
    if not open_points.strip():
        problems.append(Problem("open_points", "没有写，请写还有什么没有定"))
    if problems:
        raise Invalid("提前给付有几处要改", tuple(problems))
    waiting = select(Advance.id).where(Advance.claim_id == claim.id, Advance.status == "proposed")
    if session.scalar(waiting) is not None:
        raise Conflict("已经有一笔提前给付等复核，先办完它")
    advance = Advance(id=new_id(), claim_id=claim.id, decision_id=decision.id, amount_fen=amount_fen)
    advance.reason, advance.open_points, advance.status = reason.strip(), open_points.strip(), "proposed"
    advance.proposed_by, advance.proposed_by_name, advance.proposed_at = actor.person, actor.name, now
    session.add(advance)
    note_maker(session, [claim.id], actor, "advance", now)
    _touch(claim, now)
    data = {"amount": to_yuan(amount_fen), "open": advance.open_points}
    subject, tag = ("advance", advance.id), "claim:advance:proposed"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=advance.reason, data=data)
    return advance


def decide_advance(
    session: UnitSession, *, actor: Actor, advance_id: UUID, agree: bool, opinion: str, now: datetime
) -> Advance:
    """Agree to an advance, which joins the next payment batch, or refuse it; always another person.

    :class:`NotAllowed` for who proposed it or above the actor's tier, :class:`Invalid` without an opinion.
    """
    require(actor, "claims.approve")
    if not opinion.strip():
        raise Invalid("提前给付要写意见", (Problem("opinion", "没有写，请写一句您核对了什么"),))
    found = session.get(Advance, advance_id)
    if found is None:
        raise NotFound("没有这笔提前给付")
    claim = lock_claim(session, found.claim_id)
    statement = select(Advance).where(Advance.id == advance_id).with_for_update()
    advance = session.scalars(statement.execution_options(populate_existing=True)).one()
    if advance.status != "proposed":
        raise Conflict("这笔提前给付已经有人办过。请刷新再看")
    if actor.staff_id is None or advance.proposed_by == actor.person:
        raise NotAllowed("这笔提前给付是您提出的，要由别人复核")
    if claim.entered_by == actor.person:
        raise NotAllowed("这件是您录入的，要由别人复核")
    tiers = authority_on(business_day(now))
    if agree and tiers.needs_supervisor(advance.amount_fen) and not holds(actor, "claims.approve_large"):
        raise NotAllowed(f"这笔到了 {tiers.large_words}，要由主管决定。请转主管")
    if agree and State(claim.state) not in ADVANCEABLE:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，不用再提前付。请不同意这一笔")
    advance.status = "approved" if agree else "refused"
    advance.decided_by, advance.decided_by_name, advance.decided_at = actor.person, actor.name, now
    advance.opinion = opinion.strip()
    _touch(claim, now)
    data = {"amount": to_yuan(advance.amount_fen)}
    subject, tag = ("advance", advance.id), f"claim:advance:{advance.status}"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=advance.opinion, data=data)
    if agree:
        payload = {"kind": "advance", "claim_id": str(claim.id), "advance_id": str(advance.id)}
        note_work(session, [Work(ISSUE_NOTICE, payload, f"advance:{advance.id}")], now=now)
    return advance


def end_advance(session: UnitSession, *, actor: Actor, advance_id: UUID, reason: str, now: datetime) -> None:
    """End an advance that will not be paid: its case was decided, or the bank sent it back.

    The permission is that of deciding or of entering the bank's results.
    """
    advance = session.get_one(Advance, advance_id)
    advance.status = "withdrawn"
    data = {"amount": to_yuan(advance.amount_fen)}
    subject, tag = ("advance", advance.id), "claim:advance:withdrawn"
    note(session, actor, tag, subject, now=now, claim_id=advance.claim_id, reason=reason, data=data)


def most_in_advance(session: UnitSession, claim: Claim, decision: Decision) -> int:
    """Return what can be certain at most: what the calculation gives, or would give without its hold.

    A held case has no benefit yet; then the person's own burden is the bound. What was agreed to in advance
    before counts against it.
    """
    before = session.scalar(
        select(func.coalesce(func.sum(Advance.amount_fen), 0)).where(
            Advance.claim_id == claim.id, Advance.status.in_(("proposed", "approved"))
        )
    )
    bound = parse_yuan(decision.result["total"]) if not claim.hold_codes else claim.burden_fen
    return max(0, bound - max(int(before or 0), claim.paid_fen))


def _touch(claim: Claim, now: datetime) -> None:
    claim.version += 1
    claim.updated_at = now
