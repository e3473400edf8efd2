"""What is known of a settlement's number: its current version and the case that has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_

from insurer.claims.records import SettlementRecord
from insurer.claims.tables import Claim, Settlement
from insurer.platform.db import UnitSession

Key = tuple[str, str]
"""A settlement's region and number."""


@dataclass(frozen=True, slots=True)
class Known:
    """The current version of a settlement."""

    claim_id: UUID
    person_id: UUID
    settlement_id: UUID
    version: int
    content_hash: bytes
    reverses: str | None
    total_fen: int
    visit_id: str


def key_of(record: SettlementRecord) -> Key:
    """Return the key under which a record is known."""
    return record.region, record.setl_id


def known_settlements(session: UnitSession, scheme: str, keys: Sequence[Key]) -> dict[Key, Known]:
    """Return the current versions of these settlements."""
    return current_settlements(session, scheme, tuple_(Settlement.region, Settlement.setl_id).in_(keys))


def current_settlements(session: UnitSession, scheme: str, wanted: ColumnElement[bool]) -> dict[Key, Known]:
    """Return the current versions of those that are wanted, each with the case that has it now."""
    rows = session.execute(
        select(
            Settlement.region,
            Settlement.setl_id,
            Settlement.claim_id,
            Claim.person_id,
            Settlement.id,
            Settlement.version,
            Settlement.content_hash,
            Settlement.reverses,
            Settlement.total_fen,
            Settlement.facts["mdtrt_id"].as_string().label("visit_id"),
        )
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(
            Settlement.scheme == scheme,
            Settlement.superseded_at.is_(None),
            Settlement.released_at.is_(None),
            wanted,
        )
    )
    return {
        (row.region, row.setl_id): Known(
            row.claim_id,
            row.person_id,
            row.id,
            row.version,
            bytes(row.content_hash),
            row.reverses,
            row.total_fen,
            row.visit_id or "",
        )
        for row in rows
    }
