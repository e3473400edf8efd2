"""Every reading that has its name here: worked by hand, the answer in use beside each other one."""

from collections.abc import Callable
from typing import Any

import pytest

from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict

Bill = Callable[..., dict[str, Any]]
Decide = Callable[..., dict[str, Any]]

ROSTER = {"2022": {"on_previous_december": True, "removed_on": "2022-03-15"}}


@pytest.mark.parametrize(
    ("chosen", "settled", "status"),
    [
        ("year", "2022-12-31", "payable"),
        ("month", "2022-03-31", "payable"),
        ("month", "2022-04-01", "rejected"),
        ("removal_date", "2022-03-15", "payable"),
        ("removal_date", "2022-03-16", "rejected"),
    ],
)
def test_cover_of_a_person_removed_from_the_roster_ends(
    bill: Bill, decide: Decide, chosen: str, settled: str, status: str
) -> None:
    person = {"insutype": "390", "roster": ROSTER}
    found = decide(bill(setl_time=settled), person=person, readings={"cover_end": chosen})
    assert found["status"] == status


@pytest.mark.parametrize(
    ("chosen", "year"), [("settlement", "2023"), ("admission", "2021"), ("discharge", "2022")]
)
def test_a_bill_belongs_to_the_year_of_its_day(bill: Bill, decide: Decide, chosen: str, year: str) -> None:
    stay = bill(begndate="2021-12-30", enddate="2022-12-31", setl_time="2023-01-02")
    assert decide(stay, readings={"bill_date": chosen})["year"] == year


RESIDENT_UNTIL_JUNE = [
    {"insutype": "390", "psn_insu_date": "2020-01-01", "paus_insu_date": "2022-06-01"},
    {"insutype": "310", "psn_insu_date": "2022-06-01", "paus_insu_date": None},
]


@pytest.mark.parametrize(
    ("chosen", "med_type", "begins", "ends", "settled", "status"),
    [
        ("service", "21", "2022-05-20", "2022-06-10", "2022-06-10", "payable"),
        ("service", "21", "2022-06-01", "2022-06-10", "2022-06-10", "rejected"),
        ("service", "11", "2022-05-31", "2022-06-10", "2022-06-10", "payable"),
        ("service", "11", "2022-06-01", "2022-06-01", "2022-06-10", "rejected"),
        ("settlement", "21", "2022-05-20", "2022-06-10", "2022-06-10", "rejected"),
        ("settlement", "21", "2022-05-20", "2022-05-30", "2022-05-31", "payable"),
        ("person", "21", "2022-06-02", "2022-06-10", "2022-06-10", "payable"),
    ],
)
def test_who_changed_the_insurance_is_judged_by_its_days(
    bill: Bill, decide: Decide, chosen: str, med_type: str, begins: str, ends: str, settled: str, status: str
) -> None:
    person = {
        "insutype": "390",
        "insuinfo": RESIDENT_UNTIL_JUNE,
        "roster": {"2022": {"on_previous_december": True}},
    }
    stay = bill(med_type=med_type, begndate=begins, enddate=ends, setl_time=settled)
    assert decide(stay, person=person, readings={"scheme_status_date": chosen})["status"] == status


@pytest.mark.parametrize("referral", ["missing", "missing_hardship_approved"])
def test_the_loss_of_a_missing_referral_is_covered_or_withheld(
    bill: Bill, decide: Decide, referral: str
) -> None:
    stay = bill(referral=referral, referral_loss_amt="700.00")
    borne = decide(stay)
    withheld = decide(stay, readings={"unreferred_loss": "withheld"})
    assert (borne["in_catalogue"], withheld["in_catalogue"]) == ("2500.00", "1800.00")
    assert withheld["excluded"] == "700.00"
    assert withheld["other"] == borne["other"]


def test_an_unknown_loss_of_a_missing_referral_waits(bill: Bill, decide: Decide) -> None:
    readings = {"unreferred_loss": "withheld"}
    held = decide(bill(referral="missing"), readings=readings)
    assert (held["status"], held["reasons"]) == (
        "held",
        [{"code": "upstream_pending", "clause": "XB-二(二)1"}],
    )
    assert decide(bill(referral="referred"), readings=readings)["status"] == "payable"
    assert decide(bill(referral="missing", med_type="11"), readings=readings)["status"] == "payable"


def test_the_yearly_limit_may_cover_everything(bill: Bill, answer: Callable[..., dict[str, Any]]) -> None:
    limit = {"other_covered_annual_limit": "3000.00"}
    bills = (bill(setl_id="b1"), bill(setl_id="b2", setl_time="2022-04-01"))
    usual = answer(*bills, parameters=limit)
    assert [one["benefit"] for one in usual["settlements"]] == ["3050.00", "3050.00"]
    everything = answer(*bills, parameters=limit, readings={"annual_limit_covers": "everything"})
    first, second = everything["settlements"]
    assert (first["in_catalogue"], first["other"], first["benefit"]) == ("2500.00", "500.00", "3000.00")
    assert (second["in_catalogue"], second["other"], second["benefit"]) == ("0.00", "0.00", "0.00")
    assert everything["balances"] == {"2022": {"other_covered": "3000.00"}}


@pytest.mark.parametrize(
    ("reading", "paid", "inside", "other"),
    [
        ("ignore", "3000.00", "2500.00", "550.00"),
        ("ceiling", "500.00", "2500.00", "550.00"),
        ("ceiling", "1000.00", "2500.00", "100.00"),
        ("deduct", "500.00", "2500.00", "50.00"),
        ("deduct", "1000.00", "2050.00", "0.00"),
        ("deduct", "9000.00", "0.00", "0.00"),
    ],
)
def test_a_private_policy(
    bill: Bill, decide: Decide, reading: str, paid: str, inside: str, other: str
) -> None:
    later = [{"payer": "private", "unsplit": paid}]
    found = decide(bill(later_payers=later), readings={"private_insurance": reading})
    assert (found["in_catalogue"], found["other"]) == (inside, other)


# the premium years ---
def surplus(*years: dict[str, Any], **readings: str) -> list[dict[str, Any]]:
    filled = [
        {"premium": "1000.00", "max_profit_rate": "0.20", "excess_use": "refund", **year} for year in years
    ]
    document = {"kind": "surplus", "scheme": "changzhou-xinbei", "years": filled, "readings": readings}
    found: list[dict[str, Any]] = calculate(document, lambda lines, facts: [])["years"]
    return found


@pytest.mark.parametrize(
    ("answer", "excess"), [("paid", "300.00"), ("paid_and_open", "200.00"), ("with_reserve", "150.00")]
)
def test_which_claims_count_in_a_premium_year(answer: str, excess: str) -> None:
    year = {"year": 2022, "claims_paid": "500.00", "open_claims": "100.00", "reserve": "50.00"}
    assert surplus(year, claims_counted=answer)[0]["excess"] == excess


@pytest.mark.parametrize(
    ("answer", "excesses"), [("restate", ["200.00", "300.00"]), ("next_year", ["300.00", "200.00"])]
)
def test_a_late_claim_restates_its_year_or_burdens_the_next(answer: str, excesses: list[str]) -> None:
    first = {"year": 2022, "claims_paid": "500.00", "late_claims": "100.00"}
    years = surplus(first, {"year": 2023, "claims_paid": "500.00"}, late_claims=answer)
    assert [year["excess"] for year in years] == excesses


def test_what_was_paid_in_time_needs_no_step_of_its_own() -> None:
    rules = [step["rule"] for step in surplus({"year": 2022, "claims_paid": "500.00"})[0]["trace"]]
    assert "claims_counted" not in rules


# Nantong ---
def nantong(*bills: dict[str, Any], category: str = "min_living_allowance", **fields: Any) -> dict[str, Any]:
    filled = [
        {
            "setl_id": f"b{number}",
            "med_type": "21",
            "setl_time": f"2024-05-0{number}",
            "medfee_sumamt": "10000.00",
            "inscp_scp_amt": "9000.00",
            "preselfpay_amt": "600.00",
            "overlmt_selfpay": "0.00",
            "fulamt_ownpay_amt": "400.00",
            "hifp_pay": "5000.00",
            "hifmi_pay": "0.00",
            **bill,
        }
        for number, bill in enumerate(bills, 1)
    ]
    identity = {"category": category, "valid_from": "2023-01-01"}
    document = {
        "kind": "claim",
        "scheme": "nantong",
        "person": {"identities": [identity]},
        "settlements": filled,
        **fields,
    }
    found = calculate(document, lambda lines, facts: [LineVerdict("covered") for _ in lines])
    assert "error" not in found, found
    return found


def paid(found: dict[str, Any]) -> list[str]:
    return [one["assistance"] for one in found["settlements"]]


@pytest.mark.parametrize(
    ("answer", "used"), [("apply", ["1000.00", "0.00"]), ("waived", ["4000.00", "4000.00"])]
)
def test_the_limit_of_those_assisted_in_full(answer: str, used: list[str]) -> None:
    limit = {"shared_limit": "1000.00"}
    found = nantong({}, {}, category="orphan", parameters=limit, readings={"full_rate_limits": answer})
    assert paid(found) == used
    others = nantong({}, {}, parameters=limit, readings={"full_rate_limits": answer})
    assert paid(others) == ["1000.00", "0.00"]


@pytest.mark.parametrize(
    ("answer", "used"), [("assistance", ["3200.00", "1800.00"]), ("cost", ["3200.00", "800.00"])]
)
def test_the_limit_measures_assistance_or_cost(answer: str, used: list[str]) -> None:
    found = nantong({}, {}, parameters={"shared_limit": "5000.00"}, readings={"assistance_limit_on": answer})
    assert paid(found) == used
    taken = {"assistance": "5000.00", "cost": "5000.00"}[answer]
    assert found["balances"]["2024"]["shared"] == taken


def test_the_shared_limit_is_the_published_figure_or_three_times_the_income() -> None:
    given = {"shared_limit": "1000.00", "disposable_income_before": "200.00"}
    for answer, limit in (("published", "1000.00"), ("three_times_income", "600.00")):
        found = nantong({}, parameters=given, readings={"shared_limit_basis": answer})
        assert (paid(found), found["settlements"][0]["limit"]["annual"]) == ([limit], limit)
    assert nantong({})["settlements"][0]["limit"]["annual"] == "155559.00"
    by_income = nantong({}, readings={"shared_limit_basis": "three_times_income"})
    assert by_income["settlements"][0]["limit"]["annual"] == "155559.00"


@pytest.mark.parametrize(
    ("answer", "rate", "amount"), [("points", "60", "2400.00"), ("percent_of_rate", "64", "2560.00")]
)
def test_the_cut_for_a_missing_referral(answer: str, rate: str, amount: str) -> None:
    bill = {"referral": "missing_hardship_approved"}
    one = nantong(bill, readings={"no_referral_cut_kind": answer})["settlements"][0]
    assert (one["rate"], one["assistance"]) == (rate, amount)


@pytest.mark.parametrize(
    ("answer", "amount", "more"),
    [
        ("monitor", "3200.00", {}),
        ("hospital_bears", "3200.00", {"borne_by": "hospital", "borne": "900.00"}),
        ("fund_bears", "4100.00", {"borne_by": "fund", "borne": "900.00"}),
    ],
)
def test_what_is_above_the_control_line(answer: str, amount: str, more: dict[str, str]) -> None:
    one = nantong({}, readings={"control_line_consequence": answer})["settlements"][0]
    line = {"limit": "900.00", "personal": "1800.00", "above_by": "900.00", "alert": True}
    assert (one["assistance"], one["control_line"]) == (amount, {**line, **more})


def test_the_fund_bears_what_is_above_the_control_line_within_the_limit_only() -> None:
    readings = {"control_line_consequence": "fund_bears"}
    found = nantong({}, parameters={"shared_limit": "3300.00"}, readings=readings)
    assert paid(found) == ["3300.00"]
    assert found["balances"]["2024"]["shared"] == "3300.00"
    assert paid(nantong({"med_type": "14"}, readings=readings)) == ["3200.00"]


@pytest.mark.parametrize(
    ("later", "amount"),
    [
        ({"in_catalogue": "1000.00"}, "2400.00"),
        ({"unsplit": "1000.00"}, "2560.00"),  # 1000 × 4000 ÷ 5000 = 800 falls on the base
        ({"unsplit": "99999.00"}, "0.00"),
    ],
)
def test_charity_before_assistance(later: dict[str, str], amount: str) -> None:
    bill = {"later_payers": [{"payer": "charity", **later}]}
    assert paid(nantong(bill)) == ["3200.00"]
    assert paid(nantong(bill, readings={"charity_before_assistance": "yes"})) == [amount]
    private = {"later_payers": [{"payer": "private", **later}]}
    assert paid(nantong(private, readings={"charity_before_assistance": "yes"})) == ["3200.00"]


@pytest.mark.parametrize(
    ("held", "separately", "by_one"),
    [
        (["hardship_worker", "low_income_margin"], "360.00", "0.00"),
        (["low_income_margin", "extremely_poor"], "400.00", "400.00"),
        (["hardship_worker"], "0.00", "0.00"),
        (["low_income_margin"], "360.00", "360.00"),
        (["hardship_worker", "min_living_allowance", "low_income_margin"], "400.00", "400.00"),
    ],
)
def test_the_subsidy_of_a_person_with_several_identities(
    held: list[str], separately: str, by_one: str
) -> None:
    for answer, amount in (("each_separately", separately), ("one_identity", by_one)):
        document = {
            "kind": "premium_subsidy",
            "scheme": "nantong",
            "individual_premium": "400.00",
            "readings": {"identity_benefits": answer, "quota_premium_share": "0.90"},
            "people": [{"id": "p1", "categories": held}],
        }
        assert calculate(document, lambda lines, facts: [])["people"] == {"p1": amount}
