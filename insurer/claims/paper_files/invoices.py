"""What an electronic invoice says: the fiscal medical one, the fully digital one, their OFD, their QR code.

Values are read to be compared with what was entered; they never replace it. The payer's name is returned for
one comparison and kept nowhere.
"""

import re
import zipfile
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from xml.parsers import expat

MOST_XML: Final = 8 * 1024 * 1024
MOST_ELEMENTS: Final = 100_000
MOST_NESTED: Final = 64
MOST_TEXT: Final = 400

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "bill_code": ("EInvoiceCode", "InvoiceCode", "票据代码", "发票代码"),
    "bill_no": ("EInvoiceNumber", "EIid", "InvoiceNumber", "InvoiceNo", "票据号码", "发票号码"),
    "check_code": ("RandomNumber", "InvoiceCheckCode", "CheckCode", "校验码", "发票校验码"),
    "total": (
        "TotalAmount",
        "TotalTax-includedAmount",
        "TaxInclusiveTotalAmount",
        "金额合计",
        "价税合计",
        "合计金额",
    ),
    "issued_on": ("IssueDate", "IssueTime", "RequestTime", "开票日期"),
    "hospital": ("InvoicingPartyName", "SellerName", "收款单位", "销售方名称"),
    "payer": ("PayerPartyName", "BuyerName", "交款人", "购买方名称"),
}
"""What is read, and the names it has in the forms of the two ministries, the best first."""

_PARTIES: Final = ("InvoicingParty", "PayerParty")
"""Elements in which code and name stand under plain names."""
_DAY = re.compile(r"(\d{4})[-/年.]?(\d{1,2})[-/月.]?(\d{1,2})")


class XmlRefused(Exception):
    """The text is no XML that may be read; the message says why, ``code`` for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotAnInvoice(Exception):
    """A sound XML in which no invoice number stands."""


class _Reader:
    """Gathers the first text of each element by its local name; definitions of any kind are refused."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self._text: list[str] = []
        self._attribute = ""
        self._count = 0

    def read(self, content: bytes) -> dict[str, str]:
        if len(content) > MOST_XML:
            raise XmlRefused("size", "电子票据大得不合常理，没有收下。请重新下载再传")
        parser = expat.ParserCreate()
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise XmlRefused("broken", "不是完整的 XML，可能没有传完。请重新下载再传") from error
        except (LookupError, UnicodeError) as error:
            raise XmlRefused("broken", "用了不认识的文字编码。请重新下载再传") from error
        return self.texts

    def _doctype(self, *_arguments: Any) -> None:
        raise XmlRefused("dtd", "里面带有外部定义，不能打开。请重新下载票据的原文件再传")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > MOST_NESTED:
            raise XmlRefused("bomb", "里面的部件多得不合常理，没有收下。请重新下载再传")
        local = name.rpartition(":")[2]
        if local.lower() in ("svg", "html", "script"):
            raise XmlRefused("kind", "里面带有网页或程序，不是电子票据。请传票据的原文件")
        self._open.append(local)
        self._text = []
        # <CustomData Name="发票号码">…, <MainExt><…>: the name stands in an attribute
        self._attribute = attributes.get("Name", "") if local == "CustomData" else ""

    def _characters(self, text: str) -> None:
        if sum(map(len, self._text)) < MOST_TEXT:
            self._text.append(text[:MOST_TEXT])

    def _end(self, _name: str) -> None:
        local = self._open.pop()
        text = "".join(self._text).strip()
        self._text = []
        if not text:
            return
        above = self._open[-1] if self._open else ""
        inside = above in _PARTIES and not local.startswith(above)
        key = self._attribute or (f"{above}{local}" if inside else local)
        self._attribute = ""
        self.texts.setdefault(key, text[:MOST_TEXT])


def invoice_of_xml(content: bytes) -> dict[str, str]:
    """Return the values of an invoice; :class:`XmlRefused` or :class:`NotAnInvoice`."""
    found = _values(_Reader().read(content))
    if not found.get("bill_no"):
        raise NotAnInvoice
    return found


def invoice_of_archive(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the values of an OFD invoice: of the attached XML, else of the document's own data; may be {}.

    Every XML of the archive is looked at, because one with a definition in it makes the whole file unsafe.
    """
    texts: dict[str, str] = {}
    for name in sorted(archive.namelist(), key=lambda one: (one != "OFD.xml", one)):
        if not name.lower().endswith(".xml"):
            continue
        content = archive.read(name)
        found: dict[str, str] = {}
        try:
            found = _Reader().read(content)
        except XmlRefused as refused:
            if refused.code == "dtd":
                raise
        if name == "OFD.xml" or "attach" in name.lower():
            texts |= found
    values = _values(texts)
    return values if values.get("bill_no") else {}


def _values(texts: dict[str, str]) -> dict[str, str]:
    found = {}
    for field, names in FIELDS.items():
        text = next((texts[name] for name in names if texts.get(name)), "")
        value = _tidy(field, text)
        if value:
            found[field] = value
    if len(found.get("bill_no", "")) == 20:
        found.pop("check_code", None)  # a fully digital invoice has no code of either kind
        found.pop("bill_code", None)
    return found


def _tidy(field: str, text: str) -> str:
    text = text.strip()
    if field == "total":
        return amount_text(text)
    if field == "issued_on":
        return _day(text)
    if field in ("bill_code", "bill_no", "check_code"):
        plain = "".join(text.split())
        return plain if re.fullmatch(r"[0-9A-Za-z]{4,40}", plain) else ""
    return text


def amount_text(text: str) -> str:
    """Return an amount with two decimals, empty when the text is none."""
    try:
        value = Decimal(text.replace(",", "").replace("￥", "").replace("¥", "").removesuffix("元"))
        return f"{value.quantize(Decimal('0.01')):f}" if value.is_finite() else ""
    except InvalidOperation:
        return ""


def _day(text: str) -> str:
    found = _DAY.match(text)
    with suppress(ValueError):
        if found:
            return date(*map(int, found.groups())).isoformat()
    return ""


_QUERY: Final = {
    "bill_code": ("billbatchcode", "ebillbatchcode", "einvoicecode", "code", "pjdm", "fpdm"),
    "bill_no": ("billno", "ebillno", "einvoicenumber", "number", "pjhm", "fphm"),
    "check_code": ("random", "checkcode", "randomnumber", "jym"),
    "total": ("totalamt", "amount", "totalamount", "je"),
    "issued_on": ("ivcdate", "issuedate", "date", "kprq"),
}
_SPLIT = re.compile(r"[,，;；|\s]+")


def invoice_of_code(text: str) -> dict[str, str]:
    """Read the text of an invoice's QR code, or what somebody typed from it; ``{}`` when no number is in it.

    Known forms: the values one after another (``01,01,32060126,0012345678,a1b2c3,1234.50,20260301``), with
    labels (``票据代码：32060126 票据号码：…``), and the address of a verification page with a query.
    """
    text = text.strip()[:2000]
    found: dict[str, str] = {}
    if "://" in text:
        query = {key.lower(): value for key, value in parse_qsl(urlsplit(text).query)}
        for field, names in _QUERY.items():
            value = next((query[name] for name in names if query.get(name)), "")
            if tidy := _tidy(field, value):
                found[field] = tidy
        return found if found.get("bill_no") else {}
    for field, names in FIELDS.items():
        for name in names:
            labelled = re.search(rf"{re.escape(name)}\s*[:：=]\s*((?:[^\s,，;；|]|,(?=\d{{3}}\b))+)", text)
            if labelled and (tidy := _tidy(field, labelled.group(1))) and field not in ("payer", "hospital"):
                found.setdefault(field, tidy)
    if found.get("bill_no"):
        return found
    return _in_order(_SPLIT.split(text))


def _in_order(parts: list[str]) -> dict[str, str]:
    """Tell values apart by their form: code 8 digits before number 10 digits, check code 6, amount, day."""
    found: dict[str, str] = {}
    for place, part in enumerate(parts):
        if re.fullmatch(r"\d{20}", part):
            found.setdefault("bill_no", part)
        elif re.fullmatch(r"\d{10}", part) and "bill_no" not in found:
            found["bill_no"] = part
            if place and re.fullmatch(r"\d{8}", parts[place - 1]):
                found["bill_code"] = parts[place - 1]
        elif "bill_no" in found:
            if re.fullmatch(r"\d+\.\d{1,2}", part):
                found.setdefault("total", amount_text(part))
            elif re.fullmatch(r"20\d{6}", part) or re.fullmatch(r"20\d\d-\d\d-\d\d", part):
                found.setdefault("issued_on", _day(part))
            elif re.fullmatch(r"[0-9A-Za-z]{6}", part):
                found.setdefault("check_code", part)
    return {key: value for key, value in found.items() if value} if found.get("bill_no") else {}
