"""The part of a sheet below one header: its household cells filled, and which of its rows are no person."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from insurer.people.characters import squeezed, trimmed
from insurer.people.reading.columns import HOUSEHOLD_FIELDS, Field, Layout, Merge, header_field
from insurer.people.reading.sheets import Sheet
from insurer.people.reading.wording import read_categories

_TOTAL = re.compile(
    r".{0,12}?(小计|合计|总计|累计|共计)[:：]?[0-9０-９]*[户人名元]?.{0,12}"
    r"|共[:：]?[0-9０-９]+.{0,12}|总?[户人]数[:：]?([0-9０-９]+.{0,20})?"
)
_COUNT = re.compile(r"(共|计)?[0-9０-９]+(户|人|名|户[0-9]+人)")
_SIGNING = "(审核|填表|制表|经办|负责|复核|审批|填报|联系|分管|主管|统计|经手|单位负责)"
_SIGNATURE = re.compile(
    rf"{_SIGNING}(人|单位|日期|时间|领导|人签字|人签名)?[：:(（]"
    rf"|^{_SIGNING}(人|单位|日期|时间|领导)|^{_SIGNING}$|^日期$"
    r"|(日期|单位盖章|盖章|签字|注|备注|说明|单位)[:：]|以下空白|以下无正文|此页无正文|^[(（]?(公|盖)章[)）]?$"
)
_NOTE = re.compile(r"[。；，]|^[(（]?([0-9０-９]{1,2}|[一二三四五六七八九十]+)[)）]?[、.．，：:)）]")
_DAY = re.compile(r"(19|20)[0-9]{2}[年./-][0-9]{1,2}([月./-][0-9]{1,2}日?|月)?")
_HEADING = re.compile(
    r".{2,}(镇|乡|街道|村|社区|居委会|村委会|办事处)|附[件表][0-9０-９一二三四五六七八九十]*"
)
_LONGEST_NAME: Final = 15
_COLUMN_NUMBER = re.compile(r"[(（]?([0-9０-９]{1,2}|[A-Za-z]|[甲乙丙丁戊己庚辛壬癸])[)）]?")
_FEWEST_DIGITS: Final = 6
_DIGITS_KEPT: Final = 1e15
_TITLE = re.compile(r"名单|名册|花名册|明细表|登记表|汇总表|台账|第.{1,4}页|单位[:：]")


@dataclass(slots=True)
class Page:
    """One header with the rows below it. ``filled`` are the cells written from a merged range, ``shared`` the
    cells of a category that stands merged over several rows; both (row, column) from 0, of the rows filled
    last.
    """

    sheet: Sheet
    layout: Layout
    households: "Households"
    title_category: str | None
    filled: frozenset[tuple[int, int]] = frozenset()
    shared: frozenset[tuple[int, int]] = frozenset()

    def fill(self, rows: Sequence[list[object]], index: int) -> None:
        """Write merged household cells into the next rows, which begin at ``index``."""
        self.filled, self.shared = self.households.fill(rows, index)

    def text(self, row: Sequence[object], field: Field) -> str:
        """Return the text of a field in a row, "" when the column or the cell is missing."""
        column = self.layout.columns.get(field)
        return text_of(row[column]) if column is not None and column < len(row) else ""

    def own_text(self, index: int, row: Sequence[object], field: Field) -> str:
        """Return the text of a field unless it was filled from a merged range."""
        return "" if (index, self.layout.columns.get(field, -1)) in self.filled else self.text(row, field)


def text_of(value: object) -> str:
    """Write a cell as text: whole numbers without a point, dates as ``YYYY-MM-DD``, blanks trimmed."""
    if isinstance(value, str):
        return trimmed(value)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def long_number_lost(number: float) -> bool:
    """Tell whether a number is too long to have kept all its digits."""
    return abs(number) >= _DIGITS_KEPT


def has_number(cell: object) -> bool:
    """Tell whether a cell may hold a person number, good or bad; what is shorter is a count or a word."""
    if isinstance(cell, str):
        return sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS and not _DAY.fullmatch(squeezed(cell))
    return not isinstance(cell, float) or abs(cell) >= 10 ** (_FEWEST_DIGITS - 1)


def why_no_person(
    page: Page, index: int, row: Sequence[object], certno: str, name: str, person: int
) -> str | None:
    """Tell why a row without a number is no person: "" for a blank one, None if it is one all the same.

    ``certno`` and ``name`` are the row's texts without blanks. Where a category is named, a person is meant,
    so that somebody without a number is reported and not left out.
    """
    if person > 0:
        return None if name or certno else ""
    words = [word for cell in row if cell != "" and (word := squeezed(text_of(cell)))]
    if not words:
        return ""
    if any(_TOTAL.fullmatch(word) for word in (words[0], name)) or _COUNT.fullmatch(name):
        return "合计行"
    if certno and name and all(map(_COLUMN_NUMBER.fullmatch, words)):
        return "栏次行"
    if read_categories(page.own_text(index, row, Field.CATEGORY)).codes:
        return None
    if any(_SIGNATURE.search(word) for word in words):
        return "签名或说明行"
    if len(words) == 1 and (_NOTE.search(words[0]) or len(words[0]) > _LONGEST_NAME):
        return "签名或说明行"
    if len(words) == 1 and (_TITLE.search(words[0]) or _HEADING.fullmatch(words[0])):
        return "标题行"
    if name or certno or any(page.own_text(index, row, field) for field in (Field.RELATION, Field.START)):
        return None
    blank = all((index, column) in page.filled for column, cell in enumerate(row) if cell != "")
    return "" if blank else "没有姓名和证号"


class Households:
    """Merged household cells: their value stands for every row they cover, never beyond the range."""

    def __init__(self, layout: Layout, merges: Sequence[Merge]) -> None:
        """``merges`` are sorted. Overlapping ranges, which no office program writes, are taken once."""
        columns = {column for field, column in layout.columns.items() if field in HOUSEHOLD_FIELDS}
        self.category = layout.columns.get(Field.CATEGORY)
        reached: dict[int, int] = {}
        self._ranges: list[tuple[int, int, int]] = []
        for (first, column), (last, _) in merges:
            if column in columns and layout.last < first < last and first > reached.get(column, -1):
                reached[column] = last
                self._ranges.append((first, column, last))
        self._next = 0
        self._open: dict[int, tuple[int, object]] = {}

    def fill(
        self, rows: Sequence[list[object]], index: int
    ) -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
        """Write the merged values into the rows from ``index`` on; called for all rows in order.

        Returns the cells filled, and every cell of a category range over more than one row.
        """
        filled: set[tuple[int, int]] = set()
        shared: set[tuple[int, int]] = set()
        end = index + len(rows)
        reaching = [(index, column, last, value) for column, (last, value) in self._open.items()]
        self._open = {}
        while self._next < len(self._ranges) and self._ranges[self._next][0] < end:
            first, column, last = self._ranges[self._next]
            self._next += 1
            if first < index:
                continue
            row = rows[first - index]
            reaching.append((first, column, last, row[column] if column < len(row) else ""))
        for first, column, last, value in reaching:
            stop = min(last + 1, end)
            if column == self.category:
                shared.update((row, column) for row in range(first, stop))
            if last >= end:
                self._open[column] = (last, value)
            if isinstance(value, str) and (value == "" or header_field(value) is not None):
                continue
            for at in range(first, stop):
                cells = rows[at - index]
                if column < len(cells) and cells[column] == "":
                    cells[column] = value
                    filled.add((at, column))
        return frozenset(filled), frozenset(shared)
