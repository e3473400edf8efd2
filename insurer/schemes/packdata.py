"""Clauses, dated parameters and readings of a scheme, loaded from TOML in the package.

Validity is half-open, ``[from, until)``. Floats are refused: amounts and rates are written as text and become
integer fen or exact fractions. Overlapping rows are refused when the data is loaded; a gap is refused when a
day inside it is asked for.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, Literal

from insurer.kernel.money import parse_yuan
from insurer.schemes.operations import NEVER, Unit

ParameterStatus = Literal["in force", "placeholder", "assumed", "confirmed"]
_STATUSES = ("in force", "placeholder", "assumed", "confirmed")
_READING_STATUSES = ("assumed", "confirmed", "disputed")


class NoParameter(LookupError):
    """No row of a dated parameter covers the day asked for."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A passage of a policy document, with its gist in the project's own words (Chinese)."""

    id: str
    document: str
    gist: str


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One value of a parameter, in force on the days ``since <= day < until`` (ordinals)."""

    value: Any
    since: int
    until: int
    source: str
    status: str
    verified_through: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated figure: fen or an exact rate ``(numerator, denominator)``."""

    name: str
    label: str
    unit: Unit
    rows: tuple[ParameterRow, ...]

    def on(self, day: int) -> ParameterRow:
        """Return the row in force on a day (ordinal); :class:`NoParameter` when there is none."""
        for row in self.rows:
            if row.since <= day < row.until:
                return row
        raise NoParameter(f"“{self.label}”在 {date.fromordinal(day)} 没有生效的取值，请先补充参数")


@dataclass(frozen=True, slots=True)
class Reading:
    """An ambiguous place of a text: the question, its possible answers and the one in use."""

    name: str
    title: str
    clause: str
    question: str
    options: tuple[str, ...]
    option_labels: tuple[str, ...]
    chosen: str
    basis: str
    status: str
    free: str = ""

    def accepts(self, value: str) -> bool:
        """Tell whether ``value`` is an answer; ``free`` readings take a number within their range."""
        if not self.free:
            return value in self.options
        low, high = (Fraction(part) for part in self.free.split(".."))
        try:
            return low <= Fraction(value) <= high
        except (ValueError, ZeroDivisionError):
            return False

    def answer_label(self, value: str) -> str:
        """Return the Chinese words for an answer."""
        return dict(zip(self.options, self.option_labels, strict=False)).get(value, value)


def _no_float(text: str) -> Any:
    raise ValueError(f"{text}: floats are not allowed, write the figure as text")


def _toml(*path: str) -> Mapping[str, Any]:
    place = resources.files("insurer.schemes").joinpath("data", *path)
    return tomllib.loads(place.read_text(encoding="utf-8"), parse_float=_no_float)


def parse_rate(text: str) -> tuple[int, int]:
    """Read a decimal or fraction (``"0.175"``, ``"1/3"``) as a reduced pair, or :class:`ValueError`."""
    if not isinstance(text, str):
        raise ValueError("比率要写成文本，例如 0.50")
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"“{text}”不是比率，请写成 0.50 这样的数字") from error
    return rate.numerator, rate.denominator


def parse_value(unit: str, text: str) -> Any:
    """Read a parameter's text in its unit (``fen``, ``rate``, or ``points`` written as a percentage)."""
    if unit == "points":
        points = Fraction(*parse_rate(text)) * 100
        if points.denominator != 1:
            raise ValueError(f"“{text}”的小数超过两位")
        return points.numerator
    return parse_yuan(text) if unit == "fen" else parse_rate(text)


def _parameter(name: str, raw: Mapping[str, Any]) -> Parameter:
    rows = []
    for row in raw["values"]:
        if row["status"] not in _STATUSES or not row["source"]:
            raise ValueError(f"{name}: every value needs a source and a known status")
        since, until = row["from"], row.get("until")
        rows.append(
            ParameterRow(
                value=parse_value(raw["unit"], row["value"]),
                since=since.toordinal(),
                until=NEVER if until is None else until.toordinal(),
                source=row["source"],
                status=row["status"],
                verified_through=str(row.get("verified_through", "")),
            )
        )
    rows.sort(key=lambda row: row.since)
    for earlier, later in pairwise(rows):
        if earlier.until > later.since:
            raise ValueError(f"{name}: two values on {date.fromordinal(later.since)}")
    if any(row.since >= row.until for row in rows):
        raise ValueError(f"{name}: a value ends before it begins")
    return Parameter(name, raw["label"], raw["unit"], tuple(rows))


def _reading(name: str, raw: Mapping[str, Any]) -> Reading:
    options = raw.get("options", {})
    found = Reading(
        name=name,
        title=raw["title"],
        clause=raw["clause"],
        question=raw["question"],
        options=tuple(options),
        option_labels=tuple(options.values()),
        chosen=raw["chosen"],
        basis=raw["basis"],
        status=raw["status"],
        free=raw.get("range", ""),
    )
    if found.status not in _READING_STATUSES or not found.accepts(found.chosen):
        raise ValueError(f"reading {name}: unknown status or a default that is not an option")
    return found


@cache
def clauses(scheme: str) -> Mapping[str, Clause]:
    """Return the clauses and controls of a scheme by id."""
    folder = scheme.replace("-", "_")
    found: dict[str, Clause] = {}
    for row in _toml(folder, "clauses.toml")["clause"]:
        if row["id"] in found:
            raise ValueError(f"clause {row['id']} twice")
        found[row["id"]] = Clause(row["id"], row["document"], row["gist"])
    return found


@cache
def parameters(scheme: str) -> Mapping[str, Parameter]:
    """Return the dated parameters of a scheme by name."""
    folder = scheme.replace("-", "_")
    raw = _toml(folder, "parameters.toml")["parameter"]
    return {name: _parameter(name, row) for name, row in raw.items()}


@cache
def readings() -> Mapping[str, Reading]:
    """Return every known reading by name; all kinds of case accept all of them."""
    return {name: _reading(name, row) for name, row in _toml("readings.toml")["reading"].items()}


def readings_in_force(overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the answer of every reading: the default unless overridden (already checked)."""
    return {name: overrides.get(name, reading.chosen) for name, reading in readings().items()}


def option_texts(values: Sequence[str]) -> str:
    """Join the possible answers for a message to a person."""
    return "、".join(values)
