"""Sealing of personal values and keyed hashes to find them again.

A sealed value carries its key id and is bound to the place it belongs to (``table:column:row``), so that
ciphertext copied to another row does not open. Equality of two values is visible to whoever holds the
index key; that is the price of searching for a person number.
"""

import base64
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from insurer.kernel.errors import Invalid, Unavailable

NONCE = 12
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys of one installation: data keys by id, the current one, and keys for index, audit and web.

    Old data keys stay readable; new values are sealed with ``current``.
    """

    current: str
    ciphers: Mapping[str, AESGCM] = field(repr=False)
    index_key: bytes = field(repr=False)
    audit_key: bytes = field(repr=False)
    web_key: bytes = field(repr=False)

    def seal(self, value: str, place: str) -> bytes:
        """Encrypt ``value`` for ``place`` (``person:certno:<id>``); the result names its key."""
        return self.seal_bytes(value.encode(), place)

    def seal_bytes(self, value: bytes, place: str) -> bytes:
        """Encrypt bytes for ``place``."""
        key_id = self.current.encode()
        nonce = os.urandom(NONCE)
        head = bytes([len(key_id)]) + key_id + nonce
        return head + self.ciphers[self.current].encrypt(nonce, value, place.encode())

    def seal_each(self, values: Sequence[str], places: Iterable[str]) -> list[bytes]:
        """Encrypt each value for its place as :meth:`seal` does; where there is none, there is nothing."""
        key_id = self.current.encode()
        head = bytes([len(key_id)]) + key_id
        encrypt = self.ciphers[self.current].encrypt
        chance = os.urandom(NONCE * len(values))
        return [
            head + (nonce := chance[at : at + NONCE]) + encrypt(nonce, value.encode(), place.encode())
            if value
            else b""
            for value, place, at in zip(values, places, range(0, len(chance), NONCE), strict=True)
        ]

    def open(self, blob: bytes, place: str) -> str:
        """Decrypt a sealed value; :class:`Unavailable` when the key is missing or the place is wrong."""
        return self.open_bytes(blob, place).decode()

    def open_bytes(self, blob: bytes, place: str) -> bytes:
        """Decrypt sealed bytes; :class:`Unavailable` when the key is missing or the place is wrong."""
        size = blob[0]
        cipher = self.ciphers.get(blob[1 : 1 + size].decode(errors="replace"))
        if cipher is None:
            raise Unavailable("解密要用的密钥不在这台机器上，请管理员核对密钥文件")
        nonce, body = blob[1 + size : 1 + size + NONCE], blob[1 + size + NONCE :]
        try:
            return cipher.decrypt(nonce, body, place.encode())
        except InvalidTag as error:
            raise Unavailable("这条资料的密文与它的位置对不上，请管理员核对数据") from error

    def blind(self, value: str, purpose: str) -> bytes:
        """Return the keyed hash under which a normalised value is looked up; 32 bytes."""
        return hmac.digest(self.index_key, f"{purpose}\0{value}".encode(), "sha256")

    def blinder(self, purpose: str) -> Callable[[str], bytes]:
        """Return :meth:`blind` for one purpose and many values: the key is taken in once, not each time."""
        block = self.index_key if len(self.index_key) <= _BLOCK else sha256(self.index_key).digest()
        block = block.ljust(_BLOCK, b"\0")
        inner = sha256(bytes(byte ^ 0x36 for byte in block) + f"{purpose}\0".encode())
        outer = sha256(bytes(byte ^ 0x5C for byte in block))

        def blind(value: str) -> bytes:
            first = inner.copy()
            first.update(value.encode())
            second = outer.copy()
            second.update(first.digest())
            return second.digest()

        return blind

    def chain(self, previous: bytes, content: bytes) -> bytes:
        """Return the next link of the audit chain."""
        return hmac.digest(self.audit_key, previous + sha256(content).digest(), "sha256")


def load_keyring(path: Path, *, create: bool) -> Keyring:
    """Read the key file, or make one with fresh keys when ``create`` and there is none.

    The file is created with mode 0600 in one step, so that two processes starting together end with
    one key file. :class:`Invalid` when it is missing or unreadable.
    """
    if create and not path.exists():
        _create(path)
    try:
        raw = json.loads(path.read_text())
        ciphers = {key_id: AESGCM(base64.b64decode(key)) for key_id, key in raw["data"].items()}
        keyring = Keyring(
            current=raw["current"],
            ciphers=ciphers,
            index_key=base64.b64decode(raw["index"]),
            audit_key=base64.b64decode(raw["audit"]),
            web_key=base64.b64decode(raw["web"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(
            f"密钥文件 {path.name} 不在或读不出来。请设 INSURER_KEYS_FILE 指向原来的密钥文件"
        ) from error
    if keyring.current not in ciphers:
        raise Invalid(f"密钥文件 {path.name} 里没有编号为 {keyring.current} 的密钥")
    return keyring


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)

    def fresh() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    content = {"current": "k1", "data": {"k1": fresh()}, "index": fresh(), "audit": fresh(), "web": fresh()}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: then its keys count
    except FileExistsError:
        pass
    finally:
        draft.unlink()
