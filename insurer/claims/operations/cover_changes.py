"""Cases that later word on a person makes wrong: somebody is told, nothing of them is changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.claims.documents import load_case_files
from insurer.claims.lifecycle import State
from insurer.claims.tables import Claim, Decision
from insurer.exclusions.check import check_lines
from insurer.exclusions.queries import edition_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import NotFound
from insurer.people.cases_to_look_at import touched_by
from insurer.people.tables import RosterImport
from insurer.people.tasks import TaskFor, make_tasks
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.schemes.calculate import calculate

TAG: Final = "claim:case:cover_changed"
_AT_ONCE: Final = 500


def tell_cover_changed(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: UUID,
    cause: str,
    people: Sequence[UUID] | None,
    now: datetime,
) -> int:
    """Make a task for each of ``people`` with a case that comes out otherwise now; return how many.

    ``people`` None means everybody of whom the roster said something else than was known before.
    ``cause`` names what changed what is known of them: it gives one task to a person, however often the work
    is done. Open cases are calculated by whoever does the task, decided ones are reopened or not by a
    person's judgement: a refusal may be wrong now, a payment too. A case that was never calculated needs
    nobody: it will be, with the cover as it is.
    """
    found = session.get(RosterImport, import_id)
    if found is None:
        raise NotFound("没有这次名册导入")
    if people is None:
        every = select(Claim.person_id).where(Claim.scheme == found.scheme).distinct()
        people = sorted(touched_by(session, found, session.scalars(every).all(), business_day(now)))
    concerned = [
        claim
        for first in range(0, len(people), _AT_ONCE)
        for claim in _concerned(session, people[first : first + _AT_ONCE])
    ]
    persons = sorted({claim.person_id for claim in concerned})
    tasks = [TaskFor("cover_changed", person, f"cover_changed:{cause}:{person}") for person in persons]
    told = make_tasks(session, found, tasks, owner=found.applied_by or "", now=now)
    for claim in concerned:
        if claim.person_id in told:
            data = {"import_id": str(import_id)}
            note(session, actor, TAG, ("claim", claim.id), now=now, claim_id=claim.id, data=data)
    return len(told)


def _concerned(session: UnitSession, people: Sequence[UUID]) -> list[Claim]:
    """Return the cases whose stored calculation comes out otherwise with what is known of the person now.

    Both are calculated from the newest stored document, so that nothing else makes a difference.
    """
    statement = select(Claim).where(Claim.person_id.in_(people), Claim.state != State.WITHDRAWN.value)
    by_scheme: dict[str, list[Claim]] = defaultdict(list)
    for claim in session.scalars(statement.order_by(Claim.id)):
        by_scheme[claim.scheme].append(claim)
    check = partial(check_lines, edition=edition_in_force(session))
    concerned: list[Claim] = []
    for claims in by_scheme.values():
        known = _newest(session, [claim.id for claim in claims])
        for file in load_case_files(session, [claim for claim in claims if claim.id in known]):
            before, person = known[file.claim.id], file.document["person"]
            if before["person"] == person:
                continue
            after = {**before, "person": person}
            if _outcome(calculate(before, check)) != _outcome(calculate(after, check)):
                concerned.append(file.claim)
    return concerned


def _newest(session: UnitSession, claim_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the document of the newest calculation of each case."""
    newest = (
        select(Decision.claim_id, func.max(Decision.seq).label("seq"))
        .where(Decision.claim_id.in_(claim_ids))
        .group_by(Decision.claim_id)
        .subquery()
    )
    rows = session.execute(
        select(Decision.claim_id, Decision.document).join(
            newest, (newest.c.claim_id == Decision.claim_id) & (newest.c.seq == Decision.seq)
        )
    )
    return {row.claim_id: row.document for row in rows}


def _outcome(result: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return what a calculation says of each settlement: paid or not, how much, why not."""
    return [
        (
            one.get("setl_id"),
            one["status"],
            one["benefit"],
            sorted(reason["code"] for reason in one.get("reasons", ())),
        )
        for one in result.get("settlements", ())
    ]
