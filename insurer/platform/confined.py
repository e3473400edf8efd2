"""Foreign bytes are parsed in a process of their own, under limits that it cannot lift.

A parser that runs wild, crashes or is taken over then harms one child: no key, no database and no other
request is in its reach. The child gets bytes on its standard input and answers with bytes; it has none of
our environment, may write no file and ends with its parent.
"""

import math
import os
import resource
import signal
import subprocess
import sys
from importlib import import_module
from typing import Final

from insurer.platform.processes import end_with_parent

GRACE_SECONDS: Final = 5
"""So long may a child live beyond its processor time, which does not pass while it waits."""


MOST_OPEN: Final = 64
"""So many files may a child have open: its own pipes, and modules while they are loaded."""


class GaveUp(Exception):
    """The child ended early: out of time or memory, or it crashed. ``answer`` is what it wrote until then."""

    def __init__(self, why: str, answer: bytes) -> None:
        super().__init__(why)
        self.answer = answer


def run_confined(module: str, content: bytes, *, seconds: int, megabytes: int, argument: str = "") -> bytes:
    """Return what ``module.answer(content, argument)`` writes, computed in a limited child.

    ``module`` offers ``answer(content: bytes, argument: str) -> Iterator[bytes]``; pieces are sent at once.
    Raises :class:`GaveUp` with the pieces that came before the end.
    """
    command = [sys.executable, "-I", "-m", "insurer.platform.confined", module, argument]
    command += [str(seconds), str(megabytes), str(os.getpid())]
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=seconds * 2 + GRACE_SECONDS,
            env={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GaveUp("out of time", error.stdout or b"") from error
    if done.returncode != 0:
        raise GaveUp(f"ended with {done.returncode}", done.stdout)
    return done.stdout


def limit_process(*, seconds: float, megabytes: int) -> None:
    """Take from this process whatever reading a file does not need; nothing gives it back.

    A limit that is lower already stays: who started the process wanted less.
    """
    for kind, limit in (
        (resource.RLIMIT_CPU, math.ceil(seconds)),
        (resource.RLIMIT_AS, megabytes * 1024 * 1024),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MOST_OPEN),
    ):
        _, most = resource.getrlimit(kind)
        least = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (least, least))


def main() -> None:
    """Entry point of the child: limits first, then the parser, then the foreign bytes."""
    name, argument, seconds, megabytes, parent = sys.argv[1:]
    end_with_parent(signal.SIGKILL, int(parent))
    limit_process(seconds=int(seconds), megabytes=int(megabytes))
    pieces = import_module(name).answer(sys.stdin.buffer.read(), argument)
    for piece in pieces:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
