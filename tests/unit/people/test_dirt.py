"""Every kind of dirt that rosters were seen with, one test for each, read from files made for it."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlwt

from insurer.people.reading.names import name_key
from tests.factories.roster_files import HEADER, A, B, C, D, codes, number, only, person, read, single, xlsx

SHORT = ["姓名", "身份证号", "保障类别"]


def legacy(rows: list[list[object]], name: str = "名册") -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_01_a_number_cell_is_refused_even_when_its_digits_would_validate() -> None:
    # 510102198001011230 loses no digit in fifteen: it would pass every check
    exact = next(n for n in range(10**17, 10**18, 10**12 + 7) if float(n).is_integer())
    roster = single(
        person("王芳", 320411196503071234.0), person("李四", float(exact)), person("赵六", 3.2e17)
    )
    assert codes(roster) == ["certno_numeric_cell"] * 3
    assert [line.column for line in roster.rejected] == [7, 7, 7]
    text = read((",".join(SHORT) + "\n王芳,3.20411E+17,低保\n").encode(), "名册.csv")
    assert codes(text) == ["certno_malformed"]
    assert codes(read(legacy([SHORT, ["王芳", 320411196503071234.0, "低保"]]), "名册.xls")) == [
        "certno_numeric_cell"
    ]


@pytest.mark.parametrize("letter", ["x", "Х", "х", "Ⅹ", "ⅹ", "Χ", "Ｘ", "ｘ", "*", "×", "＊"])
def test_02_what_looks_like_the_check_letter_is_repaired(letter: str) -> None:
    good = next(number(n) for n in range(100, 900) if number(n).endswith("X"))
    roster = single(person("王芳", good[:17] + letter))
    assert only(roster).certno == good
    (repair,) = roster.repaired
    assert (repair.field, repair.row) == ("certno", 2)
    assert good not in repair.before + repair.after


def test_03_full_width_digits_are_repaired() -> None:
    wide = A.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    roster = single(person("王芳", wide))
    assert only(roster).certno == A
    assert "full_width" in roster.repaired[0].rule


@pytest.mark.parametrize(
    "before",
    [" {} ", "{}\u00a0", "\t{}\n", "'{}", "’{}", "\u3000{}", "{}\ufeff", "\u202a{}\u202c", "{}\u200b"],
)
def test_04_blanks_and_apostrophes_around_a_number_are_repaired(before: str) -> None:
    roster = single(person("王芳", before.format(A)))
    assert only(roster).certno == A
    assert len(roster.repaired) == 1


def test_04_blanks_and_hyphens_inside_a_number_are_repaired() -> None:
    roster = single(
        person("王芳", f"{A[:6]} {A[6:14]} {A[14:]}"),
        person("李四", f"{B[:6]}-{B[6:14]}-{B[14:]}"),
        person("赵六", f"{C[:10]}\n{C[10:]}"),
    )
    assert [row.certno for row in roster.accepted] == [A, B, C]
    assert [repair.rule for repair in roster.repaired] == ["spaces", "hyphens", "spaces"]


def test_05_fifteen_digits_count_only_for_a_known_person_of_that_name() -> None:
    old = "320411650307123"
    roster = single(person("王芳", old))
    assert codes(roster) == ["certno_malformed"]
    (candidate,) = roster.upgrade_candidates
    known = single(person("王芳", old), known_upgrades={candidate: name_key("王芳")})
    assert only(known).certno == candidate
    assert known.repaired[0].rule == "fifteen_digits"
    other = single(person("李四", old), known_upgrades={candidate: name_key("王芳")})
    assert codes(other) == ["certno_malformed"]


def test_06_wrong_digits_wrong_lengths_and_two_numbers_are_told_apart() -> None:
    wrong = A[:5] + str((int(A[5]) + 1) % 10) + A[6:]
    roster = single(
        person("王芳", wrong),
        person("李四", A[:17]),
        person("赵六", A + "0"),
        person("钱七", f"{A} {B}"),
        person("孙八", f"{A}/{B}"),
    )
    assert codes(roster) == ["certno_checksum", *["certno_malformed"] * 4]
    assert ["17 位" in roster.rejected[1].message, "19 位" in roster.rejected[2].message] == [True, True]
    assert "两个身份证号" in roster.rejected[3].message


def test_06_the_householders_number_on_a_childs_row_is_a_conflict() -> None:
    roster = single(person("王大", A), person("王小", A, 与户主关系="子"))
    assert [row.name for row in roster.accepted] == ["王大"]
    assert codes(roster) == ["duplicate_conflict"]


@pytest.mark.parametrize("district", ["320404", "320421", "320402", "320602", "320499", "110101", "650104"])
def test_07_abolished_districts_are_no_error(district: str) -> None:
    from insurer.people.reading.certno import check_character

    first = f"{district}19400115001"
    roster = single(person("王芳", first + check_character(first)))
    assert only(roster).certno.startswith(district)
    assert roster.warnings == ()


def test_08_other_documents_are_told_apart() -> None:
    from insurer.people.reading.certno import check_character

    first = "83000019900101001"
    roster = single(
        person("王芳", A + "44"), person("李四", "E12345678"), person("赵六", first + check_character(first))
    )
    assert codes(roster) == ["certno_malformed"] * 2
    assert "残疾人证号" in roster.rejected[0].message
    assert [row.name for row in roster.accepted] == ["赵六"]


@pytest.mark.parametrize(
    ("cell", "day", "precision"),
    [
        (45292, date(2024, 1, 1), "day"),
        ("2024年1月", date(2024, 1, 1), "month"),
        ("202401", date(2024, 1, 1), "month"),
        (202401, date(2024, 1, 1), "month"),
        ("24.1.5", date(2024, 1, 5), "day"),
        ("2024/1/31", date(2024, 1, 31), "day"),
        ("2024-01-31 00:00:00", date(2024, 1, 31), "day"),
        ("2024.10", date(2024, 10, 1), "month"),
        ("２０２４年１月", date(2024, 1, 1), "month"),
        ("20240131", date(2024, 1, 31), "day"),
        ("2024年01月05日", date(2024, 1, 5), "day"),
        ("长期", None, ""),
        ("/", None, ""),
        ("", None, ""),
    ],
)
def test_09_starts_in_every_shape(cell: object, day: date | None, precision: str) -> None:
    row = only(single(person("王芳", A, 享受起始年月=cell)))
    assert (row.start, row.start_precision) == (day, precision)


@pytest.mark.parametrize("cell", [2024.1, "2024-02-30", "2024-13", "去年", "2027-01", "1899-01"])
def test_09_starts_that_are_nsingle(cell: object) -> None:
    assert codes(single(person("王芳", A, 享受起始年月=cell))) == ["month_invalid"]


def test_10_title_unit_and_three_header_rows() -> None:
    rows: list[list[object]] = [
        ["常州市新北区2026年1月低保对象名单"],
        ["制表单位：民政局", "", "", "", "", "日期：2026.1.5"],
        ["单位：元"],
        ["序号", "家庭情况", "", "", "成员情况", "", "", "保障"],
        ["", "镇街", "户主", "", "姓名", "公民身份号码", "与户主关系", "类别"],
        ["", "", "姓名", "身份证号", "", "", "", ""],
        ["1", "薛家镇", "王大", B, "王芳", A, "女", "农村低保"],
    ]

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        sheet = sheets["名册"]
        sheet.merge_range(0, 0, 0, 7, rows[0][0])
        sheet.merge_range(3, 0, 5, 0, "序号")
        sheet.merge_range(3, 1, 3, 3, "家庭情况")
        sheet.merge_range(3, 4, 3, 6, "成员情况")
        sheet.merge_range(4, 1, 5, 1, "镇街")
        sheet.merge_range(4, 2, 4, 3, "户主")
        for column, words in ((4, "姓名"), (5, "公民身份号码"), (6, "与户主关系"), (7, "类别")):
            sheet.merge_range(4, column, 5, column, words)

    row = only(read(xlsx(("名册", rows), change=merge)))
    assert (row.name, row.certno, row.householder, row.town, row.row) == ("王芳", A, "王大", "薛家镇", 7)
    assert row.categories == ("min_living_allowance",)


def test_11_merged_cells_fill_their_range_and_not_one_row_more() -> None:
    rows = [
        HEADER,
        person("王大", A),
        person("王小", B, 镇街="", 低保证号="", 户主姓名="", 保障类别=""),
        person("李四", C, 镇街="", 低保证号="", 户主姓名=""),
    ]

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        for column, words in ((1, "薛家镇"), (3, "DB1"), (4, "王大"), (8, "农村低保")):
            sheets["名册"].merge_range(1, column, 2, column, words)

    roster = read(xlsx(("名册", rows), change=merge))
    assert [(row.town, row.card_no, row.householder) for row in roster.accepted] == [
        ("薛家镇", "DB1", "王大"),
        ("薛家镇", "DB1", "王大"),
        ("", "", ""),
    ]
    plain = read(xlsx(("名册", rows)))
    assert codes(plain) == ["category_unknown"]


def test_12_members_side_by_side_are_people_of_one_household() -> None:
    header = [
        "乡镇/街道",
        "村/社区",
        "类型",
        "户主姓名",
        "户主身份证号",
        "成员姓名1",
        "身份证号1",
        "成员姓名2",
        "身份证号2",
    ]
    rows = [
        header,
        ["薛家镇", "丽江社区", "低保", "王大", A, "王芳", B, "王小", C],
        ["薛家镇", "丽江社区", "低保", "李大", D, "", "", "", ""],
    ]
    roster = read(xlsx(("名册", rows)))
    assert [(row.name, row.certno, row.householder, row.row) for row in roster.accepted] == [
        ("王大", A, "王大", 2),
        ("王芳", B, "王大", 2),
        ("王小", C, "王大", 2),
        ("李大", D, "李大", 3),
    ]


def test_12_several_names_in_one_cell_are_no_person() -> None:
    roster = single(person("张三、李四（子）", A))
    assert [row.name for row in roster.accepted] in ([], ["张三、李四（子）"])


@pytest.mark.parametrize(
    "cells",
    [
        ["小计", "", "", "", "", "", "12人"],
        ["", "合计", "", "", "", "", "", "3户5人"],
        ["累计：120户"],
        ["", "", "", "", "", "以下空白"],
        ["审核人：", "", "填表人：", "", "", "", "日期：2026.1"],
        ["单位（盖章）：", "", "", "", "", "", "经办人："],
        ["常州市新北区低保对象名单（续表）"],
        ["总计", "", "", "", "", "", "", "", "", "", ""],
    ],
)
def test_13_totals_and_signatures_are_left_out_aloud(cells: list[object]) -> None:
    roster = single(person("王芳", A), cells, person("李四", B))
    assert [row.name for row in roster.accepted] == ["王芳", "李四"]
    assert [skip.row for skip in roster.skipped] == [3]
    assert roster.rows == 2


def test_14_every_visible_sheet_is_used_and_hidden_ones_are_reported() -> None:
    content = xlsx(
        ("春江", [HEADER, person("王芳", A)]),
        ("孟河", [HEADER, person("李四", B)]),
        ("旧", [HEADER, person("赵六", C)]),
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["旧"].sheet_state = "veryHidden"
    stream = io.BytesIO()
    book.save(stream)
    roster = read(stream.getvalue())
    assert [(s.name, s.hidden, s.used, s.rows) for s in roster.sheets] == [
        ("春江", False, True, 1),
        ("孟河", False, True, 1),
        ("旧", True, False, 1),
    ]
    assert len(read(stream.getvalue(), use_hidden=True).accepted) == 3


def test_14_hidden_and_filtered_rows_are_people_all_the_same() -> None:
    def hide(book: Any, sheets: dict[str, Any]) -> None:
        sheets["名册"].set_row(2, None, None, {"hidden": True})
        sheets["名册"].set_column(1, 2, None, None, {"hidden": True})
        sheets["名册"].autofilter(0, 0, 3, 10)

    roster = read(xlsx(("名册", [HEADER, person("王芳", A), person("李四", B)]), change=hide))
    assert len(roster.accepted) == 2


def test_14_a_hidden_list_without_categories_does_not_refuse_the_file() -> None:
    content = xlsx(("名册", [HEADER, person("王芳", A)]), ("查找", [["姓名", "身份证号"], ["李四", B]]))
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["查找"].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    roster = read(stream.getvalue())
    assert [s.used for s in roster.sheets] == [True, False]


def test_15_the_same_person_twice() -> None:
    roster = single(
        person("王芳", A),
        person("王芳", A),
        person("李四", B),
        person("李四", B, "优抚"),
        person("赵六", C, 备注="迁出"),
        person("赵六", C, 镇街="罗溪镇"),
        person("钱七", D),
        person("孙八", D),
    )
    rows = {row.name: row for row in roster.accepted}
    assert set(rows) == {"王芳", "李四", "赵六", "钱七"}
    assert rows["李四"].categories == ("min_living_allowance", "other_entitled_group")
    assert (rows["赵六"].town, rows["赵六"].change) == ("罗溪镇", "")
    assert codes(roster) == ["duplicate_conflict"]
    assert [(skip.row, skip.why[:4]) for skip in roster.skipped] == [
        (3, "与“名册"),
        (5, "同一人，"),
        (6, "同一人，"),
    ]
    assert roster.rows == 5


@pytest.mark.parametrize("dot", "·•．‧・.∙⋅･●㆐"[:10])
def test_16_dots_of_every_kind_stay_and_match(dot: str) -> None:
    name = f"买买提{dot}艾力"
    row = only(single(person(name, A)))
    assert row.name == name
    assert row.name_key == "买买提艾力"


@pytest.mark.parametrize("name", ["𠮷田", "龙䶮", "周㐂", "丂七", "欧阳娜娜", "王𬭸"])
def test_16_rare_characters_survive(name: str) -> None:
    for roster in (
        single(person(name, A)),
        read(f"姓名,身份证号,保障类别\n{name},{A},低保\n".encode("gb18030"), "名册.csv"),
    ):
        assert only(roster).name == name


def test_16_blanks_in_names_go_aloud_and_dashes_are_no_name() -> None:
    roster = single(person("王　芳", A), person("李 四", B), person("--", C), person("Anna Lee", D))
    assert [row.name for row in roster.accepted] == ["王芳", "李四", "Anna Lee"]
    assert [(repair.field, repair.row, repair.rule) for repair in roster.repaired] == [
        ("psn_name", 2, "spaces"),
        ("psn_name", 3, "spaces"),
    ]
    assert codes(roster) == ["name_missing"]


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
    ],
)
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_17_text_in_every_encoding(codec: str, named: str, mark: str) -> None:
    lines = [["常州市新北区低保名单", "", ""], SHORT, ["王芳", A, "农村低保"], ["𠮷娜", B, "单人保"]]
    content = "\r\n".join(mark.join(line) for line in lines).encode(codec)
    roster = read(content, "名册.csv")
    assert roster.encoding == named
    assert [row.name for row in roster.accepted] == ["王芳", "𠮷娜"]


def test_17_web_pages_and_tabbed_text_called_xls() -> None:
    cells = "".join(f"<tr><td>{n}</td><td>{c}</td><td>低保</td></tr>" for n, c in (("王芳", A), ("李四", B)))
    title = "<tr><th colspan=3>低保名单</th></tr><tr><td>姓名<td>身份证号<td>类别</tr>"
    page = f"<html><head><meta charset=gb2312></head><table border=1>{title}{cells}</table></html>"
    for content in (
        page.encode("gb18030"),
        f"姓名\t身份证号\t类别\n王芳\t{A}\t低保\n李四\t{B}\t低保\n".encode("gbk"),
    ):
        roster = read(content, "名册.xls")
        assert [row.certno for row in roster.accepted] == [A, B]


def test_17_a_real_xls_is_read_as_text() -> None:
    roster = read(
        legacy([["低保名单"], SHORT, ["王芳", A, "农村低保"], ["李 四", B, "城市低保"]]), "名册.xls"
    )
    assert [(row.name, row.certno) for row in roster.accepted] == [("王芳", A), ("李四", B)]
    assert roster.encoding is None
