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


def new_ids(count: int) -> list[str]:
    """Return many new UUIDv7 as text, in ascending order: rows made together lie together in an index."""
    millis = time.time_ns() // 1_000_000
    early = sorted(value & 0x0FFF for value in memoryview(os.urandom(2 * count)).cast("H"))
    late = (value & 0x3FFF_FFFF_FFFF_FFFF for value in memoryview(os.urandom(8 * count)).cast("Q"))
    head = f"{millis:012x}"
    head = f"{head[:8]}-{head[8:]}"
    tails = [f"{0x8000_0000_0000_0000 | value:016x}" for value in late]
    return [f"{head}-7{first:03x}-{last[:4]}-{last[4:]}" for first, last in zip(early, tails, strict=True)]
