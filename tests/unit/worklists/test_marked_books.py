"""The sender's workbook is marked in a limited child; what cannot be opened there again is not marked."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest

from insurer.platform.settings import USUAL_READING, ReadingLimits
from insurer.worklists import marked_book
from insurer.worklists.error_workbook import _marked
from tests.factories.hostile_files import bomb, formula_in, locked, with_document_type, with_macros
from tests.factories.roster_files import HEADER, A, person, xlsx

REJECTED = [{"sheet": "名册", "row": 2, "message": "=末位应为 X"}]


def test_a_refused_row_is_marked_with_its_reason_and_nothing_else_changes() -> None:
    made = _marked(xlsx(("名册", [HEADER, person("王芳", A)])), "a.xlsx", REJECTED, USUAL_READING)
    assert made is not None
    sheet = openpyxl.load_workbook(BytesIO(made))["名册"]
    assert [cell.value for cell in sheet[1]] == [*HEADER, "错误原因"]
    assert [str(cell.value or "") for cell in sheet[2]] == [*map(str, person("王芳", A)), "末位应为 X"]
    assert sheet["A2"].fill.fgColor.rgb.endswith("FBEEEC")


def test_the_library_that_marks_never_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_book, "_marked", None)
    assert _marked(xlsx(("名册", [HEADER])), "a.xlsx", REJECTED, USUAL_READING) is not None


@pytest.mark.parametrize(
    "make",
    [bomb, locked, with_macros, lambda: with_document_type("xl/workbook.xml"), lambda: formula_in(1, "=A1")],
)
def test_a_hostile_workbook_is_not_marked(make: Callable[[], bytes]) -> None:
    assert _marked(make(), "坏.xlsx", REJECTED, USUAL_READING) is None


def test_a_child_without_memory_marks_nothing() -> None:
    content = xlsx(("名册", [HEADER]))
    assert _marked(content, "a.xlsx", REJECTED, ReadingLimits(memory_mb=40)) is None
