"""Which column of a list of deaths or moves is read as the day."""

from datetime import date

import pytest

from insurer.people.reading.gate import DEFAULT_LIMITS
from insurer.people.reading.heads import describe_heads
from insurer.people.reading.leaving_days import day_column
from insurer.people.reading.received import InMemory
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import Asked, assembled, parts_of
from tests.factories.roster_files import A, B

FEB = date(2026, 2, 1)


def read(head: str, *rows: str, kind: str = "deaths", heads: dict[str, str] | None = None) -> RosterFile:
    content = "\n".join([head, *rows, ""]).encode()
    asked = Asked("名单.csv", FEB, False, {}, DEFAULT_LIMITS, heads or {}, kind)
    return assembled(parts_of(InMemory(content), asked), "名单.csv", "0", FEB)


def days(file: RosterFile) -> list[tuple[date | None, str]]:
    return [(row.start, row.start_precision) for row in file.accepted]


@pytest.mark.parametrize("kind", ["deaths", "moves"])
@pytest.mark.parametrize(
    "words",
    ["变动年月", "变动日期", "身份取消时间", "取消日期", "终止日期", "变更时间", "户口注销日期", "退出时间"],
)
def test_the_day_of_a_change_or_an_end_is_the_day_where_no_other_is_named(kind: str, words: str) -> None:
    file = read(
        f"姓名,身份证号,享受起始年月,{words}",
        f"王芳,{A},2019-05,2026年1月",
        f"李四,{B},2019-05,2026/2/3",
        kind=kind,
    )
    assert days(file) == [(date(2026, 1, 1), "month"), (date(2026, 2, 3), "day")]
    assert file.rejected == ()


@pytest.mark.parametrize(
    ("head", "kind", "column"),
    [
        (["变动年月", "死亡时间"], "deaths", 1),
        (["死亡", "取消日期"], "deaths", 1),
        (["死亡证明开具日期", "终止日期"], "deaths", 1),
        (["死亡原因"], "deaths", 0),
        (["户口注销日期", "户口迁出日期"], "moves", 1),
        (["是否迁出", "迁出年月"], "moves", 1),
        (["享受起始年月", "出生日期", "填报日期", "恢复时间", "变动类型"], "deaths", None),
        (["变更前日期", "登记注销时间"], "moves", None),
        (["迁出时间"], "deaths", None),
    ],
)
def test_the_events_own_day_goes_first_and_other_days_are_none(
    head: list[str], kind: str, column: int | None
) -> None:
    assert day_column([head], kind) == column


def test_words_in_two_rows_are_read_together() -> None:
    assert day_column([["姓名", "死亡", ""], ["", "地点", "日期"]], "deaths") == 2


def test_a_day_may_be_chosen_by_hand_and_none_as_well() -> None:
    head, row = "姓名,身份证号,死亡时间,火化", f"王芳,{A},2026-02-03,2026-02-05"
    assert days(read(head, row)) == [(date(2026, 2, 3), "day")]
    assert days(read(head, row, heads={"火化": "happened_on"})) == [(date(2026, 2, 5), "day")]
    assert days(read(head, row, heads={"死亡时间": ""})) == [(None, "")]


def test_nobody_is_dead_whose_row_says_that_something_else_happened() -> None:
    head = "姓名,身份证号,变动类型,变动年月"
    rows = (f"王芳,{A},迁出,2026-02", f"李四,{B},取消（死亡）,2026-02")
    file = read(head, *rows)
    assert [row.certno for row in file.accepted] == [B]
    assert [(skip.row, skip.why) for skip in file.skipped] == [(2, "变动写的是迁出，不是去世")]
    assert [row.certno for row in read(head, *rows, kind="moves").accepted] == [A]


def test_the_columns_page_shows_which_column_is_the_day() -> None:
    content = f"姓名,身份证号,变动年月\n王芳,{A},2026-02\n".encode()
    fields = {
        kind: [column.field for column in describe_heads(content, "名单.csv", {}, kind)[0].columns]
        for kind in ("deaths", "full")
    }
    assert fields == {"deaths": ["psn_name", "certno", "happened_on"], "full": ["psn_name", "certno", ""]}
