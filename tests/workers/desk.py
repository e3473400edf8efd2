"""A background process that knows one job of the tests besides nothing else: ``desk.py KIND PARENT``.

The job ``tests.mark`` writes a row into ``effect``, says in ``begun`` (committed at once) that it is at
work, and waits. ``effect`` has no unique key: what is done twice is seen twice.
"""

import os
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import text

from insurer.platform.db import UnitSession
from insurer.platform.jobs import QUEUES, TIMEOUTS
from insurer.platform.runtime import Runtime
from workers.handlers import HANDLERS


def mark(session: UnitSession, runtime: Runtime, payload: Mapping[str, Any], _now: datetime) -> None:
    session.execute(
        text("INSERT INTO effect VALUES (:key, :pid)"), {"key": payload["key"], "pid": os.getpid()}
    )
    with runtime.engine.begin() as connection:
        values = {"key": payload["key"], "pid": os.getpid(), "parent": os.getppid()}
        connection.execute(text("INSERT INTO begun VALUES (:key, :pid, :parent)"), values)
        turns = connection.execute(text("SELECT count(*) FROM begun WHERE key = :key"), values).scalar_one()
    if turns == 1:
        time.sleep(payload["wait"])


if __name__ == "__main__":
    HANDLERS.clear()
    HANDLERS["tests.mark"] = mark
    QUEUES["tests.mark"] = "imports"
    TIMEOUTS["tests.mark"] = 60

    from workers import run

    run.preload = lambda: None  # nothing of the product's own jobs is needed here
    run.PATIENCE = 1.0
    run.run_relay.__kwdefaults__.update(pause=0.1, sweep_every=0.5)
    run.main()
