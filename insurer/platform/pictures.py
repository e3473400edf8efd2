"""Pictures of the pages of a PDF, for looking at; the original is never touched.

The renderer runs no script of the file and follows no link, and it works in a confined child: a page that
breaks it breaks no request of anybody else.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from insurer.kernel.errors import Invalid, NotFound
from insurer.platform.confined import GaveUp, run_confined

PDF: Final = "application/pdf"
WIDTH: Final = 1100
"""Width of a picture in dots: a page of A4 can be read at it and stays below 200 kB for a scan."""

MOST_HEIGHT: Final = 8_000
SECONDS: Final = 20
MEGABYTES: Final = 1_500
_NO_SUCH_PAGE: Final = b"no such page"
_UNREADABLE: Final = b"unreadable"


def page_picture(content: bytes, page: int) -> bytes:
    """Return one page (counted from 1) as PNG.

    :class:`NotFound` when the file has no such page, :class:`Invalid` when it cannot be opened.
    """
    broken = "这份 PDF 打不开，可能已损坏或设了密码。请重新扫描再传"
    try:
        found = run_confined(
            "insurer.platform.pictures", content, seconds=SECONDS, megabytes=MEGABYTES, argument=str(page)
        )
    except GaveUp as stopped:
        raise Invalid(broken) from stopped
    if found == _NO_SUCH_PAGE:
        raise NotFound(f"这份材料没有第 {page} 页")
    if found == _UNREADABLE:
        raise Invalid(broken)
    return found


def answer(content: bytes, argument: str) -> Iterator[bytes]:
    """Draw a page; runs in the child only."""
    import pypdfium2

    page = int(argument)
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        yield _UNREADABLE
        return
    if not 1 <= page <= len(document):
        yield _NO_SUCH_PAGE
        return
    leaf = document[page - 1]
    width, height = leaf.get_size()
    scale = min(WIDTH / max(width, 1), MOST_HEIGHT / max(height, 1))
    picture = leaf.render(scale=scale).to_pil()
    target = BytesIO()
    picture.convert("L" if picture.mode == "1" else "RGB").quantize(64).save(target, "PNG")
    yield target.getvalue()
