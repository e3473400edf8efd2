"""``serve``, ``worker`` and ``scheduler`` come up on an empty home and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from sqlalchemy import text

from insurer.platform.embedded.client import use_servers
from insurer.platform.runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a command as a shell does: in a foreground group of its own, on a home of its own."""
    started: list[subprocess.Popen[str]] = []

    def one(*command: str, **environment: str) -> "subprocess.Popen[str]":
        plain = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        process = subprocess.Popen(
            [sys.executable, "-m", "insurer.cli.main", *command],
            cwd=ROOT,
            env={**plain, "INSURER_HOME": str(tmp_path / "home"), "INSURER_PORT": str(port()), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        started.append(process)
        return process

    yield one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> set[int]:
    """Everything below a process."""
    found: set[int] = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found |= {int(name)} | children(int(name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(holds: Callable[[], bool], limit: float = 30.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def comes_up(process: "subprocess.Popen[str]", number: int) -> None:
    """Wait for the first answer; a command that ended instead fails the test with what it said."""
    deadline = time.monotonic() + 60
    while not answers(f"http://127.0.0.1:{number}/healthz"):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "did not answer in time"
        time.sleep(0.05)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_and_stops_with_everything_it_started(start: Start, sign: signal.Signals) -> None:
    number = port()
    process = start("serve", "--with-workers", INSURER_PORT=str(number), INSURER_WEB_WORKERS="1")
    comes_up(process, number)
    assert process.stdout is not None
    assert f"http://127.0.0.1:{number}/" in process.stdout.readline()
    below = children(process.pid)
    assert len(below) >= 5
    os.killpg(process.pid, sign)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert not [pid for pid in below if is_alive(pid)]


def test_a_killed_serve_takes_its_children_with_it(start: Start) -> None:
    number = port()
    process = start("serve", "--with-workers", INSURER_PORT=str(number), INSURER_WEB_WORKERS="1")
    comes_up(process, number)
    below = children(process.pid)
    process.kill()
    eventually(lambda: not [pid for pid in below if is_alive(pid)])


def test_serve_names_a_port_that_is_taken(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = start("serve", INSURER_PORT=str(other.getsockname()[1]))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "INSURER_PORT" in errors
    assert "Traceback" not in errors


def test_worker_and_scheduler_share_a_home_and_restart_what_died(start: Start, tmp_path: Path) -> None:
    worker, scheduler = start("worker", "--processes", "2"), start("scheduler")
    eventually(lambda: len(children(worker.pid)) == 3 and len(children(scheduler.pid)) == 1)
    [killed, *_] = children(scheduler.pid)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: bool(children(scheduler.pid)) and killed not in children(scheduler.pid))
    below = children(worker.pid) | children(scheduler.pid)
    with use_servers(tmp_path / "home"):
        pass
    for process in (worker, scheduler):
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
    assert not [pid for pid in below if is_alive(pid)]


def test_a_database_of_ones_own_is_not_upgraded_behind_ones_back(
    start: Start, blank_database_url: str, redis_url: str
) -> None:
    process = start("worker", DATABASE_URL=blank_database_url, REDIS_URL=redis_url)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "insurer db upgrade" in errors
    assert "Traceback" not in errors


def test_a_queue_server_that_throws_keys_away_is_refused(
    start: Start, runtime: Runtime, tmp_path: Path
) -> None:
    from redis import Redis

    url = runtime.engine.url.render_as_string(hide_password=False)
    with runtime.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    with use_servers(tmp_path / "queue", durable=False) as lease:
        with Redis.from_url(lease.endpoints.redis_url) as queue:
            queue.config_set("maxmemory-policy", "allkeys-lru")
        process = start("worker", DATABASE_URL=url, REDIS_URL=lease.endpoints.redis_url)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "noeviction" in errors
