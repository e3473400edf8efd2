"""A received file as sheets of cells, whatever it was saved as; cell types survive where it has them."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath, PureWindowsPath

from insurer.people.reading.columns import Merge
from insurer.people.reading.gate import DEFAULT_LIMITS, Kind, Limits, admit
from insurer.people.reading.package import Unusual, find_parts
from insurer.people.reading.parsed_book import ParsedBook
from insurer.people.reading.plain_book import PlainBook
from insurer.people.reading.plain_tables import decode, encoding_of, read_delimited, read_html
from insurer.people.reading.received import InMemory, Received
from insurer.people.reading.sheets import Sheet, Workbook

_EPOCH_1904 = re.compile(rb"<workbookPr[^>]*\bdate1904=[\"'](1|true)[\"']")


def base_name(filename: str) -> str:
    """Return the name without any folder, of either kind of system."""
    visible = "".join(character for character in filename if character.isprintable())
    return PureWindowsPath(PurePosixPath(visible).name).name or visible


def open_workbook(content: bytes | Received, filename: str, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Open a file that may be read; raises :class:`Invalid` or :class:`TooLarge` with what to do about it."""
    received = InMemory(content) if isinstance(content, bytes) else content
    endings: dict[str, bytes] = {}
    kind = admit(received, filename, limits, ended=endings.__setitem__)
    if kind in (Kind.XLSX, Kind.XLS):
        return _open_excel(received, filename, kind, endings)
    stem = base_name(filename).rsplit(".", 1)[0]
    if kind is Kind.HTML:
        text, encoding = decode(received, filename, declared=True)
        tables = read_html(text, filename)
        sheets = tuple(
            _in_memory(f"{stem}-{index}" if len(tables) > 1 else stem, rows, merges)
            for index, (rows, merges) in enumerate(tables, 1)
        )
    else:
        codec, encoding = encoding_of(received, filename)
        sheets = (Sheet(stem, False, lambda: read_delimited(received, codec, filename, limits), lambda: ()),)
    return Workbook(kind, encoding, False, False, sheets)


def _in_memory(name: str, rows: Sequence[list[object]], merges: Sequence[Merge] = ()) -> Sheet:
    return Sheet(name, False, lambda: iter(rows), lambda: merges)


def _open_excel(received: Received, filename: str, kind: Kind, endings: Mapping[str, bytes]) -> Workbook:
    epoch_1904 = _epoch_1904(received, kind)
    if kind is Kind.XLSX:
        with suppress(Unusual), received.stream() as stream, zipfile.ZipFile(stream) as archive:
            package = find_parts(archive)
            plain = PlainBook(received, filename, package, endings, epoch_1904)
            return Workbook(kind, None, True, epoch_1904, plain.sheets())
    parsed = ParsedBook(received, filename)
    return Workbook(kind, None, True, epoch_1904, parsed.sheets())


def _epoch_1904(received: Received, kind: Kind) -> bool:
    """Tell whether day numbers count from 1904, as old Macintosh workbooks do."""
    if kind is not Kind.XLSX:
        return False
    with received.stream() as stream, zipfile.ZipFile(stream) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return False
        return _EPOCH_1904.search(archive.read("xl/workbook.xml")) is not None
