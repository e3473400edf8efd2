"""Populations for the tests of the core: random cases calculated one by one, every run of the sheet kept."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from insurer.kernel.money import to_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.operations import NEVER
from insurer.schemes.portfolio import PLANS, Lines, Portfolio
from insurer.schemes.running import Program


class Watched(NamedTuple):
    """One run of the settlement sheet: whose, the how-many-th of the person, inputs and all values."""

    person: int
    turn: int
    inputs: dict[str, Any]
    values: list[Any]


def _settlement(chance: random.Random, number: int) -> dict[str, Any]:
    def fen(top: int) -> int:
        return chance.choice((0, chance.randint(0, top)))

    day = date(
        chance.choice((2023, 2024, 2024, 2024)), chance.randint(1, 12), chance.randint(1, 28)
    ).isoformat()
    basic, critical, assisted = fen(2_000_000), fen(300_000), fen(100_000)
    own, first, over = fen(6_000_000), fen(400_000), fen(90_000)
    scope = basic + critical + assisted + fen(14_000_000)
    off = chance.choice((0, 0, 0, 0, 0, 0, 0, 5))
    return {
        "setl_id": f"b{number}",
        "med_type": chance.choice(("11", "14", "21", "21")),
        "setl_time": day,
        "medfee_sumamt": to_yuan(scope + own + first + over + off),
        "inscp_scp_amt": to_yuan(scope),
        "preselfpay_amt": to_yuan(first),
        "overlmt_selfpay": to_yuan(over),
        "fulamt_ownpay_amt": to_yuan(own),
        "hifp_pay": to_yuan(basic),
        "hifmi_pay": to_yuan(critical),
        "maf_pay": to_yuan(assisted),
        "hosp_part_amt": to_yuan(chance.choice((0, 0, fen(9_000)))),
        "referral": chance.choice(("local", "local", "local", "missing_hardship_approved")),
        "later_payers": [
            {"payer": chance.choice(("inclusive", "charity")), "unsplit": to_yuan(fen(20_000))},
            {"payer": "private", "unsplit": to_yuan(chance.choice((0, fen(90_000))))},
        ],
        "feedetail": [
            {"fulamt_ownpay_amt": to_yuan(own), "finding": chance.choice((None, None, "unrelated"))},
            {"inscp_scp_amt": to_yuan(scope // 9), "finding": chance.choice((None, None, "unlawful"))},
        ],
    }


def _document(chance: random.Random, scheme: str) -> dict[str, Any]:
    listed = {"on_previous_december": chance.random() < 0.9, "approved_on": None}
    return {
        "kind": "claim",
        "scheme": scheme,
        "person": {
            "insutype": "390",
            "roster": {"2023": listed, "2024": {**listed, "approved_on": "2024-06-17"}},
            "identities": [
                {"category": chance.choice(("orphan", "hardship_worker")), "valid_from": "2023-03-01"},
                {"category": "min_living_allowance", "valid_from": "2023-01-01"},
            ],
        },
        "settlements": [_settlement(chance, number) for number in range(chance.randint(2, 9))],
    }


def watched_population(module: Any, persons: int) -> list[Watched]:
    """Calculate persons one by one; rows come in the order in which they were decided."""
    program: Program = module.pack(()).programs["settlement"]
    chance = random.Random(module.SCHEME)
    run = Program.run
    of_person: list[list[Watched]] = []

    def watched(self: Program, inputs: dict[str, Any], overrides: dict[str, Any]) -> list[Any]:
        values = run(self, inputs, overrides)
        if self is program:
            mine = of_person[-1]
            mine.append(Watched(len(of_person) - 1, len(mine), dict(inputs), values))
        return values

    with patch.object(Program, "run", watched):
        for _ in range(persons):
            of_person.append([])
            found = calculate(
                _document(chance, module.SCHEME), lambda lines, facts: [LineVerdict("covered") for _ in lines]
            )
            assert "error" not in found, found
    return [row for rows in of_person for row in rows]


def as_portfolio(module: Any, rows: Sequence[Watched], *, every_fact: bool = False) -> Portfolio:
    """Put watched runs into arrays; the balance is left out unless every fact is wanted."""
    program: Program = module.pack(()).programs["settlement"]
    plan = PLANS[module.SCHEME]
    facts: dict[str, Any] = {}
    lines: dict[str, Lines] = {}
    for step in program.steps:
        if step.op != "given" or (step.name == plan.used and not every_fact):
            continue
        column = [row.inputs[step.name] for row in rows]
        if step.unit == "column":
            starts = np.cumsum([0, *(len(one) for one in column)])
            lines[step.name] = Lines(np.array([fen for one in column for fen in one], np.int64), starts)
        else:
            facts[step.name] = np.array(column)
    if plan.dated and not every_fact:
        facts["settlement_day"] = facts["admission_day"] = facts.pop("bill_day")
    assert NEVER not in facts.get("bill_day", ())
    return Portfolio(
        np.array([row.person for row in rows]), np.array([row.turn for row in rows]), facts, lines
    )


def random_inputs(
    program: Program, count: int, seed: int = 1
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield inputs of a sheet drawn step by step (amounts, also odd ones, days, codes) with overrides."""
    chance = random.Random(f"{program.sheet.name}{seed}")
    codes = [step.static for step in program.steps if step.op == "constant" and step.unit == "code"] or ["x"]
    tables = [step.static for step in program.steps if step.op == "at" and step.unit == "fen"]
    start = date(2023, 1, 1).toordinal()

    def amount() -> int:
        return chance.choice((0, 0, 1, chance.randint(0, 300), chance.randint(-99, 4_000_000)))

    draw: dict[str, Callable[[], Any]] = {
        "fen": amount,
        "column": lambda: [amount() for _ in range(chance.randint(0, 3))],
        "rate": lambda: (chance.randint(0, 9), chance.randint(9, 20)),
        "points": lambda: chance.choice((0, 1000, chance.randint(0, 10_000))),
        "day": lambda: chance.choice((start, start + chance.randint(0, 800), start + chance.randint(0, 40))),
        "code": lambda: chance.choice(codes),
        "bool": lambda: chance.random() < common,
    }
    for _ in range(count):
        common = chance.choice((0.03, 0.15, 0.5))
        inputs = {step.name: draw[step.unit]() for step in program.steps if step.op == "given"}
        if inputs.get("full_group"):
            inputs["quota_group"] = False  # no category is in both
        for name in ("approved_on", "removed_on", "lost_decided_on"):
            if name in inputs and chance.random() < 0.5:
                inputs[name] = NEVER
        overrides = {table.name: amount() for table in tables if chance.random() < 0.1}
        yield inputs, overrides
