"""Labelled fee-line names: the samples of ``tests/data`` as fee lines, and what counts as right.

The benchmark prints what the tests demand; both read the samples here.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insurer.schemes.line_check import LineVerdict

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
FILES = tuple(sorted(path.name for path in DATA.glob("*item_names*.csv")))

TYPES: Mapping[str, tuple[str, str]] = {
    "drug": ("101", "09"),
    "tcm_piece": ("102", "10"),
    "exam": ("201", "03"),
    "lab": ("201", "04"),
    "treatment": ("201", "05"),
    "service": ("201", "14"),
    "material": ("301", "08"),
}
"""Category of a sample as ``list_type`` and ``med_chrgitm_type`` of its fee line."""

CODES: Mapping[str, frozenset[str]] = {
    "transplant_source": frozenset(("transplant_source",)),
    "expensive_new": frozenset(("new_expensive", "unit_price_threshold")),
    "special_service": frozenset(("special_service", "unrelated")),
    "unrelated_to_treatment": frozenset(("unrelated", "special_service")),
    "tcm_nonpayable": frozenset(("nonpayable_herb",)),
}
"""Label of an excluded sample and the codes that answer it; service and unrelated items are one clause."""

SURE = ("high", "med")


@dataclass(frozen=True)
class Sample:
    """A labelled name and the fee line it stands for."""

    label: str
    certainty: str
    line: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.line["medins_list_name"])

    @property
    def sure(self) -> bool:
        """Low certainty counts only as "asked a person or not"."""
        return self.certainty in SURE


def read_samples(path: Path) -> list[Sample]:
    """Read one file; a hospital's own code (``ZL:``) is no code of the catalogue."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_sample(row) for row in csv.DictReader(file)]


def samples(name: str) -> list[Sample]:
    """Read one file of ``tests/data``."""
    return read_samples(DATA / name)


def _sample(row: Mapping[str, str]) -> Sample:
    listed, charged = TYPES[row["category"]]
    code = row.get("code_if_known") or None
    local = code is not None and code.startswith("ZL:")
    line = {
        "medins_list_name": row["name"],
        "med_list_codg": None if local else code,
        "medins_list_codg": code if local else None,
        "list_type": listed,
        "med_chrgitm_type": charged,
        "chrgitm_lv": row["chrgitm_lv"] or None,
        "pric": row.get("unit_price_if_known") or None,
        "cnt": "1",
    }
    return Sample(row["exclusion_label"], row["certainty"], line)


Judged = Sequence[tuple[Sample, LineVerdict]]


def judged(found: Iterable[Sample], check: Callable[[Mapping[str, Any]], LineVerdict]) -> Judged:
    """Ask the check about every sample."""
    return [(one, check(one.line)) for one in found]


@dataclass(frozen=True)
class Measure:
    """One demand: how many samples it concerns, how many keep it, the share that must, those that do not."""

    name: str
    least: float
    whole: int
    broken: tuple[str, ...]

    @property
    def share(self) -> float:
        return 1 - len(self.broken) / self.whole if self.whole else 1.0

    @property
    def kept(self) -> bool:
        return self.share >= self.least


def measures(found: Judged) -> list[Measure]:
    """Hold judged samples against what the check promises."""
    excluded = [(one, said) for one, said in found if one.label in CODES and one.sure]
    covered = [(one, said) for one, said in found if one.label == "none" and one.sure]
    context = [(one, said) for one, said in found if one.label == "needs_context"]
    sure_context = [(one, said) for one, said in context if one.sure]
    coded = [
        (one, said)
        for one, said in excluded
        if said.decision == "excluded" and said.code != "unit_price_threshold"
    ]
    return [
        _measure("excluded items caught", 0.98, excluded, lambda _, said: said.decision != "covered"),
        _measure(
            "excluded items without a person", 0.85, excluded, lambda _, said: said.decision == "excluded"
        ),
        _measure(
            "exclusions under the right code",
            0.99,
            coded,
            lambda one, said: said.code in CODES[one.label],
        ),
        _measure("covered items not excluded", 1.0, covered, lambda _, said: said.decision != "excluded"),
        _measure(
            "covered items without a question", 0.95, covered, lambda _, said: said.decision == "covered"
        ),
        _measure(
            "context: not against the person", 0.98, context, lambda _, said: said.decision != "excluded"
        ),
        _measure("context: asked", 0.95, sure_context, lambda _, said: said.decision == "review"),
    ]


def _measure(name: str, least: float, found: Judged, keeps: Callable[[Sample, LineVerdict], bool]) -> Measure:
    broken = tuple(
        f"{one.name} ({one.label}, {one.certainty}) -> {said.decision} {said.code} {said.matched}"
        for one, said in found
        if not keeps(one, said)
    )
    return Measure(name, least, len(found), broken)
