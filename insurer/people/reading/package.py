"""The parts of an xlsx, a package of OOXML: its sheets, and where their cells, texts and styles stand.

Beside the parser of spreadsheets, which lays a whole sheet out before it gives the first row, plainly written
workbooks are read while they are unpacked (:mod:`sheet_rows`). What is written in any other way is
:class:`Unusual` and left to the parser; the two never differ in what they give.
"""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

_MAIN: Final = re.compile(
    r"\{http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006|purl\.oclc\.org/ooxml/spreadsheetml)/main\}"
)
_REFERENCE: Final = re.compile(r"\{http://[^}]*/relationships\}id")
_ENCODING: Final = re.compile(rb"""^<\?xml[^>]*\bencoding=["']([^"']+)["']""")
_MARK: Final = b"\xef\xbb\xbf"
_MOST: Final = 4 * 1024 * 1024


class Unusual(Exception):
    """Written in a way that is left to the parser of spreadsheets."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of cells; ``part`` is where it stands in the archive."""

    name: str
    hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class Package:
    """What a workbook consists of; ``strings`` and ``styles`` are "" where it has none."""

    sheets: tuple[SheetPart, ...]
    strings: str
    styles: str


def find_parts(archive: zipfile.ZipFile) -> Package:
    """Return the parts of a workbook; raises :class:`Unusual` if they are not where they are expected."""
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise Unusual("parts of one name")
    book = _document(archive, "xl/workbook.xml")
    parts = {
        one.get("Id", ""): (one.get("Type", "").rpartition("/")[2], _place(one.get("Target", "")))
        for one in _document(archive, "xl/_rels/workbook.xml.rels")
        if one.get("TargetMode") != "External"
    }
    sheets: list[SheetPart] = []
    for one in book.iter():
        if _MAIN.sub("", one.tag) != "sheet":
            continue
        reference = [value for key, value in one.attrib.items() if _REFERENCE.fullmatch(key)]
        kind, place = parts.get(reference[0] if reference else "", ("", ""))
        if kind == "chartsheet":
            continue
        if kind != "worksheet" or place not in names:
            raise Unusual("a sheet of another kind")
        hidden = one.get("state", "visible") != "visible"
        sheets.append(SheetPart(one.get("name", ""), hidden, place))
    if not sheets or len({sheet.name for sheet in sheets}) != len(sheets):
        raise Unusual("no sheets, or of one name")
    return Package(tuple(sheets), _only(parts.values(), "sharedStrings"), _only(parts.values(), "styles"))


def in_utf8(head: bytes) -> bool:
    """Tell whether a part that begins so is XML in UTF-8."""
    bare = head.removeprefix(_MARK)
    found = _ENCODING.match(bare)
    return bare.startswith(b"<") and (found is None or found.group(1).lower() in (b"utf-8", b"utf8"))


def _document(archive: zipfile.ZipFile, name: str) -> Element:
    try:
        with archive.open(name) as stream:
            content = stream.read(_MOST)
        if len(content) == _MOST or b"<!" in content or not in_utf8(content[:200]):
            raise Unusual(name)
        return fromstring(content)  # noqa: S314 - without declarations nothing can be defined or fetched
    except (KeyError, ParseError) as error:
        raise Unusual(name) from error


def _place(target: str) -> str:
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _only(parts: Iterable[tuple[str, str]], kind: str) -> str:
    found = [place for one, place in parts if one == kind]
    if len(found) > 1:
        raise Unusual(kind)
    return found[0] if found else ""
