"""Formulas, macros and passwords in workbooks of the old format, told without opening them."""

import io
import struct
from typing import Any

import pytest
import xlwt

from insurer.kernel.errors import Invalid
from insurer.people.reading.gate import Kind, admit
from insurer.people.reading.old_workbook import Damaged, Found, look_through
from tests.factories.roster_files import HEADER, A, person, read


def old(rows: int = 1, *, formulas: dict[tuple[str, int, int], str] | None = None) -> bytes:
    """Return an .xls with a sheet of people and a hidden one."""
    book = xlwt.Workbook()
    sheets: dict[str, Any] = {name: book.add_sheet(name, cell_overwrite_ok=True) for name in ("名册", "底稿")}
    sheets["底稿"].visibility = 1
    for sheet in sheets.values():
        for at, row in enumerate([HEADER, *([person("王芳", A)] * rows)]):
            for column, cell in enumerate(row):
                sheet.write(at, column, cell)
    for (name, at, column), formula in (formulas or {}).items():
        sheets[name].write(at, column, xlwt.Formula(formula))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def small(content: bytes) -> bytes:
    """Return the same workbook with its stream among the small ones, as other programs write it."""
    start, size = next(
        struct.unpack_from("<II", content, at + 116)
        for at in range(512, len(content), 128)
        if content[at : at + 16] == "Workbook".encode("utf-16-le")
    )
    stream = content[(start + 1) * 512 : (start + 1) * 512 + size]
    first = struct.unpack_from("<109I", content, 76)[0]
    table = list(struct.unpack_from("<128I", content, (first + 1) * 512))
    used = max(at for at, number in enumerate(table) if number != 0xFFFFFFFF) + 1
    minis = -(-len(stream) // 64)
    assert minis <= 128
    mini_table = [*range(1, minis), 0xFFFFFFFE, *([0xFFFFFFFF] * (128 - minis))]
    sectors = -(-minis * 64 // 512)
    table[used : used + sectors + 1] = [*range(used + 1, used + sectors), 0xFFFFFFFE, 0xFFFFFFFE]
    made = bytearray(content[: (used + 1) * 512].ljust((used + 1) * 512, b"\0"))
    made += stream.ljust(sectors * 512, b"\0") + struct.pack("<128I", *mini_table)
    struct.pack_into("<128I", made, (first + 1) * 512, *table)
    struct.pack_into("<II", made, 60, used + sectors, 1)
    struct.pack_into("<I", made, 56, 0x10000)
    for at in range(512, len(content), 128):
        if made[at : at + 20] == "Root Entry".encode("utf-16-le"):
            struct.pack_into("<II", made, at + 116, used, minis * 64)
        if made[at : at + 16] == "Workbook".encode("utf-16-le"):
            struct.pack_into("<II", made, at + 116, 0, len(stream))
    return bytes(made)


@pytest.mark.parametrize(
    ("where", "formula", "cell"),
    [
        (("名册", 1, 7), '"320411"&"196503071018"', "H2"),
        (("名册", 5, 0), "ROW()", "A6"),
        (("底稿", 3, 27), "SUM(A1:B2)", "AB4"),
    ],
)
def test_a_formula_is_refused_with_its_cell(where: tuple[str, int, int], formula: str, cell: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(old(formulas={where: formula}), "名册.xls")
    assert f"里面有公式（{cell} 格）" in caught.value.message
    assert [problem.code for problem in caught.value.problems] == ["formula"]


def test_a_workbook_of_values_is_read() -> None:
    content = old(300)
    assert look_through(content) == Found()
    assert admit(content, "名册.xls") is Kind.XLS
    assert [row.name for row in read(old(), "名册.xls").accepted] == ["王芳"]


def test_a_stream_among_the_small_ones_is_followed() -> None:
    assert look_through(small(old())) == Found()
    assert look_through(small(old(formulas={("底稿", 4, 2): "1+1"}))).formula == (4, 2)


def test_a_macro_sheet_is_refused() -> None:
    content = bytearray(old())
    at = content.index("名册".encode("utf-16-le")) - 8
    assert content[at - 4 : at - 2] == b"\x85\x00"
    content[at + 5] = 1
    with pytest.raises(Invalid, match="里面有宏"):
        admit(bytes(content), "名册.xls")


def test_a_locked_workbook_is_refused() -> None:
    content = old()
    first = content.index(b"\x09\x08")
    size = struct.unpack_from("<H", content, first + 2)[0]
    second = first + 4 + size
    locked = content[:second] + b"\x2f\x00" + content[second + 2 :]
    with pytest.raises(Invalid, match="去掉密码"):
        admit(locked, "名册.xls")


@pytest.mark.parametrize("length", [100, 600, 2_000])
def test_a_workbook_cut_short_or_in_circles_is_damaged(length: int) -> None:
    content = old(50)
    with pytest.raises(Damaged):
        look_through(content[:length])
    first = struct.unpack_from("<109I", content, 76)[0]
    circle = bytearray(content)
    circle[(first + 1) * 512 : (first + 1) * 512 + 512] = bytes(512)
    with pytest.raises(Damaged):
        look_through(bytes(circle))
    with pytest.raises(Invalid, match="不完整"):
        admit(bytes(circle), "名册.xls")


def test_a_formula_kept_in_a_saved_web_page_is_refused() -> None:
    page = (
        "<html><table><tr><td>姓名<td>身份证号<td>类别</tr>"
        f'<tr><td>王芳<td>{A}<td x:fmla="=A1&amp;B1">低保</tr></table></html>'
    )
    with pytest.raises(Invalid, match="里面有公式（C2 格）"):
        read(page.encode("gb18030"), "名册.xls")
