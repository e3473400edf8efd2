"""What happens by the clock happens once a slot, whoever does it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from insurer.platform.db import UnitSession
from insurer.platform.runtime import Runtime
from workers.periodic import PERIODIC, RETRY_AFTER, Clockwork, Periodic, check_audit_chain, daily, every

NOW = datetime(2026, 3, 1, 0, 20, tzinfo=UTC)  # 08:20 in Shanghai


@pytest.mark.parametrize(
    ("rule", "slot"),
    [
        (daily(3, 10), datetime(2026, 2, 28, 19, 10, tzinfo=UTC)),
        (daily(8, 20), NOW),
        (daily(8, 21), NOW - timedelta(days=1) + timedelta(minutes=1)),
        (every(15), datetime(2026, 3, 1, 0, 15, tzinfo=UTC)),
        (every(30), datetime(2026, 3, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_latest_slot_is_at_or_before_now(rule, slot) -> None:  # noqa: ANN001
    assert rule(NOW) == slot


def count_up(session: UnitSession, _runtime: Runtime, _now: datetime) -> None:
    session.execute(text("UPDATE counter SET value = value + 1"))


def counter(runtime: Runtime) -> int:
    with runtime.engine.connect() as connection:
        return int(connection.execute(text("SELECT value FROM counter")).scalar_one())


@pytest.fixture
def job(runtime: Runtime) -> Periodic:
    with runtime.engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (value int)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return Periodic("tests.count", every(15), count_up)


def test_a_slot_is_done_once_and_the_next_one_again(runtime: Runtime, job: Periodic) -> None:
    assert Clockwork(runtime, [job]).run_due(NOW) == ["tests.count"]
    assert Clockwork(runtime, [job]).run_due(NOW + timedelta(minutes=9)) == []
    assert Clockwork(runtime, [job]).run_due(NOW + timedelta(minutes=10)) == ["tests.count"]
    assert counter(runtime) == 2


def test_many_schedulers_do_a_slot_once(runtime: Runtime, job: Periodic) -> None:
    barrier = threading.Barrier(4)
    done: list[str] = []

    def schedule() -> None:
        barrier.wait()
        done.extend(Clockwork(runtime, [job]).run_due(NOW))

    threads = [threading.Thread(target=schedule) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["tests.count"]
    assert counter(runtime) == 1


def test_a_job_that_breaks_keeps_no_other_from_its_turn_and_is_tried_again(
    runtime: Runtime, job: Periodic
) -> None:
    turns = []

    def breaks_at_first(session: UnitSession, runtime: Runtime, now: datetime) -> None:
        turns.append(now)
        count_up(session, runtime, now)
        if len(turns) == 1:
            raise RuntimeError

    clockwork = Clockwork(runtime, [Periodic("tests.breaks", job.latest, breaks_at_first), job])
    assert clockwork.run_due(NOW) == ["tests.count"]
    assert counter(runtime) == 1
    assert clockwork.run_due(NOW + RETRY_AFTER / 2) == []
    assert clockwork.run_due(NOW + RETRY_AFTER) == ["tests.breaks"]
    assert counter(runtime) == 2


def test_the_chain_is_verified_and_the_log_says_so(runtime: Runtime) -> None:
    nightly = Periodic("tests.chain", daily(3, 10), check_audit_chain)
    Clockwork(runtime, [nightly]).run_due(NOW)
    with runtime.engine.connect() as connection:
        entry = connection.execute(text("SELECT tag, data FROM audit_entry")).one()
    assert entry == ("audit:chain:verified", {"entries": 0, "breaks": 0})


def test_all_that_is_scheduled_runs_on_an_empty_database(runtime: Runtime) -> None:
    assert Clockwork(runtime, PERIODIC).run_due(NOW) == [job.name for job in PERIODIC]
