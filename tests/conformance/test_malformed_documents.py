"""Whatever stands in a case document: figures, or an error with its field, and never an exception."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate
from tests.conformance.whole_documents import DOCUMENTS, NANTONG, SUBSIDY, SURPLUS, TILTED, XINBEI

GONE = object()


def _deep(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


WRONG: tuple[Any, ...] = (
    GONE,
    None,
    True,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**30,
    "",
    " ",
    "\u3000",
    "abc",
    "中文",
    "1e5",
    "NaN",
    "-1.00",
    "0.005",
    "1.01",
    "80%",
    "1,000.00",
    "9" * 40 + ".00",
    "9999999999999.99",
    "2022-02-30",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2022-06-15T25:00:00",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-10:00",
    "\x00",
    "\ud800",
    "b1",
    "p2",
    "r1",
    "x" * 10_000,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"x": {}},
    {"2022": None},
    {"2024": None},
    _deep(300),
)
every_kind = pytest.mark.parametrize("name", DOCUMENTS)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _places(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(part, (*path, index))


def _spoil(document: Any, path: tuple[str | int, ...], wrong: Any) -> None:
    """Put something wrong at one place; a place that is gone already stays gone."""
    holder = document
    try:
        for step in path[:-1]:
            holder = holder[step]
        if wrong is GONE:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(wrong)
    except (LookupError, TypeError):
        return


def _answer(document: Any) -> dict[str, Any]:
    answer = calculate(document, check_lines)
    json.dumps(answer, ensure_ascii=True)
    if "error" in answer:
        _told_in_two_languages(answer["error"])
        assert answer["error"]["field"] or not isinstance(document, dict)
    else:
        assert answer["total"] is not None
    return answer


def _told_in_two_languages(error: dict[str, str]) -> None:
    chinese, joint, english = error["message"].partition(" / ")
    assert joint and english.isascii()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)


@every_kind
def test_the_document_that_is_spoilt_is_a_good_one(name: str) -> None:
    answer = calculate(DOCUMENTS[name], check_lines)
    assert "error" not in answer
    assert [one["status"] for one in answer.get("settlements", [])] in ([], ["payable", "payable"])


@every_kind
def test_no_place_of_a_document_can_raise(name: str) -> None:
    for path in _places(DOCUMENTS[name]):
        for wrong in WRONG:
            document = copy.deepcopy(DOCUMENTS[name])
            _spoil(document, path, wrong)
            _answer(document)


@every_kind
def test_no_two_or_three_places_together_can_raise(name: str) -> None:
    places = list(_places(DOCUMENTS[name]))
    random = Random(20)
    for _ in range(400):
        document = copy.deepcopy(DOCUMENTS[name])
        for _ in range(random.choice((2, 3))):
            _spoil(document, random.choice(places), random.choice(WRONG))
        _answer(document)


@pytest.mark.parametrize("document", [None, [], "x", 1, 1.5, True, {}, [XINBEI]])
def test_a_document_that_is_no_case_is_an_error(document: Any) -> None:
    assert "error" in _answer(document)


REQUIRED = (
    "setl_id",
    "med_type",
    "setl_time",
    "medfee_sumamt",
    "inscp_scp_amt",
    "preselfpay_amt",
    "overlmt_selfpay",
    "fulamt_ownpay_amt",
    "hifp_pay",
)


@pytest.mark.parametrize(("name", "more"), [("xinbei", ("hifmi_pay",)), ("nantong", ())])
def test_a_required_field_that_is_missing_is_named(name: str, more: tuple[str, ...]) -> None:
    for field in (*REQUIRED, *more):
        for wrong in (GONE, None, "", " "):
            document = copy.deepcopy(DOCUMENTS[name])
            _spoil(document, ("settlements", 0, field), wrong)
            assert _answer(document)["error"]["field"] == f"settlements[0].{field}"


@pytest.mark.parametrize(
    ("document", "path", "wrong", "field"),
    [
        (XINBEI, ("scheme",), "elsewhere", "scheme"),
        (XINBEI, ("kind",), "premium_subsidy", "kind"),
        (XINBEI, ("settlements", 0, "fixmedins", "kind"), "clinic", "settlements[0].fixmedins.kind"),
        (
            XINBEI,
            ("settlements", 0, "later_payers", 0, "payer"),
            "nobody",
            "settlements[0].later_payers[0].payer",
        ),
        (XINBEI, ("settlements", 0, "feedetail", 0, "finding"), "odd", "settlements[0].feedetail[0].finding"),
        (XINBEI, ("readings", "cover_end"), "never", "readings.cover_end"),
        (XINBEI, ("readings", "no_such_reading"), "x", "readings.no_such_reading"),
        (SURPLUS, ("years", 0, "max_profit_rate"), "0.2001", "years[0].max_profit_rate"),
        (SURPLUS, ("years", 0, "max_profit_rate"), "-0.01", "years[0].max_profit_rate"),
        (SURPLUS, ("years", 1, "premium"), GONE, "years[1].premium"),
        (SURPLUS, ("years", 1, "year"), 2022, "years[1].year"),
        (SURPLUS, ("years", 1, "year"), 2018, "years[1].year"),
        (SURPLUS, ("years", 1, "year"), True, "years[1].year"),
        (SURPLUS, ("years", 1, "year"), 9999, "years[1].year"),
        (SURPLUS, ("years", 1, "year"), "²⁰²²", "years[1].year"),
        (SURPLUS, ("years", 1, "year"), "9" * 5000, "years[1].year"),
        (NANTONG, ("person", "identities", 0, "category"), "orphans", "person.identities[0].category"),
        (NANTONG, ("person", "identities", 0, "valid_from"), GONE, "person.identities[0].valid_from"),
        (
            NANTONG,
            ("person", "identities", 0, "lost_decided_on"),
            "May",
            "person.identities[0].lost_decided_on",
        ),
        (NANTONG, ("person", "identities"), {}, "person.identities"),
        (NANTONG, ("settlements",), GONE, "settlements"),
        (NANTONG, ("settlements", 0, "hifmi_pay"), GONE, "settlements[0].hifmi_pay"),
        (NANTONG, ("settlements", 0, "hifp_pay"), None, "settlements[0].hifp_pay"),
        (NANTONG, ("settlements", 0, "setl_time"), GONE, "settlements[0].setl_time"),
        (NANTONG, ("settlements", 0, "med_type"), GONE, "settlements[0].med_type"),
        (NANTONG, ("settlements", 0, "referral"), "lost", "settlements[0].referral"),
        (NANTONG, ("settlements", 1, "reverses"), "b9", "settlements[1].reverses"),
        (NANTONG, ("parameters", "critical_illness"), GONE, "parameters.critical_illness"),
        (NANTONG, ("parameters", "shared_limit"), "-1.00", "parameters.shared_limit"),
        (NANTONG, ("readings", "no_referral_cut_points"), "21", "readings.no_referral_cut_points"),
        (NANTONG, ("readings", "identity_loss"), "never", "readings.identity_loss"),
        (NANTONG, ("used", "2024", "shared"), "much", "used.2024.shared"),
        (SUBSIDY, ("readings", "quota_premium_share"), "0.79", "readings.quota_premium_share"),
        (SUBSIDY, ("people", 0, "category"), GONE, "people[0].category"),
        (SUBSIDY, ("people", 1, "id"), "p1", "people[1].id"),
        (SUBSIDY, ("individual_premium",), GONE, "individual_premium"),
        (TILTED, ("demo_parameters", "rate"), "1.01", "demo_parameters.rate"),
        (TILTED, ("in_scope_personal_after_three_layers",), GONE, "in_scope_personal_after_three_layers"),
    ],
)
def test_what_is_wrong_is_named(
    document: dict[str, Any], path: tuple[str | int, ...], wrong: Any, field: str
) -> None:
    spoilt = copy.deepcopy(document)
    _spoil(spoilt, path, wrong)
    assert _answer(spoilt)["error"]["field"] == field
