"""Tables without cell types: delimited text in the encodings offices use, and web pages saved as .xls."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Final

from insurer.kernel.errors import Invalid, Problem, TooLarge
from insurer.people.reading.columns import Merge
from insurer.people.reading.gate import DEFAULT_LIMITS, Limits, formula_refusal
from insurer.people.reading.messages import column_letters
from insurer.people.reading.received import Received

_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_FORMULA_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_PIECE: Final = 1024 * 1024
_MAX_SPAN: Final = 500
_MAX_CELLS: Final = 12_000_000


def encoding_of(received: Received, filename: str, *, declared: bool = False) -> tuple[str, str]:
    """Return the codec and the name of the encoding: ``utf-8``, ``gb18030`` or ``utf-16``.

    A byte order mark decides; then many zero bytes mean UTF-16; then UTF-8 if every byte fits, else GB18030
    (which contains GBK and GB2312). ``declared`` lets a page's own charset go before the guess. Raises
    :class:`Invalid` when nothing fits.
    """
    candidates: list[str] = []
    content = received.head(4096)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif content[:400].count(0) > len(content[:400]) // 5:
        candidates = ["utf-16-le" if content[1:400:2].count(0) >= content[0:400:2].count(0) else "utf-16-be"]
    else:
        found = _DECLARED.search(content) if declared else None
        if found and found.group(1).lower().startswith(b"gb"):
            candidates = ["gb18030", "utf-8-sig"]
        else:
            candidates = ["utf-8-sig", "gb18030"]
    for codec in candidates:
        if _fits(received, codec):
            return codec, {"utf-8-sig": "utf-8"}.get(codec, codec[:7].rstrip("-"))
    message = "文字编码认不出来。请发送单位另存为 xlsx 后重发。"
    raise Invalid(f"“{filename}”没有收下：{message}", (Problem("file", message, filename, "encoding"),))


def _fits(received: Received, codec: str) -> bool:
    """Tell whether a text is whole in an encoding; a piece at a time, for it may be large."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for piece in _pieces(received):
            decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _pieces(received: Received) -> Iterator[bytes]:
    with received.stream() as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _has(received: Received, words: bytes) -> bool:
    """Tell whether some words stand anywhere in a file."""
    tail = b""
    for piece in _pieces(received):
        if words in tail + piece:
            return True
        tail = piece[-len(words) :]
    return False


def decode(received: Received, filename: str, *, declared: bool = False) -> tuple[str, str]:
    """Return the text and the name of its encoding; raises as :func:`encoding_of`."""
    codec, name = encoding_of(received, filename, declared=declared)
    return received.whole().decode(codec), name


def read_delimited(
    received: Received, codec: str, filename: str, limits: Limits = DEFAULT_LIMITS
) -> Iterator[list[object]]:
    """Read delimited text row by row, never held whole; the separator is the commonest in the first lines.

    Raises :class:`Invalid` where a quotation mark stands alone, :class:`TooLarge` for a flood of empty rows.
    """
    with _text(received, codec) as stream:
        start = stream.read(20_000).lstrip("\ufeff")
    delimiter = max(",\t;|", key=start.count)
    wrapped = codec.startswith("utf-16") or _has(received, b'="')
    empty = count = 0
    try:
        with _text(received, codec) as stream:
            for record in csv.reader(_without_marks(stream), delimiter=delimiter):
                count += 1
                if not any(record):
                    empty += 1
                    if empty > limits.empty_rows and empty > count // 2:
                        raise TooLarge(
                            f"“{filename}”里有 {empty} 行以上是空的，没有收下。请发送单位删去空行后重发。"
                        )
                yield [_unwrapped(cell) for cell in record] if wrapped else list[object](record)
    except csv.Error as error:
        message = "里面有一格的引号没有配对，读不下去。请发送单位另存为 xlsx 后重发。"
        raise Invalid(
            f"“{filename}”没有收下：{message}", (Problem("file", message, filename, "csv"),)
        ) from error


def _text(received: Received, codec: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(received.stream(), encoding=codec, newline="")


def _without_marks(stream: Iterable[str]) -> Iterator[str]:
    """Leave out the byte order mark of the first line."""
    lines = iter(stream)
    yield next(lines, "").lstrip("\ufeff")
    yield from lines


def _unwrapped(cell: str) -> str:
    """Take the text out of ``="..."``, which exports write to keep digits as text."""
    found = _FORMULA_TEXT.match(cell)
    return found.group(1).replace('""', '"') if found else cell


class _Calculated(Exception):
    """A cell was saved together with its formula; its arguments are row and column."""


class _Tables(HTMLParser):
    """Collects the rows of every outermost table, with spans as merged ranges."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[list[list[object]], list[Merge]]] = []
        self._depth = 0
        self._silent = 0
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._column = 0
        self._covered: dict[tuple[int, int], None] = {}
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script"):
            self._silent += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(([], []))
                self._covered = {}
        elif self._depth == 1 and tag == "tr":
            self._close_cell()
            self.tables[-1][0].append([])
            self._column = 0
        elif self._depth == 1 and tag in ("td", "th"):
            self._close_cell()
            values = dict(attrs)
            if "x:fmla" in values:
                raise _Calculated(len(self.tables[-1][0]) or 1, self._column)
            self._spans = (_span(values.get("rowspan")), _span(values.get("colspan")))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._silent = max(0, self._silent - 1)
        elif tag == "table":
            if self._depth == 1:
                self._close_cell()
            self._depth = max(0, self._depth - 1)
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._close_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        rows, merges = self.tables[-1]
        if not rows:
            rows.append([])
        words, self._cell = "".join(self._cell).strip("\r\n\t "), None
        index, row = len(rows) - 1, rows[-1]
        while (index, self._column) in self._covered:
            self._put(row, self._column, "")
            self._column += 1
        height, width = self._spans
        self._cells += height * width
        self._put(row, self._column, words)
        for column in range(self._column + 1, self._column + width):
            self._put(row, column, "")
        if height > 1 or width > 1:
            merges.append(((index, self._column), (index + height - 1, self._column + width - 1)))
            for below in range(index + 1, index + height):
                for column in range(self._column, self._column + width):
                    self._covered[(below, column)] = None
        self._column += width

    def _put(self, row: list[object], column: int, words: str) -> None:
        self._cells += 1
        if self._cells > _MAX_CELLS:
            raise ValueError("too many cells")
        while len(row) <= column:
            row.append("")
        row[column] = words


def _span(value: str | None) -> int:
    return max(1, min(int(value), _MAX_SPAN)) if value and value.strip().isdecimal() else 1


def read_html(text: str, filename: str) -> list[tuple[list[list[object]], list[Merge]]]:
    """Read every table of a web page as rows of text and merged ranges (cut to the rows that exist)."""
    parser = _Tables()
    try:
        parser.feed(text)
        parser.close()
    except _Calculated as error:
        row, column = error.args
        raise formula_refusal(filename, f"{column_letters(column)}{row}") from error
    except (ValueError, AssertionError) as error:
        message = "网页表格读不下去。请发送单位另存为 xlsx 后重发。"
        raise Invalid(
            f"“{filename}”没有收下：{message}", (Problem("file", message, filename, "html"),)
        ) from error
    return [
        (
            rows,
            [
                (first, (min(last[0], len(rows) - 1), last[1]))
                for first, last in merges
                if first[0] < len(rows)
            ],
        )
        for rows, merges in parser.tables
    ]
