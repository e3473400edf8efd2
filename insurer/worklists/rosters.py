"""名册: the files of a programme as a list, and the form that takes one in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, cast, func, select

from insurer.accounts.permissions import holds
from insurer.kernel.dates import business_day, month_text, next_month
from insurer.people.queries import covered_count, known_senders
from insurer.people.tables import RosterImport
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.exports import take_out
from insurer.worklists.list_frame import Frame, frame_of, read_frame
from insurer.worklists.listing import ListColumn, ListKind, page_of, reading_order, sort_rows
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Tag, Trouble
from insurer.worklists.views.rosters import MonthRow, RosterListPage

STATE_WORDS: Final = {
    "reading": "正在读",
    "staged": "待确认",
    "applying": "正在写入",
    "applied": "已导入",
    "unchanged": "没有变化",
    "discarded": "已放弃",
}
KIND_WORDS: Final = {
    "full": "全量名册",
    "additions": "仅新增或更正",
    "deaths": "死亡名单",
    "moves": "迁出名单",
}
_AUTO: Final = ("auto", "看文件名和人数判断")


def kind_choices(chosen: str, *, with_auto: bool = False) -> tuple[Choice, ...]:
    """Return the kinds of list to choose from."""
    known = ((_AUTO,) if with_auto else ()) + tuple(KIND_WORDS.items())
    return tuple(Choice(kind, words, kind == chosen) for kind, words in known)


ROSTERS: Final = ListKind(
    name="rosters",
    path=paths.ROSTERS,
    unit="份",
    columns=(
        ListColumn("month", "月份", "number", RosterImport.month, fixed=True),
        ListColumn("kind", "种类"),
        ListColumn("file", "文件"),
        ListColumn("received", "收到", "day", RosterImport.staged_at),
        ListColumn("rows", "行数", "count"),
        ListColumn("new", "新增", "count"),
        ListColumn("changed", "变更", "count"),
        ListColumn("gone", "不在名册", "count"),
        ListColumn("rejected", "拒绝", "count"),
        ListColumn("covered", "在保人数", "count"),
        ListColumn("status", "状态", "status"),
        ListColumn("by", "经办"),
        ListColumn("sender", "发送单位", "text", RosterImport.sender, shown=False),
    ),
    tie=RosterImport.id,
    by_default="-month",
    size=20,
    values={"kind": KIND_WORDS, "status": STATE_WORDS},
)
CONDITIONS: Final = ("year", "kind", "status")


def load_rosters(
    session: UnitSession,
    *,
    actor: Actor,
    arguments: Mapping[str, str],
    today: date,
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> RosterListPage:
    """Return the files that the address asks for; ``typed`` is what a refused upload form held."""
    frame = frame_of(session, actor=actor, kind=ROSTERS, conditions=CONDITIONS, arguments=arguments)
    where, scheme = _where(frame.scheme, frame.texts), frame.scheme
    statement = page_of(ROSTERS, select(RosterImport).where(*where), frame.order, tie=_tie)
    found = session.execute(statement.add_columns(frame.order.column.sort)).all()
    listed, more = reading_order(ROSTERS, found, frame.order)
    year: Any = cast(func.extract("year", RosterImport.month), Integer)
    by_year = select(year, func.count()).where(RosterImport.scheme == scheme).group_by(year)
    counts = {int(row[0]): int(row[1]) for row in session.execute(by_year)}
    views = frame.tabs(
        (
            ("全部", {}, sum(counts.values())),
            *((f"{one}年", {"year": str(one)}, counts[one]) for one in sorted(counts, reverse=True)),
        ),
        lambda of, texts: _count(session, _where(of, texts)),
    )
    newest = _newest(session, scheme)
    covered = covered_count(session, scheme=scheme, day=today)
    suggested = next_month(newest) if newest else today.replace(day=1)
    own = actor.id if not holds(actor, "rosters.apply") else ""
    senders = known_senders(session, scheme=scheme, staged_by=own)
    typed = typed or {}
    pages = frame.paging(listed, more, _count(session, where), lambda row: row[0].id)
    return RosterListPage(
        parts=frame.parts(views, _tags(frame), pages),
        rows=tuple(_month(row[0], covered, newest) for row in listed),
        filter_kinds=frame.choices("kind", KIND_WORDS),
        filter_states=frame.choices("status", STATE_WORDS),
        upload_action=paths.with_query(paths.ROSTERS, scheme=kept(scheme))
        if holds(actor, "rosters.stage")
        else "",
        months=(typed.get("month") or month_text(suggested),),
        covered=covered,
        kinds=kind_choices(typed.get("kind") or "auto", with_auto=True),
        senders=tuple(senders),
        sender=typed.get("sender") or (senders[0] if senders else ""),
        troubles=troubles,
        may_confirm=holds(actor, "rosters.apply"),
    )


def export_rosters(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> tuple[str, bytes]:
    """Return file name and workbook of the files that the address asks for, as the list shows them."""
    frame = frame_of(session, actor=actor, kind=ROSTERS, conditions=CONDITIONS, arguments=arguments)
    where = _where(frame.scheme, frame.texts)
    statement = sort_rows(ROSTERS, select(RosterImport).where(*where), frame.order)
    newest = _newest(session, frame.scheme)
    covered = covered_count(session, scheme=frame.scheme, day=business_day(now))
    return take_out(
        session,
        actor=actor,
        title="名册",
        unit=ROSTERS.unit,
        columns=frame.columns,
        count=_count(session, where),
        rows=lambda: (_cells(_month(one, covered, newest)) for one in session.scalars(statement)),
        of=frame.words(_tags(frame)),
        data={"list": ROSTERS.name, "conditions": sorted(frame.texts)},
        now=now,
    )


def roster_words(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the conditions of a kept view in words."""
    return tuple((tag.label, tag.value) for tag in _tags(read_frame(ROSTERS, CONDITIONS, values)))


def _tags(frame: Frame) -> tuple[Tag, ...]:
    plain = (
        ("year", "年份", f"{frame.get('year')}年"),
        ("kind", "种类", KIND_WORDS.get(frame.get("kind"), frame.get("kind"))),
        ("status", "状态", STATE_WORDS.get(frame.get("status"), frame.get("status"))),
    )
    return tuple(frame.tag(label, value, name) for name, label, value in plain if frame.get(name))


def _where(scheme: str, texts: Mapping[str, str]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [RosterImport.scheme == scheme]
    year = texts.get("year", "")
    if year.isdecimal() and 1900 < int(year[:5]) < 2200:
        first = date(int(year), 1, 1)
        where += [RosterImport.month >= first, RosterImport.month < first.replace(year=first.year + 1)]
    if texts.get("kind") in KIND_WORDS:
        where.append(RosterImport.kind == texts["kind"])
    if texts.get("status") in STATE_WORDS:
        where.append(RosterImport.state == texts["status"])
    return where


def _count(session: UnitSession, where: Sequence[ColumnElement[bool]]) -> int:
    return int(session.scalar(select(func.count()).select_from(RosterImport).where(*where)) or 0)


def _newest(session: UnitSession, scheme: str) -> date | None:
    """Return the month of the newest full roster that was written."""
    found = select(func.max(RosterImport.month)).where(
        RosterImport.scheme == scheme, RosterImport.state == "applied", RosterImport.kind == "full"
    )
    return session.scalar(found)


def _tie(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # from the start: a place that names no file


def _month(found: RosterImport, covered: int, newest: date | None) -> MonthRow:
    counts = found.counts
    stands = found.month == newest and found.state == "applied" and found.kind == "full"
    return MonthRow(
        month=found.month,
        file=found.filename,
        received_on=business_day(found.staged_at),
        rows=int(counts.get("rows", 0)),
        new=int(counts.get("new", 0)),
        changed=int(counts.get("changed", 0)),
        gone=int(counts.get("gone", 0)),
        rejected=_length(counts.get("rejected", 0)),
        covered=covered if stands else None,
        status=STATE_WORDS.get(found.state, found.state),
        by=found.applied_by_name or found.staged_by_name,
        href=f"{paths.ROSTERS}/{found.id}",
        kind=KIND_WORDS.get(found.kind, found.kind),
        sender=found.sender,
        id=str(found.id),
        mark=found.state,
    )


def _cells(row: MonthRow) -> dict[str, Any]:
    return {
        "month": month_text(row.month),
        "kind": row.kind,
        "file": row.file,
        "received": row.received_on,
        "rows": row.rows,
        "new": row.new,
        "changed": row.changed,
        "gone": row.gone,
        "rejected": row.rejected,
        "covered": row.covered,
        "status": row.status,
        "by": row.by,
        "sender": row.sender,
    }


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value or 0)
