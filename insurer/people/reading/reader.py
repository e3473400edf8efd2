"""Reading the sheets of a list: every row is accepted, refused with a remedy, or left out with a reason."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Final

from insurer.kernel.dates import next_month
from insurer.kernel.errors import Invalid, Problem
from insurer.people.characters import squeezed
from insurer.people.masking import mask_certno, mask_name
from insurer.people.reading import certno as certnos
from insurer.people.reading.columns import SEARCHED_ROWS, Layout, Merge, find_layout
from insurer.people.reading.messages import other_month, place, refusal
from insurer.people.reading.names import name_key, read_name
from insurer.people.reading.pages import (
    Page,
    has_number,
    text_of,
    why_no_person,
)
from insurer.people.reading.result import Rejection, Repair, RosterRow, SheetSummary, Skip
from insurer.people.reading.row_store import Batch
from insurer.people.reading.sheets import Sheet, Workbook

_TITLE_MONTH = re.compile(r"(20\d{2})\s*年\s*(1[0-2]|0?[1-9])\s*月")
_LONGEST_NAME: Final = 50
_BATCH: Final = 4096
_AHEAD: Final = 8
"""Rows kept in sight below the current ones: a header printed again may have several rows."""


@dataclass(slots=True)
class Part:
    """What was read of some rows. ``rows`` may be None when none of them was accepted."""

    rows: Batch | None = None
    repaired: list[Repair] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


HiddenSheets = bool | tuple[str, ...]
"""Which hidden sheets are read: none, all, or those of these names."""


def hidden_sheets(kept: object) -> HiddenSheets:
    """Return a choice of hidden sheets as it was kept in JSON."""
    return tuple(map(str, kept)) if isinstance(kept, list | tuple) else bool(kept)


class Reader:
    """Reads all sheets of one list, whatever it says of its people; that is for the kinds of lists to add.

    What holds for the whole file stands here when the parts are through.
    """

    def __init__(
        self, book: Workbook, filename: str, month: date, known: Mapping[str, str], use_hidden: HiddenSheets
    ) -> None:
        self._book, self._filename, self._month, self._known = book, filename, month, known
        self._use_hidden = use_hidden
        self._latest = next_month(month) - timedelta(days=1)
        self._part = Part()
        self._late: list[RosterRow] = []
        self.sheets: list[SheetSummary] = []
        self.candidates: set[str] = set()
        self.certno_columns: dict[str, int] = {}

    def parts(self) -> Iterator[Part]:
        """Read the sheets and yield what was found. Raises :class:`Invalid` if there is no list at all."""
        for sheet in self._book.sheets:
            if not sheet.hidden or self._wanted(sheet.name):
                yield from self._take(sheet)
            else:
                self.sheets.append(SheetSummary(sheet.name, sheet.hidden, False, self._count(sheet)))
        if any(summary.used for summary in self.sheets):
            return
        hidden = any(summary.hidden and summary.rows for summary in self.sheets)
        message = (
            "只有隐藏的工作表里有名单。请核对是不是这一份，是就选用隐藏的表再读。"
            if hidden
            else "没有找到表头。请确认有“姓名”和“身份证号”两栏。"
        )
        code = "only_hidden" if hidden else "header_missing"
        raise Invalid(
            f"“{self._filename}”没有收下：{message}", (Problem("file", message, self._filename, code),)
        )

    def _wanted(self, sheet: str) -> bool:
        return self._use_hidden if isinstance(self._use_hidden, bool) else sheet in self._use_hidden

    def _count(self, sheet: Sheet) -> int:
        """Count the people of a sheet that is not used."""
        counting = self._another()
        try:
            for _ in counting._take(sheet):
                pass
        except Invalid:
            return 0
        return counting.sheets[0].rows

    def _another(self) -> "Reader":
        """Return a reader of the same file that takes hidden sheets as well."""
        raise NotImplementedError

    def _take(self, sheet: Sheet) -> Iterator[Part]:
        lines = sheet.lines()
        rows = list(islice(lines, SEARCHED_ROWS + _AHEAD))
        merges = sorted(sheet.merges())
        layout = find_layout(rows, merges[: bisect_left(merges, ((len(rows), 0), (0, 0)))])
        if layout is None:
            self.sheets.append(SheetSummary(sheet.name, sheet.hidden, False, 0))
            if any(_looks_like_certno(cell) for row in (*rows, *lines) for cell in row):
                self._part.warnings.append(
                    f"工作表“{sheet.name}”里有证号，但没有找到表头，所以没有读。请核对。"
                )
            yield self._emptied(None)
            return
        self.certno_columns[sheet.name] = layout.people[0][1]
        titles = [text_of(cell) for row in rows[: layout.first] for cell in row if cell != ""]
        page = self._page(sheet, layout, titles, merges, rows[layout.first : layout.last + 1])
        count, index = 0, layout.last + 1
        del rows[:index]
        while rows or (rows := list(islice(lines, _BATCH))):
            rows.extend(islice(lines, _BATCH + _AHEAD - len(rows)))
            here = rows[:_BATCH]
            header = _header_in(page, here)
            here = here if header is None else here[:header]
            if here:
                batch = self._batch(page, here, index)
                count += batch.size + len(self._part.rejected)
                yield self._emptied(batch)
            index += len(here)
            del rows[: len(here)]
            if header is not None:
                page, passed = self._next_header(page, rows[:_AHEAD], index, titles, merges)
                index += passed
                del rows[:passed]
        self.sheets.append(SheetSummary(sheet.name, sheet.hidden, True, count))
        yield self._emptied(None)

    def _emptied(self, batch: Batch | None) -> Part:
        """Return what was collected, and begin anew."""
        part, self._part = self._part, Part()
        part.rows = batch if batch is not None and batch.size else None
        return part

    def _page(
        self,
        sheet: Sheet,
        layout: Layout,
        titles: Sequence[str],
        merges: Sequence[Merge],
        head: Sequence[Sequence[object]],
    ) -> Page:
        """Begin to read below a header; ``head`` are its rows as they stand."""
        raise NotImplementedError

    def _accept(
        self, page: Page, index: int, row: Sequence[object], certno: str, name: str, person: int
    ) -> None:
        """Take a person whose number and name are good into ``_late``, or refuse the row."""
        raise NotImplementedError

    def _warn_of_month(self, titles: Sequence[str]) -> None:
        for title in titles:
            found = _TITLE_MONTH.search(title)
            if found and (other := date(int(found.group(1)), int(found.group(2)), 1)) != self._month:
                self._part.warnings.append(other_month(title, other, self._month))
                break

    def _next_header(
        self,
        page: Page,
        rows: Sequence[Sequence[object]],
        index: int,
        titles: Sequence[str],
        merges: Sequence[Merge],
    ) -> tuple[Page, int]:
        """Leave out a header printed again at ``index``; what follows is read by its own columns."""
        near = [
            ((top - index, left), (bottom - index, right))
            for (top, left), (bottom, right) in merges[
                bisect_left(merges, ((index, 0), (0, 0))) : bisect_left(merges, ((index + 4, 0), (0, 0)))
            ]
        ]
        again = find_layout(rows, near)
        passed = again.last + 1 if again is not None and again.last < 4 else 1
        for row in range(index, index + passed):
            self._part.skipped.append(Skip(page.sheet.name, row + 1, "重复的表头"))
        if again is None or again.last + 1 != passed:
            return page, passed
        moved = again.moved(index)
        if moved.people == page.layout.people and moved.columns == page.layout.columns:
            return page, passed
        head = rows[again.first : again.last + 1]
        return self._page(page.sheet, moved, titles, merges, head), passed

    def _batch(self, page: Page, rows: list[list[object]], first: int) -> Batch:
        """Read the next rows, which begin at ``first``, one after the other."""
        page.fill(rows, first)
        for at, row in enumerate(rows):
            for person, (name_column, certno_column) in enumerate(page.layout.people):
                self._person(page, first + at, row, name_column, certno_column, person)
        late, self._late = self._late, []
        return Batch.of(late)

    def _person(
        self,
        page: Page,
        index: int,
        row: Sequence[object],
        name_column: int,
        certno_column: int,
        person: int,
    ) -> None:
        certno_cell = row[certno_column] if certno_column < len(row) else ""
        name_cell = row[name_column] if name_column < len(row) else ""
        name_text = name_cell if isinstance(name_cell, str) else text_of(name_cell)
        if not has_number(certno_cell):
            certno_text = certno_cell if isinstance(certno_cell, str) else text_of(certno_cell)
            why = why_no_person(page, index, row, squeezed(certno_text), squeezed(name_text), person)
            if why is not None:
                if why:
                    self._part.skipped.append(Skip(page.sheet.name, index + 1, why))
                return
        number = certnos.read_certno(certno_cell, self._latest, self._known)
        name = read_name(name_text)
        if number.detail == "fifteen":
            self.candidates.add(certnos.upgraded(number.value))
        if "fifteen_digits" in number.repairs and self._known[number.value] != name_key(name.display):
            number = certnos.CertNo(number.value, (), certnos.MALFORMED, "fifteen")
        if number.repairs and isinstance(certno_cell, str):
            self._repair(
                page, index, "certno", mask_certno(certno_cell), mask_certno(number.value), number.repairs
            )
        if number.code is not None:
            shown = str(len(number.value)) if number.detail == "length" else ""
            self._refuse(page, index, certno_column, "certno", number.code, number.detail, shown)
            return
        if len(name.display) > _LONGEST_NAME:
            self._refuse(page, index, name_column, "psn_name", "name_missing", "long", certno=number.value)
            return
        if not name.display:
            self._refuse(page, index, name_column, "psn_name", "name_missing", certno=number.value)
            return
        if name.repairs:
            self._repair(page, index, "psn_name", mask_name(name_text), mask_name(name.display), name.repairs)
        where = f"（{page.sheet.name}）"
        if name.warning:
            self._part.warnings.append(
                f"{place(index + 1, name_column)}{where}：姓名里有一个字没有显示出来。请核对。"
            )
        if number.warning:
            self._part.warnings.append(
                f"{place(index + 1, certno_column)}{where}：身份证号的地区码没见过。请核对。"
            )
        self._accept(page, index, row, number.value, name.display, person)

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
        self._part.rejected.append(
            Rejection(page.sheet.name, index + 1, field, code, message, certno, column)
        )

    def _repair(
        self, page: Page, index: int, field: str, before: str, after: str, rules: tuple[str, ...]
    ) -> None:
        self._part.repaired.append(Repair(page.sheet.name, index + 1, field, before, after, "+".join(rules)))


def _header_in(page: Page, rows: Sequence[Sequence[object]]) -> int | None:
    """Return the place of the first header printed again."""
    column = page.layout.people[0][1]
    for at, row in enumerate(rows):
        cell = row[column] if column < len(row) else ""
        if isinstance(cell, str) and not cell[:1].isdigit() and page.layout.repeats_at(row):
            return at
    return None


def _looks_like_certno(cell: object) -> bool:
    return isinstance(cell, str) and 15 <= len(cell) <= 40 and sum(c.isdigit() for c in cell) >= 15
