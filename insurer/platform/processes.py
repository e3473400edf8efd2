"""Processes of this machine: ending with one's parent, and telling a living process from a dead one."""

import ctypes
import os
import signal
from functools import cache
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def end_with_parent(sign: signal.Signals, parent: int) -> None:
    """Ask the kernel to send us ``sign`` when our parent dies, so that no process is left behind.

    ``parent`` is who ought to be our parent; when it is already gone we end at once.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def started_at(pid: int) -> str | None:
    """Return the kernel's start time of a living process (with its number it names one process for ever)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


@cache
def machine() -> str:
    """Return what names this boot of this machine, or of this container on it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"unknown/{os.getpid()}"


def own_identity() -> str:
    """Return a text that names the calling process among all there ever were."""
    return f"{os.getpid()} {started_at(os.getpid())} {machine()}"


def is_known_dead(identity: str) -> bool:
    """Say whether ``identity`` was a process of this machine that lives no more; unknown is not dead."""
    pid, _, rest = identity.partition(" ")
    start, _, place = rest.partition(" ")
    if place != machine() or not pid.isdigit():
        return False
    return started_at(int(pid)) != start
