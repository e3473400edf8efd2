"""Kernel file locks (flock): they vanish with the last process that holds them, however it died."""

import fcntl
import os
import time
from pathlib import Path


def open_lock(path: Path) -> int:
    """Open (create) a lock file and return its descriptor, which programs started later do not inherit."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_exclusive(descriptor: int) -> bool:
    """Take the lock for ourselves alone if nobody holds it."""
    return _try(descriptor, fcntl.LOCK_EX)


def try_shared(descriptor: int) -> bool:
    """Take the lock together with others, unless somebody holds it alone."""
    return _try(descriptor, fcntl.LOCK_SH)


def wait_shared(descriptor: int, limit: float) -> bool:
    """Take the lock together with others; give up after ``limit`` seconds and return False."""
    deadline = time.monotonic() + limit
    while not try_shared(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
