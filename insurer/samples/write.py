"""Write the sample files of a demonstration: two rosters and the settlements of a year."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from insurer.samples.people import make_population
from insurer.samples.rosters import RosterFile, write_rosters
from insurer.samples.settlements import LAST_MONTH, sample_settlements
from insurer.samples.special_cases import Sample


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """What was written; ``samples`` are the settlements with what is meant to become of each."""

    rosters: tuple[RosterFile, RosterFile]
    settlements: Path
    samples: tuple[Sample, ...]

    def labelled(self, label: str) -> tuple[Sample, ...]:
        """Return the settlements of one special case."""
        return tuple(sample for sample in self.samples if sample.label == label)


def write_samples(
    target: Path,
    *,
    seed: int = 2026,
    year: int = 2026,
    persons: int = 320,
    settlements: int = 220,
    last_month: int = LAST_MONTH,
) -> SampleFiles:
    """Write ``roster-*.xlsx`` of December and January and ``settlements-<year>.jsonl`` into ``target``.

    The folder is created when missing. The same arguments give the same bytes. ``persons`` are those of the
    December roster at least; :class:`ValueError` when people or settlements do not suffice for the special
    cases.
    """
    population = make_population(seed=seed, year=year, persons=persons)
    samples = sample_settlements(population, seed=seed, settlements=settlements, last_month=last_month)
    target.mkdir(parents=True, exist_ok=True)
    rosters = write_rosters(population, target)
    path = target / f"settlements-{year}.jsonl"
    path.write_bytes(b"".join(orjson.dumps(sample.document) + b"\n" for sample in samples))
    return SampleFiles(rosters, path, samples)
