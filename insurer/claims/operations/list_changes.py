"""What the lists of exclusions mean for cases: calculate again after a change, report a wrong answer."""

import uuid
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from insurer.claims.list_effects import changed_cases, effect_of_cases, open_cases_under
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.exclusions.editions import edition_with
from insurer.exclusions.operations import approve_change, report_answer
from insurer.exclusions.queries import approved_change, edition_in_force, proposal
from insurer.exclusions.rules import Effect
from insurer.kernel.errors import NotFound
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

AT_ONCE: Final = 200


def approve_list_change(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    opinion: str,
    previewed: str,
    today: date,
    now: datetime,
) -> Effect:
    """Approve a proposal and keep with the approval what it does to stored lines, counted once more."""
    edition = edition_in_force(session)
    change = proposal(session, number).change
    cases, complete = changed_cases(session, edition=edition, change=change, today=today)
    effect = effect_of_cases(cases, complete=complete)
    approve_change(
        session, actor=actor, number=number, opinion=opinion, previewed=previewed, effect=effect, now=now
    )
    return effect


def calculate_after_change(session: UnitSession, *, actor: Actor, change_id: uuid.UUID, now: datetime) -> int:
    """Calculate the cases again that wait for a decision and whose lines an approved change touches.

    What was proposed or decided stays as it is: its lists are kept with it. Returns how many cases.
    """
    change = approved_change(session, change_id)
    if change is None:
        raise NotFound("没有这条已批准的修改")
    edition = edition_in_force(session)
    before = edition_with(tuple(one for one in edition.changes if one.id != change.id))
    found = open_cases_under(session, edition=edition, before=before, change=change)
    for first in range(0, len(found), AT_ONCE):
        calculate_claims(session, actor=actor, claim_ids=found[first : first + AT_ONCE], now=now)
    return len(found)


def report_line(
    session: UnitSession, *, actor: Actor, claim_id: uuid.UUID, line_id: uuid.UUID, remark: str, now: datetime
) -> bool:
    """Tell the policy officers that the answer on a fee line is wrong; ``False`` when that waits already.

    Nothing of the case changes: the lists learn by approval only.
    """
    row = session.execute(
        select(FeeLine, Claim.case_no)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(FeeLine.id == line_id, Claim.id == claim_id)
    ).one_or_none()
    if row is None:
        raise NotFound("这件案件里没有这一行费用")
    line: FeeLine = row.FeeLine
    made = report_answer(
        session,
        actor=actor,
        line_id=line.id,
        case_no=row.case_no,
        line_no=line.line_no,
        name=line.name,
        catalogue_name=line.catalogue_name,
        catalogue_code=str(line.facts.get("med_list_codg") or line.facts.get("hilist_code") or ""),
        decision=line.decision,
        code=line.code or "",
        matched=line.matched or "",
        because=line.because,
        finding=line.finding or "",
        remark=remark,
        now=now,
    )
    if made:
        data = {"line_no": line.line_no, "decision": line.decision}
        subject = ("fee_line", line.id)
        tag = "claim:line:reported"
        note(session, actor, tag, subject, now=now, claim_id=claim_id, reason=remark.strip(), data=data)
    return made
