"""PostgreSQL of one home: creating its data folder, starting it, knowing that it is ready.

Who may connect: there is no TCP port; the sockets stand in a folder that only the home's owner (and
root) can enter, and PostgreSQL asks the kernel who the peer is (``peer`` through a name map), so that no
password exists that could be lost. Whoever is that person could read the data files anyway.
"""

import os
import shutil
import signal
from pathlib import Path

from insurer.platform.embedded.binaries import ServerBinaries, as_user
from insurer.platform.embedded.layout import DATABASE_NAME, DATABASE_USER, HomeLayout, SystemUser
from insurer.platform.embedded.processes import ServerProcess

PORT_IN_SOCKET_NAME = 5432

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] ",
    # A log must never hold a person's data: neither statements and their values, nor the DETAIL line
    # that quotes a duplicate key.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
# Without fsync a commit still survives the death of every process (the fault tests need that), only not
# that of the machine.
_WITHOUT_SYNC = {"fsync": "off", "full_page_writes": "off"}


def postgres_server(
    layout: HomeLayout, binaries: ServerBinaries, user: SystemUser, sockets: int, *, durable: bool
) -> ServerProcess:
    """Describe the server of a home; ``sockets`` is a descriptor of the socket folder.

    ``durable=False`` switches the disk synchronisation off: for test data only.
    """
    settings = dict(_SETTINGS, unix_socket_directories=f"/proc/self/fd/{sockets}")
    if not durable:
        settings |= _WITHOUT_SYNC
    command = [str(binaries.postgres), "-D", "/proc/self/cwd"]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    data = layout.postgres_data

    def remove_stale_pid_file() -> None:
        # No process works in the folder any more. A killed postmaster that nobody reaped would still
        # count as alive for PostgreSQL ("lock file postmaster.pid already exists").
        (data / "postmaster.pid").unlink(missing_ok=True)

    return ServerProcess(
        name="PostgreSQL",
        command=command,
        data=data,
        log=layout.logs / "postgres.log",
        user=user,
        pass_fds=(sockets,),
        # SIGINT is the fast shutdown; SIGTERM would wait for every sleeping client.
        stop_signals=(signal.SIGINT, signal.SIGQUIT),
        is_ready=lambda pid: _is_ready(data, pid),
        before_start=remove_stale_pid_file,
    )


def create_cluster(layout: HomeLayout, binaries: ServerBinaries, user: SystemUser, *, durable: bool) -> None:
    """Create the data folder with the application's database, whole or not at all.

    Raises:
        subprocess.CalledProcessError: initdb refused; ``output`` says why.
    """
    data = layout.postgres_data
    if not data.exists():
        work = data.with_name("postgres.new")
        if work.exists():
            shutil.rmtree(work)
        work.mkdir(mode=0o700)
        os.chown(work, user.uid, user.gid)
        initdb = [str(binaries.initdb), "-D", "/proc/self/cwd", "-U", DATABASE_USER, "--auth=peer"]
        initdb += ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"]
        as_user(initdb if durable else [*initdb, "--no-sync"], user, cwd=work)
        single = [str(binaries.postgres), "--single", "-D", "/proc/self/cwd", "postgres"]
        as_user(single, user, cwd=work, text=f"CREATE DATABASE {DATABASE_NAME};\n")
        work.rename(data)
    _write_access_rules(layout, data)


def _write_access_rules(layout: HomeLayout, data: Path) -> None:
    owner = layout.owner()
    _replace(data / "pg_hba.conf", "local all all peer map=owner\n")
    names = sorted({owner.name, "root"})
    _replace(data / "pg_ident.conf", "".join(f'owner "{name}" {DATABASE_USER}\n' for name in names))


def _replace(path: Path, text: str) -> None:
    """Write a file in a folder that belongs to the servers' user without following what may lie there."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(text)


def _is_ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
