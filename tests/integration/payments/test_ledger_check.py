"""The books are held against each other and against the sealed log: one changed row is found."""

from uuid import UUID

import pytest
from sqlalchemy import text

from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import create_batch, record_results, reference, release_batch
from insurer.payments.operations.ledger_check import check_ledger
from insurer.payments.operations.returns import repay
from insurer.payments.tables import PaymentInstruction
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, decide, hire, put_on_roster, raw_record, take_in

TABLES = ("journal_entry", "journal_line", "payment_instruction", "payment_batch", "claim", "decision")
TABLES += ("limit_account", "limit_entry")
ONE_ENTRY = "(SELECT id FROM journal_entry WHERE reason = 'paid' ORDER BY id LIMIT 1)"


@pytest.fixture
def paid(session: UnitSession, storage: Storage) -> list[UUID]:
    """Two cases through a batch: one paid, one returned and put into the next batch."""
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李𠮷安")])
    clerk, first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
    second, maker = hire(session, "second", "reviewer"), hire(session, "maker", "finance")
    claims = take_in(session, clerk, raw_record("s1"), raw_record("s2", certno=LI, psn_name="李𠮷安")).new
    for claim_id in claims:
        decide(session, first, second, claim_id)
    batch = create_batch(session, actor=maker, scheme=SCHEME, now=NOW).batch
    assert batch is not None
    releaser = hire(session, "releaser", "finance")
    release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)
    lines = session.query(PaymentInstruction).order_by(PaymentInstruction.line_no).all()
    results = [
        ResultLine(reference(lines[0]), lines[0].amount_fen, True, "", "B1"),
        ResultLine(reference(lines[1]), lines[1].amount_fen, False, "户名不符", "B2"),
    ]
    record_results(session, actor=maker, batch_id=batch.id, results=results, now=NOW)
    repay(session, actor=maker, claim_id=lines[1].claim_id, reason="户名已改", now=NOW)
    assert create_batch(session, actor=maker, scheme=SCHEME, now=NOW).batch is not None
    session.flush()
    return list(claims)


def tamper(session: UnitSession, statement: str) -> None:
    """Change rows as somebody would who got around the triggers."""
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for table in TABLES:
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    changed = session.execute(text(statement))
    assert changed.rowcount > 0  # type: ignore[attr-defined]


def test_sound_books_are_found_sound(session: UnitSession, paid: list[UUID]) -> None:
    assert list(check_ledger(session)) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            f"UPDATE journal_line SET amount_fen = 1 WHERE entry_id = {ONE_ENTRY} AND line_no = 1",
            "不平",
        ),
        (
            f"UPDATE journal_line SET amount_fen = amount_fen * 2 WHERE entry_id = {ONE_ENTRY}",
            "付款是 250.00 元",
        ),
        (f"UPDATE journal_line SET amount_fen = -amount_fen WHERE entry_id = {ONE_ENTRY}", "科目"),
        (f"DELETE FROM journal_line WHERE entry_id = {ONE_ENTRY} AND line_no = 2", "不平"),
        (f"UPDATE journal_entry SET source_id = gen_random_uuid() WHERE id = {ONE_ENTRY}", "没有对应的付款"),
        ("UPDATE payment_instruction SET state = 'paid' WHERE state = 'batched'", "状态是 paid"),
        (
            "UPDATE payment_instruction SET amount_fen = amount_fen + 1 WHERE state = 'paid'",
            "日志里批准付款 250.00",
        ),
        ("UPDATE decision SET benefit_fen = benefit_fen + 1", "日志里批准 250.00 元"),
        ("UPDATE payment_batch SET total_fen = total_fen - 1", "里面是"),
        ("UPDATE claim SET paid_fen = paid_fen - 1 WHERE paid_fen > 0", "账上付出 250.00 元"),
        ("UPDATE limit_account SET used_fen = used_fen + 1", "逐笔合计"),
        ("UPDATE limit_entry SET amount_fen = amount_fen - 1", "逐笔合计"),
    ],
)
def test_a_changed_row_is_found(session: UnitSession, paid: list[UUID], statement: str, told: str) -> None:
    tamper(session, statement)
    assert told in " ".join(f"{place}：{message}" for place, message in check_ledger(session))


def test_a_whole_movement_that_was_taken_away_is_found(session: UnitSession, paid: list[UUID]) -> None:
    entry = session.scalar(text(f"SELECT {ONE_ENTRY}"))
    tamper(session, f"DELETE FROM journal_line WHERE entry_id = '{entry}'")
    session.execute(text(f"DELETE FROM journal_entry WHERE id = '{entry}'"))
    told = [message for _, message in check_ledger(session)]
    assert told == ["状态是 paid，已记的账是：approved", "记着已付 250.00 元，账上付出 0.00 元"]
