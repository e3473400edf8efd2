"""Which placeholders and assumed figures stand behind a result."""

from collections.abc import Callable
from typing import Any

import pytest

from insurer.schemes.calculate import calculate
from insurer.schemes.explain import explain
from insurer.schemes.line_check import LineVerdict

Bill = Callable[..., dict[str, Any]]
Decide = Callable[..., dict[str, Any]]


def names(one: dict[str, Any]) -> list[str]:
    return [f"{figure['name']} {figure['status']}" for figure in one["provisional"]]


def test_a_placeholder_limit_stands_behind_a_benefit_for_other_cost(bill: Bill, decide: Decide) -> None:
    [figure] = decide(bill())["provisional"]
    assert figure == {
        "name": "other_covered_annual_limit",
        "label": "其他自付年度限额",
        "value": "20000.00",
        "status": "placeholder",
        "source": "占位数，等待 2022—2024 年中标方案",
    }


def test_no_limit_stands_behind_a_benefit_without_other_cost(bill: Bill, decide: Decide) -> None:
    assert names(decide(bill(fulamt_ownpay_amt="0.00", overlmt_selfpay="0.00"))) == []


def test_a_figure_of_the_case_is_its_own(bill: Bill, decide: Decide) -> None:
    assert names(decide(bill(), parameters={"other_covered_annual_limit": "20000.00"})) == []


def test_a_limit_that_is_used_up_stands_behind_a_benefit_of_nothing(bill: Bill, decide: Decide) -> None:
    used = {"2022": {"other_covered": "20000.00"}}
    only_other = {"inscp_scp_amt": "8000.00", "preselfpay_amt": "0.00"}
    found = decide(bill(**only_other), used=used)
    assert found["benefit"] == "0.00"
    assert names(found) == ["other_covered_annual_limit placeholder"]


def test_nothing_stands_behind_a_settlement_that_is_refused(bill: Bill, decide: Decide) -> None:
    assert names(decide(bill(fixmedins={"region": "overseas"}))) == []


def test_rates_of_the_round_before_are_assumed_and_the_explanation_says_so(
    bill: Bill, decide: Decide
) -> None:
    person = {"insutype": "390", "roster": {"2021": {"on_previous_december": True}}}
    found = decide(bill(setl_time="2021-12-31"), person=person)
    assert names(found) == [
        "in_catalogue_rate assumed",
        "other_covered_annual_limit placeholder",
        "other_covered_rate assumed",
    ]
    notes = {line.label: line.note for line in explain(found["trace"])}
    assert (notes["目录内补偿"], notes["其他自付按比例"]) == ("待确认", "待确认")
    shares = [step for step in found["trace"] if step["op"] == "share"]
    assert {step["parameter"]["status"] for step in shares} == {"assumed"}


@pytest.mark.parametrize(
    ("med_type", "day", "told"),
    [
        ("21", "2023-05-01", ["shared_limit assumed"]),
        ("21", "2025-05-01", ["shared_limit placeholder"]),
        ("11", "2025-05-01", []),
    ],
)
def test_the_limit_of_the_visit_stands_behind_assistance(med_type: str, day: str, told: list[str]) -> None:
    bill = {
        "setl_id": "b1",
        "med_type": med_type,
        "setl_time": day,
        "medfee_sumamt": "1000.00",
        "inscp_scp_amt": "1000.00",
        "preselfpay_amt": "0.00",
        "overlmt_selfpay": "0.00",
        "fulamt_ownpay_amt": "0.00",
        "hifp_pay": "400.00",
        "hifmi_pay": "0.00",
    }
    identity = {"category": "orphan", "valid_from": "2023-01-01"}
    document = {
        "kind": "claim",
        "scheme": "nantong",
        "person": {"identities": [identity]},
        "settlements": [bill],
    }
    found = calculate(document, lambda lines, facts: [LineVerdict("covered") for _ in lines])
    assert names(found["settlements"][0]) == told
