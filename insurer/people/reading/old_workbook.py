"""A look through a workbook of the old format (BIFF in a compound file) for what the parser does not tell.

Nothing is calculated: only the heads of the records are read, sheet by sheet as the parser will.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on mean the end of a chain, or no sector."""
_ROOT, _STREAM = 5, 2
_STREAMS: Final = ("workbook", "book")

_BOF: Final = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
_EOF, _SHEET, _LOCKED = 0x000A, 0x0085, 0x002F
_FORMULAS: Final = frozenset({0x0006, 0x0206, 0x0406, 0x0221, 0x04BC, 0x0236})
"""Formula, array, shared formula, table of operations; each begins with row and column."""
_MACRO_SHEET: Final = 1


class Damaged(Exception):
    """The file does not hold together."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a workbook beside its values; ``formula`` is row and column of the first, from 0."""

    locked: bool = False
    macros: bool = False
    formula: tuple[int, int] | None = None


def look_through(content: bytes) -> Found:
    """Look through all sheets, hidden ones as well. :class:`Damaged` when the file cannot be followed."""
    try:
        book = _Container(content).workbook()
        return _look(book)
    except (struct.error, IndexError, ValueError) as error:
        raise Damaged from error


def _look(book: bytes) -> Found:
    sheets: list[int] = []
    for kind, start, size in _records(book, 0):
        if kind == _LOCKED:
            return Found(locked=True)
        if kind == _SHEET and size >= 6:
            at, _state, dialect = struct.unpack_from("<IBB", book, start)
            if dialect == _MACRO_SHEET:
                return Found(macros=True)
            sheets.append(at)
    for at in sheets:
        for kind, start, size in _records(book, at):
            if kind in _FORMULAS and size >= 4:
                row, column = struct.unpack_from("<HH", book, start)
                return Found(formula=(row, column & 0xFF))
    return Found()


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and size of each record from one beginning to its end, charts inside left in."""
    depth = 0
    size_of = struct.Struct("<HH").unpack_from
    end = len(book) - 4
    while at <= end:
        kind, size = size_of(book, at)
        yield kind, at + 4, size
        if kind in _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        at += 4 + size


class _Container:
    """The compound file around a workbook: chains of sectors, a directory, small streams in a large one."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise Damaged
        self._sector, self._mini_sector = 1 << shift, 1 << mini_shift
        tables, self._directory = struct.unpack_from("<II", content, 44)
        self._cutoff, mini_table = struct.unpack_from("<II", content, 56)
        places = list(struct.unpack_from("<109I", content, 76))
        (more,) = struct.unpack_from("<I", content, 68)
        seen = 0
        while more < _FREE and seen <= len(content) // self._sector:
            numbers = np.frombuffer(self._at(more), "<u4")
            places.extend(numbers[:-1].tolist())
            more, seen = int(numbers[-1]), seen + 1
        parts = [self._at(place) for place in places[:tables] if place < _FREE]
        self._table: npt.NDArray[np.uint32] = np.frombuffer(b"".join(parts), "<u4")
        chain = b"".join(self._chain(mini_table)) if mini_table < _FREE else b""
        self._mini_table: npt.NDArray[np.uint32] = np.frombuffer(chain, "<u4")

    def workbook(self) -> bytes:
        """Return the stream that holds the workbook."""
        directory = b"".join(self._chain(self._directory))
        root: tuple[int, int] | None = None
        found: dict[str, tuple[int, int]] = {}
        for at in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            start, size = struct.unpack_from("<II", directory, at + 116)
            if kind == _ROOT:
                root = (start, size)
            elif kind == _STREAM and 2 <= length <= 64:
                name = directory[at : at + length - 2].decode("utf-16-le", "replace").lower()
                found.setdefault(name, (start, size))
        for name in _STREAMS:
            if name in found:
                return self._stream(*found[name], root)
        raise Damaged

    def _stream(self, start: int, size: int, root: tuple[int, int] | None) -> bytes:
        if size >= self._cutoff or root is None:
            return b"".join(self._chain(start))[:size]
        small = b"".join(self._chain(root[0]))
        step = self._mini_sector
        return b"".join(
            small[number * step : (number + 1) * step] for number in _followed(self._mini_table, start)
        )[:size]

    def _chain(self, start: int) -> Iterator[bytes]:
        return (self._at(number) for number in _followed(self._table, start))

    def _at(self, number: int) -> bytes:
        first = (number + 1) * self._sector
        return self._content[first : first + self._sector]


def _followed(table: npt.NDArray[np.uint32], start: int) -> Iterator[int]:
    """Yield the numbers of a chain; :class:`Damaged` when it turns in a circle or leaves the file."""
    left = len(table)
    while start < _FREE:
        if left <= 0 or start >= len(table):
            raise Damaged
        yield start
        start, left = int(table[start]), left - 1
