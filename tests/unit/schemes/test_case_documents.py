"""Case documents that cannot be read: the field is named, nothing is calculated, nothing is raised."""

from collections.abc import Callable
from typing import Any

import pytest

from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import BillFacts, LineVerdict

Build = Callable[..., dict[str, Any]]


def check(lines: Any, facts: BillFacts) -> list[LineVerdict]:
    return [LineVerdict("covered") for _ in lines]


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
    "hifmi_pay",
)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_required_field_is_named(case: Build, bill: Build, name: str) -> None:
    for empty in (True, False):
        settlement = bill()
        if empty:
            settlement[name] = None
        else:
            del settlement[name]
        result = calculate(case(bill(setl_id="b0"), settlement), check)
        assert result["case_id"] == "c"
        assert result["error"]["field"] == f"settlements[1].{name}"
        assert "缺少" in result["error"]["message"] and "missing" in result["error"]["message"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"hifp_pay": 6000}, "hifp_pay"),
        ({"hifp_pay": 6000.5}, "hifp_pay"),
        ({"hifp_pay": "6,000.00"}, "hifp_pay"),
        ({"hifp_pay": "6000.001"}, "hifp_pay"),
        ({"maf_pay": "abc"}, "maf_pay"),
        ({"setl_time": "2022-13-01"}, "setl_time"),
        ({"setl_time": "2022-01-01 25:00"}, "setl_time"),
        ({"begndate": "yesterday"}, "begndate"),
        ({"referral": "perhaps"}, "referral"),
        ({"third_party": "maybe"}, "third_party"),
        ({"dual_channel": "yes"}, "dual_channel"),
        ({"fixmedins": {"region": "moon"}}, "fixmedins.region"),
        ({"fixmedins": {"designated": "1"}}, "fixmedins.designated"),
        ({"fixmedins": []}, "fixmedins"),
        ({"feedetail": {}}, "feedetail"),
        ({"feedetail": ["x"]}, "feedetail[0]"),
        ({"feedetail": [{"fulamt_ownpay_amt": "x"}]}, "feedetail[0].fulamt_ownpay_amt"),
        ({"later_payers": [{"payer": "uncle", "unsplit": "1.00"}]}, "later_payers[0].payer"),
        ({"later_payers": [{"payer": "charity", "unsplit": "-1.00"}]}, "later_payers[0].unsplit"),
    ],
)
def test_a_malformed_field_is_named(case: Build, bill: Build, fields: dict[str, Any], field: str) -> None:
    result = calculate(case(bill(**fields)), check)
    assert result["error"]["field"] == f"settlements[0].{field}"
    assert set(result) == {"case_id", "error"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scheme": "elsewhere"}, "scheme"),
        ({"scheme": None}, "scheme"),
        ({"kind": "gift"}, "kind"),
        ({"settlements": None}, "settlements"),
        ({"person": "p"}, "person"),
        ({"person": {"roster": {}}}, "person.insutype"),
        (
            {"person": {"insutype": "390", "roster": {"2022": {"approved_on": "x"}}}},
            "person.roster.2022.approved_on",
        ),
        ({"readings": {"no_such": "x"}}, "readings.no_such"),
        ({"readings": {"cover_start": "tomorrow"}}, "readings.cover_start"),
        ({"parameters": {"other_covered_annual_limit": "many"}}, "parameters.other_covered_annual_limit"),
        ({"parameters": {"other_covered_rate": "half"}}, "parameters.other_covered_rate"),
        ({"parameters": {"other_covered_rate": "-0.5"}}, "parameters.other_covered_rate"),
        ({"used": {"2022": {"other_covered": 5}}}, "used.2022.other_covered"),
    ],
)
def test_a_malformed_case_is_answered_with_its_field(
    case: Build, bill: Build, fields: dict[str, Any], field: str
) -> None:
    assert calculate(case(bill(), **fields), check)["error"]["field"] == field


@pytest.mark.parametrize("document", [None, [], "x", 5])
def test_what_is_not_an_object_is_an_error(document: Any) -> None:
    assert calculate(document, check)["error"]["field"] == ""


def test_readings_of_every_scheme_are_accepted_and_may_be_true_or_false(case: Build, bill: Build) -> None:
    readings = {
        "identity_loss": "decision_date",
        "no_referral_cut_points": "15",
        "price_threshold_inclusive": False,
    }
    assert "error" not in calculate(case(bill(), readings=readings), check)


def test_parameters_of_other_schemes_are_ignored(case: Build, bill: Build) -> None:
    result = calculate(case(bill(), parameters={"shared_limit": "1.00", "critical_illness": {}}), check)
    assert result["total"] == "3050.00"


def test_nothing_in_the_document_is_changed(case: Build, bill: Build) -> None:
    import copy

    document = case(bill(feedetail=[{"fulamt_ownpay_amt": "1000.00"}]))
    before = copy.deepcopy(document)
    calculate(document, check)
    assert document == before
