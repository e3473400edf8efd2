"""Straight-line Python that writes the trace of a compiled sheet: the same entries as the prepared tracer.

:class:`~insurer.schemes.tracing.Tracer` stays the reference. Every entry becomes one dictionary literal;
entries under the same condition share one ``if``. Texts of amounts and days are remembered for a while:
the same amount passes many steps.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from insurer.kernel.money import to_yuan
from insurer.schemes.compiling import Source
from insurer.schemes.operations import NEVER, POINTS, Unit
from insurer.schemes.packdata import Parameter

Writer = Callable[[Sequence[Any], Mapping[str, Any], list[dict[str, Any]], list[dict[str, Any]], str], None]


def rate_text(rate: tuple[int, int]) -> str:
    """Write an exact rate as a percentage when it is one (``50%``), else as a fraction."""
    percent = Fraction(rate[0] * 100, rate[1])
    if percent.denominator == 1:
        return f"{percent.numerator}%"
    for places in (1, 2, 3, 4):
        scaled = percent * 10**places
        if scaled.denominator == 1:
            whole, rest = divmod(abs(scaled.numerator), 10**places)
            return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{places}d}%"
    return f"{rate[0]}/{rate[1]}"


def _day_text(ordinal: int) -> str | None:
    return None if ordinal == NEVER else date.fromordinal(ordinal).isoformat()


def _column_text(column: Sequence[int]) -> list[str]:
    return [to_yuan(fen) for fen in column]


TEXTS: Mapping[str, Callable[[Any], Any]] = {
    "fen": to_yuan,
    "column": _column_text,
    "rate": rate_text,
    "points": lambda points: rate_text((points, POINTS)),
    "day": _day_text,
    "bool": bool,
    "code": str,
}
"""How a value is written, by its unit."""

_REMEMBERED: Mapping[str, Callable[[Any], Any]] = {
    unit: text if unit in ("column", "code") else lru_cache(maxsize=16_384)(text)
    for unit, text in TEXTS.items()
}


class Input(NamedTuple):
    """An argument: its name and label, and, when its section may not apply, what stands for it then."""

    name: str
    place: int
    label: str
    instead: tuple[tuple[int, int, str, str], ...] = ()


class Entry(NamedTuple):
    """A step that the trace may show: what is fixed of it, and the conditions under which it is shown."""

    place: int
    fixed: Mapping[str, Any]
    inputs: tuple[Input, ...]
    moving: bool
    guards: tuple[int, ...]
    stops: tuple[int, ...]
    money: bool
    parameter: Parameter | None
    day: int


def free_name(name: str, taken: Mapping[str, Any]) -> str:
    """Return a name that no other input of the same step has: an argument may be used twice."""
    found, again = name, 2
    while found in taken:
        found, again = f"{name}#{again}", again + 1
    return found


def origin_of(parameter: Parameter, overrides: Mapping[str, Any], day: int) -> dict[str, str]:
    """Return where the figure of a dated parameter comes from."""
    if parameter.name in overrides:
        return {"status": "case", "source": "case document"}
    found = parameter.on(day)
    return {"status": found.status, "source": found.source}


def compile_writer(entries: Sequence[Entry], units: Sequence[Unit], title: str, *, with_row: bool) -> Writer:
    """Return a function that appends the entries of one run; ``with_row`` adds the row to each of them."""
    source = Source("def write(values, overrides, trace, checks, row):")
    source.names |= {"origin_of": origin_of, "free_name": free_name}
    source.names |= {f"{unit}_text": text for unit, text in _REMEMBERED.items()}
    source.add(f"{''.join(f'v{place}, ' for place in range(len(units)))}= values")
    for condition, group in groupby(entries, _condition):
        if condition:
            source.add(f"if {condition}:")
        for entry in group:
            _write_entry(source, entry, units, with_row, depth=2 if condition else 1)
    if len(source.lines) == 2:
        source.add("return")
    return source.function("write", title)


def _condition(entry: Entry) -> str:
    parts = [f"v{guard}" for guard in entry.guards]
    if entry.stops:
        parts.append(f"({' or '.join(f'v{stop}' for stop in entry.stops)})")
    return " and ".join(parts)


def _write_entry(source: Source, entry: Entry, units: Sequence[Unit], with_row: bool, depth: int) -> None:
    def text(place: int) -> str:
        return f"v{place}" if units[place] == "bool" else f"{units[place]}_text(v{place})"

    fields = {name: _literal(source, entry, name, value) for name, value in entry.fixed.items()}
    if entry.moving:
        fields["terms"] = _standing_inputs(source, entry, text, depth)
        fields["inputs"] = "shown"
    else:
        fields["inputs"] = f"{{{', '.join(f'{one.name!r}: {text(one.place)}' for one in entry.inputs)}}}"
    if with_row:
        fields["row"] = "row"
    if entry.parameter is not None:
        fields["parameter"] = _origin(source, entry.place, entry.parameter, f"v{entry.day}")
    fields["amount" if entry.money else "value"] = text(entry.place)
    literal = ", ".join(f"{name!r}: {value}" for name, value in fields.items())
    source.add(f"{'trace' if entry.money else 'checks'}.append({{{literal}}})", depth)


def _origin(source: Source, place: int, table: Parameter, day: str) -> str:
    """Write :func:`origin_of` with the sources of a dated parameter as literals."""
    name = source.keep("table_", place, table)
    found = f"origin_of({name}, overrides, {day})"
    for row in reversed(table.rows):
        told = {"status": row.status, "source": row.source}
        found = f"{told!r} if {row.since} <= {day} < {row.until} else {found}"
    return f"origin_of({name}, overrides, {day}) if {table.name!r} in overrides else {found}"


def _literal(source: Source, entry: Entry, name: str, value: Any) -> str:
    """Write a constant text; anything longer is named once and shared by all entries of the step."""
    if isinstance(value, str | bool):
        return repr(value)
    return source.keep(f"{name}_", entry.place, value)


def _standing_inputs(source: Source, entry: Entry, text: Callable[[int], str], depth: int) -> str:
    """Write ``shown``, the inputs under the names of what they equal; return the list of their labels.

    An argument from a section that does not apply is shown as the step that it then equals.
    """
    labels = []
    shown: list[str] = []
    source.add("shown = {}", depth)
    for number, one in enumerate(entry.inputs):
        if one.instead:
            source.add(f"name{number}, label{number} = {_standing(one)}", depth)
            name = f"name{number}"
            labels.append(f"label{number}")
        else:
            name = repr(one.name)
            labels.append(repr(one.label))
        key = f"free_name({name}, shown)" if shown else name
        source.add(f"shown[{key}] = {text(one.place)}", depth)
        shown.append(name)
    return f"[{', '.join(labels)}]"


def _standing(one: Input) -> str:
    own = repr((one.name, one.label))
    found = own
    for guard, place, name, label in reversed(one.instead):
        this = f"({(name, label)!r} if v{place} == v{one.place} else {own})"
        found = this if guard < 0 else f"{this} if v{guard} else {found}"
    return found
