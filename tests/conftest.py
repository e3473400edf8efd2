"""Servers and databases for the tests: one real PostgreSQL and Valkey for the whole run.

``TEST_DATABASE_URL`` and ``TEST_REDIS_URL`` point the same tests at other servers (PostgreSQL 15 or
newer; the role must be allowed to create databases). Otherwise an embedded pair runs in a temporary home,
shared by all pytest-xdist workers, without disk synchronisation.
"""

import hashlib
import ipaddress
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import settings
from sqlalchemy import Engine

from insurer.platform.crypto import Keyring, load_keyring
from insurer.platform.db import UnitSession, make_engine
from insurer.platform.embedded.client import Endpoints, use_servers
from insurer.platform.migrate import upgrade
from insurer.platform.runtime import Runtime
from insurer.platform.settings import Settings
from insurer.platform.storage import LocalStorage
from tests.factories.databases import database, maintenance, url_of

# The same examples every time: a change is judged by its own code. INSURER_EXPLORE=1 lets each run look
# elsewhere; what it finds becomes a test of its own.
settings.register_profile("steady", derandomize=True, deadline=None)
if not os.environ.get("INSURER_EXPLORE"):
    settings.load_profile("steady")

ROOT = Path(__file__).resolve().parents[1]
_TEMPLATE_PREFIX = "insurer_template_"


def _run_id(config: pytest.Config) -> str:
    """Return what names this run: the same in every xdist worker."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    return str(worker["testrunuid"])[:12] if worker else f"p{os.getpid()}"


def _home(run: str) -> Path:
    return Path(tempfile.gettempdir()) / f"insurer-tests-{run}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the temporary home after the last worker has gone."""
    if getattr(config, "workerinput", None) is not None:
        return
    runs = {f"p{os.getpid()}"}
    manager = config.pluginmanager.getplugin("dsession")
    if manager is not None and getattr(manager, "nodemanager", None) is not None:
        runs.add(str(manager.nodemanager.testrunuid)[:12])
    for run in runs:
        shutil.rmtree(_home(run), ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse connections beyond this machine: tests must not depend on the world outside."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def check(address: Any, family: int) -> None:
        if family in (socket.AF_INET, socket.AF_INET6) and not _is_local(str(address[0])):
            raise RuntimeError(f"a test tried to connect to {address!r}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address, self.family)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address, self.family)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def _is_local(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Endpoints]:
    """The database and queue servers of this run; tests rather ask for the fixtures below."""
    database_url, redis_url = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if database_url and redis_url:
        yield Endpoints(database_url, redis_url)
        return
    home = _home(_run_id(request.config))
    with use_servers(home, durable=False) as lease:
        yield Endpoints(database_url or lease.endpoints.database_url, redis_url or lease.endpoints.redis_url)


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0 for the first xdist worker or a run without xdist."""
    worker: dict[str, Any] | None = getattr(request.config, "workerinput", None)
    return int(str(worker["workerid"]).removeprefix("gw")) if worker else 0


@pytest.fixture(scope="session")
def template_database(servers: Endpoints) -> str:
    """The name of a database built by the migrations as they are now; it is only ever copied."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(path.read_bytes())
    name = _TEMPLATE_PREFIX + digest.hexdigest()[:16]
    with maintenance(servers) as connection:
        connection.execute("SELECT pg_advisory_lock(7001)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            work = f"{name}_new"
            connection.execute(f'DROP DATABASE IF EXISTS "{work}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{work}"')
            upgrade(url_of(servers, work))
            connection.execute(f'ALTER DATABASE "{work}" RENAME TO "{name}"')
    return name


@pytest.fixture(scope="session")
def database_url(
    servers: Endpoints, template_database: str, request: pytest.FixtureRequest, worker_number: int
) -> Iterator[str]:
    """A migrated, empty database of this worker; what a test commits here stays for the next."""
    name = f"insurer_test_{_run_id(request.config)}_{worker_number}"
    with database(servers, name, template_database) as url:
        yield url


@pytest.fixture
def fresh_database_url(servers: Endpoints, template_database: str) -> Iterator[str]:
    """A migrated, empty database for this test alone: commit, use several connections, several processes."""
    name = f"insurer_fresh_{uuid.uuid4().hex[:16]}"
    with database(servers, name, template_database) as url:
        yield url


@pytest.fixture
def blank_database_url(servers: Endpoints) -> Iterator[str]:
    """A database without any table, for tests of the migrations."""
    name = f"insurer_blank_{uuid.uuid4().hex[:16]}"
    with database(servers, name) as url:
        yield url


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Keys of a test installation."""
    return load_keyring(tmp_path_factory.mktemp("keys") / "keys.json", create=True)


@pytest.fixture
def storage(tmp_path: Path, keyring: Keyring) -> LocalStorage:
    """Sealed file storage of this test."""
    return LocalStorage(tmp_path / "files", keyring)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the worker's database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine, keyring: Keyring) -> Iterator[UnitSession]:
    """A session whose commits are savepoints of one transaction that is rolled back after the test."""
    with engine.connect() as connection:
        outer = connection.begin()
        session = UnitSession(
            connection,
            expire_on_commit=False,
            info={"keyring": keyring},
            join_transaction_mode="create_savepoint",
        )
        try:
            yield session
        finally:
            session.close()
            if outer.is_active:
                outer.rollback()


@pytest.fixture
def fresh_engine(fresh_database_url: str) -> Iterator[Engine]:
    """An engine on a database for this test alone."""
    engine = make_engine(fresh_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def runtime(
    fresh_database_url: str, fresh_engine: Engine, keyring: Keyring, redis_url: str, tmp_path: Path
) -> Runtime:
    """What a process holds, on a database and a queue for this test alone."""
    settings = Settings(home=tmp_path, database_url=fresh_database_url, redis_url=redis_url)
    return Runtime(settings, fresh_engine, keyring, LocalStorage(tmp_path / "files", keyring), redis_url)


@pytest.fixture
def redis_url(servers: Endpoints, worker_number: int) -> Iterator[str]:
    """An empty logical database of the queue server for this worker."""
    base, _, _ = servers.redis_url.partition("?")
    if base.startswith("unix:"):
        url = f"{base}?db={worker_number % 16}"
    else:
        scheme, _, rest = base.partition("://")
        url = f"{scheme}://{rest.split('/', 1)[0]}/{worker_number % 16}"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
        yield url
        connection.flushdb()


@pytest.fixture
def redis_connection(redis_url: str) -> Iterator["redis.Redis"]:
    """A connection to the worker's empty logical database."""
    with redis.Redis.from_url(redis_url) as connection:
        yield connection
