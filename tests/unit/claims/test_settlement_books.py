"""Workbooks of settlement records are opened in a limited child; hostile ones are refused at once."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from insurer.claims import settlement_book
from insurer.claims.reading import read_settlements
from insurer.kernel.errors import Invalid, TooLarge
from insurer.platform.confined_orders import ask_confined
from insurer.platform.settings import ReadingLimits
from tests.factories.hostile_files import bomb, formula_in, locked, with_document_type, with_macros
from tests.unit.claims.test_record_variants import _book


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "解开"),
        (lambda: with_document_type("xl/workbook.xml"), "“坏.xlsx”"),
        (lambda: with_document_type("xl/sharedStrings.xml"), "“坏.xlsx”"),
        (with_macros, "宏"),
        (locked, "密码"),
        (lambda: formula_in(1, "=A1"), "公式"),
        (lambda: _book({})[:-400], "“坏.xlsx”"),
        (lambda: b"PK\x03\x04" + b"\0" * 4096, "“坏.xlsx”"),
    ],
    ids=["bomb", "entities", "entities of texts", "macros", "password", "formula", "cut", "no workbook"],
)
def test_a_hostile_workbook_is_refused_in_one_message_within_seconds(
    make: Callable[[], bytes], words: str
) -> None:
    content = make()
    begun = time.monotonic()
    with pytest.raises((Invalid, TooLarge)) as refused:
        read_settlements(content, "坏.xlsx")
    assert time.monotonic() - begun < 30
    assert words in refused.value.message and "坏.xlsx" in refused.value.message
    assert "\n" not in refused.value.message


def test_the_parser_of_a_workbook_never_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("parsed in this process")

    monkeypatch.setattr(settlement_book, "CalamineWorkbook", explode)
    assert [record.setl_id for record in read_settlements(_book({}), "a.xlsx")] == ["880001"]


def test_a_child_that_runs_out_of_memory_is_one_more_refusal() -> None:
    with pytest.raises(TooLarge, match="内存或时间"):
        read_settlements(_book({}), "a.xlsx", ReadingLimits(memory_mb=40))


def test_a_refusal_of_the_child_keeps_its_kind_and_its_problems(tmp_path: Path) -> None:
    order = {"filename": "a.xlsx"}
    with pytest.raises(Invalid) as refused:
        ask_confined(settlement_book.__name__, order, bomb()[:100], seconds=20, megabytes=1024)
    assert "a.xlsx" in refused.value.message
