"""Settlement documents for demonstrations, tests and benchmarks, the same for the same seed."""

from collections.abc import Iterator

from insurer.samples.bills import Document, document
from insurer.samples.chance import seeded
from insurer.samples.evidence import forgotten_kind, papers_of
from insurer.samples.ordinary import Desk
from insurer.samples.people import Person, Population, make_population
from insurer.samples.special_cases import Sample, special_cases

_FORGETFUL_EVERY = 10
_BILLS_A_PERSON = (1, 1, 2, 3)
LAST_MONTH = 11
"""Ordinary bills of a claim year end in November unless told otherwise."""


def sample_settlements(
    population: Population, *, seed: int = 2026, settlements: int = 220, last_month: int = LAST_MONTH
) -> tuple[Sample, ...]:
    """Return ``settlements`` settlements of the population's claim year in the order of their time.

    Every special case of :mod:`insurer.samples.special_cases` is among them (about 50 documents), the rest
    are ordinary payable bills up to ``last_month``; one in ten lacks a required paper. Raises
    :class:`ValueError` when there is no room for the special cases or too few people for them.
    """
    desk = Desk(seeded("settlements", seed, population.year), seed, population.year)
    covered = list(population.covered())
    desk.rng.shuffle(covered)
    try:
        samples = special_cases(desk, population, covered)
    except IndexError as error:
        raise ValueError("the population is too small for the special cases") from error
    if len(samples) > settlements:
        raise ValueError(f"settlements must be at least {len(samples)}")
    visits = _visits(desk, covered, last_month)
    for number in range(settlements - len(samples)):
        person, month = next(visits)
        bill = desk.ordinary(person, month)
        missing = forgotten_kind(desk.rng, bill) if number % _FORGETFUL_EVERY == 5 else None
        samples.append(Sample(document(bill, papers_of(bill, without=missing)), missing=missing))
    samples.sort(key=lambda sample: str(sample.document["setlinfo"]["setl_time"]))
    return tuple(samples)


def iter_settlements(
    n: int, *, lines: int = 10, seed: int = 2026, year: int = 2026, population: Population | None = None
) -> Iterator[Document]:
    """Yield ``n`` ordinary payable settlements with ``lines`` lines each, one to three a person.

    Meant for benchmarks. Without ``population`` one is invented that is large enough.
    """
    people = population or make_population(seed=seed, year=year, persons=max(320, n))
    desk = Desk(seeded("stream", seed, year), seed, year)
    visits = _visits(desk, list(people.covered()))
    for _ in range(n):
        person, month = next(visits)
        bill = desk.ordinary(person, month, lines)
        yield document(bill, papers_of(bill))


def _visits(desk: Desk, people: list[Person], last_month: int = LAST_MONTH) -> Iterator[tuple[Person, int]]:
    """Yield persons with months from January on; a person's visits in one round never overlap."""
    if not people:
        raise ValueError("nobody is covered")
    while True:
        for person in people:
            for month in desk.rng.sample(range(1, last_month + 1), desk.rng.choice(_BILLS_A_PERSON)):
                yield person, month
