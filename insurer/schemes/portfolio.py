"""A whole portfolio on arrays: settlements of many persons, in rounds, with yearly balances carried along.

The first settlement of every person is run together, then the second, and so on, so that what one settlement
uses of a limit is known to the next. Rows are run in blocks: memory beyond the arrays given and returned does
not grow with their number. Every amount equals that of the scalar path, whatever the order of the rows.
Reversals are not settled here: they give back what was paid and need no rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from insurer.schemes.arrays import Array, Column, run_arrays
from insurer.schemes.bounds import ARRAY_LIMIT
from insurer.schemes.changzhou_xinbei_claim import SCHEME as CHANGZHOU_XINBEI
from insurer.schemes.nantong_claim import SCHEME as NANTONG
from insurer.schemes.operations import NEVER
from insurer.schemes.running import Program
from insurer.schemes.scheme_pack import Pack

BLOCK = 8192
_EPOCH = np.datetime64("0001-01-01")


class Plan(NamedTuple):
    """How a scheme carries a limit: which fact is the balance used, what moves it, and per what.

    ``moved`` is a result.
    """

    used: str
    moved: str
    pool: str = ""
    dated: bool = False


PLANS: Mapping[str, Plan] = {
    CHANGZHOU_XINBEI: Plan("other_covered_used", "limit_taken", dated=True),
    NANTONG: Plan("limit_used", "limit_taken", pool="general_outpatient"),
}
"""Xinbei has one limit a year and takes the day of the bill from a sheet; Nantong has two limits a
year, which assistance paid at the counter uses as well."""


class Lines(NamedTuple):
    """Amounts of fee lines (fen): those of row ``i`` are ``values[starts[i]:starts[i + 1]]``."""

    values: Array
    starts: Array


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Settlements as arrays of one length.

    ``person`` numbers the persons from 0, ``time`` orders the settlements of a person (equal times by row),
    ``facts`` are the inputs of the settlement sheet: an array, or one value for all rows. Days are ordinals.
    """

    person: Array
    time: Array
    facts: Mapping[str, Any]
    lines: Mapping[str, Lines] = field(default_factory=dict)

    def block(self, rows: Array) -> dict[str, Any]:
        """Return the facts of some rows."""
        taken: Any = rows
        if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and bool(np.all(np.diff(rows) == 1)):
            taken = slice(int(rows[0]), int(rows[-1]) + 1)  # neighbours are read in place
        facts = {
            name: fact[taken] if isinstance(fact, np.ndarray) else fact for name, fact in self.facts.items()
        }
        return {**facts, **{name: _lines_of(lines, rows) for name, lines in self.lines.items()}}


class Settled(NamedTuple):
    """Results by name, one value a row, and what is used of the limits: ``balances[person, slot]``.

    The slot of a year (and, where a scheme has two limits, of the limit) is ``year - first_year`` times the
    number of limits, plus one for the second limit.
    """

    results: dict[str, Array]
    balances: Array
    first_year: int


def settle(
    scheme: str,
    pack: Pack,
    portfolio: Portfolio,
    results: Sequence[str] = ("benefit",),
    *,
    overrides: Mapping[str, Any] | None = None,
    used: Settled | None = None,
    block: int = BLOCK,
) -> Settled:
    """Run every settlement through the pack and return the results named.

    ``used`` continues from the balances of an earlier run over the same persons. :class:`OverflowError` for
    an amount beyond :data:`~insurer.schemes.bounds.ARRAY_LIMIT`; otherwise as :func:`run_arrays`.
    """
    plan, program = PLANS[scheme], pack.programs["settlement"]
    overrides = overrides or {}
    _refuse_beyond_limit(portfolio, program)
    pools = 2 if plan.pool else 1
    first, last = _years(portfolio, plan)
    if used is not None:
        first, last = (
            min(first, used.first_year),
            max(last, used.first_year + used.balances.shape[1] // pools - 1),
        )
    people = max(int(portfolio.person.max(initial=-1)) + 1, 0 if used is None else len(used.balances))
    balances = np.zeros((people, (last - first + 1) * pools), np.int64)
    if used is not None:
        start = (used.first_year - first) * pools
        balances[: len(used.balances), start : start + used.balances.shape[1]] = used.balances
    found = {name: np.empty(len(portfolio.person), np.int64) for name in results}
    for rows in _rounds(portfolio, block):
        facts = portfolio.block(rows)
        if plan.dated:
            facts["bill_day"] = _bill_day(pack, facts, len(rows), overrides)
        slot = (year_of(facts["bill_day"]) - first) * pools
        if plan.pool:
            slot = slot + facts[plan.pool]
        owner = portfolio.person[rows]
        facts[plan.used] = balances[owner, slot]
        values = run_arrays(program, len(rows), facts, overrides)
        balances[owner, slot] += values[program.results[plan.moved]]
        for name, column in found.items():
            column[rows] = values[program.results[name]]
    return Settled(found, balances, first)


def year_of(day: Any) -> Any:
    """Return the year of ordinals."""
    dates = _EPOCH + (np.asarray(day, np.int64) - 1).astype("timedelta64[D]")
    return dates.astype("datetime64[Y]").astype(np.int64) + 1970


def _years(portfolio: Portfolio, plan: Plan) -> tuple[int, int]:
    names = ("settlement_day", "admission_day", "discharge_day") if plan.dated else ("bill_day",)
    days = [np.asarray(portfolio.facts[name]) for name in names if name in portfolio.facts]
    low, high = min(int(day.min()) for day in days), max(int(day.max()) for day in days)
    if not 0 < low <= high < NEVER:
        raise ValueError("a settlement needs a day")
    return int(year_of(low)), int(year_of(high))


def _bill_day(pack: Pack, facts: Mapping[str, Any], rows: int, overrides: Mapping[str, Any]) -> Any:
    dating = pack.programs["dating"]
    return run_arrays(dating, rows, facts, overrides)[dating.results["bill_day"]]


def _rounds(portfolio: Portfolio, block: int) -> Iterator[Array]:
    """Yield blocks of rows; no person stands twice in one round, and rounds follow the order of time."""
    person, time = portfolio.person, portfolio.time
    rows = len(person)
    if rows == 0:
        return
    order = np.lexsort((time, person)).astype(np.int32 if rows < 2**31 else np.int64)
    sorted_person = person[order]
    new = np.flatnonzero(np.diff(sorted_person, prepend=-1)).astype(order.dtype)
    counts = np.diff(new, append=np.array([rows], order.dtype))
    del sorted_person
    for turn in range(int(counts.max())):
        firsts = new[counts > turn] + turn
        for start in range(0, len(firsts), block):
            yield order[firsts[start : start + block]]


def _lines_of(lines: Lines, rows: Array) -> Column:
    starts = lines.starts[rows]
    counts = lines.starts[rows + 1] - starts
    owners = np.repeat(np.arange(len(rows)), counts)
    before = np.cumsum(counts) - counts
    places = np.arange(len(owners)) + np.repeat(starts - before, counts)
    return Column(lines.values[places], owners)


def _refuse_beyond_limit(portfolio: Portfolio, program: Program) -> None:
    for step in program.steps:
        fact = portfolio.facts.get(step.name) if step.op == "given" and step.unit == "fen" else None
        if fact is not None and np.size(fact) and max(np.max(fact), -np.min(fact)) > ARRAY_LIMIT:
            raise OverflowError(f"{step.name}: amounts too large for the array form, run them one by one")
