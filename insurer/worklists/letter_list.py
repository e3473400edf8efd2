"""通知书 as a list: by state, kind, place and day, sorted, paged and taken out like every list."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, func, literal, select

from insurer.accounts.permissions import holds
from insurer.claims.calendar import Calendar
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import SHANGHAI, business_day
from insurer.kernel.errors import TooLarge
from insurer.notices.catalogue import CATALOGUE, DELIVERY_WAYS
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.clocks import due_words
from insurer.worklists.exports import take_out
from insurer.worklists.letters import STATE_WORDS, UNSENT, letter_row
from insurer.worklists.list_frame import Frame, day_bound, frame_of, range_words, read_frame
from insurer.worklists.listing import ListColumn, ListKind, page_of, reading_order, sort_rows
from insurer.worklists.selections import MOST, keep_selection, pick_of
from insurer.worklists.towns import lives_in, town_now, towns
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Tag
from insurer.worklists.views.notices import NoticeListPage, NoticeRow

_TABS: Final = ("rendered", "queued", "printed", "delivered", "void")
_STATES: Final = {**STATE_WORDS, "unsent": "还没送达"}
_KINDS: Final = {entry.kind.value: entry.title for entry in CATALOGUE.values()}

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
        ListColumn("town", "镇、街道", shown=False),
    ),
    tie=Notice.id,
    by_default="due",
    size=50,
    opens_with={"status": "rendered"},
    values={"status": _STATES, "kind": _KINDS, "way": DELIVERY_WAYS},
)
CONDITIONS: Final = (
    "status",
    "kind",
    "number",
    "town",
    "way",
    "due_from",
    "due_to",
    "made_from",
    "made_to",
)
_NUMBER: Final = re.compile(r"(?:\S*〔\d{4}〕)?([告受补决拒复预追]字\d{1,7})号?|([A-Za-z]{2}\d{4}-\d{1,8})")
_DAYS: Final[Mapping[str, Any]] = {"due": Notice.due_on, "made": Notice.created_at}


def load_notices(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], today: date
) -> NoticeListPage:
    """Return the letters that the address asks for: by default those that wait for the printer."""
    frame = frame_of(session, actor=actor, kind=NOTICES, conditions=CONDITIONS, arguments=arguments)
    where, unsettled = _where(frame.scheme, frame.texts)
    counted = select(Notice.state, func.count()).where(Notice.scheme == frame.scheme).group_by(Notice.state)
    counts: dict[str, int] = {row[0]: int(row[1]) for row in session.execute(counted)}
    page = page_of(NOTICES, _statement(where), frame.order, tie=_tie).add_columns(frame.order.column.sort)
    listed, more = reading_order(NOTICES, session.execute(page).all(), frame.order)
    calendar = calendar_in_force(session)
    total = _count(session, where)
    views = frame.tabs(
        (
            *((STATE_WORDS[one], {"status": one}, counts.get(one, 0)) for one in _TABS),
            ("全部", {}, sum(counts.values())),
        ),
        lambda scheme, texts: _count(session, _where(scheme, texts)[0]),
    )
    parts = frame.parts(
        views, _tags(frame), frame.paging(listed, more, total, lambda row: row[0].id), unsettled
    )
    may_print = holds(actor, "notices.print")
    asked = {**frame.texts, "scheme": frame.scheme, "sort": frame.order.text}
    if total and may_print:
        select_action = paths.with_query(f"{paths.NOTICES}/select", **asked)
        parts = replace(parts, tools=replace(parts.tools, select_action=select_action))
    known_towns = towns(session, frame.scheme)
    return NoticeListPage(
        parts=parts,
        rows=tuple(_row(row, today, calendar) for row in listed),
        statuses=frame.choices("status", _STATES),
        kinds=frame.choices("kind", _KINDS),
        towns=_town_choices(frame, known_towns),
        ways=frame.choices("way", DELIVERY_WAYS),
        more=any(frame.get(name) for name in ("way", "made_from", "made_to")),
        batch_action=f"{paths.NOTICES}/batch" if may_print else "",
        picked=pick_of(
            session, actor=actor, name=arguments.get("picked", ""), list_name=NOTICES.name, back=frame.href()
        )
        if may_print
        else None,
        in_making=counts.get("queued", 0),
    )


def export_notices(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook of the letters that the address asks for, as the list shows them."""
    frame = frame_of(session, actor=actor, kind=NOTICES, conditions=CONDITIONS, arguments=arguments)
    where, _ = _where(frame.scheme, frame.texts)
    statement = sort_rows(NOTICES, _statement(where), frame.order)
    calendar, today = calendar_in_force(session), business_day(now)
    return take_out(
        session,
        actor=actor,
        title="通知书",
        unit=NOTICES.unit,
        columns=[column for column in frame.columns if column.key != "open"],
        count=_count(session, where),
        rows=lambda: (_cells(_row(row, today, calendar)) for row in session.execute(statement)),
        of=frame.words(_tags(frame)),
        data={"list": NOTICES.name, "conditions": sorted(frame.texts)},
        now=now,
    )


def freeze_letters(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> UUID:
    """Choose every letter that the address asks for, in the order of the list; returns the selection.

    :class:`~insurer.kernel.errors.Invalid` when nothing matches, :class:`TooLarge` above 20,000.
    """
    frame = read_frame(NOTICES, CONDITIONS, arguments)
    where, _ = _where(frame.scheme, frame.texts)
    statement = sort_rows(NOTICES, _joined(select(Notice.id)).where(*where), frame.order)
    members = list(session.scalars(statement.limit(MOST + 1)))
    if len(members) > MOST:
        raise TooLarge(f"一次最多选 {MOST:,} 份，现在的条件多于这个数。请加条件，分几次选")
    return keep_selection(
        session, actor=actor, list_name=NOTICES.name, members=members, conditions=frame.texts, now=now
    )


def freeze_ticked(
    session: UnitSession,
    *,
    actor: Actor,
    ticked: Sequence[str],
    arguments: Mapping[str, str],
    now: datetime,
) -> UUID:
    """Choose letters by the ids of their ticks, in the order of the list; unknown ones are left out.

    The ticks of several pages come in no order of their own: ``arguments`` are those of the list.
    """
    ids = [_tie(one) for one in ticked]
    order = read_frame(NOTICES, (), arguments).order
    found = list(session.scalars(sort_rows(NOTICES, select(Notice.id).where(Notice.id.in_(ids)), order)))
    return keep_selection(session, actor=actor, list_name=NOTICES.name, members=found, conditions={}, now=now)


def letter_words(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the conditions of a kept view in words."""
    return tuple((tag.label, tag.value) for tag in _tags(read_frame(NOTICES, CONDITIONS, values)))


def _tie(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # from the start: a place that names no letter


def _tags(frame: Frame) -> tuple[Tag, ...]:
    get = frame.get
    tags = [
        frame.tag(label, words.get(get(name), get(name)), name)
        for name, label, words in (
            ("status", "状态", _STATES),
            ("kind", "种类", _KINDS),
            ("number", "文号或案件号", {}),
            ("town", "镇、街道", {}),
            ("way", "送达方式", DELIVERY_WAYS),
        )
        if get(name)
    ]
    for name, label in (("due", "时限"), ("made", "制作日期")):
        low, high = get(f"{name}_from"), get(f"{name}_to")
        if low or high:
            tags.append(frame.tag(label, range_words(low, high), f"{name}_from", f"{name}_to"))
    return tuple(tags)


def _where(scheme: str, texts: Mapping[str, str]) -> tuple[list[ColumnElement[bool]], str]:
    """Return the conditions on the letters, and what could not be read."""
    where: list[ColumnElement[bool]] = [Notice.scheme == scheme]
    wrong = []
    state = texts.get("status", "")
    if state == "unsent":
        where.append(Notice.state.in_(UNSENT))
    elif state in STATE_WORDS:
        where.append(Notice.state == state)
    if texts.get("kind") in _KINDS:
        where.append(Notice.kind == texts["kind"])
    if texts.get("way") in DELIVERY_WAYS:
        where.append(Notice.delivery_way == texts["way"])
    if town := texts.get("town"):
        where.append(lives_in(Notice.person_id, scheme, town))
    if number := texts.get("number"):
        found = _NUMBER.fullmatch(number)
        if found is None:
            wrong.append("文号写成 决字1283号 这样，案件号写成 XB2026-001283 这样")
        elif found[1]:
            where.append(Notice.number_text.endswith(f"〕{found[1]}号", autoescape=True))
        else:
            where.append(Claim.case_no == found[2].upper())
    for name, column in _DAYS.items():
        for end in ("from", "to"):
            if text := texts.get(f"{name}_{end}"):
                try:
                    where.append(day_bound(column, end, text, moments=name == "made"))
                except ValueError as error:
                    wrong.append(str(error))
    return where, "；".join(wrong)


def _joined(statement: Any) -> Any:
    return statement.join(Person, Person.id == Notice.person_id).outerjoin(Claim, Claim.id == Notice.claim_id)


def _statement(where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    found: Select[Any] = _joined(
        select(Notice, Claim.case_no, Person.name, town_now(Notice.person_id).label("town"))
    ).where(*where)
    return found


def _count(session: UnitSession, where: Sequence[ColumnElement[bool]]) -> int:
    statement = select(func.count()).select_from(Notice).outerjoin(Claim, Claim.id == Notice.claim_id)
    return int(session.scalar(statement.where(*where)) or 0)


def _row(found: Any, today: date, calendar: Calendar) -> NoticeRow:
    row = letter_row(found[0], found[1] or "", found[2], today, calendar)
    return replace(row, town=found[3] or "")


def _town_choices(frame: Frame, known: Sequence[str]) -> tuple[Choice, ...]:
    if not known and not frame.get("town"):
        return ()
    return frame.choices("town", {one: one for one in [*known, frame.get("town")] if one})


def _cells(row: NoticeRow) -> dict[str, Any]:
    delivered = f"{row.delivery} {row.delivered_on}" if row.delivered_on else row.delivery
    return {
        "due": due_words(row.due),
        "number": row.number,
        "title": row.title,
        "case": row.case_number,
        "person": row.person,
        "made": f"{row.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if row.made_at else "",
        "status": row.status,
        "delivery": delivered,
        "pages": row.pages,
        "town": row.town,
    }
