from datetime import date

import pytest

from insurer.samples.month import sample_year
from insurer.samples.people import make_population
from insurer.samples.settlements import sample_settlements


@pytest.mark.parametrize(
    ("today", "year", "last_month"),
    [
        (date(2026, 11, 1), 2026, 10),
        (date(2026, 12, 31), 2026, 11),
        (date(2027, 1, 1), 2026, 11),
        (date(2026, 10, 31), 2025, 11),
    ],
)
def test_no_sample_bill_lies_in_the_future(today: date, year: int, last_month: int) -> None:
    assert sample_year(today) == (year, last_month)
    population = make_population(seed=2026, year=year, persons=140)
    samples = sample_settlements(population, seed=2026, settlements=80, last_month=last_month)
    newest = max(str(sample.document["setlinfo"]["setl_time"])[:10] for sample in samples)
    assert newest <= today.isoformat()
