"""Closing a case into the archive: file number, index of its papers, place, retention (归档)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.archive import file_number, retain_until
from insurer.claims.lifecycle import Action, State, transition
from insurer.claims.operations.intake import CASE_PREFIX
from insurer.claims.operations.moves import due_fen, lock_claim, move
from insurer.claims.rules import paper_list, recovery_hint
from insurer.claims.tables import Claim, Decision, Paper, Settlement
from insurer.claims.tracks.tables import ArchiveRecord, Review
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.kernel.money import to_yuan
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers

LONGEST_PLACE = 80


def close_case(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    place: str,
    now: datetime,
    letters: Sequence[Mapping[str, Any]] = (),
    version: int | None = None,
) -> ArchiveRecord:
    """Close a finished case: its papers, decisions and ``letters`` (number and kind) become the file's index.

    A case closed before keeps its file number. :class:`Conflict` while money is to be recovered or a review
    is open, :class:`Invalid` without a place.
    """
    require(actor, "claims.archive")
    kept_at = _place(place)
    claim = lock_claim(session, claim_id, version=version)
    transition(State(claim.state), Action.CLOSE)
    recover = recovery_hint(claim.paid_fen, due_fen(claim))
    if recover:
        raise Conflict(f"还不能结案：{recover}。收回以后再结")
    open_review = select(Review.number).where(Review.claim_id == claim.id, Review.status == "open")
    number = session.scalar(open_review.limit(1))
    if number is not None:
        raise Conflict(f"还不能结案：{number} 还没有答复。先办完它")
    if claim.state == State.WITHDRAWN:
        claim.benefit_fen = 0  # what had been calculated is granted to nobody
    today = business_day(now)
    before = session.scalar(
        select(ArchiveRecord)
        .where(ArchiveRecord.claim_id == claim.id)
        .order_by(ArchiveRecord.seq.desc())
        .limit(1)
    )
    if before is None:
        taken = take_numbers(session, f"{claim.scheme}/archive/{today.year}")[0]
        numbered, seq = file_number(CASE_PREFIX[claim.scheme], today.year, taken), 1
    else:
        numbered, seq = before.file_number, before.seq + 1
    record = ArchiveRecord(id=new_id(), claim_id=claim.id, seq=seq, file_number=numbered, place=kept_at)
    record.contents = [*_contents(session, claim), *(dict(one) for one in letters)]
    record.retain_until_on = retain_until(today, paid=claim.paid_fen > 0)
    record.filed_by, record.filed_by_name, record.filed_at = actor.person, actor.name, now
    session.add(record)
    data = {"file_number": numbered, "place": kept_at, "retain_until": record.retain_until_on.isoformat()}
    move(session, claim, Action.CLOSE, actor=actor, now=now, data=data)
    claim.hint = ""
    return record


def move_file(
    session: UnitSession, *, actor: Actor, claim_id: UUID, place: str, reason: str, now: datetime
) -> ArchiveRecord:
    """Note that the file of a closed case lies somewhere else now."""
    require(actor, "claims.archive")
    kept_at = _place(place)
    if not reason.strip():
        raise Invalid("移库要写明原因", (Problem("reason", "没有写，请写一句"),))
    record = session.scalar(
        select(ArchiveRecord)
        .where(ArchiveRecord.claim_id == claim_id)
        .order_by(ArchiveRecord.seq.desc())
        .limit(1)
        .with_for_update()
    )
    if record is None:
        raise NotFound("这件还没有归档")
    data = {"file_number": record.file_number, "before": record.place, "after": kept_at}
    record.place = kept_at
    subject = ("archive_record", record.id)
    tag = "claim:archive:moved"
    note(session, actor, tag, subject, now=now, claim_id=claim_id, reason=reason.strip(), data=data)
    return record


def _place(place: str) -> str:
    kept_at = place.strip()
    if not kept_at or len(kept_at) > LONGEST_PLACE:
        message = "没有写存放的地方，请写清库房、柜、盒，例如“一楼档案室 3 柜 12 盒”"
        raise Invalid("归档要写明放在哪里", (Problem("place", message),))
    return kept_at


def _contents(session: UnitSession, claim: Claim) -> list[dict[str, Any]]:
    """Return the index: settlements, papers in the order they came, decisions."""
    settlements = session.scalars(
        select(Settlement)
        .where(Settlement.claim_id == claim.id)
        .order_by(Settlement.received_at, Settlement.id)
    )
    index: list[dict[str, Any]] = [
        {
            "kind": "结算记录" if one.superseded_at is None else "结算记录（已被更正）",
            "name": one.setl_id,
            "pages": 1,
            "on": business_day(one.received_at).isoformat(),
        }
        for one in settlements
    ]
    papers = select(Paper).where(Paper.claim_id == claim.id).order_by(Paper.received_at, Paper.id)
    known = paper_list().kinds
    for paper in session.scalars(papers):
        index.append(
            {
                "kind": known[paper.kind].word if paper.kind in known else "其他材料",
                "name": paper.filename,
                "pages": paper.pages,
                "on": business_day(paper.received_at).isoformat(),
                "sha256": paper.sha256 or "",
            }
        )
    decisions = select(Decision).where(Decision.claim_id == claim.id).order_by(Decision.seq)
    index += [
        {
            "kind": "核算单",
            "name": f"第 {one.seq} 次，{to_yuan(one.benefit_fen)} 元",
            "pages": 1,
            "on": business_day(one.made_at).isoformat(),
        }
        for one in session.scalars(decisions)
    ]
    return index
