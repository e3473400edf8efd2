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
NOT_YET = frozenset(f"NT-{number:02d}" for number in range(1, 25))
"""Cases of the Nantong scheme, which is not there yet: they must answer an error that names the scheme."""


def _load(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


NAMES = sorted(path.stem for path in CASES.glob("*.json"))


def test_all_46_cases_are_here() -> None:
    assert len(NAMES) == 46
    assert set(NAMES) >= NOT_YET


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_YET])
def test_a_worked_case_gives_exactly_the_expected_figures(name: str) -> None:
    worked = _load(name)
    result = calculate(worked["case"], check_lines)
    assert "error" not in result, result
    expected = worked["expect"]
    assert result["case_id"] == worked["case"]["case_id"]
    assert result["total"] == expected["total"]
    by_id = {settlement["setl_id"]: settlement for settlement in result.get("settlements", ())}
    for setl_id, figures in expected.get("settlements", {}).items():
        assert {name: by_id[setl_id][name] for name in figures} == figures
    for found, figures in zip(result.get("years", ()), expected.get("years", ()), strict=True):
        assert {name: found[name] for name in figures} == figures


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_YET])
def test_the_trace_of_a_worked_case_replays_to_its_benefit_and_cites_every_step(name: str) -> None:
    result = calculate(_load(name)["case"], check_lines)
    for settlement in result.get("settlements", ()):
        assert replay(settlement["trace"]) == parse_yuan(settlement["benefit"])
        for step in settlement["trace"] + settlement["checks"]:
            assert step["clause"].startswith(("XB-", "control:"))
            assert step["label"] and step["rule"]
    for year in result.get("years", ()):
        assert replay(year["trace"]) == parse_yuan(year["refund_in_cash"])


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_a_case_of_a_scheme_that_is_not_there_yet_is_refused_by_name(name: str) -> None:
    worked = _load(name)
    result = calculate(worked["case"], check_lines)
    assert result["case_id"] == worked["case"]["case_id"]
    assert result["error"]["field"] == "scheme"
