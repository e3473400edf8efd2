"""Rows in the binary format of PostgreSQL's COPY: half the work of the text format on both sides.

A row is the count of its fields and each field after its length. The types are those of the columns and are
not converted: text is ``words``, bytea and uuid are ``field`` of the bytes, bigint ``number``.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from psycopg import Connection, sql

NULL: Final = b"\xff\xff\xff\xff"
UUID: Final = (16).to_bytes(4)
"""The length that goes before the bytes of an id."""
HASH: Final = (32).to_bytes(4)
"""The length that goes before the bytes of a keyed hash."""

_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_TEXT: Final = 25
_FIRST_DAY: Final = date(2000, 1, 1).toordinal()
_FIRST_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MANY: Final = 100_000


def field(value: bytes) -> bytes:
    """Return bytes as a field."""
    return len(value).to_bytes(4) + value


def words(text: str) -> bytes:
    """Return text as a field."""
    value = text.encode()
    return len(value).to_bytes(4) + value


@lru_cache(maxsize=_MANY)
def several(texts: tuple[str, ...]) -> bytes:
    """Return the value of a ``text[]`` column."""
    head = struct.pack(">iii", 1 if texts else 0, 0, _TEXT)
    size = struct.pack(">ii", len(texts), 1) if texts else b""
    return field(head + size + b"".join(map(words, texts)))


def number(value: int) -> bytes:
    """Return the value of a ``bigint`` column."""
    return struct.pack(">iq", 8, value)


def day(value: date) -> bytes:
    """Return the value of a ``date`` column."""
    return struct.pack(">ii", 4, value.toordinal() - _FIRST_DAY)


def moment(value: datetime) -> bytes:
    """Return the value of a ``timestamptz`` column: microseconds, as exact as it is."""
    since = value - _FIRST_MOMENT
    return struct.pack(">iq", 8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def document(json: bytes) -> bytes:
    """Return the value of a ``jsonb`` column."""
    return field(b"\x01" + json)


class Words(dict[str, bytes]):
    """Fields of texts that come again and again, each made once; ``empty`` stands for an empty text."""

    def __init__(self, empty: bytes = words("")) -> None:
        super().__init__({"": empty})

    def __missing__(self, text: str) -> bytes:
        made = words(text)
        if len(self) < _MANY:
            self[text] = made
        return made


class Days(dict[str, bytes]):
    """Fields of days written as ISO text; an empty one is NULL."""

    def __missing__(self, text: str) -> bytes:
        made = self[text] = day(date.fromisoformat(text)) if text else NULL
        return made


def framed(columns: Sequence[str], rows: Sequence[bytes]) -> bytes:
    """Return rows, each the fields of all ``columns`` in their order, as they are written."""
    head = len(columns).to_bytes(2)
    return head + head.join(rows) if rows else b""


def copy_fields(connection: Connection[Any], table: str, columns: Sequence[str], rows: bytes) -> None:
    """Write :func:`framed` rows; nothing for no rows."""
    if not rows:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_SIGNATURE)
        copy.write(rows)
        copy.write(_END)
