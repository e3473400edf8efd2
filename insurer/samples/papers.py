"""The scans that come with an invented claim: readable Chinese pages as PDF, photographs as PNG.

Pages are drawn as black-and-white bitmaps, as a counter's scanner makes them, so that they look the same in
every viewer. Glyphs are drawn once a process and pasted, which makes a paper a matter of few milliseconds.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from insurer.kernel.errors import Unavailable
from insurer.platform.fonts import find_font
from insurer.samples.bills import Document
from insurer.samples.evidence import LINES_A_PAGE, TITLES

_PAGE = (1240, 1754)  # A4 at 150 dots an inch
_CARD = (720, 450)
_POINTS = (595, 842)
_MARGIN = 90
_LEADING = 44
_TEXT, _HEADING = 26, 40
_FONTS = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf")
_FACE = "SC"

Row = Sequence[tuple[int, str]]
"""Texts of one line, each with its distance from the left margin in dots; none: a ruled line."""

_SHEET_ROWS = (
    ("医疗费总额", ("medfee_sumamt",)),
    ("　符合政策范围金额", ("inscp_scp_amt", "inscp_amt")),
    ("　先行自付金额", ("preselfpay_amt",)),
    ("　超限价自费费用", ("overlmt_selfpay",)),
    ("　全自费金额", ("fulamt_ownpay_amt",)),
    ("基金支付总额", ("fund_pay_sumamt",)),
    ("　基本医疗保险统筹基金支出", ("hifp_pay",)),
    ("　居民大病保险资金支出", ("hifmi_pay",)),
    ("　职工大额医疗费用补助支出", ("hifob_pay",)),
    ("　医疗救助基金支出", ("maf_pay",)),
    ("医院负担金额", ("hosp_part_amt", "ownpay_hosp_part")),
    ("个人负担总金额", ("psn_part_amt", "psn_pay")),
)
_PAYERS = {"inclusive": "惠民保", "charity": "慈善大病补充保险", "private": "商业保险"}


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = find_font(*_FONTS)
    if path is None:
        raise Unavailable(f"没有找到字体 {_FONTS[0]}，请安装软件包 fonts-noto-cjk 后再试")
    if path.suffix != ".ttc":
        return ImageFont.truetype(str(path), size)
    # A collection holds one face a region; the mainland's forms of the characters are wanted.
    for index in range(8):
        try:
            font = ImageFont.truetype(str(path), size, index=index)
        except OSError:
            break
        if str(font.getname()[0]).endswith(_FACE):
            return font
    return ImageFont.truetype(str(path), size)


@cache
def _glyph(char: str, size: int) -> tuple[Image.Image, int]:
    """Return a character as a one-bit mask and its width in dots."""
    font = _font(size)
    width = max(1, round(font.getlength(char)))
    mask = Image.new("1", (width, size + size // 2), 0)
    ImageDraw.Draw(mask).text((0, 0), char, font=font, fill=1)
    return mask, width


def _write(page: Image.Image, left: int, top: int, text: str, size: int = _TEXT) -> None:
    for char in text:
        mask, width = _glyph(char, size)
        if char != " ":
            page.paste(0, (left, top), mask)
        left += width


def _draw(size: tuple[int, int], title: str, rows: Iterable[Row], margin: int = _MARGIN) -> Image.Image:
    page = Image.new("1", size, 1)
    _write(page, margin, margin // 2, title, _HEADING)
    top = margin // 2 + 2 * _HEADING
    for row in rows:
        if not row:
            page.paste(0, (margin, top + _LEADING // 2, size[0] - margin, top + _LEADING // 2 + 2))
        for left, text in row:
            _write(page, margin + left, top, text)
        top += _LEADING
    return page


def paper_bytes(document: Document, paper: Mapping[str, Any]) -> bytes:
    """Return the file of one entry of a document's ``evidence``: PNG or PDF as its file name says.

    The same entry gives the same bytes. Raises :class:`Unavailable` when no Chinese font is installed.
    """
    kind = str(paper["kind"])
    title = TITLES.get(kind, "其他材料")
    if str(paper["filename"]).endswith(".png"):
        return _png(_draw(_CARD, title, _card_rows(kind, document), margin=50))
    if kind == "fee_list":
        pages = [
            _draw(_PAGE, f"{title}（第{number}页）", rows)
            for number, rows in enumerate(_fee_list_pages(document), start=1)
        ]
    else:
        pages = [_draw(_PAGE, title, _rows(kind, document))]
    return _pdf(pages)


def _amount(head: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((str(head[name]) for name in names if head.get(name) is not None), "0.00")


def _visit_rows(document: Document) -> list[Row]:
    head = document["setlinfo"]
    return [
        [(0, f"姓名：{head['psn_name']}"), (420, f"性别：{'男' if head['gend'] == '1' else '女'}")],
        [(0, f"医疗机构：{head['fixmedins_name']}")],
        [(0, f"起止日期：{head['begndate']} 至 {head['enddate']}")],
        [(0, f"结算编号：{head['setl_id']}")],
        [],
    ]


def _rows(kind: str, document: Document) -> list[Row]:
    head, invoice = document["setlinfo"], document["invoice"]
    rows = _visit_rows(document)
    if kind == "settlement_sheet":
        rows += [[(0, label), (640, _amount(head, names))] for label, names in _SHEET_ROWS]
    elif kind == "invoice":
        rows += [
            [(0, invoice["name"])],
            [(0, f"票据代码：{invoice['bill_code']}"), (420, f"票据号码：{invoice['bill_no']}")],
            [(0, f"校验码：{invoice['check_code']}"), (420, f"开票日期：{invoice['issue_date']}")],
            [],
            [(0, "金额合计（元）"), (420, str(invoice["amount"]))],
            [(0, "其中个人负担（元）"), (420, _amount(head, ("psn_part_amt", "psn_pay")))],
        ]
    elif kind.endswith("_decision"):
        payer = kind.removesuffix("_decision")
        for later in document["later_payers"]:
            if later["payer"] == payer:
                rows += [
                    [(0, f"赔付方：{_PAYERS[payer]}"), (520, f"文书编号：{later['document_no']}")],
                    [(0, f"支付日期：{later['paid_on']}")],
                ]
                for label, name in (
                    ("目录内赔付（元）", "in_catalogue"),
                    ("目录外赔付（元）", "outside_catalogue"),
                    ("赔付合计（元，未分项）", "unsplit"),
                ):
                    if name in later:
                        rows.append([(0, label), (520, later[name])])
    else:
        rows += [
            [(0, f"诊断：{head['dise_name']}（{head['dise_codg']}）")],
            [(0, _SENTENCES.get(kind, "本件为随申请提交的材料。"))],
            [],
            [(0, f"日期：{head['enddate']}")],
        ]
    return [*rows, [], [(0, "样例材料，人物、机构和号码均为虚构。")]]


_SENTENCES = {
    "application": "本人申请大病补充保险赔付，所附材料属实。",
    "discharge_record": "患者病情好转，准予出院，按时服药，门诊随访。",
    "prescription": "处方药品见费用明细清单，医师已签名。",
    "dual_channel_form": "经责任医师评估，同意在双通道药店购药。",
    "referral_record": "因病情需要，同意转往上述医疗机构诊治。",
    "accident_statement": "受伤经过：在家中不慎摔倒，无第三方责任。",
}


def _card_rows(kind: str, document: Document) -> list[Row]:
    head = document["setlinfo"]
    if kind == "identity":
        rows: list[Row] = [
            [(0, f"姓名　{head['psn_name']}")],
            [(0, f"出生　{head['brdy']}")],
            [(0, f"公民身份号码　{head['certno']}")],
        ]
    else:
        rows = [[(0, "持卡人为户主，卡号以名单为准")]]
    return [*rows, [], [(0, "样例材料，人物和号码均为虚构。")]]


def _fee_list_pages(document: Document) -> Iterable[list[Row]]:
    lines = document["feedetail"]
    for start in range(0, len(lines), LINES_A_PAGE):
        rows = _visit_rows(document)
        rows.append([(0, "项目"), (560, "数量"), (680, "金额"), (860, "全自费")])
        rows += [
            [
                (0, line["medins_list_name"][:20]),
                (560, line["cnt"]),
                (680, str(line["det_item_fee_sumamt"])),
                (860, str(line["fulamt_ownpay_amt"])),
            ]
            for line in lines[start : start + LINES_A_PAGE]
        ]
        yield rows


def _png(page: Image.Image) -> bytes:
    out = BytesIO()
    page.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _pdf(pages: Sequence[Image.Image]) -> bytes:
    """Wrap one-bit pages in a minimal PDF (ISO 32000-1): catalogue, page tree, an image a page."""
    kids = " ".join(f"{3 + 3 * index} 0 R" for index in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
    ]
    width, height = _POINTS
    for index, page in enumerate(pages):
        first = 3 + 3 * index
        content = f"q {width} 0 0 {height} 0 0 cm /Scan Do Q".encode()
        bitmap = zlib.compress(page.tobytes(), 1)
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents {first + 1} 0 R"
            f"/Resources<</XObject<</Scan {first + 2} 0 R>>>>>>".encode(),
            b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
            b"/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream"
            % (page.width, page.height, len(bitmap), bitmap),
        ]
    out = BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return out.getvalue()
