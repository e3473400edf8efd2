"""The number of a settlement whose case was withdrawn: free again, for one other case at a time.

A case registered for the wrong person holds the number that the right person needs. The withdrawn case keeps
its settlement as it was, marked as released; it can no longer come back, so that one settlement has one case
that may be paid.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from insurer.claims.lifecycle import TABLE, Action, State
from insurer.claims.operations.known import Key, Known
from insurer.claims.tables import Claim, Settlement
from insurer.claims.tracks.tables import Advance
from insurer.kernel.money import display
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession


def why_not_free(session: UnitSession, claim: Claim, region: str, setl_id: str) -> str:
    """Return in words why a case keeps the number of its settlement, and what to do; empty when free."""
    number, state = claim.case_no, State(claim.state)
    held = f"结算号在案件 {number} 里"
    if state is not State.WITHDRAWN:
        first = "" if (state, Action.WITHDRAW) in TABLE else "那件退回经办或重开以后，"
        what = f"请核对身份证号码；那件登记错了人的，{first}先撤销那件，再登记这件"
        return f"{held}，登记的是另一个人，这条不是更正。{what}"
    if claim.paid_fen:
        return (
            f"{held}，那件已撤销，付出的 {display(claim.paid_fen)} 元还没有收回。请财务登记收回，再登记这件"
        )
    advanced = select(Advance.id).where(Advance.claim_id == claim.id, Advance.status == "approved")
    if session.scalar(advanced.limit(1)) is not None:
        return f"{held}，那件提前付过钱，这个号不能再用。请不填结算号登记，并写明原因"
    cancelled = select(Settlement.id).where(
        Settlement.scheme == claim.scheme,
        Settlement.region == region,
        Settlement.reverses == setl_id,
        Settlement.superseded_at.is_(None),
    )
    if session.scalar(cancelled.limit(1)) is not None:
        return f"{held}，已经冲销，不能再登记。请按冲销以后的新结算登记"
    return ""


def release_settlements(
    session: UnitSession,
    freed: Mapping[Key, Known],
    taken: Mapping[UUID, str],
    *,
    actor: Actor,
    now: datetime,
) -> dict[Key, str]:
    """Release settlements of locked withdrawn cases; returns by key which case had it.

    ``taken`` says by settlement which case has it now; the withdrawn case says so as well.
    """
    session.execute(
        update(Settlement).where(Settlement.id.in_(taken)).values(released_at=now),
        execution_options={"synchronize_session": False},
    )
    given_up = {}
    for key, before in freed.items():
        claim, case_no = session.get_one(Claim, before.claim_id), taken[before.settlement_id]
        claim.hint = f"结算号改由 {case_no} 使用"
        claim.version += 1
        claim.updated_at = now
        subject, data = ("claim", claim.id), {"case_no": case_no}
        tag = "claim:settlement:released"
        note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=claim.hint, data=data)
        given_up[key] = claim.case_no
    return given_up


def is_released(session: UnitSession, claim_id: UUID) -> bool:
    """Tell whether a settlement of a withdrawn case belongs to another case now."""
    released = select(Settlement.id).where(
        Settlement.claim_id == claim_id, Settlement.released_at.is_not(None)
    )
    return session.scalar(released.limit(1)) is not None
