"""Accounts that take the money of several families, and who belongs to one household."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from insurer.people.queries import PersonView, person_view
from insurer.people.standing import effective_imports, register_of
from insurer.people.tables import Person, RosterImport
from insurer.people.tasks import TaskFor
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
_OF_SOME: Final = """
    SELECT account_hash FROM payee_account
     WHERE superseded_at IS NULL AND account_hash IN (SELECT account_hash FROM payee_account
               WHERE person_id = ANY(:people) AND valid_from = :now AND superseded_at IS NULL)
     GROUP BY 1 HAVING count(*) >= :many
    """
_OF_ALL: Final = """
    SELECT a.account_hash
      FROM payee_account a
      LEFT JOIN (SELECT e.person_id, s.household_id
                   FROM roster_entry e JOIN roster_statement s ON s.id = e.statement_id
                  WHERE e.import_id = CAST(:own AS uuid) AND :newest) m ON m.person_id = a.person_id
     WHERE a.superseded_at IS NULL
     GROUP BY 1 HAVING count(*) >= :many AND count(DISTINCT coalesce(m.household_id, a.person_id)) >= :many
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


def sharing_of(session: UnitSession, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Sharing]:
    """Return, for those that have an account, for how many people and families it stands."""
    rows = session.execute(_OF_PEOPLE, {"ids": list(person_ids)})
    return {row.person_id: Sharing(row.people, row.families) for row in rows}


def shared_account_tasks(
    session: UnitSession, found: RosterImport, now: datetime, people: Sequence[uuid.UUID] | None = None
) -> list[TaskFor]:
    """Return one task for each account that an import just written gives to many families.

    ``people`` are those whose accounts it may have written, None for anybody.
    """
    session.flush()
    told = {"own": str(found.id), "now": now, "many": MANY_FAMILIES}
    if people is None:
        # Families have one account for all as a rule: those of the newest month are told apart beforehand.
        newest = all(one.month <= found.month for one in effective_imports(session, found.scheme))
        session.execute(text("SET LOCAL work_mem = '64MB'"))
        accounts = session.execute(text(_OF_ALL), {**told, "newest": newest})
    else:
        accounts = session.execute(text(_OF_SOME), {**told, "people": people})
    often = [row.account_hash for row in accounts]
    if not often:
        return []
    rows = session.execute(text(_OF_IMPORT), {**told, "often": often})
    return [
        TaskFor(
            "shared_account",
            uuid.UUID(row.person_id),
            f"shared_account:{bytes(row.account_hash).hex()[:32]}:{row.families}",
        )
        for row in rows
    ]


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
