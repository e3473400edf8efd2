"""Rows below a header that stand for nobody, and rows that do although they say little."""

import pytest

from tests.factories.roster_files import A, B, codes, person, single


@pytest.mark.parametrize(
    "cells",
    [
        ["丽江社区小计", "", "", "", "", "", "", "3人"],
        ["", "", "", "", "", "", "合计", 5],
        ["", "", "", "", "", "", "总人数", 5],
        ["", "", "", "", "", "", "制表", ""],
        ["", "", "", "", "", "", "负责人", "王某"],
        ["", "", "", "", "", "", "日期", "2026年1月5日"],
        ["", "", "", "", "", "", "填表日期 2026-01-05"],
        ["", "", "", "", "", "", "联系人 王某 电话 13800000000"],
        ["", "", "", "", "", "", "2.由各镇填报，每月5日前报送。"],
        ["", "", "", "", "", "", "（一）低保"],
        ["", "", "", "", "", "", "薛家镇"],
        ["", "", "", "", "", "", "附件1"],
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        ["（1）", "（2）", "（3）", "（4）", "（5）", "（6）", "（7）", "（8）", "（9）"],
    ],
)
def test_totals_signatures_headings_and_notes_are_left_out_aloud(cells: list[object]) -> None:
    roster = single(person("王芳", A), cells, person("李四", B))
    assert [row.name for row in roster.accepted] == ["王芳", "李四"]
    assert [skip.row for skip in roster.skipped] == [3]
    assert roster.rows == 2


@pytest.mark.parametrize("remark", ["已审核", "待联系", "合计两人", "注销"])
@pytest.mark.parametrize("name", ["王芳", "李村", "陈镇"])
def test_a_person_without_number_and_category_is_refused_and_not_left_out(name: str, remark: str) -> None:
    roster = single(person(name, "", category="", 备注=remark))
    assert codes(roster) == ["certno_missing"]


@pytest.mark.parametrize("name", ["1", "13800000000", "１２", "-3"])
def test_digits_are_no_name(name: str) -> None:
    assert codes(single(person(name, A))) == ["name_missing"]
