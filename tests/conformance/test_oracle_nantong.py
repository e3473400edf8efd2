"""The product against a second implementation of Nantong: the worked cases first, then random ones.

``INSURER_ORACLE_CASES=100000`` compares that many cases instead of the usual couple of thousand.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.tracing import replay
from tests.conformance.nantong_cases import claim_of, subsidy_of, tilted_of
from tests.conformance.oracle_nantong import (
    Answer,
    calculate_case,
    premium_subsidy,
    tilted_assistance,
    total,
)

CASES = Path(__file__).parent / "cases"
FOUND = Path(__file__).parent / "found"
NAMED = int(os.environ.get("INSURER_ORACLE_CASES", "0"))
STEP = 2_000 if NAMED else 500
FIRST_SEEDS = range(0, NAMED or 2_500, STEP)


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _shown(line: dict[str, Any] | None) -> dict[str, Any] | None:
    """A control line with its amounts as numbers; other entries of the product's are its own."""
    if line is None:
        return None
    return {name: line[name] if name == "alert" else Decimal(line[name]) for name in CONTROL_LINE}


CONTROL_LINE = ("limit", "personal", "above_by", "alert")


def _figures(answer: Answer) -> dict[str, Any]:
    """What must agree: figures of a settlement that is not paid are promised for the rate only."""
    figures: dict[str, Any] = {"benefit": answer.benefit, "assistance": answer.assistance}
    if answer.rate is not None and (answer.status == "payable" or answer.reasons & {"no_referral"}):
        figures["rate"] = answer.rate
    if answer.status == "payable":
        figures["base"] = answer.base
        figures["critical_illness"] = answer.critical_illness
        figures["control_line"] = answer.control_line
    return figures


def _product(found: dict[str, Any], name: str) -> Any:
    if name == "control_line":
        return _shown(found.get(name))
    return None if found.get(name) is None else Decimal(found[name])


def _settlement_differences(answer: Answer, found: dict[str, Any]) -> list[str]:
    differences = []
    if answer.status != "any" and found["status"] not in answer.status.split():
        differences.append(f"{answer.setl_id} status: oracle {answer.status}, product {found['status']}")
    for name, figure in _figures(answer).items():
        if _product(found, name) != figure:
            differences.append(f"{answer.setl_id} {name}: oracle {figure}, product {_product(found, name)}")
    codes = {reason["code"] for reason in found["reasons"]}
    if answer.status != "any" and (bool(codes) != bool(answer.reasons) or not codes <= answer.reasons):
        differences.append(
            f"{answer.setl_id} reasons: oracle {sorted(answer.reasons)}, product {sorted(codes)}"
        )
    return differences


def _differences(case: dict[str, Any]) -> list[str]:
    """Each disagreement on one claim, up to the first answer that the texts leave open."""
    answers = calculate_case(case)
    result = calculate(case, check_lines)
    if "error" in result:
        return [f"product refuses the case: {result['error']}"]
    waiting = list(result["settlements"])
    differences: list[str] = []
    for answer in answers:
        if answer.status == "open":
            return differences
        found = next(one for one in waiting if one["setl_id"] == answer.setl_id)
        waiting.remove(found)
        differences += _settlement_differences(answer, found)
    if Decimal(result["total"]) != total(answers):
        differences.append(f"total: oracle {total(answers)}, product {result['total']}")
    return differences + [f"{one['setl_id']} is one too many" for one in waiting]


def _agrees(figures: dict[str, Any], answer: Answer) -> None:
    """The worked figures of one settlement, to the last digit."""
    for name, figure in figures.items():
        given = getattr(answer, name)
        if name == "control_line":
            assert _shown(figure) == given
        else:
            assert (name, str(given)) == (name, figure)


def _worked() -> list[tuple[str, dict[str, Any]]]:
    paths = [*CASES.glob("NT-*.json"), *FOUND.glob("NT-*.json")]
    worked = [(path.stem, _load(path)) for path in sorted(paths)]
    return [(name, case) for name, case in worked if "error" not in case["expect"]]


@pytest.mark.parametrize(("name", "worked"), _worked())
def test_the_oracle_gives_the_expected_figures_of_a_worked_case(name: str, worked: dict[str, Any]) -> None:
    case, expected = worked["case"], worked["expect"]
    assert case["scheme"] == "nantong", name
    if case["kind"] == "premium_subsidy":
        amounts = premium_subsidy(case)
        assert {person: str(amount) for person, amount in amounts.items()} == expected["people"]
        assert str(sum(amounts.values())) == expected["total"]
    elif case["kind"] == "tilted_assistance":
        assert str(tilted_assistance(case)) == expected["total"]
    else:
        answers = calculate_case(case)
        by_id = {answer.setl_id: answer for answer in answers}
        assert str(total(answers)) == expected["total"]
        for setl_id, figures in expected["settlements"].items():
            _agrees(figures, by_id[setl_id])


@pytest.mark.parametrize("name", sorted(path.stem for path in FOUND.glob("NT-*.json")))
def test_a_disagreement_found_before_is_answered_as_the_texts_decide(name: str) -> None:
    found = _load(FOUND / f"{name}.json")
    result, expected = calculate(found["case"], check_lines), found["expect"]
    if "error" in expected:
        assert result["error"]["field"] == expected["error"], found["why"]
        return
    assert result.get("total") == expected["total"], found["why"]
    by_id = {settlement["setl_id"]: settlement for settlement in result["settlements"]}
    for setl_id, figures in expected["settlements"].items():
        assert {figure: by_id[setl_id][figure] for figure in figures} == figures, found["why"]
        assert replay(by_id[setl_id]["trace"]) == parse_yuan(by_id[setl_id]["benefit"])


@pytest.mark.parametrize("first", FIRST_SEEDS)
def test_the_product_agrees_with_the_oracle_on_random_claims(first: int) -> None:
    disagreements = {}
    for seed in range(first, min(first + STEP, FIRST_SEEDS.stop)):
        differences = _differences(claim_of(seed))
        if differences:
            disagreements[seed] = differences
    assert disagreements == {}


@pytest.mark.parametrize("first", range(0, FIRST_SEEDS.stop // 5, STEP))
def test_the_product_agrees_with_the_oracle_on_subsidies_and_tilted_assistance(first: int) -> None:
    for seed in range(first, first + STEP):
        case = subsidy_of(seed)
        result, amounts = calculate(case, check_lines), premium_subsidy(case)
        assert result["people"] == {name: str(amount) for name, amount in amounts.items()}, seed
        assert Decimal(result["total"]) == sum(amounts.values()), seed
        case = tilted_of(seed)
        assert calculate(case, check_lines)["total"] == str(tilted_assistance(case)), seed


def test_random_claims_reach_every_status_every_rate_and_every_reason() -> None:
    statuses: set[str] = set()
    reasons: set[str] = set()
    rates = set()
    computed = alerts = 0
    for seed in range(1_000):
        for answer in calculate_case(claim_of(seed)):
            statuses.add(answer.status)
            reasons |= answer.reasons
            rates.add(answer.rate)
            computed += bool(answer.critical_illness)
            alerts += bool(answer.control_line and answer.control_line["alert"])
    assert {"payable", "rejected", "held"} <= statuses
    assert rates >= {Decimal(rate) for rate in (0, 50, 60, 70, 80, 100)}
    assert computed > 50
    assert alerts > 50
    assert reasons >= {
        "not_insured",
        "no_referral",
        "duplicate",
        "overseas",
        "not_designated",
        "amounts_mismatch",
        "lines_mismatch",
        "payers_exceed_cost",
        "third_party_unresolved",
        "upstream_pending",
        "other_fund",
        "unknown_kind",
    }
