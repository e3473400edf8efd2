"""What somebody must look into about a person: made by imports, owned by somebody, done with a word."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, text

from insurer.accounts.permissions import require
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.people.cases_to_look_at import ask_to_look_at_cases
from insurer.people.events import withdraw_event
from insurer.people.reading.result import RosterFile
from insurer.people.reading.row_store import stored
from insurer.people.standing import effective_imports, register_of
from insurer.people.tables import PersonTask, RosterImport
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.id_batches import new_ids

KINDS: Final = {
    "gone": "本月不在名册",
    "died": "名单上已去世",
    "moved_out": "名单上已迁出",
    "double": "可能是同一个人",
    "shared_account": "同一账户收几户的钱",
    "missing_later": "补正的人后来的名册里没有",
    "cover_changed": "保障有变，案件要重看",
}
"""Kind of a task to the words of lists."""

DUE_DAYS: Final = {"died": 7, "double": 7, "shared_account": 7, "cover_changed": 7}
"""Days until a task is due; 14 for the others."""


_MAKE: Final = text(
    """
    INSERT INTO person_task (id, scheme, kind, person_id, other_person_id, import_id, owner_id, due_on,
                             dedupe_key, created_at, note)
    SELECT n.id, :scheme, n.kind, n.person_id, n.other_id, CAST(:import_id AS uuid), CAST(:owner_id AS uuid),
           n.due_on, n.key, :now, ''
      FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:people AS uuid[]),
                  CAST(:others AS uuid[]), CAST(:due AS date[]), CAST(:keys AS text[]))
           AS n(id, kind, person_id, other_id, due_on, key)
        ON CONFLICT DO NOTHING
    RETURNING person_id
    """
)


@dataclass(frozen=True, slots=True)
class TaskFor:
    """A task to be made: exists once for each ``key``, however often the same is found."""

    kind: str
    person_id: uuid.UUID
    key: str
    other_id: uuid.UUID | None = None


def make_tasks(
    session: UnitSession, found: RosterImport, wanted: Iterable[TaskFor], *, owner: str, now: datetime
) -> frozenset[uuid.UUID]:
    """Write the tasks that an import gives, owned by who confirmed it; known keys are left out.

    Returns the people for whom there is a new one.
    """
    tasks = list(wanted)
    if not tasks:
        return frozenset()
    today = business_day(now)
    values = {
        "scheme": found.scheme,
        "import_id": found.id,
        "owner_id": _staff_id(owner),
        "now": now,
        "ids": new_ids(len(tasks)),
        "kinds": [one.kind for one in tasks],
        "people": [one.person_id for one in tasks],
        "others": [one.other_id for one in tasks],
        "due": [today + timedelta(days=DUE_DAYS.get(one.kind, 14)) for one in tasks],
        "keys": [one.key for one in tasks],
    }
    session.flush()
    return frozenset(session.execute(_MAKE, values).scalars())


def roster_tasks(
    session: UnitSession,
    found: RosterImport,
    file: RosterFile,
    people: Sequence[uuid.UUID | None],
    gone: Sequence[uuid.UUID],
    doubles: Mapping[int, uuid.UUID],
    supplement: bool,
) -> list[TaskFor]:
    """Return what a roster being applied gives to look into: people gone, dead, moved, doubled."""
    month = f"{found.month:%Y-%m}"
    wanted = [TaskFor("gone", person, f"gone:{month}:{person}") for person in gone]
    for batch in stored(file.accepted).changing():
        for index, change in enumerate(batch.column("change"), batch.offset):
            if change in ("died", "moved_out") and (person := people[index]) is not None:
                key = f"died:{person}" if change == "died" else f"moved_out:{month}:{person}"
                wanted.append(TaskFor(change, person, key))
    wanted += [
        TaskFor("double", person, f"double:{person}:{other}", other)
        for index, other in doubles.items()
        if (person := people[index]) is not None
    ]
    if supplement:
        wanted += _missing_later(session, found, [person for person in people if person is not None])
    return wanted


_LATER = text("SELECT person_id FROM roster_fact WHERE import_id = ANY(:imports) AND person_id = ANY(:ids)")


def _missing_later(session: UnitSession, found: RosterImport, people: Sequence[uuid.UUID]) -> list[TaskFor]:
    """Return the people of a supplement who are not on the newest register: their row may be wrong there."""
    newest = register_of(effective_imports(session, found.scheme), date.max)
    if not newest or newest[-1].month <= found.month:
        return []
    values = {"imports": [one.id for one in newest], "ids": list(people)}
    there = {row.person_id for row in session.execute(_LATER, values)}
    return [
        TaskFor("missing_later", person, f"missing_later:{found.id}:{person}")
        for person in people
        if person not in there
    ]


def finish_task(
    session: UnitSession,
    *,
    actor: Actor,
    task_id: uuid.UUID,
    note_text: str,
    now: datetime,
    untrue: bool = False,
) -> None:
    """Close a task with a word on what was found; :class:`Conflict` when somebody did so before.

    ``untrue`` takes a listed death or move back: the person is alive, or lives here.
    """
    require(actor, "people.tasks")
    words = note_text.strip()[:500]
    if len(words) < 2:
        raise Invalid("办完要写一句查到了什么", (Problem("note", "没有写，请写一句"),))
    task = _locked(session, task_id)
    if task.done_at is not None:
        raise Conflict(f"{task.done_by_name}已经办完这一件，不用再办")
    if untrue and task.kind not in ("died", "moved_out"):
        raise Invalid("只有去世和迁出的记录可以更正", (Problem("untrue", "这一件不能选“不属实”"),))
    if untrue:
        event = withdraw_event(session, scheme=task.scheme, person_id=task.person_id, kind=task.kind, now=now)
        cause = f"{event.id}:withdrawn"
        ask_to_look_at_cases(session, event.import_id, [task.person_id], cause, now)
    task.done_at, task.done_by_name, task.note = now, actor.name, words
    # the words may name people: they stay in the task, which is shown to the desk alone
    note(
        session,
        actor,
        "people:task:done",
        ("person_task", task.id),
        now=now,
        data={"kind": task.kind, "untrue": untrue},
    )


def take_tasks(session: UnitSession, *, actor: Actor, task_ids: Sequence[uuid.UUID], now: datetime) -> None:
    """Make the actor the owner of open tasks; done ones stay as they are."""
    require(actor, "people.tasks")
    for task_id in sorted(set(task_ids)):
        task = _locked(session, task_id)
        if task.done_at is None and task.owner_id != actor.staff_id:
            task.owner_id = actor.staff_id
            note(session, actor, "people:task:taken", ("person_task", task.id), now=now)


def _locked(session: UnitSession, task_id: uuid.UUID) -> PersonTask:
    found = session.scalars(
        select(PersonTask)
        .where(PersonTask.id == task_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这件事项，请刷新后再看")
    return found


def _staff_id(actor_id: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(actor_id)
    except ValueError:
        return None
