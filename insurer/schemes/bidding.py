"""Premium and profit of a tender from the claims of past years, with the uncertainty of so few years.

The claims of the next year are drawn from past ones (a bootstrap): a past year is chosen at random, and each
of its claimants comes as often as a Poisson number of mean one says, which is what drawing all the insured
again comes to when few of them claim. An outer bootstrap over years and claimants tells how far this can be
off. Amounts are integer fen throughout; the settlement of a year is the recorded sheet of XB-四.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from insurer.kernel.money import MAX_FEN, half_up
from insurer.schemes.arrays import run_arrays
from insurer.schemes.changzhou_xinbei_claim import pack
from insurer.schemes.running import Program

Fen = npt.NDArray[np.int64]

PERCENTS = (50, 75, 90, 95, 99)
"""The probabilities, in percent, for which a premium is told."""

INTERVAL = (5, 95)
"""The percentiles between which nine of ten outer draws lie."""

OUTER, INNER = 200, 500
_WORK = 60_000_000
_BLOCK = 4_000_000


class YearOfClaims(NamedTuple):
    """What was paid in a year: one amount in fen for each person who got something."""

    year: int
    amounts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the tender says: highest profit rate, the insurer's operating cost (fen) and growth a year."""

    max_profit_rate: tuple[int, int]
    operating_cost: int = 0
    growth: Fraction = Fraction(0)
    readings: tuple[tuple[str, str], ...] = ()


class Offer(NamedTuple):
    """A premium with which the insurer breaks even with a probability of ``percent``; all amounts fen.

    ``low`` and ``high`` bound the premium by the outer bootstrap. ``result`` is the expected money kept after
    claims, the excess given back and the operating cost; ``excess`` the expected excess; ``returns`` and
    ``losses`` are hundredths of a percent of the draws in which money is given back, or lost.
    """

    percent: int
    premium: int | None
    low: int | None
    high: int | None
    claims: int
    result: int
    excess: int
    returns: int
    losses: int


@dataclass(frozen=True, slots=True)
class Tender:
    """The claims expected in ``year`` (mean and interval of the mean) and an offer for each probability."""

    year: int
    mean: int
    mean_low: int
    mean_high: int
    draws: int
    offers: Sequence[Offer]


def tender(years: Sequence[YearOfClaims], terms: Terms, *, seed: int) -> Tender:
    """Work out the offers; the same years, terms and seed give the same figures.

    :class:`ValueError` when there is no year with claims.
    """
    past = sorted(row for row in years if row.amounts)
    if not past:
        raise ValueError("no year with claims")
    target = past[-1].year + 1
    grown = [_grown(row, target, terms.growth) for row in past]
    rng = np.random.default_rng(seed)
    inner = max(50, min(INNER, _WORK // (OUTER * max(len(row) for row in grown))))
    draws = np.empty((OUTER, inner), np.int64)
    means = []
    for place in range(OUTER):
        chosen = [grown[one] for one in rng.integers(len(grown), size=len(grown))]
        sample = [rng.choice(row, size=len(row)) for row in chosen]
        means.append(half_up(sum(int(row.sum()) for row in sample), len(sample)))
        draws[place] = _drawn(rng, sample, inner)
    means.sort()
    settle = _Settlement(terms, target)
    everything = np.sort(draws, axis=None)
    outer = np.sort(draws, axis=1)
    offers = [_offer(percent, everything, outer, settle) for percent in PERCENTS]
    mean = half_up(int(everything.sum()), everything.size)
    low, high = (means[_rank(percent, OUTER)] for percent in INTERVAL)
    return Tender(target, mean, low, high, everything.size, offers)


def _grown(row: YearOfClaims, target: int, growth: Fraction) -> Fen:
    factor = (1 + growth) ** (target - row.year)
    return np.array([half_up(fen * factor.numerator, factor.denominator) for fen in row.amounts], np.int64)


def _drawn(rng: np.random.Generator, sample: Sequence[Fen], count: int) -> Fen:
    """Draw ``count`` totals of a year out of the sampled past years."""
    found = np.empty(count, np.int64)
    which = rng.integers(len(sample), size=count)
    for place, amounts in enumerate(sample):
        rows = np.flatnonzero(which == place)
        step = max(1, _BLOCK // len(amounts))
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            found[part] = rng.poisson(1, size=(len(part), len(amounts))) @ amounts
    return found


def _rank(percent: int, count: int) -> int:
    """Return the place of the value that ``percent`` percent of ``count`` sorted ones do not exceed."""
    return max(0, -(-percent * count // 100) - 1)


class _Settlement:
    """The yearly settlement of XB-四 under the terms of a tender; the excess is given back in cash."""

    def __init__(self, terms: Terms, year: int) -> None:
        self.program: Program = pack(terms.readings).programs["year"]
        self.cost = terms.operating_cost
        self._fixed: Mapping[str, Any] = {
            "year_end": date(year, 12, 31).toordinal(),
            "operating_cost": terms.operating_cost,
            "max_profit_rate": terms.max_profit_rate,
            "excess_use": "refund",
            "offset_in": 0,
            "loss_in": 0,
            "has_other_claims": False,
            "open_claims": 0,
            "reserve": 0,
            "late_claims": 0,
            "late_before": 0,
        }

    def kept(self, premium: int, claims: int) -> int:
        """Return what the insurer keeps of one premium after claims, excess and operating cost."""
        inputs = {**self._fixed, "premium": premium, "claims_paid": claims}
        found = self.program.outcome(self.program.run(inputs, {}))
        return int(found["insurer_result"]) - self.cost

    def over(self, premium: int, claims: Fen) -> tuple[Fen, Fen]:
        """Return what is kept and what is given back, for every draw of the claims."""
        inputs = {**self._fixed, "premium": premium, "claims_paid": claims}
        values = run_arrays(self.program, len(claims), inputs)
        kept, excess = (values[self.program.results[name]] for name in ("insurer_result", "excess"))
        return np.asarray(kept, np.int64) - self.cost, np.asarray(excess, np.int64)

    def breaks_even(self, claims: int) -> int | None:
        """Return the smallest premium with which nothing is lost on these claims, if there is one."""
        return _smallest(lambda premium: self.kept(premium, claims) >= 0, claims)


def _smallest(holds: Callable[[int], bool], low: int) -> int | None:
    """Return the smallest fen from ``low`` on for which something holds that then keeps holding."""
    low, high = low - 1, max(1, low)
    while not holds(high):
        low, high = high, high * 2
        if high > MAX_FEN:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def _offer(percent: int, everything: Fen, outer: Fen, settle: _Settlement) -> Offer:
    claims = int(everything[_rank(percent, everything.size)])
    premium = settle.breaks_even(claims)
    if premium is None:
        return Offer(percent, None, None, None, claims, 0, 0, 0, 0)
    ranked = np.sort(outer[:, _rank(percent, outer.shape[1])])
    low, high = (settle.breaks_even(int(ranked[_rank(one, OUTER)])) for one in INTERVAL)
    kept, excess = settle.over(premium, everything)
    count = everything.size
    return Offer(
        percent,
        premium,
        low,
        high,
        claims,
        half_up(int(kept.sum()), count),
        half_up(int(excess.sum()), count),
        half_up(int(np.count_nonzero(excess > 0)) * 10_000, count),
        half_up(int(np.count_nonzero(kept < 0)) * 10_000, count),
    )
