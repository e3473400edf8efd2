"""Records that were refused, given back with their reasons in the form in which they came."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook

from insurer.claims.reading import ReadRecord

REASON: Final = "错误原因"
"""Column and member that carries the reason; reading ignores it, so a corrected file can be sent again."""

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def refused_file(
    filename: str, refused: Sequence[tuple[ReadRecord, Sequence[str]]]
) -> tuple[str, str, bytes]:
    """Return name, media type and bytes: a workbook for a workbook, JSON lines for anything else."""
    stem = filename.rpartition(".")[0] or filename
    if all(read.sheet_row for read, _ in refused):
        return f"{stem}-退回.xlsx", _XLSX, _workbook(refused)
    lines = [
        json.dumps({REASON: list(why), **read.raw}, ensure_ascii=False, default=str) for read, why in refused
    ]
    return f"{stem}-退回.jsonl", "application/x-ndjson", ("\n".join(lines) + "\n").encode()


def _workbook(refused: Sequence[tuple[ReadRecord, Sequence[str]]]) -> bytes:
    target = BytesIO()
    plain = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(target, plain) as book:
        red = book.add_format({"bg_color": "#fbeeec", "font_color": "#a3271d"})
        heads = [(read.raw.get("setlinfo") or {}, "；".join(why)) for read, why in refused]
        _sheet(book, "setlinfo", [{**row, REASON: why} for row, why in heads], red)
        lines: list[dict[str, Any]] = []
        for read, _ in refused:
            number = (read.raw.get("setlinfo") or {}).get("setl_id", "")
            lines += [{"setl_id": number, **line} for line in read.raw.get("feedetail") or []]
        _sheet(book, "feedetail", lines, red)
    return target.getvalue()


def _sheet(book: Workbook, name: str, rows: Sequence[dict[str, Any]], red: Any) -> None:
    sheet = book.add_worksheet(name)
    fields = list(dict.fromkeys(field for row in rows for field in row if field != REASON))
    fields += [REASON] if name == "setlinfo" else []
    sheet.write_row(0, 0, fields)
    sheet.freeze_panes(1, 0)
    for at, row in enumerate(rows, 1):
        for column, field in enumerate(fields):
            text = str(row.get(field, ""))
            if text:
                sheet.write_string(at, column, text, red if field == REASON else None)
