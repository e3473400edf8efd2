"""Later word on people, whose cases somebody must look at: noted for the room that keeps the cases."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from insurer.platform import jobs
from insurer.platform.db import UnitSession
from insurer.platform.outbox import Work, note_work

_AT_ONCE: Final = 500


def ask_to_look_at_cases(
    session: UnitSession, import_id: uuid.UUID, people: Iterable[uuid.UUID], cause: str, now: datetime
) -> None:
    """Note the work that looks at the cases of these people, once for each ``cause``."""
    ids = sorted(map(str, set(people)))
    works = [
        Work(
            jobs.COVER_CHANGED,
            {"import_id": str(import_id), "cause": cause, "people": ids[first : first + _AT_ONCE]},
            f"cover-changed:{cause}:{first}",
        )
        for first in range(0, len(ids), _AT_ONCE)
    ]
    note_work(session, works, now=now)
