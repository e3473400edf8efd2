"""Taking settlement records in as cases: sets in, a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from insurer.accounts.permissions import require
from insurer.claims.calendar import decide_terms
from insurer.claims.lifecycle import State
from insurer.claims.operations.corrections import lock_disturbed, refunds_named, take_changes, take_reversals
from insurer.claims.operations.freeing import release_settlements, why_not_free
from insurer.claims.operations.known import Key, Known, key_of, known_settlements
from insurer.claims.operations.settlement_rows import Entry, shown, write_papers, write_settlements
from insurer.claims.records import SettlementRecord
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.people.operations import PersonRef, ensure_people
from insurer.platform.audit import Actor, note
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers

CASE_PREFIX = {"changzhou-xinbei": "XB", "nantong": "NT"}
INTAKE_LOCK = 7_201
"""First key of the advisory lock under which one delivery of a scheme is written at a time."""


@dataclass(slots=True)
class Registered:
    """What became of each record, in their order of kinds; ids are those of the cases.

    ``freed`` names by key the withdrawn case that had a settlement of ``new`` before.
    """

    new: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    reversed: list[UUID] = field(default_factory=list)
    freed: dict[Key, str] = field(default_factory=dict)
    case_numbers: dict[UUID, str] = field(default_factory=dict)

    @property
    def touched(self) -> list[UUID]:
        """The cases that must be calculated (again), each once."""
        return list(dict.fromkeys([*self.new, *self.changed, *self.reversed]))


@dataclass(slots=True)
class _Sorted:
    """The records of a delivery by what is to be done with them."""

    originals: list[SettlementRecord] = field(default_factory=list)
    reversals: list[SettlementRecord] = field(default_factory=list)
    changed: list[tuple[SettlementRecord, Known]] = field(default_factory=list)
    known: list[UUID] = field(default_factory=list)
    repeated: list[Key] = field(default_factory=list)


def register_settlements(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    records: Sequence[SettlementRecord],
    channel: str,
    now: datetime,
    anew: bool = False,
) -> Registered:
    """Make one case of each new settlement record; a known one changes nothing.

    A record with a known key and other content becomes a new version and reopens its case; a reversal
    joins the case of what it reverses. What a withdrawn case held becomes a case of its own again for another
    person, with ``anew`` also for the same. Every record is in one of the counts. :class:`Invalid` names each
    record that contradicts another or reverses nothing known; :class:`Conflict` when another delivery holds
    the lock too long. Then nothing is written.
    """
    require(actor, "claims.register")
    _lock(session, scheme)
    known = known_settlements(session, scheme, [key_of(record) for record in records])
    named = refunds_named(records, known)
    known |= known_settlements(
        session, scheme, [key_of(one) for one, was in zip(named, records, strict=True) if one is not was]
    )
    found = _sort(named, known, anew)
    everybody = [*found.originals, *found.reversals, *(record for record, _ in found.changed)]
    refs = [PersonRef(record.certno, record.name) for record in everybody]
    ids = dict(
        zip((key_of(record) for record in everybody), _people(session, scheme, refs, now), strict=True)
    )
    done = Registered(unchanged=found.known)
    reversals = [(record, ids[key_of(record)]) for record in found.reversals]
    lock_disturbed(session, found.changed, reversals)
    freed = _free(session, found, ids, anew)
    claims = _new_claims(session, scheme, found.originals, ids, actor, channel, now, done)
    pairs = list(zip(found.originals, claims, strict=True))
    cases = {key_of(record): claim_id for record, claim_id in pairs}
    taken = {before.settlement_id: done.case_numbers[cases[key]] for key, before in freed.items()}
    done.freed = release_settlements(session, freed, taken, actor=actor, now=now) if freed else {}
    versions = {key: before.version + 1 for key, before in freed.items()}
    entries = [Entry(record, claim_id, versions.get(key_of(record), 1)) for record, claim_id in pairs]
    write_settlements(session, scheme, entries, now)
    write_papers(session, pairs, actor, now)
    changed = [(record, ids[key_of(record)], before) for record, before in found.changed]
    reason = "柜台改正了结算单" if channel == "counter" else "上游结算有更正"
    done.changed = take_changes(session, scheme, changed, actor, now, reason)
    done.reversed = take_reversals(session, scheme, reversals, actor, now)
    cases |= {key_of(record): before.claim_id for record, before in found.changed}
    cases |= dict(zip((key_of(record) for record in found.reversals), done.reversed, strict=True))
    done.unchanged += [cases[key] for key in found.repeated]
    return done


def _lock(session: UnitSession, scheme: str) -> None:
    """Let one delivery of a scheme be written at a time: what is known must stay true until the commit."""
    try:
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key, hashtext(:scheme))"),
            {"key": INTAKE_LOCK, "scheme": scheme},
        )
    except OperationalError as error:
        raise Conflict("另一份结算记录正在写入，这一份还没有写。请等它写完再试") from error


def _sort(records: Sequence[SettlementRecord], known: dict[Key, Known], anew: bool) -> _Sorted:
    """Sort records by what is known of their keys; the same record twice in a delivery counts once."""
    found = _Sorted()
    seen: dict[Key, bytes] = {}
    for record in records:
        key = key_of(record)
        before = known.get(key)
        if key in seen:
            if seen[key] != record.content_hash:
                raise _clash(record)
            found.repeated.append(key)
            continue
        if before is not None and before.content_hash == record.content_hash and not anew:
            found.known.append(before.claim_id)
            continue
        seen[key] = record.content_hash
        if before is not None:
            found.changed.append((record, before))
        elif record.is_reversal:
            found.reversals.append(record)
        else:
            found.originals.append(record)
    return found


def _free(session: UnitSession, found: _Sorted, ids: Mapping[Key, UUID], anew: bool) -> dict[Key, Known]:
    """Sort to the new records those whose number a withdrawn case gives up; returns what they were there.

    The cases are locked: none of them is reopened or paid meanwhile.
    """
    freed = {}
    for record, before in found.changed:
        key = key_of(record)
        if record.is_reversal or before.reverses is not None or (ids[key] == before.person_id and not anew):
            continue
        why = why_not_free(session, session.get_one(Claim, before.claim_id), *key)
        if not why:
            freed[key] = before
        elif anew:
            raise Conflict(why)
    found.originals += [record for record, _ in found.changed if key_of(record) in freed]
    found.changed = [pair for pair in found.changed if key_of(pair[0]) not in freed]
    return freed


def _clash(record: SettlementRecord) -> Invalid:
    message = "同一个结算号在这份文件里出现两次，内容不同。请只留正确的一条"
    problem = Problem("setl_id", f"结算号 {record.setl_id} 出现两次", record.where, "duplicate_conflict")
    return Invalid(message, (problem,))


def _people(session: UnitSession, scheme: str, refs: Sequence[PersonRef], now: datetime) -> list[UUID]:
    return ensure_people(session, scheme=scheme, people=refs, now=now) if refs else []


def _new_claims(
    session: UnitSession,
    scheme: str,
    records: Sequence[SettlementRecord],
    people: Mapping[Key, UUID],
    actor: Actor,
    channel: str,
    now: datetime,
    done: Registered,
) -> list[UUID]:
    if not records:
        return []
    today = business_day(now)
    terms = decide_terms(calendar_in_force(session), today)
    prefix = CASE_PREFIX[scheme]
    numbers = take_numbers(session, f"{scheme}/claim/{today.year}", len(records))
    rows = []
    for record, number in zip(records, numbers, strict=True):
        claim_id = new_id()
        case_no = f"{prefix}{today.year}-{number:06d}"
        done.new.append(claim_id)
        done.case_numbers[claim_id] = case_no
        rows.append(
            {
                "id": claim_id,
                "scheme": scheme,
                "case_no": case_no,
                "person_id": people[key_of(record)],
                "state": State.RECEIVED.value,
                "hold_codes": [],
                "hint": "",
                "benefit_fen": 0,
                "review_lines": 0,
                "channel": channel,
                "received_at": now,
                "term": "decide",
                "term_from_on": today,
                "due_on": terms.due_on,
                "legal_due_on": terms.legal_due_on,
                "certain_due_on": terms.certain_due_on,
                "stopped_days": 0,
                "entered_by": actor.person,
                "entered_by_name": actor.name,
                "version": 1,
                "updated_at": now,
                **shown(record),
            }
        )
        data = {"case_no": case_no, "channel": channel, "setl_id": record.setl_id}
        note(
            session, actor, "claim:case:received", ("claim", claim_id), now=now, claim_id=claim_id, data=data
        )
    copy_rows(session, Claim, rows)
    return [row["id"] for row in rows]
