"""Files as people hand them in, sound and hostile ones; every one is made here, none is kept in the tree."""

import zipfile
from io import BytesIO
from pathlib import Path

import pikepdf
from PIL import Image

EINVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<EInvoice xmlns="http://www.mof.gov.cn/"><Header><EInvoiceTag>CZ-EI-32</EInvoiceTag></Header>
<EInvoiceData><Main><EInvoiceName>江苏省医疗住院收费票据（电子）</EInvoiceName>
<EInvoiceCode>{code}</EInvoiceCode><EInvoiceNumber>{number}</EInvoiceNumber>
<RandomNumber>{check}</RandomNumber><TotalAmount>{total}</TotalAmount><IssueDate>20260301</IssueDate>
<InvoicingParty><InvoicingPartyCode>1232</InvoicingPartyCode><InvoicingPartyName>龙城中心医院</InvoicingPartyName></InvoicingParty>
<PayerParty><PayerPartyType>1</PayerPartyType><PayerPartyName>{payer}</PayerPartyName></PayerParty>
</Main></EInvoiceData></EInvoice>"""

DIGITAL = """<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>26322000000012345678</EIid></Header>
<EInvoiceData><SellerInformation><SellerName>龙城大药房</SellerName></SellerInformation>
<BuyerInformation><BuyerName>张桂芳</BuyerName></BuyerInformation>
<BasicInformation><TotalTax-includedAmount>1000.00</TotalTax-includedAmount></BasicInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>26322000000012345678</InvoiceNumber>
<IssueTime>2026-03-01 10:00:00</IssueTime></TaxSupervisionInfo></EInvoice>"""


def einvoice(
    *,
    code: str = "32060126",
    number: str = "0012345678",
    check: str = "a1b2c3",
    total: str = "1000.00",
    payer: str = "张桂芳",
) -> bytes:
    """Return a fiscal medical invoice as XML."""
    return EINVOICE.format(code=code, number=number, check=check, total=total, payer=payer).encode()


def pdf(pages: int = 1, *, mark: str = "") -> bytes:
    """Return a plain PDF; ``mark`` makes its bytes differ from another's."""
    book = pikepdf.new()
    for _ in range(pages):
        book.add_blank_page(page_size=(595, 842))
    if mark:
        book.docinfo["/Title"] = mark
    return _saved(book)


def locked_pdf(*, user: str = "", owner: str = "owner") -> bytes:
    """Return an encrypted PDF."""
    book = pikepdf.new()
    book.add_blank_page()
    return _saved(book, encryption=pikepdf.Encryption(user=user, owner=owner))


def active_pdf(action: str) -> bytes:
    """Return a PDF that wants more than to be shown."""
    book = pikepdf.new()
    page = book.add_blank_page()
    name, dictionary, array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array
    script = dictionary(S=name.JavaScript, JS="app.alert(1)")
    match action:
        case "open_script":
            book.Root.OpenAction = script
        case "named_script":
            book.Root.Names = dictionary(JavaScript=dictionary(Names=array(["a", script])))
        case "hidden_script":  # inside an object stream, behind two references
            outer = book.make_indirect(dictionary(Next=book.make_indirect(script), S=name.GoTo))
            page.AA = dictionary(O=outer)
        case "launch":
            link = dictionary(
                Type=name.Annot,
                Subtype=name.Link,
                Rect=[0, 0, 9, 9],
                A=dictionary(S=name.Launch, F="calc.exe"),
            )
            page.Annots = array([book.make_indirect(link)])
        case "attachment":
            book.attachments["付款.exe"] = b"MZ"
        case "form":
            book.Root.AcroForm = dictionary(XFA="<xdp/>", Fields=array([]))
        case "submit":
            page.AA = dictionary(C=dictionary(S=name.SubmitForm, F="https://elsewhere.invalid/"))
        case "media":
            page.Annots = array([book.make_indirect(dictionary(Subtype=name.RichMedia, Rect=[0, 0, 9, 9]))])
        case _:
            raise LookupError(action)
    return _saved(book, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _saved(book: pikepdf.Pdf, **how: object) -> bytes:
    target = BytesIO()
    book.save(target, deterministic_id="encryption" not in how, **how)
    return target.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 80), shade: int = 200, mode: str = "L") -> bytes:
    """Return a picture of one shade."""
    target = BytesIO()
    Image.new(mode, size, shade).save(target, kind)
    return target.getvalue()


def ofd(invoice: bytes | None = None, extra: dict[str, bytes] | None = None) -> bytes:
    """Return an OFD with one page; the invoice lies in it as an attachment."""
    target = BytesIO()
    members = {
        "OFD.xml": b'<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody/></ofd:OFD>',
        "Doc_0/Document.xml": b"<Document/>",
        "Doc_0/Pages/Page_0/Content.xml": b"<Page/>",
        **({"Doc_0/Attachs/original_invoice.xml": invoice} if invoice else {}),
        **(extra or {}),
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Write a file for a browser to choose."""
    path = folder / name
    path.write_bytes(content)
    return path
