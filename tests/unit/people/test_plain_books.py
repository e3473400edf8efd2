"""A workbook read while it is unpacked gives what the parser of spreadsheets gives, cell by cell."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insurer.kernel.errors import Invalid
from insurer.people.reading.parsed_book import ParsedBook
from insurer.people.reading.received import InMemory
from insurer.people.reading.sheets import Sheet
from insurer.people.reading.workbook import open_workbook
from tests.factories.hostile_files import repacked
from tests.factories.roster_files import HEADER, A, B, person, xlsx

BLANK = b'<row r="9"/><row r="11" spans="1:2"/>'
STYLED = b'<row r="9"><c r="B9" s="0"/></row>'
HIGH = rb'\1 ht="20" customHeight="1" x14ac:dyDescent="0.2"'
RELATIONS = "xl/_rels/workbook.xml.rels"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
Rows = list[list[object]]


def bare(rows: Sequence[Sequence[object]]) -> Rows:
    """Return rows without the blank cells and rows at their ends, which say nothing."""
    kept = [list(row) for row in rows]
    for row in kept:
        while row and row[-1] == "":
            row.pop()
    while kept and not kept[-1]:
        kept.pop()
    return kept


def told(sheets: Sequence[Sheet]) -> list[tuple[str, bool, Rows, list[object]]]:
    return [(one.name, one.hidden, bare(one.rows), sorted(one.merges())) for one in sheets]


def same(content: bytes) -> Rows:
    """Hold a workbook against the parser; return the rows of its first sheet."""
    sheets = open_workbook(content, "名册.xlsx").sheets
    assert told(sheets) == told(ParsedBook(InMemory(content), "名册.xlsx").sheets())
    kinds = [[type(cell) for cell in row] for row in bare(sheets[0].rows)]
    parsed = ParsedBook(InMemory(content), "名册.xlsx").sheets()[0].rows
    assert kinds == [[type(cell) for cell in row] for row in bare(parsed)]
    return bare(sheets[0].rows)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be left to the parser."""

    def never(_: InMemory) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(InMemory, "workbook", never)


def changed(change: Callable[[bytes], bytes], part: str = SHEET) -> bytes:
    good = xlsx(("名册", [HEADER, person("王芳", A), person("李四", B)]))
    return repacked(good, lambda name, words: change(words) if name == part else words)


def with_rows(rows: str) -> bytes:
    return changed(lambda words: words.replace(b"</sheetData>", rows.encode() + b"</sheetData>"))


def prefixed(words: bytes) -> bytes:
    """Write a part with its names in a namespace that has a prefix."""
    head, rest = words[:55], words[55:]
    return head + re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", rest).replace(b" xmlns=", b" xmlns:x=")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t&<>'\" _x"), max_size=8
) | st.sampled_from(["&amp;", "_x000D_", " 王 ", "&#65;", "]]>", "𠮷"])
NUMBERS = st.floats(-1e9, 1e9) | st.integers(-5, 60_000) | st.sampled_from([45_000, 45_000.5, 1e300, 3.2e17])
CELLS = st.none() | TEXTS | NUMBERS | st.booleans() | st.dates(date(1999, 1, 1), date(2030, 1, 1))
GRIDS = st.lists(st.lists(CELLS, max_size=6), max_size=8)
FORMATS = st.sampled_from(
    ["General", "@", "0.00", "yyyy-mm-dd", 'yyyy"年"m"月"', "h:mm", "#,##0", "[Red]0", "d"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(GRIDS, st.lists(FORMATS, min_size=6, max_size=6), st.booleans())
def test_what_one_writer_writes(grid: list[list[object]], formats: list[str], old: bool) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "date_1904": old})
    sheet = book.add_worksheet("低保")
    styles = [book.add_format({"num_format": one}) for one in formats]
    for row, line in enumerate(grid):
        for column, cell in enumerate(line):
            if cell is None:
                sheet.write_blank(row, column, None, styles[column])
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell, styles[column])
            else:
                sheet.write(row, column, cell, styles[column])
    if len(grid) > 4:
        sheet.merge_range(1, 0, 3, 0, "户")
    book.close()
    same(stream.getvalue())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(GRIDS)
def test_what_another_writer_writes(grid: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row, line in enumerate(grid, 1):
        for column, cell in enumerate(line, 1):
            if cell is not None and not (isinstance(cell, str) and cell.startswith("=")):
                sheet.cell(row, column, cell)
    book.create_sheet("隐藏").sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    same(stream.getvalue())


@pytest.mark.usefixtures("alone")
def test_a_plain_list_is_read_without_the_parser() -> None:
    def change(book: xlsxwriter.Workbook, sheets: dict[str, xlsxwriter.worksheet.Worksheet]) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheets["名册"].write_datetime(2, 9, datetime(2024, 1, 5), day)  # noqa: DTZ001 - a cell has no zone
        sheets["名册"].write_number(2, 0, 7)
        sheets["名册"].write_blank(2, 10, None, day)
        sheets["名册"].merge_range(4, 1, 5, 1, "薛家镇")

    rows = [HEADER, person("王芳", A), person("李 四 & <弟>", B), [], ["", "镇"]]
    # The styles are tried with the parser, the list is not.
    content = xlsx(("名册", rows), ("空", []), change=change)
    sheet, empty = open_workbook(content, "名册.xlsx").sheets
    assert bare(sheet.rows)[:2] == [HEADER, person("王芳", A)[:10]]
    assert bare(sheet.rows)[2] == [7.0, *person("李 四 & <弟>", B)[1:9], date(2024, 1, 5)]
    assert bare(sheet.rows)[3:5] == [[], ["", "薛家镇"]]
    assert sheet.merges() == [((4, 1), (5, 1))]
    assert bare(empty.rows) == []
    assert not empty.merges()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda words: words.replace(b"</t></si>", b'</t><phoneticPr fontId="1"/></si>'), STRINGS),
        (lambda words: words.replace(b"<t>", b'<t xml:space="preserve">'), STRINGS),
        (lambda words: re.sub(rb'(<row r="[0-9]+")', HIGH, words), SHEET),
        (lambda words: re.sub(rb' spans="[^"]*"', b"", words), SHEET),
        (lambda words: words.replace(b"<sheetData>", b"<sheetData>\n"), SHEET),
        (lambda words: words.replace(b"</row>", b"</row>\n"), SHEET),
        (lambda words: words.replace(b"</sheetData>", BLANK + b"</sheetData>"), SHEET),
        (lambda words: words.replace(b"</sheetData>", STYLED + b"</sheetData>"), SHEET),
        (lambda words: b"\xef\xbb\xbf" + words, SHEET),
    ],
)  # fmt: skip
def test_what_office_programs_add_is_usual(change: Callable[[bytes], bytes], part: str) -> None:
    rows = open_workbook(changed(change, part), "名册.xlsx").sheets[0].rows
    assert bare(rows)[1] == person("王芳", A)[:10]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="4"><c r="A4" t="inlineStr"><is><t>王&amp;芳</t></is></c><c r="C4"><v>7</v></c></row>',
        '<row r="4"><c r="A4" t="inlineStr"><is><t> 空 </t></is></c></row>',
        '<row r="4"><c r="A4" t="inlineStr"><is><t xml:space="preserve"> 空 </t></is></c></row>',
        '<row r="4"><c r="A4" t="inlineStr"><is><r><t>王</t></r><r><t>芳</t></r></is></c></row>',
        '<row r="4"><c r="A4" t="str"><v>王芳</v></c></row>',
        '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4" t="s"><v>0</v></c></row>',
        '<row r="4"><c r="A4" t="e"><v>#N/A</v></c></row>',
        '<row r="4"><c r="A4"><v>1.5E+17</v></c><c r="B4"><v>-2</v></c><c r="C4" t="n"><v>0.1</v></c></row>',
        '<row r="4"><c r="A4" t="s"><v>0</v></c><c r="B4" s="7"><v>45000</v></c></row>',
        '<row r="4"><c r="A4"></c><c r="B4" s="0"></c><c r="C4" t="s"><v>1</v></c></row>',
        '<row r="6"><c r="B6" t="s"><v>0</v></c></row><row r="9"><c r="AB9" t="s"><v>0</v></c></row>',
        '<row r="4"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>',
        '<row><c r="A4" t="s"><v>0</v></c></row>',
        '<row r="4"><!-- 说明 --><c r="A4" t="s"><v>0</v></c></row>',
        '<row r="4"><c r="A4" t="s"><v>0</v></c></row><row r="5"><c r="A5" t="s" s="0"><v>1</v></c></row>',
        '<row r="4"><c r="A4" t="s"><v><![CDATA[0]]></v></c></row>',
        '<row r="4"><c r="A4" cm="1" t="s"><v>0</v></c></row>',
        '<row r="4"><c r="C4" t="s"><v>0</v></c><c r="B4" t="s"><v>1</v></c></row>',
        "<row r='4'><c r='A4' t='s'><v>0</v></c></row>",
        '<row r="4"><c r="A4" t="d"><v>2024-01-05</v></c></row>',
        '<row r="4"><c r="A4" t="s"><v> 3 </v></c></row>',
    ],
)
def test_an_unusual_row_is_read_as_the_parser_reads_it(rows: str) -> None:
    assert same(with_rows(rows))[:3] == bare([HEADER, person("王芳", A), person("李四", B)])


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda words: words.replace(b"<t>", b"<r><t>", 1).replace(b"</t>", b"</t></r>", 1), STRINGS),
        (lambda words: words.replace(b"</t>", b"</t><rPh><t>x</t></rPh>", 1), STRINGS),
        (lambda words: words.replace("王芳".encode(), b"a_x000D_b"), STRINGS),
        (lambda words: words.replace("王芳".encode(), b"&#29579;&#x82B3;&quot;"), STRINGS),
        (lambda words: words.replace("王芳".encode(), b" \xe7\x8e\x8b "), STRINGS),
        (lambda words: words.replace("王芳".encode(), "　王　".encode()), STRINGS),
        (lambda words: words.replace("王芳".encode(), b"a\r\nb"), STRINGS),
        (lambda words: words.replace(b"<si><t>1</t></si>", b"<si><t/></si>"), STRINGS),
        (lambda words: words.replace(b"<si>", b"\n<si>"), STRINGS),
        (lambda words: words.decode().replace("UTF-8", "UTF-16").encode("utf-16"), SHEET),
        (prefixed, SHEET),
        (lambda words: words.replace(b"<sheetData>", b"<!-- <sheetData> --><sheetData>"), SHEET),
        (lambda words: words.replace(b"sheet1.xml", b"./sheet1.xml"), RELATIONS),
        (lambda words: words.replace(b"worksheets/sheet1", b"/xl/worksheets/sheet1"), RELATIONS),
        (lambda words: words.replace(b'name="', b'state="veryHidden" name="'), "xl/workbook.xml"),
        (lambda words: words.replace("名册".encode(), b"A&amp;B"), "xl/workbook.xml"),
    ],
)  # fmt: skip
def test_an_unusual_part_is_read_as_the_parser_reads_it(change: Callable[[bytes], bytes], part: str) -> None:
    content = changed(change, part)
    try:
        parsed = told(ParsedBook(InMemory(content), "名册.xlsx").sheets())
    except (Invalid, OSError):
        with pytest.raises(Invalid):
            told(open_workbook(content, "名册.xlsx").sheets)
        return
    assert told(open_workbook(content, "名册.xlsx").sheets) == parsed


def test_rows_before_an_unusual_one_are_given_once() -> None:
    people = [person(f"王{chr(0x4E00 + n)}", A) for n in range(30_000)]
    last = '<row r="30002"><c r="A30002" t="b"><v>1</v></c></row>'
    good = xlsx(("名册", [HEADER, *people]))
    content = repacked(
        good,
        lambda name, words: (
            words.replace(b"</sheetData>", last.encode() + b"</sheetData>") if name == SHEET else words
        ),
    )
    rows = same(content)
    assert rows == [*bare([HEADER, *people]), [True]]


def test_a_part_that_ends_too_early_is_a_damaged_workbook() -> None:
    content = changed(lambda words: words.replace(b"</sheetData>", b""))
    with pytest.raises(Invalid, match="打不开"):
        told(open_workbook(content, "名册.xlsx").sheets)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
