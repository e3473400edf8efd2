"""The array form gives, row by row, what the scalar form gives: each operation, and whole sheets."""

import random
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.kernel.money import to_yuan
from insurer.schemes import changzhou_xinbei_claim, nantong_claim
from insurer.schemes.arrays import TWINS, Column, run_arrays
from insurer.schemes.bounds import ARRAY_LIMIT
from insurer.schemes.calculate import calculate
from insurer.schemes.line_check import LineVerdict
from insurer.schemes.operations import CALENDAR, NEVER, OPERATIONS, RuleConflict, calendar, prorata, share
from insurer.schemes.packdata import Clause, NoParameter
from insurer.schemes.recording import Rules
from insurer.schemes.running import Program

FEN = st.integers(-(10**9), 10**9)


def test_every_operation_has_exactly_one_twin() -> None:
    assert set(TWINS) | {"total"} == set(OPERATIONS)


@pytest.mark.parametrize("name", ["add", "sub", "min", "max", "gap", "at_least", "more_than", "same"])
def test_a_twin_equals_its_scalar_form(name: str) -> None:
    chance = random.Random(name)
    one = [chance.randint(-100, 100) for _ in range(500)]
    two = [chance.randint(-100, 100) for _ in range(500)]
    found = TWINS[name](np.array(one), np.array(two))
    assert found.tolist() == [OPERATIONS[name].scalar(a, b) for a, b in zip(one, two, strict=True)]


@given(st.lists(FEN, min_size=1, max_size=30), st.integers(0, 10_000), st.integers(1, 10_000))
def test_share_rounds_alike(amounts: list[int], numerator: int, denominator: int) -> None:
    array = np.array(amounts)
    assert TWINS["share"](array, (numerator, denominator)).tolist() == [
        share(fen, (numerator, denominator)) for fen in amounts
    ]
    assert TWINS["share"](array, numerator).tolist() == [share(fen, numerator) for fen in amounts]


@given(st.lists(st.tuples(FEN, FEN, FEN), min_size=1, max_size=30), st.sampled_from([1, 10**5]))
def test_parts_in_proportion_are_alike_even_beyond_64_bits(
    rows: list[tuple[int, int, int]], scale: int
) -> None:
    columns = [np.array([row[place] * scale for row in rows]) for place in range(3)]
    expected = [prorata(*(fen * scale for fen in row)) for row in rows]
    if max(abs(fen) for fen in expected) > ARRAY_LIMIT:
        with pytest.raises(OverflowError):
            TWINS["prorata"](*columns)
    else:
        assert TWINS["prorata"](*columns).tolist() == expected


def test_a_share_beyond_64_bits_is_refused() -> None:
    with pytest.raises(OverflowError):
        TWINS["share"](np.array([2**60]), (9, 10))


@pytest.mark.parametrize("which", sorted(CALENDAR))
def test_the_calendar_is_alike(which: str) -> None:
    start = date(1999, 12, 30).toordinal()
    days = [*range(start, start + 900), NEVER]
    assert TWINS["calendar"](np.array(days), which).tolist() == [calendar(day, which) for day in days]


def test_pick_is_alike_and_a_conflict_on_any_row_is_refused() -> None:
    base, one, two = np.array([1, 1, 1]), np.array([5, 5, 5]), np.array([6, 6, 5])
    first, second = np.array([True, False, True]), np.array([False, False, True])
    assert TWINS["pick"](base, first, one, second, two).tolist() == [5, 1, 5]
    with pytest.raises(RuleConflict):
        TWINS["pick"](base, first, one, np.array([True, False, False]), two)


def _random_case(chance: random.Random, scheme: str) -> dict[str, Any]:
    def fen(top: int) -> str:
        return to_yuan(chance.choice((0, chance.randint(0, top))))

    parts = {name: fen(5_000_000) for name in ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay")}
    own = chance.randint(0, 800_000)
    total = sum(round(float(text) * 100) for text in parts.values()) + own
    begin = date(chance.choice((2023, 2024)), chance.randint(1, 12), chance.randint(1, 28))
    year = str(begin.year)
    settlement = {
        "setl_id": "b1",
        "med_type": chance.choice(("11", "14", "21", "41", "77")),
        "begndate": begin.isoformat(),
        "setl_time": begin.isoformat(),
        "medfee_sumamt": to_yuan(total),
        **parts,
        "fulamt_ownpay_amt": to_yuan(own),
        "hifp_pay": fen(2_000_000),
        "hifmi_pay": fen(300_000),
        "maf_pay": fen(300_000),
        "hosp_part_amt": fen(50_000),
        "referral": chance.choice(("local", "missing", "emergency", "missing_hardship_approved")),
        "fixmedins": {"designated": chance.random() < 0.9},
        "later_payers": [
            {"payer": "inclusive", "unsplit": fen(200_000), "in_catalogue": fen(50_000)},
            {"payer": "private", "unsplit": fen(90_000)},
        ],
        "feedetail": [
            {"fulamt_ownpay_amt": to_yuan(own), "finding": chance.choice((None, "unrelated"))},
            {"inscp_scp_amt": fen(90_000), "finding": chance.choice((None, "unlawful"))},
        ],
    }
    return {
        "kind": "claim",
        "scheme": scheme,
        "person": {
            "insutype": chance.choice(("390", "310")),
            "roster": {year: {"on_previous_december": chance.random() < 0.5, "approved_on": f"{year}-06-17"}},
            "identities": [
                {"category": chance.choice(("orphan", "hardship_worker")), "valid_from": "2023-06-01"},
                {
                    "category": "low_income_margin",
                    "valid_from": "2023-02-01",
                    "lost_decided_on": "2024-05-05",
                },
            ],
        },
        "used": {year: {"other_covered": fen(2_100_000), "shared": fen(10_000_000)}},
        "settlements": [settlement],
    }


@pytest.mark.parametrize("module", [changzhou_xinbei_claim, nantong_claim])
def test_a_whole_sheet_on_arrays_gives_every_value_of_every_row(
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: Program = module.pack(()).programs["settlement"]
    seen: list[tuple[dict[str, Any], list[Any]]] = []
    run = Program.run

    def watched(self: Program, inputs: dict[str, Any], overrides: dict[str, Any]) -> list[Any]:
        values = run(self, inputs, overrides)
        if self is program:
            seen.append((dict(inputs), values))
        return values

    monkeypatch.setattr(Program, "run", watched)
    chance = random.Random(module.SCHEME)
    for _ in range(400):
        found = calculate(
            _random_case(chance, module.SCHEME), lambda lines, facts: [LineVerdict("covered") for _ in lines]
        )
        assert "error" not in found, found
    inputs: dict[str, Any] = {}
    units = {step.name: step.unit for step in program.steps if step.op == "given"}
    for name, unit in units.items():
        column = [row[name] for row, _ in seen]
        if unit == "column":
            owners = [place for place, lines in enumerate(column) for _ in lines]
            inputs[name] = Column(
                np.array([fen for lines in column for fen in lines], np.int64), np.array(owners, int)
            )
        else:
            inputs[name] = np.array(column)
    values = run_arrays(program, len(seen), inputs)
    for place, step in enumerate(program.steps):
        if step.op in ("given", "constant") or step.unit == "rate":
            continue
        expected = [row_values[place] for _, row_values in seen]
        assert np.broadcast_to(values[place], len(seen)).tolist() == expected, step.name
    stopped = [bool(any(row_values[index] for index, _ in program.stops)) for _, row_values in seen]
    assert 20 < sum(stopped) < 380


def test_a_day_without_a_parameter_on_any_row_is_refused() -> None:
    program = changzhou_xinbei_claim.pack().programs["settlement"]
    given = {step.name: np.zeros(2, np.int64) for step in program.steps if step.op == "given"}
    given["bill_day"] = np.array([date(2022, 1, 1).toordinal(), date(2018, 12, 31).toordinal()])
    for name in ("approved_on", "removed_on"):
        given[name] = np.full(2, NEVER)
    empty = Column(np.zeros(0, np.int64), np.zeros(0, np.int64))
    columns = {step.name: empty for step in program.steps if step.op == "given" and step.unit == "column"}
    codes = {step.name: "x" for step in program.steps if step.op == "given" and step.unit == "code"}
    with pytest.raises(NoParameter, match="2018-12-31"):
        run_arrays(program, 2, {**given, **columns, **codes})


def test_narrow_amounts_are_added_in_64_bits_and_floats_are_refused() -> None:
    r = Rules("sheet", {"A": Clause("A", "d", "g")}, {}, {}, {})
    program = Program(r.finish({"sum": r.add("sum", "和", "A", r.given("a", "甲"), r.given("b", "乙"))}))
    narrow = np.array([2_000_000_000], np.int32)
    assert run_arrays(program, 1, {"a": narrow, "b": narrow})[-1].tolist() == [4_000_000_000]
    with pytest.raises(TypeError, match="a: "):
        run_arrays(program, 1, {"a": np.array([1.5]), "b": narrow})
