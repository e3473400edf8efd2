"""What a received file may be, decided before any parser opens it."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from insurer.kernel.errors import Invalid, Problem, TooLarge


class Kind(StrEnum):
    """The kinds of file that a roster may come as; decided by content, the name says nothing."""

    XLSX = "xlsx"
    XLS = "xls"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes as received, bytes unpacked, members of the archive, and how far one may shrink."""

    received: int = 64 * 1024 * 1024
    unpacked: int = 768 * 1024 * 1024
    members: int = 2_000
    ratio: int = 100
    ratio_free: int = 1024 * 1024
    """A small member may shrink as it likes: a sheet of a thousand equal rows is no attack."""
    cells: int = 30_000_000
    """Cells of the rectangle that a sheet spans; the parser lays it out whole, so one far cell is a bomb."""


DEFAULT_LIMITS: Final = Limits()
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_WIDE = re.compile(rb"""\br=["'][A-Z]{2,3}[0-9]""")
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_CHUNK: Final = 1024 * 1024
_RESEND: Final = "请发送单位另存为 xlsx 后重发"


def admit(content: bytes, filename: str, limits: Limits = DEFAULT_LIMITS) -> Kind:
    """Return the kind of a file that may be parsed.

    Raises :class:`TooLarge` for a file over a limit (also unpacked: a bomb is counted while streaming, its
    directory is not believed) and :class:`Invalid` for an empty, locked, macro-carrying or foreign file.
    """
    if len(content) > limits.received:
        raise TooLarge(
            f"“{filename}”超过 {limits.received // (1024 * 1024)} 兆，没有收下。请按镇街分开发送。"
        )
    if not content.strip(b"\0 \t\r\n"):
        raise _refuse(filename, "empty", "文件是空的。请发送单位重发。")
    if content.startswith(b"PK"):
        _admit_archive(content, filename, limits)
        return Kind.XLSX
    if content.startswith(_OLE):
        _admit_compound(content, filename)
        return Kind.XLS
    if content.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
    ):
        raise _refuse(filename, "kind", f"这不是名册表格。{_RESEND}。")
    head = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<style")):
        return Kind.HTML
    if head.startswith(b"<?xml"):
        if b"<html" in head or b"<table" in head:
            return Kind.HTML
        raise _refuse(filename, "kind", f"这种 XML 表格读不了。{_RESEND}。")
    return Kind.TEXT


def _refuse(filename: str, code: str, message: str) -> Invalid:
    return Invalid(f"“{filename}”没有收下：{message}", (Problem("file", message, filename, code),))


def _admit_compound(content: bytes, filename: str) -> None:
    """Refuse a locked or macro-carrying file of the old container format by its stream names."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _refuse(filename, "password", "设了打开密码。请去掉密码再传。")
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise _refuse(filename, "macros", f"里面有宏，不能打开。{_RESEND}。")
    if "WordDocument".encode("utf-16-le") in content:
        raise _refuse(filename, "kind", f"这是文字文档，不是名册表格。{_RESEND}。")


def _admit_archive(content: bytes, filename: str, limits: Limits) -> None:
    broken = _refuse(filename, "broken", "文件不完整，打不开。请发送单位重发。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if len(members) > limits.members:
                raise TooLarge(f"“{filename}”里面的部件太多，没有收下。{_RESEND}。")
            if any(member.flag_bits & 0x1 for member in members):
                raise _refuse(filename, "password", "设了打开密码。请去掉密码再传。")
            if "xl/workbook.xml" not in names:
                raise _refuse(filename, "kind", f"这不是名册表格。{_RESEND}。")
            if any("vbaproject" in name.lower() or "/macrosheets/" in name.lower() for name in names):
                raise _refuse(filename, "macros", f"里面有宏，不能打开。{_RESEND}。")
            unpacked = 0
            for member in members:
                unpacked += _stream(archive, member, filename, limits, unpacked)
                if member.filename.startswith("xl/worksheets/"):
                    _check_extent(archive, member, filename, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise broken from error


def _stream(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, filename: str, limits: Limits, before: int
) -> int:
    """Unpack one member without keeping it; return its true size. The archive checks length and sum."""
    size = 0
    tail = b""
    parsed = member.filename.endswith((".xml", ".rels", ".vml"))
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            shrunk = size > limits.ratio_free and size > limits.ratio * max(member.compress_size, 1)
            if shrunk or before + size > limits.unpacked:
                raise TooLarge(f"“{filename}”解开后大得不合常理，没有收下。{_RESEND}。")
            if parsed and (b"<!DOCTYPE" in (seen := tail + chunk) or b"<!ENTITY" in seen):
                raise _refuse(filename, "dtd", f"里面带有外部定义，不能打开。{_RESEND}。")
            tail = chunk[-16:]
    return size


def _check_extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo, filename: str, limits: Limits) -> None:
    """Refuse a sheet whose cells span too large a rectangle. Up to column Z any height fits the limit."""
    if not any(_WIDE.search(part) for part in _overlapping(archive, member)):
        return
    width = height = 0
    for part in _overlapping(archive, member):
        for letters, digits in _CELL.findall(part):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            width, height = max(width, column), max(height, int(digits))
    if width * height > limits.cells:
        raise TooLarge(
            f"“{filename}”里有单元格远离名单（第 {height} 行、第 {width} 列），没有收下。"
            "请发送单位删去名单以外的行和列后重发。"
        )


def _overlapping(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a member in pieces that overlap by more than a cell reference is long."""
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-24:]
