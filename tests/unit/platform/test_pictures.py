from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from insurer.kernel.errors import Invalid, NotFound
from insurer.platform.pictures import WIDTH, page_picture
from insurer.samples.papers import paper_bytes
from insurer.samples.settlements import iter_settlements


def _sheet() -> bytes:
    document = next(iter(iter_settlements(1)))
    paper = next(paper for paper in document["evidence"] if paper["kind"] == "settlement_sheet")
    return paper_bytes(document, paper)


def test_a_page_becomes_a_picture_that_shows_something() -> None:
    picture = Image.open(BytesIO(page_picture(_sheet(), 1)))
    assert abs(picture.width - WIDTH) <= 1
    low, high = picture.convert("L").getextrema()
    assert (low, high)[0] < 60 < 200 < (low, high)[1]


def test_a_page_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="第 2 页"):
        page_picture(_sheet(), 2)


@pytest.mark.parametrize("content", [b"%PDF-1.7 broken", b"", b"\x89PNG"])
def test_what_is_no_pdf_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid, match="打不开"):
        page_picture(content, 1)


def test_a_locked_pdf_is_refused_and_a_script_is_not_run() -> None:
    pdf = pikepdf.open(BytesIO(_sheet()))
    target = BytesIO()
    pdf.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(Invalid, match="密码"):
        page_picture(target.getvalue(), 1)
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    scripted = BytesIO()
    pdf.save(scripted)
    assert page_picture(scripted.getvalue(), 1).startswith(b"\x89PNG")


def test_a_page_of_absurd_height_stays_within_bounds() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(10, 14_000))
    target = BytesIO()
    pdf.save(target)
    picture = Image.open(BytesIO(page_picture(target.getvalue(), 1)))
    assert picture.height <= 8_001
