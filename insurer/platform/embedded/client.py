"""Using the embedded servers of a home: start them if they do not run, keep them while we use them."""

import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from insurer.kernel.errors import Unavailable
from insurer.platform.embedded.layout import DATABASE_NAME, DATABASE_USER, VALKEY_SOCKET, HomeLayout
from insurer.platform.embedded.locks import open_lock, try_exclusive, try_shared, wait_shared
from insurer.platform.embedded.processes import open_log
from insurer.platform.embedded.state import SupervisorState, read_state, remove_state

START_LIMIT = 180.0
"""Seconds a client waits for the servers; a recovery after a crash may take its time."""

STOP_LIMIT = 30.0
"""Seconds the last user waits for the servers to stop."""

_WATCH_EVERY = 1.0
_ATTEMPTS = 3
_HANDED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "TMPDIR", "LD_LIBRARY_PATH")

_log = logging.getLogger("insurer.embedded")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the servers answer: an SQLAlchemy URL and a redis-py URL, both over Unix sockets."""

    database_url: str
    redis_url: str


class ServerLease:
    """The right of this process to find the servers running; given back by :meth:`close` or by dying.

    A forked child shares the lease: the servers run until parent and child are gone. While it is held,
    a supervisor that was killed is replaced within about a second.
    """

    def __init__(self, layout: HomeLayout, users: int, endpoints: Endpoints, *, durable: bool) -> None:
        self.endpoints = endpoints
        self._layout = layout
        self._users = users
        self._durable = durable
        self._owner = os.getpid()
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._keep_alive, name="embedded-servers", daemon=True)
        self._watch.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the servers back; the last user returns only after both have stopped."""
        if self._users < 0:
            return
        self._closing.set()
        if os.getpid() == self._owner:
            self._watch.join()
        # Closing, not unlocking: an unlock would also take the lock from forked children.
        os.close(self._users)
        self._users = -1
        _wait_until_stopped(self._layout)

    def _keep_alive(self) -> None:
        while not self._closing.wait(_WATCH_EVERY):
            try:
                if _start_if_missing(self._layout, durable=self._durable):
                    _log.warning("the supervisor of the embedded servers was gone and has been replaced")
            except OSError:
                _log.exception("the supervisor of the embedded servers cannot be replaced")


def use_servers(home: Path, *, durable: bool = True) -> ServerLease:
    """Return a lease on the embedded PostgreSQL and Valkey of ``home``, starting them if needed.

    ``durable=False`` starts them without disk synchronisation, for test data only; the first user of
    running servers decides.

    Raises:
        Unavailable: the servers do not run and could not be started; the message names the log file.
    """
    layout = HomeLayout(home.absolute())
    try:
        layout.create()
        users = open_lock(layout.users_lock)
        layout.give_to_owner(layout.users_lock)
    except OSError as reason:
        raise Unavailable(
            f"数据文件夹 {layout.root} 不能写入（{reason.strerror}）。"
            "请检查该文件夹的权限，或用 INSURER_HOME 指定另一个。"
        ) from reason
    try:
        if not wait_shared(users, START_LIMIT):
            raise _unavailable(layout, "supervisor.log")
        state = _await_ready(layout, durable=durable)
        return ServerLease(layout, users, _endpoints(Path(state.sockets)), durable=durable)
    except BaseException:
        os.close(users)
        raise


def _await_ready(layout: HomeLayout, *, durable: bool) -> SupervisorState:
    deadline = time.monotonic() + START_LIMIT
    started = 0
    while time.monotonic() < deadline:
        state = read_state(layout)
        if state is not None and state.status == "ready" and state.is_current():
            return state
        if started and state is not None and state.status == "failed":
            raise _unavailable(layout, state.log)
        if _start_if_missing(layout, durable=durable):
            started += 1
        if started > _ATTEMPTS:
            break  # it ends without a word each time
        time.sleep(0.02)
    raise _unavailable(layout, "supervisor.log")


def _start_if_missing(layout: HomeLayout, *, durable: bool) -> bool:
    """Start a supervisor unless one lives; return whether one was started."""
    lock = open_lock(layout.supervisor_lock)
    try:
        if not try_exclusive(lock):
            return False
        layout.give_to_owner(layout.supervisor_lock)
        remove_state(layout)  # under the lock: what lies here is the word of a dead supervisor
        log_path = layout.logs / "supervisor.log"
        command = [sys.executable, "-m", "insurer.platform.embedded.supervisor"]
        command += [str(layout.root), str(lock), "durable" if durable else "fast"]
        with open_log(log_path) as log:
            layout.give_to_owner(log_path)
            subprocess.run(
                command,
                cwd=Path(__file__).resolve().parents[3],
                env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,
                check=False,
            )
        return True
    finally:
        os.close(lock)


def _wait_until_stopped(layout: HomeLayout) -> None:
    """Return once the servers have stopped, or at once when somebody else uses them."""
    deadline = time.monotonic() + STOP_LIMIT
    users, supervisor = open_lock(layout.users_lock), open_lock(layout.supervisor_lock)
    try:
        while time.monotonic() < deadline:
            if try_exclusive(supervisor):
                return
            if not try_exclusive(users) and try_shared(users):
                return
            # Held by nobody (the supervisor will notice) or by the supervisor, which is stopping.
            os.close(users)
            users = open_lock(layout.users_lock)
            time.sleep(0.03)
    finally:
        os.close(users)
        os.close(supervisor)


def _endpoints(sockets: Path) -> Endpoints:
    folder = quote(str(sockets), safe="")
    path = quote(str(sockets / VALKEY_SOCKET))
    return Endpoints(
        database_url=f"postgresql+psycopg://{DATABASE_USER}@/{DATABASE_NAME}?host={folder}",
        redis_url=f"unix://{path}?db=0",
    )


def _unavailable(layout: HomeLayout, log: str) -> Unavailable:
    return Unavailable(
        f"内置数据库没有启动。原因记录在 {layout.logs / log}，请按其中的说明处理后重试；"
        "也可以用 DATABASE_URL 和 REDIS_URL 指定已有的服务器。"
    )
