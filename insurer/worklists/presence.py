"""Who works on a case now: a hint that keeps two people from doing the same work; versions guard the rest.

A page of a case says every few seconds that it is open. The first who can do the case's next step, and is
there, works on it; a second one sees the name and may take over with a reason. The hint ends when the page
is left, when nothing is heard from it for a while, or when the case moves on to the next person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import holds
from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import State
from insurer.claims.operations.assigning import take_over
from insurer.claims.tables import Claim
from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import NotFound
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.worklists.home import NEEDED
from insurer.worklists.tables import CasePresence
from insurer.worklists.views.case import CaseBar

HEARD_FOR: Final = timedelta(seconds=90)
"""So long a page counts as open after it was last heard from; one in the background speaks once a minute."""
REFRESHED: Final = timedelta(seconds=70)
"""Below so much of that time the hint is written anew; what is fresher needs no writing."""
LEFT_FOR: Final = timedelta(seconds=8)
"""So long the hint lasts when a page is left, for the next page of the same case to take it up."""

_NEEDED: Final[dict[State, str]] = {**NEEDED, State.WAITING_PAPERS: "claims.accept"}
"""The permission of who works on a case in a state; in the others nobody does."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Who works on a case besides the reader, and whether the case changed since the reader's page was made.

    ``who`` is empty when nobody else does; ``changed`` says who changed the case last and when.
    """

    number: str
    who: str = ""
    minutes: int = 0
    reason: str = ""
    may_take_over: bool = False
    changed: str = ""

    @property
    def since(self) -> str:
        """Return how long ago the other one did something, in words."""
        return f"{self.minutes} 分钟前" if self.minutes else "刚刚"


def _works_on(actor: Actor, state: str) -> bool:
    needed = _NEEDED.get(State(state))
    return needed is not None and actor.staff_id is not None and holds(actor, needed)


@dataclass(frozen=True, slots=True)
class _Seen:
    claim_id: UUID
    state: str
    version: int
    staff_id: UUID | None
    who: str
    acted_at: datetime | None
    until_at: datetime | None
    reason: str


def _seen(session: UnitSession, number: str, now: datetime) -> _Seen:
    live = and_(
        CasePresence.claim_id == Claim.id, CasePresence.until_at > now, CasePresence.state == Claim.state
    )
    row = session.execute(
        select(
            Claim.id,
            Claim.state,
            Claim.version,
            CasePresence.staff_id,
            Staff.name,
            CasePresence.acted_at,
            CasePresence.until_at,
            CasePresence.reason,
        )
        .outerjoin(CasePresence, live)
        .outerjoin(Staff, and_(Staff.id == CasePresence.staff_id, Staff.active))
        .where(Claim.case_no == number[:40])
    ).one_or_none()
    if row is None:
        raise NotFound("没有这个案件。请核对案件号，或从搜索进入")
    return _Seen(row[0], row[1], row[2], row[3], row[4] or "", row[5], row[6], row[7] or "")


def presence_on(bar: CaseBar, *, actor: Actor, now: datetime) -> Presence:
    """Return who else works on the case of a page, from what its bar was read with: no statement."""
    opened = bar.opened_by
    if opened is None or opened.until_at <= now or opened.state != bar.state:
        return Presence(bar.number)
    if opened.staff_id == actor.staff_id:
        return Presence(bar.number)
    minutes = int((now - opened.acted_at).total_seconds() // 60)
    return Presence(bar.number, opened.who, minutes, opened.reason, _works_on(actor, bar.state))


def _presence(
    session: UnitSession, seen: _Seen, actor: Actor, number: str, now: datetime, version: int | None
) -> Presence:
    changed = ""
    if version is not None and version != seen.version:
        changed = _last_change(session, seen.claim_id, actor)
    if not seen.who or seen.staff_id == actor.staff_id:
        return Presence(number, changed=changed)
    minutes = int((now - seen.acted_at).total_seconds() // 60) if seen.acted_at else 0
    return Presence(number, seen.who, minutes, seen.reason, _works_on(actor, seen.state), changed)


def _last_change(session: UnitSession, claim_id: UUID, actor: Actor) -> str:
    row = session.execute(
        select(AuditEntry.actor_name, AuditEntry.at, AuditEntry.actor_id)
        .where(AuditEntry.claim_id == claim_id)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    ).first()
    if row is None or row.actor_id == actor.id:
        return ""
    return f"{row.actor_name or '系统'} {row.at.astimezone(SHANGHAI):%H:%M}"


def say_open(
    session: UnitSession, *, actor: Actor, number: str, acted: bool, version: int | None, now: datetime
) -> Presence:
    """Note that a page of a case is open (``acted``: and was used since the last time); returns who else is.

    Who cannot do the case's next step is never noted. Written only when the hint would grow old.
    """
    seen = _seen(session, number, now)
    mine = seen.staff_id == actor.staff_id
    if _works_on(actor, seen.state) and (not seen.who or mine):
        fresh = mine and seen.until_at is not None and seen.until_at - now > REFRESHED
        if acted or not fresh:
            _hold(session, seen, actor, acted, now)
            seen = _seen(session, number, now)  # somebody may have been faster
    return _presence(session, seen, actor, number, now, version)


def _hold(
    session: UnitSession,
    seen: _Seen,
    actor: Actor,
    acted: bool,
    now: datetime,
    reason: str = "",
    *,
    by_force: bool = False,
) -> None:
    values = {
        "staff_id": actor.staff_id,
        "state": seen.state,
        "since_at": now,
        "acted_at": now,
        "until_at": now + HEARD_FOR,
        "reason": reason,
    }
    fresh = insert(CasePresence).values(claim_id=seen.claim_id, **values)
    same = (CasePresence.staff_id == actor.staff_id) & (CasePresence.state == seen.state)
    if seen.staff_id == actor.staff_id and not by_force:
        kept = {"until_at": now + HEARD_FOR} | ({"acted_at": now} if acted else {})
        session.execute(update(CasePresence).where(CasePresence.claim_id == seen.claim_id, same).values(kept))
        return
    free = (CasePresence.until_at <= now) | (CasePresence.state != seen.state)
    statement = fresh.on_conflict_do_update(
        index_elements=["claim_id"], set_=values, where=None if by_force else free | same
    )
    session.execute(statement)


def say_left(session: UnitSession, *, actor: Actor, number: str, now: datetime) -> None:
    """Note that a page of a case was left: the hint ends shortly, unless the next page takes it up."""
    claim_id = session.scalar(select(Claim.id).where(Claim.case_no == number[:40]))
    session.execute(
        update(CasePresence)
        .where(
            CasePresence.claim_id == claim_id,
            CasePresence.staff_id == actor.staff_id,
            CasePresence.until_at > now + LEFT_FOR,
        )
        .values(until_at=now + LEFT_FOR)
    )


def take_case_over(session: UnitSession, *, actor: Actor, number: str, reason: str, now: datetime) -> None:
    """Work on a case that somebody else has open; the reason stands in the time line and on the other's page.

    :class:`~insurer.kernel.errors.Invalid` without a reason.
    """
    seen = _seen(session, number, now)
    take_over(
        session, actor=actor, claim_id=seen.claim_id, reason=reason, holder=seen.who or "没有人", now=now
    )
    _hold(session, seen, actor, True, now, reason.strip(), by_force=True)
