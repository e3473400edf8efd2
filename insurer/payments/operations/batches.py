"""Payout batches: approved cases become instructions, one file goes to the bank, results come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import AGREED, Action, in_part
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.corrections import is_changed, reopen_changed
from insurer.claims.operations.moves import lock_claims, move
from insurer.claims.rules import recovery_hint
from insurer.claims.tables import Claim, Decision
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from insurer.kernel.money import to_yuan
from insurer.payments.bank_file import PayLine, ResultLine, write_bank_file
from insurer.payments.operations.advances import (
    PURPOSE,
    advance_paid,
    advance_returned,
    is_advance,
    ready_advances,
)
from insurer.payments.operations.contradictions import contradictions
from insurer.payments.operations.ledger import BANK, EXPENSE, PAYABLE, Posting, post
from insurer.payments.operations.payees import payees_of
from insurer.payments.tables import PaymentBatch, PaymentInstruction
from insurer.people.queries import account_views, open_account_number
from insurer.platform.audit import SYSTEM, Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers
from insurer.platform.storage import Storage, keep_file


@dataclass(slots=True)
class Batched:
    """A new batch, and the cases that could not join it with the reason in Chinese."""

    batch: PaymentBatch | None
    left_out: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payable:
    """An amount in fen that goes to one account for one case: a decided benefit or an advance."""

    claim: Claim
    decision_id: UUID
    account_id: UUID
    amount_fen: int
    purpose: str = "benefit"


def create_batch(
    session: UnitSession, *, actor: Actor, scheme: str, now: datetime, claim_ids: Sequence[UUID] | None = None
) -> Batched:
    """Put every approved case (or the chosen ones) into a new batch.

    What a case gets is its approved benefit less what it was paid before and what is on its way, so that a
    reopened case is paid its difference only; one whose difference is zero is paid. What stays behind says
    why on its case. Returns no batch when nothing can be paid.
    """
    require(actor, "payments.batch")
    claims = _approved(session, scheme, claim_ids)
    decisions = _decisions(session, claims)
    on_the_way = _on_the_way(session, claims)
    accounts, wanting = payees_of(session, claims)
    done = Batched(None)
    ready: list[Payable] = []
    for claim in claims:
        decision = decisions[claim.id]
        amount = decision.benefit_fen - claim.paid_fen
        account = accounts.get(claim.id)
        if on_the_way.get(claim.id):
            done.left_out[claim.id] = claim.hint = "提前给付的一笔还没有银行结果，等它"
        elif amount == 0:
            move(session, claim, Action.SETTLE, actor=actor, now=now, reason="更正以后金额没有变，以前已付清")
            done.left_out[claim.id] = "以前已付清，不用再付"
        elif amount < 0:
            done.left_out[claim.id] = claim.hint = recovery_hint(claim.paid_fen, decision.benefit_fen)
        elif account is None:
            done.left_out[claim.id] = claim.hint = wanting[claim.id]
        else:
            claim.hint = ""
            ready.append(Payable(claim, decision.id, account.id, amount))
    if claim_ids is None:
        ready += _advances(session, scheme, done, now)
    if ready:
        done.batch = _write_batch(session, scheme, ready, actor, now)
    return done


def _advances(session: UnitSession, scheme: str, done: Batched, now: datetime) -> list[Payable]:
    """Return the agreed advances that can be paid; one without an account says so."""
    found = ready_advances(session, scheme, now)
    accounts, wanting = payees_of(session, [claim for claim, _ in found])
    ready = []
    for claim, advance in found:
        account = accounts.get(claim.id)
        if account is None:
            done.left_out[claim.id] = wanting[claim.id]
        else:
            purpose = f"{PURPOSE}{advance.id}"
            ready.append(Payable(claim, advance.decision_id, account.id, advance.amount_fen, purpose))
    return ready


def _approved(session: UnitSession, scheme: str, claim_ids: Sequence[UUID] | None) -> list[Claim]:
    statement = select(Claim.id).where(Claim.scheme == scheme, Claim.state.in_(sorted(AGREED)))
    if claim_ids is not None:
        statement = statement.where(Claim.id.in_(claim_ids))
    claims = lock_claims(session, list(session.scalars(statement)))
    # somebody may have recalled one while we waited for its lock
    return sorted((claim for claim in claims if claim.state in AGREED), key=lambda claim: claim.case_no)


def _decisions(session: UnitSession, claims: Sequence[Claim]) -> dict[UUID, Decision]:
    rows = (
        select(Decision).where(Decision.claim_id.in_([claim.id for claim in claims])).order_by(Decision.seq)
    )
    return {decision.claim_id: decision for decision in session.scalars(rows)}


def _on_the_way(session: UnitSession, claims: Sequence[Claim]) -> dict[UUID, int]:
    rows = session.execute(
        select(PaymentInstruction.claim_id, func.sum(PaymentInstruction.amount_fen))
        .where(
            PaymentInstruction.claim_id.in_([claim.id for claim in claims]),
            PaymentInstruction.state.in_(("ready", "batched", "sent")),
        )
        .group_by(PaymentInstruction.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}


def _write_batch(
    session: UnitSession,
    scheme: str,
    ready: Sequence[Payable],
    actor: Actor,
    now: datetime,
) -> PaymentBatch:
    day = business_day(now)
    serial = take_numbers(session, f"{scheme}/batch/{day.isoformat()}")[0]
    batch = PaymentBatch(id=new_id(), scheme=scheme, number=f"P{day:%Y%m%d}-{serial:02d}", state="open")
    batch.count, batch.total_fen = len(ready), sum(one.amount_fen for one in ready)
    batch.made_by, batch.made_by_name, batch.made_at = actor.id, actor.name, now
    session.add(batch)
    session.flush()  # the instructions refer to the batch
    postings = []
    for number, one in enumerate(ready, 1):
        claim, amount = one.claim, one.amount_fen
        instruction = PaymentInstruction(
            id=new_id(), scheme=scheme, claim_id=claim.id, decision_id=one.decision_id
        )
        instruction.purpose, instruction.attempt = one.purpose, 1
        instruction.amount_fen, instruction.account_id = amount, one.account_id
        instruction.state, instruction.batch_id, instruction.line_no = "batched", batch.id, number
        instruction.created_at = now
        session.add(instruction)
        postings.append(Posting("approved", instruction.id, claim.id, EXPENSE, PAYABLE, amount))
        data = {"batch": batch.number, "amount": to_yuan(amount)}
        if is_advance(instruction):
            subject, tag = ("payment_instruction", instruction.id), "payment:advance:batched"
            note(session, actor, tag, subject, now=now, claim_id=claim.id, data=data)
        else:
            move(session, claim, Action.BATCH, actor=actor, now=now, data=data)
    session.flush()  # the journal refers to the cases
    post(session, postings, now=now)
    totals = {"number": batch.number, "count": batch.count, "total": to_yuan(batch.total_fen)}
    note(session, actor, "payment:batch:made", ("payment_batch", batch.id), now=now, data=totals)
    return batch


def release_batch(
    session: UnitSession, *, actor: Actor, storage: Storage, batch_id: UUID, now: datetime
) -> PaymentBatch:
    """Write the bank file, once, by somebody who did not make the batch; its bytes never change.

    A case whose settlement changed since it joined is taken out and reopened; a batch of which nothing is
    left is closed without a file.
    """
    require(actor, "payments.release")
    batch = _lock_batch(session, batch_id)
    if batch.state != "open":
        raise Conflict("这个批次的付款文件已经生成，不能再生成一次")
    if batch.made_by == actor.id:
        raise NotAllowed("这个批次是您做的，要由别人放行")
    claims = _claims_of(session, batch.id)
    instructions = _instructions(session, batch.id)
    _drop_changed(
        session, batch, [line for line in instructions if is_changed(claims[line.claim_id])], claims, now
    )
    instructions = [line for line in instructions if line.state == "batched"]
    if not instructions:
        batch.state = "closed"
        note(session, actor, "payment:batch:emptied", ("payment_batch", batch.id), now=now)
        return batch
    ids = [line.account_id for line in instructions if line.account_id]
    by_id = account_views(session, ids)
    lines = []
    for number, line in enumerate(instructions, 1):
        if line.account_id is None:
            raise Conflict("批次里有一笔没有收款账户，请先撤出这一笔")
        account = by_id[line.account_id]
        card = open_account_number(session, line.account_id)
        line.line_no, line.state = number, "sent"
        lines.append(PayLine(number, card, account.holder, account.bank, line.amount_fen, reference(line)))
    content = write_bank_file(lines)
    batch.file_sha256 = keep_file(session, storage, content, mime="text/csv", now=now)
    batch.file_name = f"{batch.number}.csv"
    batch.state, batch.released_at = "filed", now
    batch.released_by, batch.released_by_name = actor.id, actor.name
    data = {"sha256": batch.file_sha256, "count": len(lines), "total": to_yuan(batch.total_fen)}
    note(session, actor, "payment:batch:released", ("payment_batch", batch.id), now=now, data=data)
    return batch


def take_out(
    session: UnitSession, *, actor: Actor, claim_id: UUID, reason: str, now: datetime
) -> PaymentBatch:
    """Take a case out of a batch whose file is not written yet; it waits for the next batch.

    :class:`Conflict` when the file is written or the case is in no batch, :class:`Invalid` without a reason.
    """
    require(actor, "payments.batch")
    if not reason.strip():
        raise Invalid("撤出要写明原因", (Problem("reason", "没有写，请写一句"),))
    wanted = select(PaymentInstruction.batch_id).where(
        PaymentInstruction.claim_id == claim_id, PaymentInstruction.state.in_(("batched", "sent"))
    )
    batch_id = session.scalar(wanted)
    if batch_id is None:
        raise Conflict("这件不在付款批次里。请先刷新，看看是谁办过")
    batch = _lock_batch(session, batch_id)
    if batch.state != "open":
        raise Conflict("这个批次的付款文件已经生成，撤不出来。请等银行结果")
    claims = _claims_of(session, batch.id)
    lines = [line for line in _instructions(session, batch.id) if line.claim_id == claim_id]
    if not lines:
        raise Conflict("这件不在付款批次里。请先刷新，看看是谁办过")
    _drop(session, batch, lines, claims, actor, reason.strip(), now)
    # what was approved no longer holds: it must not join the next batch unseen
    _reopen(session, [claims[claim_id]] if is_changed(claims[claim_id]) else [], now)
    return batch


def _drop_changed(
    session: UnitSession,
    batch: PaymentBatch,
    lines: Sequence[PaymentInstruction],
    claims: Mapping[UUID, Claim],
    now: datetime,
) -> None:
    changed = [line for line in lines if is_changed(claims[line.claim_id])]
    _drop(session, batch, changed, claims, SYSTEM, "上游结算有更正", now)
    _reopen(session, [claims[line.claim_id] for line in changed], now)


def _drop(
    session: UnitSession,
    batch: PaymentBatch,
    lines: Sequence[PaymentInstruction],
    claims: Mapping[UUID, Claim],
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    """Void instructions of an open batch: its count and total are those of the lines that stay."""
    postings = []
    outcomes = {one.claim_id: one.outcome for one in _decisions(session, list(claims.values())).values()}
    for line in lines:
        data = {"batch": batch.number, "amount": to_yuan(line.amount_fen)}
        if is_advance(line):
            subject, tag = ("payment_instruction", line.id), "payment:advance:taken_out"
            who = line.claim_id
            note(session, actor, tag, subject, now=now, claim_id=who, reason=reason, data=data)
        else:
            action = in_part(Action.TAKE_OUT, outcomes[line.claim_id])
            move(session, claims[line.claim_id], action, actor=actor, now=now, reason=reason, data=data)
        postings.append(Posting("taken_out", line.id, line.claim_id, PAYABLE, EXPENSE, line.amount_fen))
        batch.count -= 1
        batch.total_fen -= line.amount_fen
        line.state, line.batch_id, line.line_no = "void", None, None
        line.result = {"reason": reason, "batch": batch.number, "at": now.isoformat()}
    post(session, postings, now=now)


def _reopen(session: UnitSession, claims: Sequence[Claim], now: datetime) -> None:
    """Reopen and calculate the cases whose settlement changed while their payment was on its way."""
    for claim in claims:
        reopen_changed(session, claim, actor=SYSTEM, now=now)
    calculate_claims(session, actor=SYSTEM, claim_ids=[claim.id for claim in claims], now=now)


def reference(instruction: PaymentInstruction) -> str:
    """Return the number under which the bank reports a payment: the instruction and its attempt."""
    return f"{instruction.id.hex[-12:].upper()}-{instruction.attempt}"


def record_results(
    session: UnitSession, *, actor: Actor, batch_id: UUID, results: Sequence[ResultLine], now: datetime
) -> dict[str, int]:
    """Enter the bank's results: paid cases are paid, returned ones come back to the desk.

    A line entered before changes nothing. A case whose settlement changed meanwhile is reopened.
    :class:`Invalid` lists unknown numbers, other amounts, and results that contradict each other or what was
    entered before; then nothing is entered.
    """
    require(actor, "payments.result")
    batch = _lock_batch(session, batch_id)
    if batch.state == "open":
        raise Conflict("这个批次还没有生成付款文件，没有结果可登")
    claims = _claims_of(session, batch.id)
    known = {reference(line): line for line in _instructions(session, batch.id)}
    problems = tuple(contradictions(known, results))
    if problems:
        raise Invalid("回盘和批次对不上，这次没有入账", problems)
    counts = {"paid": 0, "returned": 0, "known": 0}
    postings: list[Posting] = []
    changed: list[Claim] = []
    for result in results:
        line = known[result.reference]
        if line.state != "sent":
            counts["known"] += 1
            continue
        claim = claims[line.claim_id]
        line.result = {"reason": result.reason, "bank_ref": result.bank_ref, "at": now.isoformat()}
        if result.paid:
            line.state = "paid"
            postings.append(Posting("paid", line.id, claim.id, PAYABLE, BANK, line.amount_fen))
            if is_advance(line):
                advance_paid(session, claim, line, actor, now)
            else:
                move(session, claim, Action.CONFIRM_PAID, actor=actor, now=now, data={"batch": batch.number})
                claim.paid_fen += line.amount_fen
            counts["paid"] += 1
        else:
            line.state = "returned"
            postings.append(Posting("returned", line.id, claim.id, PAYABLE, EXPENSE, line.amount_fen))
            if is_advance(line):
                advance_returned(session, line, actor, result.reason, now)
            else:
                move(session, claim, Action.BOUNCE, actor=actor, now=now, reason=result.reason)
                claim.hint = f"退汇“{result.reason or '银行没写原因'}”：改收款信息后重付"
            counts["returned"] += 1
        if is_changed(claim):
            changed.append(claim)
    post(session, postings, now=now)
    _reopen(session, changed, now)
    if all(line.state in ("paid", "returned", "void") for line in known.values()):
        batch.state = "closed"
    subject = ("payment_batch", batch.id)
    note(session, actor, "payment:batch:results", subject, now=now, data=dict(counts))
    return counts


def _claims_of(session: UnitSession, batch_id: UUID) -> dict[UUID, Claim]:
    """Lock the cases of a batch; always before its instructions, as whoever repays one does."""
    ids = select(PaymentInstruction.claim_id).where(PaymentInstruction.batch_id == batch_id)
    return {claim.id: claim for claim in lock_claims(session, list(session.scalars(ids)))}


def _lock_batch(session: UnitSession, batch_id: UUID) -> PaymentBatch:
    batch = session.execute(
        select(PaymentBatch)
        .where(PaymentBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if batch is None:
        raise NotFound("没有这个付款批次")
    return batch


def _instructions(session: UnitSession, batch_id: UUID) -> list[PaymentInstruction]:
    rows = select(PaymentInstruction).where(PaymentInstruction.batch_id == batch_id)
    locked = rows.order_by(PaymentInstruction.line_no).with_for_update()
    return list(session.scalars(locked.execution_options(populate_existing=True)))
