"""Files made to hurt are refused in seconds and in plain words, by a process that may die of them."""

import io
import os
import resource
import signal
import time
from datetime import date
from random import Random

import pytest
import xlsxwriter

from insurer.kernel.errors import InsurerError, Invalid, TooLarge
from insurer.people.reading import confined
from insurer.people.reading.confined import Confinement, read_confined
from insurer.people.reading.gate import Limits
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import Asked, assembled, read_roster
from tests.factories.hostile_files import (
    bomb,
    formula_in,
    locked,
    repacked,
    sheet_with,
    with_document_type,
    with_macros,
)
from tests.factories.roster_files import HEADER, MONTH, A, number, person, xlsx

QUICKLY = 60.0
"""Seconds for a refusal on a busy machine; on an idle one it takes two or three."""


USUAL = Confinement()


def confinedly(
    content: bytes, filename: str = "名册.xlsx", *, confinement: Confinement = USUAL
) -> RosterFile:
    asked = Asked(filename, MONTH, False, {}, Limits())
    return assembled(read_confined(content, asked, confinement), filename, "", MONTH)


def refusal(content: bytes, filename: str = "名册.xlsx", **others: Confinement) -> InsurerError:
    started = time.monotonic()
    with pytest.raises((Invalid, TooLarge)) as caught:
        confinedly(content, filename, **others)
    assert time.monotonic() - started < QUICKLY
    message = caught.value.message
    assert filename in message
    assert not any(word in message for word in ("Error", "Traceback", "None"))
    return caught.value


def test_a_good_file_is_read_to_the_same_rows_as_in_this_process() -> None:
    rows = [
        HEADER,
        *(person("王芳", number(n)) for n in range(300)),
        person("李 四", A),
        person("", number(5)),
    ]
    content = xlsx(("名册", rows))
    here, there = read_roster(content, "名册.xlsx", MONTH), confinedly(content)
    assert list(there.accepted) == list(here.accepted)
    assert (there.repaired, there.rejected, there.skipped) == (here.repaired, here.rejected, here.skipped)
    assert (there.sheets, there.rows, there.warnings) == (here.sheets, here.rows, here.warnings)


def test_a_zip_bomb_is_refused() -> None:
    content = bomb()
    assert len(content) < 1_000_000
    assert "解开后大得不合常理" in refusal(content).message


def test_a_directory_that_lies_about_sizes_is_not_believed() -> None:
    bomb = bytearray(
        repacked(
            xlsx(("名册", [HEADER])),
            lambda name, words: b" " * 80_000_000 if name == "xl/sharedStrings.xml" else words,
        )
    )
    true, small = (80_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    assert bomb.count(true) == 2
    refusal(bytes(bomb.replace(true, small)))


def test_a_million_empty_rows_are_refused() -> None:
    rows = "".join(f'<row r="{n}" spans="1:11"/>' for n in range(10, 1_000_010))
    assert "多数是空的" in refusal(sheet_with(lambda _: rows)).message


def test_a_million_rows_of_formatted_empty_cells_are_refused() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(10, 1_000_010))
    assert "多数是空的" in refusal(sheet_with(lambda _: rows)).message


def test_a_million_empty_lines_of_text_are_refused() -> None:
    content = ("姓名,身份证号,保障类别\n" + f"王芳,{A},低保\n" + ",,\n" * 1_000_000).encode()
    assert "是空的" in refusal(content, "名册.csv").message


def test_a_cell_far_away_is_refused() -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    assert "远离名单（第 1048576 行、第 XFD 列）" in refusal(sheet_with(lambda _: far)).message


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_a_document_type_is_refused_in_any_part(part: str) -> None:
    assert "外部定义" in refusal(with_document_type(part)).message


@pytest.mark.parametrize(
    ("column", "formula", "cell"),
    [
        (7, '="320411"&"196503071018"', "H3"),
        (6, '=HYPERLINK("http://example.invalid","王")', "G3"),
        (0, "=ROW()", "A3"),
    ],
)
def test_a_formula_is_refused_with_its_cell(column: int, formula: str, cell: str) -> None:
    message = refusal(formula_in(column, formula)).message
    assert f"里面有公式（{cell} 格）" in message
    assert "选择性粘贴" in message


def test_a_condition_or_a_filter_is_no_formula() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    for at, row in enumerate([HEADER, person("王芳", A)]):
        sheet.write_row(at, 0, [str(cell) for cell in row])
    sheet.autofilter(0, 0, 1, 10)
    sheet.conditional_format("A1:B2", {"type": "formula", "criteria": "=$A$1>1", "format": book.add_format()})
    sheet.data_validation("I2:I9", {"validate": "list", "source": ["低保", "特困"]})
    book.close()
    assert len(confinedly(stream.getvalue()).accepted) == 1


def test_macros_are_refused_whatever_the_name_says() -> None:
    content = with_macros()
    for filename in ("名册.xlsm", "名册.xlsx"):
        assert "宏" in refusal(content, filename).message


def test_a_locked_workbook_is_refused() -> None:
    assert "密码" in refusal(locked()).message


@pytest.mark.parametrize("part", [0.5, 0.9, 0.99])
def test_a_file_cut_short_is_refused(part: float) -> None:
    content = xlsx(("名册", [HEADER, *(person("王芳", number(n)) for n in range(200))]))
    assert "不完整" in refusal(content[: int(len(content) * part)]).message


@pytest.mark.parametrize(
    ("start", "filename"),
    [(b"%PDF-1.7 ", "名册.xlsx"), (b"\x89PNG\r\n", "名册.xls"), (b"Rar!\x1a\x07", "名册.csv")],
)
def test_another_kind_of_file_is_refused_whatever_its_name(start: bytes, filename: str) -> None:
    assert "这不是名册表格" in refusal(start + bytes(200), filename).message


def test_who_runs_out_of_memory_is_refused_and_not_broken() -> None:
    words = Random(7)
    rows = (person("王芳", number(n % 900), 备注=words.randbytes(400).hex()) for n in range(60_000))
    refused = refusal(xlsx(("名册", [HEADER, *rows])), confinement=Confinement(memory_mb=130))
    assert isinstance(refused, TooLarge)
    assert "用完了允许的内存" in refused.message


def test_who_takes_too_long_is_refused() -> None:
    content = xlsx(("名册", [HEADER, *(person("王芳", number(n % 900)) for n in range(60_000))]))
    parts = read_confined(content, Asked("名册.xlsx", MONTH, False, {}, Limits()), Confinement(seconds=0.05))
    with pytest.raises((Invalid, TooLarge)) as caught:
        assembled(parts, "名册.xlsx", "", MONTH)
    assert "读了很久还没有读完" in caught.value.message


def test_a_reader_that_is_killed_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    plain = confined.subprocess.Popen

    def noted(*words: object, **others: object) -> object:
        started.append(plain(*words, **others))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(confined.subprocess, "Popen", noted)
    content = xlsx(("名册", [HEADER, *(person("王芳", number(n % 900)) for n in range(60_000))]))
    parts = read_confined(content, Asked("名册.xlsx", MONTH, False, {}, Limits()), Confinement())
    os.kill(started[0].pid, signal.SIGKILL)
    with pytest.raises(TooLarge):
        assembled(parts, "名册.xlsx", "", MONTH)
    assert started[0].poll() == -signal.SIGKILL


def test_no_reader_outlives_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    plain = confined.subprocess.Popen

    def noted(*words: object, **others: object) -> object:
        started.append(plain(*words, **others))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(confined.subprocess, "Popen", noted)
    content = xlsx(("名册", [HEADER, *(person("王芳", number(n % 900)) for n in range(30_000))]))
    asked = Asked("名册.xlsx", MONTH, False, {}, Limits())
    parts = read_confined(content, asked, Confinement())
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    del parts
    assert started[0].poll() is not None
    never_begun = read_confined(content, asked, Confinement())
    del never_begun
    assert started[1].poll() is not None


def test_the_reading_process_has_no_key_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    plain = confined.subprocess.Popen

    def noted(*words: object, **others: object) -> object:
        seen.update(others)
        return plain(*words, **others)  # type: ignore[call-overload]

    monkeypatch.setattr(confined.subprocess, "Popen", noted)
    monkeypatch.setenv("INSURER_KEYS_FILE", "/nowhere")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere")
    confinedly(xlsx(("名册", [HEADER, person("王芳", A)])))
    assert set(seen["env"]) == {"PATH", "OPENBLAS_NUM_THREADS", "PYTHONUTF8"}  # type: ignore[call-overload]


def test_memory_here_stays_flat_while_many_rows_are_read_there() -> None:
    rows = 200_000
    content = ("姓名,身份证号,保障类别\n" + f"王芳,{A},低保\n" * rows).encode()
    asked = Asked("名册.csv", date(2026, 1, 1), False, {}, Limits())
    confinedly(content[:1000].rpartition(b"\n")[0] + b"\n", "名册.csv")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = 0
    for part in read_confined(content, asked, Confinement()):
        seen += part.rows.size if hasattr(part, "rows") and part.rows is not None else 0
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert seen == rows
    assert grown < 50
