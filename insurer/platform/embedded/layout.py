"""Where the embedded servers of one home keep what they need, and as which system user they run.

::

    HOME/log/            supervisor.log, postgres.log, valkey.log
    HOME/run/            users.lock, supervisor.lock, state.json, sockets/ (when the path is short enough)
    HOME/servers/        postgres/ and valkey/, the data folders, each the working folder of its server

PostgreSQL refuses to run as root. Started by root, both servers therefore run as an existing ordinary
user, and a home may well stand where that user cannot walk (``/root/...``, a 0700 folder). Granting the
servers capabilities (CAP_DAC_OVERRIDE) would open every file of the machine to a database superuser;
moving the data out of the home would surprise whoever copies or deletes a home. Instead each server is
started *inside* its data folder and given file descriptors: ``/proc/self/cwd`` and ``/proc/self/fd/N``
lead straight to a folder without walking the path to it. So the folders above may stay closed (0700),
which also keeps other processes of that shared user out.
"""

import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_FOLDER_LIMIT = 92
"""Bytes: the kernel allows 107 for a socket's path, and ``/.s.PGSQL.5432.lock`` must not go over it."""

DATABASE_USER = "insurer"
DATABASE_NAME = "insurer"
VALKEY_SOCKET = "valkey.sock"

_UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class SystemUser:
    """An account of the machine."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True, slots=True)
class HomeLayout:
    """The paths of one home; nothing is created by naming them."""

    root: Path

    @property
    def logs(self) -> Path:
        """Folder of the servers' logs."""
        return self.root / "log"

    @property
    def run(self) -> Path:
        """Folder of locks, state and sockets."""
        return self.root / "run"

    @property
    def servers(self) -> Path:
        """Closed folder above the two data folders."""
        return self.root / "servers"

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.servers / "postgres"

    @property
    def valkey_data(self) -> Path:
        """Valkey's data folder."""
        return self.servers / "valkey"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the servers."""
        return self.run / "users.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held exclusively by the one supervisor of this home."""
        return self.run / "supervisor.lock"

    @property
    def state_file(self) -> Path:
        """What the supervisor last said about itself."""
        return self.run / "state.json"

    @property
    def far_sockets_record(self) -> Path:
        """Names the socket folder outside the home, when the home's own path is too long."""
        return self.run / "sockets.path"

    def owner(self) -> SystemUser:
        """Return who owns the home; root working in somebody's home leaves everything to that person.

        Raises:
            KeyError: the owner's number has no account.
        """
        entry = pwd.getpwuid(self.root.stat().st_uid)
        return SystemUser(entry.pw_uid, entry.pw_gid, entry.pw_name)

    def create(self) -> None:
        """Create the folders that clients and supervisor need; a new home is closed to others (0700).

        Raises:
            OSError: a folder cannot be created or is not ours.
        """
        self.root.mkdir(parents=True, mode=0o700, exist_ok=True)
        for folder, mode in ((self.logs, 0o700), (self.run, 0o700), (self.servers, 0o700)):
            if not folder.exists():
                folder.mkdir(mode=mode, exist_ok=True)
                self.give_to_owner(folder)

    def give_to_owner(self, path: Path) -> None:
        """Hand a file that root made in an ordinary user's home to that user."""
        if os.geteuid() == 0:
            info = self.root.stat()
            os.chown(path, info.st_uid, info.st_gid, follow_symlinks=False)


def service_user(layout: HomeLayout) -> SystemUser:
    """Return the account that the servers run as: ourselves, or for root the home's owner or a service user.

    No account is ever created.

    Raises:
        KeyError: root found neither ``postgres`` nor ``nobody``, or our number has no account.
    """
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return SystemUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    owner = layout.owner()
    if owner.uid != 0:
        return owner
    if layout.postgres_data.exists():
        entry = pwd.getpwuid(layout.postgres_data.stat().st_uid)
        if entry.pw_uid != 0:
            return SystemUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise KeyError("postgres, nobody")


def prepare_socket_folder(layout: HomeLayout, service: SystemUser) -> Path:
    """Create the folder of the two sockets and return it.

    Its parent belongs to the home's owner and is closed to everybody else; the folder itself belongs to
    the servers' user, who reaches it through a descriptor. A home with a long path gets a private folder
    in the system's temporary folder, which is written down in the home.
    """
    near = layout.run / "sockets"
    if len(os.fsencode(near)) <= SOCKET_FOLDER_LIMIT:
        folder = near
    else:
        discard_far_sockets(layout)
        temporary = tempfile.gettempdir()
        if len(os.fsencode(temporary)) > SOCKET_FOLDER_LIMIT - 24:
            temporary = "/tmp"  # noqa: S108 - mkdtemp below makes a private folder there
        private = Path(tempfile.mkdtemp(prefix="insurer-", dir=temporary))
        layout.give_to_owner(private)
        layout.far_sockets_record.write_text(str(private), encoding="utf-8")
        folder = private / "s"
    folder.mkdir(mode=0o700, exist_ok=True)
    for stale in folder.iterdir():  # the caller has made sure that no server of this home is alive
        stale.unlink()
    os.chown(folder, service.uid, service.gid)
    return folder


def discard_far_sockets(layout: HomeLayout) -> None:
    """Remove the socket folder outside the home, if one is written down and it is still ours."""
    if not layout.far_sockets_record.exists():
        return
    private = Path(layout.far_sockets_record.read_text(encoding="utf-8"))
    layout.far_sockets_record.unlink(missing_ok=True)
    try:
        info = private.lstat()
        if info.st_uid not in (os.geteuid(), layout.root.stat().st_uid):
            return
        for entry in (private / "s").iterdir():
            entry.unlink()
        (private / "s").rmdir()
        private.rmdir()
    except OSError:
        return  # it is in the temporary folder: the system will clean it
