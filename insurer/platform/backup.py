"""Backups: every table and every stored file as of one moment, in one sealed file.

The tables are copied inside one repeatable-read transaction, in pieces that are compressed and sealed with
the installation's keys; stored files are sealed already. The key file is not part of a backup: whoever has
both has everything. A backup is complete when its sealed manifest, the last member, is there.
"""

import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Engine, Table, text

from insurer.kernel.errors import Conflict, InsurerError, Invalid, Unavailable
from insurer.platform.crypto import Keyring
from insurer.platform.ids import new_id

PIECE: Final = 4 * 1024 * 1024
NOT_KEPT: Final = frozenset({"staff_session", "sign_in_attempt"})
"""Tables that a backup leaves out: a restored desk has no open session."""

_ABOUT, _MANIFEST = "about.json", "manifest"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: when it was made, at which revision, rows by table, files."""

    id: str
    revision: str
    made_at: str
    rows: dict[str, int]
    files: int


def write_backup(
    engine: Engine,
    keyring: Keyring,
    *,
    tables: Sequence[Table],
    files: Path,
    revision: str,
    target: Path,
    now: datetime,
) -> Backup:
    """Write everything as of now to ``target``; tables in an order in which they can be filled again.

    :class:`Conflict` when the target is there, :class:`Unavailable` when it cannot be written or a stored
    file is missing; then no half backup is left.
    """
    if target.exists():
        raise Conflict(f"{target} 已经有了，请换一个文件名")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    backup = Backup(str(new_id()), revision, now.isoformat(timespec="seconds"), {}, 0)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
                backup = _write(archive, engine, keyring, tables, files, backup)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(target)
    except OSError as error:
        raise Unavailable(f"{target} 写不进去，请看磁盘是不是满了、文件夹能不能写") from error
    finally:
        draft.unlink(missing_ok=True)
    return backup


def _write(
    archive: tarfile.TarFile,
    engine: Engine,
    keyring: Keyring,
    tables: Sequence[Table],
    files: Path,
    backup: Backup,
) -> Backup:
    about = {"id": backup.id, "revision": backup.revision, "made_at": backup.made_at, "key": keyring.current}
    _add(archive, _ABOUT, json.dumps(about).encode())
    listed: list[dict[str, Any]] = []
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        for table in tables:
            if table.name in NOT_KEPT:
                continue
            columns = [column.name for column in table.columns]
            pieces, rows = 0, 0
            for piece, count in _copied(raw, table.name, columns):
                place = _place(backup.id, table.name, pieces)
                _add(archive, f"tables/{table.name}/{pieces:06d}", keyring.seal_bytes(piece, place))
                pieces, rows = pieces + 1, rows + count
            listed.append({"name": table.name, "columns": columns, "pieces": pieces, "rows": rows})
        digests = connection.scalars(text("SELECT sha256 FROM stored_file ORDER BY sha256")).all()
    for digest in digests:
        try:
            content = (files / digest[:2] / digest[2:]).read_bytes()
        except FileNotFoundError as error:
            raise Unavailable(f"存储里缺一份文件（{digest[:12]}…），没有备份。请先找回它") from error
        _add(archive, f"files/{digest}", content)
    manifest = {"tables": listed, "files": len(digests)}
    sealed = keyring.seal_bytes(json.dumps(manifest).encode(), _place(backup.id, _MANIFEST, 0))
    _add(archive, _MANIFEST, sealed)
    rows_by_table = {entry["name"]: entry["rows"] for entry in listed}
    return Backup(backup.id, backup.revision, backup.made_at, rows_by_table, len(digests))


def _copied(raw: "psycopg.Connection[Any]", table: str, columns: list[str]) -> Iterator[tuple[bytes, int]]:
    """Yield compressed pieces of whole rows with the number of rows in each."""
    command = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _names(columns))
    rows, size, count = [], 0, 0
    with raw.cursor() as cursor, cursor.copy(command) as copy:
        for data in copy:
            rows.append(bytes(data))
            size, count = size + len(data), count + 1
            if size >= PIECE:
                yield zlib.compress(b"".join(rows)), count
                rows, size, count = [], 0, 0
    if rows:
        yield zlib.compress(b"".join(rows)), count


def read_about(source: Path) -> Backup:
    """Return what a backup says of itself, before any key is used; :class:`Invalid` when it is none."""
    try:
        with tarfile.open(source) as archive:
            about = json.loads(_content(archive, _ABOUT))
            return Backup(str(about["id"]), str(about["revision"]), str(about["made_at"]), {}, 0)
    except (tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise _not_whole(source) from error


def read_backup(
    engine: Engine, keyring: Keyring, *, source: Path, files: Path, known: Iterable[str]
) -> Backup:
    """Fill an empty database at the backup's revision, and the folder of files; all or nothing.

    :class:`Conflict` when the database holds anything, :class:`Invalid` when the backup is not whole,
    :class:`Unavailable` when it was made with other keys. ``known`` are the tables that may be filled.
    """
    about = read_about(source)
    try:
        with tarfile.open(source) as archive, engine.begin() as connection:
            manifest = _manifest(archive, keyring, about)
            names = [entry["name"] for entry in manifest["tables"]]
            if not set(names) <= set(known):
                raise Invalid(f"{source.name} 是更新的程序备份的，请先升级程序")
            raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
            for name in names:
                if raw.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone():
                    raise Conflict("数据库里已经有资料，不能恢复到上面。请用一个空的 INSURER_HOME 或数据库")
            for entry in manifest["tables"]:
                _fill(raw, archive, keyring, about, entry)
            _put_files(archive, files, int(manifest["files"]))
    except (tarfile.TarError, KeyError, ValueError, TypeError, zlib.error, EOFError) as error:
        raise _not_whole(source) from error
    except OSError as error:
        raise Unavailable("恢复时文件写不进去，请看磁盘是不是满了。数据库没有改动") from error
    rows = {entry["name"]: entry["rows"] for entry in manifest["tables"]}
    return Backup(about.id, about.revision, about.made_at, rows, int(manifest["files"]))


def _fill(
    raw: "psycopg.Connection[Any]",
    archive: tarfile.TarFile,
    keyring: Keyring,
    about: Backup,
    entry: dict[str, Any],
) -> None:
    name, columns = entry["name"], entry["columns"]
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), _names(columns))
    with raw.cursor() as cursor:
        with cursor.copy(command) as copy:
            for number in range(entry["pieces"]):
                sealed = _content(archive, f"tables/{name}/{number:06d}")
                copy.write(zlib.decompress(keyring.open_bytes(sealed, _place(about.id, name, number))))
        if cursor.rowcount != entry["rows"]:
            raise ValueError(f"{name} has {cursor.rowcount} rows, not {entry['rows']}")


def _put_files(archive: tarfile.TarFile, files: Path, expected: int) -> None:
    found = 0
    for member in archive:
        folder, _, digest = member.name.partition("/")
        if folder != "files":
            continue
        if len(digest) != 64 or not digest.isalnum():
            raise ValueError(member.name)
        place = files / digest[:2] / digest[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{os.getpid()}")
        draft.write_bytes(_content(archive, member.name))
        draft.rename(place)
        found += 1
    if found != expected:
        raise ValueError(f"{found} files, not {expected}")


def _manifest(archive: tarfile.TarFile, keyring: Keyring, about: Backup) -> dict[str, Any]:
    try:
        sealed = _content(archive, _MANIFEST)
        manifest: dict[str, Any] = json.loads(keyring.open_bytes(sealed, _place(about.id, _MANIFEST, 0)))
    except InsurerError as error:
        raise Unavailable("这份备份是用别的密钥做的。请先把原来的密钥文件放好，再恢复") from error
    return manifest


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column) for column in columns)


def _place(backup_id: str, name: str, number: int) -> str:
    return f"backup:{backup_id}:{name}:{number}"


def _not_whole(source: Path) -> Invalid:
    return Invalid(f"{source.name} 不是完整的备份，没有恢复。请换一份")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, to be written down beside the backup."""
    digest = sha256()
    with open(path, "rb") as file:
        while block := file.read(PIECE):
            digest.update(block)
    return digest.hexdigest()
