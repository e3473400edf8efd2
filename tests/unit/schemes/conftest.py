"""Builders of Xinbei case documents: a plain insured person and a bill that adds up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import BillFacts, LineVerdict
from insurer.schemes.tracing import replay

PARTS = ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt")


def check_by_name(lines: Sequence[Mapping[str, Any]], facts: BillFacts) -> list[LineVerdict]:
    """A line check for tests: the name says what the answer is (``excluded``, ``review``, anything else)."""
    verdicts = []
    for line in lines:
        name = str(line.get("medins_list_name", ""))
        if name.startswith("excluded"):
            verdicts.append(
                LineVerdict("excluded", "unit_price_threshold", "XB-二(二)4", name, "单价达到界限")
            )
        elif name.startswith("review"):
            verdicts.append(LineVerdict("review", "new_expensive", "XB-二(二)4", name, "请看发票"))
        elif name.startswith("foreign"):
            verdicts.append(LineVerdict("excluded", "non_pharmacopoeia_drug", "XB-二(二)9", name, "药典以外"))
        else:
            verdicts.append(LineVerdict("covered"))
    return verdicts


def make_bill(**fields: Any) -> dict[str, Any]:
    """A settlement whose total is the sum of its parts unless it is given."""
    bill: dict[str, Any] = {
        "setl_id": "b1",
        "med_type": "21",
        "begndate": "2022-03-01",
        "enddate": "2022-03-10",
        "setl_time": "2022-03-10",
        "inscp_scp_amt": "10000.00",
        "preselfpay_amt": "500.00",
        "overlmt_selfpay": "100.00",
        "fulamt_ownpay_amt": "1000.00",
        "hifp_pay": "6000.00",
        "hifmi_pay": "0.00",
        "maf_pay": "2000.00",
        **fields,
    }
    bill.setdefault("medfee_sumamt", to_yuan(sum(parse_yuan(bill[name]) for name in PARTS)))
    return bill


def make_case(*bills: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A case of a person on the December list of 2021, insured as a resident."""
    return {
        "case_id": "c",
        "kind": "claim",
        "scheme": "changzhou-xinbei",
        "person": {"insutype": "390", "roster": {"2022": {"on_previous_december": True}}},
        "settlements": list(bills),
        **fields,
    }


@pytest.fixture
def bill() -> Callable[..., dict[str, Any]]:
    return make_bill


@pytest.fixture
def case() -> Callable[..., dict[str, Any]]:
    return make_case


@pytest.fixture
def answer() -> Callable[..., dict[str, Any]]:
    """Calculate bills (and further fields of the case) and return the whole result."""

    def _answer(*bills: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return calculate(make_case(*bills, **fields), check_by_name)

    return _answer


@pytest.fixture
def decide(answer: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Calculate bills and return the last settlement of the result."""

    def _decide(*bills: dict[str, Any], **fields: Any) -> dict[str, Any]:
        result = answer(*bills, **fields)
        assert "error" not in result, result
        for settlement in result["settlements"]:
            assert replay(settlement["trace"]) == parse_yuan(settlement["benefit"])
        last: dict[str, Any] = result["settlements"][-1]
        return last

    return _decide
