"""The workbook that goes back to the bureau."""

import io

from openpyxl import load_workbook

from insurer.people.reading.confined_books import errors_confined
from insurer.people.reading.error_book import error_workbook
from insurer.people.reading.result import RosterFile
from insurer.platform.settings import USUAL_READING
from tests.factories.roster_files import HEADER, MONTH, A, person, read, xlsx


def made_of(content: bytes, roster: RosterFile) -> bytes:
    return error_workbook(content, roster.filename, MONTH, roster.rejected)


def test_each_refused_row_goes_back_with_its_remedy_and_the_cell_marked() -> None:
    rows = [
        ["低保名单"],
        HEADER,
        person("王芳", A),
        person("=1+1", "3204"),
        person("李四", 320411196503071e3),
    ]
    content = xlsx(("薛家[1]镇".replace("[", "(").replace("]", ")"), rows), ("空", [["无"]]))
    roster = read(content)
    made = made_of(content, roster)
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["薛家(1)镇"]
    sheet = book.worksheets[0]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert lines[0] == ["原行号", *HEADER, "怎么改"]
    assert [line[0] for line in lines[1:]] == ["4", "5"]
    assert [line[-1] for line in lines[1:]] == [rejection.message for rejection in roster.rejected]
    assert lines[1][7] == "=1+1"
    assert sheet.cell(2, 8).data_type == "s"
    marked = [cell.column for cell in sheet[2] if cell.fill.fgColor.rgb == "FFFFE699"]
    assert marked == [HEADER.index("身份证号") + 2]


def test_the_same_rows_give_the_same_bytes() -> None:
    content = xlsx(("一", [HEADER, person("王芳", "3204")]))
    assert made_of(content, read(content)) == made_of(content, read(content))


def test_a_roster_without_refusals_says_so() -> None:
    content = xlsx(("一", [HEADER, person("王芳", A)]))
    book = load_workbook(io.BytesIO(made_of(content, read(content))))
    assert book.worksheets[0].cell(1, 1).value == "没有退回的行。"


def test_the_child_gives_the_same_workbook() -> None:
    content = xlsx(("一", [HEADER, person("王芳", "3204"), person("李四", "")]))
    roster = read(content)
    there = errors_confined(content, roster.filename, MONTH, roster.rejected, USUAL_READING)
    assert there == made_of(content, roster)
