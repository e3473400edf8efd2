"""The closed vocabulary of a scheme: every rule is written with these operations and no others.

Each operation has one scalar form on Python integers (fen, day ordinals, booleans). Only :func:`share` and
:func:`prorata` multiply, and both round half away from zero to the fen at once. The units of the arguments
are checked when a rule is recorded, so that fen times fen, a float or an ``if`` never reaches a calculation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

from insurer.kernel.money import half_up

Unit: TypeAlias = Literal["fen", "column", "rate", "points", "day", "code", "bool"]
"""``column`` is the fen of many rows (fee lines); ``rate`` an exact fraction; ``points`` hundredths of a
percentage point, which can be compared and subtracted; ``day`` an ordinal."""

POINTS = 10_000
"""Points in a whole: 100 % is 10 000."""

VOCABULARY_VERSION = 1
"""Raised when an operation changes its meaning; part of the hash of every pack."""

SURROUNDINGS_VERSION = 2
"""Raised when the code around the recorded steps gives them other inputs or makes another result of theirs:
reading a document, the order of settlements, reversals, the form of trace and result. Part of every hash."""

NEVER = date.max.toordinal()
"""The day that stands for "no such date": later than every other day."""


class RuleConflict(ValueError):
    """Two exceptions of one rule apply and give different values: the rule is wrong, nothing is paid."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One word of the vocabulary: how it is checked when recorded and what it does."""

    name: str
    check: Callable[[Sequence[Unit]], Unit]
    scalar: Callable[..., Any]
    rounds: bool = False


def _sum_units(units: Sequence[Unit]) -> Unit:
    if set(units) not in ({"fen"}, {"points"}):
        raise TypeError(f"wants fen only or points only, got {list(units)}")
    return units[0]


def _share_units(units: Sequence[Unit]) -> Unit:
    if tuple(units) not in (("fen", "rate"), ("fen", "points"), ("points", "points")):
        raise TypeError(f"wants fen and a rate, got {list(units)}")
    return units[0]


def _exactly(*wanted: Unit, gives: Unit) -> Callable[[Sequence[Unit]], Unit]:
    def check(units: Sequence[Unit]) -> Unit:
        if tuple(units) != wanted:
            raise TypeError(f"wants {list(wanted)}, got {list(units)}")
        return gives

    return check


def _alike(allowed: frozenset[Unit], gives: Unit | None) -> Callable[[Sequence[Unit]], Unit]:
    def check(units: Sequence[Unit]) -> Unit:
        if len(set(units)) != 1 or units[0] not in allowed:
            raise TypeError(f"wants values of one unit out of {sorted(allowed)}, got {list(units)}")
        return units[0] if gives is None else gives

    return check


def _booleans(units: Sequence[Unit]) -> Unit:
    if not units or any(unit != "bool" for unit in units):
        raise TypeError(f"wants yes/no values, got {list(units)}")
    return "bool"


def _pick_units(units: Sequence[Unit]) -> Unit:
    base, rest = units[0], units[1:]
    guards, values = rest[::2], rest[1::2]
    if not rest or len(guards) != len(values):
        raise TypeError("wants a base and pairs of (condition, value)")
    if any(guard != "bool" for guard in guards) or any(value != base for value in values):
        raise TypeError(f"wants conditions with values of the unit {base}, got {list(units)}")
    return base


def subtract(first: int, *others: int) -> int:
    """Take every other amount off the first."""
    return first - sum(others)


def share(fen: int, rate: tuple[int, int] | int) -> int:
    """Return the part of an amount (or of points) at an exact rate or at points, rounded half up."""
    if isinstance(rate, int):
        return half_up(fen * rate, POINTS)
    return half_up(fen * rate[0], rate[1])


def prorata(fen: int, part: int, whole: int) -> int:
    """Return ``fen × part ÷ whole`` rounded half up to the fen; nothing when the whole is not positive."""
    return half_up(fen * part, whole) if whole > 0 else 0


def pick(base: Any, *guarded: Any) -> Any:
    """Return the value whose condition holds, the base when none does.

    Conditions that hold together must agree, else :class:`RuleConflict`. There is no order of precedence.
    """
    chosen = [value for guard, value in zip(guarded[::2], guarded[1::2], strict=True) if guard]
    if not chosen:
        return base
    if any(value != chosen[0] for value in chosen[1:]):
        raise RuleConflict(f"disagreeing exceptions: {chosen}")
    return chosen[0]


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _last_of_month(day: date) -> date:
    return _first_of_next_month(day) - timedelta(days=1)


CALENDAR: Mapping[str, Callable[[date], date]] = {
    "first_of_month": _first_of_month,
    "last_of_month": _last_of_month,
    "first_of_next_month": _first_of_next_month,
    "first_of_year": lambda day: day.replace(month=1, day=1),
    "last_of_year": lambda day: day.replace(month=12, day=31),
}
"""The steps of the calendar that a rule may take from a day."""


def calendar(day: int, which: str) -> int:
    """Return a named day of the month or year of ``day``; "never" stays "never"."""
    return day if day == NEVER else CALENDAR[which](date.fromordinal(day)).toordinal()


_ORDERED: frozenset[Unit] = frozenset({"fen", "points", "day"})
_EQUAL: frozenset[Unit] = frozenset({"fen", "points", "day", "code"})

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("add", _sum_units, lambda *amounts: sum(amounts)),
        Operation("sub", _sum_units, subtract),
        Operation("total", _exactly("column", gives="fen"), sum),
        Operation("min", _alike(_ORDERED, None), lambda *values: min(values)),
        Operation("max", _alike(_ORDERED, None), lambda *values: max(values)),
        Operation("gap", _exactly("fen", "fen", gives="fen"), lambda a, b: abs(a - b)),
        Operation("share", _share_units, share, rounds=True),
        Operation("prorata", _exactly("fen", "fen", "fen", gives="fen"), prorata, rounds=True),
        Operation("at_least", _alike(_ORDERED, "bool"), lambda a, b: a >= b),
        Operation("more_than", _alike(_ORDERED, "bool"), lambda a, b: a > b),
        Operation("same", _alike(_EQUAL, "bool"), lambda a, b: a == b),
        Operation("all_of", _booleans, lambda *facts: all(facts)),
        Operation("any_of", _booleans, lambda *facts: any(facts)),
        Operation("negate", _exactly("bool", gives="bool"), lambda fact: not fact),
        Operation("pick", _pick_units, pick),
        Operation("calendar", _exactly("day", "code", gives="day"), calendar),
    )
}
"""Every operation by name. ``given``, ``constant`` and ``at`` (a dated parameter) bring values in."""
