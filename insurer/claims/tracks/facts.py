"""What was noted beside the settlement and changes its calculation: earlier payers, accidents, claimants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from insurer.claims.tracks.tables import Accident, Claimant, UpstreamPayer
from insurer.claims.upstream import THIRD_PARTY, Noted, overlaid, paid_by_third_party
from insurer.platform.db import UnitSession

PARTIES: Final[dict[str, str]] = {"open": "unresolved", "none": "none", "settled": "settled"}
"""Liability of an accident to the word of the case document."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What was noted of one case."""

    payers: Mapping[str, Noted] = field(default_factory=dict)
    liability: str = ""
    third_party_fen: int = 0
    capacity: str = ""

    def applied(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return a settlement's facts with what was noted: only the part left by others is calculated.

        What a liable party has paid lowers the benefit to what is left of the cost (补偿原则), like any other
        cover of the same loss.
        """
        changed = overlaid(facts, list(self.payers.values()))
        if self.liability:
            changed["third_party"] = PARTIES[self.liability]
        if self.third_party_fen:
            others = [one for one in changed.get("later_payers", ()) if one.get("of") != THIRD_PARTY]
            changed["later_payers"] = [*others, paid_by_third_party(self.third_party_fen)]
        if self.capacity and self.capacity != "self":
            changed["applicant"] = self.capacity
        return changed


NOTHING: Final = Beside()


def beside(session: UnitSession, claim_ids: Sequence[UUID]) -> dict[UUID, Beside]:
    """Return what was noted of the cases; those of which nothing was noted are left out. Three statements."""
    payers: dict[UUID, dict[str, Noted]] = {}
    rows = select(UpstreamPayer).where(UpstreamPayer.claim_id.in_(claim_ids))
    for row in session.scalars(rows.execution_options(populate_existing=True)):
        noted = Noted(row.payer, row.status, row.paid_fen, row.proof)  # type: ignore[arg-type]
        payers.setdefault(row.claim_id, {})[row.payer] = noted
    accidents = {
        one.claim_id: one
        for one in session.scalars(
            select(Accident).where(Accident.claim_id.in_(claim_ids)).execution_options(populate_existing=True)
        )
    }
    capacities = {
        one.claim_id: one.capacity
        for one in session.execute(
            select(Claimant.claim_id, Claimant.capacity).where(Claimant.claim_id.in_(claim_ids))
        )
    }
    found = {}
    for claim_id in {*payers, *accidents, *capacities}:
        accident = accidents.get(claim_id)
        found[claim_id] = Beside(
            payers.get(claim_id, {}),
            accident.liability if accident else "",
            accident.third_party_fen if accident else 0,
            capacities.get(claim_id, ""),
        )
    return found
