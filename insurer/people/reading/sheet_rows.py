"""The rows of a sheet of an xlsx, given while it is unpacked: a long list never lies in memory as a whole.

Each row is matched as a whole against what the columns of this sheet may look like, so that nothing in it is
overlooked; a cell is empty, a shared text, a text of its own, or a number.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from insurer.people.reading.cell_formats import CellFormats, day_of
from insurer.people.reading.messages import column_letters, column_of
from insurer.people.reading.package import Unusual, in_utf8
from insurer.people.reading.shared_strings import plain_text

_CHUNK: Final = 1024 * 1024
_LONGEST_ROW: Final = 1024 * 1024
_MOST_COLUMNS: Final = 100
_MOST_SHAPES: Final = 4_096
_CELLS: Final = re.compile(rb"<sheetData( ?/)?>\s*+")
_BLANK: Final = re.compile(rb'<row r="([0-9]{1,7}+)"[^>]*+(?<=/)>\s*+')
_LAST_CELL: Final = re.compile(rb'<c r="([A-Z]{1,3}+)[0-9]')
_END: Final = b"</sheetData>"
_ROW_END: Final = b"</row>"
_ATTRIBUTES: Final = re.compile(rb'(?: s="([0-9]{1,5})"| t="([a-zA-Z]+)")*+')
_NUMBER: Final = re.compile(rb"-?+[0-9]{1,20}+(?:\.[0-9]{1,20}+)?+(?:E[+-]?+[0-9]{1,3}+)?+")

Value = Callable[[bytes], object]
"""Makes the value of a cell of what stands in it."""
Shape = tuple[bytes | None, ...]
"""What stands around the values of a row, by column; None where there is no cell."""


class SheetRows:
    """Reads one part of the archive; iterated once.

    Gives the rows from the first on, as wide as the widest so far, blank ones between others included. When
    :class:`Unusual` is raised, all given before were as the parser of spreadsheets would have given them.
    """

    def __init__(
        self, archive: zipfile.ZipFile, part: str, strings: Sequence[str], formats: CellFormats, old: bool
    ) -> None:
        """``old``: days count from 1904."""
        self._archive, self._part = archive, part
        self._strings, self._formats, self._old = strings, formats, old
        self._shapes: dict[Shape, tuple[Value, ...]] = {}
        self._all_shared: set[Shape] = set()
        self._columns = 0

    def __iter__(self) -> Iterator[list[object]]:
        given = blank = 0
        for number, row in self._numbered():
            missing = number - 1 - given - blank
            if missing < 0:
                raise Unusual("rows out of order")
            blank += missing
            if row.count("") == len(row):
                blank += 1
                continue
            for _ in range(blank):
                yield [""] * self._columns
            yield row
            given, blank = number, 0

    def _numbered(self) -> Iterator[tuple[int, list[object]]]:
        """Yield the rows that stand in the part, each with its number."""
        pattern = _row_of(0)
        strings = self._strings.__getitem__
        shared: Shape | None = None
        for piece in self._pieces():
            at = 0
            positive = b"<v>-" not in piece
            while at < len(piece):
                found = pattern.match(piece, at)
                if found is not None:
                    groups = found.groups()
                    number = groups[0]
                    shape, cells = groups[1::2], groups[2::2]
                    if shape == shared and positive:
                        # The usual row: nothing but shared texts, styled like one before.
                        try:
                            yield int(number), list(map(strings, map(int, cells)))
                        except (ValueError, IndexError) as error:
                            raise Unusual("a place of a text") from error
                    else:
                        values = self._values_of(shape)
                        if shape in self._all_shared:
                            shared = shape
                        yield int(number), self._row(values, cells)
                elif (found := _BLANK.match(piece, at)) is not None:
                    yield int(found.group(1)), []
                elif (wider := self._wider(piece, at)) is not None:
                    pattern = wider
                    continue
                elif piece.startswith(_END, at):
                    return
                else:
                    raise Unusual("a row")
                at = found.end()
        raise Unusual("no end")

    def _pieces(self) -> Iterator[bytes]:
        """Yield the cells of the sheet in pieces that end with a row, the last one with what follows them."""
        with self._archive.open(self._part) as stream:
            rest = stream.read(_CHUNK)
            start = _CELLS.search(rest)
            if not in_utf8(rest[:200]) or start is None or b"<!" in rest[: start.start()]:
                raise Unusual("head")
            rest = _END if start.group(1) else rest[start.end() :]
            while _END not in rest and (chunk := stream.read(_CHUNK)):
                rest += chunk
                end = rest.rfind(_ROW_END) + len(_ROW_END)
                if end < len(_ROW_END):
                    end = 0
                if len(rest) - end > _CHUNK + _LONGEST_ROW:
                    raise Unusual("a long row")
                yield rest[:end]
                rest = rest[end:].lstrip()
            yield rest

    def _wider(self, piece: bytes, at: int) -> re.Pattern[bytes] | None:
        """Return the pattern for the columns of the row at a place, if it has more than those before."""
        row = piece[at : piece.find(_ROW_END, at) + len(_ROW_END)]
        columns = max((column_of(letters) + 1 for letters in _LAST_CELL.findall(row)), default=0)
        if columns <= self._columns:
            return None
        if columns > _MOST_COLUMNS:
            raise Unusual("many columns")
        self._columns = columns
        self._shapes.clear()
        self._all_shared.clear()
        return _row_of(columns)

    def _row(self, values: Sequence[Value], cells: Sequence[bytes | None]) -> list[object]:
        try:
            return [make(cell or b"") for make, cell in zip(values, cells, strict=True)]
        except (ValueError, IndexError) as error:
            raise Unusual("a value") from error

    def _values_of(self, shape: Shape) -> tuple[Value, ...]:
        """Return how the cells of such a row are read."""
        if shape in self._shapes:
            return self._shapes[shape]
        values = tuple(map(self._value_of, shape))
        if all(value == self._shared for value in values):
            self._all_shared.add(shape)
        if len(self._shapes) < _MOST_SHAPES:
            self._shapes[shape] = values
        return values

    def _value_of(self, around: bytes | None) -> Value:
        if around is None or around.endswith((b"/>", b"</c>")):
            return _empty
        head, _, opened = around.partition(b">")
        attributes = _ATTRIBUTES.fullmatch(head)
        if attributes is None:
            raise Unusual("attributes")
        style, kind = int(attributes.group(1) or 0), attributes.group(2) or b"n"
        if opened == b"<v>" and kind == b"s":
            return self._shared
        if opened != b"<v>" and kind == b"inlineStr":
            return _own_text if opened == b"<is><t>" else _text_as_written
        if opened == b"<v>" and kind == b"n":
            return self._day if self._formats.shows_days(style) else _number
        raise Unusual("a kind of cell")

    def _shared(self, cell: bytes) -> object:
        if not cell.isdigit():
            raise Unusual("no place of a text")
        return self._strings[int(cell)]

    def _day(self, cell: bytes) -> object:
        if self._old:
            raise Unusual("days from 1904")
        return day_of(_number(cell))


def _empty(_cell: bytes) -> object:
    return ""


def _own_text(cell: bytes) -> object:
    if cell != cell.strip():
        raise Unusual("blanks that do not count")
    return plain_text(cell.decode())


def _text_as_written(cell: bytes) -> object:
    return plain_text(cell.decode())


def _number(cell: bytes) -> float:
    if _NUMBER.fullmatch(cell) is None:
        raise Unusual("a number")
    return float(cell)


@lru_cache(maxsize=8)
def _row_of(columns: int) -> re.Pattern[bytes]:
    """Return the pattern of a row of so many columns: its number, then what is around and in each cell."""
    cells = "".join(
        f'(?:<c r="{column_letters(column)}\\1"'
        r'([^</>]*+(?:/>|>(?:</c>|<v>|<is><t(?: xml:space="preserve")?>)))'
        r"([^<]*+)(?:</v></c>|</t></is></c>)?+)?+"
        for column in range(columns)
    )
    return re.compile(rf'<row r="([0-9]{{1,7}}+)"[^>]*+(?<!/)>{cells}</row>\s*+'.encode())
