"""Identifiers: time-ordered and unguessable (UUID version 7, RFC 9562)."""

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """Return a new UUIDv7; it sorts by creation time to the millisecond and carries 74 random bits."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)
