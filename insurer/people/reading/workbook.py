"""A received file as sheets of cells, whatever it was saved as; cell types survive where it has them."""

import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import cast

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from insurer.kernel.errors import Invalid
from insurer.people.reading.columns import Merge
from insurer.people.reading.gate import DEFAULT_LIMITS, Kind, Limits, admit, refusal_of
from insurer.people.reading.plain_tables import decode, encoding_of, read_delimited, read_html
from insurer.people.reading.received import InMemory, Received

_EPOCH_1904 = re.compile(rb"<workbookPr[^>]*\bdate1904=[\"'](1|true)[\"']")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet from cell A1 on. Cells are text, numbers or dates exactly as stored; blanks are "".

    ``lines`` reads the sheet anew, row by row, ``merges`` its merged ranges.
    """

    name: str
    hidden: bool
    lines: Callable[[], Iterator[list[object]]]
    merges: Callable[[], Sequence[Merge]]

    @property
    def rows(self) -> list[list[object]]:
        """All rows at once."""
        return list(self.lines())


def _in_memory(name: str, rows: Sequence[list[object]], merges: Sequence[Merge] = ()) -> Sheet:
    return Sheet(name, False, lambda: iter(rows), lambda: merges)


@dataclass(frozen=True, slots=True)
class Workbook:
    """All sheets of a file. ``typed``: cells carry a type; ``encoding`` is None for workbooks."""

    kind: Kind
    encoding: str | None
    typed: bool
    epoch_1904: bool
    sheets: tuple[Sheet, ...]


def base_name(filename: str) -> str:
    """Return the name without any folder, of either kind of system."""
    visible = "".join(character for character in filename if character.isprintable())
    return PureWindowsPath(PurePosixPath(visible).name).name or visible


def open_workbook(content: bytes | Received, filename: str, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Read a file whole; raises :class:`Invalid` or :class:`TooLarge` with what to do about it."""
    received = InMemory(content) if isinstance(content, bytes) else content
    ahead = _Ahead(received)
    kind = admit(received, filename, limits, harmless=ahead.begin)
    if kind in (Kind.XLSX, Kind.XLS):
        return _open_excel(received, filename, kind, ahead)
    stem = base_name(filename).rsplit(".", 1)[0]
    text_bytes = received.whole()
    if kind is Kind.HTML:
        text, encoding = decode(text_bytes, filename, declared=True)
        tables = read_html(text, filename)
        sheets = tuple(
            _in_memory(f"{stem}-{index}" if len(tables) > 1 else stem, rows, merges)
            for index, (rows, merges) in enumerate(tables, 1)
        )
    else:
        codec, encoding = encoding_of(text_bytes, filename)
        sheets = (
            Sheet(stem, False, lambda: read_delimited(text_bytes, codec, filename, limits), lambda: ()),
        )
    return Workbook(kind, encoding, False, False, sheets)


class _Ahead:
    """Parses a workbook and its first sheet while the gate still looks through it, on another processor.

    Nothing of it is used before the gate admitted the file; what the parser complains of waits till then.
    """

    def __init__(self, received: Received) -> None:
        self._received = received
        self._thread: threading.Thread | None = None
        self._found: tuple[CalamineWorkbook, dict[str, CalamineSheet]] | BaseException | None = None

    def begin(self) -> None:
        """Begin, once it is known that parsing takes no more memory than the list itself."""
        self._thread = threading.Thread(target=self._parse, daemon=True)
        self._thread.start()

    def _parse(self) -> None:
        try:
            book = self._received.workbook()
            shown = [
                meta.name
                for meta in book.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
            ]
            self._found = book, {name: book.get_sheet_by_name(name) for name in shown[:1]}
        except BaseException as error:  # a panic inside the parser is one; it is raised where it is asked for
            self._found = error

    def workbook(self) -> tuple[CalamineWorkbook, dict[str, CalamineSheet]]:
        """Return the workbook and the sheets parsed so far; raises what the parser raised."""
        if self._thread is None:
            return self._received.workbook(), {}
        self._thread.join()
        found, self._found = self._found, None
        if isinstance(found, BaseException):
            raise found
        assert found is not None  # noqa: S101
        return found


def _open_excel(received: Received, filename: str, kind: Kind, ahead: _Ahead) -> Workbook:
    with _understood(filename):
        book, parsed = ahead.workbook()
    sheets = []
    for meta in book.sheets_metadata:
        if meta.typ == SheetTypeEnum.WorkSheet:
            sheet = _ExcelSheet(book, meta.name, filename, parsed.pop(meta.name, None))
            hidden = meta.visible != SheetVisibleEnum.Visible
            sheets.append(Sheet(meta.name, hidden, sheet.lines, sheet.merges))
    return Workbook(kind, None, True, _epoch_1904(received, kind), tuple(sheets))


@contextmanager
def _understood(filename: str) -> Iterator[None]:
    """Turn whatever the parser says of a file into a refusal."""
    try:
        yield
    except PasswordError as error:
        raise refusal_of(filename, "password", "设了打开密码。请去掉密码再传。") from error
    except Exception as error:
        if not isinstance(error, (CalamineError, ValueError, OSError)):
            raise
        raise _broken(filename) from error
    except BaseException as error:
        # A panic inside the parser arrives as a BaseException of its own; it says that the file is damaged.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(filename) from error


def _broken(filename: str) -> Invalid:
    return refusal_of(filename, "broken", "文件打不开，可能没有传完。请发送单位另存为 xlsx 后重发。")


class _ExcelSheet:
    """A sheet parsed when it is first asked for, and held only as long as it is the last one asked for."""

    def __init__(
        self, book: CalamineWorkbook, name: str, filename: str, parsed: CalamineSheet | None
    ) -> None:
        self._book, self._name, self._filename = book, name, filename
        self._parsed = parsed

    def lines(self) -> Iterator[list[object]]:
        sheet = self._sheet()
        left = [""] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            yield [*left, *row] if left else cast("list[object]", row)
        self._parsed = None

    def merges(self) -> Sequence[Merge]:
        return self._sheet().merged_cell_ranges or ()

    def _sheet(self) -> CalamineSheet:
        if self._parsed is None:
            with _understood(self._filename):
                self._parsed = self._book.get_sheet_by_name(self._name)
        return self._parsed


def _epoch_1904(received: Received, kind: Kind) -> bool:
    """Tell whether day numbers count from 1904, as old Macintosh workbooks do."""
    if kind is not Kind.XLSX:
        return False
    with received.stream() as stream, zipfile.ZipFile(stream) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return False
        return _EPOCH_1904.search(archive.read("xl/workbook.xml")) is not None
