"""Reading a list of deaths or of people who moved away: a name, a person number, a day."""

import hashlib
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from insurer.kernel.dates import next_month
from insurer.kernel.errors import Invalid, Problem
from insurer.people.characters import squeezed
from insurer.people.masking import mask_certno
from insurer.people.reading import certno as certnos
from insurer.people.reading.columns import Layout, find_layout
from insurer.people.reading.messages import place, refusal
from insurer.people.reading.names import name_key, read_name
from insurer.people.reading.pages import Households, Page, text_of, why_no_person
from insurer.people.reading.result import Rejection, Repair, RosterFile, RosterRow, SheetSummary, Skip
from insurer.people.reading.starts import read_start
from insurer.people.reading.workbook import Sheet, Workbook, base_name, open_workbook
from insurer.people.standing import DEATHS

_DAY_WORDS: Final = {
    "deaths": re.compile("死亡|去世|身故|亡故"),
    "moves": re.compile("迁出|迁移|户口注销|注销|迁"),
}
_DAY: Final = re.compile("时间|日期|年月")
CHANGES: Final = {"deaths": "died", "moves": "moved_out"}
"""Kind of a list to what happened to the people on it."""


def read_leaving(
    content: bytes, filename: str, month: date, kind: str, *, use_hidden: bool = False
) -> RosterFile:
    """Read a list of ``kind`` (``deaths`` or ``moves``) as a roster whose ``start`` is the day it happened.

    A person stands in it once; a blank day is kept as unknown. Raises as
    :func:`insurer.people.reading.roster.read_roster`.
    """
    name = base_name(filename)
    book = open_workbook(content, name)
    reader = _Reader(book, month, kind)
    for sheet in book.sheets:
        reader.take(sheet, used=use_hidden or not sheet.hidden)
    if not any(summary.used for summary in reader.sheets):
        message = "没有找到表头。请确认有“姓名”和“身份证号”两栏。"
        raise Invalid(f"“{name}”没有收下：{message}", (Problem("file", message, name, "header_missing"),))
    return RosterFile(
        filename=name,
        sha256=hashlib.sha256(content).hexdigest(),
        month=month,
        encoding=book.encoding,
        sheets=tuple(reader.sheets),
        rows=len(reader.accepted) + len(reader.rejected),
        accepted=tuple(reader.accepted),
        repaired=tuple(reader.repaired),
        rejected=tuple(reader.rejected),
        skipped=tuple(reader.skipped),
        warnings=(),
        upgrade_candidates=frozenset(),
    )


class _Reader:
    """Collects the rows of all sheets of one list."""

    def __init__(self, book: Workbook, month: date, kind: str) -> None:
        self._book, self._month, self._kind = book, month, kind
        self._latest = next_month(month) - timedelta(days=1)
        self._seen: dict[str, int] = {}
        self.sheets: list[SheetSummary] = []
        self.accepted: list[RosterRow] = []
        self.repaired: list[Repair] = []
        self.rejected: list[Rejection] = []
        self.skipped: list[Skip] = []

    def take(self, sheet: Sheet, *, used: bool) -> None:
        merges = sheet.merges()
        layout = find_layout(sheet.rows, merges)
        if layout is None or not used:
            self.sheets.append(SheetSummary(sheet.name, sheet.hidden, False, 0))
            return
        before = len(self.accepted) + len(self.rejected)
        page = Page(sheet, layout, Households(layout, ()), None)
        day_column = self._day_column(sheet, layout)
        name_column, certno_column = layout.people[0]
        for index in range(layout.last + 1, len(sheet.rows)):
            row = sheet.rows[index]
            if layout.repeats_at(row):
                self.skipped.append(Skip(sheet.name, index + 1, "重复的表头"))
                continue
            self._person(page, index, row, name_column, certno_column, day_column)
        rows = len(self.accepted) + len(self.rejected) - before
        self.sheets.append(SheetSummary(sheet.name, sheet.hidden, True, rows))

    def _day_column(self, sheet: Sheet, layout: Layout) -> int | None:
        """Find the column of the day: a head that names the event, rather one that names a day as well."""
        words = _DAY_WORDS[self._kind]
        found: list[tuple[bool, int]] = []
        for row in sheet.rows[layout.first : layout.last + 1]:
            for column, cell in enumerate(row):
                if isinstance(cell, str) and words.search(cell):
                    found.append((not _DAY.search(cell), column))
        return min(found)[1] if found else None

    def _person(
        self,
        page: Page,
        index: int,
        row: Sequence[object],
        name_column: int,
        certno_column: int,
        day_column: int | None,
    ) -> None:
        sheet, number_cell = page.sheet.name, _cell(row, certno_column)
        name_text = text_of(_cell(row, name_column))
        why = None
        if not isinstance(number_cell, float) and sum(map(str.isdigit, text_of(number_cell))) < 6:
            why = why_no_person(page, index, row, squeezed(text_of(number_cell)), squeezed(name_text), 0)
        if why is not None:
            if why:
                self.skipped.append(Skip(sheet, index + 1, why))
            return
        number = certnos.read_certno(number_cell, self._latest)
        name = read_name(name_text)
        if number.repairs and isinstance(number_cell, str):
            before, after = mask_certno(number_cell), mask_certno(number.value)
            self.repaired.append(Repair(sheet, index + 1, "certno", before, after, "+".join(number.repairs)))
        if number.code is not None:
            shown = str(len(number.value)) if number.detail == "length" else ""
            self._refuse(page, index, certno_column, "certno", number.code, number.detail, shown)
            return
        if not name.display:
            self._refuse(page, index, name_column, "psn_name", "name_missing", certno=number.value)
            return
        day_cell = _cell(row, day_column) if day_column is not None else ""
        day = read_start(day_cell, self._month, typed=self._book.typed, epoch_1904=self._book.epoch_1904)
        if day.code is not None:
            column = day_column if day_column is not None else certno_column
            self._refuse(page, index, column, "start", day.code, day.detail, text_of(day_cell), number.value)
            return
        if number.value in self._seen:
            self.skipped.append(Skip(sheet, index + 1, f"与第 {self._seen[number.value]} 行重复"))
            return
        self._seen[number.value] = index + 1
        self.accepted.append(
            _row(sheet, index + 1, number.value, name.display, day.day, day.precision, self._kind)
        )

    def _refuse(
        self,
        page: Page,
        index: int,
        column: int,
        field: str,
        code: str,
        detail: str = "",
        value: str = "",
        certno: str = "",
    ) -> None:
        message = refusal(code, detail, place(index + 1, column), value)
        self.rejected.append(Rejection(page.sheet.name, index + 1, field, code, message, certno, column))


def _cell(row: Sequence[object], column: int) -> object:
    return row[column] if column < len(row) else ""


def _row(
    sheet: str, row: int, certno: str, name: str, day: date | None, precision: str, kind: str
) -> RosterRow:
    return RosterRow(
        sheet=sheet,
        row=row,
        certno=certno,
        name=name,
        name_key=name_key(name),
        categories=(),
        category_word="",
        town="",
        village="",
        card_no="",
        householder="",
        relation="",
        start=day,
        start_precision=precision,
        change=CHANGES[kind],
        change_word="去世" if kind == DEATHS else "迁出",
        insutype="",
        tel="",
        bank="",
        account="",
        holder="",
    )
