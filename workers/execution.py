"""Doing one outbox row: take its lease, run the job's operation, mark it done in the same transaction."""

import os
import time
import traceback
import uuid

from insurer.kernel.errors import Conflict
from insurer.platform import clock
from insurer.platform.logs import get_logger
from insurer.platform.outbox import Lease, finish, give_back, take_lease
from insurer.platform.processes import own_identity
from insurer.platform.runtime import Runtime, open_runtime
from workers.handlers import HANDLERS

_log = get_logger("workers.execution")


def run_row(row_id: str) -> None:
    """Do the work of one outbox row; this is what the queue calls, in a process of its own.

    Nothing is raised: an error goes back into the row, which is tried again later.
    """
    with open_runtime(pool_size=2) as runtime:
        run_row_with(runtime, uuid.UUID(row_id))


def run_row_with(runtime: Runtime, row_id: uuid.UUID) -> bool:
    """Do one row with open resources; return whether it was done here and now."""
    with runtime.transaction() as session:
        lease = take_lease(session, row_id, owner=own_identity())
    if lease is None:
        _log.info("not taken", row=str(row_id))
        return False
    started = time.monotonic()
    try:
        _do(runtime, lease)
    except Conflict as conflict:
        # Either the lease was lost (then this changes nothing) or the operation met somebody faster.
        _give_back(runtime, lease, conflict)
        return False
    except Exception as error:
        _give_back(runtime, lease, error)
        return False
    _log.info(
        "done", job=lease.job, row=str(row_id), attempt=lease.attempt, pid=os.getpid(), **_took(started)
    )
    return True


def _do(runtime: Runtime, lease: Lease) -> None:
    handler = HANDLERS[lease.job]
    with runtime.transaction() as session:
        handler(session, runtime, lease.payload, clock.now())
        finish(session, lease)


def _give_back(runtime: Runtime, lease: Lease, error: Exception) -> None:
    summary = describe(error)
    _log.warning("given back", job=lease.job, row=str(lease.row_id), attempt=lease.attempt, error=summary)
    with runtime.transaction() as session:
        give_back(session, lease, summary)


def describe(error: BaseException) -> str:
    """Name an error by kind and place only: its message may quote somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    place = f" at {os.path.basename(ours[-1].filename)}:{ours[-1].lineno} {ours[-1].name}" if ours else ""
    return f"{type(error).__name__}{place}"


def _took(started: float) -> dict[str, int]:
    return {"ms": round((time.monotonic() - started) * 1000)}
