"""A portfolio on arrays settles every person as the scalar path does: in any order and in any blocks."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from insurer.schemes import changzhou_xinbei_claim, nantong_claim
from insurer.schemes.arrays import row_values, run_arrays
from insurer.schemes.bounds import ARRAY_LIMIT, Unbounded, prove_bounds
from insurer.schemes.packdata import Clause
from insurer.schemes.portfolio import Lines, Portfolio, Settled, settle, year_of
from insurer.schemes.recording import Rules
from tests.unit.schemes.portfolios import Watched, as_portfolio, watched_population

MODULES = [changzhou_xinbei_claim, nantong_claim]
PERSONS = 90


@pytest.fixture(scope="module", params=MODULES, ids=lambda module: module.SCHEME)
def population(request: pytest.FixtureRequest) -> tuple[Any, list[Watched]]:
    return request.param, watched_population(request.param, PERSONS)


def _names(module: Any) -> list[str]:
    program = module.pack(()).programs["settlement"]
    return [name for name, step in program.sheet.results.items() if step.unit == "fen"]


def _settle(module: Any, rows: Sequence[Watched], block: int = 7, used: Settled | None = None) -> Settled:
    portfolio = as_portfolio(module, rows)
    return settle(module.SCHEME, module.pack(()), portfolio, _names(module), block=block, used=used)


def _check(module: Any, rows: Sequence[Watched], found: Settled) -> None:
    program = module.pack(()).programs["settlement"]
    for name in _names(module):
        expected = [row.values[program.results[name]] for row in rows]
        assert found.results[name].tolist() == expected, name


def test_limits_bind_and_persons_have_several_settlements(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    program = module.pack(()).programs["settlement"]
    left = program.place[next(step.number for step in program.steps if step.name == "limit_left")]
    assert len(rows) > 2 * PERSONS
    assert 10 < sum(row.values[left] == 0 for row in rows) < len(rows) - 20


def test_a_portfolio_equals_the_scalar_path(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    found = _settle(module, rows)
    _check(module, rows, found)
    _check(module, rows, _settle(module, rows, block=10_000))


def test_the_balances_left_are_those_of_the_scalar_path(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    before = _settle(module, [row for row in rows if row.turn < 3])
    after = _settle(module, [row for row in rows if row.turn >= 3], used=before)
    _check(module, [row for row in rows if row.turn >= 3], after)
    assert after.balances.sum() == _settle(module, rows).balances.sum()


def test_a_shuffled_portfolio_gives_every_row_the_same(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    mixed = list(rows)
    random.Random(3).shuffle(mixed)
    _check(module, mixed, _settle(module, mixed, block=64))


def test_batches_of_one_give_every_row_the_same(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    for person in range(25):
        used: Settled | None = None
        for row in [row._replace(person=0) for row in rows if row.person == person]:
            used = _settle(module, [row], used=used)
            _check(module, [row], used)


def test_a_row_of_a_batch_is_explained_as_on_its_own(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    pack = module.pack(())
    program = pack.programs["settlement"]
    facts = as_portfolio(module, rows, every_fact=True).block(np.arange(len(rows)))
    values = run_arrays(program, len(rows), facts)
    for place in range(0, len(rows), 3):
        alone: tuple[list[Any], list[Any]] = ([], [])
        among: tuple[list[Any], list[Any]] = ([], [])
        pack.tracer("settlement").write(rows[place].values, {}, *alone)
        pack.tracer("settlement").write(row_values(program, values, place), {}, *among)
        assert among == alone
        assert alone[0]


def test_lines_belong_to_their_settlement() -> None:
    lines = Lines(np.array([1, 2, 3, 4, 5]), np.array([0, 2, 2, 5]))
    portfolio = Portfolio(np.arange(3), np.arange(3), {}, {"column": lines})
    column = portfolio.block(np.array([2, 1, 0]))["column"]
    assert column.values.tolist() == [3, 4, 5, 1, 2]
    assert column.owners.tolist() == [0, 0, 0, 2, 2]


def test_years_follow_the_calendar() -> None:

    days = [date(1, 1, 1), date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29), date(2024, 12, 31)]
    assert year_of([day.toordinal() for day in days]).tolist() == [day.year for day in days]


def test_an_amount_beyond_the_proof_is_refused(population: tuple[Any, list[Watched]]) -> None:
    module, rows = population
    portfolio = as_portfolio(module, rows)
    portfolio.facts["inscp_scp_amt"][3] = ARRAY_LIMIT + 1
    with pytest.raises(OverflowError, match="inscp_scp_amt"):
        settle(module.SCHEME, module.pack(()), portfolio)


def _rules() -> Rules:
    return Rules("sheet", {"A": Clause("A", "d", "g")}, {}, {}, {})


def test_a_sheet_that_could_pass_64_bits_is_refused() -> None:
    r = _rules()
    amount, rate = r.given("amount", "金额"), r.given("rate", "比例", "points")
    for turn in range(9):
        amount = r.add(f"twice_{turn}", "两倍", "A", amount, amount)
    fine = r.finish({"result": r.share("fine", "份额", "A", r.given("amount", "金额"), rate)})
    assert prove_bounds(fine)["fine"] >= ARRAY_LIMIT
    with pytest.raises(Unbounded, match="share"):
        prove_bounds(r.finish({"result": r.share("wide", "份额", "A", amount, rate)}))
    for turn in range(9, 40):
        amount = r.add(f"twice_{turn}", "两倍", "A", amount, amount)
    with pytest.raises(Unbounded, match="twice_22"):
        prove_bounds(r.finish({"result": amount}))
