"""The 46 worked cases: a case document each, the figures that must come out, the steps by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.kernel.money import parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.tracing import replay

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))


def _load(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def test_all_46_cases_are_here() -> None:
    assert [f"NT-{number:02d}" for number in range(1, 25)] + [
        f"XB-{number:02d}" for number in range(1, 23)
    ] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_case_gives_exactly_the_expected_figures(name: str) -> None:
    worked = _load(name)
    result = calculate(worked["case"], check_lines)
    assert "error" not in result, result
    expected = worked["expect"]
    assert set(expected) <= {"total", "settlements", "years", "people"}
    assert result["case_id"] == worked["case"]["case_id"]
    assert result["total"] == expected["total"]
    by_id = {settlement["setl_id"]: settlement for settlement in result.get("settlements", ())}
    for setl_id, figures in expected.get("settlements", {}).items():
        assert {name: by_id[setl_id][name] for name in figures} == figures
    for found, figures in zip(result.get("years", ()), expected.get("years", ()), strict=True):
        assert {name: found[name] for name in figures} == figures
    assert result.get("people", {}) == expected.get("people", {})


@pytest.mark.parametrize("name", NAMES)
def test_the_trace_of_a_worked_case_replays_to_its_benefit_and_cites_every_step(name: str) -> None:
    result = calculate(_load(name)["case"], check_lines)
    for settlement in result.get("settlements", ()):
        assert replay(settlement["trace"]) == parse_yuan(settlement["benefit"])
        for step in settlement["trace"] + settlement["checks"]:
            assert step["clause"].startswith((name[:3], "control:"))
            assert step["label"] and step["rule"]
    for year in result.get("years", ()):
        assert replay(year["trace"]) == parse_yuan(year["refund_in_cash"])
