"""The workbook that goes back to the sender: each refused row as it came, with what to do about it."""

import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import xlsxwriter

from insurer.people.reading.columns import find_layout
from insurer.people.reading.pages import text_of
from insurer.people.reading.result import Rejection
from insurer.people.reading.sheets import Sheet
from insurer.people.reading.workbook import open_workbook

_WIDTH: Final = 22
_REASON_WIDTH: Final = 60
_SHEET_NAME: Final = 31


def error_workbook(content: bytes, filename: str, month: date, rejected: Sequence[Rejection]) -> bytes:
    """Return an xlsx with the refused rows of a file, read again from its ``content``.

    One sheet for each sheet that has any: the header as it was, the rows as text, the refused cell coloured,
    the former row number in front and the remedy behind. Everything is text, so that no number loses digits
    again and nothing is taken for a formula. The same input gives the same bytes.
    """
    refused: dict[str, list[Rejection]] = defaultdict(list)
    for rejection in rejected:
        refused[rejection.sheet].append(rejection)
    sheets = {sheet.name: sheet for sheet in open_workbook(content, filename).sheets}
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": datetime.combine(month, datetime.min.time(), UTC).replace(tzinfo=None)})
    plain = book.add_format({"num_format": "@", "border": 1, "text_wrap": True, "valign": "top"})
    wrong = book.add_format(
        {
            "num_format": "@",
            "border": 1,
            "text_wrap": True,
            "valign": "top",
            "bg_color": "#FFE699",
            "bold": True,
        }
    )
    head = book.add_format({"num_format": "@", "border": 1, "bold": True, "text_wrap": True})
    for number, (name, rejections) in enumerate(refused.items(), 1):
        rows = _lines(sheets[name], rejections)
        page = book.add_worksheet(_sheet_name(name, number))
        page.set_column(0, len(rows[0][1]) - 1, _WIDTH, plain)
        page.set_column(len(rows[0][1]) - 1, len(rows[0][1]) - 1, _REASON_WIDTH, plain)
        page.freeze_panes(1, 0)
        for index, (marked, cells) in enumerate(rows):
            for column, cell in enumerate(cells):
                page.write_string(
                    index, column, cell, head if index == 0 else wrong if column == marked else plain
                )
    if not refused:
        book.add_worksheet("没有").write_string(0, 0, "没有退回的行。")
    book.close()
    return stream.getvalue()


def _lines(sheet: Sheet, rejections: list[Rejection]) -> list[tuple[int, list[str]]]:
    """Return the lines of one page, each with the column to mark: the header, then the refused rows."""
    rows = sheet.rows  # read once: each look reads the sheet anew
    layout = find_layout(rows, sheet.merges())
    top = rows[layout.last] if layout is not None else []
    width = max([len(top), *(len(rows[rejection.row - 1]) for rejection in rejections)])
    header = ["原行号", *_padded(top, width), "怎么改"]
    lines: list[tuple[int, list[str]]] = [(-1, header)]
    for rejection in rejections:
        cells = _padded(rows[rejection.row - 1], width)
        lines.append((rejection.column + 1, [str(rejection.row), *cells, rejection.message]))
    return lines


def _padded(row: list[object], width: int) -> list[str]:
    cells = [text_of(cell) for cell in row]
    return cells + [""] * (width - len(cells))


def _sheet_name(name: str, number: int) -> str:
    """Return a name that a workbook accepts."""
    kept = "".join(" " if character in "[]:*?/\\" else character for character in name).strip("' ")
    return kept[:_SHEET_NAME] if kept and number == 1 else f"{number}-{kept}"[:_SHEET_NAME]
