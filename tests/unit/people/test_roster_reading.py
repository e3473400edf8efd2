"""Whole files: each kind of dirt of a real roster in a small workbook of its own."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from insurer.kernel.errors import Invalid, TooLarge
from insurer.people.reading.certno import check_character
from insurer.people.reading.gate import Limits
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import read_roster

MONTH = date(2026, 1, 1)
DATA = Path(__file__).parents[2] / "data" / "rosters"
HEADER = [
    "序号",
    "镇街",
    "村居",
    "低保证号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "身份证号",
    "保障类别",
    "享受起始年月",
    "备注",
]


def number(serial: int, born: str = "19650307") -> str:
    first = f"320411{born}{serial:03d}"
    return first + check_character(first)


A, B, C, D = (number(n) for n in (101, 102, 103, 104))


def person(name: str, certno: object, category: str = "农村低保", **others: object) -> list[object]:
    values: dict[str, object] = {
        "序号": "1",
        "镇街": "薛家镇",
        "村居": "丽江社区",
        "低保证号": "DB1",
        "户主姓名": name,
        "与户主关系": "户主",
        "姓名": name,
        "身份证号": certno,
        "保障类别": category,
        "享受起始年月": "2024-01",
        "备注": "",
        **others,
    }
    return [values[column] for column in HEADER]


def xlsx(
    *sheets: tuple[str, Sequence[Sequence[object]]],
    change: Callable[[Any, dict[str, Any]], None] | None = None,
    options: dict[str, Any] | None = None,
) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, **(options or {})})
    made: dict[str, Any] = {}
    for name, rows in sheets:
        made[name] = sheet = book.add_worksheet(name)
        for index, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(index, column, cell)
                elif cell is not None:
                    sheet.write(index, column, cell)
    if change is not None:
        change(book, made)
    book.close()
    return stream.getvalue()


def read(content: bytes, filename: str = "名册.xlsx", **others: Any) -> RosterFile:
    return read_roster(content, filename, MONTH, **others)


def codes(roster: RosterFile) -> list[str]:
    return [rejection.code for rejection in roster.rejected]


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


def test_a_title_of_another_month_warns() -> None:
    rows = [["常州市新北区2025年12月低保对象名单"], HEADER, person("王芳", A)]
    assert "2025年12月" in read(xlsx(("一", rows))).warnings[0]


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
    ],
)
def test_delimited_text_is_read_in_every_office_encoding(encoding: str, reported: str) -> None:
    for separator in (",", "\t"):
        lines = [HEADER, person("𠮷䶮·某", A), person("李四", f'="{B}"')]
        text = "\r\n".join(separator.join(str(cell) for cell in line) for line in lines)
        roster = read(text.encode(encoding), "名册.csv")
        assert roster.encoding == reported
        assert [(row.name, row.certno, row.row) for row in roster.accepted] == [
            ("𠮷䶮·某", A, 2),
            ("李四", B, 3),
        ]
        assert roster.sheets[0].name == "名册"


def test_scientific_notation_in_text_is_malformed() -> None:
    text = "姓名,身份证号,类别\n王芳,3.20411E+17,低保\n"
    assert codes(read(text.encode(), "a.csv")) == ["certno_malformed"]


def test_a_web_page_called_xls_is_read_with_its_spans() -> None:
    page = f"""<html><head><meta charset=gb2312><style>td{{mso-number-format:"@"}}</style></head><body>
    <table><tr><td colspan=5>低保对象名单</td></tr>
    <tr><th>镇街</th><th>户主姓名</th><th>姓名</th><th>身份证<br>号码</th><th>类别</th></tr>
    <tr><td rowspan=2>薛家镇</td><td rowspan="2">王大</td><td>王大</td><td>{A}</td><td>低保</td></tr>
    <tr><td>王&nbsp;芳</td><td>{B}</td><td>低保</td></tr>
    <tr><td>罗溪镇</td><td>李四</td><td>李四</td><td>{C}</td><td>低保</td></tr></table></body></html>"""
    roster = read(page.encode("gb18030"), "导出.xls")
    assert roster.encoding == "gb18030"
    assert [(row.town, row.householder, row.name, row.certno) for row in roster.accepted] == [
        ("薛家镇", "王大", "王大", A),
        ("薛家镇", "王大", "王芳", B),
        ("罗溪镇", "李四", "李四", C),
    ]


def test_an_old_workbook_is_read_with_merges_and_numeric_cells_told_apart() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("薛家镇")
    for column, words in enumerate(HEADER):
        sheet.write(0, column, words)
    for index, row in enumerate([person("王大", A), person("王芳", int(B[:17]) * 10), person("李四", C)], 1):
        for column, cell in enumerate(row):
            if column != 1 or index == 3:
                sheet.write(index, column, cell)
    sheet.write_merge(1, 2, 1, 1, "薛家镇")
    stream = io.BytesIO()
    book.save(stream)
    roster = read(stream.getvalue(), "名册.xls")
    assert [(row.name, row.town) for row in roster.accepted] == [("王大", "薛家镇"), ("李四", "薛家镇")]
    assert codes(roster) == ["certno_numeric_cell"]


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return stream.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\x00\x00", "空的"),
        (b"PK\x03\x04broken", "不完整"),
        (archive(a_xml=b"<a/>"), "不是名册表格"),
        (archive(xl__workbook_xml=b"<w/>", xl__vbaProject_bin=b"x"), "宏"),
        (archive(xl__workbook_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><w/>'), "外部定义"),
        (archive(xl__workbook_xml=b"<w/>"), "打不开"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (OLE + "_VBA_PROJECT_CUR".encode("utf-16-le"), "宏"),
        (OLE, "打不开"),
        (b"%PDF-1.7 x", "不是名册表格"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        ("姓名,地址\n王芳,常州\n".encode(), "表头"),
        (b"\x81\xff\xff\x00 not text", "编码"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_in_plain_words(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        read(content, "名册.xlsx")
    assert caught.value.problems


def test_a_locked_archive_asks_for_the_password_to_be_removed() -> None:
    content = bytearray(xlsx(("一", [HEADER])))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as whole:
        offset = whole.start_dir
    content[offset + 8] |= 1
    with pytest.raises(Invalid, match="密码"):
        read(bytes(content))


def test_a_bomb_is_counted_while_unpacking_and_refused() -> None:
    with pytest.raises(TooLarge, match="解开后"):
        read(archive(xl__workbook_xml=b"<w/>", xl__media_bin=b"0" * 3_000_000))
    with pytest.raises(TooLarge, match="解开后"):
        read(xlsx(("一", [HEADER])), limits=Limits(unpacked=500))
    with pytest.raises(TooLarge, match="超过"):
        read(b"x" * 2_000_000, limits=Limits(received=1_000_000))


def test_one_cell_in_the_far_corner_does_not_make_the_reader_lay_out_the_whole_sheet() -> None:
    def far(book: Any, sheets: dict[str, Any]) -> None:
        sheets["一"].write_string(1_048_575, 16_383, "x")

    with pytest.raises(TooLarge, match="第 1048576 行"):
        read(xlsx(("一", [HEADER, person("王芳", A)]), change=far))


def test_a_directory_that_lies_about_sizes_is_refused() -> None:
    content = xlsx(("一", [HEADER, person("王芳", A)]))
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        start = whole.start_dir
    lying = bytearray(content)
    lying[start + 24 : start + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Invalid, match="不完整"):
        read(bytes(lying))
