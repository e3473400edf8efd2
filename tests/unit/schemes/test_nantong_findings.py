"""Findings of a Nantong case: for the agency about critical illness (三), for the early-warning list (九)."""

from collections.abc import Callable
from typing import Any

import pytest

from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.tracing import replay

CRITICAL = {
    "standard_deductible": "20000.00",
    "assisted_deductible": "10000.00",
    "bands_above_deductible": [
        ["50000.00", "0.60", "0.65"],
        ["100000.00", "0.65", "0.70"],
        [None, "0.70", "0.75"],
    ],
}


def bill(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A stay of 60 000 in scope, of which basic insurance leaves 30 000 to the person."""
    return {
        "setl_id": f"b{number}",
        "med_type": "21",
        "setl_time": f"2024-05-0{number}",
        "medfee_sumamt": "60000.00",
        "inscp_scp_amt": "60000.00",
        "preselfpay_amt": "0.00",
        "overlmt_selfpay": "0.00",
        "fulamt_ownpay_amt": "0.00",
        "hifp_pay": "30000.00",
        "hifmi_pay": "13000.00",
        **fields,
    }


def settle(
    *bills: dict[str, Any], category: str = "min_living_allowance", **fields: Any
) -> list[dict[str, Any]]:
    document = {
        "kind": "claim",
        "scheme": "nantong",
        "person": {"identities": [{"category": category, "valid_from": "2023-01-01"}]},
        "parameters": {"critical_illness": CRITICAL},
        "settlements": list(bills),
        **fields,
    }
    found = calculate(document, lambda lines, facts: [LineVerdict("covered") for _ in lines])
    assert "error" not in found, found
    for one in found["settlements"]:
        for finding in one["findings"]:
            assert all(step["clause"] == finding["clause"] for step in finding["steps"])
            replay([step for step in finding["steps"] if not step.get("row")])
        assert replay(one["trace"]) == parse_yuan(one["benefit"])
    told: list[dict[str, Any]] = found["settlements"]
    return told


def tilt(one: dict[str, Any]) -> dict[str, Any] | None:
    return next((found for found in one["findings"] if found["code"] == "critical_illness_tilt"), None)


# 30 000 of self-pay: tilted (30 000 - 10 000) × 65 % = 13 000; plain (30 000 - 20 000) × 60 % = 6 000;
# plain deductible with the raised rate 6 500; halved deductible with the plain rate 12 000.
@pytest.mark.parametrize(
    ("paid", "amount", "missing", "word"),
    [
        ("6000.00", "7000.00", "untilted", "没有倾斜"),
        ("6500.00", "6500.00", "deductible_not_cut", "起付线没有降低"),
        ("12000.00", "1000.00", "rate_not_raised", "比例没有提高"),
        ("12345.00", "655.00", "", "少付 655.00 元。请经办机构核对"),
        ("14000.00", "-1000.00", "", "多付 1,000.00 元"),
        ("0.00", "13000.00", "", "少付 13,000.00"),
    ],
)
def test_a_payment_that_is_not_the_tilted_one_is_a_finding(
    paid: str, amount: str, missing: str, word: str
) -> None:
    [one] = settle(bill(hifmi_pay=paid))
    found = tilt(one)
    assert found is not None
    assert (found["clause"], found["paid"], found["expected"]) == ("NT-(三)", paid, "13000.00")
    assert (found["amount"], found["missing"]) == (amount, missing)
    assert word in found["message"]
    assert found["parameter"]["status"] == "case"


@pytest.mark.parametrize("paid", ["13000.00", "13000.05", "12999.95"])
def test_the_tilted_payment_and_cents_of_rounding_are_none(paid: str) -> None:
    assert tilt(settle(bill(hifmi_pay=paid))[0]) is None


def test_a_finding_changes_no_benefit() -> None:
    [one] = settle(bill(hifmi_pay="6000.00"))
    assert one["assistance"] == "19200.00"  # (30 000 - 6 000) × 80 %, as without the comparison
    rules = {step["rule"] for step in one["trace"]}
    assert not rules & {"critical_short", "burden_now"}


def test_the_year_so_far_counts() -> None:
    first = bill(1, hifmi_pay="13000.00")
    second = bill(2, hifmi_pay="19500.00")  # 30 000 more, all above the deductible, at 65 %
    assert [tilt(one) for one in settle(first, second)] == [None, None]
    assert tilt(settle(second)[0]) is not None
    carried = settle(second, used={"2024": {"critical_illness_self_pay": "30000.00"}})
    assert tilt(carried[0]) is None


def test_the_dated_figures_are_used_and_marked_when_the_case_has_none() -> None:
    [one] = settle(bill(hifmi_pay="6000.00"), parameters={})
    found = tilt(one)
    assert found is not None
    assert found["expected"] == "13000.00"
    assert found["parameter"] == {"status": "placeholder", "source": "占位数，等待大病保险当年标准"}
    rules = {step["rule"]: step["amount"] for step in found["steps"] if "amount" in step}
    assert rules["assisted_deductible"] == "10000.00"
    replaced = settle(bill(hifmi_pay="6000.00"), parameters={"critical_deductible": "50000.00"})
    other = tilt(replaced[0])
    assert other is not None
    assert other["expected"] == "3250.00"


@pytest.mark.parametrize(
    "fields",
    [
        {"hifmi_pay": None},
        {"med_type": "11"},
        {"medfee_sumamt": "1.00"},
        {"third_party": "unresolved"},
        {"inscp_scp_amt": "39000.00", "medfee_sumamt": "39000.00", "hifmi_pay": "0.00"},
    ],
)
def test_nothing_is_compared_where_nothing_was_stated_settled_or_due(fields: dict[str, Any]) -> None:
    assert tilt(settle(bill(**{"hifmi_pay": "6000.00", **fields}))[0]) is None


def test_people_without_an_identity_are_not_tilted() -> None:
    [one] = settle(bill(hifmi_pay="6000.00", setl_time="2023-05-05"), category="orphan", parameters={})
    assert tilt(one) is not None
    person = {"identities": [{"category": "orphan", "valid_from": "2024-01-01"}]}
    [one] = settle(bill(hifmi_pay="6000.00", setl_time="2023-05-05"), person=person, parameters={})
    assert (one["status"], one["findings"]) == ("rejected", [])


def test_a_bill_that_only_assistance_refuses_is_compared_too() -> None:
    [one] = settle(bill(hifmi_pay="6000.00", referral="missing"))
    assert one["status"] == "rejected"
    assert tilt(one) is not None


# (九) ---
Warn = Callable[..., dict[str, Any]]


def warned(one: dict[str, Any]) -> dict[str, Any] | None:
    return next((found for found in one["findings"] if found["code"] == "early_warning"), None)


@pytest.mark.parametrize("category", ["low_income_margin", "expenditure_poor_patient"])
def test_the_burden_of_the_year_is_watched_for_two_categories(category: str) -> None:
    # Borne: 60 000 - 30 000 - 13 000 = 17 000 in scope at 70 %: 11 900 assisted, 5 100 left.
    first, second = settle(bill(1), bill(2), category=category, parameters={"warning_threshold": "10000.00"})
    assert first["early_warning"] == {
        "burden": "5100.00",
        "threshold": "10000.00",
        "above_by": "0.00",
        "alert": False,
    }
    assert warned(first) is None
    assert second["early_warning"]["alert"] is True
    found = warned(second)
    assert found is not None
    assert (found["clause"], found["amount"], found["burden"]) == ("NT-(九)", "200.00", "10200.00")
    assert (found["year"], found["parameter"]["status"]) == ("2024", "case")
    assert "2024 年个人负担 10,200.00 元" in found["message"]


def test_the_line_is_above_and_its_figure_is_marked_as_a_placeholder() -> None:
    own = {"medfee_sumamt": "80826.50", "fulamt_ownpay_amt": "20826.50"}
    [at] = settle(bill(**own), category="low_income_margin", parameters={})
    assert at["early_warning"] == {
        "burden": "25926.50",
        "threshold": "25926.50",
        "above_by": "0.00",
        "alert": False,
    }
    own = {"medfee_sumamt": "80826.51", "fulamt_ownpay_amt": "20826.51"}
    [above] = settle(bill(**own), category="low_income_margin", parameters={})
    found = warned(above)
    assert found is not None
    assert (found["amount"], found["parameter"]["status"]) == ("0.01", "placeholder")


def test_other_people_are_watched_under_another_reading_only() -> None:
    low = {"warning_threshold": "1.00"}
    [one] = settle(bill(), parameters=low)
    assert "early_warning" not in one
    assert one["findings"] == []
    [one] = settle(bill(), parameters=low, readings={"warning_people": "all_assisted"})
    assert warned(one) is not None


def test_the_burden_may_be_counted_within_the_scope_only() -> None:
    own = {"medfee_sumamt": "80000.00", "fulamt_ownpay_amt": "20000.00"}
    for answer, burden in (("all_personal", "25100.00"), ("in_scope_only", "5100.00")):
        [one] = settle(bill(**own), category="low_income_margin", readings={"warning_burden": answer})
        assert one["early_warning"]["burden"] == burden


def test_a_reversal_takes_its_burden_out_of_the_year() -> None:
    back = {"setl_id": "r1", "reverses": "b1", "setl_time": "2024-06-01"}
    again = bill(3, setl_time="2024-07-01")
    found = settle(bill(1), back, again, category="low_income_margin")
    assert found[0]["early_warning"]["burden"] == found[2]["early_warning"]["burden"] == "5100.00"
    assert found[1]["findings"] == []


def test_the_burden_before_is_carried_by_the_document() -> None:
    used = {"2024": {"personal_burden": "30000.00"}}
    [one] = settle(bill(), category="low_income_margin", parameters={}, used=used)
    assert one["early_warning"]["burden"] == "35100.00"
