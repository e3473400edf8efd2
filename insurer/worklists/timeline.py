"""时间线: the audit entries of a case in the words of the desk, newest first."""

from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import ROLE_WORDS
from insurer.accounts.tables import Staff
from insurer.kernel.dates import SHANGHAI
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.timeline_words import said
from insurer.worklists.views import paths
from insurer.worklists.views.case import Event, TimelinePage
from insurer.worklists.views.elements import Link

LIMIT: Final = 500
KINDS: Final = (("", "全部"), ("state", "办理"), ("money", "金额"), ("people", "由人做的"))


_BESIDE: Final = frozenset(
    {"upstream", "agency_finding", "accident", "claimant", "payee", "advance", "archive"}
)
"""What stands on the page 相关事项."""


def load_timeline(session: UnitSession, *, actor: Actor, number: str, kind: str, today: date) -> TimelinePage:
    """Return the time line of a case: three statements."""
    found = find_case(session, number)
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.claim_id == found.claim.id)
        .order_by(AuditEntry.seq.desc())
        .limit(LIMIT)
    ).all()
    roles = _roles(session, {entry.actor_id for entry in entries if entry.actor_kind == "staff"})
    kept = [entry for entry in entries if _is_kind(entry, kind)]
    events = [_event(entry, roles.get(entry.actor_id, ""), number) for entry in kept]
    days = tuple(
        (day, tuple(group)) for day, group in groupby(events, lambda one: one.at.astimezone(SHANGHAI).date())
    )
    base = paths.case_href(number, "timeline")
    return TimelinePage(
        bar=bar_of(found, part="时间线", actor=actor, today=today),
        days=days,
        kinds=tuple((text, paths.with_query(base, kind=key), key == kind) for key, text in KINDS),
    )


def _roles(session: UnitSession, staff: set[str]) -> dict[str, str]:
    rows = session.execute(select(Staff.id, Staff.roles).where(Staff.id.in_([UUID(one) for one in staff])))
    return {str(row.id): "、".join(ROLE_WORDS.get(role, "") for role in row.roles) for row in rows}


def _is_kind(entry: AuditEntry, kind: str) -> bool:
    if kind == "state":
        return entry.tag.startswith("claim:state:")
    if kind == "money":
        return "total" in entry.data or "benefit" in entry.data or "amount" in entry.data
    return entry.actor_kind != "system" if kind == "people" else True


def _event(entry: AuditEntry, role: str, number: str) -> Event:
    what, before, after = said(entry.tag, entry.data)
    return Event(
        at=entry.at,
        who=entry.actor_name or "系统",
        role=role,
        what=what,
        before=before,
        after=after,
        link=_link(entry, number),
        note=entry.reason,
    )


def _link(entry: AuditEntry, number: str) -> Link | None:
    if entry.tag in ("claim:line:found", "claim:line:reported"):
        return Link("看这一行", paths.case_href(number, f"calculation#line-{entry.data.get('line_no')}"))
    if entry.tag == "claim:case:calculated":
        return Link("看核算", paths.case_href(number, "calculation"))
    if entry.data.get("batch"):
        return Link(str(entry.data["batch"]), paths.batch_href(str(entry.data["batch"])))
    if entry.tag.startswith("claim:review:"):
        return Link("看答复", f"{paths.REVIEWS}/{entry.subject_id}")
    if entry.tag.split(":")[1] in _BESIDE:
        return Link("看相关事项", paths.case_href(number, "matters"))
    if entry.tag.startswith("notice:"):
        return Link("看通知书", paths.case_href(number, "notices"))
    return None
