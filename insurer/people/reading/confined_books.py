"""A received workbook opened again, to show its columns or to give refused rows back: in a limited child.

The child answers with one piece: what was asked for after a byte of 1, or the words of a refusal after 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import orjson

from insurer.kernel.errors import InsurerError, Invalid, TooLarge
from insurer.people.reading.confined import MEMORY
from insurer.people.reading.error_book import error_workbook
from insurer.people.reading.heads import HeadColumn, SheetHeads, describe_heads, describe_row
from insurer.people.reading.result import Rejection
from insurer.platform.confined import GaveUp, run_confined
from insurer.platform.settings import ReadingLimits

_LENGTH: Final = 4
_GOOD, _REFUSED = b"\1", b"\0"


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


def errors_confined(
    content: bytes, filename: str, month: date, rejected: Sequence[Rejection], limits: ReadingLimits
) -> bytes:
    """Return the workbook of the refused rows (:func:`error_workbook`)."""
    rows = [asdict(one) for one in rejected]
    order = {"task": "errors", "filename": filename, "month": month, "rejected": rows}
    return _asked(content, order, limits)


def _asked(content: bytes, order: Mapping[str, Any], limits: ReadingLimits) -> bytes:
    head = orjson.dumps(order)
    try:
        answer = run_confined(
            __name__,
            len(head).to_bytes(_LENGTH) + head + content,
            seconds=limits.seconds,
            megabytes=limits.memory_mb,
        )
    except GaveUp as error:
        raise TooLarge(f"“{order['filename']}”{MEMORY}") from error
    if answer[:1] != _GOOD:
        raise Invalid(answer[1:].decode())
    return answer[1:]


def answer(content: bytes, _argument: str) -> Iterator[bytes]:
    """Do in the child what was asked for."""
    size = int.from_bytes(content[:_LENGTH])
    order = orjson.loads(content[_LENGTH : _LENGTH + size])
    received = content[_LENGTH + size :]
    try:
        if order["task"] == "heads":
            found = describe_heads(received, order["filename"], order["heads"], order["kind"])
            yield _GOOD + orjson.dumps([asdict(one) for one in found])
        elif order["task"] == "row":
            where = (order["kind"], order["sheet"], order["row"])
            cells = describe_row(received, order["filename"], order["heads"], *where)
            yield _GOOD + orjson.dumps([asdict(one) for one in cells])
        else:
            rejected = [Rejection(**one) for one in order["rejected"]]
            month = date.fromisoformat(order["month"])
            yield _GOOD + error_workbook(received, order["filename"], month, rejected)
    except InsurerError as refusal:
        yield _REFUSED + refusal.message.encode()
