"""Database access: the declarative base, engines, sessions and the unit of work at the edge.

One request or one job is one transaction, opened here; operations never commit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import BigInteger, Date, DateTime, Engine, LargeBinary, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from insurer.kernel.errors import Unavailable
from insurer.platform.crypto import Keyring
from insurer.platform.settings import USUAL_READING, ReadingLimits

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A moment in time: always aware, stored as timestamptz, returned in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values: they would be read in the server's zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC whatever the server's zone is."""
        return None if value is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table; constraint names follow one convention."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        date: Date,
        int: BigInteger,
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class BaseOfViews(DeclarativeBase):
    """Base of the classes that are read from a view of the database; a migration defines each view."""

    type_annotation_map: ClassVar[dict[Any, Any]] = Base.type_annotation_map


BeforeCommit = Callable[["UnitSession"], None]
_BEFORE_COMMIT: list[BeforeCommit] = []


class UnitSession(Session):
    """A session that knows the installation's keys and writes what was noted for the commit."""

    @property
    def keyring(self) -> Keyring:
        """The keys of this installation."""
        keyring: Keyring = self.info["keyring"]
        return keyring

    @property
    def reading(self) -> ReadingLimits:
        """The limits within which received files are read."""
        reading: ReadingLimits = self.info.get("reading", USUAL_READING)
        return reading


@event.listens_for(UnitSession, "before_commit")
def _write_noted(session: UnitSession) -> None:
    for write in _BEFORE_COMMIT:
        write(session)


def before_commit(write: BeforeCommit) -> BeforeCommit:
    """Register a function that runs inside every transaction just before its commit."""
    _BEFORE_COMMIT.append(write)
    return write


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """Return an engine for PostgreSQL 15 or newer; nothing is opened until it is used."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={
            "connect_timeout": 5,
            "application_name": "insurer",
            # just-in-time compilation costs more than it gives on the short queries of a desk
            "options": "-c timezone=UTC -c lock_timeout=10s -c jit=off",
        },
    )


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def open_session(engine: Engine, keyring: Keyring, reading: ReadingLimits = USUAL_READING) -> UnitSession:
    """Return a session that is not yet in a transaction; the caller commits or closes."""
    return UnitSession(engine, expire_on_commit=False, info={"keyring": keyring, "reading": reading})


@contextmanager
def unit_of_work(
    engine: Engine, keyring: Keyring, reading: ReadingLimits = USUAL_READING
) -> Iterator[UnitSession]:
    """Run a block in one transaction: commit at its end, roll back on any error.

    :class:`Unavailable` when the database cannot be reached; nothing is half written.
    """
    session = open_session(engine, keyring, reading)
    try:
        with session:
            yield session
            session.commit()
    except (OperationalError, InterfaceError) as error:
        if error.connection_invalidated or not _is_statement_error(error):
            raise Unavailable("数据库现在连不上，刚才的内容没有写入。请稍后再试一次") from error
        raise


def _is_statement_error(error: OperationalError | InterfaceError) -> bool:
    """Tell an error the server answered (a lock timeout) from a server that does not answer."""
    return getattr(error.orig, "sqlstate", None) is not None
