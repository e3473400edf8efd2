"""Whose case it is: handing cases out, and taking one over from somebody who has it open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from insurer.accounts.permissions import holds, require
from insurer.accounts.queries import StaffView, find_staff, staff_names
from insurer.claims.lifecycle import OPEN_STATES, State
from insurer.claims.operations.moves import lock_claim, lock_claims
from insurer.claims.tables import Claim
from insurer.kernel.errors import Invalid, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

MOST_REASON: Final = 200
WORKING: Final = ("claims.accept", "claims.review", "claims.approve", "payments.batch")
"""Who holds one of these may have a case in hand."""


def may_have_cases(staff: StaffView) -> bool:
    """Tell whether somebody can be given a case: active, and able to do one of its steps."""
    return staff.active and any(holds(staff.actor(), permission) for permission in WORKING)


def assign_claims(
    session: UnitSession, *, actor: Actor, claim_ids: Sequence[UUID], staff_id: UUID | None, now: datetime
) -> list[UUID]:
    """Give cases to a member of staff, or to nobody (``None``); returns the ids that changed hands.

    Cases that are finished, or are in these hands already, stay as they are. An assignment is no change
    of the case itself: a page that somebody has open stays good. :class:`Invalid` for who cannot work
    on a case.
    """
    require(actor, "claims.assign")
    to = _receiver(session, staff_id) if staff_id is not None else ""
    claims = [claim for claim in lock_claims(session, claim_ids) if why_not(claim, staff_id) == ""]
    before = staff_names(session, {claim.handler_id for claim in claims if claim.handler_id is not None})
    for claim in claims:
        had = before.get(claim.handler_id, "") if claim.handler_id else ""
        claim.handler_id = staff_id
        claim.updated_at = now
        _note(session, actor, "claim:case:assigned", claim, now, had, to)
    return [claim.id for claim in claims]


def why_not(claim: Claim, staff_id: UUID | None) -> str:
    """Return why a case cannot be given to somebody; empty when it can."""
    return why_not_assigned(claim.state, claim.handler_id, staff_id)


def why_not_assigned(state: str, handler_id: UUID | None, staff_id: UUID | None) -> str:
    """Return why a case in a state and in somebody's hands cannot be given on; empty when it can."""
    if State(state) not in OPEN_STATES:
        return "已经办完，跳过"
    if handler_id == staff_id:
        return "已经由他经办，跳过" if staff_id else "本来就没有经办人，跳过"
    return ""


def take_over(
    session: UnitSession, *, actor: Actor, claim_id: UUID, reason: str, holder: str, now: datetime
) -> None:
    """Take a case over from ``holder`` (a name), who has it open; the reason stands in the time line.

    :class:`Invalid` without a reason.
    """
    if not any(holds(actor, permission) for permission in WORKING):
        require(actor, WORKING[0])
    if not reason.strip():
        raise Invalid("没有接手", (Problem("reason", "没有写原因，请写一句为什么要接手"),))
    claim = lock_claim(session, claim_id)
    if State(claim.state) in OPEN_STATES:
        claim.handler_id = actor.staff_id
        claim.updated_at = now
    _note(
        session, actor, "claim:case:taken_over", claim, now, holder, actor.name, reason.strip()[:MOST_REASON]
    )


def _receiver(session: UnitSession, staff_id: UUID) -> str:
    staff = find_staff(session, staff_id)
    if staff is None or not may_have_cases(staff):
        raise Invalid("没有分派", (Problem("staff", "这位同事不能办案件，请另选一位"),))
    return staff.name


def _note(
    session: UnitSession,
    actor: Actor,
    tag: str,
    claim: Claim,
    now: datetime,
    before: str,
    after: str,
    reason: str = "",
) -> None:
    data = {"before": before, "after": after}
    note(session, actor, tag, ("claim", claim.id), now=now, claim_id=claim.id, reason=reason, data=data)
