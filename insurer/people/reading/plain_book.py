"""A plainly written xlsx, read while it is unpacked; what is unusual in it is left to the parser."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

from insurer.people.reading.cell_formats import CellFormats
from insurer.people.reading.columns import Merge
from insurer.people.reading.messages import column_of
from insurer.people.reading.package import Package, SheetPart, Unusual
from insurer.people.reading.parsed_book import ParsedBook
from insurer.people.reading.received import Received
from insurer.people.reading.shared_strings import read_shared_strings
from insurer.people.reading.sheet_rows import SheetRows
from insurer.people.reading.sheets import Sheet

_MERGE: Final = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"\s*/>')


class PlainBook:
    """A workbook whose parts were found; ``endings`` has what follows the cells of each sheet."""

    def __init__(
        self,
        received: Received,
        filename: str,
        package: Package,
        endings: Mapping[str, bytes],
        epoch_1904: bool,
    ) -> None:
        self._received, self._filename, self._package = received, filename, package
        self._endings, self._epoch_1904 = endings, epoch_1904
        self._strings: list[str] | None = None
        self._parsed: ParsedBook | None = None

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the sheets, none of them read yet."""
        return tuple(
            Sheet(one.name, one.hidden, partial(self._lines, one), partial(self._merges, one))
            for one in self._package.sheets
        )

    def _lines(self, sheet: SheetPart) -> Iterator[list[object]]:
        """Give the rows as they are unpacked; from the first unusual one on, as the parser gives them."""
        taken = 0
        if self._parsed is None:
            try:
                with self._received.stream() as stream, zipfile.ZipFile(stream) as archive:
                    if self._strings is None:
                        self._strings = read_shared_strings(archive, self._package.strings)
                    formats = CellFormats(archive, self._package)
                    for row in SheetRows(archive, sheet.part, self._strings, formats, self._epoch_1904):
                        yield row
                        taken += 1
                return
            except Unusual:
                self._strings = None
        yield from islice(self._understood().sheet(sheet.name).lines(), taken, None)

    def _merges(self, sheet: SheetPart) -> Sequence[Merge]:
        ending = self._endings.get(sheet.part)
        found = _MERGE.findall(ending) if ending is not None else []
        if ending is None or b"<!" in ending or len(found) != ending.count(b"<mergeCell "):
            return self._understood().sheet(sheet.name).merges()
        return [
            ((int(top) - 1, column_of(left)), (int(bottom) - 1, column_of(right)))
            for left, top, right, bottom in found
        ]

    def _understood(self) -> ParsedBook:
        if self._parsed is None:
            self._parsed = ParsedBook(self._received, self._filename)
        return self._parsed
