"""Pictures of the pages of a PDF, for looking at; the original is never touched.

The renderer runs no script of the file and follows no link. It is not safe to be used by two threads at
once, so that one lock guards it.
"""

import threading
from io import BytesIO
from typing import Final

import pypdfium2

from insurer.kernel.errors import Invalid, NotFound

PDF: Final = "application/pdf"
WIDTH: Final = 1100
"""Width of a picture in dots: a page of A4 can be read at it and stays below 200 kB for a scan."""

MOST_HEIGHT: Final = 8_000
_LOCK = threading.Lock()


def page_picture(content: bytes, page: int) -> bytes:
    """Return one page (counted from 1) as PNG.

    :class:`NotFound` when the file has no such page, :class:`Invalid` when it cannot be opened.
    """
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise Invalid("这份 PDF 打不开，可能已损坏或设了密码。请重新扫描再传") from error
        try:
            if not 1 <= page <= len(document):
                raise NotFound(f"这份材料没有第 {page} 页")
            leaf = document[page - 1]
            width, height = leaf.get_size()
            scale = min(WIDTH / max(width, 1), MOST_HEIGHT / max(height, 1))
            picture = leaf.render(scale=scale).to_pil()
        finally:
            document.close()
    target = BytesIO()
    picture.convert("L" if picture.mode == "1" else "RGB").quantize(64).save(target, "PNG")
    return target.getvalue()
