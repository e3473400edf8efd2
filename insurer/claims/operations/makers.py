"""Who made what a decision rests on: the maker of a case is never its checker, whichever way it came."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import CaseMaker
from insurer.kernel.errors import NotAllowed
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession

MADE_WORDS: Final[dict[str, str]] = {
    "proposed": "这件是您初审的",
    "entered": "这件是您录入的",
    "endorsed": "这件您已先行同意",
    "found": "这件的费用是您改判的",
    "corrected": "这件的结算更正是您录入的",
    "upstream": "这件的上游结果是您登记的",
    "accident": "这件的受伤经过是您登记的",
    "claimant": "这件的代办人是您登记的",
    "payee": "这件的收款人是您提出更改的",
    "advance": "这件的提前给付是您提出的",
    "first_decider": "这件原来是您决定的，复核",
}
"""What somebody made, as a refusal begins; ``，要由别人复核`` follows."""


def note_maker(
    session: UnitSession, claim_ids: Iterable[UUID], actor: Actor, what: str, now: datetime
) -> None:
    """Remember that ``actor`` made a part of these cases; the system makes nothing by itself."""
    if actor.staff_id is None:
        return
    rows = [{"claim_id": one, "maker": actor.person, "what": what, "at": now} for one in claim_ids]
    if rows:
        session.execute(insert(CaseMaker).values(rows).on_conflict_do_nothing())


_MAKERS: Final = text(
    """
    WITH newest AS (SELECT id FROM decision WHERE claim_id = :claim ORDER BY seq DESC LIMIT 1)
    SELECT 1 AS place, step.actor_id AS who, 'endorsed' AS what, step.at
      FROM decision_step step JOIN newest ON newest.id = step.decision_id
     WHERE step.step = 'endorsed'
       AND step.at > ALL (SELECT at FROM decision_step back JOIN newest ON newest.id = back.decision_id
                           WHERE back.step IN ('sent_back', 'recalled'))
    UNION ALL
    SELECT DISTINCT 2, line.finding_by::text, 'found', NULL::timestamptz
      FROM fee_line line JOIN settlement ON settlement.id = line.settlement_id
     WHERE settlement.claim_id = :claim AND settlement.superseded_at IS NULL
       AND line.finding IS NOT NULL AND line.finding_by IS NOT NULL
    UNION ALL
    SELECT 3, maker, what, at FROM case_maker WHERE claim_id = :claim
    UNION ALL
    SELECT 4, unnest(first_deciders), 'first_decider', filed_at FROM review
     WHERE claim_id = :claim AND outcome = 'changed'
     ORDER BY 1, 4
    """
)


def makers_of(session: UnitSession, claim: Claim) -> dict[str, str]:
    """Return who may not decide the case and what each of them made; one statement."""
    makers: dict[str, str] = {}
    if claim.proposed_by is not None:
        makers[str(claim.proposed_by)] = "proposed"
    makers.setdefault(claim.entered_by, "entered")
    session.flush()  # a finding or a signature may have been noted a moment ago
    for row in session.execute(_MAKERS, {"claim": claim.id}):
        makers.setdefault(row.who, row.what)
    return makers


def require_other_person(session: UnitSession, actor: Actor, claim: Claim) -> None:
    """Refuse whoever made something of the case (four eyes)."""
    if actor.staff_id is None:
        raise NotAllowed("决定要由一位复核人员来做")
    what = makers_of(session, claim).get(actor.person)
    if what is not None:
        raise NotAllowed(f"{MADE_WORDS[what]}，要由别人复核")
