"""Content-addressed storage of files: papers, rosters as received, letters as sent, bank files.

Bytes are sealed before they reach the disk and named by the SHA-256 of their plain content. A file is
written to a temporary name, flushed and renamed, then its row is inserted: a row never names a file that
is not there. ``Storage`` is the seam for an object store.
"""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from sqlalchemy import String, Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from insurer.kernel.errors import NotFound, Unavailable
from insurer.platform.crypto import Keyring
from insurer.platform.db import Base, UnitSession


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
        target = self._path(digest)
        if target.exists():
            return digest
        draft = target.with_name(f".{secrets.token_hex(8)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(draft, "xb") as file:
                file.write(self._keyring.seal_bytes(content, f"file:{digest}"))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(target)
            _flush_folder(target.parent)  # the name, too, must outlive a power cut
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise Unavailable("文件存不进去，可能磁盘满了。请管理员看一下，刚才的内容没有丢") from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the plain content; :class:`NotFound` when there is no such file."""
        try:
            blob = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("这份文件不在存储里") from error
        return self._keyring.open_bytes(blob, f"file:{digest}")

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


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_file(session: UnitSession, storage: Storage, content: bytes, *, mime: str, now: datetime) -> str:
    """Put ``content`` into storage and note its row; returns its SHA-256 in hex."""
    digest = storage.put(content)
    row = {"sha256": digest, "size": len(content), "mime": mime, "created_at": now}
    session.execute(insert(StoredFile).values(row).on_conflict_do_nothing())
    return digest
