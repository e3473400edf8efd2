"""Looking into a file with real parsers. Runs in a confined child only (``insurer.platform.confined``).

Nothing is repaired and nothing is changed: a file is taken as it is or refused with a reason.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from insurer.claims.paper_files.invoices import NotAnInvoice, XmlRefused, invoice_of_archive, invoice_of_xml
from insurer.claims.paper_files.kinds import KINDS, FileKind, Refusal

MOST_PIXELS: Final = 64_000_000
"""Dots of one picture: a good telephone takes fifty million; the viewer needs four bytes for each."""
MOST_SIDE: Final = 20_000
MOST_PAGES: Final = 1_000
MOST_OBJECTS: Final = 300_000
MOST_DEPTH: Final = 60
MOST_MEMBERS: Final = 2_000
MOST_UNPACKED: Final = 200 * 1024 * 1024
MOST_RATIO: Final = 200
RATIO_FREE: Final = 1024 * 1024
_CHUNK: Final = 256 * 1024

_DEMANDS: Final[dict[str, str]] = {
    "/JavaScript": "里面带有程序（脚本）",
    "/JS": "里面带有程序（脚本）",
    "/Launch": "里面带有打开别的程序的命令",
    "/ImportData": "里面带有取外部数据的命令",
    "/SubmitForm": "里面带有向外发送数据的命令",
    "/GoToR": "里面带有打开别的文件的命令",
    "/GoToE": "里面带有打开别的文件的命令",
    "/Rendition": "里面带有音像",
    "/Movie": "里面带有音像",
    "/RichMedia": "里面带有音像",
    "/RichMediaExecute": "里面带有音像",
    "/XFA": "里面带有动态表单",
    "/EmbeddedFiles": "里面夹带了别的文件",
    "/EF": "里面夹带了别的文件",
    "/FileAttachment": "里面夹带了别的文件",
}
"""Names in a PDF that make it more than a picture of paper, with what they mean."""
_AGAIN: Final = "请在看图软件里“打印为 PDF”，把新文件传上来"

Result = dict[str, Any]


def answer(content: bytes, argument: str) -> Iterator[bytes]:
    """Inspect files one after another: ``argument`` lists kind and length of each, answers are JSON lines."""
    at = 0
    for part in filter(None, argument.split(",")):
        kind, _, length = part.partition(":")
        piece = content[at : at + int(length)]
        at += int(length)
        yield json.dumps(inspect(piece, FileKind(kind)), ensure_ascii=True).encode() + b"\n"


def inspect(content: bytes, kind: FileKind) -> Result:
    """Return what is known of a file: kind, pages and what an electronic invoice says; or the refusal."""
    found = {
        FileKind.PDF: _pdf,
        FileKind.PNG: _picture,
        FileKind.JPEG: _picture,
        FileKind.OFD: _archive,
        FileKind.XML: _xml,
    }[kind](content)
    if isinstance(found, Refusal):
        return {"refused": found.code, "message": found.message}
    return {"mime": KINDS[kind].mime, "pages": 1, **found}


def _pdf(content: bytes) -> Result | Refusal:
    import pikepdf

    broken = Refusal("broken", "打不开，可能没有传完或已损坏。请重新扫描或导出再传")
    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return Refusal("password", f"加了限制打印或复制的密码。{_AGAIN}")
            pages = len(pdf.pages)
            if not 1 <= pages <= MOST_PAGES:
                return broken if pages < 1 else Refusal("pages", f"有 {pages} 页。请分成几份再传")
            demand = _demand(pdf)
    except pikepdf.PasswordError:
        return Refusal("password", "设了打开密码。请去掉密码再传")
    except (pikepdf.PdfError, ValueError, RuntimeError, KeyError, TypeError):
        return broken
    return Refusal("active", f"{demand}，不能收。{_AGAIN}") if demand else {"pages": pages}


def _demand(pdf: Any) -> str:
    """Return what the file wants beyond being shown; empty when nothing."""
    for count, thing in enumerate(pdf.objects):
        if count > MOST_OBJECTS:
            return "里面的部件多得不合常理"
        found = _demand_in(thing, 0)
        if found:
            return found
    return _demand_in(pdf.trailer.get("/Root"), 0)


def _demand_in(thing: Any, depth: int) -> str:
    """Look through one object and what stands directly in it; other objects are looked at by themselves."""
    import pikepdf

    if depth > MOST_DEPTH:
        return "里面的部件套得不合常理"
    if isinstance(thing, pikepdf.Array):
        inner = [one for one in thing if not _elsewhere(one)]
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in ("/S", "/Subtype", "/Type"):
            said = thing.get(key)
            if isinstance(said, pikepdf.Name) and str(said) in _DEMANDS:
                return _DEMANDS[str(said)]
        for key in thing.keys():  # noqa: SIM118 - a stream is no mapping
            if key in _DEMANDS:
                return _DEMANDS[key]
        inner = [value for key in thing.keys() if not _elsewhere(value := thing[key])]  # noqa: SIM118
    else:
        return ""
    return next((found for one in inner if (found := _demand_in(one, depth + 1))), "")


def _elsewhere(thing: Any) -> bool:
    return bool(getattr(thing, "is_indirect", False))


def _picture(content: bytes) -> Result | Refusal:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is unpacked
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
                return Refusal("pixels", f"图太大，有 {width}×{height} 点。请缩小到一半再传")
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, zlib.error):
        return Refusal("broken", "图片不完整，打不开。请重新拍照或扫描再传")
    return {"width": width, "height": height}


def _xml(content: bytes) -> Result | Refusal:
    try:
        return {"invoice": invoice_of_xml(content)}
    except XmlRefused as refused:
        return Refusal(refused.code, str(refused))
    except NotAnInvoice:
        return Refusal("kind", "不是电子票据，里面没有票据号码。请传票据的原文件")


def _archive(content: bytes) -> Result | Refusal:
    broken = Refusal("broken", "打不开，可能没有传完或已损坏。请重新下载再传")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            refused = _refused_archive(archive)
            if refused is not None:
                return refused
            invoice = invoice_of_archive(archive)
            pages = sum(
                name.rsplit("/", 1)[-1].lower() == "content.xml" and "/pages/" in name.lower()
                for name in archive.namelist()
            )
    except XmlRefused as xml:
        return Refusal(xml.code, str(xml))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError):
        return broken
    return {"pages": max(1, min(pages, MOST_PAGES)), "invoice": invoice}


def _refused_archive(archive: zipfile.ZipFile) -> Refusal | None:
    members = archive.infolist()
    names = {member.filename for member in members}
    if any(name.startswith(("word/", "xl/", "ppt/")) for name in names):
        return Refusal("kind", "Office 文档收不了。请另存为 PDF 再传")
    if "OFD.xml" not in names:
        return Refusal("kind", "压缩包收不了。请解开，把里面的文件传上来")
    if any(member.flag_bits & 0x1 for member in members):
        return Refusal("password", "设了打开密码。请去掉密码再传")
    if len(members) > MOST_MEMBERS or len(names) != len(members):
        return Refusal("bomb", "里面的部件多得不合常理，没有收下。请重新下载再传")
    if any(name.startswith(("/", "\\")) or ".." in name.split("/") or ":" in name for name in names):
        return Refusal("active", "里面的部件想写到别的地方去，不能收。请重新下载再传")
    unpacked = 0
    for member in members:
        size = 0
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                swollen = size > RATIO_FREE and size > MOST_RATIO * max(member.compress_size, 1)
                if swollen or unpacked + size > MOST_UNPACKED:
                    return Refusal("bomb", "解开后大得不合常理，没有收下。请重新下载再传")
        unpacked += size
    return None
