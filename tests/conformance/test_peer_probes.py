"""Eight probes in which another claims system paid wrong amounts, put to this one.

Fan-out of joins, a deductible paid out, fen cut off, a limit forgotten or counted twice, two grounds of
entitlement paid twice, a rule for one group applied to another. (Two claims decided at the same moment are
tried on the real database in ``tests/integration/claims``.)
"""

from typing import Any

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate


def _settlement(setl_id: str, scope: str, own: str = "0.00", **changes: Any) -> dict[str, Any]:
    total = f"{(int(scope.replace('.', '')) + int(own.replace('.', ''))) / 100:.2f}"
    return {
        "setl_id": setl_id,
        "med_type": "11",
        "begndate": "2024-03-01",
        "enddate": "2024-03-01",
        "setl_time": "2024-03-01",
        "medfee_sumamt": total,
        "inscp_scp_amt": scope,
        "preselfpay_amt": "0.00",
        "overlmt_selfpay": "0.00",
        "fulamt_ownpay_amt": own,
        "hifp_pay": "0.00",
        "hifmi_pay": "0.00",
        **changes,
    }


def _xinbei(*settlements: dict[str, Any], **changes: Any) -> dict[str, Any]:
    document = {
        "case_id": "probe",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": {"insutype": "390", "roster": {"2024": {"on_previous_december": True}}},
        "settlements": list(settlements),
        **changes,
    }
    return calculate(document, check_lines)


def _nantong(*settlements: dict[str, Any], categories: tuple[str, ...], **parameters: Any) -> dict[str, Any]:
    document = {
        "case_id": "probe",
        "kind": "claim",
        "scheme": "nantong",
        "person": {
            "insutype": "390",
            "identities": [{"category": category, "valid_from": "2023-01-01"} for category in categories],
        },
        "parameters": {"general_outpatient_limit": "10000.00", "shared_limit": "155559.00", **parameters},
        "settlements": list(settlements),
    }
    return calculate(document, check_lines)


def _benefits(result: dict[str, Any]) -> list[str]:
    assert "error" not in result, result
    return [settlement["benefit"] for settlement in result["settlements"]]


def test_five_lines_of_two_kinds_are_paid_once_each() -> None:
    amounts = ("10.00", "20.00", "30.00", "100.00", "200.00")
    lines = [
        {
            "feedetl_sn": str(number),
            "medins_list_name": "普通诊疗" if number > 3 else "阿莫西林胶囊",
            "list_type": "201" if number > 3 else "101",
            "med_chrgitm_type": "05" if number > 3 else "09",
            "chrgitm_lv": "01",
            "pric": amount,
            "cnt": "1",
            "det_item_fee_sumamt": amount,
            "fulamt_ownpay_amt": "0.00",
            "inscp_scp_amt": amount,
        }
        for number, amount in enumerate(amounts, 1)
    ]
    assert _benefits(_xinbei(_settlement("b1", "360.00", feedetail=lines))) == ["360.00"]


def test_a_share_below_the_deductible_is_not_paid_by_the_layer_with_the_deductible() -> None:
    bands = {
        "standard_deductible": "1000.00",
        "assisted_deductible": "1000.00",
        "bands_above_deductible": [[None, "0.60", "0.60"]],
    }
    bill = _settlement("b1", "100.00", hifmi_pay=None)
    result = _nantong(bill, categories=("min_living_allowance",), critical_illness=bands)
    assert result["settlements"][0]["critical_illness"] == "0.00"
    assert _benefits(result) == ["80.00"]


def test_the_last_fen_is_paid() -> None:
    assert _benefits(_xinbei(_settlement("b1", "99.99"))) == ["99.99"]


def test_a_limit_lets_the_second_bill_have_what_the_first_left() -> None:
    bills = (_settlement("b1", "0.00", "1600.00"), _settlement("b2", "0.00", "1600.00"))
    limited = _xinbei(*bills, parameters={"other_covered_annual_limit": "1000.00"})
    assert _benefits(limited) == ["800.00", "200.00"]


def test_two_identities_do_not_pay_a_bill_twice() -> None:
    bill = _settlement("b1", "150.00")
    once = _nantong(bill, categories=("extremely_poor",))
    both = _nantong(bill, categories=("extremely_poor", "low_income_margin"))
    assert _benefits(once) == _benefits(both) == ["150.00"]


def test_a_bill_taken_back_and_presented_again_uses_its_limit_once() -> None:
    bills = (
        _settlement("b1", "0.00", "1200.00"),
        {"setl_id": "b2", "reverses": "b1", "setl_time": "2024-03-02"},
        _settlement("b3", "0.00", "1200.00", setl_time="2024-03-03"),
        _settlement("b4", "0.00", "800.00", setl_time="2024-03-04"),
    )
    result = _xinbei(*bills, parameters={"other_covered_annual_limit": "1000.00"})
    assert _benefits(result) == ["600.00", "-600.00", "600.00", "400.00"]


def test_a_limit_of_one_kind_of_visit_is_not_taken_from_another() -> None:
    bills = (
        _settlement("b1", "20000.00"),
        _settlement("b2", "20000.00", med_type="21", setl_time="2024-03-02"),
    )
    assert _benefits(_nantong(*bills, categories=("extremely_poor",))) == ["10000.00", "20000.00"]
