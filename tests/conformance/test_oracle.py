"""The product against a second implementation: the worked cases first, then random cases by the thousand.

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
from tests.conformance.oracle_xinbei import HARD_GATES, Answer, calculate_case, total
from tests.conformance.xinbei_cases import case_of

CASES = Path(__file__).parent / "cases"
FOUND = Path(__file__).parent / "found"
NAMED = int(os.environ.get("INSURER_ORACLE_CASES", "0"))
STEP = 1_000 if NAMED else 250
FIRST_SEEDS = range(0, NAMED or 2_000, STEP)
# The code of an excluded line may stand among the reasons of a settlement of which nothing is covered.
OF_LINES = {
    "transplant_source",
    "new_expensive",
    "unit_price_threshold",
    "special_service",
    "unrelated",
    "nonpayable_herb",
    "non_pharmacopoeia_drug",
    "not_on_invoice",
    "unlawful",
    "retail_pharmacy",
}


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _claims() -> list[str]:
    return sorted(path.stem for path in CASES.glob("XB-*.json") if _load(path)["case"]["kind"] == "claim")


def _figures(answer: Answer) -> tuple[str, ...]:
    """What must agree: a reversal takes back money, so its excluded cost is not compared."""
    if answer.status != "payable":
        return ("benefit",)
    if answer.setl_id.startswith("r"):
        return ("benefit", "in_catalogue", "other")
    return ("benefit", "in_catalogue", "other", "excluded")


def _reasons_agree(answer: Answer, codes: set[str]) -> bool:
    """At least one reason of the oracle and none beside; amounts that do not add up may bring any other."""
    if answer.reasons & HARD_GATES:
        return bool(codes & HARD_GATES)
    if answer.status not in ("payable", "rejected", "held"):
        return True
    return bool(codes) == bool(answer.reasons) and codes <= answer.reasons | OF_LINES


def _settlement_differences(answer: Answer, found: dict[str, Any]) -> list[str]:
    differences = []
    if answer.status != "any" and found["status"] not in answer.status.split():
        differences.append(f"{answer.setl_id} status: oracle {answer.status}, product {found['status']}")
    for name in _figures(answer):
        if Decimal(found[name]) != getattr(answer, name):
            differences.append(
                f"{answer.setl_id} {name}: oracle {getattr(answer, name)}, product {found[name]}"
            )
    codes = {reason["code"] for reason in found["reasons"]}
    if not _reasons_agree(answer, codes):
        differences.append(
            f"{answer.setl_id} reasons: oracle {sorted(answer.reasons)}, product {sorted(codes)}"
        )
    return differences


def _differences(case: dict[str, Any]) -> list[str]:
    """Each disagreement between the oracle and the product on one case."""
    answers = calculate_case(case)
    result = calculate(case, check_lines)
    if "error" in result:
        return [f"product refuses the case: {result['error']}"]
    waiting = list(result["settlements"])
    differences = []
    for answer in answers:
        found = next(one for one in waiting if one["setl_id"] == answer.setl_id)
        waiting.remove(found)
        differences += _settlement_differences(answer, found)
    if Decimal(result["total"]) != total(answers):
        differences.append(f"total: oracle {total(answers)}, product {result['total']}")
    return differences + [f"{one['setl_id']} is one too many" for one in waiting]


@pytest.mark.parametrize("name", _claims())
def test_the_oracle_gives_the_expected_figures_of_a_worked_case(name: str) -> None:
    worked = _load(CASES / f"{name}.json")
    answers = {answer.setl_id: answer for answer in calculate_case(worked["case"])}
    assert str(total(list(answers.values()))) == worked["expect"]["total"]
    for setl_id, figures in worked["expect"]["settlements"].items():
        assert {figure: str(getattr(answers[setl_id], figure)) for figure in figures} == figures


@pytest.mark.parametrize("first", FIRST_SEEDS)
def test_the_product_agrees_with_the_oracle_on_random_cases(first: int) -> None:
    disagreements = {}
    for seed in range(first, min(first + STEP, FIRST_SEEDS.stop)):
        differences = _differences(case_of(seed))
        if differences:
            disagreements[seed] = differences
    assert disagreements == {}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOUND.glob("*.json")))
def test_a_disagreement_found_before_is_answered_as_the_texts_decide(name: str) -> None:
    found = _load(FOUND / f"{name}.json")
    result = calculate(found["case"], check_lines)
    expected = found["expect"]
    if "error" in expected:
        assert result["error"]["field"] == expected["error"]
        return
    assert result.get("total") == expected["total"], found["why"]
    by_id = {settlement["setl_id"]: settlement for settlement in result["settlements"]}
    for setl_id, figures in expected["settlements"].items():
        assert {figure: by_id[setl_id][figure] for figure in figures} == figures, found["why"]


def test_the_traces_of_random_cases_replay_to_their_benefits() -> None:
    for seed in range(3_000_000, 3_000_150):
        for settlement in calculate(case_of(seed), check_lines)["settlements"]:
            assert replay(settlement["trace"]) == parse_yuan(settlement["benefit"]), seed


def test_random_cases_reach_every_status_and_every_reason() -> None:
    statuses: set[str] = set()
    reasons: set[str] = set()
    for seed in range(700):
        for answer in calculate_case(case_of(seed)):
            statuses.add(answer.status)
            reasons |= answer.reasons
    assert {"payable", "rejected", "held"} <= statuses
    assert reasons >= {
        "not_insured",
        "duplicate",
        "overseas",
        "not_designated",
        "retail_pharmacy",
        "amounts_mismatch",
        "lines_mismatch",
        "third_party_unresolved",
        "upstream_pending",
        "other_fund",
        "unknown_kind",
    }
