"""待核的人: people gone, dead, moved or doubled, each with an owner and a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from insurer.accounts.permissions import holds
from insurer.accounts.tables import Staff
from insurer.claims.lifecycle import WORDS, State
from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.kernel.errors import NotFound
from insurer.people.queries import cover_periods, roster_facts
from insurer.people.tables import Person, PersonTask, RosterImport
from insurer.people.tasks import KINDS
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Paging, SideRow, Trouble, ViewTab
from insurer.worklists.views.people_tasks import PersonTaskPage, PersonTaskRow, PersonTasksPage

SIZE: Final = 50
_MOST_CASES: Final = 20

TODO: Final = {
    "gone": "问镇村为什么没有了：迁走、去世、退出，还是漏报。漏报的请发送单位补正。",
    "died": "核对去世日期。看有没有去世以后的费用，未付的给付改付给谁。",
    "moved_out": "核对迁出日期。年内保障不断，看通知书地址和收款账户要不要改。",
    "double": "对照身份证，看是不是同一个人换了证号。是同一个人，请发送单位更正。",
    "shared_account": "问清为什么几户的钱进同一个账户，有没有各户的委托。",
    "missing_later": "补正的月份有他，最近的名册没有。问发送单位最近的名册是不是也错了。",
    "cover_changed": "新来的名册或名单改了这个人的保障，案件按现在的算会不一样。没决定的重新核算，"
    "已拒付的看要不要重开，已付的看要不要收回。",
}


def count_open(
    session: UnitSession, *, scheme: str, today: date, owner: UUID | None = None
) -> tuple[int, int]:
    """Return how many things are open and how many of them are late, as the list shows them."""
    late = func.count().filter(PersonTask.due_on < today)
    statement = select(func.count(), late).where(PersonTask.scheme == scheme, PersonTask.done_at.is_(None))
    if owner is not None:
        statement = statement.where(PersonTask.owner_id == owner)
    total, overdue = session.execute(statement).one()
    return int(total), int(overdue)


def load_person_tasks(
    session: UnitSession, *, actor: Actor, scheme: str, arguments: Mapping[str, str], today: date
) -> PersonTasksPage:
    """Return things to look into: all open, one's own, nobody's or done; by kind; a page at a time."""
    which = arguments.get("which", "")
    kind = arguments.get("kind", "") if arguments.get("kind", "") in KINDS else ""
    number = arguments.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < int(number) < 10_000 else 1
    base = {"scheme": kept(scheme)}
    chosen = _chosen(scheme, actor, which)
    counts = {
        row.kind: row.total
        for row in session.execute(
            chosen.with_only_columns(PersonTask.kind, func.count().label("total")).group_by(PersonTask.kind)
        )
    }
    if kind:
        chosen = chosen.where(PersonTask.kind == kind)
    total = sum(counts.values()) if not kind else counts.get(kind, 0)
    rows = _rows(session, chosen, page, today)
    first = (page - 1) * SIZE + 1 if rows else 0

    def href(**more: Any) -> str:
        return paths.with_query(paths.PEOPLE_TASKS, **{**base, "which": which, "kind": kind, **more})

    words = (("", "全部未办"), ("mine", "我的"), ("free", "没人认领"), ("done", "已办"))
    return PersonTasksPage(
        rows=rows,
        views=tuple(
            ViewTab(
                word,
                href(which=key, kind=""),
                int(session.scalar(_count(_chosen(scheme, actor, key))) or 0),
                key == which,
            )
            for key, word in words
        ),
        kinds=(
            ViewTab("各种", href(kind=""), sum(counts.values()), not kind),
            *(
                ViewTab(word, href(kind=key), counts.get(key, 0), key == kind)
                for key, word in KINDS.items()
                if counts.get(key)
            ),
        ),
        paging=Paging(
            first,
            first + len(rows) - 1 if rows else 0,
            total,
            SIZE,
            "件",
            previous=href(page=page - 1) if page > 1 else "",
            next=href(page=page + 1) if page * SIZE < total else "",
        ),
    )


def _chosen(scheme: str, actor: Actor, which: str) -> "Select[Any]":
    statement = select(PersonTask).where(PersonTask.scheme == scheme)
    if which == "done":
        return statement.where(PersonTask.done_at.is_not(None))
    statement = statement.where(PersonTask.done_at.is_(None))
    if which == "mine":
        return statement.where(PersonTask.owner_id == actor.staff_id)
    return statement.where(PersonTask.owner_id.is_(None)) if which == "free" else statement


def _count(statement: "Select[Any]") -> "Select[Any]":
    return statement.with_only_columns(func.count())


def _rows(session: UnitSession, chosen: "Select[Any]", page: int, today: date) -> tuple[PersonTaskRow, ...]:
    other = aliased(Person)
    statement = (
        chosen.join(Person, Person.id == PersonTask.person_id)
        .outerjoin(other, other.id == PersonTask.other_person_id)
        .outerjoin(Staff, Staff.id == PersonTask.owner_id)
        .outerjoin(RosterImport, RosterImport.id == PersonTask.import_id)
        .add_columns(
            Person.name,
            Person.certno_mask,
            other.certno_mask.label("other"),
            Staff.name.label("owner"),
            RosterImport.filename,
            RosterImport.month,
        )
        .order_by(PersonTask.done_at.desc(), PersonTask.due_on, PersonTask.id)
        .offset((page - 1) * SIZE)
        .limit(SIZE)
    )
    return tuple(
        PersonTaskRow(
            href=f"{paths.PEOPLE_TASKS}/{row.PersonTask.id}",
            kind=KINDS[row.PersonTask.kind],
            person=row.name,
            tail=row.certno_mask[-4:],
            other=f"系统里 {row.other}" if row.other else "",
            source=f"{row.month.year}年{row.month.month}月，{row.filename}" if row.month else "",
            due_on=row.PersonTask.due_on,
            late=row.PersonTask.done_at is None and row.PersonTask.due_on < today,
            owner=row.owner or "",
            done=f"{business_day(row.PersonTask.done_at)} {row.PersonTask.done_by_name}"
            if row.PersonTask.done_at
            else "",
        )
        for row in session.execute(statement)
    )


def load_person_task(
    session: UnitSession,
    *,
    actor: Actor,
    task_id: UUID,
    today: date,
    typed: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> PersonTaskPage:
    """Return one thing to look into; :class:`NotFound` for an unknown one."""
    task = session.get(PersonTask, task_id)
    person = session.get(Person, task.person_id) if task is not None else None
    if task is None or person is None:
        raise NotFound("没有这件事项。请回到待核的人")
    owner = session.get(Staff, task.owner_id) if task.owner_id else None
    is_open, may = task.done_at is None, holds(actor, "people.tasks")
    return PersonTaskPage(
        kind=KINDS[task.kind],
        person=Link(person.name, f"{paths.PEOPLE}/{person.id}"),
        tail=person.certno_mask[-4:],
        todo=TODO[task.kind],
        facts=tuple(_known(session, task, person)),
        due_on=task.due_on,
        late=is_open and task.due_on < today,
        owner=owner.name if owner else "",
        back=paths.with_query(paths.PEOPLE_TASKS, scheme=kept(task.scheme)),
        finish_action=f"{paths.PEOPLE_TASKS}/{task.id}/finish" if is_open and may else "",
        take_action=f"{paths.PEOPLE_TASKS}/{task.id}/take"
        if is_open and may and task.owner_id != actor.staff_id
        else "",
        may_be_untrue=task.kind in ("died", "moved_out"),
        untrue_words="不属实，人还在" if task.kind == "died" else "不属实，没有迁出",
        done=f"{task.done_by_name} {business_day(task.done_at)} 办完" if task.done_at else "",
        note=task.note,
        typed=typed,
        troubles=troubles,
    )


def _known(session: UnitSession, task: PersonTask, person: Person) -> list[SideRow]:
    rows = []
    source = session.get(RosterImport, task.import_id) if task.import_id else None
    if source is not None:
        link = Link(source.filename, f"{paths.ROSTERS}/{source.id}")
        rows.append(SideRow("从哪里来", link=link, second=(f"{source.month.year}年{source.month.month}月",)))
    facts = roster_facts(session, [person.id])
    if facts:
        last = facts[-1]
        words = (f"{last.filename} 第 {last.row_no} 行", last.change_word)
        rows.append(
            SideRow(
                "最近在册",
                f"{last.month.year}年{last.month.month}月，{last.town}{last.village}",
                second=tuple(word for word in words if word),
            )
        )
        rows.append(SideRow("户主", last.householder or "—"))
    covers = cover_periods(session, [person.id])
    if covers:
        rows.append(SideRow("保障", f"{covers[-1].from_on} 至 {covers[-1].until_on}"))
    if task.kind == "cover_changed":
        rows += _cases(session, person.id)
    if person.died_on:
        rows.append(SideRow("去世", f"{person.died_on}", tone="red"))
    if task.other_person_id is not None:
        other = session.get(Person, task.other_person_id)
        if other is not None:
            rows.append(SideRow("另一个证号", link=Link(other.certno_mask, f"{paths.PEOPLE}/{other.id}")))
    return rows


def _cases(session: UnitSession, person_id: UUID) -> list[SideRow]:
    """Return the cases of a person that may be wrong now, each with where it stands."""
    statement = select(Claim.case_no, Claim.state, Claim.settled_on).where(
        Claim.person_id == person_id, Claim.state != State.WITHDRAWN.value
    )
    return [
        SideRow(
            "案件",
            link=Link(row.case_no, paths.case_href(row.case_no)),
            second=(f"{row.settled_on} 结算", WORDS[State(row.state)].word),
        )
        for row in session.execute(statement.order_by(Claim.settled_on.desc(), Claim.id).limit(_MOST_CASES))
    ]
