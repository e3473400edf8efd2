"""What the home page shows beside the cases: changes of the lists to approve, reports, one's own drafts."""

from typing import Final

from insurer.accounts.permissions import holds
from insurer.claims.operations.counter import own_drafts
from insurer.exclusions.queries import waiting_counts
from insurer.kernel.dates import SHANGHAI
from insurer.people.queries import person_views
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, SideRow

_SHOWN: Final = 5
"""So many drafts stand on the home page; the others are at the counter."""


def list_matters(session: UnitSession, *, actor: Actor) -> tuple[SideRow, ...]:
    """Return what of the exclusion lists waits for the reader; each count is that of the list behind it."""
    if not holds(actor, "lists.propose") and not holds(actor, "lists.approve"):
        return ()
    changes, told = waiting_counts(session, not_by=actor.id)
    rows = []
    if changes and holds(actor, "lists.approve"):
        href = paths.with_query(f"{paths.EXCLUSIONS}/changes", who="me")
        rows.append(SideRow("等我批准的修改", link=Link(f"{changes} 条", href)))
    if told and holds(actor, "lists.propose"):
        rows.append(SideRow("报上来的答案", link=Link(f"{told} 条", f"{paths.EXCLUSIONS}/reports")))
    return tuple(rows)


def draft_rows(session: UnitSession, *, actor: Actor, scheme: str) -> tuple[SideRow, ...]:
    """Return the reader's newest drafts at the counter: whose, of which hospital, since when."""
    if not holds(actor, "claims.register"):
        return ()
    drafts = own_drafts(session, actor=actor, scheme=scheme)
    shown = drafts[:_SHOWN]
    names = person_views(session, [draft.person_id for draft in shown if draft.person_id])
    rows = []
    for draft in shown:
        known = names.get(draft.person_id) if draft.person_id else None
        name = known.name if known else draft.values.get("psn_name") or "没有写姓名"
        href = paths.with_query(f"{paths.INTAKE}/sheet", draft=str(draft.id))
        at = f"{draft.updated_at.astimezone(SHANGHAI):%m-%d %H:%M}"
        hospital = draft.values.get("hospital", "")
        rows.append(SideRow(at, link=Link(name, href), second=(hospital,) if hospital else ()))
    if len(drafts) > _SHOWN:
        href = paths.with_query(paths.INTAKE, scheme=kept(scheme))
        rows.append(SideRow("其余", link=Link(f"{len(drafts) - _SHOWN} 份", href)))
    return tuple(rows)
