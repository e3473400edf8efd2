"""Accounts that take the money of several families, and who belongs to one household."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import text

from insurer.people.queries import PersonView, person_view
from insurer.people.standing import effective_imports, register_of
from insurer.people.tables import Person
from insurer.people.tasks import TaskFor
from insurer.platform.bulk import fixed_records
from insurer.platform.db import UnitSession

MANY_FAMILIES: Final = 3
"""From so many families on one account on, somebody looks into it."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many people and families one person's account stands for, himself included."""

    people: int
    families: int

    @property
    def many(self) -> bool:
        """Whether somebody should look into it."""
        return self.families >= MANY_FAMILIES


_OF_PEOPLE = text(
    """
    SELECT m.person_id, count(DISTINCT o.person_id) AS people,
           count(DISTINCT coalesce(f.household_id, o.person_id)) AS families
      FROM payee_account m
      JOIN payee_account o ON o.account_hash = m.account_hash AND o.superseded_at IS NULL
      LEFT JOIN LATERAL (SELECT household_id FROM roster_fact f WHERE f.person_id = o.person_id
                          ORDER BY month DESC LIMIT 1) f ON true
     WHERE m.person_id = ANY(:ids) AND m.superseded_at IS NULL
     GROUP BY m.person_id
    """
)
_OFTEN: Final = """
    SELECT account_hash FROM payee_account
     WHERE superseded_at IS NULL AND account_hash IN (SELECT account_hash FROM payee_account
               WHERE person_id = ANY(:people) AND valid_from = :now AND superseded_at IS NULL)
     GROUP BY 1 HAVING count(*) >= :many
    """
_OF_IMPORT: Final = """
    SELECT o.account_hash, min(o.person_id::text) AS person_id,
           count(DISTINCT coalesce(f.household_id, o.person_id)) AS families
      FROM payee_account o
      LEFT JOIN LATERAL (SELECT household_id FROM roster_fact f WHERE f.person_id = o.person_id
                          ORDER BY month DESC LIMIT 1) f ON true
     WHERE o.account_hash = ANY(:often) AND o.superseded_at IS NULL
     GROUP BY 1 HAVING count(DISTINCT coalesce(f.household_id, o.person_id)) >= :many
        AND bool_or(o.valid_from = :now AND o.source ->> 'import_id' = :own)
    """
_HASH: Final = 32


def sharing_of(session: UnitSession, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Sharing]:
    """Return, for those that have an account, for how many people and families it stands."""
    rows = session.execute(_OF_PEOPLE, {"ids": list(person_ids)})
    return {row.person_id: Sharing(row.people, row.families) for row in rows}


def shared_account_tasks(
    session: UnitSession, import_id: uuid.UUID, now: datetime, people: Sequence[uuid.UUID] | None = None
) -> list[TaskFor]:
    """Return one task for each account that an import just written gives to many families.

    ``people`` are those whose accounts it may have written, None for anybody.
    """
    session.flush()
    if people is None:
        often = _often(session)
    else:
        values = {"people": people, "now": now, "many": MANY_FAMILIES}
        often = [row.account_hash for row in session.execute(text(_OFTEN), values)]
    if not often:
        return []
    told = {"own": str(import_id), "now": now, "many": MANY_FAMILIES, "often": often}
    rows = session.execute(text(_OF_IMPORT), told)
    return [
        TaskFor(
            "shared_account",
            uuid.UUID(row.person_id),
            f"shared_account:{bytes(row.account_hash).hex()[:32]}:{row.families}",
        )
        for row in rows
    ]


def _often(session: UnitSession) -> list[bytes]:
    """Return the accounts that stand for so many people that they may stand for many families."""
    query = "SELECT account_hash FROM payee_account WHERE superseded_at IS NULL"
    (hashes,) = fixed_records(session, query, (), (_HASH,))
    ordered = hashes[np.argsort(hashes.view(">u8").reshape(-1, _HASH // 8)[:, 0], kind="stable")]
    # Many equal ones in a row: the first of them equals the one so many places further.
    again = ordered[: len(ordered) - MANY_FAMILIES + 1] == ordered[MANY_FAMILIES - 1 :]
    return sorted({one.tobytes() for one in ordered[: len(again)][again]})


_HOUSEHOLD = text(
    "SELECT DISTINCT f.person_id FROM roster_fact f"
    " WHERE f.scheme = :scheme AND f.month = ANY(:months) AND f.import_id = ANY(:imports)"
    "   AND f.household_id = (SELECT household_id FROM roster_fact WHERE person_id = :person"
    "                          ORDER BY month DESC LIMIT 1)"
    "   AND f.person_id <> :person"
)


def household_of(session: UnitSession, person: Person) -> list[PersonView]:
    """Return the others of a person's household on the newest register, by name."""
    effective = effective_imports(session, person.scheme)
    register = register_of(effective, effective[-1].month) if effective else ()
    values = {
        "scheme": person.scheme,
        "months": sorted({one.month for one in register}),
        "imports": [one.id for one in register],
        "person": person.id,
    }
    ids = [row.person_id for row in session.execute(_HOUSEHOLD, values)]
    others = [found for one in ids if (found := session.get(Person, one)) is not None]
    return [person_view(other) for other in sorted(others, key=lambda other: (other.sort_key, other.id))]
