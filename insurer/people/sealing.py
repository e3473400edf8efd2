"""Many new people sealed by a process of its own, so that it goes on another processor beside the rest.

Sealing takes most of the time of a first roster. The process is a fork: it has the keys already and nothing
is sent to it but rows; it ends with its parent and never uses the database.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from insurer.kernel.errors import Unavailable
from insurer.people.reading.row_store import Batch
from insurer.people.roster_rows import NEEDED, PERSON, RosterRows
from insurer.platform.binary_copy import framed
from insurer.platform.processes import end_with_parent

MANY = 20_000
"""New people from which on a process of its own pays."""

_TURN = 0.0005
"""Seconds until a waiting thread gets its turn: the one that feeds the database needs little, but often."""

_ROWS: RosterRows | None = None


class Sealing:
    """Makes persons ready for COPY: at once, or later by the other process."""

    def __init__(self, rows: RosterRows, pool: ProcessPoolExecutor | None) -> None:
        self._rows, self._pool = rows, pool

    def people(self, batch: Batch, keys: Sequence[bytes]) -> "bytes | Future[bytes]":
        """Return :func:`framed` persons, whose ids are ``keys``."""
        if self._pool is None:
            return framed(PERSON, self._rows.people(batch, keys))
        return self._pool.submit(_people, batch.only(NEEDED), keys)


@contextmanager
def sealing(rows: RosterRows, people: int) -> Iterator[Sealing]:
    """Seal so many people; the process, if there is one, is forked at once and gone at the end.

    Raises :class:`Unavailable` when it died before the end.
    """
    if people < MANY:
        yield Sealing(rows, None)
        return
    with ProcessPoolExecutor(1, get_context("fork"), _begin, (rows, os.getpid())) as pool:
        pool.submit(_ready).result()
        turn = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            yield Sealing(rows, pool)
        except BrokenProcessPool as error:
            raise Unavailable(
                "写名册时有一个处理进程中断了，什么都没有写。请看内存够不够用，再试一次"
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            sys.setswitchinterval(turn)


def _begin(rows: RosterRows, parent: int) -> None:
    global _ROWS
    end_with_parent(signal.SIGKILL, parent)
    # Whoever stops the parent means the parent, which then ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _ROWS = rows


def _ready() -> None:
    pass


def _people(batch: Batch, keys: Sequence[bytes]) -> bytes:
    if _ROWS is None:
        raise RuntimeError("not begun")
    return framed(PERSON, _ROWS.people(batch, keys))
