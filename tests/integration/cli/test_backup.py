"""A backup: what was there is there again, or nothing is."""

import io
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from insurer.accounts.operations import create_staff
from insurer.kernel.errors import Invalid, Unavailable
from insurer.platform.audit import Actor
from insurer.platform.backup import NOT_KEPT, read_backup, write_backup
from insurer.platform.crypto import load_keyring
from insurer.platform.db import unit_of_work
from insurer.platform.migrate import newest_revision, upgrade
from insurer.platform.storage import LocalStorage, keep_file
from insurer.registry import Base
from tests.integration.cli.command import PASSWORD, Run

ADMIN = Actor("admin_shell", "tests", "测试")
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CONTENT = "结算单 320411199001011234".encode() * 1_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def filled(fresh_engine: Engine, home: Path) -> str:
    """Two accounts, one file, a few thousand rows; the file's digest."""
    keyring = load_keyring(home / "keys.json", create=True)
    with unit_of_work(fresh_engine, keyring) as session:
        for role in ("clerk", "reviewer"):
            create_staff(
                session, actor=ADMIN, login=role, name="王芳", roles=[role], password=PASSWORD, now=NOW
            )
        session.execute(
            text(
                "INSERT INTO schedule_slot SELECT E'tab\\t newline\\n back\\\\slash 字' || n, now(), now()"
                " FROM generate_series(1, 3000) n"
            )
        )
        return keep_file(
            session, LocalStorage(home / "files", keyring), CONTENT, mime="application/pdf", now=NOW
        )


def rows(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(
                str(row) for row in connection.execute(text(f"SELECT t::text FROM {table.name} t")).scalars()
            )
            for table in Base.metadata.sorted_tables
            if table.name not in NOT_KEPT | {"audit_entry"}
        }


def test_what_was_backed_up_is_there_again(
    run: Run, fresh_engine: Engine, blank_database_url: str, home: Path, tmp_path: Path, filled: str
) -> None:
    target = tmp_path / "desk.backup"
    made = run("backup", str(target))
    assert made.returncode == 0, made.stderr
    assert str(home / "keys.json") in made.stdout
    assert target.stat().st_mode & 0o777 == 0o600
    assert "王芳".encode() not in target.read_bytes()
    assert list(tmp_path.glob(".desk*")) == []

    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(home / "keys.json", other / "keys.json")
    place = {"home": str(other), "database_url": blank_database_url}
    done = run("restore", str(target), **place)
    assert done.returncode == 0, done.stderr
    assert "操作日志核验无误" in done.stdout
    restored = create_engine(blank_database_url)
    assert rows(restored) == rows(fresh_engine)
    restored.dispose()
    keyring = load_keyring(other / "keys.json", create=False)
    assert LocalStorage(other / "files", keyring).get(filled) == CONTENT
    assert run("audit", "verify", **place).returncode == 0
    assert "reviewer" in run("user", "list", **place).stdout

    again = run("restore", str(target), **place)
    assert again.returncode == 2
    assert "已经有资料" in again.stderr


def test_an_existing_file_is_never_overwritten(run: Run, tmp_path: Path, filled: str) -> None:
    target = tmp_path / "desk.backup"
    target.write_text("mine")
    done = run("backup", str(target))
    assert done.returncode == 2
    assert target.read_text() == "mine"


def test_a_stored_file_that_is_missing_stops_the_backup(
    run: Run, home: Path, tmp_path: Path, filled: str
) -> None:
    (home / "files" / "sha256" / filled[:2] / filled[2:]).unlink()
    done = run("backup", str(tmp_path / "desk.backup"))
    assert done.returncode == 2
    assert "缺一份文件" in done.stderr
    assert list(tmp_path.glob("*backup*")) == []


def damaged(source: Path, target: Path, damage: str) -> Path:
    """Write a copy of a backup with one thing wrong."""
    if damage == "no backup":
        target.write_text("a text")
    elif damage == "cut":
        target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    else:
        with tarfile.open(source) as archive, tarfile.open(target, "w") as out:
            contents = {one.name: _read(archive, one) for one in archive}
            if damage == "no manifest":
                del contents["manifest"]
            elif damage == "changed":
                content = bytearray(contents["tables/schedule_slot/000000"])
                content[len(content) // 2] ^= 1
                contents["tables/schedule_slot/000000"] = bytes(content)
            elif damage == "swapped":
                contents["tables/staff/000000"] = contents["tables/audit_entry/000000"]
            elif damage == "file lost":
                del contents[next(name for name in contents if name.startswith("files/"))]
            for name, content in contents.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                out.addfile(member, io.BytesIO(content))
    return target


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def test_a_damaged_backup_restores_nothing(
    fresh_engine: Engine, blank_database_url: str, home: Path, tmp_path: Path, filled: str
) -> None:
    keyring = load_keyring(home / "keys.json", create=False)
    whole = tmp_path / "desk.backup"
    write_backup(
        fresh_engine,
        keyring,
        tables=Base.metadata.sorted_tables,
        files=home / "files" / "sha256",
        revision=newest_revision(),
        target=whole,
        now=NOW,
    )
    upgrade(blank_database_url)
    engine = create_engine(blank_database_url)
    known = [table.name for table in Base.metadata.sorted_tables]
    files = tmp_path / "other" / "sha256"
    for damage in ("cut", "changed", "swapped", "no manifest", "file lost", "no backup"):
        broken = damaged(whole, tmp_path / f"{damage}.backup", damage)
        with pytest.raises((Invalid, Unavailable)):
            read_backup(engine, keyring, source=broken, files=files, known=known)
        assert not any(rows(engine).values()), damage
    assert read_backup(engine, keyring, source=whole, files=files, known=known).files == 1
    engine.dispose()


def test_other_keys_open_nothing(run: Run, blank_database_url: str, tmp_path: Path, filled: str) -> None:
    target, other = tmp_path / "desk.backup", tmp_path / "other"
    assert run("backup", str(target)).returncode == 0
    place = {"home": str(other), "database_url": blank_database_url}
    without = run("restore", str(target), **place)
    assert without.returncode == 2
    assert "密钥文件" in without.stderr
    load_keyring(other / "keys.json", create=True)
    wrong = run("restore", str(target), **place)
    assert wrong.returncode == 2
    assert "别的密钥" in wrong.stderr


def test_no_table_counts_with_a_sequence(fresh_engine: Engine) -> None:
    """A restored sequence would start anew; numbers come from the table of series."""
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM information_schema.sequences")) == 0
