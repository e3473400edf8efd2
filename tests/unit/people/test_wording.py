"""The bureau's words become our codes, and no word makes somebody insured by mistake."""

from datetime import date, datetime

import pytest

from insurer.people.reading.starts import read_start
from insurer.people.reading.wording import category_in_titles, read_categories, read_change, read_insutype


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("城市低保", ("min_living_allowance",)),
        ("农村低保", ("min_living_allowance",)),
        ("低保(单人保)", ("min_living_allowance",)),
        ("单人保家庭", ("min_living_allowance",)),
        ("最低生活保障对象（单人）", ("min_living_allowance",)),
        ("最低生活保障对象", ("min_living_allowance",)),
        ("低保边缘家庭成员", ("low_income_margin",)),
        ("低边", ("low_income_margin",)),
        ("特困,低保", ("extremely_poor", "min_living_allowance")),
        ("低边，低保", ("low_income_margin", "min_living_allowance")),
        ("特困分散供养", ("extremely_poor",)),
        ("五保", ("extremely_poor",)),
        ("特困职工", ("hardship_worker",)),
        ("孤儿", ("orphan",)),
        ("事实无人抚养儿童", ("de_facto_unattended_child",)),
        ("无人抚养儿童", ("de_facto_unattended_child",)),
        ("困境儿童", ("other_child_in_difficulty",)),
        ("重点优抚对象", ("other_entitled_group",)),
        ("1-10级残疾军人", ("disabled_soldier_1_10",)),
        ("精减退职职工", ("retrenched_1960s",)),
        ("支出型困难家庭", ("expenditure_poor_patient",)),
        ("刚性支出困难家庭", ("expenditure_poor_patient",)),
        ("临时救助", ("temporary_relief_patient",)),
        ("其他特殊困难人员", ("other_special_hardship",)),
        ("建档立卡", ("former_registered_poor",)),
        ("边缘易致贫户", ("former_registered_poor",)),
    ],
)
def test_a_category_is_read(words: str, codes: tuple[str, ...]) -> None:
    assert read_categories(words).codes == codes


@pytest.mark.parametrize(
    "words", ["非低保", "原低保", "已退低保", "不是低保", "普通居民", "重度残疾", "", "全额"]
)
def test_words_that_deny_or_say_nothing_insure_nobody(words: str) -> None:
    assert read_categories(words).codes == ()


def test_a_category_that_has_ended_is_reported_as_a_change() -> None:
    read = read_categories("低保（停保）")
    assert (read.codes, read.change) == (("min_living_allowance",), "stopped")


def test_the_title_names_the_category_only_when_it_is_clear() -> None:
    assert category_in_titles(["城保名册.xls"]) == "min_living_allowance"
    assert category_in_titles(["农保名册", "特困名册"]) is None
    assert category_in_titles(["2026年1月名册"]) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("新增", "added"),
        ("变更", "changed"),
        ("停保", "stopped"),
        ("停发", "stopped"),
        ("取消", "cancelled"),
        ("退出", "left"),
        ("2025.3死亡", "died"),
        ("户口迁出", "moved_out"),
        ("恢复", "restored"),
        ("渐退期", "grace"),
        ("暂停", "suspended"),
        ("转特困", "left"),
        ("", ""),
        ("已核实", ""),
    ],
)
def test_a_change_word_is_read(words: str, code: str) -> None:
    assert read_change(words) == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("城乡居民医保", "390"),
        ("居民", "390"),
        ("已参保", "390"),
        ("职工医保", "310"),
        ("未参保", "none"),
        ("断缴", "none"),
        ("外地居民医保", "other"),
        ("", ""),
    ],
)
def test_the_insurance_status_is_read(words: str, code: str) -> None:
    assert read_insutype(words) == code


MONTH = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("cell", "day", "precision"),
    [
        ("2016-10", date(2016, 10, 1), "month"),
        ("2016.10", date(2016, 10, 1), "month"),
        ("2024.1", date(2024, 1, 1), "month"),
        ("2024/1/31", date(2024, 1, 31), "day"),
        ("2024年1月", date(2024, 1, 1), "month"),
        ("2024年01月09日", date(2024, 1, 9), "day"),
        ("202401", date(2024, 1, 1), "month"),
        ("20240109", date(2024, 1, 9), "day"),
        ("24.1.5", date(2024, 1, 5), "day"),
        ("98.12", date(1998, 12, 1), "month"),
        ("２０２４年１月", date(2024, 1, 1), "month"),
        ("2024-01-31 00:00:00", date(2024, 1, 31), "day"),
        (date(2024, 5, 6), date(2024, 5, 6), "day"),
        (datetime.fromisoformat("2024-05-01"), date(2024, 5, 1), "month"),
        (202405.0, date(2024, 5, 1), "month"),
        (2024.11, date(2024, 11, 1), "month"),
        (45292.0, date(2024, 1, 1), "day"),
        ("长期", None, ""),
        ("/", None, ""),
        ("", None, ""),
        ("——", None, ""),
        ("2026-02", date(2026, 2, 1), "month"),
    ],
)
def test_a_start_is_read_in_every_shape(cell: object, day: date | None, precision: str) -> None:
    start = read_start(cell, MONTH)
    assert (start.day, start.precision, start.code) == (day, precision, None)


@pytest.mark.parametrize(
    ("cell", "detail"),
    [
        (2024.1, "ambiguous"),
        ("2024-13", ""),
        ("2024-02-30", ""),
        ("2016.10-2017.10", ""),
        ("去年", ""),
        ("2026-03", "future"),
        (7.0, ""),
        ("2024-1-1-1", ""),
    ],
)
def test_a_start_that_cannot_be_read_is_refused(cell: object, detail: str) -> None:
    start = read_start(cell, MONTH)
    assert (start.code, start.detail, start.day) == ("month_invalid", detail, None)


def test_january_or_october_is_not_guessed_without_cell_types() -> None:
    assert read_start("2024.1", MONTH, typed=False).code == "month_invalid"
    assert read_start("2024.10", MONTH, typed=False).day == date(2024, 10, 1)


def test_day_numbers_of_old_macintosh_workbooks_count_from_1904() -> None:
    assert read_start(43830.0, MONTH, epoch_1904=True).day == date(2024, 1, 1)
