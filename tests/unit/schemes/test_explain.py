"""The explanation is read from stored values and says what a clerk needs; a changed trace does not replay."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from insurer.schemes.explain import explain
from insurer.schemes.tracing import ReplayDiffers, replay

Decide = Callable[..., dict[str, Any]]
Build = Callable[..., dict[str, Any]]


@pytest.fixture
def trace(decide: Decide, bill: Build) -> list[dict[str, Any]]:
    lines = [
        {"feedetl_sn": "1", "medins_list_name": "excluded", "fulamt_ownpay_amt": "400.00"},
        {"feedetl_sn": "2", "medins_list_name": "item", "fulamt_ownpay_amt": "600.01"},
    ]
    found = decide(
        bill(
            feedetail=lines,
            fulamt_ownpay_amt="1000.01",
            later_payers=[{"payer": "inclusive", "unsplit": "1000.00"}],
        )
    )
    stored: list[dict[str, Any]] = json.loads(json.dumps(found["trace"]))
    return stored


def test_the_explanation_shows_formula_rounding_clause_and_reading(trace: list[dict[str, Any]]) -> None:
    lines = {line.label: line for line in explain(trace)}
    half = lines["其他自付按比例"]
    assert half.formula == "(700.01 − 194.45) × 50%"
    assert (half.amount, half.clause, half.rounding) == ("252.78", "XB-三", "四舍五入到分")
    spread = lines["惠民保摊到其他"]
    assert spread.formula == "1,000.00 × 700.01 ÷ 3,600.01"
    assert spread.rounding == "四舍五入到分"
    assert lines["目录内费用"].readings == ("乙类先行自付：算目录内，按 100%",)
    assert lines["其他自付年度限额"].note == "暂定数"
    assert list(lines)[-1] == "补偿金额"
    assert lines["补偿金额"].text == "补偿金额 = 1,805.56 + 252.78 = 2,058.34 XB-三"


def test_the_explanation_drops_zero_terms(trace: list[dict[str, Any]]) -> None:
    funds = next(line for line in explain(trace) if line.label == "结算单上各项支付")
    assert funds.formula == "6,000.00 + 2,000.00"


def test_the_explanation_names_the_line_of_a_step(trace: list[dict[str, Any]]) -> None:
    assert explain(trace)[0].row == "1"


def test_the_explanation_of_a_stopped_settlement_ends_with_nothing(decide: Decide, bill: Build) -> None:
    found = decide(bill(medfee_sumamt="1.00"))
    last = explain(found["trace"])[-1]
    assert (last.label, last.amount, last.clause) == ("本次补偿", "0.00", "control:conclusion")


def test_a_stored_trace_replays_to_the_benefit(trace: list[dict[str, Any]]) -> None:
    assert replay(trace) == 205834
    assert replay([]) == 0


def test_a_changed_amount_or_input_does_not_replay(trace: list[dict[str, Any]]) -> None:
    for number, entry in enumerate(trace):
        changed = copy.deepcopy(trace)
        changed[number]["amount"] = "123456.78"
        if entry["op"] != "at":
            with pytest.raises(ReplayDiffers):
                replay(changed)
        changed = copy.deepcopy(trace)
        for name, value in entry["inputs"].items():
            if isinstance(value, str) and "%" not in value and entry["op"] in ("add", "sub"):
                changed[number]["inputs"][name] = "987654.32"
                with pytest.raises(ReplayDiffers):
                    replay(changed)
                break


def test_every_step_is_plain_data_with_text_amounts(trace: list[dict[str, Any]]) -> None:
    for entry in trace:
        assert {"clause", "rule", "label", "op", "inputs", "amount"} <= set(entry)
        assert isinstance(entry["amount"], str)
