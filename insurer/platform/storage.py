"""Content-addressed storage of files: papers, rosters as received, letters as sent, bank files.

Bytes are sealed before they reach the disk and named by the SHA-256 of their plain content. A file is
written to a temporary name, flushed and renamed, then its row is inserted: a row never names a file that
is not there. ``Storage`` is the seam for an object store.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Final, Protocol

from sqlalchemy import String, Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from insurer.kernel.errors import NotFound, Unavailable
from insurer.platform.crypto import Keyring
from insurer.platform.db import Base, UnitSession

_PIECE: Final = 1024 * 1024
_PIECES: Final = b"\0pieces1"
"""Begins a file kept in pieces; one sealed whole begins with the length of its key's name, which is not 0."""


class StoredFile(Base):
    """A file that is in storage."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Storage(Protocol):
    """Where bytes live; implementations must be safe to call twice with the same content."""

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256 in hex; keeping it again changes nothing."""

    def put_stream(self, stream: IO[bytes]) -> tuple[str, int]:
        """Keep what a stream holds, a piece at a time; return its SHA-256 in hex and its size."""

    def get(self, digest: str) -> bytes:
        """Return the content of ``digest``; :class:`NotFound` when it is not there."""

    def check(self) -> None:
        """Raise :class:`Unavailable` when nothing can be written now."""


class LocalStorage:
    """Storage in a local folder, ``sha256/ab/cdef…``, sealed with the installation's keys."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder / "sha256"
        self._keyring = keyring

    def put(self, content: bytes) -> str:
        """Keep ``content`` durably; :class:`Unavailable` when the disk is full or not writable."""
        digest = sha256(content).hexdigest()
        self._write(digest, lambda file: file.write(self._keyring.seal_bytes(content, f"file:{digest}")))
        return digest

    def put_stream(self, stream: IO[bytes]) -> tuple[str, int]:
        """Keep a long file in sealed pieces, so that nobody ever holds all of it; raises as :meth:`put`."""
        found, size = sha256(), 0
        stream.seek(0)
        while piece := stream.read(_PIECE):
            found.update(piece)
            size += len(piece)
        digest = found.hexdigest()

        def write(file: IO[bytes]) -> None:
            file.write(_PIECES + size.to_bytes(8))
            stream.seek(0)
            for number in range(max(1, -(-size // _PIECE))):
                sealed = self._keyring.seal_bytes(stream.read(_PIECE), _place(digest, number, size))
                file.write(len(sealed).to_bytes(4) + sealed)

        self._write(digest, write)
        return digest, size

    def _write(self, digest: str, write: Callable[[IO[bytes]], object]) -> None:
        target = self._path(digest)
        if target.exists():
            return
        draft = target.with_name(f".{secrets.token_hex(8)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(draft, "xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(target)
            _flush_folder(target.parent)  # the name, too, must outlive a power cut
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise Unavailable("文件存不进去，可能磁盘满了。请管理员看一下，刚才的内容没有丢") from error

    def get(self, digest: str) -> bytes:
        """Return the plain content; :class:`NotFound` when there is no such file."""
        try:
            blob = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("这份文件不在存储里") from error
        if not blob.startswith(_PIECES):
            return self._keyring.open_bytes(blob, f"file:{digest}")
        return self._opened(digest, memoryview(blob)[len(_PIECES) :])

    def _opened(self, digest: str, rest: memoryview) -> bytes:
        """Open a file kept in pieces; each is bound to its number and to the size of the whole."""
        size, rest = int.from_bytes(rest[:8]), rest[8:]
        opened: list[bytes] = []
        while rest:
            length = int.from_bytes(rest[:4])
            place = _place(digest, len(opened), size)
            opened.append(self._keyring.open_bytes(bytes(rest[4 : 4 + length]), place))
            rest = rest[4 + length :]
        content = b"".join(opened)
        if len(content) != size:
            raise Unavailable("存储里的这份文件不完整，请管理员从备份恢复")
        return content

    def check(self) -> None:
        """Write and remove a small file."""
        probe = self._folder / f".probe-{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"ok")
            probe.unlink()
        except OSError as error:
            raise Unavailable("文件存储现在写不进去") from error

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not all(letter in "0123456789abcdef" for letter in digest):
            raise NotFound("文件编号不对")
        return self._folder / digest[:2] / digest[2:]


def _place(digest: str, number: int, size: int) -> str:
    return f"file:{digest}:{number}:{size}"


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_stream(
    session: UnitSession, storage: Storage, stream: IO[bytes], *, mime: str, now: datetime
) -> str:
    """Put a long file into storage without holding it, and note its row; returns its SHA-256 in hex."""
    digest, size = storage.put_stream(stream)
    row = {"sha256": digest, "size": size, "mime": mime, "created_at": now}
    session.execute(insert(StoredFile).values(row).on_conflict_do_nothing())
    return digest


def keep_file(session: UnitSession, storage: Storage, content: bytes, *, mime: str, now: datetime) -> str:
    """Put ``content`` into storage and note its row; returns its SHA-256 in hex."""
    digest = storage.put(content)
    row = {"sha256": digest, "size": len(content), "mime": mime, "created_at": now}
    session.execute(insert(StoredFile).values(row).on_conflict_do_nothing())
    return digest
