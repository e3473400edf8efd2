"""Kept vectors: inputs of one sheet with its results and stops, for steps that no worked case tells apart.

Kept figures are those of the rules at that time. After a change that is meant,
``python -m tests.conformance.vectors`` writes them anew; the difference is for review. :func:`extend` looks
for inputs that tell surviving mutants from the rules and adds them.
"""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from insurer.schemes import changzhou_xinbei_claim, nantong_claim
from insurer.schemes.operations import NEVER
from insurer.schemes.pack_files import readings
from insurer.schemes.running import Program
from tests.conformance.mutations import Judge, Mutant, interpret, mutants_of
from tests.unit.schemes.portfolios import random_inputs, watched_population

FILE = Path(__file__).parent / "vectors.json"
MODULES = {module.SCHEME: module for module in (changzhou_xinbei_claim, nantong_claim)}
DEFAULTS: dict[str, Any] = {
    "fen": 0,
    "column": [],
    "rate": [0, 1],
    "points": 0,
    "day": NEVER,
    "code": "",
    "bool": False,
}
READINGS_TRIED = 4


class Vector(NamedTuple):
    """Inputs that are not zero, empty or no, and what comes out."""

    scheme: str
    readings: dict[str, str]
    sheet: str
    inputs: dict[str, Any]
    results: dict[str, Any]
    stops: list[str]

    def program(self) -> Program:
        """Return the sheet under the readings of the vector."""
        pack = MODULES[self.scheme].pack(tuple(sorted(self.readings.items())))
        found: Program = pack.programs[self.sheet]
        return found

    def notices(self) -> bool:
        """Run the sheet and tell whether anything differs from what is kept."""
        program = self.program()
        return outcome(program, program.run(self.facts(program), {})) != (self.results, self.stops)

    def facts(self, program: Program) -> dict[str, Any]:
        """Return all inputs of the sheet."""
        facts = {}
        for step in program.steps:
            if step.op == "given":
                value = self.inputs.get(step.name, DEFAULTS[step.unit])
                facts[step.name] = tuple(value) if step.unit == "rate" else value
        return facts


def outcome(program: Program, values: list[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return results and fired stops as they are kept."""
    results = json.loads(json.dumps(program.outcome(values)))
    return results, [step.name for step in program.fired(values)]


def load() -> list[Vector]:
    """Return the kept vectors."""
    return [Vector(*row) for row in json.loads(FILE.read_text(encoding="utf-8"))] if FILE.exists() else []


def judges(scheme: str) -> Iterator[Judge]:
    """Yield a judge for every vector of a scheme."""
    for number, vector in enumerate(load()):
        if vector.scheme == scheme:
            yield Judge(f"vector {number}", {}, vector.notices)


def _vector(scheme: str, answers: dict[str, str], program: Program, given: dict[str, Any]) -> Vector:
    units = {step.name: step.unit for step in program.steps if step.op == "given"}
    kept = {
        name: list(value) if units[name] == "rate" else value
        for name, value in given.items()
        if value != DEFAULTS[units[name]]
    }
    results, stops = outcome(program, program.interpret(given, {}))
    return Vector(scheme, answers, program.sheet.name, kept, results, stops)


def single_answers() -> list[dict[str, str]]:
    """Return the readings as they are, then each other answer by itself."""
    return [
        {},
        *(
            {reading.name: option}
            for reading in readings().values()
            for option in reading.options
            if option != reading.chosen
        ),
    ]


def programs_with(scheme: str, sheet: str, step: str) -> Iterator[tuple[dict[str, str], Program]]:
    """Yield the sheet under the default readings and each other answer, where it holds the step."""
    for answer in single_answers():
        program: Program = MODULES[scheme].pack(tuple(answer.items())).programs[sheet]
        if any(one.name == step for one in program.steps):
            yield answer, program


@cache
def _paid(scheme: str) -> list[dict[str, Any]]:
    """Return inputs of settlements that are paid, some with excluded lines, and of one of nothing at all."""
    rows = watched_population(MODULES[scheme], 40)
    program: Program = MODULES[scheme].pack(()).programs["settlement"]
    paid = [row.inputs for row in rows if program.outcome(row.values)["benefit"]]
    lined = [row for row in paid if row["has_excluded_lines"]]
    return [*lined[:2], *[row for row in paid if row not in lined][:2]]


def _near(scheme: str, program: Program) -> Iterator[dict[str, Any]]:
    """Yield inputs of paid settlements with one fact turned, one amount moved, or days on a border."""
    names = {step.name: step.unit for step in program.steps if step.op == "given"}
    empty = {name: 739_251 if unit == "day" else DEFAULTS[unit] for name, unit in names.items()}
    border = date(2024, 12, 31).toordinal()
    for paid in [*_paid(scheme), {"person_insutype": "390", "settlement_insutype": "390"}]:
        plain = {**empty, **{name: value for name, value in paid.items() if name in names}}
        flips: list[dict[str, Any]] = [
            {},
            *({name: not plain[name]} for name in names if names[name] == "bool"),
        ]
        moves: list[dict[str, Any]] = [{}]
        for name, unit in names.items():
            if unit == "fen":
                moves += [{name: fen} for fen in (-1, 300_000, 2_000_000, 100_000_000)]
        days = {"bill_day": border, "approved_on": border}
        moves.append({name: day for name, day in days.items() if name in names})
        for flip in flips:
            gates = not flip or next(iter(flip)).startswith("has_")
            for move in moves if gates else moves[:1]:
                yield {**plain, **flip, **move}


def find(mutant: Mutant, tries: int = 500) -> Vector | None:
    """Look for inputs under which a mutant has other results or stops."""
    for answers, program in islice(programs_with(mutant.scheme, mutant.sheet, mutant.step), READINGS_TRIED):
        drawn = (given for given, _ in random_inputs(program, tries, seed=7))
        near = _near(mutant.scheme, program) if mutant.sheet == "settlement" else iter(())
        for given in chain(drawn, near):
            try:
                plain = outcome(program, program.interpret(given, {}))
            except ValueError:
                continue
            try:
                changed = outcome(program, interpret(program, mutant, given, {}))
            except (ArithmeticError, TypeError, ValueError):
                return _vector(mutant.scheme, answers, program, given)
            if plain != changed:
                return _vector(mutant.scheme, answers, program, given)
    return None


def extend(survivors: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Add a vector for every survivor (scheme, sheet, step, change); return those without any."""
    vectors, left = load(), []
    for scheme, sheet, name, change in survivors:
        _, program = next(programs_with(scheme, sheet, name))
        step = next(one for one in program.steps if one.name == name)
        mutant = next(one for one in mutants_of(scheme, sheet, step) if one.change == change)
        found = find(mutant)
        if found is None:
            left.append((scheme, sheet, name, change))
        elif found not in vectors:
            vectors.append(found)
    _keep(vectors)
    return left


def renew() -> None:
    """Write the results and stops of every vector as the rules of today give them."""
    renewed = []
    for vector in load():
        program = vector.program()
        results, stops = outcome(program, program.interpret(vector.facts(program), {}))
        renewed.append(vector._replace(results=results, stops=stops))
    _keep(renewed)


def _keep(vectors: list[Vector]) -> None:
    lines = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
    FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
