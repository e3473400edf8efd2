"""Databases and runtimes of tests that need one of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL, make_url

from insurer.platform.crypto import Keyring
from insurer.platform.db import make_engine
from insurer.platform.embedded.client import Endpoints
from insurer.platform.runtime import Runtime
from insurer.platform.settings import Settings
from insurer.platform.storage import LocalStorage


def maintenance(servers: Endpoints) -> "psycopg.Connection[tuple[Any, ...]]":
    """Connect to the server itself, to make and drop databases."""
    plain = make_url(servers.database_url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def url_of(servers: Endpoints, name: str) -> str:
    """Return the address of a database."""
    url: URL = make_url(servers.database_url).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


@contextmanager
def database(servers: Endpoints, name: str, template: str | None = None) -> Iterator[str]:
    """Make a database, a copy of ``template`` if there is one; it is gone afterwards."""
    copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    with maintenance(servers) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{copied}')
    yield url_of(servers, name)
    with maintenance(servers) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def runtime_on(url: str, keyring: Keyring, servers: Endpoints, home: Path) -> Iterator[Runtime]:
    """Run on a database, with the files in a home of its own."""
    engine = make_engine(url)
    yield Runtime(
        Settings(home=home), engine, keyring, LocalStorage(home / "files", keyring), servers.redis_url
    )
    engine.dispose()
