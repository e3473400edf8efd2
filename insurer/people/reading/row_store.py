"""Rows of a roster by columns: as they travel from the reading process, and kept packed until written.

A million rows as objects would take more than a gigabyte; packed they take some sixty bytes each.
"""

import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt
import orjson

from insurer.people.reading.result import RosterRow
from insurer.people.reading.uniting import Standing, United, unite

FIELDS: Final = RosterRow._fields
Columns = Mapping[str, Any]
"""Field name to a list of plain values, or to the one value that all rows of the batch have. Categories are
joined by commas, dates are ISO text or "", and a ``name_key`` of None is the name itself.
"""
STANDING: Final = ("categories", "insutype", "change", "start")
"""The fields that decide on cover."""
_NONE: Final = np.zeros(0, np.int32)
_EMPTY: Final = np.zeros(0, np.int64)
_POWERS: Final = 10 ** np.arange(16, -1, -1, dtype=np.int64)


class Batch:
    """Some rows by columns; ``size`` rows, at positions from ``offset`` on."""

    __slots__ = ("_columns", "offset", "size")

    def __init__(self, columns: Columns, size: int, offset: int = 0) -> None:
        self._columns, self.size, self.offset = columns, size, offset

    @classmethod
    def of(cls, rows: Sequence[RosterRow]) -> "Batch":
        """Return some rows as a batch."""
        return cls(columns_of(rows), len(rows))

    @classmethod
    def joined(cls, parts: "Sequence[Batch]") -> "Batch":
        """Return the rows of several batches as one, whose rows follow each other in no file."""
        columns: dict[str, Any] = {}
        for field in FIELDS:
            shared = {part.single(field) if field != "name_key" else None for part in parts}
            columns[field] = (
                shared.pop()
                if len(shared) == 1 and None not in shared
                else [value for part in parts for value in part.column(field)]
            )
        return cls(columns, sum(part.size for part in parts))

    def column(self, field: str) -> list[Any]:
        """Return the values of a field, one for each row."""
        values = self._columns[field]
        if field == "name_key" and values is None:
            return self.column("name")
        return values if isinstance(values, list) else [values] * self.size

    def single(self, field: str) -> Any:
        """Return the value that all rows share, None if they differ."""
        values = self._columns[field]
        return None if isinstance(values, list) else values

    def row(self, place: int) -> RosterRow:
        """Return the row at a place of this batch."""
        return _row([self._value(field, place) for field in FIELDS])

    def rows(self) -> list[RosterRow]:
        """Return all rows."""
        return [_row(values) for values in zip(*map(self.column, FIELDS), strict=True)]

    def taken(self, places: Sequence[int]) -> "Batch":
        """Return only the rows at these places."""
        columns = {
            field: [values[place] for place in places] if isinstance(values, list) else values
            for field, values in self._columns.items()
        }
        return Batch(columns, len(places), self.offset)

    def without(self, places: Sequence[int]) -> "Batch":
        """Return all rows but those at these places, which ascend; few, and this batch is used up."""
        for values in self._columns.values():
            if isinstance(values, list):
                for place in reversed(places):
                    del values[place]
        return Batch(self._columns, self.size - len(places), self.offset)

    def only(self, fields: Sequence[str]) -> "Batch":
        """Return the same rows with some of their fields."""
        return Batch({field: self._columns[field] for field in fields}, self.size, self.offset)

    def document(self) -> dict[str, Any]:
        """Return what travels as JSON."""
        return {"size": self.size, "columns": self._columns}

    def numbers(self) -> npt.NDArray[np.int64]:
        """Return the first 17 digits of each person number; the last character follows from them."""
        joined = "".join(self.column("certno")).encode("ascii")
        digits = np.frombuffer(joined, np.uint8).reshape(-1, 18)[:, :17].astype(np.int64) - 48
        found: npt.NDArray[np.int64] = digits @ _POWERS
        return found

    def _value(self, field: str, place: int) -> Any:
        values = self._columns[field]
        if field == "name_key" and values is None:
            return self._value("name", place)
        return values[place] if isinstance(values, list) else values


def columns_of(rows: Sequence[RosterRow]) -> dict[str, Any]:
    """Return the columns of some rows."""
    by_field = zip(*rows, strict=True) if rows else ((),) * len(FIELDS)
    columns: dict[str, Any] = {field: list(values) for field, values in zip(FIELDS, by_field, strict=True)}
    columns["categories"] = [",".join(codes) for codes in columns["categories"]]
    columns["start"] = [day.isoformat() if day else "" for day in columns["start"]]
    return columns


def put(columns: dict[str, object], at: int, row: RosterRow, size: int) -> None:
    """Write one row into the columns; a value shared by all rows becomes a list where it differs."""
    for name, (value,) in columns_of([row]).items():
        values = columns[name]
        if isinstance(values, list):
            values[at] = value
        elif name == "name_key" and values is None:
            if value != row.name:
                names = columns["name"]
                assert isinstance(names, list)  # noqa: S101
                columns[name] = [value if place == at else key for place, key in enumerate(names)]
        elif value != values:
            columns[name] = [value if place == at else values for place in range(size)]


def _row(values: Sequence[Any]) -> RosterRow:
    row = RosterRow._make(values)
    codes = tuple(row.categories.split(",")) if row.categories else ()  # type: ignore[attr-defined]
    return row._replace(
        categories=codes,
        start=date.fromisoformat(row.start) if row.start else None,  # type: ignore[arg-type]
    )


class _Codes(dict[tuple[str, ...], int]):
    """Numbers what is said, in the order in which it is met."""

    def __missing__(self, said: tuple[str, ...]) -> int:
        self[said] = code = len(self)
        return code


class RowStore(Sequence[RosterRow]):
    """All accepted rows of a file, in the order of the file; single rows and whole batches can be had."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._offsets = [0]
        self._numbers: list[npt.NDArray[np.int64]] = []
        self._rows: list[npt.NDArray[np.int64]] = []
        self._sheets: list[str | list[str]] = []
        self._changes: list[bool] = []
        self._standings: list[npt.NDArray[np.int32]] = []
        self._codes = _Codes()
        self._last: tuple[int, Batch] | None = None

    def add(self, batch: Batch) -> None:
        """Append a batch."""
        self._packed.append(b"")
        self._offsets.append(self._offsets[-1] + batch.size)
        self._numbers.append(batch.numbers())
        self._rows.append(_EMPTY)
        self._sheets.append("")
        self._changes.append(False)
        self._standings.append(_NONE)
        self._keep(len(self._packed) - 1, batch)

    def _keep(self, place: int, batch: Batch) -> None:
        self._packed[place] = zlib.compress(orjson.dumps(batch.document()["columns"]), 1)
        self._rows[place] = np.array(batch.column("row"), np.int64)
        self._sheets[place] = batch.single("sheet") or batch.column("sheet")
        self._changes[place] = batch.single("change") != ""
        said = zip(*map(batch.column, STANDING), strict=True)
        self._standings[place] = np.fromiter(map(self._codes.__getitem__, said), np.int32, batch.size)

    def batches(self, wanted: npt.NDArray[np.bool_] | None = None) -> Iterator[Batch]:
        """Give the batches back in order, one unpacked at a time; only those with a ``wanted`` row."""
        for place, (first, last) in enumerate(pairwise(self._offsets)):
            if wanted is None or wanted[first:last].any():
                yield self._unpacked(place)

    def changing(self) -> Iterator[Batch]:
        """Give back the batches in which a row may name a change."""
        for place, changes in enumerate(self._changes):
            if changes:
                yield self._unpacked(place)

    def places(self) -> tuple[npt.NDArray[np.int64], list[tuple[str, npt.NDArray[np.bool_]]]]:
        """Return the row number of every row, and for each sheet which rows stand on it."""
        sheets: dict[str, npt.NDArray[np.bool_]] = {}
        for (first, last), here in zip(pairwise(self._offsets), self._sheets, strict=True):
            for name in {here} if isinstance(here, str) else set(here):
                mask = sheets.setdefault(name, np.zeros(len(self), bool))
                mask[first:last] = True if isinstance(here, str) else [one == name for one in here]
        return np.concatenate([_EMPTY, *self._rows]), list(sheets.items())

    def standings(self) -> tuple[npt.NDArray[np.int32], list[tuple[str, ...]]]:
        """Return what is said of each person's standing (``STANDING``), as a place in the list of all."""
        return np.concatenate([_NONE, *self._standings]), list(self._codes)

    def take(self, positions: Sequence[int]) -> list[RosterRow]:
        """Return the rows at these positions, which ascend."""
        found: list[RosterRow] = []
        place, batch = -1, None
        for position in positions:
            if (now := bisect_right(self._offsets, position) - 1) != place or batch is None:
                place, batch = now, self._unpacked(now)
            found.append(batch.row(position - batch.offset))
        return found

    def __len__(self) -> int:
        return self._offsets[-1]

    @overload
    def __getitem__(self, index: int) -> RosterRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[RosterRow]: ...
    def __getitem__(self, index: int | slice) -> RosterRow | list[RosterRow]:
        if isinstance(index, slice):
            return self.take(range(*index.indices(len(self))))
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        place = bisect_right(self._offsets, position) - 1
        if self._last is None or self._last[0] != place:
            self._last = (place, self._unpacked(place))
        return self._last[1].row(position - self._offsets[place])

    def __iter__(self) -> Iterator[RosterRow]:
        for batch in self.batches():
            yield from batch.rows()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return id(self)

    def unite(self, conflict_column: Callable[[RosterRow], int]) -> tuple[list[int], list[int], list[United]]:
        """Make one row of the rows of the same person, at the place of the first.

        Returns the positions whose row changed, those dropped (both as before), and what to report.
        """
        numbers = np.concatenate(self._numbers) if self._numbers else np.zeros(0, np.int64)
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
        if not again.size:
            return [], [], []
        doubled = np.unique(np.concatenate([order[again], order[again - 1]])).tolist()
        rows = dict(zip(doubled, self.take(doubled), strict=True))
        groups: dict[int, list[int]] = {}
        for position in doubled:
            groups.setdefault(int(numbers[position]), []).append(position)
        replaced: dict[int, RosterRow] = {}
        dropped: list[int] = []
        reports: list[tuple[int, United]] = []
        for positions in groups.values():
            standing = Standing(rows[positions[0]])
            for position in positions[1:]:
                reports.append((position, unite(standing, rows[position], conflict_column)))
            if standing.row is not rows[positions[0]]:
                replaced[positions[0]] = standing.row
            dropped.extend(positions[1:])
        dropped.sort()
        self._rewrite(replaced, set(dropped))
        return sorted(replaced), dropped, [report for _, report in sorted(reports, key=lambda one: one[0])]

    def _rewrite(self, replaced: Mapping[int, RosterRow], dropped: set[int]) -> None:
        touched = sorted({bisect_right(self._offsets, position) - 1 for position in (*replaced, *dropped)})
        sizes = [last - first for first, last in pairwise(self._offsets)]
        for place in touched:
            first, rows = self._offsets[place], self._unpacked(place).rows()
            kept = [replaced.get(first + at, row) for at, row in enumerate(rows) if first + at not in dropped]
            batch = Batch(columns_of(kept), len(kept))
            self._keep(place, batch)
            self._numbers[place], sizes[place] = batch.numbers(), len(kept)
        offsets = [0]
        for size in sizes:
            offsets.append(offsets[-1] + size)
        self._offsets, self._last = offsets, None

    def _unpacked(self, place: int) -> Batch:
        columns = orjson.loads(zlib.decompress(self._packed[place]))
        offset = self._offsets[place]
        return Batch(columns, self._offsets[place + 1] - offset, offset)


def batches_of(rows: Sequence[RosterRow], wanted: npt.NDArray[np.bool_] | None = None) -> Iterator[Batch]:
    """Return rows by columns, however they are kept; only batches with a ``wanted`` row."""
    if isinstance(rows, RowStore):
        yield from rows.batches(wanted)
    elif rows:
        yield Batch.of(rows)


def stored(rows: Sequence[RosterRow]) -> RowStore:
    """Return rows as they are kept for writing."""
    if isinstance(rows, RowStore):
        return rows
    store = RowStore()
    if rows:
        store.add(Batch.of(rows))
    return store
