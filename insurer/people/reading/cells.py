"""Cells of a file that somebody put right by hand: read as if they had stood there from the start."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from insurer.people.masking import mask_certno, mask_name
from insurer.people.reading.pages import text_of
from insurer.people.reading.result import BY_HAND, Repair
from insurer.people.reading.sheets import Sheet, Workbook

_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """What is read in a cell instead of what stands there; ``row`` counts from 1, ``column`` from 0.

    ``field`` is the field that was refused, by the names of reports.
    """

    sheet: str
    row: int
    column: int
    field: str
    value: str = dataclasses.field(repr=False)


def with_cells(book: Workbook, cells: Sequence[Cell]) -> tuple[Workbook, dict[Cell, Repair]]:
    """Return a book whose cells read as ``cells`` say; the repairs fill as these rows are read."""
    done: dict[Cell, Repair] = {}
    by_sheet: dict[str, dict[int, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        by_sheet[cell.sheet][cell.row].append(cell)
    sheets = tuple(
        replace(sheet, lines=partial(_lines, sheet, by_sheet[sheet.name], done))
        if sheet.name in by_sheet
        else sheet
        for sheet in book.sheets
    )
    return replace(book, sheets=sheets), done


def _lines(
    sheet: Sheet, rows: Mapping[int, Sequence[Cell]], done: dict[Cell, Repair]
) -> Iterator[list[object]]:
    for number, row in enumerate(sheet.lines(), 1):
        if number not in rows:
            yield row
            continue
        corrected = list(row)
        for cell in rows[number]:
            corrected += [""] * (cell.column + 1 - len(corrected))
            before, after = (
                _masked(cell.field, text_of(corrected[cell.column])),
                _masked(cell.field, cell.value),
            )
            done[cell] = Repair(cell.sheet, cell.row, cell.field, before, after, BY_HAND)
            corrected[cell.column] = cell.value
        yield corrected


def _masked(name: str, value: str) -> str:
    if name == "psn_name":
        return mask_name(value)
    return mask_certno(value) if name == "certno" else value[:_SHOWN]
