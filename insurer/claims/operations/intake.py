"""Taking settlement records in as cases: sets in, a constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update

from insurer.accounts.permissions import require
from insurer.claims.calendar import LEGAL_DAYS, TARGET_WORKING_DAYS, working_calendar
from insurer.claims.lifecycle import CALCULABLE, Action, State
from insurer.claims.operations.limits import return_limit
from insurer.claims.operations.moves import lock_claims, move
from insurer.claims.records import SettlementRecord
from insurer.claims.rules import visit_kind
from insurer.claims.tables import Claim, FeeLine, Paper, Settlement
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Invalid, Problem
from insurer.people.operations import PersonRef, ensure_people
from insurer.platform.audit import Actor, note
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers

CASE_PREFIX = {"changzhou-xinbei": "XB", "nantong": "NT"}


@dataclass(slots=True)
class Registered:
    """What became of each record, in their order of kinds; ids are those of the cases."""

    new: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    reversed: list[UUID] = field(default_factory=list)
    case_numbers: dict[UUID, str] = field(default_factory=dict)

    @property
    def touched(self) -> list[UUID]:
        """The cases that must be calculated (again), each once."""
        return list(dict.fromkeys([*self.new, *self.changed, *self.reversed]))


@dataclass(frozen=True, slots=True)
class _Known:
    claim_id: UUID
    settlement_id: UUID
    version: int
    content_hash: bytes


def register_settlements(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    records: Sequence[SettlementRecord],
    channel: str,
    now: datetime,
) -> Registered:
    """Make one case of each new settlement record; a known one changes nothing.

    A record with a known key and other content becomes a new version and reopens its case; a reversal
    joins the case of what it reverses. :class:`Invalid` when a reversal names nothing that is known.
    """
    require(actor, "claims.register")
    done = Registered()
    known = _known_settlements(session, scheme, records)
    fresh: list[SettlementRecord] = []
    changed: list[tuple[SettlementRecord, _Known]] = []
    seen: dict[tuple[str, str], bytes] = {}
    for record in records:
        key = (record.region, record.setl_id)
        before = known.get(key)
        if before is not None and before.content_hash == record.content_hash:
            done.unchanged.append(before.claim_id)
        elif before is not None:
            changed.append((record, before))
        elif seen.get(key) == record.content_hash:
            continue  # the same record twice in one delivery
        elif key in seen:
            raise _clash(record)
        else:
            seen[key] = record.content_hash
            fresh.append(record)
    originals = [record for record in fresh if not record.is_reversal]
    reversals = [record for record in fresh if record.is_reversal]
    people = _people(session, scheme, originals, now)
    claims = _new_claims(session, scheme, originals, people, actor, channel, now, done)
    _write_settlements(session, scheme, list(zip(originals, claims, strict=True)), now)
    _write_papers(session, list(zip(originals, claims, strict=True)), actor, now)
    _take_changes(session, scheme, changed, actor, now, done)
    _take_reversals(session, scheme, reversals, actor, now, done)
    return done


def _known_settlements(
    session: UnitSession, scheme: str, records: Sequence[SettlementRecord]
) -> dict[tuple[str, str], _Known]:
    keys = {(record.region, record.setl_id) for record in records}
    rows = session.execute(
        select(
            Settlement.region,
            Settlement.setl_id,
            Settlement.claim_id,
            Settlement.id,
            Settlement.version,
            Settlement.content_hash,
        ).where(
            Settlement.scheme == scheme,
            Settlement.superseded_at.is_(None),
            tuple_(Settlement.region, Settlement.setl_id).in_(list(keys)),
        )
    )
    return {
        (row.region, row.setl_id): _Known(row.claim_id, row.id, row.version, bytes(row.content_hash))
        for row in rows
    }


def _clash(record: SettlementRecord) -> Invalid:
    message = "同一个结算号在这份文件里出现两次，内容不同。请只留正确的一条"
    problem = Problem("setl_id", message, f"结算号 {record.setl_id}", "duplicate_conflict")
    return Invalid(message, (problem,))


def _people(
    session: UnitSession, scheme: str, records: Sequence[SettlementRecord], now: datetime
) -> list[UUID]:
    refs = [PersonRef(record.certno, record.name) for record in records]
    return ensure_people(session, scheme=scheme, people=refs, now=now)


def _new_claims(
    session: UnitSession,
    scheme: str,
    records: Sequence[SettlementRecord],
    people: Sequence[UUID],
    actor: Actor,
    channel: str,
    now: datetime,
    done: Registered,
) -> list[UUID]:
    if not records:
        return []
    today = business_day(now)
    calendar = working_calendar()
    due_on = calendar.add_working_days(today, TARGET_WORKING_DAYS)
    legal_due_on = calendar.add_days(today, LEGAL_DAYS)
    prefix = CASE_PREFIX[scheme]
    numbers = take_numbers(session, f"{scheme}/claim/{today.year}", len(records))
    rows = []
    for record, person_id, number in zip(records, people, numbers, strict=True):
        claim_id = new_id()
        case_no = f"{prefix}{today.year}-{number:06d}"
        done.new.append(claim_id)
        done.case_numbers[claim_id] = case_no
        rows.append(
            {
                "id": claim_id,
                "scheme": scheme,
                "case_no": case_no,
                "person_id": person_id,
                "state": State.RECEIVED.value,
                "hold_codes": [],
                "hint": "",
                "benefit_fen": 0,
                "review_lines": 0,
                "channel": channel,
                "received_at": now,
                "due_on": due_on,
                "legal_due_on": legal_due_on,
                "stopped_days": 0,
                "entered_by": actor.id,
                "entered_by_name": actor.name,
                "version": 1,
                "updated_at": now,
                **_shown(record),
            }
        )
        data = {"case_no": case_no, "channel": channel, "setl_id": record.setl_id}
        note(
            session, actor, "claim:case:received", ("claim", claim_id), now=now, claim_id=claim_id, data=data
        )
    copy_rows(session, Claim, rows)
    return [row["id"] for row in rows]


def _shown(record: SettlementRecord) -> dict[str, Any]:
    """Return what a case shows of its settlement."""
    return {
        "year": record.settled_on.year,
        "visit": visit_kind(record.med_type),
        "hospital": record.hospital,
        "begin_on": record.begin_on,
        "end_on": record.end_on,
        "settled_on": record.settled_on,
        "total_fen": record.total_fen,
        "burden_fen": record.burden_fen,
    }


def _write_settlements(
    session: UnitSession,
    scheme: str,
    pairs: Sequence[tuple[SettlementRecord, UUID]],
    now: datetime,
    *,
    versions: dict[str, int] | None = None,
    reverses: dict[str, str] | None = None,
) -> None:
    rows, lines = [], []
    for record, claim_id in pairs:
        settlement_id = new_id()
        rows.append(
            {
                "id": settlement_id,
                "claim_id": claim_id,
                "scheme": scheme,
                "region": record.region,
                "setl_id": record.setl_id,
                "version": (versions or {}).get(record.setl_id, 1),
                "content_hash": record.content_hash,
                "facts": record.facts,
                "original_cipher": session.keyring.seal(
                    record.original, f"settlement:original:{settlement_id}"
                ),
                "invoice_key": record.invoice_key,
                "reverses": (reverses or {}).get(record.setl_id),
                "settled_on": record.settled_on,
                "total_fen": record.total_fen,
                "received_at": now,
            }
        )
        if not record.is_reversal:
            lines += _line_rows(record, settlement_id)
    copy_rows(session, Settlement, rows)
    copy_rows(session, FeeLine, lines)


def _line_rows(record: SettlementRecord, settlement_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "settlement_id": settlement_id,
            "line_no": number,
            "serial": line.serial,
            "name": line.name,
            "catalogue_name": line.facts.get("hilist_name", ""),
            "level": line.facts.get("chrgitm_lv", ""),
            "charge_type": line.facts.get("med_chrgitm_type", ""),
            "price": line.facts.get("pric", ""),
            "count": line.facts.get("cnt", ""),
            "amount_fen": line.amount_fen,
            "own_fen": line.own_fen,
            "facts": line.facts,
            "decision": "covered",
            "because": "",
            "finding_reason": "",
        }
        for number, line in enumerate(record.lines, 1)
    ]


def _write_papers(
    session: UnitSession, pairs: Sequence[tuple[SettlementRecord, UUID]], actor: Actor, now: datetime
) -> None:
    rows = [
        {
            "id": new_id(),
            "claim_id": claim_id,
            "kind": paper.kind,
            "filename": paper.filename,
            "pages": paper.pages,
            "received_at": now,
            "received_by": actor.id,
        }
        for record, claim_id in pairs
        for paper in record.papers
    ]
    copy_rows(session, Paper, rows)


def _take_changes(
    session: UnitSession,
    scheme: str,
    changed: Sequence[tuple[SettlementRecord, _Known]],
    actor: Actor,
    now: datetime,
    done: Registered,
) -> None:
    """Keep a changed record as a new version; a decided case is reopened, the old decision stays."""
    if not changed:
        return
    _supersede(session, [before.settlement_id for _, before in changed], now)
    versions = {record.setl_id: before.version + 1 for record, before in changed}
    pairs = [(record, before.claim_id) for record, before in changed]
    _write_settlements(session, scheme, pairs, now, versions=versions)
    by_claim = {before.claim_id: record for record, before in changed}
    for claim in lock_claims(session, list(by_claim)):
        record = by_claim[claim.id]
        for column, value in _shown(record).items():
            setattr(claim, column, value)
        _disturb(session, claim, actor, now, "上游结算有更正", record.settled_on)
        done.changed.append(claim.id)


def _take_reversals(
    session: UnitSession,
    scheme: str,
    reversals: Sequence[SettlementRecord],
    actor: Actor,
    now: datetime,
    done: Registered,
) -> None:
    """Let a reversal join the case of the settlement it reverses."""
    if not reversals:
        return
    targets = _reversed_settlements(session, scheme, reversals)
    problems = tuple(
        Problem("reverses", "冲销的原结算没有找到，请先导入原结算", f"结算号 {record.setl_id}", "unknown")
        for record in reversals
        if record.setl_id not in targets
    )
    if problems:
        raise Invalid("有冲销记录对不上原结算，这次没有写入", problems)
    pairs = [(record, targets[record.setl_id][0]) for record in reversals]
    reverses = {record.setl_id: targets[record.setl_id][1] for record in reversals}
    _write_settlements(session, scheme, pairs, now, reverses=reverses)
    by_claim = {claim_id: record for record, claim_id in pairs}
    for claim in lock_claims(session, list(by_claim)):
        _disturb(session, claim, actor, now, "原结算已冲销", by_claim[claim.id].settled_on)
        done.reversed.append(claim.id)


def _reversed_settlements(
    session: UnitSession, scheme: str, reversals: Sequence[SettlementRecord]
) -> dict[str, tuple[UUID, str]]:
    """Find what each reversal reverses: the named settlement, else one of the visit with the same amount."""
    named = {record.reverses for record in reversals if record.reverses}
    totals = {-record.total_fen for record in reversals if not record.reverses}
    rows = session.execute(
        select(
            Settlement.setl_id,
            Settlement.region,
            Settlement.claim_id,
            Settlement.total_fen,
            Settlement.settled_on,
        ).where(
            Settlement.scheme == scheme,
            Settlement.superseded_at.is_(None),
            Settlement.setl_id.in_(named) | Settlement.total_fen.in_(totals),
        )
    ).all()
    by_name = {(row.region, row.setl_id): row for row in rows}
    found: dict[str, tuple[UUID, str]] = {}
    for record in reversals:
        row = by_name.get((record.region, record.reverses or ""))
        if row is None and not record.reverses:
            same = [known for known in rows if known.total_fen == -record.total_fen]
            row = same[0] if len(same) == 1 else None
        if row is not None:
            found[record.setl_id] = (row.claim_id, row.setl_id)
    return found


def _supersede(session: UnitSession, settlement_ids: Sequence[UUID], now: datetime) -> None:
    session.execute(
        update(Settlement).where(Settlement.id.in_(settlement_ids)).values(superseded_at=now),
        execution_options={"synchronize_session": False},
    )


def _disturb(session: UnitSession, claim: Claim, actor: Actor, now: datetime, reason: str, day: date) -> None:
    """Put a case whose ground has changed back to work, whatever was decided."""
    state = State(claim.state)
    data = {"settled_on": day.isoformat()}
    if state is State.PROPOSED:
        move(session, claim, Action.SEND_BACK, actor=_system(actor), now=now, reason=reason, data=data)
    elif state not in CALCULABLE and state not in (State.IN_PAYMENT, State.BOUNCED, State.WITHDRAWN):
        move(session, claim, Action.REOPEN, actor=_system(actor), now=now, reason=reason, data=data)
        return_limit(session, claim, now=now)
    else:
        claim.version += 1
        claim.updated_at = now
        note(
            session,
            actor,
            "claim:settlement:changed",
            ("claim", claim.id),
            now=now,
            claim_id=claim.id,
            reason=reason,
            data=data,
        )


def _system(actor: Actor) -> Actor:
    """The rule reopens the case, not the clerk who took the record in."""
    return Actor("system", "intake", "系统", frozenset({"system"}), actor.request_id)
