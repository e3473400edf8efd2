"""Looking at a full person number: permission, a reason, a daily limit, a row that stays."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import require
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, Problem
from insurer.people.queries import open_certno
from insurer.people.tables import RevealLog
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

DAILY: Final = 30
"""So many numbers one member of staff may look at in 24 hours."""

SHOWN_SECONDS: Final = 60


def reveal_number(
    session: UnitSession,
    *,
    actor: Actor,
    person_id: UUID,
    reason: str,
    now: datetime,
    claim_id: UUID | None = None,
) -> str:
    """Return the full number of a person and log who looked and why.

    :class:`Invalid` without a reason, :class:`Conflict` over the daily limit, NotFound for a stranger.
    """
    require(actor, "people.reveal")
    staff_id = actor.staff_id
    if staff_id is None:
        raise NotAllowed("要看完整证号，请用自己的账号登录")
    if len(reason.strip()) < 2:
        raise Invalid("要看完整证号，请写原因", (Problem("reason", "没有写原因，请写一句"),))
    seen = select(func.count()).where(RevealLog.staff_id == staff_id, RevealLog.at > now - timedelta(days=1))
    if (session.scalar(seen) or 0) >= DAILY:
        raise Conflict(f"今天已经看过 {DAILY} 个完整证号。还要看，请找主管")
    number = open_certno(session, person_id)
    session.add(
        RevealLog(
            id=new_id(),
            staff_id=staff_id,
            person_id=person_id,
            field="certno",
            reason=reason.strip()[:200],
            at=now,
            claim_id=claim_id,
            seen=True,
        )
    )
    note(
        session,
        actor,
        "people:number:revealed",
        ("person", person_id),
        now=now,
        claim_id=claim_id,
        reason=reason.strip()[:200],
        data={"field": "certno"},
    )
    return number
