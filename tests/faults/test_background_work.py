"""Whatever is killed or emptied, each piece of background work is done exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from insurer.platform.clock import now
from insurer.platform.embedded.client import use_servers
from insurer.platform.jobs import QUEUES
from insurer.platform.outbox import Work, note_work
from insurer.platform.runtime import Runtime

DESK = Path(__file__).resolve().parents[1] / "workers" / "desk.py"


class Desk:
    """The background processes of one test, and what they did."""

    def __init__(self, runtime: Runtime, redis_url: str) -> None:
        self.runtime = runtime
        self._environment = {
            **os.environ,
            "DATABASE_URL": runtime.engine.url.render_as_string(hide_password=False),
            "REDIS_URL": redis_url,
            "INSURER_HOME": str(runtime.settings.home),
            "INSURER_KEYS_FILE": str(runtime.settings.home / "keys.json"),
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        with runtime.engine.begin() as connection:
            connection.execute(text("CREATE TABLE effect (key text, pid int)"))
            connection.execute(text("CREATE TABLE begun (key text, pid int, parent int)"))

    def start(self, *kinds: str) -> list[subprocess.Popen[bytes]]:
        started = [
            subprocess.Popen(
                [sys.executable, str(DESK), kind, str(os.getpid())],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            for kind in kinds
        ]
        self._processes += started
        return started

    def revive(self) -> None:
        """Start again what ended, as a crew does: the queue's own worker ends when its server is away."""
        for process in list(self._processes):
            if process.poll() is not None:
                self._processes.remove(process)
                self.start(str(process.args[2]))  # type: ignore[index]

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait(10)

    def note(self, count: int, wait: float = 0.0) -> None:
        with self.runtime.transaction() as session:
            works = [
                Work("tests.mark", {"key": str(number), "wait": wait}, f"mark:{number}")
                for number in range(count)
            ]
            note_work(session, works, now=now())

    def effects(self) -> list[str]:
        return self._read("SELECT key FROM effect")

    def begun(self) -> list[tuple[int, int]]:
        with self.runtime.engine.connect() as connection:
            rows = connection.execute(text("SELECT pid, parent FROM begun")).all()
        return [(row.pid, row.parent) for row in rows]

    def open_work(self) -> list[str]:
        return self._read("SELECT dedupe_key FROM outbox WHERE state <> 'done'")

    def _read(self, query: str) -> list[str]:
        with self.runtime.engine.connect() as connection:
            return sorted(connection.execute(text(query)).scalars())


@pytest.fixture
def desk(runtime: Runtime, keyring: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    from insurer.platform.crypto import load_keyring

    monkeypatch.setitem(QUEUES, "tests.mark", "imports")
    load_keyring(runtime.settings.home / "keys.json", create=True)
    desk = Desk(runtime, runtime.redis_url)
    yield desk
    desk.stop()


def eventually(holds: Callable[[], bool], limit: float = 25.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_job_is_done_exactly_once_afterwards(desk: Desk) -> None:
    desk.note(3, wait=30)
    desk.start("relay", "queue")
    for killed in range(3):
        eventually(lambda: len({pid for pid, _ in desk.begun()}) > killed)  # noqa: B023 - called at once
        os.kill(desk.begun()[-1][0], signal.SIGKILL)
        eventually(lambda: len(desk.begun()) > killed + 1 or not desk.open_work())  # noqa: B023
    eventually(lambda: desk.open_work() == [])
    assert desk.effects() == ["0", "1", "2"]
    assert len(desk.begun()) > 3


def test_a_killed_worker_takes_its_child_with_it_and_another_does_the_work(desk: Desk) -> None:
    desk.note(1, wait=30)
    _, worker = desk.start("relay", "queue")
    eventually(lambda: len(desk.begun()) == 1)
    [(child, parent)] = desk.begun()
    assert parent == worker.pid
    worker.kill()
    worker.wait()
    eventually(lambda: not is_alive(child), limit=5)
    assert desk.effects() == []
    desk.start("queue")
    eventually(lambda: desk.open_work() == [])
    assert desk.effects() == ["0"]


def test_a_queue_that_loses_everything_loses_no_work(desk: Desk) -> None:
    [relay] = desk.start("relay")
    desk.note(100)
    with Redis.from_url(desk.runtime.redis_url) as queue:
        eventually(lambda: queue.llen("rq:queue:imports") == 100)
        queue.flushdb()
        assert desk.effects() == []
        desk.start("queue")
        eventually(lambda: len(desk.effects()) > 10)
        queue.flushdb()
    relay.kill()
    relay.wait()
    desk.start("relay")
    eventually(lambda: desk.open_work() == [])
    assert desk.effects() == sorted(str(number) for number in range(100))


def test_two_relays_and_two_workers_double_nothing(desk: Desk) -> None:
    desk.start("relay", "relay", "queue", "queue")
    desk.note(60)
    eventually(lambda: desk.open_work() == [])
    assert desk.effects() == sorted(str(number) for number in range(60))


def test_a_queue_server_that_dies_delays_work_and_loses_none(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from insurer.platform.crypto import load_keyring

    monkeypatch.setitem(QUEUES, "tests.mark", "imports")
    load_keyring(runtime.settings.home / "keys.json", create=True)
    with use_servers(tmp_path / "home", durable=False) as lease:
        url = lease.endpoints.redis_url
        desk = Desk(runtime, url)
        try:
            desk.start("relay", "queue")
            desk.note(1)
            eventually(lambda: desk.effects() == ["0"])
            with Redis.from_url(url) as queue:
                pid = int(queue.info("server")["process_id"])
            os.kill(pid, signal.SIGSTOP)  # it accepts connections and answers nobody
            desk.note(20)
            time.sleep(0.5)
            assert len(desk.effects()) == 1
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: _answers(url))
            deadline = time.monotonic() + 40
            while desk.open_work():
                assert time.monotonic() < deadline
                desk.revive()
                time.sleep(0.1)
            assert desk.effects() == sorted(str(number) for number in range(20))
        finally:
            desk.stop()


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=1) as queue:
            return bool(queue.ping())
    except RedisError:
        return False
