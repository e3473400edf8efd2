"""What a file handed in as a paper is, by its content; what its name says must agree."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FileKind(StrEnum):
    """The kinds of file that are taken in as papers."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    OFD = "ofd"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is fixed for one kind: its word, media type and the endings that a name may have."""

    word: str
    mime: str
    endings: tuple[str, ...]


KINDS: Final[dict[FileKind, KindFacts]] = {
    FileKind.PDF: KindFacts("PDF", "application/pdf", ("pdf",)),
    FileKind.PNG: KindFacts("PNG 图片", "image/png", ("png",)),
    FileKind.JPEG: KindFacts("JPEG 图片", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif")),
    FileKind.OFD: KindFacts("OFD", "application/ofd", ("ofd",)),
    FileKind.XML: KindFacts("电子票据 XML", "application/xml", ("xml",)),
}
SHOWN_INLINE: Final = frozenset({"application/pdf", "image/png", "image/jpeg"})
"""Media types that a browser may show from our address; everything else is only saved."""

ACCEPTED_ENDINGS: Final = tuple(f".{ending}" for facts in KINDS.values() for ending in facts.endings)
MOST_BYTES: Final = 32 * 1024 * 1024
"""Bytes of one paper: a scan of a hundred pages stays below."""

_ANOTHER: Final = "请换成 PDF、PNG、JPEG、OFD 或电子票据 XML 再传"
_FOREIGN: Final = (
    (rb"MZ", "这是程序，不是材料"),
    (rb"\x7fELF", "这是程序，不是材料"),
    (rb"#!", "这是程序，不是材料"),
    (rb"GIF8", "GIF 图片收不了"),
    (rb"BM", "BMP 图片收不了"),
    (rb"II\*\x00|MM\x00\*", "TIFF 图片收不了"),
    (rb"RIFF....WEBP", "WebP 图片收不了"),
    (rb"....ftyp(?:heic|heix|hevc|mif1|msf1|avif)", "苹果手机的 HEIC 照片收不了"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "压缩包收不了，请解开再传"),
    (rb"\xd0\xcf\x11\xe0", "Office 文档收不了"),
    (rb"\{\\rtf", "文字文档收不了"),
)
_MARKUP = re.compile(rb"<(?:script|html|!doctype html|svg|iframe|body|\?php)[\s>/]", re.IGNORECASE)
_END_OF_ARCHIVE: Final = b"PK\x05\x06"
_ARCHIVE_TAIL: Final = 66_000
_HEAD: Final = 1024


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not taken in: a code for programs and a sentence without the file's name."""

    code: str
    message: str


def kind_of(content: bytes, filename: str) -> FileKind | Refusal:
    """Return the kind of a file by its first bytes, or why it cannot be a paper.

    A name that claims another kind is refused, and so is content that is two kinds at once: whoever opens
    it later must see what the clerk saw.
    """
    if not content.strip(b"\0 \t\r\n"):
        return Refusal("empty", "是空的，没有内容。请重新选择文件")
    if len(content) > MOST_BYTES:
        return Refusal("size", f"超过 {MOST_BYTES // (1024 * 1024)} 兆。请压小一些或分成几份再传")
    kind = _by_magic(content)
    if isinstance(kind, Refusal):
        return kind
    ending = _ending(filename)
    if ending and ending not in KINDS[kind].endings:
        known = next((facts.word for facts in KINDS.values() if ending in facts.endings), "")
        said = known or f"“.{ending}”文件"
        return Refusal("ending", f"名字写的是{said}，内容却是 {KINDS[kind].word}。请核对是不是传错了文件")
    return _two_at_once(content, kind) or kind


def _ending(filename: str) -> str:
    stem, dot, ending = filename.rpartition(".")
    return ending.strip().lower() if dot and stem and len(ending) <= 8 else ""


def _by_magic(content: bytes) -> FileKind | Refusal:
    if content.startswith(b"%PDF-"):
        return FileKind.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if content.startswith(b"PK\x03\x04"):
        if b"OFD.xml" in content:  # names stand in clear in an archive; the inspection looks inside
            return FileKind.OFD
        if any(folder in content for folder in (b"word/", b"xl/", b"ppt/")):
            return Refusal("kind", "Office 文档收不了。请另存为 PDF 再传")
        return Refusal("kind", "压缩包收不了。请解开，把里面的文件传上来")
    for magic, words in _FOREIGN:
        if re.match(magic, content, re.DOTALL):
            return Refusal("kind", f"{words}。{_ANOTHER}")
    head = content[:_HEAD]
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if b"<svg" in text:
        return Refusal("svg", "SVG 图片里能带程序，不收。请另存为 PNG 再传")
    if text.startswith((b"<!doctype html", b"<html", b"<script", b"<body", b"<head")):
        return Refusal("kind", f"这是网页，不是材料。{_ANOTHER}")
    if text.startswith(b"<"):
        return FileKind.XML
    if b"%PDF-" in head:
        return Refusal("broken", "前面多了别的内容，不是完整的 PDF。请重新扫描或导出再传")
    return Refusal("kind", f"不是材料文件。{_ANOTHER}")


def _two_at_once(content: bytes, kind: FileKind) -> Refusal | None:
    """Refuse a file that another program would take for something else (a polyglot)."""
    mixed = Refusal("mixed", "里面混了别的文件，打开它的软件不同，看到的就不同。请重新扫描或导出再传")
    if kind is FileKind.XML:
        return None
    if kind is FileKind.OFD:
        return mixed if b"%PDF-" in content[:_HEAD] else None
    if _END_OF_ARCHIVE in content[-_ARCHIVE_TAIL:]:
        return mixed
    if kind is FileKind.PDF:
        return mixed if _MARKUP.search(content[:_HEAD]) else None
    return mixed if b"%PDF-" in content[:_HEAD] or _MARKUP.search(content) else None
