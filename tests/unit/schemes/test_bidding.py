"""The premium of a tender: exact where the past leaves no choice, sound where it does."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from insurer.schemes.bidding import Tender, Terms, YearOfClaims, _drawn, _rank, _Settlement, tender


def three_years(seed: int = 1) -> list[YearOfClaims]:
    rng = Random(seed)
    return [
        YearOfClaims(year, [rng.randrange(10_000, 900_000) for _ in range(count)])
        for year, count in ((2023, 60), (2024, 70), (2025, 80))
    ]


@pytest.fixture(scope="module")
def found() -> Tender:
    return tender(three_years(), Terms((7, 40)), seed=7)


def test_the_same_seed_gives_the_same_figures(found: Tender) -> None:
    assert tender(three_years(), Terms((7, 40)), seed=7) == found
    assert tender(three_years()[::-1], Terms((7, 40)), seed=7) == found
    assert tender(three_years(), Terms((7, 40)), seed=8) != found


def test_the_mean_is_near_that_of_the_years_and_inside_its_interval(found: Tender) -> None:
    totals = [sum(year.amounts) for year in three_years()]
    mean = sum(totals) // 3
    assert abs(found.mean - mean) < mean // 50
    assert found.mean_low < mean < found.mean_high
    assert found.year == 2026


def test_more_certainty_costs_more_and_loses_less(found: Tender) -> None:
    premiums = [offer.premium for offer in found.offers]
    assert premiums == sorted(premiums, key=lambda fen: fen or 0)
    for offer in found.offers:
        assert offer.losses <= (100 - offer.percent) * 100
        assert offer.low is not None and offer.high is not None and offer.premium is not None
        assert offer.low <= offer.premium <= offer.high
        assert offer.premium == offer.claims


def test_money_goes_back_above_the_cap_only() -> None:
    settle = _Settlement(Terms((1, 10)), 2026)
    assert settle.kept(100_000, 100_000) == 0
    assert settle.kept(100_000, 95_000) == 5_000
    assert settle.kept(100_000, 20_000) == 10_000
    kept, excess = settle.over(100_000, np.array([120_000, 95_000, 20_000], np.int64))
    assert (kept.tolist(), excess.tolist()) == ([-20_000, 5_000, 10_000], [0, 0, 70_000])


def test_operating_cost_has_to_fit_under_the_cap() -> None:
    settle = _Settlement(Terms((1, 10), operating_cost=5_000), 2026)
    assert settle.breaks_even(30_000) == 49_995  # a tenth of 499.95 rounds half up to 50.00
    assert settle.breaks_even(80_000) == 85_000
    nothing = tender(three_years(), Terms((0, 1), operating_cost=1), seed=1)
    assert {offer.premium for offer in nothing.offers} == {None}
    first = _Settlement(Terms((0, 1), 5_000, readings=(("operating_cost", "deducted_first"),)), 2026)
    assert first.breaks_even(80_000) == 85_000


def test_growth_lifts_older_years_to_the_next_one() -> None:
    flat = [YearOfClaims(year, [100_000] * 200) for year in (2024, 2025)]
    grown = tender(flat, Terms((1, 5), growth=Fraction(1, 10)), seed=3)
    # 1.1 and 1.21 times 200 000.00, drawn evenly
    assert abs(grown.mean - 23_100_000) < 300_000


def test_drawn_totals_vary_as_the_number_of_claimants_does() -> None:
    rng = np.random.default_rng(1)
    draws = _drawn(rng, [np.full(400, 1_000, np.int64)], 4_000)
    assert abs(int(draws.mean()) - 400_000) < 2_000
    assert abs(int(draws.std()) - 20_000) < 1_500  # Poisson: the square root of 400 times the amount


def test_ranks_are_those_of_sorted_values() -> None:
    assert [_rank(percent, 100) for percent in (1, 50, 99, 100)] == [0, 49, 98, 99]
    assert (_rank(5, 200), _rank(50, 3)) == (9, 1)


def test_no_claims_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no year"):
        tender([YearOfClaims(2025, [])], Terms((1, 5)), seed=1)
