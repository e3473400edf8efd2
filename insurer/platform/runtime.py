"""What a running process holds: settings, keys, engine, storage; opened once at the edge."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from insurer.platform.crypto import Keyring, load_keyring
from insurer.platform.db import UnitSession, make_engine, unit_of_work
from insurer.platform.embedded.client import use_servers
from insurer.platform.settings import Settings
from insurer.platform.storage import LocalStorage, Storage


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything an edge needs to open transactions and reach storage and queue."""

    settings: Settings
    engine: Engine
    keyring: Keyring
    storage: Storage
    redis_url: str

    def transaction(self) -> AbstractContextManager[UnitSession]:
        """Open a unit of work: one transaction, committed at its end."""
        return unit_of_work(self.engine, self.keyring, self.settings.reading)


@contextmanager
def open_runtime(settings: Settings | None = None, *, pool_size: int = 5) -> Iterator[Runtime]:
    """Open the process's resources; embedded servers run while somebody uses them.

    With ``DATABASE_URL`` and ``REDIS_URL`` set, no server is started.
    """
    settings = settings or Settings.from_env()
    keyring = load_keyring(settings.keyring_path, create=settings.keys_file is None)
    lease = None
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url is None or redis_url is None:
        lease = use_servers(settings.home)
        database_url = database_url or lease.endpoints.database_url
        redis_url = redis_url or lease.endpoints.redis_url
    engine = make_engine(database_url, pool_size=pool_size)
    try:
        storage = LocalStorage(settings.home / "files", keyring)
        yield Runtime(settings, engine, keyring, storage, redis_url)
    finally:
        engine.dispose()
        if lease is not None:
            lease.close()
