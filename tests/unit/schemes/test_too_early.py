"""A bill of a day before the scheme began: it alone is held, what was filed with it is calculated."""

import copy
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.pack_files import scheme_data
from insurer.schemes.tracing import replay

SETTLED = {
    "setl_id": "b1",
    "med_type": "11",
    "begndate": "2024-03-01",
    "enddate": "2024-03-01",
    "setl_time": "2024-03-01",
    "medfee_sumamt": "1000.00",
    "inscp_scp_amt": "900.00",
    "preselfpay_amt": "100.00",
    "overlmt_selfpay": "0.00",
    "fulamt_ownpay_amt": "0.00",
    "hifp_pay": "400.00",
    "hifmi_pay": "0.00",
}
PEOPLE: dict[str, dict[str, Any]] = {
    "changzhou-xinbei": {"insutype": "390", "roster": {"2024": {"on_previous_december": True}}},
    "nantong": {"identities": [{"category": "min_living_allowance", "valid_from": "2017-01-01"}]},
}
EVE = {"changzhou-xinbei": ("2018-12-31", "2019-01-01"), "nantong": ("2022-12-31", "2023-01-01")}
CLAUSES = {"changzhou-xinbei": "XB-0", "nantong": "NT-end"}
BENEFITS = {"changzhou-xinbei": "600.00", "nantong": "400.00"}

scheme_of_both = pytest.mark.parametrize("scheme", sorted(PEOPLE))


def _settled(setl_id: str, day: str, **more: Any) -> dict[str, Any]:
    return {**SETTLED, "setl_id": setl_id, "begndate": day, "enddate": day, "setl_time": day, **more}


def _case(scheme: str, *settlements: dict[str, Any]) -> dict[str, Any]:
    document = {"case_id": "c", "kind": "claim", "scheme": scheme, "person": PEOPLE[scheme]}
    return calculate({**copy.deepcopy(document), "settlements": list(settlements)}, check_lines)


@scheme_of_both
def test_an_early_bill_is_held_with_its_clause_and_the_others_are_paid(scheme: str) -> None:
    eve, _ = EVE[scheme]
    found = _case(scheme, _settled("late", "2024-03-01"), _settled("early", eve))
    late, early = found["settlements"]
    assert (late["status"], late["benefit"], found["total"]) == (
        "payable",
        BENEFITS[scheme],
        BENEFITS[scheme],
    )
    assert (early["status"], early["benefit"]) == ("held", "0.00")
    assert early["reasons"] == [{"code": "not_insured", "clause": CLAUSES[scheme]}]
    assert early["reasons"][0]["clause"] in scheme_data(scheme).clauses
    assert replay(early["trace"]) == parse_yuan(early["benefit"])
    assert early["year"] not in found["balances"]


@scheme_of_both
def test_the_first_day_of_the_scheme_is_not_early(scheme: str) -> None:
    _, first = EVE[scheme]
    (one,) = _case(scheme, _settled("b1", first))["settlements"]
    assert {"code": "not_insured", "clause": CLAUSES[scheme]} not in one["reasons"]


@scheme_of_both
def test_the_reversal_of_an_early_bill_gives_nothing_back(scheme: str) -> None:
    eve, _ = EVE[scheme]
    back = {"setl_id": "r", "reverses": "early", "setl_time": "2024-04-01"}
    found = _case(scheme, _settled("early", eve), back, _settled("late", "2024-05-01"))
    assert [one["benefit"] for one in found["settlements"]] == ["0.00", "0.00", BENEFITS[scheme]]


@scheme_of_both
def test_what_cannot_be_read_on_an_early_bill_is_still_an_error(scheme: str) -> None:
    eve, _ = EVE[scheme]
    found = _case(scheme, _settled("early", eve, hifp_pay="four hundred"))
    assert found["error"]["field"] == "settlements[0].hifp_pay"


def test_an_early_day_counts_by_the_reading_that_dates_the_bill() -> None:
    stay = _settled("b1", "2019-01-05", med_type="21", begndate="2018-12-20")
    document = {
        "case_id": "c",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": {"insutype": "390", "roster": {"2019": {"on_previous_december": True}}},
        "settlements": [stay],
    }
    by_settlement = calculate(document, check_lines)["settlements"][0]
    by_admission = calculate({**document, "readings": {"bill_date": "admission"}}, check_lines)[
        "settlements"
    ][0]
    assert (by_settlement["status"], by_admission["status"]) == ("payable", "held")
