"""Whole workbooks: each kind of dirt of a real roster in a small one of its own."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from insurer.kernel.errors import Invalid
from insurer.people.reading.roster import read_roster
from tests.factories.roster_files import HEADER, A, B, C, D, codes, number, person, read, xlsx

DATA = Path(__file__).parents[2] / "data" / "rosters"


@pytest.mark.parametrize(
    ("filename", "month"), [("roster-2025-12.xlsx", "2025-12"), ("roster-2026-01.xlsx", "2026-01")]
)
def test_the_sample_rosters_give_the_expected_counts(filename: str, month: str) -> None:
    expected = json.loads((DATA / "expected.json").read_text())[filename]
    roster = read_roster((DATA / filename).read_bytes(), filename, date.fromisoformat(month + "-01"))
    assert roster.rejected_by_code() == expected["rejected"]
    for key in ("accepted", "skipped", "repaired"):
        assert len(getattr(roster, key)) == expected[key], key
    assert roster.rows == expected["rows"]
    assert roster.warnings == ()
    assert [(sheet.name, sheet.used) for sheet in roster.sheets if sheet.hidden] == [("上年名单", False)]


def test_the_report_has_the_promised_shape_and_no_personal_value() -> None:
    content = (DATA / "roster-2025-12.xlsx").read_bytes()
    roster = read_roster(content, "/some/folder/roster-2025-12.xlsx", date(2025, 12, 1))
    document = roster.document(new=282, changed=0, unchanged=0, gone=0)
    assert list(document) == [
        "file", "sha256", "encoding", "sheets", "rows", "accepted", "repaired", "rejected", "skipped",
        "new", "changed", "unchanged", "gone", "applied",
    ]  # fmt: skip
    assert document["file"] == "roster-2025-12.xlsx"
    assert set(document["rejected"][0]) == {"sheet", "row", "field", "code", "message"}
    assert set(document["repaired"][0]) == {"sheet", "row", "field", "before", "after", "rule"}
    text = json.dumps(document, ensure_ascii=False)
    for row in roster.accepted:
        assert row.certno not in text
        assert row.certno[6:14] not in text


def test_columns_are_found_whatever_their_order_and_wording() -> None:
    rows = [
        ["常州市新北区2026年1月低保对象名单"],
        ["公民身份\n号码", "联系 电话", "家庭成员姓名", "镇（街）", "村/社区", "救助证号", "申请人",
         "与申请人关系", "医疗救助身份", "纳入时间", "开户银行", "户名", "银行账号", "居民医保参保状态",
         "变动类型", "没见过"],
        [A, 13812345678, "王芳", "薛家镇", "丽江社区", "DB9", "王大", "女", "低保", "2026年1月", "农商行",
         "王大", "6228 4800 1234", "居民医保", "新增", "x"],
    ]  # fmt: skip
    (row,) = read(xlsx(("Sheet1", rows))).accepted
    assert (row.certno, row.tel, row.name, row.town, row.village) == (
        A,
        "13812345678",
        "王芳",
        "薛家镇",
        "丽江社区",
    )
    assert (row.card_no, row.householder, row.relation) == ("DB9", "王大", "女")
    assert (row.categories, row.start, row.start_precision) == (
        ("min_living_allowance",),
        date(2026, 1, 1),
        "month",
    )
    assert (row.bank, row.holder, row.account) == ("农商行", "王大", "622848001234")
    assert (row.insutype, row.change, row.change_word) == ("390", "added", "新增")


def test_a_header_in_two_merged_rows_is_read_and_the_householder_columns_are_not_the_members() -> None:
    top = ["序号", "镇街", "户主", "", "家庭成员", "", "", "保障类别"]
    low = ["", "", "姓名", "身份证号", "姓名", "身份证号", "与户主关系", ""]
    rows = [["低保名册"], top, low, ["1", "薛家镇", "王大", B, "王芳", A, "女", "农村低保"]]

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        sheet = sheets["一"]
        for column, words in ((0, "序号"), (1, "镇街"), (7, "保障类别")):
            sheet.merge_range(1, column, 2, column, words)
        sheet.merge_range(1, 2, 1, 3, "户主")
        sheet.merge_range(1, 4, 1, 6, "家庭成员")

    (row,) = read(xlsx(("一", rows), change=merge)).accepted
    assert (row.certno, row.name, row.householder, row.relation, row.town) == (
        A,
        "王芳",
        "王大",
        "女",
        "薛家镇",
    )


def test_a_header_printed_again_may_have_other_columns() -> None:
    other = ["身份证号", "姓名", "类别"]
    rows = [HEADER, person("王芳", A), HEADER, person("李四", B), [], other, [C, "赵六", "特困"]]
    roster = read(xlsx(("一", rows)))
    assert [row.name for row in roster.accepted] == ["王芳", "李四", "赵六"]
    assert [(skip.row, skip.why) for skip in roster.skipped] == [(3, "重复的表头"), (6, "重复的表头")]


def test_totals_signatures_and_titles_are_left_out_and_a_person_never_is() -> None:
    rows: list[list[object]] = [
        HEADER,
        person("王芳", A),
        ["小计", "", "", "", "", "", "1人"],
        ["", "", "", "", "", "", "合 计：", "1人"],
        ["审核人：", "", "填表人：张", "", "", "", "", "日期：2026.1"],
        ["", "", "", "", "", "", "", "以下空白"],
        ["常州市新北区低保名单（续）"],
        person("李四", "", 备注="审核人：王"),
        person("", "", **{"户主姓名": ""}),
        ["", "薛家镇", "", "", "", "", ""],
        ["备注：本表一式三份"],
    ]
    roster = read(xlsx(("一", rows)))
    assert [row.name for row in roster.accepted] == ["王芳"]
    assert [(r.row, r.code) for r in roster.rejected] == [(8, "certno_missing"), (9, "certno_missing")]
    assert [skip.row for skip in roster.skipped] == [3, 4, 5, 6, 7, 10, 11]
    assert roster.rows == 3


def test_household_cells_are_filled_inside_their_merged_range_and_not_beyond() -> None:
    rows = [HEADER, person("王大", A), person("王芳", B), person("李四", C)]
    for index in (2, 3):
        for column in (1, 2, 3, 4):
            rows[index][column] = ""

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        for column in (1, 2, 3, 4):
            sheets["一"].merge_range(1, column, 2, column, rows[1][column])

    first, second, third = read(xlsx(("一", rows), change=merge)).accepted
    assert (second.town, second.card_no, second.householder) == (first.town, first.card_no, "王大")
    assert (third.town, third.village, third.card_no, third.householder) == ("", "", "", "")


def test_a_person_number_merged_over_two_rows_is_not_copied_to_the_second_person() -> None:
    rows = [HEADER, person("王大", A), person("王芳", "")]

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        sheets["一"].merge_range(1, 7, 2, 7, A)

    roster = read(xlsx(("一", rows), change=merge))
    assert [row.name for row in roster.accepted] == ["王大"]
    assert codes(roster) == ["certno_missing"]


def test_one_single_person_allowance_merged_over_a_household_insures_nobody() -> None:
    rows = [HEADER, person("王大", A, "单人保"), person("王芳", B, "")]

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        sheets["一"].merge_range(1, 8, 2, 8, "单人保")

    roster = read(xlsx(("一", rows), change=merge))
    assert roster.accepted == ()
    assert codes(roster) == ["category_unknown", "category_unknown"]


def test_a_numeric_person_number_is_refused_with_cell_and_remedy() -> None:
    good = next(value for serial in range(200, 300) if (value := number(serial))[17] != "X")
    roster = read(xlsx(("一", [HEADER, person("王芳", int(good))])))
    (rejection,) = roster.rejected
    assert (rejection.sheet, rejection.row, rejection.field) == ("一", 2, "certno")
    assert rejection.message == "H2 格：身份证号以数字格式保存，末三位已丢失。请发送单位改成文本格式重发。"


def test_hidden_sheets_are_reported_and_used_only_when_asked_for() -> None:
    def hide(book: Any, sheets: dict[str, Any]) -> None:
        sheets["上年"].hide()
        sheets["深藏"].very_hidden()

    content = xlsx(
        ("一", [HEADER, person("王芳", A)]),
        ("上年", [HEADER, person("李四", B)]),
        ("深藏", [HEADER, person("赵六", C)]),
        change=hide,
    )
    roster = read(content)
    assert [(s.name, s.hidden, s.used, s.rows) for s in roster.sheets] == [
        ("一", False, True, 1),
        ("上年", True, False, 1),
        ("深藏", True, False, 1),
    ]
    assert roster.rows == 1
    assert len(read(content, use_hidden=True).accepted) == 3


def test_a_file_with_only_hidden_rosters_is_refused_with_the_way_out() -> None:
    def hide(book: Any, sheets: dict[str, Any]) -> None:
        sheets["上年"].hide()

    content = xlsx(("说明", [["无表"]]), ("上年", [HEADER, person("李四", B)]), change=hide)
    with pytest.raises(Invalid, match="隐藏的工作表"):
        read(content)


def test_the_same_person_twice_is_taken_once() -> None:
    rows = [
        HEADER,
        person("王芳", A, 序号="1"),
        person("王芳", A, 序号="2"),
        person("李四", B),
        person("李 四", B, "特困"),
        person("赵六", C, 备注="迁出"),
        person("赵六", C, 村居="薛家社区", 备注="新增"),
        person("钱七", D),
        person("钱八", D),
    ]
    roster = read(xlsx(("一", rows)))
    assert [(row.name, row.categories) for row in roster.accepted] == [
        ("王芳", ("min_living_allowance",)),
        ("李四", ("min_living_allowance", "extremely_poor")),
        ("赵六", ("min_living_allowance",)),
        ("钱七", ("min_living_allowance",)),
    ]
    assert roster.accepted[2].village == "薛家社区"
    assert [skip.row for skip in roster.skipped] == [3, 5, 6]
    assert [(r.row, r.code) for r in roster.rejected] == [(9, "duplicate_conflict")]
    assert "“一”第 8 行" in roster.rejected[0].message
    assert roster.rows == len(roster.accepted) + len(roster.rejected)


def test_members_side_by_side_are_persons_of_their_own() -> None:
    rows = [
        ["2026年1月城市低保名册"],
        [
            "乡镇/街道",
            "村/社区",
            "地址",
            "类型",
            "户主姓名",
            "身份证号",
            "成员姓名1",
            "身份证号1",
            "成员姓名2",
            "身份证号2",
        ],
        ["河海街道", "东城社区", "1号", "差额", "王大", A, "王芳", B, "", ""],
        ["河海街道", "东城社区", "2号", "全额", "李四", C, "李小", D, "李幼", ""],
    ]
    roster = read(xlsx(("一", rows)))
    assert [(row.name, row.relation, row.categories) for row in roster.accepted] == [
        ("王大", "户主", ("min_living_allowance",)),
        ("王芳", "", ("min_living_allowance",)),
        ("李四", "户主", ("min_living_allowance",)),
        ("李小", "", ("min_living_allowance",)),
    ]
    assert [(r.row, r.code) for r in roster.rejected] == [(4, "certno_missing")]


def test_a_list_of_householders_without_category_takes_it_from_the_file_name() -> None:
    rows = [["序号", "户主姓名", "低保证号", "身份证号码"], ["1", "王大", "DB1", A]]
    (row,) = read(xlsx(("Sheet1", rows)), "农保名册.xlsx").accepted
    assert (row.name, row.householder, row.relation, row.categories) == (
        "王大",
        "王大",
        "户主",
        ("min_living_allowance",),
    )
    with pytest.raises(Invalid, match="保障类别"):
        read(xlsx(("Sheet1", rows)), "名册.xlsx")


@pytest.mark.parametrize(
    ("words", "code"),
    [("普通居民", "category_unknown"), ("非低保", "category_unknown"), ("", "category_unknown")],
)
def test_an_unknown_category_is_refused(words: str, code: str) -> None:
    assert codes(read(xlsx(("一", [HEADER, person("王芳", A, words)])))) == [code]


def test_a_category_that_is_not_insured_is_accepted_as_a_fact() -> None:
    (row,) = read(xlsx(("一", [HEADER, person("王芳", A, "低保边缘家庭")]))).accepted
    assert row.categories == ("low_income_margin",)


def test_a_start_that_cannot_be_read_refuses_the_row() -> None:
    rows = [HEADER, person("王芳", A, 享受起始年月="2024-13"), person("李四", B, 享受起始年月=2024.1)]
    roster = read(xlsx(("一", rows)))
    assert codes(roster) == ["month_invalid", "month_invalid"]
    assert "1 月还是 10 月" in roster.rejected[1].message


def test_a_day_number_without_its_format_is_a_reported_repair() -> None:
    roster = read(xlsx(("一", [HEADER, person("王芳", A, 享受起始年月=45292)])))
    assert roster.accepted[0].start == date(2024, 1, 1)
    assert [(r.field, r.before, r.after, r.rule) for r in roster.repaired] == [
        ("start", "45292", "2024-01-01", "date_serial")
    ]


def test_a_long_number_stored_as_number_is_dropped_aloud() -> None:
    rows = [["姓名", "身份证号", "类别", "银行账号"], ["王芳", A, "低保", 6228480012345678901.0]]
    roster = read(xlsx(("一", rows)))
    assert roster.accepted[0].account == ""
    assert "D2 格" in roster.warnings[0]


def test_a_fifteen_digit_number_needs_a_known_person_of_that_name() -> None:
    content = xlsx(("一", [HEADER, person("王芳", "320411650307101")]))
    first = read(content)
    assert codes(first) == ["certno_malformed"]
    (candidate,) = first.upgrade_candidates
    assert codes(read(content, known_upgrades={candidate: "李四"})) == ["certno_malformed"]
    known = read(content, known_upgrades={candidate: "王芳"})
    assert known.accepted[0].certno == candidate
    assert known.repaired[0].rule == "fifteen_digits"


def test_a_cell_with_a_text_for_a_name_is_refused() -> None:
    roster = read(xlsx(("一", [HEADER, person("张三、李四（子）" * 10, A)])))
    assert codes(roster) == ["name_missing"]
    assert "字太多" in roster.rejected[0].message


def test_a_title_of_another_month_warns() -> None:
    rows = [["常州市新北区2025年12月低保对象名单"], HEADER, person("王芳", A)]
    assert "2025年12月" in read(xlsx(("一", rows))).warnings[0]
