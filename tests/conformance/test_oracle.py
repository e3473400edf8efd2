"""The product against a second implementation: the worked cases first, then random cases by the thousand.

``INSURER_ORACLE_CASES=100000`` compares that many cases a scheme instead of the usual couple of thousand.
"""

import os
from decimal import Decimal
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.tracing import replay
from tests.conformance.nantong_cases import subsidy_of, tilted_of
from tests.conformance.oracle_nantong import calculate_case, premium_subsidy, tilted_assistance
from tests.conformance.second_writings import CASES, FOUND, NANTONG, WRITINGS, SecondWriting, load

NAMED = int(os.environ.get("INSURER_ORACLE_CASES", "0"))
STEP = 1_000 if NAMED else 250
SEEDS = range(0, NAMED or 2_000, STEP)
both = pytest.mark.parametrize("writing", WRITINGS.values(), ids=WRITINGS)


@pytest.mark.parametrize(
    ("writing", "name", "worked"),
    [(writing, name, worked) for writing in WRITINGS.values() for name, worked in writing.worked()],
)
def test_the_oracle_gives_the_expected_figures_of_a_worked_case(
    writing: SecondWriting, name: str, worked: dict[str, Any]
) -> None:
    answers = writing.answers(worked["case"])
    by_id = {answer.setl_id: answer for answer in answers}
    assert str(writing.total(answers)) == worked["expect"]["total"]
    for setl_id, figures in worked["expect"]["settlements"].items():
        assert writing.agrees(figures, by_id[setl_id]), name


@pytest.mark.parametrize("name", sorted(path.stem for path in FOUND.glob("*.json")))
def test_a_disagreement_found_before_is_answered_as_the_texts_decide(name: str) -> None:
    found = load(FOUND / f"{name}.json")
    result, expected = calculate(found["case"], check_lines), found["expect"]
    if "error" in expected:
        assert result["error"]["field"] == expected["error"], found["why"]
        return
    assert result.get("total") == expected["total"], found["why"]
    by_id = {settlement["setl_id"]: settlement for settlement in result["settlements"]}
    for setl_id, figures in expected["settlements"].items():
        assert {figure: by_id[setl_id][figure] for figure in figures} == figures, found["why"]
        assert replay(by_id[setl_id]["trace"]) == parse_yuan(by_id[setl_id]["benefit"])


@both
@pytest.mark.parametrize("first", SEEDS)
def test_the_product_agrees_with_the_oracle_on_random_cases(writing: SecondWriting, first: int) -> None:
    disagreements = {}
    for seed in range(first, min(first + STEP, SEEDS.stop)):
        differences = writing.differences(writing.random_case(seed))
        if differences:
            disagreements[seed] = differences
    assert disagreements == {}


@both
def test_the_traces_of_random_cases_replay_to_their_benefits(writing: SecondWriting) -> None:
    for seed in range(3_000_000, 3_000_150):
        for settlement in calculate(writing.random_case(seed), check_lines)["settlements"]:
            assert replay(settlement["trace"]) == parse_yuan(settlement["benefit"]), seed


@both
def test_random_cases_reach_every_status_and_every_reason(writing: SecondWriting) -> None:
    answers = [answer for seed in range(1_000) for answer in writing.answers(writing.random_case(seed))]
    assert {"payable", "rejected", "held"} <= {answer.status for answer in answers}
    assert writing.reasons <= {reason for answer in answers for reason in answer.reasons}


def test_random_claims_of_nantong_reach_every_rate_and_many_computed_payments_and_alerts() -> None:
    answers = [answer for seed in range(1_000) for answer in NANTONG.answers(NANTONG.random_case(seed))]
    assert {answer.rate for answer in answers} >= {Decimal(rate) for rate in (0, 50, 60, 70, 80, 100)}
    assert sum(bool(answer.critical_illness) for answer in answers) > 50
    assert sum(bool(answer.control_line and answer.control_line["alert"]) for answer in answers) > 50


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("NT-*.json")))
def test_the_oracle_gives_the_expected_subsidies_and_tilted_assistance(name: str) -> None:
    worked = load(CASES / f"{name}.json")
    case, expected = worked["case"], worked["expect"]
    if case["kind"] == "premium_subsidy":
        amounts = premium_subsidy(case)
        assert {person: str(amount) for person, amount in amounts.items()} == expected["people"]
        assert str(sum(amounts.values())) == expected["total"]
    elif case["kind"] == "tilted_assistance":
        assert str(tilted_assistance(case)) == expected["total"]
    else:
        assert calculate_case(case)


@pytest.mark.parametrize("first", range(0, SEEDS.stop // 4, STEP))
def test_the_product_agrees_with_the_oracle_on_subsidies_and_tilted_assistance(first: int) -> None:
    for seed in range(first, first + STEP):
        case = subsidy_of(seed)
        result, amounts = calculate(case, check_lines), premium_subsidy(case)
        assert result["people"] == {name: str(amount) for name, amount in amounts.items()}, seed
        assert Decimal(result["total"]) == sum(amounts.values()), seed
        case = tilted_of(seed)
        assert calculate(case, check_lines)["total"] == str(tilted_assistance(case)), seed
