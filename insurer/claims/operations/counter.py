"""The counter: drafts that wait for the next sentence, and a case made of a sheet that somebody keyed in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import CALCULABLE, OPEN_STATES, WORDS, State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.duplicates import (
    Duplicated,
    DuplicateHit,
    confirm_duplicates,
    same_invoices,
    same_stays,
)
from insurer.claims.operations.freeing import why_not_free
from insurer.claims.operations.intake import register_settlements
from insurer.claims.operations.known import key_of, known_settlements
from insurer.claims.operations.moves import lock_claim
from insurer.claims.records import SettlementRecord
from insurer.claims.sheet_fields import LABELS
from insurer.claims.tables import Claim, IntakeDraft, Settlement
from insurer.kernel.errors import Conflict, NotFound
from insurer.people.operations import PersonRef, ensure_people
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.outbox import Work, note_work

CHANNEL: Final = "counter"
WRITTEN: Final = LABELS | {
    "fixmedins": "医疗机构",
    "invoice": "票据",
    "later_payers": "结算以后的付款",
    "upstream_pending": "还在等谁",
    "applicant": "谁来交",
}
"""Facts of a sheet whose change is written into the timeline, in the paper's words."""
MOST_DRAFTS: Final = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with what was typed, field by field."""

    id: UUID
    scheme: str
    person_id: UUID | None
    claim_id: UUID | None
    values: Mapping[str, str]
    updated_at: datetime


def register_at_counter(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    record: SettlementRecord,
    now: datetime,
    duplicate_reason: str = "",
    draft_id: UUID | None = None,
) -> tuple[UUID, str]:
    """Make a case of a sheet that was keyed in; returns its id and number and orders its receipt.

    The same intake as for files and programs. The same sheet again gives the case that it made, while that is
    still open. :class:`Duplicated` names what came before (invoice, stay) unless ``duplicate_reason`` says
    why the case is made all the same, and always where the settlement's number is taken: by another person,
    by another content, or by a case that is over. A withdrawn case gives its number up, unless money is out.
    """
    require(actor, "claims.register")
    known = known_settlements(session, scheme, [key_of(record)]).get(key_of(record))
    if known is not None:
        claim = session.scalars(select(Claim).where(Claim.id == known.claim_id)).one()
        same = bytes(known.content_hash) == record.content_hash
        if same and State(claim.state) in OPEN_STATES:
            return claim.id, claim.case_no
        (person_id,) = ensure_people(
            session, scheme=scheme, people=[PersonRef(record.certno, record.name)], now=now
        )
        withdrawn = State(claim.state) is State.WITHDRAWN
        if withdrawn or person_id != known.person_id:
            if why := why_not_free(session, claim, *key_of(record)):
                raise Duplicated([DuplicateHit("settlement", claim.case_no, claim.state, f"{why}。")])
        else:
            raise Duplicated([_taken(claim, same)])
    hits = duplicates_of(session, scheme, record)
    if hits and not duplicate_reason.strip():
        raise Duplicated(hits)
    done = register_settlements(
        session,
        actor=actor,
        scheme=scheme,
        records=[record],
        channel=CHANNEL,
        now=now,
        anew=known is not None,
    )
    claim_id = done.new[0]
    confirm_duplicates(session, actor=actor, claim_id=claim_id, hits=hits, reason=duplicate_reason, now=now)
    calculate_claims(session, actor=actor, claim_ids=[claim_id], now=now)
    if record.papers:
        payload = {"kind": "receipt", "claim_id": str(claim_id)}
        note_work(session, [Work(ISSUE_NOTICE, payload, f"receipt:{claim_id}")], now=now)
    if draft_id is not None:
        discard_draft(session, actor=actor, draft_id=draft_id)
    return claim_id, done.case_numbers[claim_id]


def duplicates_of(
    session: UnitSession, scheme: str, record: SettlementRecord, claim_id: UUID | None = None
) -> list[DuplicateHit]:
    """Return what came before a record: its invoice, then its stay; each other case once."""
    invoice = record.facts.get("invoice") or {}
    hits = same_invoices(session, scheme, [invoice], claim_id) + same_stays(session, scheme, record, claim_id)
    return list({hit.case_no: hit for hit in reversed(hits)}.values())[::-1]


def _taken(claim: Claim, same: bool) -> DuplicateHit:
    """Say what to do about a settlement that has its case: it is one case, however often it is filed."""
    number, state = claim.case_no, State(claim.state)
    if state in OPEN_STATES:
        words = f"这个结算流水号已经在 {number} 里登记过，内容和您填的不同。要更正，请在那一件的材料页改。"
    else:
        words = f"这个结算流水号的案件是 {number}，现在“{WORDS[state].word}”。"
        words += "对决定有意见，请在那一件登记复核，答复“重新办理”后案件重开" + (
            "。" if same else "，再更正。"
        )
    return DuplicateHit("settlement", number, claim.state, words)


def correct_sheet(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    record: SettlementRecord,
    now: datetime,
    version: int | None = None,
) -> bool:
    """Keep a corrected sheet of a case of the counter as a new version; ``False`` when nothing differs.

    :class:`Conflict` when somebody was faster, when the case is decided, or when its settlement came from
    another system, which must send the correction itself.
    """
    require(actor, "claims.register")
    claim = lock_claim(session, claim_id, version=version)
    if State(claim.state) not in CALCULABLE:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，结算单不能再改。要改先退回或重开")
    if claim.channel != CHANNEL:
        raise Conflict("这件的结算是别的系统传来的，更正由那边重发")
    known = known_settlements(session, claim.scheme, [key_of(record)]).get(key_of(record))
    if known is None or known.claim_id != claim.id:
        raise Conflict("结算流水号和这一件的对不上。号码登记错了，请撤销后重新登记")
    if bytes(known.content_hash) == record.content_hash:
        return False
    before = session.scalars(select(Settlement.facts).where(Settlement.id == known.settlement_id)).one()
    register_settlements(
        session, actor=actor, scheme=claim.scheme, records=[record], channel=CHANNEL, now=now
    )
    data = {"changes": _changes(before, record.facts)}
    subject = ("claim", claim_id)
    note(session, actor, "claim:sheet:corrected", subject, now=now, claim_id=claim_id, data=data)
    calculate_claims(session, actor=actor, claim_ids=[claim_id], now=now)
    return True


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what differs between two versions of a sheet, in the words of the paper."""
    found = []
    for name in dict.fromkeys([*LABELS, *before, *after]):
        was, now = before.get(name), after.get(name)
        if was != now and name in WRITTEN:
            found.append({"label": WRITTEN[name], "before": _written(was), "after": _written(now)})
    return found


def _written(fact: Any) -> str:
    """Return a fact in one line; what has parts is written part by part."""
    if isinstance(fact, Mapping):
        return " ".join(str(value) for value in fact.values() if value not in ("", None))
    if isinstance(fact, list | tuple):
        return "，".join(map(_written, fact)) or "没有"
    return "没有" if fact in (None, "") else str(fact)


def save_draft(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    values: Mapping[str, str],
    now: datetime,
    draft_id: UUID | None = None,
    person_id: UUID | None = None,
    claim_id: UUID | None = None,
) -> UUID:
    """Keep what was typed, sealed, for the same person to go on with; returns the draft's id.

    A case has one draft of each person; at the counter each sheet has its own. :class:`NotFound` when the
    draft is somebody else's or was finished meanwhile.
    """
    require(actor, "claims.register")
    found = _mine(session, actor, draft_id) if draft_id is not None else None
    if found is None and claim_id is not None:
        found = session.scalars(_of_case(actor, claim_id)).first()
    if found is None:
        found = IntakeDraft(id=new_id(), scheme=scheme, staff_id=actor.staff_id, created_at=now)
        found.person_id, found.claim_id = person_id, claim_id
        session.add(found)
    text = json.dumps(dict(values), ensure_ascii=False)
    found.content_cipher = session.keyring.seal(text, f"intake_draft:content:{found.id}")
    found.updated_at = now
    session.flush()
    return found.id


def open_draft(session: UnitSession, *, actor: Actor, draft_id: UUID) -> Draft:
    """Return one's own draft; :class:`NotFound` for any other."""
    return _opened(session, _mine(session, actor, draft_id))


def draft_of_case(session: UnitSession, *, actor: Actor, claim_id: UUID) -> Draft | None:
    """Return one's own draft on a case."""
    found = session.scalars(_of_case(actor, claim_id)).first()
    return _opened(session, found) if found is not None else None


def own_drafts(session: UnitSession, *, actor: Actor, scheme: str) -> list[Draft]:
    """Return one's own drafts at the counter, the newest first."""
    if actor.staff_id is None:
        return []
    rows = session.scalars(
        select(IntakeDraft)
        .where(
            IntakeDraft.staff_id == actor.staff_id,
            IntakeDraft.scheme == scheme,
            IntakeDraft.claim_id.is_(None),
        )
        .order_by(IntakeDraft.updated_at.desc())
        .limit(MOST_DRAFTS)
    )
    return [_opened(session, row) for row in rows]


def discard_draft(session: UnitSession, *, actor: Actor, draft_id: UUID) -> None:
    """Throw one's own draft away; one that is gone already is no trouble."""
    session.execute(
        delete(IntakeDraft).where(IntakeDraft.id == draft_id, IntakeDraft.staff_id == actor.staff_id)
    )


def _of_case(actor: Actor, claim_id: UUID) -> Select[IntakeDraft]:
    return select(IntakeDraft).where(IntakeDraft.staff_id == actor.staff_id, IntakeDraft.claim_id == claim_id)


def _mine(session: UnitSession, actor: Actor, draft_id: UUID) -> IntakeDraft:
    found = session.get(IntakeDraft, draft_id)
    if found is None or found.staff_id != actor.staff_id:
        raise NotFound("没有这份草稿，可能已经登记成案件了。请从收件登记再找")
    return found


def _opened(session: UnitSession, row: IntakeDraft) -> Draft:
    text = session.keyring.open(row.content_cipher, f"intake_draft:content:{row.id}")
    values: Mapping[str, str] = json.loads(text)
    return Draft(row.id, row.scheme, row.person_id, row.claim_id, values, row.updated_at)
