"""付款: of one case, and one batch."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.claims.calendar import PAYMENT_DAYS
from insurer.claims.lifecycle import State
from insurer.claims.tables import Claim
from insurer.kernel.dates import SHANGHAI, business_day
from insurer.kernel.errors import NotFound
from insurer.kernel.money import display
from insurer.payments.operations.batches import reference
from insurer.payments.operations.ledger import ACCOUNT_WORDS
from insurer.payments.operations.payees import account_of
from insurer.payments.tables import JournalEntry, JournalLine, PaymentBatch, PaymentInstruction
from insurer.people.tables import PayeeAccount, Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_bar import bar_of, find_case
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Paging, SideRow, ViewTab
from insurer.worklists.views.payments import (
    BatchPage,
    CasePaymentPage,
    LedgerRow,
    PaymentRow,
)

ROWS: Final = 50
INSTRUCTION_WORDS: Final = {
    "ready": "待付",
    "batched": "待付",
    "sent": "等回盘",
    "paid": "已付",
    "returned": "退汇",
    "void": "已作废",
}
BATCH_WORDS: Final = {"open": "待放行", "filed": "等回盘", "closed": "已完成"}
_REASONS: Final = {"approved": "同意给付", "paid": "银行已付", "returned": "银行退回", "recalled": "撤回"}
_BOUNCED: Final = (
    "先核对户名和账号。名册里的账户有错，请发送单位在名册里更正；要付给别的账户，更改收款人，由另一个人核对。"
    "改好以后由财务重付。"
)


def load_case_payment(session: UnitSession, *, actor: Actor, number: str, today: date) -> CasePaymentPage:
    """Return the payments and postings of a case."""
    found = find_case(session, number)
    claim = found.claim
    account = account_of(session, claim)
    rows = session.execute(
        select(PaymentInstruction, PayeeAccount, PaymentBatch.number)
        .outerjoin(PayeeAccount, PayeeAccount.id == PaymentInstruction.account_id)
        .outerjoin(PaymentBatch, PaymentBatch.id == PaymentInstruction.batch_id)
        .where(PaymentInstruction.claim_id == claim.id)
        .order_by(PaymentInstruction.created_at)
    )
    due = business_day(claim.decided_at) + timedelta(days=PAYMENT_DAYS) if claim.decided_at else None
    facts = (
        [SideRow("收款人", account.holder), SideRow("账户", f"{account.bank} *{account.tail}")]
        if account
        else []
    )
    if not account:
        facts = [SideRow("收款账户", "没有，请补登", shape="triangle", tone="amber")]
    bounced = claim.state == State.BOUNCED.value
    may_repay = bounced and holds(actor, "payments.batch")
    may_change = bounced and holds(actor, "payees.propose")
    return CasePaymentPage(
        bar=bar_of(found, part="付款", actor=actor, today=today),
        payments=tuple(_payment(one, held, batch, number, due) for one, held, batch in rows),
        ledger=_ledger(session, claim.id),
        empty_note="还没有付款。决定同意给付以后，这里会有付款单。",
        payee_facts=tuple(facts),
        repay_action=paths.case_href(number, "repay") if may_repay else "",
        bounced_note=_BOUNCED if bounced else "",
        payee_href=f"{paths.with_query(paths.case_href(number, 'matters'), do='payee')}#form"
        if may_change
        else "",
        version=str(claim.version),
    )


def _payment(
    one: PaymentInstruction, account: PayeeAccount | None, batch: str | None, number: str, due: date | None
) -> PaymentRow:
    result = one.result or {}
    return PaymentRow(
        number=reference(one),
        case_number=number,
        payee=account.holder if account else "没有账户",
        tail=account.account_tail if account else "",
        bank=account.bank if account else "",
        amount=one.amount_fen,
        status=INSTRUCTION_WORDS[one.state],
        batch=batch or "",
        due=due,
        result=str(result.get("reason") or ("成功" if one.state == "paid" else "")),
    )


def _ledger(session: UnitSession, claim_id: UUID) -> tuple[LedgerRow, ...]:
    statement = (
        select(JournalEntry.at, JournalEntry.reason, JournalLine.account, JournalLine.amount_fen)
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .where(JournalEntry.claim_id == claim_id)
        .order_by(JournalEntry.at, JournalEntry.id, JournalLine.line_no)
    )
    return tuple(
        LedgerRow(
            row.at,
            ACCOUNT_WORDS.get(row.account, row.account),
            _REASONS.get(row.reason, "调整"),
            row.amount_fen if row.amount_fen > 0 else None,
            -row.amount_fen if row.amount_fen < 0 else None,
        )
        for row in session.execute(statement)
    )


def find_batch(session: UnitSession, number: str) -> PaymentBatch:
    """Return a batch by its number; :class:`NotFound` when there is none."""
    found = session.scalar(select(PaymentBatch).where(PaymentBatch.number == number[:40]))
    if found is None:
        raise NotFound("没有这个付款批次。请从付款批次的列表进入")
    return found


def load_batch(session: UnitSession, *, actor: Actor, number: str, arguments: Mapping[str, str]) -> BatchPage:
    """Return one batch with its control totals and a page of its payments."""
    batch = find_batch(session, number)
    totals = {
        row[0]: (int(row[1]), int(row[2]))
        for row in session.execute(
            select(
                PaymentInstruction.state,
                func.count(),
                func.coalesce(func.sum(PaymentInstruction.amount_fen), 0),
            )
            .where(PaymentInstruction.batch_id == batch.id)
            .group_by(PaymentInstruction.state)
        )
    }
    state = arguments.get("status", "")
    after = arguments.get("after", "")
    last = int(after) if after.isdecimal() and len(after) < 9 else 0
    rows, more, ends = _instructions(session, batch.id, state, last)
    href = paths.batch_href(number)
    count, amount = sum(one[0] for one in totals.values()), sum(one[1] for one in totals.values())
    total = totals.get(state, (0, 0))[0] if state else count
    views = [ViewTab("全部", href, count, not state)]
    views += [
        ViewTab(INSTRUCTION_WORDS[key], paths.with_query(href, status=key), one[0], state == key)
        for key, one in totals.items()
    ]
    start = arguments.get("from", "1")
    first = int(start) if start.isdecimal() and len(start) < 9 and last else 1
    following = (
        paths.with_query(href, status=state, after=ends, **{"from": first + len(rows)}) if more else ""
    )
    own = batch.made_by == actor.id
    may_release = batch.state == "open" and holds(actor, "payments.release") and not own
    return BatchPage(
        number=number,
        status=BATCH_WORDS[batch.state],
        count=batch.count,
        amount=batch.total_fen,
        facts=_facts(batch, count, amount, totals, own and batch.state == "open"),
        rows=rows,
        paging=Paging(first if rows else 0, first + len(rows) - 1, total, ROWS, "笔", next=following),
        views=tuple(views),
        primary=Link(f"放行 {batch.count} 笔 ￥{display(batch.total_fen)}", f"{href}/release")
        if may_release
        else None,
        consequence="放行后生成付款文件，这一批不能再撤回。",
        file_href=f"{href}/file" if batch.file_sha256 and holds(actor, "payments.release") else "",
        take_out_action=f"{href}/take-out"
        if batch.state == "open" and holds(actor, "payments.batch")
        else "",
        result_action=f"{href}/results" if batch.state == "filed" and holds(actor, "payments.result") else "",
    )


def _facts(
    batch: PaymentBatch, count: int, amount: int, totals: Mapping[str, tuple[int, int]], own: bool
) -> tuple[SideRow, ...]:
    agrees = (count, amount) == (batch.count, batch.total_fen)
    rows = [
        SideRow("组批", f"{batch.made_by_name} {batch.made_at.astimezone(SHANGHAI):%m-%d %H:%M}"),
        SideRow("放行", f"{batch.released_by_name} {batch.released_at.astimezone(SHANGHAI):%m-%d %H:%M}")
        if batch.released_at
        else SideRow("放行", "还没有人放行", second=("这一批是您组的，要由别人放行",) if own else ()),
        SideRow(
            "笔数、金额",
            f"{count} 笔，￥{display(amount)}",
            second=("与付款单逐笔相符" if agrees else "与付款单不符，请告诉主管",),
            shape="check" if agrees else "square",
            tone="green" if agrees else "red",
        ),
    ]
    for key in ("paid", "returned", "sent"):
        if key in totals:
            rows.append(SideRow(INSTRUCTION_WORDS[key], f"{totals[key][0]} 笔，￥{display(totals[key][1])}"))
    if batch.file_sha256:
        rows.append(SideRow("付款文件", batch.file_name or "", second=(f"校验值 {batch.file_sha256[:16]}",)))
    return tuple(rows)


def _instructions(
    session: UnitSession, batch_id: UUID, state: str, after: int
) -> tuple[tuple[PaymentRow, ...], bool, int]:
    statement = (
        select(PaymentInstruction, PayeeAccount, Claim.case_no, Person.name)
        .join(Claim, Claim.id == PaymentInstruction.claim_id)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(PayeeAccount, PayeeAccount.id == PaymentInstruction.account_id)
        .where(PaymentInstruction.batch_id == batch_id, PaymentInstruction.line_no > after)
        .order_by(PaymentInstruction.line_no)
        .limit(ROWS + 1)
    )
    if state in INSTRUCTION_WORDS:
        statement = statement.where(PaymentInstruction.state == state)
    found: Sequence[Any] = session.execute(statement).all()
    shown = found[:ROWS]
    rows = tuple(_payment(one, account, "", number, None) for one, account, number, _ in shown)
    return rows, len(found) > ROWS, (shown[-1][0].line_no or 0) if shown else 0
