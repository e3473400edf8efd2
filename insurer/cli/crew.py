"""A few child processes kept running together: started, restarted when they die, stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

from insurer.platform.logs import get_logger
from insurer.platform.settings import ROOT

_log = get_logger("insurer.crew")

STOP_PATIENCE = 30.0
"""Seconds that a child gets to finish what it is doing; work that is cut off is done again later."""

_LONGEST_PAUSE = 30.0
_YOUNG = 10.0


@dataclass(slots=True)
class Member:
    """One kind of child: ``python -m MODULE ARGUMENTS PARENT``; an essential one must come up."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    essential: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None)
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0


class Crew:
    """Runs its members until it is told to stop (SIGTERM, SIGINT) or an essential one cannot start.

    Children live in sessions of their own: Ctrl-C reaches the crew alone, which stops them in order. They
    end by themselves when the crew is killed.
    """

    def __init__(self, members: Sequence[Member], environment: Mapping[str, str]) -> None:
        self._members = list(members)
        self._environment = {**os.environ, **environment}
        self._stopping = False

    def run(self) -> int:
        """Keep the members running until SIGTERM or SIGINT; return 0, or 1 when an essential one failed."""
        before = {sign: signal.signal(sign, self._stop_soon) for sign in (signal.SIGTERM, signal.SIGINT)}
        try:
            return self.keep()
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def keep(self) -> int:
        """Keep the members running until :meth:`stop`; stops them before it returns, whatever happens."""
        try:
            while not self._stopping:
                if not self._look_after():
                    return 1
                time.sleep(0.1)
            return 0
        finally:
            self._stop()

    def stop(self) -> None:
        """Ask a running crew to stop; for a signal handler or another thread."""
        self._stopping = True

    def _stop_soon(self, _sign: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self) -> bool:
        for member in self._members:
            if member.process is None:
                if time.monotonic() >= member.not_before:
                    self._start(member)
                continue
            status = member.process.poll()
            if status is None:
                continue
            member.process = None
            young = time.monotonic() - member.started < _YOUNG
            if member.essential and young and member.deaths == 0:
                return False
            member.deaths = member.deaths + 1 if young else 1
            pause = min(_LONGEST_PAUSE, 0.5 * 2**member.deaths) if young else 0.0
            member.not_before = time.monotonic() + pause
            _log.warning("a process ended and will be started again", process=member.name, status=status)
        return True

    def _start(self, member: Member) -> None:
        member.started = time.monotonic()
        member.process = subprocess.Popen(
            [sys.executable, "-m", member.module, *member.arguments, str(os.getpid())],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _stop(self) -> None:
        running = [member.process for member in self._members if member.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_PATIENCE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class CrewThread:
    """A crew that works beside the caller for the length of a ``with`` block."""

    def __init__(self, members: Sequence[Member], environment: Mapping[str, str]) -> None:
        self._crew = Crew(members, environment)
        # The kernel ties children to the thread that started them: this one lives until they have ended.
        self._thread = threading.Thread(target=self._crew.keep, name="crew", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._crew.stop()
        self._thread.join()
