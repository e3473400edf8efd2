"""The sender's own workbook with its refused rows marked. Runs in a confined child only."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import PatternFill
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from insurer.people.reading.gate import admit
from insurer.platform.confined_orders import answer_order

HEAD: Final = "错误原因"
_RED: Final = PatternFill("solid", fgColor="FBEEEC")


class _InMemory(ExcelWriter):
    """Writes sheets without the files that the library would make: this process may write none."""

    def write_worksheet(self, ws: Any) -> None:
        """Add one sheet to the archive."""
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        out = BytesIO()
        writer = WorksheetWriter(ws, out)
        writer.write()
        ws._rels = writer._rels  # type: ignore[attr-defined]
        self._archive.writestr(ws.path[1:], out.getvalue())  # type: ignore[attr-defined]
        self.manifest.append(ws)


def answer(content: bytes, _argument: str) -> Iterator[bytes]:
    """Return the workbook with one more column that says what is wrong with each row."""
    return answer_order(content, _act)


def _act(order: dict[str, Any], received: bytes) -> bytes:
    admit(received, order["filename"])
    return _marked(received, order["rejected"])


def _marked(content: bytes, rejected: Sequence[Mapping[str, Any]]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    by_sheet: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rejected:
        by_sheet[str(row["sheet"])][int(row["row"])].append(str(row["message"]))
    for name, rows in by_sheet.items():
        if name not in book.sheetnames:
            continue
        sheet = book[name]
        column = sheet.max_column + 1
        first = min(rows)
        sheet.cell(max(1, first - 1), column).value = HEAD
        for number, messages in rows.items():
            # a reason never begins like a formula
            sheet.cell(number, column).value = "；".join(messages).lstrip("=+-@")
            for place in range(1, column + 1):
                sheet.cell(number, place).fill = _RED
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        _InMemory(book, archive).save()
    return buffer.getvalue()
