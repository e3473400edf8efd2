"""A received file as sheets of cells, whatever it was saved as; cell types survive where it has them."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import cast

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from insurer.kernel.errors import Invalid, Problem
from insurer.people.reading.columns import Merge
from insurer.people.reading.gate import DEFAULT_LIMITS, Kind, Limits, admit
from insurer.people.reading.plain_tables import decode, read_delimited, read_html

_EPOCH_1904 = re.compile(rb"<workbookPr[^>]*\bdate1904=[\"'](1|true)[\"']")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet from cell A1 on. Cells are text, numbers or dates exactly as stored; blanks are ""."""

    name: str
    hidden: bool
    rows: list[list[object]]
    merges: tuple[Merge, ...]


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


def open_workbook(content: bytes, filename: str, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Read a file whole; raises :class:`Invalid` or :class:`TooLarge` with what to do about it."""
    kind = admit(content, filename, limits)
    if kind in (Kind.XLSX, Kind.XLS):
        return _open_excel(content, filename, kind)
    text, encoding = decode(content, filename, declared=kind is Kind.HTML)
    stem = base_name(filename).rsplit(".", 1)[0]
    if kind is Kind.HTML:
        tables = read_html(text, filename)
        sheets = tuple(
            Sheet(f"{stem}-{index}" if len(tables) > 1 else stem, False, rows, tuple(merges))
            for index, (rows, merges) in enumerate(tables, 1)
        )
    else:
        sheets = (Sheet(stem, False, read_delimited(text, filename), ()),)
    return Workbook(kind, encoding, False, False, sheets)


def _open_excel(content: bytes, filename: str, kind: Kind) -> Workbook:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = tuple(
            _sheet(book, meta.name, meta.visible != SheetVisibleEnum.Visible)
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet
        )
    except PasswordError as error:
        message = "设了打开密码。请去掉密码再传。"
        raise Invalid(
            f"“{filename}”没有收下：{message}", (Problem("file", message, filename, "password"),)
        ) from error
    except Exception as error:
        if not isinstance(error, (CalamineError, ValueError, OSError)):
            raise
        raise _broken(filename) from error
    except BaseException as error:
        # A panic inside the parser arrives as a BaseException of its own; it says that the file is damaged.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(filename) from error
    return Workbook(kind, None, True, _epoch_1904(content, kind), sheets)


def _broken(filename: str) -> Invalid:
    message = "文件打不开，可能没有传完。请发送单位另存为 xlsx 后重发。"
    return Invalid(f"“{filename}”没有收下：{message}", (Problem("file", message, filename, "broken"),))


def _sheet(book: CalamineWorkbook, name: str, hidden: bool) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    rows = cast("list[list[object]]", sheet.to_python(skip_empty_area=False))
    return Sheet(name, hidden, rows, tuple(sheet.merged_cell_ranges or ()))


def _epoch_1904(content: bytes, kind: Kind) -> bool:
    """Tell whether day numbers count from 1904, as old Macintosh workbooks do."""
    if kind is not Kind.XLSX:
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return False
        return _EPOCH_1904.search(archive.read("xl/workbook.xml")) is not None
