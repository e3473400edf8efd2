"""What a new fact beside the settlement means for its case: calculated again, or put back to work."""

from datetime import datetime

from insurer.claims.lifecycle import CALCULABLE, State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.corrections import disturb
from insurer.claims.tables import Claim
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession


def follow_change(
    session: UnitSession, claim: Claim, actor: Actor, now: datetime, reason: str, *, changed: bool = True
) -> None:
    """Calculate an open case again; put a decided one back to work when its ground has ``changed``.

    The old decision stays; what is paid too much or too little shows after the new one. A payment on its way
    cannot be called back: the case is reopened with the bank's result.
    """
    claim.version += 1
    claim.updated_at = now
    session.flush()  # the calculation reads from the database
    if State(claim.state) not in CALCULABLE:
        if not changed:
            return
        disturb(session, claim, actor, now, reason, claim.settled_on)
    calculate_claims(session, actor=actor, claim_ids=[claim.id], now=now)
