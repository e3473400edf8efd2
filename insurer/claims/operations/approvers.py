"""Who is to decide a proposed case: named when proposed, overdue after two working days, substituted."""

from datetime import datetime
from typing import Final
from uuid import UUID

from insurer.accounts.permissions import require
from insurer.accounts.queries import StaffView, staff_who_may
from insurer.claims.authority import authority_on
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.operations.makers import makers_of
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

_REASON_MISSING: Final = "没有写，请写一句，例如请假、超时"


def possible_approvers(session: UnitSession, claim: Claim, *, now: datetime) -> list[StaffView]:
    """Return who may decide the case: rank by amount, none of its makers; by name."""
    large = authority_on(business_day(now)).needs_supervisor(claim.benefit_fen)
    makers = makers_of(session, claim)
    permission = "claims.approve_large" if large else "claims.approve"
    return [one for one in staff_who_may(session, permission) if str(one.id) not in makers]


def appoint(session: UnitSession, claim: Claim, approver_id: UUID | None, *, now: datetime) -> None:
    """Name who is to decide (or nobody in particular) and until when; :class:`Invalid` for who may not."""
    if approver_id is not None:
        session.flush()  # the proposer, noted a moment ago, is a maker too
        if approver_id not in {one.id for one in possible_approvers(session, claim, now=now)}:
            message = "选的人不能复核这件：岗位不够，或经手过这件。请换一位"
            raise Invalid(message, (Problem("approver", message),))
    today = business_day(now)
    days = authority_on(today).approval_working_days
    claim.approver_id = approver_id
    claim.approve_by_on = calendar_in_force(session).add_working_days(today, days)


def require_appointed(session: UnitSession, actor: Actor, claim: Claim, *, now: datetime) -> None:
    """Refuse everybody but the named approver; a supervisor may name another one."""
    if claim.approver_id is None or claim.approver_id == actor.staff_id:
        return
    names = {one.id: one.name for one in staff_who_may(session, "claims.approve")}
    who = names.get(claim.approver_id, "另一位同事")
    late = claim.approve_by_on is not None and claim.approve_by_on < business_day(now)
    overdue = "，已超时" if late else ""
    raise NotAllowed(f"这件指定由{who}复核{overdue}。要换人，请主管先改派并写明原因")


def substitute(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    approver_id: UUID | None,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Let another person (or anyone who may) decide a proposed case; the reason goes on the time line.

    :class:`Conflict` when the case does not wait for a decision, :class:`Invalid` without a reason or for
    somebody who may not decide it.
    """
    require(actor, "claims.substitute")
    if not reason.strip():
        raise Invalid("换复核人要写明原因", (Problem("reason", _REASON_MISSING),))
    claim = lock_claim(session, claim_id, version=version)
    if claim.state != State.PROPOSED:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，没有人在复核，不用换人")
    before = claim.approver_id
    if before == approver_id:
        raise Invalid("还是原来的人", (Problem("approver", "选的还是原来的人，请换一位"),))
    overdue = claim.approve_by_on is not None and claim.approve_by_on < business_day(now)
    appoint(session, claim, approver_id, now=now)
    claim.version += 1
    claim.updated_at = now
    data = {
        "before": str(before) if before else "",
        "after": str(approver_id) if approver_id else "",
        "overdue": overdue,
    }
    tag, subject = "claim:approver:substituted", ("claim", claim.id)
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=reason.strip(), data=data)
    return claim
