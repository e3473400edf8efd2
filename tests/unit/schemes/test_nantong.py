"""Nantong assistance: identities, referral, base, limits, critical illness, the control line, subsidies."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.tracing import replay

Build = Callable[..., dict[str, Any]]
CRITICAL = {
    "standard_deductible": "20000.00",
    "assisted_deductible": "10000.00",
    "bands_above_deductible": [
        ["50000.00", "0.60", "0.65"],
        ["100000.00", "0.65", "0.70"],
        [None, "0.70", "0.75"],
    ],
}


def identity(
    category: str = "min_living_allowance", since: str = "2023-01-01", lost: str | None = None
) -> dict[str, Any]:
    return {"category": category, "valid_from": since, "lost_decided_on": lost}


def stay(**fields: Any) -> dict[str, Any]:
    """A stay whose base is 2000.00: scope 10000.00, basic 8000.00; 500.00 + 100.00 + 400.00 outside."""
    settlement: dict[str, Any] = {
        "setl_id": "b1",
        "med_type": "21",
        "begndate": "2024-05-10",
        "enddate": "2024-05-20",
        "setl_time": "2024-05-20",
        "inscp_scp_amt": "10000.00",
        "preselfpay_amt": "500.00",
        "overlmt_selfpay": "100.00",
        "fulamt_ownpay_amt": "400.00",
        "hifp_pay": "8000.00",
        "hifmi_pay": "0.00",
        **fields,
    }
    parts = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")
    settlement.setdefault("medfee_sumamt", to_yuan(sum(parse_yuan(settlement[name]) for name in parts)))
    return settlement


def answer(
    *settlements: dict[str, Any], identities: list[dict[str, Any]] | None = None, **fields: Any
) -> dict[str, Any]:
    document = {
        "case_id": "n",
        "kind": "claim",
        "scheme": "nantong",
        "person": {"identities": [identity()] if identities is None else identities},
        "settlements": list(settlements),
        **fields,
    }
    return calculate(document, lambda lines, facts: [LineVerdict("covered") for _ in lines])


def decide(*settlements: dict[str, Any], **fields: Any) -> dict[str, Any]:
    result = answer(*settlements, **fields)
    assert "error" not in result, result
    last: dict[str, Any] = result["settlements"][-1]
    assert replay(last["trace"]) == parse_yuan(last["benefit"])
    return last


def codes(settlement: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in settlement["reasons"]]


@pytest.mark.parametrize(
    ("category", "rate"),
    [
        ("extremely_poor", "100"),
        ("orphan", "100"),
        ("de_facto_unattended_child", "100"),
        ("disabled_soldier_1_10", "100"),
        ("min_living_allowance", "80"),
        ("other_child_in_difficulty", "80"),
        ("other_entitled_group", "80"),
        ("retrenched_1960s", "80"),
        ("hardship_worker", "80"),
        ("low_income_margin", "70"),
        ("expenditure_poor_patient", "70"),
        ("temporary_relief_patient", "70"),
        ("other_special_hardship", "70"),
    ],
)
def test_every_category_has_its_rate(category: str, rate: str) -> None:
    found = decide(stay(), identities=[identity(category)])
    assert (found["rate"], found["base"]) == (rate, "2000.00")
    assert found["benefit"] == found["assistance"] == to_yuan(2000 * int(rate))


def test_several_identities_give_the_highest_rate_once() -> None:
    found = decide(stay(), identities=[identity("low_income_margin"), identity(), identity()])
    assert (found["rate"], found["benefit"]) == ("80", "1600.00")


def test_without_an_identity_nothing_is_paid() -> None:
    found = decide(stay(), identities=[])
    assert (found["status"], codes(found), found["rate"]) == ("rejected", ["not_insured"], "0")


@pytest.mark.parametrize(
    ("reading", "day", "status"),
    [
        ("month_end", "2024-05-31", "payable"),
        ("month_end", "2024-06-01", "rejected"),
        ("decision_date", "2024-05-14", "payable"),
        ("decision_date", "2024-05-15", "rejected"),
    ],
)
def test_a_lost_identity_ends_as_the_reading_says(reading: str, day: str, status: str) -> None:
    visit = stay(med_type="14", begndate=day, enddate=day, setl_time=day)
    found = decide(visit, identities=[identity(lost="2024-05-14")], readings={"identity_loss": reading})
    assert found["status"] == status


@pytest.mark.parametrize(("reading", "status"), [("best_of_stay", "payable"), ("at_admission", "rejected")])
def test_an_identity_gained_in_the_stay_follows_its_reading(reading: str, status: str) -> None:
    gained = [identity(since="2024-05-20")]
    assert decide(stay(), identities=gained, readings={"stay_identity": reading})["status"] == status
    assert decide(stay(), identities=[identity(since="2024-05-21")])["status"] == "rejected"


def test_an_identity_lost_in_the_stay_still_counts() -> None:
    found = decide(stay(begndate="2024-04-30"), identities=[identity("orphan", lost="2024-04-02")])
    assert found["rate"] == "100"


@pytest.mark.parametrize(
    ("referral", "cut", "status", "rate"),
    [
        ("missing", "20", "rejected", "0"),
        ("missing_hardship_approved", "20", "payable", "60"),
        ("missing_hardship_approved", "0", "payable", "80"),
        ("missing_hardship_approved", "12.5", "payable", "67.5"),
        ("emergency", "20", "payable", "80"),
        ("referred", "20", "payable", "80"),
    ],
)
def test_a_missing_referral_stops_or_lowers_the_rate_by_points(
    referral: str, cut: str, status: str, rate: str
) -> None:
    found = decide(stay(referral=referral), readings={"no_referral_cut_points": cut})
    assert (found["status"], found["rate"]) == (status, rate)


@pytest.mark.parametrize("fund", ["hifmi_pay", "hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay"])
def test_every_insurance_payment_lowers_the_base(fund: str) -> None:
    assert decide(stay(**{fund: "10.00"}))["base"] == "1990.00"


def test_assistance_already_paid_at_the_counter_is_not_paid_again() -> None:
    assert decide(stay(maf_pay="1600.00"))["benefit"] == "0.00"
    assert decide(stay(maf_pay="1000.00"))["benefit"] == "600.00"


def test_charity_and_commercial_payments_come_after_assistance() -> None:
    later = [{"payer": "charity", "unsplit": "500.00"}, {"payer": "inclusive", "unsplit": "500.00"}]
    assert decide(stay(later_payers=later))["benefit"] == "1600.00"


@pytest.mark.parametrize(
    ("readings", "base"),
    [
        ({}, "2000.00"),
        ({"assistance_base_class_b": "inside"}, "2500.00"),
        ({"below_deductible": "excluded"}, "2000.00"),  # (五) says itself that this cost is assisted
    ],
)
def test_the_base_follows_its_readings(readings: dict[str, str], base: str) -> None:
    assert decide(stay(act_pay_dedc="800.00"), readings=readings)["base"] == base


@pytest.mark.parametrize(
    ("reading", "base"),
    [("pro_rata", "1800.00"), ("in_catalogue_first", "1700.00"), ("outside_first", "2000.00")],
)
def test_what_the_hospital_bears_lowers_the_base_as_the_reading_says(reading: str, base: str) -> None:
    assert decide(stay(hosp_part_amt="300.00"), readings={"hospital_borne": reading})["base"] == base


def test_the_two_limits_are_apart() -> None:
    visit = stay(med_type="11", setl_id="v")
    limits = {"general_outpatient_limit": "100.00", "shared_limit": "2000.00"}
    result = answer(visit, stay(), stay(setl_id="b2"), parameters=limits)
    assert [one["benefit"] for one in result["settlements"]] == ["100.00", "1600.00", "400.00"]
    assert [one["limit"]["pool"] for one in result["settlements"]] == [
        "general_outpatient",
        "shared",
        "shared",
    ]
    assert result["balances"]["2024"]["shared"] == "2000.00"


@pytest.mark.parametrize(("day", "limit"), [("2023-06-01", "147309.00"), ("2024-06-01", "155559.00")])
def test_the_shared_limit_is_that_of_the_year(day: str, limit: str) -> None:
    assert decide(stay(begndate=day, enddate=day, setl_time=day))["limit"]["annual"] == limit


def test_a_reversal_gives_back_the_base() -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2024-05-21"}
    found = answer(stay(), back)["settlements"]
    assert [(one["base"], one["assistance"]) for one in found] == [
        ("2000.00", "1600.00"),
        ("-2000.00", "-1600.00"),
    ]


def test_a_bill_insured_above_its_cost_is_held_without_a_base() -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2024-05-21"}
    found = answer(stay(hifmi_pay="3000.00"), back)["settlements"]
    assert [(one["status"], one["base"]) for one in found] == [("held", "0.00"), ("payable", "0.00")]


def test_a_reversal_gives_back_the_limit_and_the_self_pay() -> None:
    back = {"setl_id": "r", "reverses": "b1", "setl_time": "2024-05-21"}
    again = stay(setl_id="b2", setl_time="2024-05-22")
    result = answer(stay(), back, again, parameters={"shared_limit": "1600.00"})
    assert [one["benefit"] for one in result["settlements"]] == ["1600.00", "-1600.00", "1600.00"]
    assert result["balances"]["2024"] == {
        "critical_illness_self_pay": "2000.00",
        "personal_burden": "1400.00",
        "shared": "1600.00",
    }


@pytest.mark.parametrize(
    ("tilt", "used", "paid"),
    [
        ("later_bills", "0.00", "0.00"),
        ("later_bills", "9000.00", "650.00"),
        ("later_bills", "59000.00", "1350.00"),
        ("none", "9000.00", "0.00"),
        ("none", "19000.00", "600.00"),
    ],
)
def test_the_critical_illness_payment_crosses_deductible_and_bands(tilt: str, used: str, paid: str) -> None:
    found = decide(
        stay(hifmi_pay=None),
        parameters={"critical_illness": CRITICAL},
        used={"2024": {"critical_illness_self_pay": used}},
        readings={"critical_illness_tilt": tilt},
    )
    assert found["critical_illness"] == paid


def test_the_self_pay_of_one_bill_counts_for_the_next() -> None:
    bills = [stay(setl_id=f"b{number}", hifmi_pay=None) for number in range(7)]
    found = answer(*bills, parameters={"critical_illness": CRITICAL})["settlements"]
    assert [one["critical_illness"] for one in found] == ["0.00"] * 5 + ["1300.00"] * 2


def test_a_payment_to_compute_wants_its_figures() -> None:
    assert answer(stay(hifmi_pay=None))["error"]["field"] == "parameters.critical_illness"
    missing = stay()
    del missing["hifmi_pay"]
    assert answer(missing)["error"]["field"] == "settlements[0].hifmi_pay"


@pytest.mark.parametrize(
    ("reading", "personal", "alert"), [("all_personal", "1400.00", True), ("in_scope_only", "400.00", False)]
)
def test_the_control_line_counts_what_its_reading_says(reading: str, personal: str, alert: bool) -> None:
    line = decide(stay(), readings={"control_line_numerator": reading})["control_line"]
    assert line == {
        "limit": "1000.00",
        "personal": personal,
        "above_by": "400.00" if alert else "0.00",
        "alert": alert,
    }


def test_the_control_line_is_for_stays_in_the_county() -> None:
    assert "control_line" not in decide(stay(fixmedins={"in_county": False}))
    assert "control_line" not in decide(stay(med_type="11"))


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"medfee_sumamt": "1.00"}, "held", "amounts_mismatch"),
        ({"hifp_pay": "10000.01"}, "held", "payers_exceed_cost"),
        ({"hosp_part_amt": "3000.01"}, "held", "payers_exceed_cost"),
        ({"feedetail": [{"fulamt_ownpay_amt": "1.00"}]}, "held", "lines_mismatch"),
        ({"oth_pay": "1.00"}, "held", "other_fund"),
        ({"upstream_pending": ["critical_illness"]}, "held", "upstream_pending"),
        ({"third_party": "unresolved"}, "held", "third_party_unresolved"),
        ({"med_type": "99"}, "held", "unknown_kind"),
        ({"fixmedins": {"designated": False}}, "rejected", "not_designated"),
        ({"fixmedins": {"designated": False}, "referral": "emergency"}, "held", "not_designated"),
        ({"fixmedins": {"region": "overseas"}}, "rejected", "overseas"),
    ],
)
def test_a_settlement_is_stopped_with_its_reason(fields: dict[str, Any], status: str, code: str) -> None:
    found = decide(stay(**fields))
    assert (found["status"], codes(found), found["benefit"]) == (status, [code], "0.00")


def test_a_line_found_not_payable_takes_its_part_of_each_payers_money() -> None:
    lines = [
        {"feedetl_sn": "1", "fulamt_ownpay_amt": "400.00", "inscp_scp_amt": "9000.00"},
        {"feedetl_sn": "2", "inscp_scp_amt": "1000.00", "finding": "unlawful"},
    ]
    found = decide(stay(feedetail=lines))
    assert (found["base"], found["benefit"]) == ("1800.00", "1440.00")
    assert found["lines"][0]["exclusion"] == {"code": "unlawful", "clause": "NT-(五)"}
    lines[1]["inscp_scp_amt"] = "10000.01"
    assert codes(decide(stay(feedetail=lines))) == ["lines_mismatch"]


@pytest.mark.parametrize(
    ("identities", "field"),
    [
        ([{"category": "friend", "valid_from": "2023-01-01"}], "person.identities[0].category"),
        ([{"category": "orphan"}], "person.identities[0].valid_from"),
        ([{"category": "orphan", "valid_from": "soon"}], "person.identities[0].valid_from"),
        (["orphan"], "person.identities[0]"),
    ],
)
def test_a_wrong_identity_is_named(identities: list[Any], field: str) -> None:
    assert answer(stay(), identities=identities)["error"]["field"] == field


def subsidise(*people: dict[str, Any], **fields: Any) -> dict[str, Any]:
    document = {
        "kind": "premium_subsidy",
        "scheme": "nantong",
        "individual_premium": "400.01",
        "people": list(people),
    }
    return calculate({**document, **fields}, lambda lines, facts: [])


def test_the_quota_subsidy_is_the_share_of_its_reading_rounded_half_up() -> None:
    people = ({"id": "a", "category": "low_income_margin"}, {"id": "b", "category": "orphan"})
    found = subsidise(*people, readings={"quota_premium_share": "0.85"})
    assert found["people"] == {"a": "340.01", "b": "400.01"}
    assert found["total"] == "740.02"
    assert (
        subsidise(*people, readings={"quota_premium_share": "0.79"})["error"]["field"]
        == "readings.quota_premium_share"
    )


def test_a_person_is_subsidised_once_and_with_a_known_category() -> None:
    orphan = {"id": "a", "category": "orphan"}
    assert subsidise(orphan, orphan)["error"]["field"] == "people[1].id"
    assert subsidise({"id": "a", "category": "x"})["error"]["field"] == "people[0].category"


@pytest.mark.parametrize(
    ("enabled", "personal", "total"),
    [(False, "26480.00", "0.00"), (True, "26480.01", "8240.01"), (True, "10000.00", "0.00")],
)
def test_tilted_assistance_is_off_until_a_standard_is_enabled(
    enabled: bool, personal: str, total: str
) -> None:
    document = {
        "kind": "tilted_assistance",
        "scheme": "nantong",
        "enabled": enabled,
        "in_scope_personal_after_three_layers": personal,
        "demo_parameters": {"threshold": "10000.00", "rate": "0.50"},
    }
    assert calculate(document, lambda lines, facts: [])["total"] == total


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 9_000_000),
    st.integers(0, 9_000_000),
    st.integers(0, 9_000_000),
    st.sampled_from(["missing_hardship_approved", "local"]),
    st.sampled_from(["orphan", "hardship_worker", "low_income_margin"]),
)
def test_assistance_never_passes_base_or_limit(
    scope: int, basic: int, limit: int, referral: str, category: str
) -> None:
    bill = stay(inscp_scp_amt=to_yuan(scope), hifp_pay=to_yuan(min(scope, basic)), referral=referral)
    found = decide(bill, identities=[identity(category)], parameters={"shared_limit": to_yuan(limit)})
    assert 0 <= parse_yuan(found["benefit"]) <= min(limit, parse_yuan(found["base"]))
