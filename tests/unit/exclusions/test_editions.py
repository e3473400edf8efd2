"""Changes laid over the lists of the package: from their day on, for that word alone, known by a hash."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from insurer.exclusions.changes import Change, check_change, term_key
from insurer.exclusions.check import check_item, check_lines
from insurer.exclusions.editions import Edition, edition_of, package_edition
from insurer.kernel.errors import Invalid
from insurer.schemes.line_check import BillFacts

DAY = date(2026, 7, 1)
WORD = Change("1", "special", "add", "云端管家", "excluded", "特需服务", "区人社局 2026-06-20 函", DAY)
SERVICE = {"list_type": "201", "med_chrgitm_type": "14"}
PIECE = {"list_type": "102", "med_chrgitm_type": "10"}


def with_(*changes: Change) -> Edition:
    return package_edition().with_changes(*changes)


def decision(edition: Edition, name: str, day: date | None = DAY, **line: Any) -> str:
    row = {"medins_list_name": name, **(line or SERVICE)}
    return check_item(row, BillFacts(on=day), edition).decision


def test_an_added_word_holds_from_its_day_on() -> None:
    edition = with_(WORD)
    assert decision(edition, "病区云端管家费", date(2026, 6, 30)) == "covered"
    assert decision(edition, "病区云端管家费") == "excluded"
    verdict = check_item({"medins_list_name": "云端管家", **SERVICE}, BillFacts(on=DAY), edition)
    assert (verdict.code, verdict.clause, verdict.matched) == ("special_service", "XB-二(二)6", "云端管家")
    assert "特需服务" in verdict.because
    assert decision(package_edition(), "病区云端管家费") == "covered"


def test_a_change_with_an_end_no_longer_holds_on_that_day() -> None:
    edition = with_(replace(WORD, ends_on=date(2026, 8, 1)))
    assert decision(edition, "云端管家", date(2026, 7, 31)) == "excluded"
    assert decision(edition, "云端管家", date(2026, 8, 1)) == "covered"


def test_a_word_of_the_package_can_be_retired_from_a_day_on() -> None:
    retired = with_(Change("2", "special", "retire", "空调费", "", "", "函", DAY))
    assert decision(retired, "空调费", date(2026, 6, 30)) == "excluded"
    assert package_edition().holds("special", "空调费", DAY)
    assert not retired.holds("special", "空调费", DAY)
    assert decision(retired, "电视费") == "excluded"


def test_a_covering_word_clears_what_it_holds_and_nothing_else() -> None:
    spared = with_(Change("3", "special", "add", "特需氧疗舱", "covered", "治疗设备的名称", "函", DAY))
    assert decision(package_edition(), "特需氧疗舱治疗") == "excluded"
    assert decision(spared, "特需氧疗舱治疗") == "covered"
    assert decision(spared, "特需门诊") == "excluded"


def test_a_covering_word_also_clears_a_named_item() -> None:
    name = "PET-CT模拟训练教具"
    spared = with_(Change("4", "expensive", "add", name, "covered", "教具", "函", DAY))
    assert decision(package_edition(), name) == "excluded"
    assert decision(spared, name) == "covered"
    assert decision(spared, "PET-CT全身") == "excluded"


@pytest.mark.parametrize(
    ("answer", "expected"), [("never", "excluded"), ("single", "review"), ("ask", "review")]
)
def test_a_piece_is_added_by_its_name(answer: str, expected: str) -> None:
    edition = with_(Change("5", "herbs", "add", "白茅根", answer, "白茅根", "目录", DAY))
    assert decision(edition, "白茅根", date(2026, 6, 30), **PIECE) == "covered"
    assert decision(edition, "白茅根", **PIECE) == expected


def test_a_piece_is_added_and_retired_by_its_national_code() -> None:
    added = with_(Change("6", "herbs", "add", "t000100999", "never", "白茅根", "目录", DAY))
    assert decision(added, "白茅根", med_list_codg="T000100999", **PIECE) == "excluded"
    retired = with_(Change("7", "herbs", "retire", "T001700233", "", "", "目录", DAY))
    assert decision(retired, "胶块", med_list_codg="T001700233", **PIECE) == "covered"


def test_a_later_change_goes_over_an_earlier_one() -> None:
    back = Change("9", "special", "add", "空调费", "review", "空调费", "函", date(2026, 9, 1))
    edition = with_(back, Change("2", "special", "retire", "空调费", "", "", "函", DAY))
    days = (date(2026, 6, 30), date(2026, 8, 31), date(2026, 9, 1))
    assert [edition.holds("special", "空调费", day) for day in days] == [True, False, True]
    assert decision(edition, "空调费", date(2026, 9, 1)) == "review"


def test_a_trial_lies_over_every_day_and_keeps_the_hash() -> None:
    trial = package_edition().trying(WORD)
    assert decision(trial, "云端管家", date(2025, 1, 1)) == "excluded"
    assert trial.hash == package_edition().hash


def test_an_edition_is_known_by_its_content_and_can_be_read_again() -> None:
    edition = with_(WORD, replace(WORD, id="8", term="云端客服"))
    again = edition_of(edition.content())
    assert again.hash == edition.hash != package_edition().hash
    assert again.hash == with_(replace(WORD, id="8", term="云端客服"), WORD).hash
    assert decision(again, "云端客服") == "excluded"


def test_a_bill_is_judged_by_the_edition_it_is_given() -> None:
    lines = [{"medins_list_name": "云端管家", **SERVICE}, {"medins_list_name": "CT平扫", **SERVICE}]
    found = check_lines(lines, BillFacts(on=DAY), with_(WORD))
    assert [one.decision for one in found] == ["excluded", "covered"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"list_id": "other"}, "list"),
        ({"kind": "edit"}, "kind"),
        ({"term": "药"}, "term"),
        ({"term": "　"}, "term"),
        ({"term": "长" * 41}, "term"),
        ({"term": "特需(病房)"}, "term"),
        ({"answer": "never"}, "answer"),
        ({"meaning": " "}, "meaning"),
        ({"basis": ""}, "basis"),
        ({"ends_on": DAY}, "ends_on"),
        ({"list_id": "herbs", "term": "T000100999", "answer": "covered"}, "answer"),
    ],
)
def test_a_change_that_cannot_work_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_change(replace(WORD, **changes), known=False)
    assert field in [one.field for one in refused.value.problems]
    for one in refused.value.problems:
        assert "！" not in one.message and "!" not in one.message


def test_a_known_word_is_not_added_and_an_unknown_one_not_retired() -> None:
    check_change(WORD, known=False)
    with pytest.raises(Invalid):
        check_change(WORD, known=True)
    with pytest.raises(Invalid):
        check_change(replace(WORD, kind="retire", answer="", meaning=""), known=False)


def test_terms_are_compared_as_names_are() -> None:
    assert term_key("ＶＩＰ 病房") == term_key("vip病房")
    assert term_key(" t001700233 ") == "T001700233"
