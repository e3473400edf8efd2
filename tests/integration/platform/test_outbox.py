"""The outbox: work exists once, is done once, and never gets lost."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text

from insurer.kernel.errors import Conflict
from insurer.platform import jobs
from insurer.platform.crypto import Keyring
from insurer.platform.db import make_engine, unit_of_work
from insurer.platform.outbox import (
    MOST_ATTEMPTS,
    Lease,
    OutboxRow,
    Work,
    finish,
    give_back,
    note_work,
    take_lease,
)

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def work(key: str) -> Work:
    return Work(jobs.RENDER_NOTICE, {"notice_id": str(uuid.UUID(int=1))}, key)


def noted(engine: Engine, keyring: Keyring, key: str = "k") -> uuid.UUID:
    with unit_of_work(engine, keyring) as session:
        note_work(session, [work(key)], now=NOW)
        row_id = session.scalar(select(OutboxRow.id).where(OutboxRow.dedupe_key == key))
    assert row_id is not None
    return row_id


def leased(engine: Engine, keyring: Keyring, row_id: uuid.UUID, owner: str = "w") -> Lease | None:
    with unit_of_work(engine, keyring) as session:
        return take_lease(session, row_id, owner=owner)


def test_the_same_work_noted_many_times_exists_once(
    fresh_engine: Engine, fresh_database_url: str, keyring: Keyring
) -> None:
    engine = make_engine(fresh_database_url, pool_size=10)

    def note_it(_number: int) -> int:
        with unit_of_work(engine, keyring) as session:
            return note_work(session, [work("k")], now=NOW)

    try:
        with ThreadPoolExecutor(10) as pool:
            new = list(pool.map(note_it, range(20)))
    finally:
        engine.dispose()
    assert sum(new) == 1


def test_work_of_a_transaction_that_failed_does_not_exist(fresh_engine: Engine, keyring: Keyring) -> None:
    def fail() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            note_work(session, [work("k")], now=NOW)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        fail()
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0


def test_an_unknown_job_is_a_programming_error(fresh_engine: Engine, keyring: Keyring) -> None:
    def wrong() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            note_work(session, [Work("nobody.knows", {}, "k")], now=NOW)

    with pytest.raises(KeyError):
        wrong()


def test_only_one_of_many_takes_the_lease(
    fresh_engine: Engine, fresh_database_url: str, keyring: Keyring
) -> None:
    row_id = noted(fresh_engine, keyring)
    engine = make_engine(fresh_database_url, pool_size=10)
    try:
        with ThreadPoolExecutor(10) as pool:
            leases = list(pool.map(lambda number: leased(engine, keyring, row_id, f"w{number}"), range(10)))
    finally:
        engine.dispose()
    assert len([lease for lease in leases if lease is not None]) == 1


def test_whoever_lost_the_lease_cannot_finish(fresh_engine: Engine, keyring: Keyring) -> None:
    row_id = noted(fresh_engine, keyring)
    late = leased(fresh_engine, keyring, row_id)
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET lease_until = now() - interval '1 second'"))
    successor = leased(fresh_engine, keyring, row_id)
    assert late is not None and successor is not None
    assert successor.attempt == late.attempt + 1

    def finish_late() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            session.execute(text("INSERT INTO number_series VALUES ('effect of the late one', 1)"))
            finish(session, late)

    with pytest.raises(Conflict):
        finish_late()
    with unit_of_work(fresh_engine, keyring) as session:
        finish(session, successor)
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM number_series")) == 0
        assert connection.scalar(text("SELECT state FROM outbox")) == "done"
    assert leased(fresh_engine, keyring, row_id) is None


def test_failed_work_waits_longer_each_time_and_is_never_dropped(
    fresh_engine: Engine, keyring: Keyring
) -> None:
    row_id = noted(fresh_engine, keyring)
    waits = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        lease = leased(fresh_engine, keyring, row_id)
        assert lease is not None and lease.attempt == attempt
        with unit_of_work(fresh_engine, keyring) as session:
            give_back(session, lease, "x" * 900)
        with fresh_engine.connect() as connection:
            wait, state, error = connection.execute(
                text("SELECT extract(epoch FROM next_at - clock_timestamp()), state, last_error FROM outbox")
            ).one()
        waits.append(round(float(wait)))
        assert len(error) == 500
        assert state == ("stuck" if attempt == MOST_ATTEMPTS else "pending")
    assert waits[:4] == [10, 20, 40, 80]
    assert max(waits) <= 3600
    assert leased(fresh_engine, keyring, row_id) is None
