"""A server as a direct child of the supervisor, and the strays of a supervisor that was killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from insurer.platform.embedded.binaries import SERVER_ENVIRONMENT
from insurer.platform.embedded.layout import SystemUser
from insurer.platform.processes import end_with_parent

_LOG_LIMIT = 10 * 1024 * 1024


class DidNotStart(Exception):
    """A server ended before it was ready; its log says why."""


@dataclass(slots=True)
class ServerProcess:
    """One server: how to start it inside its data folder, to know that it is ready, and to stop it."""

    name: str
    command: list[str]
    data: Path
    log: Path
    user: SystemUser
    pass_fds: tuple[int, ...]
    stop_signals: tuple[signal.Signals, ...]
    is_ready: Callable[[int], bool]
    before_start: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self, limit: float = 600.0) -> None:
        """Start the server and wait until it answers; a long recovery is waited for as long as it lives.

        Raises:
            DidNotStart: it ended, or is not ready after ``limit`` seconds (it is killed then).
        """
        clear_strays(self.data, self.user)
        self.before_start()
        _rotate(self.log)
        switch = {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}
        with open_log(self.log) as log:
            process = subprocess.Popen(  # type: ignore[call-overload]
                self.command,
                cwd=self.data,
                env=SERVER_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.pass_fds,
                start_new_session=True,
                # Safe here: the supervisor has one thread only.
                preexec_fn=partial(end_with_parent, self.stop_signals[0], os.getpid()),  # noqa: PLW1509
                **(switch if os.geteuid() == 0 else {}),
            )
        self.process = process
        deadline = time.monotonic() + limit
        while not self.is_ready(process.pid):
            if process.poll() is not None:
                raise DidNotStart(f"{self.name} ended with status {process.returncode}")
            if time.monotonic() > deadline:
                self.stop()
                raise DidNotStart(f"{self.name} was not ready after {limit:.0f} s")
            time.sleep(0.01)

    def ended(self) -> bool:
        """Say whether the server, once started, is gone."""
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Send the first stop signal, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signals[0])

    def stop(self, patience: float = 20.0) -> None:
        """Stop the server: politely, then firmly, then by force."""
        if self.process is None:
            return
        for step in (*self.stop_signals, signal.SIGKILL):
            if self.process.poll() is not None:
                break
            self.process.send_signal(step)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending, but not through a symbolic link (we may be root in somebody's folder)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "ab")


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def clear_strays(data: Path, user: SystemUser, patience: float = 10.0) -> None:
    """End every process that still works inside a data folder whose supervisor is gone.

    The caller holds the supervisor's lock, so nothing may rightly run there. What remains is a server
    that is already shutting down because its supervisor died (it gets ``patience`` seconds), or backends
    of a killed PostgreSQL that would keep its shared memory busy (they are told to quit at once: their
    transactions are rolled back by the recovery, as after any crash).
    """
    started = time.monotonic()
    while strays := processes_inside(data, user):
        waited = time.monotonic() - started
        if waited > 2 * patience:
            raise DidNotStart(f"processes {sorted(strays)} still use {data.name}")
        sign = None
        if waited > 1.5 * patience:
            sign = signal.SIGKILL
        elif waited > patience or (waited > 0.5 and not _has_server(data, strays)):
            sign = signal.SIGQUIT if data.name == "postgres" else signal.SIGTERM
        if sign is not None:
            for pid in strays:
                _signal(pid, sign)
        time.sleep(0.05)


def _has_server(data: Path, pids: set[int]) -> bool:
    try:
        first = (data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
    except OSError:
        return data.name != "postgres"
    return first.isdigit() and int(first) in pids


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def processes_inside(folder: Path, user: SystemUser) -> set[int]:
    """Return the living processes whose working folder is ``folder``.

    Asked as the servers' user: in a container root often lacks the right to look into the processes of
    others, while one may always look into one's own.
    """
    target = folder.stat()
    if os.geteuid() != 0 or user.uid == 0:
        return _working_in(target)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user.gid)
            os.setuid(user.uid)
            os.write(writer, " ".join(map(str, _working_in(target))).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        text = answers.read()
    os.waitpid(child, 0)
    return {int(pid) for pid in text.split()}


def _working_in(target: os.stat_result) -> set[int]:
    found = set()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            there = os.stat(f"/proc/{name}/cwd")  # a zombie has none
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == (target.st_dev, target.st_ino):
            found.add(int(name))
    return found
