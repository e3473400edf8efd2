"""Changing any recorded step makes a worked case or a comparison with a second implementation fail.

``INSURER_MUTANT_CASES`` compares that many random cases a scheme with its second implementation.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from insurer.exclusions.check import check_lines
from insurer.schemes.calculate import calculate
from insurer.schemes.recording import Step
from tests.conformance import vectors
from tests.conformance.mutations import Judge, Laboratory, Mutant, Run, differs, mutants_of
from tests.conformance.second_writings import WRITINGS, SecondWriting, all_worked

SEEDS = int(os.environ.get("INSURER_MUTANT_CASES", "1500"))
TRIES = 80
"""Judges that differ in the mutated step and are asked before a mutant counts as a survivor."""

EQUIVALENT = {
    (
        "changzhou-xinbei",
        "settlement",
        "cover_until",
        "without year_end",
    ): "a bill day lies within its own year",
    (
        "changzhou-xinbei",
        "settlement",
        "approved_in_year",
        "without approved_before_end",
    ): "cover approved after the year's end begins after the bill",
    ("changzhou-xinbei", "settlement", "in_catalogue_benefit", "not taken"): "the rate in force is the whole",
    (
        "changzhou-xinbei",
        "settlement",
        "in_catalogue_benefit",
        "rounded down",
    ): "the rate in force is the whole",
    ("nantong", "critical_figures", "deductible_cut", "rounded down"): "half of the figure in force is whole",
    ("nantong", "settlement", "limit_left", "without nothing"): "what is paid is not below zero later on",
    (
        "changzhou-xinbei",
        "settlement",
        "stopped",
        "without stop:held:payers_exceed_cost:hospital_exceeds",
    ): "what is left is below zero in all, so that each later payer's own check stops as well",
    (
        "changzhou-xinbei",
        "settlement",
        "stopped",
        "without stop:held:payers_exceed_cost:inclusive_unsplit_exceeds",
    ): "what is left is below zero in all, so that the check of charity stops as well",
    (
        "nantong",
        "settlement",
        "stopped",
        "without stop:held:payers_exceed_cost:insurance_exceeds",
    ): "the base is below zero, so that the check of what the counter paid stops as well",
}
"""Mutants that cannot be told from the rule, with the reason."""

Place = tuple[str, str, str]


def _worked(name: str, worked: dict[str, Any]) -> Judge:
    expected = worked["expect"]

    def notices() -> bool:
        result = calculate(worked["case"], check_lines)
        if "error" in result or "error" in expected:
            return ("error" in result) != ("error" in expected)
        by_id = {one["setl_id"]: one for one in result.get("settlements", ())}
        told = [(by_id[name], figures) for name, figures in expected.get("settlements", {}).items()]
        told += zip(result.get("years", ()), expected.get("years", ()), strict=True)
        wrong = any(found.get(name) != figure for found, figures in told for name, figure in figures.items())
        return (
            wrong
            or result["total"] != expected["total"]
            or result.get("people", {}) != expected.get("people", {})
        )

    return Judge(name, worked["case"], notices)


def _second_writing(writing: SecondWriting, case: dict[str, Any], name: str) -> Judge:
    return Judge(name, case, lambda: bool(writing.differences(case)))


def _judges(writing: SecondWriting) -> Iterator[Judge]:
    for name, worked in all_worked(writing.scheme):
        yield _worked(name, worked)
    yield from vectors.judges(writing.scheme)
    for seed in range(SEEDS):
        yield _second_writing(writing, writing.random_case(seed), f"{writing.scheme} {seed}")


def _remembering(writing: SecondWriting) -> SecondWriting:
    """The second implementation answers a case once: it does not change with a mutant."""
    answers: dict[int, Any] = {}

    def ask(case: dict[str, Any]) -> list[Any]:
        if id(case) not in answers:
            answers[id(case)] = writing.answers(case)
        found: list[Any] = answers[id(case)]
        return found

    return replace(writing, answers=ask)


@pytest.mark.parametrize("scheme", ["changzhou-xinbei", "nantong"])
def test_a_change_of_any_step_is_noticed(scheme: str) -> None:
    judges = list(_judges(_remembering(WRITINGS[scheme])))
    seen: dict[Place, list[tuple[Judge, Run, Step]]] = defaultdict(list)
    survivors: list[tuple[str, str, str, str]] = []
    tried = 0
    with Laboratory() as laboratory:
        for judge in judges:
            laboratory.watch(judge)
            for run in judge.runs:
                for step in run.program.steps:
                    seen[scheme, run.program.sheet.name, step.name].append((judge, run, step))
        assert _unseen(scheme, seen) == []
        mutants = [
            (mutant, place)
            for place, found in seen.items()
            for mutant in mutants_of(scheme, place[1], found[0][2])
        ]
        for mutant, place in mutants:
            if mutant[:4] in EQUIVALENT:
                continue
            tried += 1
            if not _noticed(laboratory, mutant, seen[place]):
                survivors.append(mutant[:4])
    assert tried > 350
    assert survivors == []


def _unseen(scheme: str, seen: Mapping[Place, Any]) -> list[Place]:
    """Return the steps of the packs of every reading that no judge has run."""
    places = (
        (scheme, name, step.name)
        for answers in vectors.single_answers()
        for name, program in vectors.MODULES[scheme].pack(tuple(answers.items())).programs.items()
        for step in program.steps
    )
    return sorted({place for place in places if place not in seen})


def _noticed(laboratory: Laboratory, mutant: Mutant, seen: list[tuple[Judge, Run, Step]]) -> bool:
    asked: set[int] = set()
    for judge, run, step in seen:
        if id(judge) not in asked and differs(run, step, mutant):
            asked.add(id(judge))
            if laboratory.noticed(mutant, judge):
                return True
            if len(asked) >= TRIES:
                return False
    return False
