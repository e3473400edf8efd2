"""Corrections and reversals: a settlement that changed puts its case back to work, whatever was decided."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from insurer.claims.lifecycle import CALCULABLE, Action, State
from insurer.claims.operations.freeing import why_not_free
from insurer.claims.operations.known import Key, Known, current_settlements, key_of
from insurer.claims.operations.limits import return_limit
from insurer.claims.operations.makers import note_maker
from insurer.claims.operations.moves import lock_claims, move
from insurer.claims.operations.settlement_rows import Entry, Finding, shown, write_papers, write_settlements
from insurer.claims.records import SettlementRecord
from insurer.claims.rules import CHANGED_IN_PAYMENT, HOLD_WORDS
from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.kernel.errors import Invalid, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession

REFUND_MARK: Final = "#冲销"
"""Added to the number of a settlement that was sent again as refunded: the refund is a record of its own."""


def refunds_named(records: Sequence[SettlementRecord], known: Mapping[Key, Known]) -> list[SettlementRecord]:
    """Give a settlement that is sent again as refunded a number of its own, so that it reverses itself."""
    originals = {key_of(record) for record in records if not record.is_reversal}
    originals |= {key for key, before in known.items() if before.reverses is None}
    return [
        replace(record, setl_id=record.setl_id + REFUND_MARK, reverses=record.setl_id)
        if record.is_reversal and record.reverses in (None, record.setl_id) and key_of(record) in originals
        else record
        for record in records
    ]


def lock_disturbed(
    session: UnitSession,
    changed: Sequence[tuple[SettlementRecord, Known]],
    reversals: Sequence[tuple[SettlementRecord, UUID]],
) -> None:
    """Lock every case that corrections and reversals may touch, at once and in the common order.

    A new version refers to its case and so holds the case's row; written first, in the order of the
    delivery, it would let a delivery and a payment batch wait for each other. What a reversal means is
    known only after the corrections, but it is a case of its person.
    """
    ids = {before.claim_id for _, before in changed}
    people = {person_id for _, person_id in reversals}
    if people:
        ids.update(session.scalars(select(Claim.id).where(Claim.person_id.in_(people))))
    if ids:
        lock_claims(session, sorted(ids))


def take_changes(
    session: UnitSession,
    scheme: str,
    changed: Sequence[tuple[SettlementRecord, UUID, Known]],
    actor: Actor,
    now: datetime,
    reason: str = "上游结算有更正",
) -> list[UUID]:
    """Keep changed records (each with its person) as new versions; returns the ids of their cases.

    A decided case is reopened, the old decision stays. :class:`Invalid` when a record now belongs to another
    person, or is a reversal that was none: such a change is no correction.
    """
    if not changed:
        return []
    problems = tuple(
        problem
        for record, person_id, before in changed
        for problem in _no_correction(session, record, person_id, before)
    )
    if problems:
        raise Invalid("有更正对不上原来的记录，这次没有写入", problems)
    settlement_ids = [before.settlement_id for *_, before in changed]
    findings = _findings(session, settlement_ids)
    session.execute(
        update(Settlement).where(Settlement.id.in_(settlement_ids)).values(superseded_at=now),
        execution_options={"synchronize_session": False},
    )
    entries = [
        Entry(
            record, before.claim_id, before.version + 1, before.reverses, findings.get(before.settlement_id)
        )
        for record, _, before in changed
    ]
    write_settlements(session, scheme, entries, now)
    write_papers(session, [(record, before.claim_id) for record, _, before in changed], actor, now)
    note_maker(session, {before.claim_id for *_, before in changed}, actor, "corrected", now)
    originals = {before.claim_id: record for record, _, before in changed if before.reverses is None}
    touched = {before.claim_id: record for record, _, before in changed} | originals
    for claim in lock_claims(session, list(touched)):
        for column, value in (shown(originals[claim.id]) if claim.id in originals else {}).items():
            setattr(claim, column, value)
        disturb(session, claim, actor, now, reason, touched[claim.id].settled_on)
    return list(touched)


def _no_correction(
    session: UnitSession, record: SettlementRecord, person_id: UUID, before: Known
) -> list[Problem]:
    if person_id != before.person_id:
        claim = session.get_one(Claim, before.claim_id)
        message = why_not_free(session, claim, *key_of(record))
        message = message or "和原来的记录不是同一个人，不是更正。请核对身份证号码"
        return [Problem("certno", message, record.where, "other_person")]
    if record.is_reversal != (before.reverses is not None):
        message = "原来是结算，现在写成冲销（或反过来），不是更正。请核对结算号"
        return [Problem("refd_setl_flag", message, record.where, "kind_changed")]
    if record.reverses and record.reverses != before.reverses:
        message = f"原来冲销的是 {before.reverses}，现在写成别的。请核对"
        return [Problem("reverses", message, record.where, "kind_changed")]
    return []


def _findings(
    session: UnitSession, settlement_ids: Sequence[UUID]
) -> dict[UUID, dict[tuple[str, str], Finding]]:
    """Return what people found on lines: it is about the thing, and stays when another part is corrected."""
    found: dict[UUID, dict[tuple[str, str], Finding]] = {}
    rows = select(FeeLine).where(FeeLine.settlement_id.in_(settlement_ids), FeeLine.finding.is_not(None))
    for line in session.scalars(rows):
        finding = Finding(line.finding or "", line.finding_reason, line.finding_by, line.finding_at)
        found.setdefault(line.settlement_id, {})[line.serial, line.name] = finding
    return found


def take_reversals(
    session: UnitSession,
    scheme: str,
    reversals: Sequence[tuple[SettlementRecord, UUID]],
    actor: Actor,
    now: datetime,
) -> list[UUID]:
    """Let reversals (each with its person) join the cases of what they reverse; returns the cases' ids.

    :class:`Invalid` for each that reverses nothing known, somebody else's settlement, another reversal, or
    what was reversed before.
    """
    if not reversals:
        return []
    entries, problems = [], []
    targets = _targets(session, scheme, [record for record, _ in reversals])
    reversed_before = _reversed_before(session, scheme, [name for _, name in targets])
    for record, person_id in reversals:
        found, problem = _target(record, person_id, targets, reversed_before)
        if problem is not None:
            problems.append(problem)
        elif found is not None:
            reversed_before[found] += 1
            entries.append(Entry(record, targets[found].claim_id, reverses=found[1]))
    if problems:
        raise Invalid("有冲销记录对不上原结算，这次没有写入", tuple(problems))
    write_settlements(session, scheme, entries, now)
    by_claim = {entry.claim_id: entry.record for entry in entries}
    note_maker(session, by_claim, actor, "corrected", now)
    for claim in lock_claims(session, list(by_claim)):
        disturb(session, claim, actor, now, "原结算已冲销", by_claim[claim.id].settled_on, gone=True)
    return [entry.claim_id for entry in entries]


def _targets(session: UnitSession, scheme: str, reversals: Sequence[SettlementRecord]) -> dict[Key, Known]:
    """Return what the reversals may mean: the named settlements, and those of the same amounts."""
    named = {record.reverses for record in reversals if record.reverses}
    totals = {abs(record.total_fen) for record in reversals if not record.reverses and record.total_fen}
    return current_settlements(
        session, scheme, Settlement.setl_id.in_(named) | Settlement.total_fen.in_(totals)
    )


def _reversed_before(session: UnitSession, scheme: str, names: Sequence[str]) -> Counter[Key]:
    rows = session.execute(
        select(Settlement.region, Settlement.reverses).where(
            Settlement.scheme == scheme, Settlement.superseded_at.is_(None), Settlement.reverses.in_(names)
        )
    )
    return Counter((row.region, row.reverses) for row in rows)


def _target(
    record: SettlementRecord, person_id: UUID, targets: Mapping[Key, Known], reversed_before: Counter[Key]
) -> tuple[Key | None, Problem | None]:
    """Return the settlement that a reversal means, or why it means none.

    Without a name it is the one settlement of the same person, region and amount that still stands; of
    several, the one of the same visit.
    """
    if record.reverses:
        key = (record.region, record.reverses)
        known = targets.get(key)
        if known is None:
            message, code = "冲销的原结算没有找到，请先导入原结算", "unknown"
        elif known.person_id != person_id:
            message, code = "冲销的原结算是另一个人的，请核对身份证号码和结算号", "other_person"
        elif known.reverses is not None:
            message, code = "要冲销的本身是冲销记录，不能再冲销。请核对结算号", "reversal"
        elif reversed_before[key]:
            message, code = "原结算已经冲销过，不能再冲销。请核对结算号", "reversed_before"
        else:
            return key, None
        return None, Problem("reverses", message, record.where, code)
    standing = [
        key
        for key, known in targets.items()
        if key[0] == record.region
        and known.person_id == person_id
        and known.total_fen == abs(record.total_fen)
        and known.reverses is None
        and not reversed_before[key]
    ]
    visit_id = record.facts.get("mdtrt_id", "")
    if len(standing) > 1 and visit_id:
        standing = [key for key in standing if targets[key].visit_id == visit_id]
    if len(standing) == 1:
        return standing[0], None
    message = "没有写冲销哪一笔，也找不到唯一对应的原结算。请填 reverses，或先导入原结算"
    return None, Problem("reverses", message, record.where, "unknown")


def disturb(
    session: UnitSession,
    claim: Claim,
    actor: Actor,
    now: datetime,
    reason: str,
    day: date,
    *,
    gone: bool = False,
) -> None:
    """Put a case whose ground has changed back to work, whatever was decided.

    A payment on its way cannot be called back: the case says so, and is reopened with the bank's result
    (:func:`reopen_changed`). A withdrawn case comes back with a correction, not with a reversal.
    """
    state = State(claim.state)
    data = {"settled_on": day.isoformat()}
    if state is State.PROPOSED:
        move(session, claim, Action.SEND_BACK, actor=_system(actor), now=now, reason=reason, data=data)
    elif state in CALCULABLE or state is State.IN_PAYMENT or (state is State.WITHDRAWN and gone):
        if state is State.IN_PAYMENT:
            claim.hold_codes = [CHANGED_IN_PAYMENT]
            claim.hint = HOLD_WORDS[CHANGED_IN_PAYMENT]
        claim.version += 1
        claim.updated_at = now
        subject = ("claim", claim.id)
        tag = "claim:settlement:changed"
        note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=reason, data=data)
    else:
        move(session, claim, Action.REOPEN, actor=_system(actor), now=now, reason=reason, data=data)
        return_limit(session, claim, now=now)


def is_changed(claim: Claim) -> bool:
    """Tell whether the settlement changed while the payment was on its way."""
    return CHANGED_IN_PAYMENT in claim.hold_codes


def reopen_changed(session: UnitSession, claim: Claim, *, actor: Actor, now: datetime) -> None:
    """Reopen a locked case whose settlement changed during its payment; the caller calculates it."""
    reason = "付款途中上游结算有更正"
    move(session, claim, Action.REOPEN, actor=_system(actor), now=now, reason=reason)
    return_limit(session, claim, now=now)


def _system(actor: Actor) -> Actor:
    """The rule reopens the case, not the clerk who took the record in."""
    return Actor("system", "intake", "系统", frozenset({"system"}), actor.request_id)
