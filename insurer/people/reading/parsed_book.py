"""A workbook opened with the parser of spreadsheets, which understands whatever office programs write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from insurer.people.reading.gate import refusal_of
from insurer.people.reading.received import Received
from insurer.people.reading.sheets import Sheet


class ParsedBook:
    """A workbook of either kind. Raises :class:`Invalid` when it is locked or damaged."""

    def __init__(self, received: Received, filename: str) -> None:
        self._filename = filename
        self._sheets: dict[str, ParsedSheet] = {}
        with _understood(filename):
            self._book = received.workbook()

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the sheets of cells, none of them parsed yet."""
        return tuple(
            Sheet(
                meta.name,
                meta.visible != SheetVisibleEnum.Visible,
                self.sheet(meta.name).lines,
                self.sheet(meta.name).merges,
            )
            for meta in self._book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet
        )

    def sheet(self, name: str) -> "ParsedSheet":
        """Return one sheet."""
        if name not in self._sheets:
            self._sheets[name] = ParsedSheet(self._book, name, self._filename)
        return self._sheets[name]


class ParsedSheet:
    """A sheet parsed when it is first asked for, and held only as long as it is the last one asked for."""

    def __init__(self, book: CalamineWorkbook, name: str, filename: str) -> None:
        self._book, self._name, self._filename = book, name, filename
        self._parsed: CalamineSheet | None = None

    def lines(self) -> Iterator[list[object]]:
        """Give the rows, all equally wide."""
        sheet = self._sheet()
        left = [""] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            yield [*left, *row] if left else cast("list[object]", row)
        self._parsed = None

    def merges(self) -> Sequence[Merge]:
        """Return the merged ranges."""
        return self._sheet().merged_cell_ranges or ()

    def _sheet(self) -> CalamineSheet:
        if self._parsed is None:
            with _understood(self._filename):
                self._parsed = self._book.get_sheet_by_name(self._name)
        return self._parsed


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
        if not is_panic(error):
            raise
        raise _broken(filename) from error


def is_panic(error: BaseException) -> bool:
    """Tell whether the parser broke inside, on a damaged file: that arrives as a BaseException of its own."""
    return type(error).__name__ == "PanicException"


def _broken(filename: str) -> Invalid:
    return refusal_of(filename, "broken", "文件打不开，可能没有传完。请发送单位另存为 xlsx 后重发。")
