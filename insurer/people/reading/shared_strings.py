"""The shared texts of a workbook, to which its cells point by number, read while they are unpacked."""

import re
import zipfile
from collections.abc import Iterator
from typing import Final

from insurer.people.reading.package import Unusual, in_utf8

# A text with nothing but its letters; office programs for Chinese note beside it that it has no reading aid.
_ITEM: Final = re.compile(
    rb'<si><t(?: xml:space="preserve")?(?:/>|>([^<]*+)</t>)(?:<phoneticPr[^>]*+(?<=/)>)?</si>'
)
_LOOSE: Final = re.compile(rb"<t>(?:\s|[^<]*+(?<=\s))")
_BEFORE: Final = re.compile(rb"[^<]*+(?:<\?xml[^>]*+>\s*+)?<sst(?: [^>]*+)?>\s*+")
_CHUNK: Final = 1024 * 1024
_ESCAPED: Final = re.compile("_x[0-9a-fA-F]{4}_")
_REFERENCE: Final = re.compile("&(?:([#a-z0-9A-F]{1,8});)?")
_NUMBERED: Final = re.compile("#(?:x([0-9a-fA-F]{1,5})|([0-9]{1,6}))")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def read_shared_strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Return all shared texts in order; none for a workbook without that part.

    Raises :class:`Unusual` for texts in several formats or with reading aids, and for what is no such part.
    """
    if not part:
        return []
    found: list[str] = []
    for piece in _pieces(archive, part):
        items = _ITEM.findall(piece)
        # Every tag belongs to one of the texts found: there is nothing else in between.
        tags = 4 * len(items) + piece.count(b"<phoneticPr") - piece.count(b"<t/>")
        if piece.count(b"<") != tags or _LOOSE.search(piece):
            raise Unusual(part)
        found += _texts(items)
    return found


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the part in pieces that end with a text, and nothing after the last."""
    with archive.open(part) as stream:
        rest = stream.read(_CHUNK)
        start = _BEFORE.match(rest)
        if start is None or not in_utf8(rest[:200]):
            raise Unusual(part)
        rest = rest[start.end() :]
        while chunk := stream.read(_CHUNK):
            rest += chunk
            end = rest.rfind(b"</si>") + len(b"</si>")
            if end < len(b"</si>"):
                raise Unusual(part)
            yield rest[:end]
            rest = rest[end:]
    rest = rest.rstrip()
    if not rest.endswith(b"</sst>"):
        raise Unusual(part)
    yield rest.removesuffix(b"</sst>")


def _texts(items: list[bytes]) -> list[str]:
    try:
        found = plain_text(b"\0".join(items).decode()).split("\0") if items else []
    except UnicodeDecodeError as error:
        raise Unusual("encoding") from error
    if len(found) != len(items):
        raise Unusual("characters that no text has")
    return found


def plain_text(text: str) -> str:
    """Return what stands in a text of XML; raises :class:`Unusual` where programs differ in reading it."""
    if "\r" in text or ("_x" in text and _ESCAPED.search(text)):
        raise Unusual("characters written in another way")
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found.group(1)
    if name in _NAMED:
        return _NAMED[name]
    digits = _NUMBERED.fullmatch(name or "")
    code = int(digits.group(1), 16) if digits and digits.group(1) else int(digits.group(2)) if digits else 0
    if code < 32 or 0xD800 <= code < 0xE000 or code > 0xFFFD:
        raise Unusual("a reference to a character")
    return chr(code)
