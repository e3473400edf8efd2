"""人员 as a list: by place, category, cover and what is to be looked into; the search keeps its words here.

Words that name a person (name, number, telephone) stand in no address and no log: who a search finds is
frozen as a selection of the reader's own, and the address carries its id alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, select

from insurer.accounts.permissions import holds
from insurer.kernel.dates import business_day
from insurer.people.finding import BY_PINYIN, find_ids
from insurer.people.queries import person_view
from insurer.people.tables import CoverPeriod, Person, PersonTask
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.exports import take_out
from insurer.worklists.list_frame import Frame, frame_of, read_frame
from insurer.worklists.listing import ListColumn, ListKind, page_of, reading_order, sort_rows
from insurer.worklists.person import CATEGORIES
from insurer.worklists.persons import NOBODY, echo_of, person_rows
from insurer.worklists.programmes import kept
from insurer.worklists.selections import keep_selection, selection_id_of
from insurer.worklists.tables import Selection
from insurer.worklists.towns import is_of_category, lives_in, towns
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Tag
from insurer.worklists.views.lists import ListTools
from insurer.worklists.views.people import PeoplePage, PersonRow

MOST_FOUND: Final = 5_000
"""So many people a search keeps; of more it says so."""

_COVERS: Final = {"now": "在保", "past": "曾在保，现在不在", "never": "没有保障"}
_TASKS: Final = {"open": "有待核事项"}

PEOPLE: Final = ListKind(
    name="people",
    path=paths.PEOPLE,
    unit="人",
    columns=(
        ListColumn("name", "姓名", "text", BY_PINYIN, fixed=True, personal=True),
        ListColumn("about", "性别、年龄"),
        ListColumn("certno", "证件号"),
        ListColumn("town", "镇、街道"),
        ListColumn("village", "村、社区", shown=False),
        ListColumn("category", "类别"),
        ListColumn("cover", "保障"),
        ListColumn("cases", "案件", "count"),
        ListColumn("tasks", "待核", "count"),
        ListColumn("known", "首次登记", "day", Person.created_at, shown=False),
    ),
    tie=Person.id,
    by_default="name",
    size=50,
    values={"category": CATEGORIES, "cover": _COVERS, "tasks": _TASKS},
)
KEPT: Final = ("town", "category", "cover", "tasks")
"""Conditions that are not personal: a view may keep them."""

_CONDITIONS: Final = (*KEPT, "found")


@dataclass(frozen=True, slots=True)
class _Search:
    """A search of the reader's own: its words as far as they are shown again, and who was found."""

    id: UUID
    words: str
    count: int


def keep_search(session: UnitSession, *, actor: Actor, scheme: str, asked: str, now: datetime) -> UUID | None:
    """Find people and keep who was found; returns the search, ``None`` when nobody was found.

    Words are kept sealed, numbers not at all.
    """
    found = find_ids(session, scheme=scheme, query=asked, limit=MOST_FOUND)
    if not found:
        return None
    search_id = keep_selection(
        session, actor=actor, list_name=PEOPLE.name, members=found, conditions={}, now=now
    )
    if words := echo_of(asked):
        row = session.get_one(Selection, search_id)
        row.conditions = {"words": session.keyring.seal(words, _place(search_id)).hex()}
    return search_id


def load_people(
    session: UnitSession,
    *,
    actor: Actor,
    arguments: Mapping[str, str],
    today: date,
    asked: str = "",
) -> PeoplePage:
    """Return the people that the address asks for; ``asked`` are words that found nobody."""
    frame = frame_of(session, actor=actor, kind=PEOPLE, conditions=_CONDITIONS, arguments=arguments)
    search = _search(session, actor, frame.get("found"))
    where = _where(frame.scheme, frame.texts, today, search)
    unsettled = "以前找的已经放下了，请再找一次。" if frame.get("found") and search is None else ""
    statement = select(Person).where(*where)
    page = page_of(PEOPLE, statement, frame.order, tie=_tie).add_columns(frame.order.column.sort)
    if asked:  # it is known already that there is nobody
        unsettled = ""
    rows = [] if asked else session.execute(page).all()
    listed, more = reading_order(PEOPLE, rows, frame.order)
    total = 0 if asked else _count(session, where)
    may_look = holds(actor, "people.tasks")
    fixed: list[tuple[str, Mapping[str, str]]] = [("全部", {})]
    fixed += [(_COVERS["now"], {"cover": "now"})]
    fixed += [(_TASKS["open"], {"tasks": "open"})] if may_look else []

    def counted(scheme: str, texts: Mapping[str, str]) -> int:
        return _count(session, _where(scheme, texts, today, None))

    views = frame.tabs([(word, texts, counted(frame.scheme, texts)) for word, texts in fixed], counted)
    pages = frame.paging(listed, more, total, lambda row: row[0].id)
    tags = _tags(frame, search)
    if asked:
        tags = (frame.tag("找的", echo_of(asked) or "一个号码", "found"), *tags)
    parts = frame.parts(views, tags, pages, unsettled)
    if search is not None:
        kept_fields = (*parts.kept, ("found", str(search.id)))
        parts = replace(parts, kept=kept_fields, tools=_without_found(frame, parts.tools))
    if asked:
        parts = replace(parts, tools=replace(parts.tools, export_action=""))
    known_towns = [one for one in dict.fromkeys([*towns(session, frame.scheme), frame.get("town")]) if one]
    links: tuple[Link, ...] = ()
    if may_look:
        links = (
            Link("待核的人", paths.with_query(paths.PEOPLE_TASKS, scheme=kept(frame.scheme))),
            Link("参保告知", paths.with_query(paths.PEOPLE_TOLD, scheme=kept(frame.scheme))),
        )
    note = NOBODY if asked else ""
    if search is not None and search.count == MOST_FOUND:
        note = f"找到的超过 {MOST_FOUND:,} 人，只列出前 {MOST_FOUND:,} 人，写得再全一点。"
    return PeoplePage(
        parts=parts,
        asked=echo_of(asked) if asked else (search.words if search else ""),
        rows=person_rows(session, [person_view(row[0]) for row in listed], today),
        find_action=paths.with_query(paths.PEOPLE, scheme=kept(frame.scheme)),
        note=note,
        more=links,
        towns=frame.choices("town", {one: one for one in known_towns}) if known_towns else (),
        categories=frame.choices("category", CATEGORIES),
        covers=frame.choices("cover", _COVERS),
        tasks=frame.choices("tasks", _TASKS) if may_look else (),
    )


def export_people(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook of the people that the address asks for, masked as there."""
    today = business_day(now)
    frame = frame_of(session, actor=actor, kind=PEOPLE, conditions=_CONDITIONS, arguments=arguments)
    search = _search(session, actor, frame.get("found"))
    where = _where(frame.scheme, frame.texts, today, search)
    statement = sort_rows(PEOPLE, select(Person).where(*where), frame.order)
    tags = [replace(tag, value="查找的结果") if tag.label == "找的" else tag for tag in _tags(frame, search)]
    return take_out(
        session,
        actor=actor,
        title="人员",
        unit=PEOPLE.unit,
        columns=frame.columns,
        count=_count(session, where),
        rows=lambda: (
            _cells(row)
            for row in person_rows(session, [person_view(one) for one in session.scalars(statement)], today)
        ),
        of=frame.words(tags),
        data={"list": PEOPLE.name, "conditions": sorted(frame.texts)},
        now=now,
    )


def people_words(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the conditions of a kept view in words."""
    return tuple((tag.label, tag.value) for tag in _tags(read_frame(PEOPLE, KEPT, values), None))


def _place(search_id: UUID) -> str:
    return f"selection:words:{search_id}"


def _search(session: UnitSession, actor: Actor, name: str) -> _Search | None:
    search_id = selection_id_of(name)
    row = session.get(Selection, search_id) if search_id else None
    if row is None or row.staff_id != actor.staff_id or row.list_name != PEOPLE.name:
        return None
    sealed = str(row.conditions.get("words", ""))
    words = session.keyring.open(bytes.fromhex(sealed), _place(row.id)) if sealed else ""
    return _Search(row.id, words, len(row.members))


def _tie(text: str) -> UUID:
    return selection_id_of(text) or UUID(int=0)


def _tags(frame: Frame, search: _Search | None) -> tuple[Tag, ...]:
    get = frame.get
    found = [frame.tag("找的", search.words or "一个号码", "found")] if search else []
    for name, label, words in (
        ("town", "镇、街道", {}),
        ("category", "类别", CATEGORIES),
        ("cover", "保障", _COVERS),
        ("tasks", "待核", _TASKS),
    ):
        if get(name):
            found.append(frame.tag(label, words.get(get(name), get(name)), name))
    return tuple(found)


def _where(
    scheme: str, texts: Mapping[str, str], today: date, search: _Search | None
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Person.scheme == scheme]
    if town := texts.get("town"):
        where.append(lives_in(Person.id, scheme, town))
    if category := texts.get("category"):
        where.append(is_of_category(Person.id, scheme, category))
    if cover := texts.get("cover"):
        ever = and_(CoverPeriod.person_id == Person.id, CoverPeriod.superseded_at.is_(None))
        now = and_(ever, CoverPeriod.from_on <= today, CoverPeriod.until_on >= today)
        if cover == "now":
            where.append(exists().where(now))
        else:
            where.append(~exists().where(now))
            where.append(exists().where(ever) if cover == "past" else ~exists().where(ever))
    if texts.get("tasks") == "open":
        where.append(exists().where(PersonTask.person_id == Person.id, PersonTask.done_at.is_(None)))
    if search is not None:
        members = select(func.unnest(Selection.members)).where(Selection.id == search.id)
        where.append(Person.id.in_(members))
    elif texts.get("found"):
        where.append(literal(False))
    return where


def _count(session: UnitSession, where: Sequence[ColumnElement[bool]]) -> int:
    return int(session.scalar(select(func.count()).select_from(Person).where(*where)) or 0)


def _without_found(frame: Frame, tools: ListTools) -> ListTools:
    """A view cannot keep whom a search found: without other conditions there is nothing to keep."""
    others = any(frame.get(name) for name in KEPT)
    return tools if others else replace(tools, save_href="")


def _cells(row: PersonRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "about": "，".join([one for one in (row.sex, f"{row.age}岁" if row.age is not None else "") if one]),
        "certno": row.masked_id,
        "town": row.town,
        "village": row.village,
        "category": row.category,
        "cover": row.cover,
        "cases": row.cases,
        "tasks": row.tasks,
        "known": row.known_on,
    }
