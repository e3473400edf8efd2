"""Whatever stands in a Nantong document: figures, or an error with its field, and never an exception."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate

CLAIM: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "claim",
    "scheme": "nantong",
    "person": {
        "insutype": "390",
        "identities": [
            {
                "category": "min_living_allowance",
                "valid_from": "2023-01-01",
                "lost_decided_on": "2024-12-01",
            }
        ],
    },
    "parameters": {
        "general_outpatient_limit": "10000.00",
        "shared_limit": "155559.00",
        "critical_illness": {
            "standard_deductible": "20000.00",
            "assisted_deductible": "10000.00",
            "bands_above_deductible": [["50000.00", "0.60", "0.65"], [None, "0.70", "0.75"]],
        },
    },
    "readings": {
        "identity_loss": "month_end",
        "stay_identity": "best_of_stay",
        "no_referral_cut_points": "20",
        "critical_illness_tilt": "later_bills",
        "control_line_numerator": "all_personal",
    },
    "used": {
        "2024": {"shared": "1.00", "general_outpatient": "2.00", "critical_illness_self_pay": "3.00"},
    },
    "settlements": [
        {
            "setl_id": "b1",
            "med_type": "21",
            "begndate": "2024-03-01",
            "enddate": "2024-04-30",
            "setl_time": "2024-04-30",
            "medfee_sumamt": "236400.00",
            "inscp_scp_amt": "208400.00",
            "preselfpay_amt": "18000.00",
            "overlmt_selfpay": "0.00",
            "fulamt_ownpay_amt": "10000.00",
            "hifp_pay": "140000.00",
            "hifmi_pay": None,
            "hifob_pay": "0.00",
            "hifdm_pay": "10.00",
            "maf_pay": "10.00",
            "oth_pay": "0.00",
            "hosp_part_amt": "100.00",
            "later_payers": [{"payer": "charity", "unsplit": "1.00"}],
            "fixmedins": {"kind": "hospital", "designated": True, "region": "mainland", "in_county": True},
            "dual_channel": False,
            "referral": "missing_hardship_approved",
            "third_party": "none",
            "upstream_pending": [],
            "invoice": {"bill_code": "32060122", "bill_no": "0012345678", "check_code": "a1b2c3"},
            "feedetail": [
                {
                    "feedetl_sn": "1",
                    "medins_list_name": "目录外材料甲",
                    "list_type": "301",
                    "det_item_fee_sumamt": "10500.00",
                    "inscp_scp_amt": "500.00",
                    "fulamt_ownpay_amt": "10000.00",
                    "finding": "unlawful",
                }
            ],
        },
        {"setl_id": "r1", "reverses": "b1", "setl_time": "2024-05-30"},
    ],
}
SUBSIDY: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "premium_subsidy",
    "scheme": "nantong",
    "readings": {"quota_premium_share": "0.90"},
    "individual_premium": "400.00",
    "people": [
        {"id": "p1", "category": "low_income_margin", "newly_recognised_uninsured": True},
        {"id": "p2", "category": "extremely_poor"},
    ],
}
TILTED: dict[str, Any] = {
    "case_id": "malformed",
    "kind": "tilted_assistance",
    "scheme": "nantong",
    "enabled": True,
    "in_scope_personal_after_three_layers": "26480.00",
    "demo_parameters": {"threshold": "10000.00", "rate": "0.50"},
}
DOCUMENTS = {"claim": CLAIM, "subsidy": SUBSIDY, "tilted": TILTED}
GONE = object()
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
    "2024-02-30",
    "0001-01-01",
    "9999-12-31",
    "2024-04-30T25:00:00",
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
    {"2024": None},
)


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
        assert answer["error"]["field"]
        assert answer["error"]["message"]
    else:
        assert answer["total"] is not None
    return answer


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_that_is_spoilt_is_a_good_one(name: str) -> None:
    answer = calculate(DOCUMENTS[name], check_lines)
    assert "error" not in answer
    assert [one["status"] for one in answer.get("settlements", [])] in ([], ["payable", "payable"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_place_of_a_document_can_raise(name: str) -> None:
    for path in _places(DOCUMENTS[name]):
        for wrong in WRONG:
            document = copy.deepcopy(DOCUMENTS[name])
            _spoil(document, path, wrong)
            _answer(document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_two_or_three_places_together_can_raise(name: str) -> None:
    places = list(_places(DOCUMENTS[name]))
    random = Random(20)
    for _ in range(400):
        document = copy.deepcopy(DOCUMENTS[name])
        for _ in range(random.choice((2, 3))):
            _spoil(document, random.choice(places), random.choice(WRONG))
        _answer(document)


@pytest.mark.parametrize(
    ("document", "path", "wrong", "field"),
    [
        (CLAIM, ("person", "identities", 0, "category"), "orphans", "person.identities[0].category"),
        (CLAIM, ("person", "identities", 0, "valid_from"), GONE, "person.identities[0].valid_from"),
        (
            CLAIM,
            ("person", "identities", 0, "lost_decided_on"),
            "May",
            "person.identities[0].lost_decided_on",
        ),
        (CLAIM, ("person", "identities"), {}, "person.identities"),
        (CLAIM, ("settlements",), GONE, "settlements"),
        (CLAIM, ("settlements", 0, "hifmi_pay"), GONE, "settlements[0].hifmi_pay"),
        (CLAIM, ("settlements", 0, "hifp_pay"), None, "settlements[0].hifp_pay"),
        (CLAIM, ("settlements", 0, "setl_time"), GONE, "settlements[0].setl_time"),
        (CLAIM, ("settlements", 0, "med_type"), GONE, "settlements[0].med_type"),
        (CLAIM, ("settlements", 0, "referral"), "lost", "settlements[0].referral"),
        (CLAIM, ("settlements", 1, "reverses"), "b9", "settlements[1].reverses"),
        (CLAIM, ("parameters", "critical_illness"), GONE, "parameters.critical_illness"),
        (CLAIM, ("parameters", "shared_limit"), "-1.00", "parameters.shared_limit"),
        (CLAIM, ("readings", "no_referral_cut_points"), "21", "readings.no_referral_cut_points"),
        (CLAIM, ("readings", "identity_loss"), "never", "readings.identity_loss"),
        (CLAIM, ("used", "2024", "shared"), "much", "used.2024.shared"),
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
