"""The array twin of the vocabulary: a recorded sheet run on many rows at once, int64 throughout.

Every operation has exactly one twin here, equal to its scalar form row by row. Values are numpy arrays of
one length, or plain scalars that hold for every row. Balances that pass from one settlement of a person to
the next are the caller's: run the first settlement of everyone, then the second, and so on.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from insurer.schemes.bounds import ARRAY_LIMIT, SAFE
from insurer.schemes.operations import NEVER, POINTS, RuleConflict
from insurer.schemes.operations import prorata as scalar_prorata
from insurer.schemes.packdata import NoParameter, Parameter
from insurer.schemes.running import Program

Array = npt.NDArray[Any]
_EPOCH = date(1970, 1, 1).toordinal()


class Column(NamedTuple):
    """The fen of many lines, and the row of the settlement that each belongs to."""

    values: Array
    owners: Array


def run_arrays(
    program: Program, rows: int, inputs: Mapping[str, Any], overrides: Mapping[str, Any] | None = None
) -> list[Any]:
    """Return one array (or scalar) a step, in the order of the sheet.

    Raises :class:`RuleConflict` when exceptions disagree on any row and
    :class:`~insurer.schemes.packdata.NoParameter` when a day of any row has no parameter.
    """
    values: list[Any] = []
    for step in program.steps:
        args = [values[program.place[arg.number]] for arg in step.args]
        if step.op == "given":
            values.append(_widened(inputs[step.name], step.name))
        elif step.op == "constant":
            values.append(step.static)
        elif step.op == "at":
            values.append(_at(step.static, overrides or {}, args[0]))
        elif step.op == "total":
            values.append(_total(args[0], rows))
        else:
            values.append(TWINS[step.op](*args))
    return values


def _widened(value: Any, name: str) -> Any:
    """Bring narrow integers to 64 bits, so that amounts may be kept in less memory than they are added in."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            raise TypeError(f"{name}: amounts are whole fen, not floats")
        if value.dtype.kind in "iu" and value.dtype != np.int64:
            return value.astype(np.int64)
    return value


def row_values(program: Program, values: list[Any], row: int) -> list[Any]:
    """Return the values of one row as plain Python, as :meth:`Program.run` does: what a tracer reads."""
    found: list[Any] = []
    for step, value in zip(program.steps, values, strict=True):
        if isinstance(value, Column):
            found.append(value.values[value.owners == row].tolist())
        elif step.unit == "rate":
            found.append(tuple(_plain(part, row) for part in value))
        else:
            found.append(_plain(value, row))
    return found


def _plain(value: Any, row: int) -> Any:
    array = np.asarray(value)
    return (array[row] if array.ndim else array).item()


def _at(table: Parameter, overrides: Mapping[str, Any], day: Any) -> Any:
    """Read a dated parameter for every day; a rate becomes a pair of arrays."""
    if table.name in overrides:
        return overrides[table.name]
    days = np.asarray(day, np.int64)
    place = np.searchsorted([row.since for row in table.rows], days, side="right") - 1
    until = np.array([row.until for row in table.rows], np.int64)
    wrong = (place < 0) | (days >= until[place])
    if np.any(wrong):
        table.on(int(days[wrong].flat[0]) if days.ndim else int(days))
        raise NoParameter(table.label)  # pragma: no cover - the line above names the day
    if table.unit == "rate":
        numerators = np.array([row.value[0] for row in table.rows], np.int64)
        denominators = np.array([row.value[1] for row in table.rows], np.int64)
        return numerators[place], denominators[place]
    return np.array([row.value for row in table.rows], np.int64)[place]


def _total(column: Column, rows: int) -> Array:
    found = np.zeros(rows, np.int64)
    if len(column.values):
        if _largest(column.values) > ARRAY_LIMIT:
            raise OverflowError("amounts too large for the array form, run them one by one")
        np.add.at(found, column.owners, column.values)
    return _within(found)


def _half_up(numerator: Any, denominator: Any) -> Any:
    size = (2 * np.abs(numerator) + denominator) // (2 * denominator)
    return np.where(numerator >= 0, size, -size)


def _largest(value: Any) -> int:
    array = np.asarray(value)
    return max(int(array.max()), -int(array.min())) if array.size else 0


def _within(value: Array) -> Array:
    """Refuse a value beyond the limit from which :mod:`insurer.schemes.bounds` proves the rest."""
    if _largest(value) > ARRAY_LIMIT:
        raise OverflowError("amounts too large for the array form, run them one by one")
    return value


def _share(fen: Any, rate: Any) -> Any:
    numerator, denominator = rate if isinstance(rate, tuple) else (rate, POINTS)
    if 2 * _largest(fen) * _largest(numerator) + _largest(denominator) >= SAFE:
        raise OverflowError("amounts too large for the array form, run them one by one")
    return _half_up(np.asarray(fen, np.int64) * numerator, denominator)


def _prorata(fen: Any, part: Any, whole: Any) -> Any:
    if 2 * _largest(fen) * _largest(part) + _largest(whole) >= SAFE:
        one_by_one = np.frompyfunc(scalar_prorata, 3, 1)
        lists = (np.asarray(value).astype(object) for value in (fen, part, whole))
        return _within(np.asarray(one_by_one(*lists)).astype(np.int64))
    if not np.any(fen):
        return np.zeros(np.broadcast(fen, part, whole).shape, np.int64)
    safe = np.where(np.asarray(whole) > 0, whole, 1)
    return _within(np.where(np.asarray(whole) > 0, _half_up(np.asarray(fen, np.int64) * part, safe), 0))


def _pick(base: Any, *guarded: Any) -> Any:
    guards = [np.asarray(guard, bool) for guard in guarded[::2]]
    found: Any = base
    seen: Any = np.zeros((), bool)
    for guard, value in zip(guards, guarded[1::2], strict=True):
        clash = guard & seen & (found != value)
        if np.any(clash):
            raise RuleConflict(f"disagreeing exceptions on rows {np.flatnonzero(clash)[:10].tolist()}")
        found, seen = np.where(guard, value, found), seen | guard
    return found


def _calendar(day: Any, which: str) -> Any:
    days = np.asarray(day, np.int64)
    known = np.where(days == NEVER, _EPOCH, days)
    dates = (known - _EPOCH).astype("datetime64[D]")
    unit = "Y" if which.endswith("_year") else "M"
    first = dates.astype(f"datetime64[{unit}]")
    if which.startswith("first_of_next"):
        found = (first + 1).astype("datetime64[D]")
    elif which.startswith("last_of"):
        found = (first + 1).astype("datetime64[D]") - 1
    else:
        found = first.astype("datetime64[D]")
    return np.where(days == NEVER, NEVER, found.astype(np.int64) + _EPOCH)


def _fold(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def folded(*values: Any) -> Any:
        found = values[0]
        for value in values[1:]:
            found = function(found, value)
        return found

    return folded


TWINS: Mapping[str, Callable[..., Any]] = {
    "add": _fold(np.add),
    "sub": _fold(np.subtract),
    "min": _fold(np.minimum),
    "max": _fold(np.maximum),
    "gap": lambda one, other: np.abs(np.subtract(one, other)),
    "share": _share,
    "prorata": _prorata,
    "at_least": np.greater_equal,
    "more_than": np.greater,
    "same": lambda one, other: np.asarray(one) == np.asarray(other),
    "all_of": _fold(np.logical_and),
    "any_of": _fold(np.logical_or),
    "negate": np.logical_not,
    "pick": _pick,
    "calendar": _calendar,
}
"""The array form of every operation but ``total``, which needs the number of rows."""
