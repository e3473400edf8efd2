"""Writing many rows at once with COPY, inside the session's own transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from psycopg import sql

from insurer.platform.db import Base, UnitSession


def copy_rows(session: UnitSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``rows`` (all with the same keys: column names) into ``table``; nothing for an empty list.

    Column defaults of the model do not apply: give every column. JSON columns take plain values.
    """
    if not rows:
        return
    session.flush()  # rows of the session that these ones refer to must be there first
    columns = list(rows[0])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the session has no open connection")
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_plain(row[column]) for column in columns])


def _plain(value: Any) -> Any:
    """Return what COPY writes: JSON as text, everything else as psycopg knows it."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
