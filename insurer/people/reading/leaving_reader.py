"""Reading a list of deaths or of people who moved away: a name, a person number, a day."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from insurer.people.reading.columns import Layout, Merge
from insurer.people.reading.messages import place, refusal
from insurer.people.reading.names import name_key
from insurer.people.reading.pages import Households, Page, text_of
from insurer.people.reading.reader import HiddenSheets, Reader
from insurer.people.reading.result import Rejection, RosterRow
from insurer.people.reading.starts import read_start
from insurer.people.reading.workbook import Sheet, Workbook

CHANGES: Final = {"deaths": "died", "moves": "moved_out"}
"""Kind of a list to what happened to the people on it."""
_WORDS: Final = {"deaths": "去世", "moves": "迁出"}
_DAY_WORDS: Final = {
    "deaths": re.compile("死亡|去世|身故|亡故"),
    "moves": re.compile("迁出|迁移|户口注销|注销|迁"),
}
_DAY: Final = re.compile("时间|日期|年月")


class LeavingReader(Reader):
    """Reads a list as a roster whose ``start`` is the day it happened; a blank day is kept as unknown."""

    def __init__(
        self,
        book: Workbook,
        filename: str,
        month: date,
        known: Mapping[str, str],
        use_hidden: HiddenSheets,
        kind: str,
    ) -> None:
        super().__init__(book, filename, month, known, use_hidden)
        self._kind = kind
        self._day_column: int | None = None

    def _another(self) -> "LeavingReader":
        return LeavingReader(self._book, self._filename, self._month, self._known, True, self._kind)

    def _page(
        self,
        sheet: Sheet,
        layout: Layout,
        titles: Sequence[str],
        merges: Sequence[Merge],
        head: Sequence[Sequence[object]],
    ) -> Page:
        self._warn_of_month([*titles, sheet.name, self._filename])
        self._day_column = _day_column(head, self._kind)
        return Page(sheet, layout, Households(layout, merges), None)

    def _accept(
        self, page: Page, index: int, row: Sequence[object], certno: str, name: str, person: int
    ) -> None:
        column = self._day_column
        cell = row[column] if column is not None and column < len(row) else ""
        day = read_start(cell, self._month, typed=self._book.typed, epoch_1904=self._book.epoch_1904)
        sheet, word = page.sheet.name, _WORDS[self._kind]
        if day.code is not None:
            at = column if column is not None else page.layout.people[person][1]
            message = refusal(day.code, day.detail, place(index + 1, at), text_of(cell))
            message = message.replace("起始年月", f"{word}日期")
            self._part.rejected.append(Rejection(sheet, index + 1, "start", day.code, message, certno, at))
            return
        if day.repaired and day.day is not None and column is not None:
            self._repair(page, index, "start", text_of(cell), day.day.isoformat(), ("date_serial",))
        self._late.append(
            RosterRow(
                sheet=sheet,
                row=index + 1,
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
                start=day.day,
                start_precision=day.precision,
                change=CHANGES[self._kind],
                change_word=word,
                insutype="",
                tel="",
                bank="",
                account="",
                holder="",
            )
        )


def _day_column(head: Sequence[Sequence[object]], kind: str) -> int | None:
    """Find the column of the day: a head that names the event, rather one that names a day as well."""
    found = [
        (not _DAY.search(cell), column)
        for row in head
        for column, cell in enumerate(row)
        if isinstance(cell, str) and _DAY_WORDS[kind].search(cell)
    ]
    return min(found)[1] if found else None
