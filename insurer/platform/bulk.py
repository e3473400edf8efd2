"""Writing and reading many rows at once with COPY, inside the session's own transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
from psycopg import Connection, sql
from sqlalchemy import exists, select, text

from insurer.platform.db import Base, UnitSession

_HEAD: Final = 19
_TAIL: Final = 2


def driver_of(session: UnitSession) -> Connection[Any]:
    """Return the driver's connection of the transaction; what the session holds is written first."""
    session.flush()
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the session has no open connection")
    driver: Connection[Any] = connection
    return driver


def copy_rows(session: UnitSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``rows`` (all with the same keys: column names) into ``table``; nothing for an empty list.

    Column defaults of the model do not apply: give every column. JSON columns take plain values.
    """
    if not rows:
        return
    columns = list(rows[0])
    connection = driver_of(session)
    with connection.cursor() as cursor, cursor.copy(_statement(table.__tablename__, columns)) as copy:
        for row in rows:
            copy.write_row([_plain(row[column]) for column in columns])


@contextmanager
def first_load(session: UnitSession, tables: Sequence[type[Base]]) -> Iterator[None]:
    """Let empty tables be filled without looking after their indexes and references row by row.

    When none of the tables holds a row and this role owns them, indexes, foreign keys and keys that no other
    table refers to are taken away and made again at the end, when all rows are checked at once.
    Nobody can use the tables until the transaction ends, and as long as they were empty nobody could.
    Otherwise nothing is done. Raises what the database says if the rows break a rule.
    """
    names = [table.__tablename__ for table in tables]
    owned = session.scalar(_OWNED, {"tables": names})
    if not owned or any(session.scalar(select(exists().select_from(table.__table__))) for table in tables):
        yield
        return
    session.execute(text(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE"))
    keys = session.execute(_KEYS, {"tables": names}).all()
    indexes = session.execute(_INDEXES, {"tables": names}).all()
    for key in keys:
        session.execute(text(f"ALTER TABLE {key.table_name} DROP CONSTRAINT {key.name}"))
    for index in indexes:
        session.execute(text(f"DROP INDEX {index.name}"))
    yield
    session.execute(text("SET LOCAL maintenance_work_mem = '192MB'"))
    for index in indexes:
        session.execute(text(index.definition))
    for key in reversed(keys):
        session.execute(text(f"ALTER TABLE {key.table_name} ADD CONSTRAINT {key.name} {key.definition}"))


_OWNED: Final = text(
    """
    SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
     WHERE oid IN (SELECT name::regclass FROM unnest(CAST(:tables AS text[])) AS t(name))
    """
)
_KEYS: Final = text(
    """
    SELECT conrelid::regclass::text AS table_name, quote_ident(conname) AS name,
           pg_get_constraintdef(oid) AS definition
      FROM pg_constraint c
     WHERE (contype = 'f' OR contype IN ('p', 'u') AND NOT EXISTS
               (SELECT FROM pg_constraint r WHERE r.contype = 'f' AND r.conindid = c.conindid))
       AND conrelid IN (SELECT name::regclass FROM unnest(CAST(:tables AS text[])) AS t(name))
     ORDER BY contype, 1, 2
    """
)
_INDEXES: Final = text(
    """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
      FROM pg_index
     WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
       AND indrelid IN (SELECT name::regclass FROM unnest(CAST(:tables AS text[])) AS t(name))
     ORDER BY 1
    """
)


def fixed_records(
    session: UnitSession, query: str, values: Sequence[Any], widths: Sequence[int]
) -> list[npt.NDArray[np.void]]:
    """Read the columns of a query whose values all have a fixed width and are never NULL, as raw bytes."""
    kind = np.dtype([("count", "V2")] + [part for i, w in enumerate(widths) for part in _field(i, w)])
    data = bytearray()
    with (
        driver_of(session).cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)".encode(), values) as copy,
    ):
        for piece in copy:
            data += piece
    records = np.frombuffer(data, kind, (len(data) - _HEAD - _TAIL) // kind.itemsize, _HEAD)
    return [records[f"value{place}"].copy() for place in range(len(widths))]


def copy_records(
    session: UnitSession, table: str, columns: Mapping[str, npt.NDArray[Any]], size: int
) -> None:
    """Write columns of fixed width: arrays of raw bytes, or of big-endian numbers. Nothing for no rows."""
    if not size:
        return
    widths = [column.dtype.itemsize for column in columns.values()]
    kind = np.dtype([("count", ">i2")] + [part for i, w in enumerate(widths) for part in _field(i, w)])
    records = np.zeros(size, kind)
    records["count"] = len(widths)
    for place, column in enumerate(columns.values()):
        records[f"length{place}"] = widths[place]
        records[f"value{place}"] = column.view(f"V{widths[place]}")
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver_of(session).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(records.tobytes())
        copy.write(b"\xff\xff")


def _field(place: int, width: int) -> list[tuple[str, str]]:
    return [(f"length{place}", ">i4"), (f"value{place}", f"V{width}")]


def _statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def _plain(value: Any) -> Any:
    """Return what COPY writes: JSON as text, everything else as psycopg knows it."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
