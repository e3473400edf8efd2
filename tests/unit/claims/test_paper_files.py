"""What may be kept as a paper: sound files with what is known of them, hostile ones refused with a reason."""

import struct
import zlib

import pytest

from insurer.claims.paper_files import admitting
from insurer.claims.paper_files.admitting import AdmittedFile, PaperFile, admitted, look_into
from insurer.claims.paper_files.invoices import invoice_of_code
from insurer.claims.paper_files.kinds import Refusal
from insurer.kernel.errors import Invalid
from tests.factories.paper_files import DIGITAL, active_pdf, einvoice, locked_pdf, ofd, pdf, picture


def _look(content: bytes, filename: str = "") -> AdmittedFile | Refusal:
    return look_into([PaperFile("invoice", filename, content)])[0]


def _kept(content: bytes, filename: str = "") -> AdmittedFile:
    found = _look(content, filename)
    assert isinstance(found, AdmittedFile), found
    return found


def _refused(content: bytes, filename: str = "") -> Refusal:
    found = _look(content, filename)
    assert isinstance(found, Refusal), found
    return found


def test_sound_files_are_kept_with_their_kind_and_pages() -> None:
    files = [
        PaperFile("fee_list", "明细.PDF", pdf(6), pages=1),
        PaperFile("identity", "正面.jpg", picture("JPEG"), pages=2),
        PaperFile("identity", "背面.png", picture("PNG")),
        PaperFile("invoice", "票据.xml", einvoice()),
        PaperFile("invoice", "票据.ofd", ofd(einvoice(number="0012345679"))),
    ]
    found = admitted(files)
    assert [one.mime for one in found] == [
        "application/pdf",
        "image/jpeg",
        "image/png",
        "application/xml",
        "application/ofd",
    ]
    assert [one.pages for one in found] == [6, 2, 1, 1, 1]
    assert [one.invoice.get("bill_no") for one in found] == [None, None, None, "0012345678", "0012345679"]


def _png_of(width: int, height: int) -> bytes:
    """Return a PNG that says it is large and holds almost nothing."""

    def chunk(tag: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


BILLION = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<EInvoice><EInvoiceNumber>&b;</EInvoiceNumber></EInvoice>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<EInvoice><EInvoiceNumber>&f;</EInvoiceNumber></EInvoice>"""

HOSTILE = {
    "locked": ("a.pdf", locked_pdf(user="geheim"), "password", "打开密码"),
    "restricted": ("a.pdf", locked_pdf(), "password", "限制打印"),
    "script on opening": ("a.pdf", active_pdf("open_script"), "active", "脚本"),
    "named script": ("a.pdf", active_pdf("named_script"), "active", "脚本"),
    "script behind references": ("a.pdf", active_pdf("hidden_script"), "active", "脚本"),
    "launch": ("a.pdf", active_pdf("launch"), "active", "别的程序"),
    "attachment": ("a.pdf", active_pdf("attachment"), "active", "夹带"),
    "dynamic form": ("a.pdf", active_pdf("form"), "active", "动态表单"),
    "sends data": ("a.pdf", active_pdf("submit"), "active", "发送"),
    "media": ("a.pdf", active_pdf("media"), "active", "音像"),
    "cut off": ("a.pdf", pdf(3)[:-400], "broken", "打不开"),
    "nothing but a head": ("a.pdf", b"%PDF-1.7\n", "broken", "打不开"),
    "something before the head": ("a.pdf", b"GIF? %PDF-1.4 " + pdf(), "broken", "前面多了"),
    "pdf that is an archive": ("a.pdf", pdf() + ofd(), "mixed", "混了别的文件"),
    "picture that is an archive": ("a.png", picture() + ofd(), "mixed", "混了别的文件"),
    "picture that is a page": ("a.png", picture() + b"<html><body>", "mixed", "混了别的文件"),
    "picture with a script": (
        "a.jpg",
        picture("JPEG") + b"<script>alert(1)</script>",
        "mixed",
        "混了别的文件",
    ),
    "cut off picture": ("a.jpg", picture("JPEG", (900, 900))[:600], "broken", "不完整"),
    "huge picture": ("a.png", _png_of(90_000, 90_000), "pixels", "图太大"),
    "long picture": ("a.png", _png_of(30_000, 10), "pixels", "图太大"),
    "lying picture": ("a.png", _png_of(2_000, 2_000), "broken", "不完整"),
    "vector picture": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "svg", "SVG"),
    "vector picture as png": ("a.png", b'<?xml version="1.0"?><svg></svg>', "svg", "SVG"),
    "web page": ("a.pdf", b"<!DOCTYPE html><script>1</script>", "kind", "网页"),
    "program": ("a.pdf", b"MZ" + b"\0" * 200, "kind", "程序"),
    "old document": ("a.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 200, "kind", "Office"),
    "telephone photo": ("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 50, "kind", "HEIC"),
    "png named jpg": ("a.jpg", picture(), "ending", "名字写的是JPEG 图片，内容却是 PNG 图片"),
    "pdf named exe": ("a.exe", pdf(), "ending", "内容却是 PDF"),
    "ofd named zip": ("a.zip", ofd(), "ending", "内容却是 OFD"),
    "other archive": ("a.zip", ofd().replace(b"OFD.xml", b"OXX.xml"), "kind", "压缩包"),
    "document": ("a.docx", ofd(extra={"word/a.xml": b"x"}).replace(b"OFD.xml", b"OXX.xml"), "kind", "Office"),
    "document as invoice": ("a.ofd", ofd(extra={"word/a.xml": b"x"}), "kind", "Office"),
    "bomb": (
        "a.ofd",
        ofd(extra={"Doc_0/x.xml": b"<a>" + b" " * 90_000_000}),
        "bomb",
        "大得不合常理",
    ),
    "member elsewhere": ("a.ofd", ofd(extra={"../x.xml": b"<a/>"}), "active", "别的地方"),
    "definition in an archive": ("a.ofd", ofd(OUTSIDE), "dtd", "外部定义"),
    "entities": ("a.xml", BILLION, "dtd", "外部定义"),
    "outside entity": ("a.xml", OUTSIDE, "dtd", "外部定义"),
    "outside entity in wide letters": ("a.xml", OUTSIDE.decode().encode("utf-16"), "dtd", "外部定义"),
    "cut off xml": ("a.xml", einvoice()[:-30], "broken", "不是完整的 XML"),
    "other xml": ("a.xml", b"<?xml version='1.0'?><a><b>1</b></a>", "kind", "不是电子票据"),
    "page in xml": ("a.xml", b"<a><script>1</script></a>", "kind", "网页或程序"),
    "empty": ("a.pdf", b"\0\0\n", "empty", "没有内容"),
    "text": ("a.txt", "你好".encode(), "kind", "不是材料"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(name: str) -> None:
    filename, content, code, words = HOSTILE[name]
    found = _refused(content, filename)
    assert (found.code, words in found.message) == (code, True), found


def test_one_bad_file_is_named_and_the_others_are_counted() -> None:
    files = [PaperFile("invoice", f"{place}.pdf", pdf(mark=str(place))) for place in range(4)]
    with pytest.raises(Invalid) as refused:
        admitted([*files, PaperFile("fee_list", "明细.pdf", locked_pdf(user="x"))])
    assert refused.value.message == "5 份里有 1 份没收下"
    assert [one.message for one in refused.value.problems] == ["“明细.pdf”设了打开密码。请去掉密码再传"]


def test_a_parser_that_ends_takes_only_its_own_file_along(monkeypatch: pytest.MonkeyPatch) -> None:
    big = picture("PNG", (5_000, 6_000), mode="RGB")
    monkeypatch.setattr(admitting, "MEGABYTES", 130)  # enough for a page, not for this picture
    files = [PaperFile("a", "1.png", picture()), PaperFile("b", "2.png", big), PaperFile("c", "3.pdf", pdf())]
    found = look_into(files)
    assert [getattr(one, "code", "kept") for one in found] == ["kept", "wild", "kept"]


def test_a_fully_digital_invoice_has_one_number_of_twenty_digits() -> None:
    found = _kept(DIGITAL.encode(), "发票.xml").invoice
    assert found["bill_no"] == "26322000000012345678"
    assert "check_code" not in found
    assert (found["total"], found["issued_on"], found["hospital"]) == ("1000.00", "2026-03-01", "龙城大药房")


def test_a_fiscal_invoice_gives_every_value_that_is_compared() -> None:
    assert _kept(einvoice(), "票据.xml").invoice == {
        "bill_code": "32060126",
        "bill_no": "0012345678",
        "check_code": "a1b2c3",
        "total": "1000.00",
        "issued_on": "2026-03-01",
        "hospital": "龙城中心医院",
        "payer": "张桂芳",
    }


@pytest.mark.parametrize(
    "text",
    [
        "01,01,32060126,0012345678,a1b2c3,1000.00,20260301",
        "01,32060126,0012345678,1000.00,20260301,a1b2c3,",
        "票据代码：32060126 票据号码：0012345678 校验码：a1b2c3 合计金额：1,000.00 开票日期：2026年03月01日",
        "https://pj.invalid/v?billBatchCode=32060126&billNo=0012345678&random=a1b2c3&totalAmt=1000&ivcDate=20260301",
    ],
)
def test_the_text_of_an_invoices_code_is_read_in_every_known_form(text: str) -> None:
    assert invoice_of_code(text) == {
        "bill_code": "32060126",
        "bill_no": "0012345678",
        "check_code": "a1b2c3",
        "total": "1000.00",
        "issued_on": "2026-03-01",
    }


@pytest.mark.parametrize("text", ["", "你好", "https://pj.invalid/v", "12,34", "32060126"])
def test_a_text_without_an_invoice_number_gives_nothing(text: str) -> None:
    assert invoice_of_code(text) == {}
