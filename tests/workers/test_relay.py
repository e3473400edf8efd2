"""The relay hands each due row to the queue once, and ids only."""

import json
import threading
import zlib
from collections.abc import Callable

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from insurer.platform.queue_server import connect
from insurer.platform.runtime import Runtime
from workers.queue import offer
from workers.relay import relay_once

Note = Callable[[int], list[str]]


def queued(redis_connection: Redis) -> list[str]:
    return sorted(entry.decode() for entry in redis_connection.lrange("rq:queue:imports", 0, -1))


def test_due_rows_are_offered_once(runtime: Runtime, redis_connection: Redis, note: Note) -> None:
    rows = note(3)
    assert relay_once(runtime, redis_connection) == 3
    assert relay_once(runtime, redis_connection) == 0
    assert queued(redis_connection) == [f"{row}-0" for row in rows]


def test_the_queue_holds_nothing_but_the_rows_id(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    [row] = note(1)
    relay_once(runtime, redis_connection)
    job = redis_connection.hgetall(f"rq:job:{row}-0")
    assert json.loads(zlib.decompress(job[b"data"])) == ["workers.execution.run_row", None, [row], {}]
    assert job[b"description"] == b"tests.mark"


@pytest.mark.parametrize(
    "change",
    [
        "next_at = clock_timestamp() + interval '1 minute'",
        "state = 'done'",
        "state = 'stuck'",
        "offered_at = clock_timestamp()",
    ],
)
def test_rows_that_have_no_turn_stay(
    runtime: Runtime, redis_connection: Redis, note: Note, change: str
) -> None:
    note(1)
    with runtime.transaction() as session:
        session.execute(text(f"UPDATE outbox SET {change}"))
    assert relay_once(runtime, redis_connection) == 0
    assert queued(redis_connection) == []


def test_two_relays_do_not_double(runtime: Runtime, redis_url: str, note: Note) -> None:
    rows = note(300)
    moved: list[int] = []
    barrier = threading.Barrier(2)

    def relay() -> None:
        with connect(redis_url) as connection:
            barrier.wait()
            while True:
                count = relay_once(runtime, connection, batch=20)
                moved.append(count)
                if count == 0:
                    return

    threads = [threading.Thread(target=relay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(moved) == 300
    with connect(redis_url) as connection:
        assert queued(connection) == sorted(f"{row}-0" for row in rows)


def test_a_relay_that_died_before_its_commit_is_made_up_for(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    import uuid

    [row] = note(1)
    assert offer(redis_connection, uuid.UUID(row), "tests.mark", 0)
    assert relay_once(runtime, redis_connection) == 1
    assert queued(redis_connection) == [f"{row}-0"]


def test_a_queue_that_does_not_answer_leaves_the_rows_due(
    runtime: Runtime, redis_connection: Redis, note: Note
) -> None:
    note(2)
    with connect("unix:///nowhere/valkey.sock") as away, pytest.raises(RedisError):
        relay_once(runtime, away)
    assert relay_once(runtime, redis_connection) == 2
