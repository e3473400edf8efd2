"""A row's work and its mark are one transaction, and only the newest lease may finish."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from insurer.kernel.errors import Conflict
from insurer.platform.db import UnitSession
from insurer.platform.outbox import finish, take_lease
from insurer.platform.runtime import Runtime
from workers.execution import run_row_with
from workers.handlers import HANDLERS

Note = Callable[[int], list[str]]
Effects = Callable[[], list[str]]


def row_of(runtime: Runtime) -> Any:
    with runtime.engine.connect() as connection:
        return connection.execute(text("SELECT * FROM outbox")).one()


def test_the_work_is_done_once_however_often_it_is_offered(
    runtime: Runtime, note: Note, effects: Effects
) -> None:
    [row] = note(1)
    assert run_row_with(runtime, uuid.UUID(row))
    assert not run_row_with(runtime, uuid.UUID(row))
    assert effects() == ["0"]
    assert row_of(runtime).state == "done"


def test_a_row_that_does_not_exist_is_left_quietly(runtime: Runtime, note: Note) -> None:
    note(0)
    assert not run_row_with(runtime, uuid.uuid4())


def test_an_error_takes_the_effect_back_and_names_no_data(
    runtime: Runtime, note: Note, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = note(1)

    def breaks(session: UnitSession, _runtime: Runtime, payload: Mapping[str, Any], _now: datetime) -> None:
        session.execute(text("INSERT INTO effect VALUES (:key)"), {"key": payload["key"]})
        raise ValueError("张三 320411199001011234")

    monkeypatch.setitem(HANDLERS, "tests.mark", breaks)
    assert not run_row_with(runtime, uuid.UUID(row))
    found = row_of(runtime)
    assert (found.state, found.attempts, found.lease_until) == ("pending", 1, None)
    assert found.next_at > found.created_at
    assert "ValueError" in found.last_error
    assert "breaks" in found.last_error
    assert "张三" not in found.last_error
    assert "320411" not in found.last_error
    assert effects() == []


def test_somebody_elses_lease_is_respected(runtime: Runtime, note: Note, effects: Effects) -> None:
    [row] = note(1)
    with runtime.transaction() as session:
        assert take_lease(session, uuid.UUID(row), owner="somebody") is not None
    assert not run_row_with(runtime, uuid.UUID(row))
    assert effects() == []


def test_an_orphans_late_commit_is_refused(
    runtime: Runtime, note: Note, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = note(1)
    quick = HANDLERS["tests.mark"]

    def overtaken(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], now: datetime) -> None:
        """While the orphan is at work its lease runs out, and another does the row."""
        quick(session, runtime, payload, now)
        with runtime.transaction() as other:
            other.execute(text("UPDATE outbox SET lease_until = clock_timestamp()"))
        monkeypatch.setitem(HANDLERS, "tests.mark", quick)
        assert run_row_with(runtime, uuid.UUID(row))

    monkeypatch.setitem(HANDLERS, "tests.mark", overtaken)
    assert not run_row_with(runtime, uuid.UUID(row))
    assert effects() == ["0"]
    found = row_of(runtime)
    assert (found.state, found.attempts, found.last_error) == ("done", 2, None)


def test_a_lost_lease_cannot_finish_even_before_the_other_is_done(runtime: Runtime, note: Note) -> None:
    [row] = note(1)
    with runtime.transaction() as session:
        first = take_lease(session, uuid.UUID(row), owner="first")
        session.execute(text("UPDATE outbox SET lease_until = clock_timestamp()"))
    with runtime.transaction() as session:
        assert take_lease(session, uuid.UUID(row), owner="second") is not None
    assert first is not None
    with pytest.raises(Conflict), runtime.transaction() as session:
        finish(session, first)
    assert row_of(runtime).state == "pending"
