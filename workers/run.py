"""The processes of the background: ``python -m workers.run queue|relay|scheduler PARENT``.

Each ends when its parent does (``PARENT`` is its process number), and finishes what it is doing when it
is told to stop.
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from insurer.kernel.errors import Unavailable
from insurer.platform import clock
from insurer.platform.logs import configure_logs, get_logger
from insurer.platform.processes import end_with_parent
from insurer.platform.queue_server import connect
from insurer.platform.runtime import Runtime, open_runtime
from insurer.platform.settings import Settings
from workers.handlers import preload
from workers.periodic import PERIODIC, Clockwork
from workers.queue import queue_names
from workers.relay import BATCH, relay_once
from workers.sweep import PATIENCE, sweep_once

WORKER_TTL = 45
"""Seconds after which the queue counts a silent worker as gone (it also bounds a blocking wait)."""

MAINTENANCE_INTERVAL = 20
"""Seconds between two looks of the queue at its own registries."""

_log = get_logger("workers.run")


class DeskWorker(Worker):
    """A queue worker whose child does not outlive it.

    Without this, killing the worker alone would leave its child at work while the queue starts the same
    job a second time. (The fencing token would still let only one finish; this spares the work.)
    """

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Remember who we are before the fork: the child has to know its parent."""
        self._parent = os.getpid()
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run in the child: tie it to its parent, then do the job."""
        end_with_parent(signal.SIGKILL, self._parent)
        super().main_work_horse(job, queue)


def run_queue(settings: Settings) -> None:
    """Take jobs from the queues until told to stop; each runs in a process of its own."""
    preload()
    gc.freeze()  # the children's collector leaves our objects alone, and their pages stay shared
    connection = connect(settings.redis_url or "")
    worker = DeskWorker(
        [Queue(name, connection=connection, serializer=JSONSerializer) for name in queue_names()],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_INTERVAL,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


def run_relay(stop: threading.Event, *, pause: float = 0.5, sweep_every: float = 15.0) -> None:
    """Hand the outbox's due rows to the queue, and sweep now and then, until told to stop."""
    with open_runtime(pool_size=2) as runtime:
        connection = connect(runtime.redis_url)
        since_sweep = sweep_every
        while not stop.is_set():
            moved = _guarded("relay", lambda: relay_once(runtime, connection))
            if since_sweep >= sweep_every and moved is not None:
                _guarded("sweep", lambda: _sweep(runtime, connection))
                since_sweep = 0.0
            wait = 0.0 if moved == BATCH else pause if moved is not None else 2.0
            stop.wait(wait)
            since_sweep += wait


def _sweep(runtime: Runtime, connection: Redis) -> int:
    swept = sweep_once(runtime, connection, patience=PATIENCE)
    if swept.freed or swept.offered:
        _log.warning("work offered again", freed=swept.freed, offered=swept.offered)
    return swept.offered


def run_scheduler(stop: threading.Event, *, pause: float = 1.0) -> None:
    """Do what the clock asks for until told to stop."""
    with open_runtime(pool_size=2) as runtime:
        clockwork = Clockwork(runtime, PERIODIC)
        while not stop.is_set():
            _guarded("periodic", lambda: len(clockwork.run_due(clock.now())))
            stop.wait(pause)


def _guarded(what: str, step: Callable[[], int]) -> int | None:
    """Run one step; a server that is away is logged and waited for."""
    try:
        return step()
    except (RedisError, SQLAlchemyError, Unavailable) as error:
        _log.warning("cannot go on now", step=what, error=type(error).__name__)
        return None


def main() -> None:
    """Entry point of each background process."""
    kind, parent = sys.argv[1], int(sys.argv[2])
    end_with_parent(signal.SIGTERM, parent)
    configure_logs()
    if kind == "queue":
        run_queue(Settings.from_env())
        return
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _sign, _frame: stop.set())
    signal.signal(signal.SIGINT, lambda _sign, _frame: stop.set())
    if kind == "relay":
        run_relay(stop)
    else:
        run_scheduler(stop)


if __name__ == "__main__":
    main()
