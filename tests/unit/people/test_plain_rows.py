"""Rows read by columns give exactly what reading them one by one gives, however much dirt stands between."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insurer.people.reading.columns import Merge
from insurer.people.reading.gate import Kind
from insurer.people.reading.pages import Page
from insurer.people.reading.reader import Part, Reader
from insurer.people.reading.roster_reader import RosterReader
from insurer.people.reading.row_store import Batch
from insurer.people.reading.sheets import Sheet, Workbook
from tests.factories.roster_files import HEADER, MONTH, number

ALL = [*HEADER, "参保状态", "联系电话", "开户行", "银行账号", "户名", "变动类型"]
"""Every column that is read."""
HEADS_ALONE = ["户主姓名", "户主身份证号", "类别", "备注"]

dirt = st.one_of(
    st.text(alphabet="王芳aX1９·•（)。？?□ \u3000\u00a0\n\x00", max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "\u00a0", "　", "无", "--", "/", "#N/A", None, True, "薛家镇 ", "\x00a"]),
    st.sampled_from(["小计", "合计：3人", "审核人：", "（盖章）", "(3)", "1.按月报。", "第 2 页", *ALL]),
)
numbers = st.one_of(
    st.sampled_from([number(n) for n in range(30)]),
    st.sampled_from([number(7).lower(), f" {number(8)}", f"'{number(9)}", number(3)[:15]]),
    st.sampled_from([number(3)[:17] + "0", number(6)[:17]]),
    st.sampled_from([number(5, "20990101"), "99" + number(4)[2:], "３" + number(2)[1:], float(number(1))]),
    st.integers(10**17, 10**18 - 1).map(str),
)
names = st.one_of(
    st.sampled_from(["王芳", "李四", "欧阳娜", "买买提·艾力", "王 芳", "𠮷田", "䶮", "无", "张?", "Ann Lee"]),
    st.text(alphabet="王李张赵芳娜", min_size=1, max_size=3),
)
categories = st.sampled_from(
    ["低保", "农村低保", "城市低保", "单人保", "特困,低保", "低边", "低保停发", "原低保", "全额", "甲", ""]
)
starts: st.SearchStrategy[object] = st.sampled_from(
    ["2024-01", "2024.1", "202401", "长期", "2024-02-30", "2030-01", 45292.0, 2024.1, "", "2024年1月"]
) | st.sampled_from([date(2024, 1, 5), datetime(2024, 2, 1), datetime(2019, 3, 4, 5)])  # noqa: DTZ001
words = st.sampled_from(["", "停保", "死亡", "2025.3死亡", "渐退期", "新增", "恢复", "随便", " 迁出"])
insurance = st.sampled_from(["", "居民医保", "职工医保", "未参保", "外地", "正常", "不知"])
accounts = st.sampled_from(["", "6228 4800 1", "62284800123", 6.2e18, 123.0, "６２２"])
plain_text = st.sampled_from(["", "薛家镇", "丽江社区", "DB1", "13800000000", "农行 薛家", "\u3000甲"])

OWN: dict[str, st.SearchStrategy[Any]] = {
    "姓名": names,
    "户主姓名": names,
    "户名": names,
    "身份证号": numbers,
    "户主身份证号": numbers,
    "保障类别": categories,
    "类别": categories,
    "享受起始年月": starts,
    "备注": words,
    "变动类型": words,
    "参保状态": insurance,
    "银行账号": accounts,
    "低保证号": accounts,
}


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, list[list[object]], list[Merge]]:
    """Return a sheet's name, its rows from the header on, and its merged ranges."""
    header = draw(
        st.sampled_from([ALL, HEADER, HEADS_ALONE, ["姓名", "身份证号"]])
        | st.permutations(ALL).map(lambda columns: [c for c in columns if c != "户主姓名"])
    )
    columns = list(header)
    rows: list[list[object]] = [list(columns)]
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.integers(0, 9))
        row = [draw(OWN.get(column, plain_text)) for column in columns]
        if kind == 0:
            row = [draw(dirt) for _ in columns]
        elif kind == 1:
            row = row[: draw(st.integers(0, len(row)))]
        elif kind == 2:
            row[draw(st.integers(0, len(row) - 1))] = draw(dirt)
        elif kind == 3:
            row = list(columns)
        rows.append(["" if cell is None else cell for cell in row])
    merges: list[Merge] = []
    for column in draw(st.sets(st.integers(0, len(columns) - 1), max_size=2)):
        first = draw(st.integers(1, len(rows) - 1))
        merges.append(((first, column), (draw(st.integers(first, len(rows) - 1)), column)))
    return draw(st.sampled_from(["低保名册", "名册"])), rows, merges


class OneByOne(RosterReader):
    """Reads every row by itself."""

    def _batch(self, page: Page, rows: list[list[object]], first: int) -> Batch:
        return Reader._batch(self, page, rows, first)


def parts(kind: type[RosterReader], book: Workbook) -> tuple[list[object], list[object], list[object]]:
    reader = kind(book, "名册.xlsx", MONTH, {}, False)
    rows: list[object] = []
    reports: list[object] = []
    try:
        for part in reader.parts():
            assert isinstance(part, Part)
            rows += part.rows.rows() if part.rows is not None else []
            reports.append((part.repaired, part.rejected, part.skipped, part.warnings))
    except Exception as error:
        rows.append((type(error), str(error)))
    return rows, reports, [reader.sheets, sorted(reader.candidates), reader.certno_columns]


def book_of(sheet: tuple[str, Sequence[list[object]], Sequence[Merge]], typed: bool, epoch: bool) -> Workbook:
    name, rows, merges = sheet
    made = Sheet(name, False, lambda: iter([list(row) for row in rows]), lambda: merges)
    return Workbook(Kind.XLSX if typed else Kind.TEXT, None, typed, epoch, (made,))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(sheets(), st.booleans(), st.booleans())
def test_rows_read_by_columns_are_those_read_one_by_one(
    sheet: tuple[str, list[list[object]], list[Merge]], typed: bool, epoch: bool
) -> None:
    book = book_of(sheet, typed, epoch)
    assert parts(RosterReader, book) == parts(OneByOne, book)
