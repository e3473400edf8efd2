"""What takes a whole settlement out of the scheme or holds it: clause 二(二) and the gates."""

from collections.abc import Callable
from typing import Any

import pytest

Decide = Callable[..., dict[str, Any]]
Build = Callable[..., dict[str, Any]]
OUTSIDE = {"kind": "hospital", "designated": False, "region": "mainland"}
INVOICE = {"bill_code": "32060122", "bill_no": "0012345678", "check_code": "a1b2c3"}


def codes(settlement: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in settlement["reasons"]]


@pytest.mark.parametrize(
    ("med_type", "referral", "status", "reasons"),
    [
        ("11", "local", "rejected", ["not_designated"]),
        ("1401", "referred", "rejected", ["not_designated"]),
        ("21", "referred", "payable", []),
        ("21", "emergency", "held", ["not_designated"]),
        ("21", "local", "rejected", ["no_referral", "not_designated"]),
        ("52", "missing", "rejected", ["no_referral", "not_designated"]),
        ("24", "missing_hardship_approved", "rejected", ["no_referral", "not_designated"]),
    ],
)
def test_a_cost_outside_the_designated_institutions(
    decide: Decide, bill: Build, med_type: str, referral: str, status: str, reasons: list[str]
) -> None:
    found = decide(bill(fixmedins=OUTSIDE, referral=referral, med_type=med_type))
    assert (found["status"], codes(found)) == (status, reasons)


@pytest.mark.parametrize(
    ("designated", "referral", "status"),
    [
        (True, "missing", "rejected"),
        (True, "local", "payable"),
        (True, "emergency", "payable"),
        (False, "referred", "rejected"),
        (False, "emergency", "held"),
    ],
)
def test_one_of_both_facts_is_enough_when_the_reading_says_either(
    decide: Decide, bill: Build, designated: bool, referral: str, status: str
) -> None:
    stay = bill(fixmedins={**OUTSIDE, "designated": designated}, referral=referral)
    assert decide(stay, readings={"referral_exclusion": "either"})["status"] == status


def test_a_designated_stay_without_referral_is_covered(decide: Decide, bill: Build) -> None:
    assert decide(bill(referral="missing"))["status"] == "payable"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"fixmedins": {"region": "overseas"}}, "rejected", "overseas"),
        ({"third_party": "unresolved"}, "held", "third_party_unresolved"),
        ({"upstream_pending": ["charity"]}, "held", "upstream_pending"),
        ({"oth_pay": "0.01"}, "held", "other_fund"),
        ({"med_type": "91"}, "held", "unknown_kind"),
        ({"finding": "unlawful"}, "rejected", "unlawful"),
        ({"finding": "not_on_invoice"}, "rejected", "not_on_invoice"),
        ({"hifp_pay": "10500.01", "maf_pay": "0.00"}, "held", "payers_exceed_cost"),
        ({"medfee_sumamt": "11600.01"}, "held", "amounts_mismatch"),
        ({"hifmi_pay": "-1.00"}, "held", "amounts_mismatch"),
        ({"hosp_part_amt": "3600.01"}, "held", "payers_exceed_cost"),
        ({"later_payers": [{"payer": "charity", "unsplit": "3600.01"}]}, "held", "payers_exceed_cost"),
        ({"later_payers": [{"payer": "inclusive", "in_catalogue": "2500.01"}]}, "held", "payers_exceed_cost"),
        (
            {"later_payers": [{"payer": "inclusive", "outside_catalogue": "1100.01"}]},
            "held",
            "payers_exceed_cost",
        ),
    ],
)
def test_a_settlement_is_stopped_with_its_reason_and_pays_nothing(
    decide: Decide, bill: Build, fields: dict[str, Any], status: str, code: str
) -> None:
    found = decide(bill(**fields))
    assert (found["status"], codes(found)) == (status, [code])
    assert (found["benefit"], found["in_catalogue"], found["other"]) == ("0.00", "0.00", "0.00")
    assert found["limit"]["used_after"] == "0.00"


@pytest.mark.parametrize(
    "fields",
    [
        {"third_party": "settled"},
        {"third_party": "none"},
        {"upstream_pending": []},
        {"oth_pay": "0.00"},
        {"hifp_pay": "10500.00", "maf_pay": "0.00"},
        {"hosp_part_amt": "3600.00"},
        {"later_payers": [{"payer": "charity", "unsplit": "3600.00"}]},
        {"unknown_field": {"kept": True}},
    ],
)
def test_a_settlement_at_the_edge_is_payable(decide: Decide, bill: Build, fields: dict[str, Any]) -> None:
    assert decide(bill(**fields))["status"] == "payable"


@pytest.mark.parametrize(("psn_part_amt", "status"), [("3500.00", "payable"), ("3499.99", "held")])
def test_the_paid_side_must_add_up_when_it_is_given(
    decide: Decide, bill: Build, psn_part_amt: str, status: str
) -> None:
    found = decide(bill(fund_pay_sumamt="8000.00", hosp_part_amt="100.00", psn_part_amt=psn_part_amt))
    assert found["status"] == status


def test_a_difference_within_the_tolerance_of_the_case_is_accepted(decide: Decide, bill: Build) -> None:
    off = bill(medfee_sumamt="11600.10")
    assert decide(off)["status"] == "held"
    assert decide(off, parameters={"reconcile_tolerance": "0.10"})["status"] == "payable"
    assert decide(off, parameters={"reconcile_tolerance": "0.09"})["status"] == "held"


def test_a_gate_that_fails_holds_a_settlement_even_when_it_would_be_rejected(
    decide: Decide, bill: Build
) -> None:
    found = decide(bill(medfee_sumamt="1.00", fixmedins={"region": "overseas"}))
    assert found["status"] == "held"
    assert set(codes(found)) == {"amounts_mismatch", "overseas"}


def test_a_rejection_wins_over_waiting(decide: Decide, bill: Build) -> None:
    found = decide(bill(upstream_pending=["charity"], fixmedins={"region": "overseas"}))
    assert (found["status"], codes(found)) == ("rejected", ["overseas"])


@pytest.mark.parametrize(
    ("reading", "status"), [("hold", "held"), ("exclude", "rejected"), ("cover", "payable")]
)
def test_open_liability_follows_its_reading(decide: Decide, bill: Build, reading: str, status: str) -> None:
    assert decide(bill(third_party="unresolved"), readings={"third_party_open": reading})["status"] == status


def test_the_same_invoice_is_paid_once(answer: Callable[..., dict[str, Any]], bill: Build) -> None:
    first, second = bill(invoice=INVOICE), bill(setl_id="b2", invoice=INVOICE)
    other = bill(setl_id="b3", invoice={**INVOICE, "bill_no": "0012345679"})
    found = answer(first, second, other)["settlements"]
    assert [one["status"] for one in found] == ["payable", "rejected", "payable"]
    assert codes(found[1]) == ["duplicate"]


def test_the_same_settlement_twice_is_paid_once(answer: Callable[..., dict[str, Any]], bill: Build) -> None:
    found = answer(bill(), bill())["settlements"]
    assert [one["status"] for one in found] == ["payable", "rejected"]


def test_an_invoice_number_alone_does_not_make_a_duplicate(
    answer: Callable[..., dict[str, Any]], bill: Build
) -> None:
    found = answer(bill(invoice={"bill_no": "17"}), bill(setl_id="b2", invoice={"bill_no": "17"}))[
        "settlements"
    ]
    assert [one["status"] for one in found] == ["payable", "payable"]


def pharmacy(bill: Build, *lines: dict[str, Any], dual: bool = True, **fields: Any) -> dict[str, Any]:
    own = {
        "inscp_scp_amt": "0.00",
        "preselfpay_amt": "0.00",
        "overlmt_selfpay": "0.00",
        "fulamt_ownpay_amt": "300.00",
    }
    return bill(
        **{**own, **fields},
        hifp_pay="0.00",
        maf_pay="0.00",
        med_type="41",
        fixmedins={"kind": "pharmacy"},
        dual_channel=dual,
        feedetail=list(lines),
    )


def own_line(sn: str, list_type: str, amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "feedetl_sn": sn,
        "medins_list_name": "item",
        "list_type": list_type,
        "fulamt_ownpay_amt": amount,
        "det_item_fee_sumamt": amount,
        **fields,
    }


def test_dual_channel_frees_the_drugs_and_not_the_materials(decide: Decide, bill: Build) -> None:
    found = decide(pharmacy(bill, own_line("1", "101", "100.00"), own_line("2", "301", "200.00")))
    assert (found["status"], found["benefit"], found["excluded"]) == ("payable", "50.00", "200.00")
    assert [line["feedetl_sn"] for line in found["lines"]] == ["2"]
    assert found["lines"][0]["exclusion"] == {"code": "retail_pharmacy", "clause": "XB-二(二)7"}


def test_a_pharmacy_bill_of_materials_only_is_rejected(decide: Decide, bill: Build) -> None:
    found = decide(pharmacy(bill, own_line("1", "301", "300.00")))
    assert (found["status"], codes(found)) == ("rejected", ["retail_pharmacy"])


def test_an_ordinary_pharmacy_bill_is_rejected_unless_a_reviewer_confirmed_a_line(
    decide: Decide, bill: Build
) -> None:
    lines = (own_line("1", "101", "100.00"), own_line("2", "101", "200.00"))
    found = decide(pharmacy(bill, *lines, dual=False))
    assert (found["status"], codes(found)) == ("rejected", ["retail_pharmacy"])
    confirmed = ({**lines[0], "finding": "covered"}, lines[1])
    assert decide(pharmacy(bill, *confirmed, dual=False))["benefit"] == "50.00"
    unaccounted = pharmacy(bill, *confirmed, dual=False, inscp_scp_amt="50.00")
    assert decide(unaccounted)["status"] == "held"
