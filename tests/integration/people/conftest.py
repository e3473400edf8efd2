"""Fixtures of the tests of people."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession
from insurer.platform.storage import LocalStorage, Storage
from tests.factories.roster_desk import Desk
from tests.factories.roster_shell import Shell


@pytest.fixture
def storage(tmp_path: Path, keyring: Keyring) -> Storage:
    return LocalStorage(tmp_path, keyring)


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


@pytest.fixture
def shell(
    fresh_database_url: str,
    redis_url: str,
    fresh_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    monkeypatch.setenv("INSURER_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    return Shell(fresh_engine)
