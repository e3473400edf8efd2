"""通知书 as a list: by state and kind, sorted and paged like every list, to print and deliver."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, func, literal, select

from insurer.accounts.permissions import holds
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.notices.catalogue import CATALOGUE, NoticeKind
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.letters import STATE_WORDS, letter_row
from insurer.worklists.listing import (
    ListColumn,
    ListKind,
    heads,
    page_of,
    paging,
    place_of,
    read_order,
    reading_order,
)
from insurer.worklists.preferences import DENSITIES, load_preferences
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Tag, ViewTab
from insurer.worklists.views.lists import ListTools
from insurer.worklists.views.notices import NoticeListPage

_DEFAULT: Final = "rendered"
ALL: Final = "all"
_ORDER: Final = ("rendered", "queued", "printed", "delivered", "void")

NOTICES: Final = ListKind(
    name="notices",
    path=paths.NOTICES,
    unit="份",
    columns=(
        # what has no date comes after all that have one
        ListColumn("due", "时限", "due", func.coalesce(Notice.due_on, literal(date.max, Date))),
        ListColumn("number", "文号", "number", fixed=True),
        ListColumn("title", "名称"),
        ListColumn("case", "案件号"),
        ListColumn("person", "收件人"),
        ListColumn("made", "制作", "moment", Notice.created_at),
        ListColumn("status", "状态", "status"),
        ListColumn("delivery", "送达"),
        ListColumn("open", "原件"),
        ListColumn("pages", "页数", "count", shown=False),
    ),
    tie=Notice.id,
    by_default="due",
    size=50,
)
CONDITIONS: Final = ("status", "kind")


def load_notices(
    session: UnitSession, *, actor: Actor, scheme: str, arguments: Mapping[str, str], today: date
) -> NoticeListPage:
    """Return the letters that the address asks for: by default those that wait for the printer."""
    state = arguments.get("status", _DEFAULT)
    state = state if state in STATE_WORDS or state == ALL else _DEFAULT
    kind = arguments.get("kind", "")
    kind = kind if kind in {one.value for one in NoticeKind} else ""
    where: list[Any] = [Notice.scheme == scheme]
    if kind:
        where.append(Notice.kind == kind)
    counted = select(Notice.state, func.count()).where(*where).group_by(Notice.state)
    counts: dict[str, int] = {row[0]: int(row[1]) for row in session.execute(counted)}
    if state != ALL:
        where.append(Notice.state == state)
    total = sum(counts.values()) if state == ALL else counts.get(state, 0)
    order = read_order(NOTICES, arguments)
    statement = (
        select(Notice, Claim.case_no, Person.name)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Claim, Claim.id == Notice.claim_id)
        .where(*where)
    )
    page = page_of(NOTICES, statement, order, tie=_tie).add_columns(order.column.sort)
    listed, more = reading_order(NOTICES, session.execute(page).all(), order)
    calendar = calendar_in_force(session)
    rows = tuple(letter_row(row[0], row[1] or "", row[2], today, calendar) for row in listed)
    ends = [place_of(row[-1], row[0].id) for row in (listed[0], listed[-1])] if listed else []
    places = (ends[0], ends[1]) if ends else None
    preferences = load_preferences(session, actor=actor, list_name=NOTICES.name)
    base = {"scheme": kept(scheme), "kind": kind}
    asked = "" if state == _DEFAULT else state

    def here(**more: str) -> str:
        return paths.with_query(paths.NOTICES, **base, status=asked, **more)

    density = preferences.density or "dense"
    columns = NOTICES.chosen(preferences.columns)
    if order.column not in columns:
        columns = (*columns, order.column)
    back = here(sort=order.text)
    return NoticeListPage(
        views=(*(_tab(one, counts.get(one, 0), state, base) for one in _ORDER), _all(counts, state, base)),
        tags=(Tag("种类", CATALOGUE[NoticeKind(kind)].title, _without_kind(scheme, asked)),) if kind else (),
        columns=heads(columns, NOTICES, order, lambda sort: here(sort=sort)),
        rows=rows,
        paging=paging(NOTICES, order, places, len(rows), more, total, lambda at: here(**at)),
        clear_href=_without_kind(scheme, asked),
        print_action=f"{paths.NOTICES}/print" if holds(actor, "notices.print") else "",
        tools=ListTools(
            columns_href=paths.with_query(f"/lists/{NOTICES.name}/columns", back=back),
            density=density,
            density_action=f"/lists/{NOTICES.name}/density",
            densities=tuple(Choice(key, word, key == density) for key, word in DENSITIES.items()),
            back=back,
        ),
    )


def _tie(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # from the start: a place that names no letter


def _tab(one: str, count: int, state: str, base: Mapping[str, str]) -> ViewTab:
    href = paths.with_query(paths.NOTICES, **base, status="" if one == _DEFAULT else one)
    return ViewTab(STATE_WORDS[one], href, count, one == state)


def _all(counts: Mapping[str, int], state: str, base: Mapping[str, str]) -> ViewTab:
    href = paths.with_query(paths.NOTICES, **base, status=ALL)
    return ViewTab("全部", href, sum(counts.values()), state == ALL)


def _without_kind(scheme: str, asked: str) -> str:
    return paths.with_query(paths.NOTICES, scheme=kept(scheme), status=asked)
