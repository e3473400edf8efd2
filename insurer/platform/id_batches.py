"""Many identifiers at once, as text or as the bytes that are stored (see :mod:`insurer.platform.ids`)."""

import os
from collections.abc import Iterable
from typing import Final

import numpy as np

from insurer.platform.ids import new_id

_SIZE: Final = 16
_TIME: Final = 6


def new_keys(count: int) -> list[bytes]:
    """Return many new UUIDv7 as bytes, in ascending order: rows made together lie together in an index."""
    raw = np.frombuffer(bytearray(os.urandom(_SIZE * count)), np.uint8).reshape(count, _SIZE)
    raw[:, :_TIME] = np.frombuffer(new_id().bytes[:_TIME], np.uint8)
    early = np.sort(raw[:, 6:8].copy().view(">u2")[:, 0] & 0x0FFF) | 0x7000
    raw[:, 6:8] = early.astype(">u2").view(np.uint8).reshape(count, 2)
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    whole = raw.tobytes()
    return [whole[at : at + _SIZE] for at in range(0, len(whole), _SIZE)]


def as_texts(keys: Iterable[bytes]) -> list[str]:
    """Return ids as text."""
    digits = [key.hex() for key in keys]
    return [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in digits]


def new_ids(count: int) -> list[str]:
    """Return many new UUIDv7 as text, in ascending order."""
    return as_texts(new_keys(count))
