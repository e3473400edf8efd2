"""Small rosters as a bureau sends them, made in memory for one test."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from insurer.people.reading.certno import check_character
from insurer.people.reading.result import RosterFile, RosterRow
from insurer.people.reading.roster import read_roster

MONTH = date(2026, 1, 1)
HEADER = [
    "序号",
    "镇街",
    "村居",
    "低保证号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "身份证号",
    "保障类别",
    "享受起始年月",
    "备注",
]


def number(serial: int, born: str = "19650307") -> str:
    first = f"320411{born}{serial:03d}"
    return first + check_character(first)


A, B, C, D = (number(n) for n in (101, 102, 103, 104))


def person(name: str, certno: object, category: str = "农村低保", **others: object) -> list[object]:
    values: dict[str, object] = {
        "序号": "1",
        "镇街": "薛家镇",
        "村居": "丽江社区",
        "低保证号": "DB1",
        "户主姓名": name,
        "与户主关系": "户主",
        "姓名": name,
        "身份证号": certno,
        "保障类别": category,
        "享受起始年月": "2024-01",
        "备注": "",
        **others,
    }
    return [values[column] for column in HEADER]


def xlsx(
    *sheets: tuple[str, Sequence[Sequence[object]]],
    change: Callable[[Any, dict[str, Any]], None] | None = None,
    options: dict[str, Any] | None = None,
) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, **(options or {})})
    made: dict[str, Any] = {}
    for name, rows in sheets:
        made[name] = sheet = book.add_worksheet(name)
        for index, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(index, column, cell)
                elif cell is not None:
                    sheet.write(index, column, cell)
    if change is not None:
        change(book, made)
    book.close()
    return stream.getvalue()


def read(content: bytes, filename: str = "名册.xlsx", **others: Any) -> RosterFile:
    return read_roster(content, filename, MONTH, **others)


def codes(roster: RosterFile) -> list[str]:
    return [rejection.code for rejection in roster.rejected]


def single(*rows: list[object], **others: Any) -> RosterFile:
    """Read a workbook of one sheet with the usual header and these rows."""
    return read(xlsx(("名册", [HEADER, *rows])), **others)


def only(roster: RosterFile) -> RosterRow:
    """Return the one row of a roster of which nothing was refused."""
    assert roster.rejected == ()
    (row,) = roster.accepted
    return row
