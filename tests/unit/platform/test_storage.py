"""Storage: a file is there whole or not at all, and says nothing to whoever reads the disk."""

import errno
import io
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from insurer.kernel.errors import NotFound, Unavailable
from insurer.platform.crypto import Keyring, load_keyring
from insurer.platform.storage import LocalStorage

CONTENT = "结算单 320411199001011234".encode() * 100


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return load_keyring(tmp_path_factory.mktemp("keys") / "keys.json", create=True)


@pytest.fixture
def storage(tmp_path: Path, keyring: Keyring) -> LocalStorage:
    return LocalStorage(tmp_path, keyring)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_got_again(storage: LocalStorage) -> None:
    digest = storage.put(CONTENT)
    assert storage.get(digest) == CONTENT
    assert storage.put(b"") != digest
    assert storage.get(storage.put(b"")) == b""


def test_the_same_content_is_kept_once(storage: LocalStorage, tmp_path: Path) -> None:
    assert storage.put(CONTENT) == storage.put(CONTENT)
    assert len(files(tmp_path)) == 1


def test_the_disk_shows_nothing_of_the_content(storage: LocalStorage, tmp_path: Path) -> None:
    storage.put(CONTENT)
    (file,) = files(tmp_path)
    assert b"320411199001011234" not in file.read_bytes()


def test_a_file_under_another_ones_name_does_not_open(storage: LocalStorage, tmp_path: Path) -> None:
    one, other = storage.put(b"one"), storage.put(b"other")
    places = {digest: tmp_path / "sha256" / digest[:2] / digest[2:] for digest in (one, other)}
    places[one].write_bytes(places[other].read_bytes())
    with pytest.raises(Unavailable):
        storage.get(one)


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])
def test_a_long_file_is_kept_in_pieces_under_the_same_name(storage: LocalStorage, size: int) -> None:
    content = (CONTENT * (size // len(CONTENT) + 1))[:size]
    digest, found = storage.put_stream(io.BytesIO(content))
    assert (digest, found) == (sha256(content).hexdigest(), size)
    assert storage.get(digest) == content
    assert storage.put(content) == digest


def test_a_long_file_cut_short_or_put_together_anew_does_not_open(
    storage: LocalStorage, tmp_path: Path
) -> None:
    digest, _ = storage.put_stream(io.BytesIO(CONTENT * 1500))
    (file,) = files(tmp_path)
    blob = file.read_bytes()
    length = 4 + int.from_bytes(blob[16:20])
    first, second, rest = blob[16 : 16 + length], blob[16 + length : 16 + 2 * length], blob[16 + 2 * length :]
    for wrong in (blob[: 16 + length], blob[:16] + second + first + rest, blob[:16] + first + rest):
        file.write_bytes(wrong)
        with pytest.raises(Unavailable):
            storage.get(digest)
    assert b"320411199001011234" not in blob


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64, "/" * 64])
def test_what_is_not_there_is_not_found(storage: LocalStorage, digest: str) -> None:
    with pytest.raises(NotFound):
        storage.get(digest)


@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_full_disk_leaves_no_half_file(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif step == "rename":
        monkeypatch.setattr(Path, "rename", full)
    else:
        real_open = open

        def tight(*arguments: Any, **more: Any) -> Any:
            file = real_open(*arguments, **more)
            file.write(b"ha")  # the disk takes a little, then no more
            file.flush()
            file.close()
            raise OSError(errno.ENOSPC, "no space left on device")

        monkeypatch.setattr("builtins.open", tight)
    with pytest.raises(Unavailable, match="磁盘"):
        storage.put(CONTENT)
    monkeypatch.undo()
    assert files(tmp_path) == []
    assert storage.get(storage.put(CONTENT)) == CONTENT


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, keyring: Keyring) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    storage = LocalStorage(tmp_path / "files", keyring)
    with pytest.raises(Unavailable):
        storage.check()
    with pytest.raises(Unavailable):
        storage.put(CONTENT)


def test_a_check_leaves_nothing_behind(storage: LocalStorage, tmp_path: Path) -> None:
    storage.check()
    assert files(tmp_path) == []
