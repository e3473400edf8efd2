"""Files made to hurt whoever reads them."""

import io
import re
import zipfile
from collections.abc import Callable

import xlsxwriter

from tests.factories.roster_files import HEADER, A, number, person, xlsx


def repacked(content: bytes, change: Callable[[str, bytes], bytes], **added: bytes) -> bytes:
    """Write a workbook again with some of its parts changed and others added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, words in added.items():
            new.writestr(name, words)
    return stream.getvalue()


def sheet_with(cells: Callable[[str], str]) -> bytes:
    """Return a good roster whose sheet holds something else besides."""
    good = xlsx(("名册", [HEADER, person("王芳", A)]))

    def change(name: str, words: bytes) -> bytes:
        if not name.startswith("xl/worksheets/"):
            return words
        words = re.sub(rb"<dimension[^>]*>", b"", words)
        return words.replace(b"</sheetData>", cells("").encode() + b"</sheetData>")

    return repacked(good, change)


def formula_in(column: int, formula: str) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    for at, row in enumerate([HEADER, person("王芳", A), person("李四", number(7))]):
        for place, cell in enumerate(row):
            sheet.write_string(at, place, str(cell))
    sheet.write_formula(2, column, formula, None, number(7))
    book.close()
    return stream.getvalue()


def bomb() -> bytes:
    """Return a workbook that unpacks to three hundred megabytes."""
    return repacked(
        xlsx(("名册", [HEADER, person("王芳", A)])),
        lambda name, words: b" " * 300_000_000 if name == "xl/sharedStrings.xml" else words,
    )


def with_document_type(part: str) -> bytes:
    """Return a workbook one part of which defines entities."""
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'

    def change(name: str, words: bytes) -> bytes:
        return words.replace(b"?>", b"?>" + entity, 1) if name == part else words

    return repacked(xlsx(("名册", [HEADER, person("王芳", A)])), change)


def with_macros() -> bytes:
    """Return a workbook with a project of macros."""
    return repacked(xlsx(("名册", [HEADER])), lambda _, words: words, **{"xl/vbaProject.bin": b"\xd0\xcf"})


def locked() -> bytes:
    """Return a workbook that asks for a password."""
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    return head + "EncryptedPackage".encode("utf-16-le") + bytes(1024)
