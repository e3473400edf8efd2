"""Payout batches: approved cases become instructions, one file goes to the bank, results come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.moves import lock_claims, move
from insurer.claims.tables import Claim, Decision
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from insurer.kernel.money import to_yuan
from insurer.payments.bank_file import PayLine, ResultLine, write_bank_file
from insurer.payments.operations.ledger import BANK, EXPENSE, PAYABLE, Posting, post
from insurer.payments.tables import PaymentBatch, PaymentInstruction
from insurer.people.queries import account_views, current_accounts, open_account_number
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers
from insurer.platform.storage import Storage, keep_file


@dataclass(slots=True)
class Batched:
    """A new batch, and the cases that could not join it with the reason in Chinese."""

    batch: PaymentBatch | None
    left_out: dict[UUID, str] = field(default_factory=dict)


def create_batch(
    session: UnitSession, *, actor: Actor, scheme: str, now: datetime, claim_ids: Sequence[UUID] | None = None
) -> Batched:
    """Put every approved case (or the chosen ones) into a new batch.

    What a case gets is its approved benefit less what earlier instructions of the case already carry, so
    that a reopened case is paid its difference only. Returns no batch when nothing can be paid.
    """
    require(actor, "payments.batch")
    claims = _approved(session, scheme, claim_ids)
    decisions = _decisions(session, claims)
    paid = _carried(session, claims)
    accounts = current_accounts(session, [claim.person_id for claim in claims])
    done = Batched(None)
    ready: list[tuple[Claim, Decision, UUID, int]] = []
    for claim in claims:
        decision = decisions[claim.id]
        amount = decision.benefit_fen - paid.get(claim.id, 0)
        account = accounts.get(claim.person_id)
        if account is None:
            done.left_out[claim.id] = "没有收款账户，请补登"
        elif amount <= 0:
            done.left_out[claim.id] = f"以前已付够，应收回 {to_yuan(-amount)} 元"
        else:
            ready.append((claim, decision, account.id, amount))
    if ready:
        done.batch = _write_batch(session, scheme, ready, actor, now)
    return done


def _approved(session: UnitSession, scheme: str, claim_ids: Sequence[UUID] | None) -> list[Claim]:
    statement = select(Claim.id).where(Claim.scheme == scheme, Claim.state == State.APPROVED.value)
    if claim_ids is not None:
        statement = statement.where(Claim.id.in_(claim_ids))
    claims = lock_claims(session, list(session.scalars(statement)))
    # somebody may have recalled one while we waited for its lock
    return sorted(
        (claim for claim in claims if claim.state == State.APPROVED.value), key=lambda claim: claim.case_no
    )


def _decisions(session: UnitSession, claims: Sequence[Claim]) -> dict[UUID, Decision]:
    rows = (
        select(Decision).where(Decision.claim_id.in_([claim.id for claim in claims])).order_by(Decision.seq)
    )
    return {decision.claim_id: decision for decision in session.scalars(rows)}


def _carried(session: UnitSession, claims: Sequence[Claim]) -> dict[UUID, int]:
    rows = session.execute(
        select(PaymentInstruction.claim_id, func.sum(PaymentInstruction.amount_fen))
        .where(
            PaymentInstruction.claim_id.in_([claim.id for claim in claims]),
            PaymentInstruction.state.in_(("ready", "batched", "sent", "paid")),
        )
        .group_by(PaymentInstruction.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}


def _write_batch(
    session: UnitSession,
    scheme: str,
    ready: Sequence[tuple[Claim, Decision, UUID, int]],
    actor: Actor,
    now: datetime,
) -> PaymentBatch:
    day = business_day(now)
    serial = take_numbers(session, f"{scheme}/batch/{day.isoformat()}")[0]
    batch = PaymentBatch(id=new_id(), scheme=scheme, number=f"P{day:%Y%m%d}-{serial:02d}", state="open")
    batch.count, batch.total_fen = len(ready), sum(amount for *_, amount in ready)
    batch.made_by, batch.made_by_name, batch.made_at = actor.id, actor.name, now
    session.add(batch)
    session.flush()  # the instructions refer to the batch
    postings = []
    for number, (claim, decision, account_id, amount) in enumerate(ready, 1):
        instruction = PaymentInstruction(
            id=new_id(), scheme=scheme, claim_id=claim.id, decision_id=decision.id
        )
        instruction.purpose, instruction.attempt = "benefit", 1
        instruction.amount_fen, instruction.account_id = amount, account_id
        instruction.state, instruction.batch_id, instruction.line_no = "batched", batch.id, number
        instruction.created_at = now
        session.add(instruction)
        postings.append(Posting("approved", instruction.id, claim.id, EXPENSE, PAYABLE, amount))
        data = {"batch": batch.number, "amount": to_yuan(amount)}
        move(session, claim, Action.BATCH, actor=actor, now=now, data=data)
    session.flush()  # the journal refers to the cases
    post(session, postings, now=now)
    totals = {"number": batch.number, "count": batch.count, "total": to_yuan(batch.total_fen)}
    note(session, actor, "payment:batch:made", ("payment_batch", batch.id), now=now, data=totals)
    return batch


def release_batch(
    session: UnitSession, *, actor: Actor, storage: Storage, batch_id: UUID, now: datetime
) -> PaymentBatch:
    """Write the bank file, once, by somebody who did not make the batch; its bytes never change."""
    require(actor, "payments.release")
    batch = _lock_batch(session, batch_id)
    if batch.state != "open":
        raise Conflict("这个批次的付款文件已经生成，不能再生成一次")
    if batch.made_by == actor.id:
        raise NotAllowed("这个批次是您做的，要由别人放行")
    instructions = _instructions(session, batch.id)
    ids = [line.account_id for line in instructions if line.account_id]
    by_id = account_views(session, ids)
    lines = []
    for line in instructions:
        if line.account_id is None:
            raise Conflict("批次里有一笔没有收款账户，请先撤出这一笔")
        account = by_id[line.account_id]
        number = open_account_number(session, line.account_id)
        lines.append(
            PayLine(line.line_no or 0, number, account.holder, account.bank, line.amount_fen, reference(line))
        )
        line.state = "sent"
    content = write_bank_file(lines)
    batch.file_sha256 = keep_file(session, storage, content, mime="text/csv", now=now)
    batch.file_name = f"{batch.number}.csv"
    batch.state, batch.released_at = "filed", now
    batch.released_by, batch.released_by_name = actor.id, actor.name
    data = {"sha256": batch.file_sha256, "count": len(lines), "total": to_yuan(batch.total_fen)}
    note(session, actor, "payment:batch:released", ("payment_batch", batch.id), now=now, data=data)
    return batch


def reference(instruction: PaymentInstruction) -> str:
    """Return the number under which the bank reports a payment: the instruction and its attempt."""
    return f"{instruction.id.hex[-12:].upper()}-{instruction.attempt}"


def record_results(
    session: UnitSession, *, actor: Actor, batch_id: UUID, results: Sequence[ResultLine], now: datetime
) -> dict[str, int]:
    """Enter the bank's results: paid cases are paid, returned ones come back to the desk.

    A line entered before changes nothing. :class:`Invalid` lists unknown numbers and other amounts; then
    nothing is entered.
    """
    require(actor, "payments.result")
    batch = _lock_batch(session, batch_id)
    if batch.state == "open":
        raise Conflict("这个批次还没有生成付款文件，没有结果可登")
    known = {reference(line): line for line in _instructions(session, batch.id)}
    problems = tuple(_problems(known, results))
    if problems:
        raise Invalid("回盘和批次对不上，这次没有入账", problems)
    claims = {claim.id: claim for claim in lock_claims(session, [line.claim_id for line in known.values()])}
    counts = {"paid": 0, "returned": 0, "known": 0}
    postings = []
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
            move(session, claim, Action.CONFIRM_PAID, actor=actor, now=now, data={"batch": batch.number})
            counts["paid"] += 1
        else:
            line.state = "returned"
            postings.append(Posting("returned", line.id, claim.id, PAYABLE, EXPENSE, line.amount_fen))
            move(session, claim, Action.BOUNCE, actor=actor, now=now, reason=result.reason)
            claim.hint = f"退汇“{result.reason}”：改收款信息后重付"
            counts["returned"] += 1
    post(session, postings, now=now)
    if all(line.state in ("paid", "returned") for line in known.values()):
        batch.state = "closed"
    subject = ("payment_batch", batch.id)
    note(session, actor, "payment:batch:results", subject, now=now, data=dict(counts))
    return counts


def _problems(known: dict[str, PaymentInstruction], results: Sequence[ResultLine]) -> list[Problem]:
    found = []
    for result in results:
        line = known.get(result.reference)
        if line is None:
            found.append(Problem("业务编号", "不在这个批次里，请核对是不是别的批次的回盘", result.reference))
        elif line.amount_fen != result.amount_fen:
            found.append(
                Problem("金额", f"批次里是 {to_yuan(line.amount_fen)} 元，请找银行核对", result.reference)
            )
    return found


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
    return list(session.scalars(rows.order_by(PaymentInstruction.line_no).with_for_update()))
