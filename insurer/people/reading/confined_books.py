"""A received workbook opened for its columns, its refused rows or its table: in a limited child."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from insurer.kernel.errors import TooLarge
from insurer.people.reading.confined import MEMORY
from insurer.people.reading.error_book import error_workbook
from insurer.people.reading.heads import HeadColumn, SheetHeads, describe_heads, describe_row
from insurer.people.reading.result import Rejection
from insurer.people.reading.workbook import open_workbook
from insurer.platform.confined import GaveUp
from insurer.platform.confined_orders import answer_order, ask_confined
from insurer.platform.settings import ReadingLimits


def heads_confined(
    content: bytes, filename: str, heads: Mapping[str, str], limits: ReadingLimits, kind: str = ""
) -> tuple[SheetHeads, ...]:
    """Return the columns of a file; raises as :func:`describe_heads`, also when the child runs out."""
    order = {"task": "heads", "filename": filename, "heads": dict(heads), "kind": kind}
    return tuple(
        SheetHeads(
            one["name"], one["row"], one["found"], tuple(HeadColumn(**column) for column in one["columns"])
        )
        for one in orjson.loads(_asked(content, order, limits))
    )


def row_confined(
    content: bytes,
    filename: str,
    heads: Mapping[str, str],
    limits: ReadingLimits,
    *,
    kind: str,
    sheet: str,
    row: int,
) -> tuple[HeadColumn, ...]:
    """Return the cells of one row, masked, under their heads (:func:`describe_row`)."""
    where = {"kind": kind, "sheet": sheet, "row": row}
    order = {"task": "row", "filename": filename, "heads": dict(heads), **where}
    return tuple(HeadColumn(**column) for column in orjson.loads(_asked(content, order, limits)))


def table_confined(content: bytes, filename: str, limits: ReadingLimits, most: int) -> str:
    """Return the first sheet of a table of any kind as text, a line for each row that is not blank.

    Cells are parted by tabs; at most ``most`` characters. Raises as
    :func:`~insurer.people.reading.workbook.open_workbook`, also when the child runs out.
    """
    return _asked(content, {"task": "table", "filename": filename, "most": most}, limits).decode()


def errors_confined(
    content: bytes, filename: str, month: date, rejected: Sequence[Rejection], limits: ReadingLimits
) -> bytes:
    """Return the workbook of the refused rows (:func:`error_workbook`)."""
    rows = [asdict(one) for one in rejected]
    order = {"task": "errors", "filename": filename, "month": month, "rejected": rows}
    return _asked(content, order, limits)


def _asked(content: bytes, order: Mapping[str, Any], limits: ReadingLimits) -> bytes:
    try:
        return ask_confined(__name__, order, content, seconds=limits.seconds, megabytes=limits.memory_mb)
    except GaveUp as error:
        raise TooLarge(f"“{order['filename']}”{MEMORY}") from error


def answer(content: bytes, _argument: str) -> Iterator[bytes]:
    """Do in the child what was asked for."""
    return answer_order(content, _act)


def _act(order: dict[str, Any], received: bytes) -> bytes:
    if order["task"] == "heads":
        found = describe_heads(received, order["filename"], order["heads"], order["kind"])
        return orjson.dumps([asdict(one) for one in found])
    if order["task"] == "row":
        where = (order["kind"], order["sheet"], order["row"])
        cells = describe_row(received, order["filename"], order["heads"], *where)
        return orjson.dumps([asdict(one) for one in cells])
    if order["task"] == "table":
        return _table(received, order["filename"], order["most"]).encode()
    rejected = [Rejection(**one) for one in order["rejected"]]
    return error_workbook(received, order["filename"], date.fromisoformat(order["month"]), rejected)


def _table(content: bytes, filename: str, most: int) -> str:
    lines: list[str] = []
    length = 0
    for sheet in open_workbook(content, filename).sheets[:1]:
        for row in sheet.lines():
            cells = [" ".join(_words(cell).split()) for cell in row]
            if any(cells):
                lines.append("\t".join(cells))
                length += len(lines[-1]) + 1
            if length > most:
                break
    return "\n".join(lines)[:most]


def _words(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
