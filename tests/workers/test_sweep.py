"""The sweep offers again what the queue lost and what the dead held, and nothing else."""

import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from sqlalchemy import text

from insurer.platform.outbox import MOST_ATTEMPTS, take_lease
from insurer.platform.processes import own_identity
from insurer.platform.runtime import Runtime
from workers.relay import relay_once
from workers.sweep import sweep_once

Note = Callable[[int], list[str]]
ROOT = Path(__file__).resolve().parents[2]


def test_a_queue_that_lost_everything_is_filled_again(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    rows = note(50)
    relay_once(runtime, redis_connection)
    redis_connection.flushdb()
    assert sweep_once(runtime, redis_connection, patience=0).offered == 50
    queued = redis_connection.lrange("rq:queue:imports", 0, -1)
    assert sorted(entry.decode() for entry in queued) == [f"{row}-0" for row in rows]


def test_work_that_still_stands_in_the_queue_is_left_alone(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    note(5)
    relay_once(runtime, redis_connection)
    assert sweep_once(runtime, redis_connection, patience=0).offered == 0
    assert redis_connection.llen("rq:queue:imports") == 5


def test_an_offer_is_given_time(runtime: Runtime, redis_connection: Redis, note: Note) -> None:
    note(1)
    relay_once(runtime, redis_connection)
    redis_connection.flushdb()
    assert sweep_once(runtime, redis_connection, patience=60).offered == 0


def test_a_job_that_died_between_queue_and_lease_is_replaced(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    [row] = note(1)
    relay_once(runtime, redis_connection)
    assert redis_connection.lpop("rq:queue:imports") == f"{row}-0".encode()
    assert redis_connection.exists(f"rq:job:{row}-0")
    assert sweep_once(runtime, redis_connection, patience=0).offered == 1
    assert redis_connection.lrange("rq:queue:imports", 0, -1) == [f"{row}-0".encode()]


def test_a_lease_of_a_dead_process_is_ended_at_once(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    [row] = note(1)
    relay_once(runtime, redis_connection)
    redis_connection.flushdb()
    code = "from insurer.platform.processes import own_identity; print(own_identity())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    with runtime.transaction() as session:
        assert take_lease(session, uuid.UUID(row), owner=done.stdout.strip()) is not None
    swept = sweep_once(runtime, redis_connection, patience=60)
    assert (swept.freed, swept.offered) == (1, 1)
    assert redis_connection.lrange("rq:queue:imports", 0, -1) == [f"{row}-1".encode()]


def test_the_lease_of_a_living_process_or_another_machine_is_left_alone(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    rows = note(2)
    relay_once(runtime, redis_connection)
    for row, owner in zip(rows, (own_identity(), "1 2 another-boot/pid:[1]"), strict=True):
        with runtime.transaction() as session:
            assert take_lease(session, uuid.UUID(row), owner=owner) is not None
    swept = sweep_once(runtime, redis_connection, patience=0)
    assert (swept.freed, swept.offered) == (0, 0)


def test_a_lease_that_ran_out_is_offered_as_a_new_attempt(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    [row] = note(1)
    relay_once(runtime, redis_connection)
    with runtime.transaction() as session:
        assert take_lease(session, uuid.UUID(row), owner="1 2 another-boot/pid:[1]") is not None
        session.execute(text("UPDATE outbox SET lease_until = clock_timestamp()"))
    assert sweep_once(runtime, redis_connection, patience=60).offered == 1
    assert sweep_once(runtime, redis_connection, patience=60).offered == 0
    assert f"{row}-1".encode() in redis_connection.lrange("rq:queue:imports", 0, -1)


def test_work_that_kills_its_process_each_time_is_given_up_and_shown(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    note(2)
    relay_once(runtime, redis_connection)
    with runtime.transaction() as session:
        session.execute(
            text(
                "UPDATE outbox SET attempts = :most, lease_owner = 'x',"
                " lease_until = clock_timestamp() WHERE dedupe_key = 'mark:0'"
            ),
            {"most": MOST_ATTEMPTS},
        )
    swept = sweep_once(runtime, redis_connection, patience=60)
    assert (swept.offered, swept.backlog.waiting, swept.backlog.stuck) == (0, 1, 1)


def test_work_older_than_the_limit_is_reported(runtime: Runtime, redis_connection: Redis, note: Note) -> None:
    note(2)
    with runtime.transaction() as session:
        session.execute(
            text(
                "UPDATE outbox SET created_at = created_at - interval '16 minutes'"
                " WHERE dedupe_key = 'mark:0'"
            )
        )
    assert sweep_once(runtime, redis_connection).backlog.late == 1
