"""Fixtures of the tests of people."""

from pathlib import Path

import pytest

from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession
from insurer.platform.storage import LocalStorage, Storage
from tests.factories.roster_desk import Desk


@pytest.fixture
def storage(tmp_path: Path, keyring: Keyring) -> Storage:
    return LocalStorage(tmp_path, keyring)


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)
