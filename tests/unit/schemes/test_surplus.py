"""The annual settlement of the premium: clauses 四(一), 四(二), 四(四) and their readings."""

from typing import Any

import pytest

from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.tracing import replay


def year(number: int, claims: str, **fields: Any) -> dict[str, Any]:
    return {
        "year": number,
        "premium": "1000.00",
        "max_profit_rate": "0.20",
        "claims_paid": claims,
        "excess_use": "refund",
        **fields,
    }


def settle(*years: dict[str, Any], **fields: Any) -> dict[str, Any]:
    document = {
        "case_id": "s",
        "kind": "surplus",
        "scheme": "changzhou-xinbei",
        "years": list(years),
        **fields,
    }
    return calculate(document, lambda lines, facts: [LineVerdict("covered") for _ in lines])


@pytest.mark.parametrize(
    ("claims", "excess", "result"),
    [
        ("800.00", "0.00", "200.00"),
        ("799.99", "0.01", "200.00"),
        ("1000.00", "0.00", "0.00"),
        ("1200.00", "0.00", "-200.00"),
    ],
)
def test_only_what_is_above_the_maximum_profit_goes_back(claims: str, excess: str, result: str) -> None:
    found = settle(year(2022, claims))["years"][0]
    assert (found["excess"], found["insurer_result"], found["refund_in_cash"]) == (excess, result, excess)


def test_the_maximum_profit_is_rounded_half_up() -> None:
    found = settle(year(2022, "0.00", premium="1000.03", max_profit_rate="0.175"))["years"][0]
    assert found["maximum_profit"] == "175.01"


@pytest.mark.parametrize(("reading", "excess"), [("inside_rate", "300.00"), ("deducted_first", "200.00")])
def test_operating_cost_follows_its_reading(reading: str, excess: str) -> None:
    found = settle(year(2022, "500.00", operating_cost="100.00"), readings={"operating_cost": reading})
    assert found["years"][0]["excess"] == excess
    assert found["years"][0]["surplus"] == "500.00"


@pytest.mark.parametrize(("reading", "excess"), [("each_year_alone", "300.00"), ("carried", "100.00")])
def test_losses_follow_their_reading(reading: str, excess: str) -> None:
    found = settle(year(2022, "1200.00"), year(2023, "500.00"), readings={"losses": reading})
    assert found["years"][1]["excess"] == excess


@pytest.mark.parametrize(("reading", "maximum"), [("full_premium", "200.00"), ("reduced_transfer", "140.00")])
def test_an_offset_lowers_the_next_transfer_and_the_base_only_by_its_reading(
    reading: str, maximum: str
) -> None:
    found = settle(
        year(2022, "500.00", excess_use="offset"), year(2023, "900.00"), readings={"offset_base": reading}
    )
    first, second = found["years"]
    assert (first["excess"], first["premium_transfer"], first["refund_in_cash"]) == (
        "300.00",
        "1000.00",
        "0.00",
    )
    assert (second["premium_transfer"], second["maximum_profit"]) == ("700.00", maximum)
    assert found["total"] == "0.00"


def test_years_are_settled_in_their_order_and_answered_in_that_of_the_document() -> None:
    found = settle(year(2023, "900.00"), year(2022, "500.00", excess_use="offset"))["years"]
    assert [one["year"] for one in found] == [2023, 2022]
    assert found[0]["premium_transfer"] == "700.00"


def test_an_offset_larger_than_the_premium_is_carried_on() -> None:
    found = settle(
        year(2022, "0.00", excess_use="offset"),
        year(2023, "100.00", premium="100.00", excess_use="none"),
        year(2024, "900.00"),
    )["years"]
    assert [one["premium_transfer"] for one in found] == ["1000.00", "0.00", "300.00"]


def test_an_excess_without_a_use_is_pointed_out() -> None:
    found = settle(year(2022, "500.00", excess_use="none"))["years"][0]
    assert [warning["code"] for warning in found["warnings"]] == ["excess_use_missing"]


def test_the_trace_of_a_year_replays() -> None:
    found = settle(year(2022, "500.00"))["years"][0]
    assert replay(found["trace"]) == 30000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"max_profit_rate": "0.2001"}, "years[0].max_profit_rate"),
        ({"max_profit_rate": "-0.01"}, "years[0].max_profit_rate"),
        ({"max_profit_rate": "much"}, "years[0].max_profit_rate"),
        ({"premium": None}, "years[0].premium"),
        ({"claims_paid": "-1.00"}, "years[0].claims_paid"),
        ({"excess_use": "party"}, "years[0].excess_use"),
        ({"year": "soon"}, "years[0].year"),
        ({"year": 2018}, "years[0].year"),
    ],
)
def test_a_wrong_year_is_refused_with_its_field(fields: dict[str, Any], field: str) -> None:
    assert settle(year(2022, "500.00", **fields))["error"]["field"] == field


def test_a_year_named_twice_or_no_year_is_refused() -> None:
    assert settle(year(2022, "1.00"), year(2022, "1.00"))["error"]["field"] == "years[1].year"
    assert settle()["error"]["field"] == "years"
