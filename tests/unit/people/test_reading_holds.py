"""Whatever arrives, reading either answers or refuses in plain words; it never breaks and loses nobody."""

import io
from collections import Counter
from datetime import date

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insurer.kernel.errors import InsurerError
from insurer.people.reading.certno import check_character
from insurer.people.reading.columns import Field, find_layout, header_field
from insurer.people.reading.roster import read_roster

MONTH = date(2026, 1, 1)


def number(serial: int) -> str:
    first = f"32041119650307{serial:03d}"
    return first + check_character(first)


HEADERS = ["姓名", "身份证号", "户主姓名", "保障类别", "享受起始年月", "镇街", "备注"]
CELLS = ["", " ", "低保", "单人保", "合计", "审核人：", "王芳", "李 四", "2024-01", "薛家镇", "死亡"]
CELLS += ["低保名册", "3.2E+17", "'", "--"]
words = st.sampled_from([*HEADERS, *CELLS, number(1), number(2), number(3)])
cells = st.one_of(
    words, words, st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)
grids = st.lists(st.lists(cells, max_size=7), max_size=9)
ranges = st.tuples(st.integers(0, 8), st.integers(0, 6), st.integers(0, 3), st.integers(0, 2))


def workbook(grid: list[list[object]], merges: list[tuple[int, int, int, int]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("低保")
    taken: set[tuple[int, int]] = set()
    for row, column, height, width in merges:
        covered = {(r, c) for r in range(row, row + height + 1) for c in range(column, column + width + 1)}
        if len(covered) > 1 and not covered & taken:
            taken |= covered
            sheet.merge_range(row, column, row + height, column + width, "")
    for row, line in enumerate(grid):
        for column, cell in enumerate(line):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell.replace("\0", ""))
            else:
                sheet.write(row, column, cell)
    book.close()
    return stream.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids, st.lists(ranges, max_size=3))
def test_any_grid_is_read_or_refused(
    grid: list[list[object]], merges: list[tuple[int, int, int, int]]
) -> None:
    try:
        roster = read_roster(workbook(grid, merges), "名册.xlsx", MONTH)
    except InsurerError:
        return
    assert roster.rows == len(roster.accepted) + len(roster.rejected)
    assert max(Counter(row.certno for row in roster.accepted).values(), default=0) <= 1
    answered = {line.row for line in (*roster.accepted, *roster.rejected, *roster.skipped)}
    header = find_layout(grid, ())
    if header is not None and not merges:
        for index in range(header.last + 1, len(grid)):
            if any(
                isinstance(cell, str) and cell in (number(1), number(2), number(3)) for cell in grid[index]
            ):
                column = header.people[0][1]
                if column < len(grid[index]) and grid[index][column] in (number(1), number(2), number(3)):
                    assert index + 1 in answered


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (
        b"",
        b"PK\x03\x04",
        bytes.fromhex("d0cf11e0a1b11ae1"),
        b"<html><table>",
        "姓名,身份证号\n".encode(),
    ):
        try:
            read_roster(start + content, "低保.xls", MONTH)
        except InsurerError:
            continue


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 4000), st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(place: int, value: int) -> None:
    content = bytearray(workbook([["姓名", "身份证号", "保障类别"], ["王芳", number(1), "低保"]], []))
    content[place % len(content)] = value
    try:
        read_roster(bytes(content), "名册.xlsx", MONTH)
    except InsurerError:
        return


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("身份证号码（18位）", Field.CERTNO),
        ("*身份证号", Field.CERTNO),
        ("身 份 证\n号 码", Field.CERTNO),
        ("公民身份号码", Field.CERTNO),
        ("户主身份证号", Field.HEAD_CERTNO),
        ("成员姓名3", Field.NAME),
        ("家庭成员2姓名", Field.NAME),
        ("镇（街）", Field.TOWN),
        ("镇(街)", Field.TOWN),
        ("乡镇/街道", Field.TOWN),
        ("村（居）", Field.VILLAGE),
        ("医疗救助身份", Field.CATEGORY),
        ("低保证号", Field.CARD_NO),
        ("社保卡(银行)账号", Field.ACCOUNT),
        ("联系电话", Field.TEL),
        ("户编号(低保证号)", Field.CARD_NO),
        ("居民医保参保状态", Field.INSURANCE),
        ("序号", None),
        ("家庭人口", None),
        ("", None),
    ],
)
def test_a_header_text_names_its_field(text: str, field: Field | None) -> None:
    assert header_field(text) is field


def test_a_header_merged_beyond_the_last_row_is_still_a_header() -> None:
    content = workbook([["姓名", "身份证号", "保障类别"]], [(0, 0, 3, 0)])
    assert read_roster(content, "名册.xlsx", MONTH).rows == 0
