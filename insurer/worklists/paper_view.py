"""One paper as it is looked at: which page, how large, which way up; the original is untouched by that."""

from collections.abc import Sequence
from typing import Final

from insurer.claims.operations.duplicates import paper_word
from insurer.claims.tables import Paper
from insurer.worklists.views import documents as views
from insurer.worklists.views import paths

ZOOMS: Final = (50, 75, 100, 125, 150, 200)
TURNS: Final = (0, 90, 180, 270)
_PDF: Final = "application/pdf"


def sheet_of(
    rows: Sequence[tuple[Paper, str]], place: int, base: str, page: str, zoom: str, turn: str
) -> views.Sheet:
    """Return the view of the paper at a place of the list; the address carries page, size and turn."""
    row, mime = rows[place - 1]
    size = int(zoom) if zoom.isdecimal() and int(zoom) in ZOOMS else 100
    angle = int(turn) if turn.isdecimal() and int(turn) in TURNS else 0
    kind = "image" if mime.startswith("image/") else ("pdf" if mime == _PDF else "")
    pages = max(1, row.pages) if kind == "pdf" else 1
    leaf = int(page) if page.isdecimal() and 1 <= int(page) <= pages else 1
    original = f"{base}/{row.id}" if row.sha256 else ""

    def href(paper: int = place, **view: int) -> str:
        return paths.with_query(base, paper=paper, **view)

    def seen(leaf: int = leaf, size: int = size, angle: int = angle) -> str:
        """Return the address of this paper in another view; plain values are left out."""
        view = {"page": leaf if leaf > 1 else 0, "zoom": size if size != 100 else 0, "turn": angle}
        return href(**{name: value for name, value in view.items() if value})

    links: list[tuple[str, str]] = []
    if kind:
        at = ZOOMS.index(size)
        links.append(("缩小", seen(size=ZOOMS[max(0, at - 1)])))
        links.append(("放大", seen(size=ZOOMS[min(len(ZOOMS) - 1, at + 1)])))
        links.append(("旋转", seen(angle=(angle + 90) % 360)))
    if leaf > 1:
        links.append(("上一页", seen(leaf=leaf - 1)))
    if leaf < pages:
        links.append(("下一页", seen(leaf=leaf + 1)))
    if place > 1:
        links.append(("上一份", href(place - 1)))
    if place < len(rows):
        links.append(("下一份", href(place + 1)))
    image = f"{original}/pages/{leaf}" if kind == "pdf" else (original if kind else "")
    return views.Sheet(
        title=paper_word(row.kind),
        number=place,
        page=leaf,
        pages=row.pages,
        image=image,
        original=original,
        zoom=size,
        turn=angle,
        links=tuple(links),
        kind=kind,
        filename=row.filename,
        sha256=row.sha256 or "",
        note=_note(kind, row),
    )


def _note(kind: str, row: Paper) -> str:
    if not row.sha256:
        return f"{paper_word(row.kind)}只登记了，还没有原件。"
    if kind:
        return ""
    if row.filename.lower().endswith(".ofd"):
        return "OFD 不能在这里显示，请下载原件用阅读软件看。"
    return "这是电子票据的数据文件，值列在下面。"
