"""Valkey of one home: started in its data folder, append-only file on, no TCP port.

It only ever holds ids of work that PostgreSQL knows as well; the append-only file spares the sweep work
after a restart. Valkey has no lock of its own, two servers would ruin a common folder: the supervisor's
lock is that lock.
"""

import os
import signal
import socket
from pathlib import Path

from insurer.platform.embedded.binaries import ServerBinaries
from insurer.platform.embedded.layout import VALKEY_SOCKET, HomeLayout, SystemUser
from insurer.platform.embedded.processes import ServerProcess


def valkey_server(
    layout: HomeLayout,
    binaries: ServerBinaries,
    user: SystemUser,
    sockets: int,
    *,
    durable: bool,
) -> ServerProcess:
    """Describe the server of a home; ``sockets`` is a descriptor of the socket folder."""
    path = Path(f"/proc/self/fd/{sockets}") / VALKEY_SOCKET
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": ".",
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec" if durable else "no",
        "save": "",
        "maxmemory": "512mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "notice",
    }
    command = [str(binaries.valkey_server)]
    for name, value in settings.items():
        command += [f"--{name}", value]
    return ServerProcess(
        name="Valkey",
        command=command,
        data=layout.valkey_data,
        log=layout.logs / "valkey.log",
        user=user,
        pass_fds=(sockets,),
        stop_signals=(signal.SIGTERM,),
        is_ready=lambda _pid: _answers(path),
    )


def create_folder(layout: HomeLayout, user: SystemUser) -> None:
    """Create Valkey's data folder."""
    layout.valkey_data.mkdir(mode=0o700, exist_ok=True)
    os.chown(layout.valkey_data, user.uid, user.gid)


def _answers(path: Path) -> bool:
    """Say whether PING is answered by PONG; a server that still loads its file says LOADING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
