"""Which files count: the newest full list of each month, and the additions taken in after it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import text

from insurer.platform.db import UnitSession

FULL: Final = "full"
ADDITIONS: Final = "additions"
DEATHS: Final = "deaths"
MOVES: Final = "moves"
ROSTER_KINDS: Final = (FULL, ADDITIONS)


@dataclass(frozen=True, slots=True)
class EffectiveImport:
    """An import that counts for its month."""

    id: uuid.UUID
    month: date
    sha256: str
    kind: str = FULL


def effective_imports(session: UnitSession, scheme: str) -> list[EffectiveImport]:
    """Return the imports that count, by month and within a month as they were applied."""
    statement = text(
        "SELECT id, month, sha256, kind FROM effective_roster WHERE scheme = :scheme"
        " ORDER BY month, applied_at, id"
    )
    rows = session.execute(statement, {"scheme": scheme})
    return [EffectiveImport(row.id, row.month, row.sha256, row.kind) for row in rows]


def register_of(effective: Sequence[EffectiveImport], month: date) -> tuple[EffectiveImport, ...]:
    """Return what makes up the register at a month, the later row of a person standing before the earlier.

    It is the newest full list up to the month and the additions since; without a full list all additions.
    """
    known = [one for one in effective if one.month <= month]
    since = max((one.month for one in known if one.kind == FULL), default=date.min)
    return tuple(one for one in known if one.month >= since)


def newest_full(effective: Sequence[EffectiveImport]) -> date | None:
    """Return the newest month of which a full list is known."""
    return max((one.month for one in effective if one.kind == FULL), default=None)


def register_size(session: UnitSession, scheme: str, until: date) -> int:
    """Return how many people stand on the register before a month."""
    register = register_of(effective_imports(session, scheme), until - timedelta(days=1))
    statement = text("SELECT count(DISTINCT person_id) FROM roster_entry WHERE import_id = ANY(:imports)")
    return int(session.scalar(statement, {"imports": [one.id for one in register]}) or 0)
