"""The rows of a roster that need no closer look, read by columns; most rows of most files are such.

A row is plain when every cell that matters is text as it should be: a person number that stands every check,
a name of Chinese characters, known words. Whatever is not plain is left to the reader of single rows, which
reads plain rows to the same result.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from insurer.people.characters import squeezed
from insurer.people.reading.certno import plain_numbers
from insurer.people.reading.columns import Field
from insurer.people.reading.names import MISSING_NAMES, read_name
from insurer.people.reading.pages import Page, long_number_lost, text_of
from insurer.people.reading.starts import read_start
from insurer.people.reading.wording import read_categories, read_change, read_insutype

_PLAIN_NAME: Final = re.compile("[一-鿿]{1,50}").fullmatch
_NO_NUMBER: Final = "0" * 18

_change = lru_cache(maxsize=4096)(read_change)
_insutype = lru_cache(maxsize=1024)(read_insutype)


class PlainReader:
    """Reads plain rows of one file; ``latest`` is the last day of the roster's month."""

    def __init__(self, month: date, latest: date, typed: bool) -> None:
        self._month, self._latest, self._typed = month, latest, typed
        self._categories: dict[str, tuple[str, str, bool]] = {}
        self._starts: dict[object, tuple[str, str] | None] = {}

    def read(
        self, page: Page, rows: Sequence[Sequence[object]], first: int
    ) -> tuple[dict[str, Any], set[int]]:
        """Return the columns of all rows, and the places of those not plain, whose values do not count.

        ``first`` is the index in the sheet of the first of ``rows``; the layout has one person in a row.
        """
        self._rows, self._page, self._first = rows, page, first
        self._odd: set[int] = set()
        even = len(set(map(len, rows))) == 1
        self._columns = list(zip(*rows, strict=True)) if even else None
        name_column, certno_column = page.layout.people[0]
        certnos = self._certnos(self._cells(certno_column))
        names = self._names(self._cells(name_column))
        words = self._texts(Field.CATEGORY)
        codes, ended = self._codes(words)
        starts, precisions = self._starts_of()
        changes, change_words = self._changes(words, ended)
        householders = self._people(Field.HOUSEHOLDER)
        relations: Any = self._texts(Field.RELATION)
        if page.layout.householder_is_person:
            own = householders if isinstance(householders, list) else [householders] * len(rows)
            householders = [head or name for head, name in zip(own, names, strict=True)]
            relations = "户主"
        insurance = self._texts(Field.INSURANCE)
        columns: dict[str, Any] = {
            "sheet": page.sheet.name,
            "row": list(range(first + 1, first + 1 + len(rows))),
            "certno": certnos,
            "name": names,
            "name_key": None,
            "categories": codes,
            "category_word": words,
            "town": self._texts(Field.TOWN),
            "village": self._texts(Field.VILLAGE),
            "card_no": self._digits(Field.CARD_NO),
            "householder": householders,
            "relation": relations,
            "start": starts,
            "start_precision": precisions,
            "change": changes,
            "change_word": change_words,
            "insutype": _each(insurance, _insutype),
            "tel": self._texts(Field.TEL),
            "bank": self._texts(Field.BANK),
            "account": _each(self._digits(Field.ACCOUNT), _squeezed),
            "holder": self._people(Field.HOLDER),
        }
        return columns, self._odd

    def _cells(self, column: int) -> Sequence[object]:
        if self._columns is not None and column < len(self._columns):
            return self._columns[column]
        return [row[column] if column < len(row) else "" for row in self._rows]

    def _of(self, field: Field) -> Sequence[object] | None:
        column = self._page.layout.columns.get(field)
        return None if column is None else self._cells(column)

    def _certnos(self, cells: Sequence[object]) -> list[str]:
        shaped = [
            cell if type(cell) is str and len(cell) == 18 and cell.isascii() else _NO_NUMBER for cell in cells
        ]
        good = plain_numbers(shaped, self._latest)
        if not good.all():
            self._odd.update((~good).nonzero()[0].tolist())
        return shaped

    def _names(self, cells: Sequence[object]) -> list[str]:
        names: list[str] = []
        for place, cell in enumerate(cells):
            if type(cell) is str and _PLAIN_NAME(cell) and cell not in MISSING_NAMES:
                names.append(cell)
            else:
                self._odd.add(place)
                names.append("")
        return names

    def _texts(self, field: Field) -> list[str] | str:
        cells = self._of(field)
        if cells is None:
            return ""
        return [
            cell if type(cell) is str and (not cell or cell.isalnum()) else text_of(cell) for cell in cells
        ]

    def _digits(self, field: Field) -> list[str] | str:
        cells = self._of(field)
        if cells is None:
            return ""
        for place, cell in enumerate(cells):
            if type(cell) is float and long_number_lost(cell):
                self._odd.add(place)
        return [
            cell if type(cell) is str and (not cell or cell.isalnum()) else text_of(cell) for cell in cells
        ]

    def _people(self, field: Field) -> list[str] | str:
        cells = self._of(field)
        if cells is None:
            return ""
        return [
            cell
            if type(cell) is str and _PLAIN_NAME(cell) and cell not in MISSING_NAMES
            else read_name(text_of(cell)).display
            for cell in cells
        ]

    def _codes(self, words: list[str] | str) -> tuple[Any, list[str] | str]:
        """Return the codes of each row joined by commas, and the changes that category words name."""
        title = self._page.title_category or ""
        if isinstance(words, str):
            # no such column: the title says it for all, or the page would have been refused
            return title, ""
        known = self._categories
        for word in set(words) - known.keys():
            read = read_categories(word)
            codes = ",".join(read.codes)
            if not codes and word and read.level_only:
                codes = title
            known[word] = (codes, read.change, read.single)
        shared = self._page.shared
        for place, word in enumerate(words):
            codes, _, single = known[word]
            if not codes or (single and shared):
                self._odd.add(place)
        return [known[word][0] for word in words], [known[word][1] for word in words]

    def _starts_of(self) -> tuple[Any, Any]:
        cells = self._of(Field.START)
        if cells is None:
            return "", ""
        known = self._starts
        days: list[str] = []
        precisions: list[str] = []
        for place, cell in enumerate(cells):
            key = cell if isinstance(cell, str | date) else None
            start = known[key] if key in known else self._start(key)
            if start is None:
                self._odd.add(place)
                days.append("")
                precisions.append("")
            else:
                days.append(start[0])
                precisions.append(start[1])
        return days, precisions

    def _start(self, cell: object) -> tuple[str, str] | None:
        """Read a start once, as day and precision; None where it must be looked at row by row."""
        start = read_start(cell, self._month, typed=self._typed) if cell is not None else None
        plain = start is not None and start.code is None and not start.repaired
        self._starts[cell] = (
            (start.day.isoformat() if start.day else "", start.precision) if start and plain else None
        )
        return self._starts[cell]

    def _changes(self, words: list[str] | str, ended: list[str] | str) -> tuple[Any, Any]:
        changes, remarks = self._texts(Field.CHANGE), self._texts(Field.REMARK)
        if isinstance(changes, str) and isinstance(remarks, str) and not any(ended):
            return "", ""
        size = len(self._rows)
        said = changes if isinstance(changes, list) else [changes] * size
        noted = remarks if isinstance(remarks, list) else [remarks] * size
        codes: list[str] = []
        found: list[str] = []
        for place in range(size):
            word, remark = said[place], noted[place]
            code = _change(word) if word else ""
            if not code and remark and (code := _change(remark)):
                word = remark
            if not code and ended and ended[place]:
                code, word = ended[place], words[place]
            codes.append(code)
            found.append(word)
        return codes, found


def _each(values: list[str] | str, read: Callable[[str], str]) -> list[str] | str:
    return read(values) if isinstance(values, str) else [read(value) for value in values]


def _squeezed(text: str) -> str:
    return text if text.isalnum() or not text else squeezed(text)
