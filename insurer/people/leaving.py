"""Lists of deaths and of people who moved away: compared with the people known, noted, looked into."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from insurer.people.approval import refuse_same_person, second_person
from insurer.people.arriving import ArrivingFile, as_it_came, read_arriving
from insurer.people.cases_to_look_at import ask_to_look_at_cases
from insurer.people.cells_by_hand import cells_digest
from insurer.people.comparing import RosterOutcome
from insurer.people.differences import CERTNO
from insurer.people.events import WITHDRAWN, newest_events, set_death_days
from insurer.people.masking import mask_certno, mask_name
from insurer.people.reading.leaving_reader import CHANGES
from insurer.people.reading.result import Rejection, RosterFile, Skip
from insurer.people.rules import NANTONG
from insurer.people.tables import Person, PersonEvent, RosterFact, RosterImport
from insurer.people.tasks import TaskFor, make_tasks
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

LISTED = 500


@dataclass(frozen=True, slots=True)
class LeavingDifference:
    """A list against what is known: rows (indexes into ``file.accepted``) new, changed, standing already."""

    file: RosterFile
    people: tuple[uuid.UUID, ...]
    new: tuple[int, ...]
    changed: tuple[int, ...]
    unchanged: tuple[int, ...]
    before: Mapping[int, date | None]

    @property
    def counts(self) -> dict[str, int]:
        """The figures of the report; nobody is gone because of such a list."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "gone": 0,
        }


def compare_leaving(
    session: UnitSession, arriving: ArrivingFile, content: bytes, heads: Mapping[str, str]
) -> LeavingDifference:
    """Read a list and find its people; one whom the programme does not know is left out with that reason.

    ``heads`` is how its sender's columns are understood.
    The number of a known person under another name is refused: nobody is dead because of a wrong number.
    """
    file = read_arriving(session, arriving, content, heads)
    hashes = [session.keyring.blind(row.certno, CERTNO) for row in file.accepted]
    known = {
        bytes(row.certno_hash): row
        for row in session.execute(
            select(Person.id, Person.certno_hash, Person.name_key, Person.name).where(
                Person.scheme == arriving.scheme, Person.certno_hash.in_(hashes)
            )
        )
    }
    kept, people = [], []
    rejected, skipped = list(file.rejected), list(file.skipped)
    for row, certno_hash in zip(file.accepted, hashes, strict=True):
        person = known.get(certno_hash)
        if person is None:
            skipped.append(Skip(row.sheet, row.row, "不是本项目的人员"))
        elif person.name_key != row.name_key:
            message = (
                f"第 {row.row} 行：证号在系统里是“{mask_name(person.name)}”，"
                f"这里写的是“{mask_name(row.name)}”。请发送单位核对是谁的。"
            )
            column = file.certno_columns.get(row.sheet, -1)
            rejected.append(
                Rejection(row.sheet, row.row, "certno", "duplicate_conflict", message, row.certno, column)
            )
        else:
            kept.append(row)
            people.append(person.id)
    order = {sheet.name: place for place, sheet in enumerate(file.sheets)}
    rejected.sort(key=lambda one: (order.get(one.sheet, 0), one.row))
    skipped.sort(key=lambda one: (order.get(one.sheet, 0), one.row))
    file = replace(
        file,
        accepted=tuple(kept),
        rejected=tuple(rejected),
        skipped=tuple(skipped),
        rows=len(kept) + len(rejected),
    )
    stands = newest_events(session, people, CHANGES[arriving.kind])
    same_file = set(session.scalars(select(RosterImport.id).where(RosterImport.sha256 == file.sha256)))
    new, changed, unchanged, before = [], [], [], {}
    for index, (row, person_id) in enumerate(zip(file.accepted, people, strict=True)):
        event = stands.get(person_id)
        if event is None or (event.precision == WITHDRAWN and event.import_id not in same_file):
            new.append(index)
        elif event.precision == WITHDRAWN:
            unchanged.append(index)  # the same file brings no new word on what was found untrue
        elif event.happened_on == row.start:
            unchanged.append(index)
        else:
            changed.append(index)
            before[index] = event.happened_on
    return LeavingDifference(file, tuple(people), tuple(new), tuple(changed), tuple(unchanged), before)


def leaving_outcome(import_id: uuid.UUID | None, state: str, difference: LeavingDifference) -> RosterOutcome:
    """Return what the preview shows of a list: the report, and its differences with masked values."""
    file = difference.file
    report = file.document(**difference.counts, applied=state == "applied")

    def shown(index: int) -> dict[str, Any]:
        row = file.accepted[index]
        return {
            "sheet": row.sheet,
            "row": row.row,
            "person_id": str(difference.people[index]),
            "name": mask_name(row.name),
            "certno": mask_certno(row.certno),
            "town": "",
            "category": "",
            "change": row.change_word,
            "start": row.start.isoformat() if row.start else None,
        }

    changed = []
    for index in difference.changed[:LISTED]:
        was, now = difference.before[index], file.accepted[index].start
        values = {"before": was.isoformat() if was else "", "after": now.isoformat() if now else ""}
        changed.append({**shown(index), "fields": [{"field": "happened_on", **values}]})
    listing = {
        "compared_with": None,
        "new": [shown(index) for index in difference.new[:LISTED]],
        "changed": changed,
        "gone": [],
        "warnings": list(file.warnings),
        "cover": {"begun": {}, "ended": 0},
        "refused_columns": [one.column for one in file.rejected],
    }
    return RosterOutcome(import_id, state, report, listing)


def leaving_counts(
    session: UnitSession, scheme: str, difference: LeavingDifference, change_limit: int
) -> dict[str, Any]:
    """Return the figures kept with the import; the share is of everybody on the newest month known."""
    file = difference.file
    newest = select(func.max(RosterFact.month)).where(RosterFact.scheme == scheme).scalar_subquery()
    size = session.scalar(
        select(func.count(func.distinct(RosterFact.person_id))).where(
            RosterFact.scheme == scheme, RosterFact.month == newest
        )
    )
    return {
        "rows": file.rows,
        "accepted": len(file.accepted),
        "repaired": len(file.repaired),
        "rejected": len(file.rejected),
        "skipped": len(file.skipped),
        **difference.counts,
        "size": int(size or 0),
        **second_person(difference.counts, size=int(size or 0), limit=change_limit, by_hand=file.by_hand),
    }


def apply_leaving(
    session: UnitSession,
    *,
    actor: Actor,
    found: RosterImport,
    content: bytes,
    now: datetime,
    change_limit: int,
) -> RosterOutcome:
    """Write a confirmed list under the scheme's lock: an event and a task a person, the day of death.

    Cover of a year is not shortened; identities (Nantong) end with the day. The day of death shows wherever
    cover is asked for.
    """
    heads = dict(found.report.get("heads") or {})
    arriving = as_it_came(session, found)
    difference = compare_leaving(session, arriving, content, heads)
    found.cells_digest = cells_digest(session.keyring, arriving.cells)
    found.counts = leaving_counts(session, found.scheme, difference, change_limit)
    confirmer = found.applied_by or actor.id
    refuse_same_person(session, found, confirmer)
    wanted = sorted([*difference.new, *difference.changed])
    found.state = "applied" if wanted else "unchanged"
    kind = CHANGES[found.kind]
    _note_events(session, found, difference, wanted, kind, now)
    if found.scheme == NANTONG:
        people = [difference.people[index] for index in wanted]
        ask_to_look_at_cases(session, found.id, people, str(found.id), now)
    make_tasks(
        session,
        found,
        [
            TaskFor(kind, person, f"{kind}:{found.id}:{person}")
            for person in (difference.people[index] for index in wanted)
        ],
        owner=confirmer,
        now=now,
    )
    if found.applied_by is None:
        found.applied_by, found.applied_by_name = actor.id, actor.name
    found.applied_at = now
    outcome = leaving_outcome(found.id, found.state, difference)
    found.report = {**found.report, **outcome.report, "listing": outcome.listing}
    data = {"scheme": found.scheme, "kind": found.kind, "sha256": found.sha256, **found.counts}
    note(session, actor, f"people:roster:{found.state}", ("roster_import", found.id), now=now, data=data)
    session.flush()
    return outcome


def _note_events(
    session: UnitSession,
    found: RosterImport,
    difference: LeavingDifference,
    wanted: Sequence[int],
    kind: str,
    now: datetime,
) -> None:
    rows = [
        {
            "id": new_id(),
            "scheme": found.scheme,
            "person_id": difference.people[index],
            "kind": kind,
            "happened_on": (row := difference.file.accepted[index]).start,
            "precision": row.start_precision or "unknown",
            "import_id": found.id,
            "sheet": row.sheet,
            "row_no": row.row,
            "noted_at": now,
        }
        for index in wanted
    ]
    if not rows:
        return
    session.flush()
    session.execute(insert(PersonEvent), rows)
    if kind == "died":
        days = [difference.file.accepted[index].start for index in wanted]
        set_death_days(session, [difference.people[index] for index in wanted], days)
