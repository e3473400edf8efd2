"""Reading a list of deaths or of people who moved away: a name, a person number, a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from insurer.people.reading.columns import Field, Layout, Merge
from insurer.people.reading.leaving_days import day_column
from insurer.people.reading.messages import place, refusal
from insurer.people.reading.names import name_key
from insurer.people.reading.pages import Households, Page, text_of
from insurer.people.reading.reader import HiddenSheets, Reader
from insurer.people.reading.result import Rejection, RosterRow, Skip
from insurer.people.reading.sheets import Sheet, Workbook
from insurer.people.reading.starts import read_start
from insurer.people.reading.wording import read_change

CHANGES: Final = {"deaths": "died", "moves": "moved_out"}
"""Kind of a list to what happened to the people on it."""
_WORDS: Final = {"deaths": "去世", "moves": "迁出"}
_OTHER_EVENTS: Final = {"added": "新增", "restored": "恢复", "died": "去世", "moved_out": "迁出"}
"""Changes that say that something else happened to the person of a row."""


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
        self._day_column = day_column(head, self._kind)
        return Page(sheet, layout, Households(layout, merges), None)

    def _accept(
        self, page: Page, index: int, row: Sequence[object], certno: str, name: str, person: int
    ) -> None:
        change = read_change(page.text(row, Field.CHANGE))
        if change in _OTHER_EVENTS and change != CHANGES[self._kind]:
            why = f"变动写的是{_OTHER_EVENTS[change]}，不是{_WORDS[self._kind]}"
            self._part.skipped.append(Skip(page.sheet.name, index + 1, why))
            return
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
