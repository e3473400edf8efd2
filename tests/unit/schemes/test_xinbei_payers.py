"""Payers after the settlement sheet, the limit, reversals, and the readings that move money."""

from collections.abc import Callable
from typing import Any

import pytest

Decide = Callable[..., dict[str, Any]]
Build = Callable[..., dict[str, Any]]
Answer = Callable[..., dict[str, Any]]
# The plain bill leaves 2500.00 in the catalogue (10500.00 − 8000.00) and 1100.00 other; excluded is nothing.
EXCLUDED = [
    {"feedetl_sn": "1", "medins_list_name": "excluded", "fulamt_ownpay_amt": "400.00"},
    {"feedetl_sn": "2", "medins_list_name": "item", "fulamt_ownpay_amt": "600.00"},
]
"""With these lines the bill leaves 2500.00, 700.00 and 400.00: 3600.00 together."""


def later(payer: str, **amounts: str) -> list[dict[str, str]]:
    return [{"payer": payer, **amounts}]


@pytest.mark.parametrize(
    ("reading", "parts"),
    [
        ("pro_rata", ("694.44", "194.44", "111.12")),
        ("outside_first", ("0.00", "700.00", "300.00")),
        ("in_catalogue_first", ("1000.00", "0.00", "0.00")),
        ("excluded_first", ("0.00", "600.00", "400.00")),
    ],
)
def test_an_unsplit_payment_is_spread_as_the_reading_says(
    decide: Decide, bill: Build, reading: str, parts: tuple[str, str, str]
) -> None:
    found = decide(
        bill(feedetail=EXCLUDED, later_payers=later("charity", unsplit="1000.00")),
        readings={"unsplit_payment": reading},
    )
    taken = found["later_payers"][0]
    assert (taken["payer"], taken["in_catalogue"], taken["other"], taken["excluded"]) == ("charity", *parts)


def test_the_second_part_takes_the_remainder_when_nothing_is_excluded(decide: Decide, bill: Build) -> None:
    found = decide(bill(later_payers=later("inclusive", unsplit="1000.00")))
    taken = found["later_payers"][0]
    assert (taken["in_catalogue"], taken["other"], taken["excluded"]) == ("694.44", "305.56", "0.00")
    assert found["shares"]["after_later_payers"] == {
        "in_catalogue": "1805.56",
        "other": "794.44",
        "excluded": "0.00",
    }


def test_inclusive_comes_before_charity_whatever_their_order(decide: Decide, bill: Build) -> None:
    two = [*later("charity", unsplit="500.01"), *later("inclusive", unsplit="333.33")]
    one, other = bill(feedetail=EXCLUDED, later_payers=two), bill(feedetail=EXCLUDED, later_payers=two[::-1])
    assert decide(one)["benefit"] == decide(other)["benefit"]
    assert [payer["payer"] for payer in decide(one)["later_payers"]] == ["inclusive", "charity"]


def test_a_stated_split_is_taken_off_as_stated(decide: Decide, bill: Build) -> None:
    split = later("inclusive", in_catalogue="500.00", outside_catalogue="100.00", excluded="50.00")
    found = decide(bill(feedetail=EXCLUDED, later_payers=split))
    assert found["shares"]["after_later_payers"] == {
        "in_catalogue": "2000.00",
        "other": "600.00",
        "excluded": "350.00",
    }


@pytest.mark.parametrize(
    ("reading", "other", "excluded"),
    [("other_first", "0.00", "300.00"), ("pro_rata_with_excluded", "190.91", "109.09")],
)
def test_a_stated_outside_part_falls_on_the_other_share_as_the_reading_says(
    decide: Decide, bill: Build, reading: str, other: str, excluded: str
) -> None:
    split = later("inclusive", outside_catalogue="800.00")
    found = decide(bill(feedetail=EXCLUDED, later_payers=split), readings={"stated_outside_part": reading})
    left = found["shares"]["after_later_payers"]
    assert (left["other"], left["excluded"]) == (other, excluded)


@pytest.mark.parametrize(
    ("reading", "left"),
    [
        ("pro_rata", ("1805.56", "505.56", "288.88")),
        ("in_catalogue_first", ("1500.00", "700.00", "400.00")),
        ("outside_first", ("2500.00", "0.00", "100.00")),
    ],
)
def test_what_the_hospital_bears_is_spread_as_the_reading_says(
    decide: Decide, bill: Build, reading: str, left: tuple[str, str, str]
) -> None:
    found = decide(bill(feedetail=EXCLUDED, hosp_part_amt="1000.00"), readings={"hospital_borne": reading})
    assert tuple(found["shares"]["after_later_payers"].values()) == left


@pytest.mark.parametrize(
    ("reading", "value", "in_catalogue", "other", "excluded"),
    [
        ("class_b_first_pay", "in_catalogue", "2500.00", "550.00", "0.00"),
        ("class_b_first_pay", "other", "2000.00", "800.00", "0.00"),
        ("class_b_first_pay", "not_payable", "2000.00", "550.00", "500.00"),
        ("over_price_limit", "other", "2500.00", "550.00", "0.00"),
        ("over_price_limit", "in_catalogue", "2600.00", "500.00", "0.00"),
        ("over_price_limit", "not_payable", "2500.00", "500.00", "100.00"),
        ("below_deductible", "included", "2500.00", "550.00", "0.00"),
        ("below_deductible", "excluded", "1700.00", "550.00", "800.00"),
    ],
)
def test_a_cost_part_goes_where_its_reading_says(
    decide: Decide, bill: Build, reading: str, value: str, in_catalogue: str, other: str, excluded: str
) -> None:
    found = decide(bill(act_pay_dedc="800.00"), readings={reading: value})
    assert (found["in_catalogue"], found["other"], found["excluded"]) == (in_catalogue, other, excluded)


def test_a_bill_on_which_basic_insurance_paid_nothing_lies_below_the_deductible(
    decide: Decide, bill: Build
) -> None:
    unpaid = bill(hifp_pay="0.00", maf_pay="0.00")
    assert decide(unpaid, readings={"below_deductible": "excluded"})["in_catalogue"] == "500.00"
    assert decide(unpaid)["in_catalogue"] == "10500.00"


def test_every_named_fund_reduces_the_catalogue_share(decide: Decide, bill: Build) -> None:
    for fund in ("hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay"):
        assert decide(bill(**{fund: "10.00"}))["in_catalogue"] == "2490.00"


def test_accounts_are_the_persons_own_money(decide: Decide, bill: Build) -> None:
    assert decide(bill(acct_pay="300.00", acct_mulaid_pay="200.00"))["benefit"] == "3050.00"


@pytest.mark.parametrize(
    ("private", "in_catalogue", "other"),
    [("0.01", "2500.00", "550.00"), ("600.00", "2500.00", "500.00"), ("2000.00", "1600.00", "0.00")],
)
def test_a_private_policy_cuts_other_first(
    decide: Decide, bill: Build, private: str, in_catalogue: str, other: str
) -> None:
    found = decide(bill(later_payers=later("private", unsplit=private)))
    assert (found["in_catalogue"], found["other"]) == (in_catalogue, other)
    assert found["limit"]["used_after"] == other
    ignored = decide(
        bill(later_payers=later("private", unsplit=private)), readings={"private_insurance": "ignore"}
    )
    assert ignored["benefit"] == "3050.00"


def test_a_private_policy_above_the_cost_leaves_nothing_and_is_no_error(decide: Decide, bill: Build) -> None:
    found = decide(bill(later_payers=later("private", in_catalogue="99999.00")))
    assert (found["status"], found["benefit"]) == ("payable", "0.00")


def test_the_limit_is_used_up_in_the_order_of_settlement_time(answer: Answer, bill: Build) -> None:
    late = bill(setl_id="late", setl_time="2022-05-02T10:00:00")
    early = bill(setl_id="early", setl_time="2022-05-02T09:00:00+08:00")
    result = answer(late, early, parameters={"other_covered_annual_limit": "700.00"})
    assert [one["setl_id"] for one in result["settlements"]] == ["late", "early"]
    assert [one["other"] for one in result["settlements"]] == ["150.00", "550.00"]
    assert result["balances"] == {"2022": {"other_covered": "700.00"}}
    assert result["settlements"][0]["limit"] == {
        "annual": "700.00",
        "used_before": "550.00",
        "used_after": "700.00",
        "left": "0.00",
    }


def test_the_limit_on_cost_counts_the_cost(answer: Answer, bill: Build) -> None:
    result = answer(
        bill(),
        bill(setl_id="b2"),
        parameters={"other_covered_annual_limit": "1500.00"},
        readings={"annual_limit_on": "other_cost"},
    )
    assert [one["other"] for one in result["settlements"]] == ["550.00", "200.00"]
    assert result["balances"] == {"2022": {"other_covered": "1500.00"}}


def test_a_limit_that_is_already_passed_pays_no_other(decide: Decide, bill: Build) -> None:
    found = decide(bill(), used={"2022": {"other_covered": "20000.01"}})
    assert (found["status"], found["other"], found["in_catalogue"]) == ("payable", "0.00", "2500.00")


def test_a_reversal_gives_back_the_amount_and_the_limit(answer: Answer, bill: Build) -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    again = bill(setl_id="b2", setl_time="2022-03-12")
    result = answer(bill(), back, again, parameters={"other_covered_annual_limit": "600.00"})
    first, reversal, second = result["settlements"]
    assert (reversal["status"], reversal["benefit"]) == ("payable", "-3050.00")
    assert (reversal["in_catalogue"], reversal["other"]) == ("-2500.00", "-550.00")
    assert second["benefit"] == first["benefit"] == "3050.00"
    assert result["total"] == "3050.00"


def test_a_reversal_gives_back_the_part_that_was_not_covered(answer: Answer, bill: Build) -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    result = answer(bill(), back, readings={"class_b_first_pay": "not_payable"})
    assert [one["excluded"] for one in result["settlements"]] == ["500.00", "-500.00"]


@pytest.mark.parametrize("paid", [{"maf_pay": "12000.00"}, {"hifp_pay": "20000.00"}])
def test_a_bill_paid_above_its_cost_is_held_and_shows_no_amount_below_zero(
    answer: Answer, bill: Build, paid: dict[str, str]
) -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    for reading in ("included", "excluded"):
        found = answer(bill(**paid), back, readings={"below_deductible": reading})["settlements"]
        assert [one["status"] for one in found] == ["held", "payable"]
        for one in found:
            told = [one[name] for name in ("benefit", "in_catalogue", "other", "excluded")]
            told += [text for shares in one.get("shares", {}).values() for text in shares.values()]
            assert not [text for text in told if text.startswith("-")]


def test_a_reversal_frees_the_invoice(answer: Answer, bill: Build) -> None:
    invoice = {"bill_code": "1", "bill_no": "2", "check_code": "3"}
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    again = bill(setl_id="b2", setl_time="2022-03-12", invoice=invoice)
    found = answer(bill(invoice=invoice), back, again)["settlements"]
    assert [one["status"] for one in found] == ["payable", "payable", "payable"]


def test_a_settlement_is_reversed_once(answer: Answer, bill: Build) -> None:
    backs = [{"setl_id": name, "reverses": "b1", "setl_time": "2022-03-11"} for name in ("r1", "r2")]
    result = answer(bill(), *backs)
    assert [one["benefit"] for one in result["settlements"]] == ["3050.00", "-3050.00", "0.00"]
    assert result["settlements"][2]["reasons"] == [{"code": "duplicate", "clause": "XB-二(二)2"}]


def test_a_reversal_of_a_held_settlement_gives_back_nothing(answer: Answer, bill: Build) -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-11"}
    assert answer(bill(oth_pay="1.00"), back)["total"] == "0.00"


def test_a_reversal_dated_by_its_day_follows_what_it_cancels(answer: Answer, bill: Build) -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2022-03-10"}
    result = answer(back, bill(setl_time="2022-03-10T15:00:00"))
    assert result["total"] == "0.00"


@pytest.mark.parametrize("reverses", ["elsewhere", "late", "r"])
def test_a_reversal_of_what_is_not_there_before_is_an_error(
    answer: Answer, bill: Build, reverses: str
) -> None:
    back = {"setl_id": "r", "reverses": reverses, "setl_time": "2022-03-11"}
    result = answer(bill(), back, bill(setl_id="late", setl_time="2022-03-12"))
    assert result["error"]["field"] == "settlements[1].reverses"
