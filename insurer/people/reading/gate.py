"""What a received file may be, decided before any parser opens it."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from insurer.kernel.errors import Invalid, Problem, TooLarge
from insurer.people.reading.messages import column_letters
from insurer.people.reading.old_workbook import Damaged, look_through
from insurer.people.reading.received import InMemory, Received


class Kind(StrEnum):
    """The kinds of file that a roster may come as; decided by content, the name says nothing."""

    XLSX = "xlsx"
    XLS = "xls"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold. Sizes are bytes."""

    received: int = 256 * 1024 * 1024
    unpacked: int = 2048 * 1024 * 1024
    members: int = 2_000
    ratio: int = 100
    ratio_free: int = 1024 * 1024
    """A small member may shrink as it likes: a sheet of a thousand equal rows is no attack."""
    cells: int = 30_000_000
    """Cells of the rectangle that a sheet spans; the parser lays it out whole, so one far cell is a bomb."""
    empty_rows: int = 100_000
    """Rows without any value that a list may carry along, unless there are as many rows with values."""


DEFAULT_LIMITS: Final = Limits()
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_WIDE = re.compile(rb"""\br=["'][A-Z]{2,3}[0-9]""")
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_DIMENSION = re.compile(rb"""<dimension ref=["'][A-Z][0-9]+(:[A-Z][0-9]+)?["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_PLACE = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3}[0-9]{1,7})["'][^>]*>\s*\Z""")
_CELLS_END = re.compile(rb"</sheetData>|<sheetData ?/>")
_CHUNK: Final = 1024 * 1024
_TAIL: Final = 256
_LONGEST_ENDING: Final = 32 * 1024 * 1024
_HEAD: Final = 8192
_PARSED: Final = (".xml", ".rels", ".vml")
_RESEND: Final = "请发送单位另存为 xlsx 后重发"


def admit(
    content: bytes | Received,
    filename: str,
    limits: Limits = DEFAULT_LIMITS,
    ended: Callable[[str, bytes], None] = lambda _part, _words: None,
) -> Kind:
    """Return the kind of a file that may be parsed.

    ``ended`` is told of each sheet of an xlsx what follows its cells, unless that is very long.

    Raises :class:`TooLarge` for a file over a limit (also unpacked: a bomb is counted while streaming, its
    directory is not believed) and :class:`Invalid` for an empty, locked, macro-carrying, calculating or
    foreign file.
    """
    received = InMemory(content) if isinstance(content, bytes) else content
    if received.size > limits.received:
        raise TooLarge(
            f"“{filename}”超过 {limits.received // (1024 * 1024)} 兆，没有收下。请按镇街分开发送。"
        )
    head = received.head(4096)
    if not head.strip(b"\0 \t\r\n") and not received.whole().strip(b"\0 \t\r\n"):
        raise refusal_of(filename, "empty", "文件是空的。请发送单位重发。")
    if head.startswith(b"PK"):
        _admit_archive(received, filename, limits, ended)
        return Kind.XLSX
    if head.startswith(_OLE):
        _admit_compound(received.whole(), filename)
        return Kind.XLS
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise refusal_of(filename, "kind", f"这不是名册表格。{_RESEND}。")
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<style")):
        return Kind.HTML
    if start.startswith(b"<?xml"):
        if b"<html" in start or b"<table" in start:
            return Kind.HTML
        raise refusal_of(filename, "kind", f"这种 XML 表格读不了。{_RESEND}。")
    return Kind.TEXT


def refusal_of(filename: str, code: str, message: str) -> Invalid:
    """Return the refusal of a whole file."""
    return Invalid(f"“{filename}”没有收下：{message}", (Problem("file", message, filename, code),))


def formula_refusal(filename: str, cell: str = "") -> Invalid:
    """Return the refusal of a file that calculates; ``cell`` is where, if that is known."""
    where = f"（{cell} 格）" if cell else ""
    message = f"里面有公式{where}，算出的值不能当真。请发送单位全选后“选择性粘贴”为数值，再重发。"
    return refusal_of(filename, "formula", message)


def _admit_compound(content: bytes, filename: str) -> None:
    """Refuse a locked, macro-carrying or calculating file of the old format, by its streams and records."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise refusal_of(filename, "password", "设了打开密码。请去掉密码再传。")
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise refusal_of(filename, "macros", f"里面有宏，不能打开。{_RESEND}。")
    if "WordDocument".encode("utf-16-le") in content:
        raise refusal_of(filename, "kind", f"这是文字文档，不是名册表格。{_RESEND}。")
    try:
        found = look_through(content)
    except Damaged as error:
        raise refusal_of(filename, "broken", "文件不完整，打不开。请发送单位重发。") from error
    if found.locked:
        raise refusal_of(filename, "password", "设了打开密码。请去掉密码再传。")
    if found.macros:
        raise refusal_of(filename, "macros", f"里面有宏，不能打开。{_RESEND}。")
    if found.formula is not None:
        row, column = found.formula
        raise formula_refusal(filename, f"{column_letters(column)}{row + 1}")


def _admit_archive(
    received: Received, filename: str, limits: Limits, ended: Callable[[str, bytes], None]
) -> None:
    broken = refusal_of(filename, "broken", "文件不完整，打不开。请发送单位重发。")
    try:
        with received.stream() as stream, zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if len(members) > limits.members:
                raise TooLarge(f"“{filename}”里面的部件太多，没有收下。{_RESEND}。")
            if any(member.flag_bits & 0x1 for member in members):
                raise refusal_of(filename, "password", "设了打开密码。请去掉密码再传。")
            if "xl/workbook.xml" not in names:
                raise refusal_of(filename, "kind", f"这不是名册表格。{_RESEND}。")
            if any("vbaproject" in name.lower() or "/macrosheets/" in name.lower() for name in names):
                raise refusal_of(filename, "macros", f"里面有宏，不能打开。{_RESEND}。")
            # What the directory itself admits needs no unpacking; it is not believed for anything else.
            _check_size(filename, limits, sum(member.file_size for member in members), 0)
            for member in members:
                _check_size(filename, limits, member.file_size, member.compress_size)
            unpacked = 0
            for member in members:
                unpacked += _stream(archive, member, filename, limits, unpacked, ended)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise broken from error


def _is_sheet(member: zipfile.ZipInfo) -> bool:
    return member.filename.startswith("xl/worksheets/") and member.filename.endswith(_PARSED)


def _check_size(filename: str, limits: Limits, size: int, packed: int) -> None:
    """Refuse what unpacks to more than is allowed, in all or for what it takes packed (0: not asked)."""
    shrunk = packed and size > limits.ratio_free and size > limits.ratio * packed
    if shrunk or size > limits.unpacked:
        raise TooLarge(f"“{filename}”解开后大得不合常理，没有收下。{_RESEND}。")


def _stream(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    filename: str,
    limits: Limits,
    before: int,
    ended: Callable[[str, bytes], None],
) -> int:
    """Unpack one member without keeping it; return its true size. The archive checks length and sum."""
    size = rows = values = 0
    tail = b""
    wide = False
    parsed = member.filename.endswith(_PARSED)
    sheet = _SheetScan(filename) if _is_sheet(member) else None
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            _check_size(filename, limits, size, max(member.compress_size, 1))
            _check_size(filename, limits, before + size, 0)
            seen = tail + chunk
            if parsed and b"<!" in seen and (b"<!DOCTYPE" in seen or b"<!ENTITY" in seen):
                raise refusal_of(filename, "dtd", f"里面带有外部定义，不能打开。{_RESEND}。")
            if sheet is not None:
                sheet.look(seen, chunk)
            tail = seen[-_TAIL:]
    if sheet is None:
        return size
    rows, values, wide = sheet.rows, sheet.values, sheet.wide
    if rows - values > limits.empty_rows and values < rows // 2:
        raise TooLarge(f"“{filename}”里有 {rows} 行，多数是空的，没有收下。请发送单位删去空行后重发。")
    if wide:
        _check_extent(archive, member, filename, limits)
    if sheet.ending is not None and len(sheet.ending) < _LONGEST_ENDING:
        ended(member.filename, bytes(sheet.ending))
    return size


class _SheetScan:
    """Looks through the XML of a sheet, piece by piece, for what the parser would not tell."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self.rows = self.values = 0
        self.wide = False
        self.ending: bytearray | None = None
        self._narrow: bool | None = None

    def look(self, seen: bytes, chunk: bytes) -> None:
        """Look at the next piece; ``seen`` begins with the end of the one before."""
        if self._narrow is None:
            # An honest width saves looking at every cell; a lie ends at the memory limit.
            self._narrow = _DIMENSION.search(seen[:_HEAD]) is not None
        if not self._narrow and not self.wide and _has_two_capitals(seen):
            self.wide = _WIDE.search(seen) is not None
        if self.ending is not None and len(self.ending) < _LONGEST_ENDING:
            self.ending += chunk
        elif self.ending is None and b"sheetData" in seen and (found := _CELLS_END.search(seen)):
            self.ending = bytearray(seen[found.end() :])
        self.rows += chunk.count(b"<row")
        self.values += chunk.count(b"<v>") + chunk.count(b"<is>")
        # Nearly always there is none, and then a plain look suffices.
        if (b"<f" in seen or b":f" in seen) and (found := _FORMULA.search(seen)):
            place = _PLACE.search(seen[max(0, found.start() - _TAIL) : found.start()])
            raise formula_refusal(self._filename, place.group(1).decode() if place else "")


def _has_two_capitals(seen: bytes) -> bool:
    """Tell whether two capital letters stand together: without them no cell lies beyond column Z."""
    capital = np.frombuffer(seen, np.uint8) - np.uint8(65) < 26
    return bool((capital[1:] & capital[:-1]).any())


def _check_extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo, filename: str, limits: Limits) -> None:
    """Refuse a sheet whose cells span too large a rectangle. Up to column Z any height fits the limit."""
    width = height = 0
    for part in _overlapping(archive, member):
        for letters, digits in _CELL.findall(part):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            width, height = max(width, column), max(height, int(digits))
    if width * height > limits.cells:
        raise TooLarge(
            f"“{filename}”里有单元格远离名单（第 {height} 行、第 {column_letters(width - 1)} 列），没有收下。"
            "请发送单位删去名单以外的行和列后重发。"
        )


def _overlapping(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a member in pieces that overlap by more than a cell reference is long."""
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-24:]
