"""More dirt of rosters: words for changes, insurance and categories, accounts, people side by side."""

from datetime import date
from typing import Any

import pytest

from tests.factories.roster_files import HEADER, A, B, C, D, codes, only, person, read, single, xlsx

SHORT = ["姓名", "身份证号", "保障类别"]


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("停保", "stopped"),
        ("停发", "stopped"),
        ("暂停", "suspended"),
        ("退出", "left"),
        ("注销", "cancelled"),
        ("死亡", "died"),
        ("2025.3死亡", "died"),
        ("迁出", "moved_out"),
        ("渐退期", "grace"),
        ("恢复", "restored"),
        ("新增", "added"),
        ("变更", "changed"),
        ("转特困", "left"),
        ("", ""),
        ("正常", ""),
    ],
)
def test_18_status_words(word: str, change: str) -> None:
    row = only(single(person("王芳", A, 备注=word)))
    assert (row.change, row.change_word) == (change, word if change else "")


def test_19_who_died_stays_a_fact_with_the_word() -> None:
    row = only(single(person("王芳", A, 备注="2025年12月3日病故")))
    assert (row.change, row.change_word) == ("died", "2025年12月3日病故")


def test_19_a_retroactive_start_is_kept() -> None:
    row = only(single(person("王芳", A, 享受起始年月="2025-10", 备注="本月新增")))
    assert (row.start, row.change) == (date(2025, 10, 1), "added")


def test_20_accounts() -> None:
    header = [*SHORT, "开户行", "户名", "一卡通账号"]
    rows = [
        header,
        ["王芳", A, "低保", "江南农商行", "王大", "6228 4800 1234 5678 901"],
        ["李四", B, "低保", "", "", 6228480012345678901.0],
        ["赵六", C, "低保", "农商行", "", "6228480012345678901"],
        ["钱七", D, "低保", "", "", 62284800123456.0],
    ]
    roster = read(xlsx(("名册", rows)))
    assert [(row.account, row.holder, row.bank) for row in roster.accepted] == [
        ("6228480012345678901", "王大", "江南农商行"),
        ("", "", ""),
        ("6228480012345678901", "", "农商行"),
        ("62284800123456", "", ""),
    ]
    assert ["F3 格" in warning and "末几位已丢失" in warning for warning in roster.warnings] == [True]


def test_21_letters_for_digits_and_broken_cells_are_refused() -> None:
    roster = single(
        person("王芳", A.replace("0", "O", 1)),
        person("李四", "l" + B[1:]),
        person("赵六", "#N/A"),
        person("钱七", "#REF!"),
    )
    assert codes(roster) == ["certno_malformed", "certno_malformed", "certno_missing", "certno_missing"]


def test_21_phones_as_numbers_and_several_in_a_cell() -> None:
    header = [*SHORT, "联系电话"]
    roster = read(
        xlsx(
            (
                "名册",
                [header, ["王芳", A, "低保", 13812345678], ["李四", B, "低保", "13812345678/13987654321"]],
            )
        )
    )
    assert [row.tel for row in roster.accepted] == ["13812345678", "13812345678/13987654321"]


def test_22_single_allowance_of_one_member_in_a_merged_cell_is_nobodys() -> None:
    rows = [HEADER, person("王大", A, "单人保"), person("王小", B, "")]

    def merge(book: Any, sheets: dict[str, Any]) -> None:
        sheets["名册"].merge_range(1, 8, 2, 8, "单人保")

    assert codes(read(xlsx(("名册", rows), change=merge))) == ["category_unknown"] * 2
    assert only(single(person("王大", A, "低保(单人保)"))).categories == ("min_living_allowance",)


def test_23_renamed_places_are_only_words() -> None:
    row = only(single(person("王芳", A, 镇街="春江街道（原春江镇）", 村居="魏村社区")))
    assert (row.town, row.village) == ("春江街道（原春江镇）", "魏村社区")


@pytest.mark.parametrize(
    ("word", "insutype"),
    [
        ("居民医保", "390"),
        ("职工医保", "310"),
        ("外地医保", "other"),
        ("断缴", "none"),
        ("未参保", "none"),
        ("", ""),
    ],
)
def test_24_insurance(word: str, insutype: str) -> None:
    header = [*SHORT, "居民医保参保状态"]
    row = only(read(xlsx(("名册", [header, ["王芳", A, "低保", word]]))))
    assert row.insutype == insutype


def test_25_the_name_of_the_file_says_nothing_about_its_kind() -> None:
    content = xlsx(("名册", [HEADER, person("王芳", A)]))
    assert read(content, "最终版(2).xls").sha256 == read(content, "名册.csv").sha256
    assert only(read(content, "名册.csv")).certno == A


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("城市低保", "min_living_allowance"),
        ("农村低保", "min_living_allowance"),
        ("最低生活保障对象（单人）", "min_living_allowance"),
        ("单人保家庭", "min_living_allowance"),
        ("低保边缘家庭成员", "low_income_margin"),
        ("低边", "low_income_margin"),
        ("刚性支出困难家庭", "expenditure_poor_patient"),
        ("支出型困难", "expenditure_poor_patient"),
        ("特困分散供养", "extremely_poor"),
        ("特困集中供养", "extremely_poor"),
        ("五保", "extremely_poor"),
        ("孤儿", "orphan"),
        ("事实无人抚养儿童", "de_facto_unattended_child"),
        ("优抚", "other_entitled_group"),
        ("建档立卡", "former_registered_poor"),
        ("困难职工", "hardship_worker"),
    ],
)
def test_category_words(word: str, code: str) -> None:
    assert only(single(person("王芳", A, word))).categories == (code,)


def test_several_categories_in_a_cell() -> None:
    assert only(single(person("王芳", A, "特困,低保"))).categories == (
        "extremely_poor",
        "min_living_allowance",
    )
    assert only(single(person("王芳", A, "低边,低保"))).categories == (
        "low_income_margin",
        "min_living_allowance",
    )
    assert codes(single(person("王芳", A, "其他"))) == ["category_unknown"]


def test_a_list_of_householders_alone_is_read() -> None:
    header = ["序号", "户主姓名", "低保证号", "户主身份证号码", "保障人数"]
    roster = read(xlsx(("农保名册", [["2026年1月农村低保名册"], header, ["1", "王大", "N1", A, "3"]])))
    row = only(roster)
    assert (row.name, row.householder, row.relation, row.card_no) == ("王大", "王大", "户主", "N1")
    assert row.categories == ("min_living_allowance",)


def test_the_householders_number_beside_a_members_is_not_the_members() -> None:
    header = ["户主姓名", "户主身份证号", "与户主关系", "姓名", "身份证号", "保障类别"]
    row = only(read(xlsx(("名册", [header, ["王大", B, "子", "王小", A, "低保"]]))))
    assert (row.name, row.certno, row.householder) == ("王小", A, "王大")
