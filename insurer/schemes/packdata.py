"""What the packs are made of: clauses, dated parameters, code tables and readings, as plain values.

Validity is half-open, ``[from, until)``. Amounts and rates are integer fen and exact fractions, never floats.
:mod:`insurer.schemes.pack_files` reads them from TOML and refuses what is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from insurer.kernel.money import parse_yuan
from insurer.schemes.operations import Unit

ParameterStatus = Literal["in force", "placeholder", "assumed", "confirmed"]
STATUSES = ("in force", "placeholder", "assumed", "confirmed")
READING_STATUSES = ("assumed", "confirmed", "disputed")
UNSETTLED: Mapping[str, str] = {"placeholder": "占位数", "assumed": "推定数"}
"""The states of a figure that is not the purchaser's own, with the word for a person."""


class NoParameter(LookupError):
    """No row of a dated parameter covers the day asked for."""


class BadPack(ValueError):
    """The data or the recorded steps of a pack are refused; the message (Chinese) names file and row."""


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
class Code:
    """One code of a table on the days ``since <= day < until``; ``facts`` is what the table says of it."""

    code: str
    label: str
    since: int
    until: int
    source: str
    status: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Dated codes, such as the categories of people or the kinds of visit."""

    name: str
    rows: tuple[Code, ...]

    def on(self, code: str, day: int) -> Code | None:
        """Return the row of a code on a day (ordinal), if there is one."""
        for row in self.rows:
            if row.code == code and row.since <= day < row.until:
                return row
        return None

    @property
    def labels(self) -> dict[str, str]:
        """Return every code with its Chinese words, in the order of the table."""
        return {row.code: row.label for row in self.rows}

    def with_fact(self, name: str, value: str) -> tuple[str, ...]:
        """Return the codes of which the table says this."""
        return tuple(dict.fromkeys(row.code for row in self.rows if row.facts.get(name) == value))


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


@dataclass(frozen=True, slots=True)
class SchemeData:
    """Everything that a scheme's files hold; every figure and code is there from ``since`` on."""

    scheme: str
    since: int
    clauses: Mapping[str, Clause]
    parameters: Mapping[str, Parameter]
    codes: Mapping[str, CodeTable]
    readings: Mapping[str, Reading]


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


def option_texts(values: Sequence[str]) -> str:
    """Join the possible answers for a message to a person."""
    return "、".join(values)
