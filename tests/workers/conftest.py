"""A job of the tests' own."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from insurer.platform.clock import now
from insurer.platform.db import UnitSession
from insurer.platform.jobs import QUEUES, TIMEOUTS
from insurer.platform.outbox import Work, note_work
from insurer.platform.runtime import Runtime
from workers.handlers import HANDLERS

JOB = "tests.mark"


@pytest.fixture
def note(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Notes so many pieces of work that each write a row into ``effect``; returns their row ids."""
    monkeypatch.setitem(QUEUES, JOB, "imports")
    monkeypatch.setitem(TIMEOUTS, JOB, 60)

    def mark(session: UnitSession, _runtime: Runtime, payload: Mapping[str, Any], _now: datetime) -> None:
        session.execute(text("INSERT INTO effect VALUES (:key)"), {"key": payload["key"]})

    monkeypatch.setitem(HANDLERS, JOB, mark)
    with runtime.engine.begin() as connection:
        connection.execute(text("CREATE TABLE effect (key text)"))

    def some(count: int) -> list[str]:
        with runtime.transaction() as session:
            works = [Work(JOB, {"key": str(number)}, f"mark:{number}") for number in range(count)]
            assert note_work(session, works, now=now()) == count
            rows = session.execute(text("SELECT id FROM outbox ORDER BY id")).scalars()
            return [str(row) for row in rows]

    return some


@pytest.fixture
def effects(runtime: Runtime) -> Callable[[], list[str]]:
    """Reads the keys of the work that was done, each as often as it was done."""

    def read() -> list[str]:
        with runtime.engine.connect() as connection:
            return sorted(connection.execute(text("SELECT key FROM effect")).scalars(), key=int)

    return read
