"""The one small process that owns the two servers of a home.

``python -m insurer.platform.embedded.supervisor HOME LOCK_DESCRIPTOR durable|fast``

Started by the first client, which has taken the supervisor's lock and hands its descriptor on: so there
is never a moment with two supervisors. It lives in its own session (Ctrl-C in a terminal does not reach
it), restarts a server that crashed, and stops both once nobody holds the users' lock. It keeps that lock
while stopping: a client that comes then waits for the end and starts a new supervisor.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from insurer.platform.embedded import postgres, valkey
from insurer.platform.embedded.binaries import BinariesMissing, binaries_for
from insurer.platform.embedded.layout import (
    HomeLayout,
    discard_far_sockets,
    prepare_socket_folder,
    service_user,
)
from insurer.platform.embedded.locks import open_lock, try_exclusive
from insurer.platform.embedded.processes import DidNotStart, ServerProcess, clear_strays
from insurer.platform.embedded.state import remove_state, write_state

LOOK_EVERY = 0.2
"""Seconds between two looks at the users' lock and the servers."""

RESTART_LIMIT = 30.0
"""Seconds during which a start is tried again (what a crash left behind may need a while to go)."""

RESTART_LIMIT_FOR_TESTS = 3.0

_log = logging.getLogger("insurer.embedded")


class Supervisor:
    """Starts, watches and stops the servers of one home; used by :func:`main` alone."""

    def __init__(self, layout: HomeLayout, *, durable: bool) -> None:
        self._layout = layout
        self._durable = durable
        self._users = open_lock(layout.users_lock)
        self._servers: list[ServerProcess] = []
        self._sockets = Path()
        self._told_to_stop = False

    def run(self) -> None:
        """Start the servers, watch them until nobody uses them, stop them.

        Raises:
            DidNotStart: a server could not be started, or not again within RESTART_LIMIT.
        """
        signal.signal(signal.SIGTERM, self._stop_soon)
        try:
            self._prepare()
            for server in self._servers:
                self._start(server)
            write_state(self._layout, "ready", str(self._sockets))
            _log.info("ready")
            while not self._told_to_stop and not try_exclusive(self._users):
                time.sleep(LOOK_EVERY)
                for server in self._servers:
                    if server.ended():
                        self._restart(server)
            _log.info("nobody uses the servers: stopping" if not self._told_to_stop else "told to stop")
            remove_state(self._layout)
        finally:
            for server in self._servers:
                server.ask_to_stop()
            for server in self._servers:
                server.stop()
            discard_far_sockets(self._layout)

    def _stop_soon(self, _sign: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _prepare(self) -> None:
        layout = self._layout
        user = service_user(layout)
        for folder in (layout.postgres_data, layout.valkey_data):
            if folder.exists():
                clear_strays(folder, user)
        binaries = binaries_for(user)
        postgres.create_cluster(layout, binaries, user, durable=self._durable)
        valkey.create_folder(layout, user)
        self._sockets = prepare_socket_folder(layout, user)
        folder_fd = os.open(self._sockets, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        make = (postgres.postgres_server, valkey.valkey_server)
        self._servers = [one(layout, binaries, user, folder_fd, durable=self._durable) for one in make]
        _log.info("servers run as %s, sockets in %s", user.name, self._sockets)

    def _start(self, server: ServerProcess) -> None:
        deadline = time.monotonic() + (RESTART_LIMIT if self._durable else RESTART_LIMIT_FOR_TESTS)
        while True:
            try:
                server.start()
            except DidNotStart as reason:
                _log.warning("%s", reason)
                if time.monotonic() > deadline or self._told_to_stop:
                    raise
                time.sleep(0.3)
            else:
                return

    def _restart(self, server: ServerProcess) -> None:
        _log.warning("%s ended by itself: starting it again", server.name)
        write_state(self._layout, "starting", str(self._sockets))
        self._start(server)
        write_state(self._layout, "ready", str(self._sockets))
        _log.info("%s is ready again", server.name)


def main() -> None:
    """Entry point; the first process returns at once, so that the client can collect it."""
    layout = HomeLayout(Path(sys.argv[1]))
    lock, durable = int(sys.argv[2]), sys.argv[3] == "durable"
    if os.fork() > 0:
        os._exit(0)
    os.set_inheritable(lock, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s [%(process)d] %(message)s")
    try:
        _become_owner(layout)
        Supervisor(layout, durable=durable).run()
    except DidNotStart as reason:
        _give_up(layout, f"{reason}", "postgres.log" if "PostgreSQL" in str(reason) else "valkey.log")
    except subprocess.CalledProcessError as refused:
        _give_up(layout, f"{refused}\n{refused.output}", "supervisor.log")
    except (BinariesMissing, KeyError, OSError) as reason:
        _give_up(layout, f"{type(reason).__name__}: {reason}", "supervisor.log")
    except BaseException:
        _log.exception("the supervisor ends")
        _give_up(layout, "see above", "supervisor.log")
    # The supervisor's lock goes first: a client that was waiting for the users' lock needs it free.
    os.close(lock)
    os._exit(0)


def _become_owner(layout: HomeLayout) -> None:
    """Give root's rights up for good in the home of an ordinary user: that user is the servers' user."""
    owner = layout.owner()
    if os.geteuid() == 0 and owner.uid != 0:
        os.initgroups(owner.name, owner.gid)
        os.setgid(owner.gid)
        os.setuid(owner.uid)


def _give_up(layout: HomeLayout, reason: str, log: str) -> None:
    _log.error("giving up: %s", reason)
    try:
        write_state(layout, "failed", log=log)
    except OSError:
        _log.exception("the state cannot be written")


if __name__ == "__main__":
    main()
