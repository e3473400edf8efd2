"""A refusal ends its case when its reasons have reached the insured person (Insurance Law, article 24)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.deciding import newest_decision
from insurer.claims.operations.moves import lock_claim, move
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession


def refusal_arrived(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    decision_id: UUID | None,
    letter: Mapping[str, str],
    now: datetime,
) -> None:
    """Take a case from 待通知 to 已拒付 on the delivery of its letter; that of an older decision does not.

    The permission is that of recording the delivery.
    """
    claim = lock_claim(session, claim_id)
    if claim.state == State.TO_NOTIFY and newest_decision(session, claim.id).id == decision_id:
        move(session, claim, Action.NOTIFIED, actor=actor, now=now, data=dict(letter))
