"""Lists taken out of the system: the same rows and columns as on the screen, masked, numbered, recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final, cast
from uuid import UUID

import xlsxwriter
from sqlalchemy import func, select

from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import SHANGHAI, business_day
from insurer.kernel.errors import TooLarge
from insurer.kernel.money import to_yuan
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.numbers import take_numbers
from insurer.worklists.case_columns import CASES, Found, case_row, case_rows
from insurer.worklists.case_conditions import read_conditions, tags_of
from insurer.worklists.clocks import due_words
from insurer.worklists.hospitals import find_hospitals
from insurer.worklists.list_frame import asked_for
from insurer.worklists.listing import ListColumn, read_order, sort_rows
from insurer.worklists.selections import members_of
from insurer.worklists.views.cases import CaseRow

MOST: Final = 20_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FETCHED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What makes an export traceable: its number, who took it out, when, how many rows, of what."""

    number: str
    name: str
    at: datetime
    count: int
    of: str
    unit: str = "件"

    @property
    def line(self) -> str:
        """Return the line that stands under the rows and on every printed page."""
        moment = f"{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        return f"{self.name} {moment} 导出，编号 {self.number}，{self.count} {self.unit}，条件：{self.of}"


def export_cases(
    session: UnitSession,
    *,
    actor: Actor,
    arguments: Mapping[str, str],
    now: datetime,
    selection_id: UUID | None = None,
) -> tuple[str, bytes]:
    """Return file name and workbook of the list that the address asks for, or of the chosen cases.

    Columns and order are those of the reader's list. The last row tells who took it out, when, and under
    which number; printed pages carry it in their footer; the audit log has the same. :class:`TooLarge`
    above 20,000 rows.
    """
    asked = asked_for(session, actor=actor, kind=CASES, arguments=arguments)
    conditions = read_conditions(
        asked.arguments,
        actor=actor,
        today=business_day(now),
        calendar=calendar_in_force(session),
        hospitals=lambda scheme, words: find_hospitals(session, scheme, words),
    )
    where: Sequence[Any] = conditions.where
    of = "；".join(f"{tag.label} {tag.value}" for tag in tags_of(conditions)) or "全部"
    if selection_id is not None:
        members = members_of(session, actor=actor, selection_id=selection_id)
        where, of = (Claim.id.in_(members),), f"选中的 {len(members):,} 件"
    count = session.scalar(select(func.count()).select_from(Claim).where(*where)) or 0
    statement = sort_rows(CASES, case_rows(where, now), read_order(CASES, asked.arguments))
    calendar, day = calendar_in_force(session), business_day(now)

    def rows() -> Iterator[Mapping[str, Any]]:
        for row in session.execute(statement.execution_options(yield_per=_FETCHED)):
            yield _cells(case_row(cast(Found, tuple(row)), day, calendar))

    return take_out(
        session,
        actor=actor,
        title="案件",
        unit=CASES.unit,
        columns=_named_first(CASES.chosen(asked.preferences.columns)),
        count=count,
        rows=rows,
        of=of,
        data={"conditions": sorted(conditions.texts), "selection": str(selection_id or "")},
        now=now,
    )


def take_out(
    session: UnitSession,
    *,
    actor: Actor,
    title: str,
    unit: str,
    columns: Sequence[ListColumn],
    count: int,
    rows: Callable[[], Iterable[Mapping[str, Any]]],
    of: str,
    data: Mapping[str, Any],
    now: datetime,
) -> tuple[str, bytes]:
    """Return file name and workbook of a list under a number of its own; the audit log has the same.

    ``rows`` gives the cells of each row by the keys of the columns, ``of`` names the conditions in words,
    ``data`` goes into the log beside number, count and columns. :class:`TooLarge` above 20,000 rows.
    """
    if count > MOST:
        raise TooLarge(f"一次最多导出 {MOST:,} {unit}，现在有 {count:,} {unit}。请加条件，分几次导出")
    day = business_day(now)
    number = f"E{day:%Y%m%d}-{take_numbers(session, f'export/{day.isoformat()}')[0]:03d}"
    cells = list(rows())
    taken = Taken(number, actor.name, now, len(cells), of, unit)
    kept = {**data, "number": number, "count": len(cells), "columns": [column.key for column in columns]}
    note(session, actor, "platform:export:made", ("export", number), now=now, data=kept)
    return f"{title}-{number}.xlsx", workbook(title, columns, cells, taken)


def workbook(
    title: str, columns: Sequence[ListColumn], rows: Sequence[Mapping[str, Any]], taken: Taken
) -> bytes:
    """Write a list as a workbook; texts are never formulas or links, amounts are numbers in yuan."""
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    sheet = book.add_worksheet(title)
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet.write_row(0, 0, [column.word for column in columns], bold)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(columns) - 1))
    sheet.set_column(0, max(0, len(columns) - 1), 15)
    for at, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            value = row.get(column.key)
            if value is None or value == "":
                continue
            if column.kind == "money":
                sheet.write_number(at, place, float(to_yuan(value)), money)  # never read back
            elif column.kind == "count":
                sheet.write_number(at, place, value)
            else:
                sheet.write_string(at, place, value.isoformat() if isinstance(value, date) else str(value))
    sheet.write_string(len(rows) + 2, 0, taken.line)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    short = f"{taken.name.replace('&', '&&')} {taken.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {taken.number}"
    sheet.set_header(f"&L&10{short}&C&10{title}&R&10内部资料，不得外传")
    sheet.set_footer(f"&L&9{short}&R&9第 &P 页，共 &N 页")
    book.set_properties({"title": f"{title} {taken.number}", "author": taken.name, "comments": taken.line})
    book.close()
    return buffer.getvalue()


def _named_first(columns: Sequence[ListColumn]) -> list[ListColumn]:
    """Put number and person first, the tail of the number on the card in a column of its own."""
    rest = [column for column in columns if column.key not in ("number", "person")]
    person = [ListColumn("person", "姓名"), ListColumn("tail", "证号尾")]
    known = [column for column in columns if column.key == "number"]
    return [*known, *(person if any(column.key == "person" for column in columns) else ()), *rest]


def _cells(row: CaseRow) -> dict[str, Any]:
    return {
        "due": due_words(row.due),
        "number": row.number,
        "person": row.person,
        "tail": f"*{row.tail}",
        "hospital": row.hospital,
        "kind": row.kind,
        "settled": row.settled_on,
        "total": row.total,
        "personal": row.personal,
        "payable": row.payable,
        "status": row.status,
        "owner": row.owner,
        "hint": row.hint,
        "received": row.received_on,
        "legal": row.legal_on,
        "paid": row.paid,
        "review": row.review,
        "channel": row.channel,
        "entered": row.entered_by,
    }
