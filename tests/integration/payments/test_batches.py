from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from insurer.claims.lifecycle import State
from insurer.claims.operations.deciding import recall
from insurer.claims.tables import Claim
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.payments.bank_file import ResultLine, read_results
from insurer.payments.operations.batches import create_batch, record_results, reference, release_batch
from insurer.payments.operations.ledger import BANK, EXPENSE, PAYABLE
from insurer.payments.operations.returns import repay
from insurer.payments.tables import JournalLine, PaymentBatch, PaymentInstruction
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, decide, hire, put_on_roster, raw_record, take_in


@pytest.fixture
def approved(session: UnitSession, storage: Storage) -> list[UUID]:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李𠮷安")])
    clerk, first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
    second = hire(session, "second", "reviewer")
    claims = take_in(session, clerk, raw_record("s1"), raw_record("s2", certno=LI, psn_name="李𠮷安")).new
    for claim_id in claims:
        decide(session, first, second, claim_id)
    return claims


@pytest.fixture
def maker(session: UnitSession) -> Actor:
    return hire(session, "maker", "finance")


@pytest.fixture
def releaser(session: UnitSession) -> Actor:
    return hire(session, "releaser", "finance")


def _batch(session: UnitSession, actor: Actor) -> PaymentBatch:
    made = create_batch(session, actor=actor, scheme=SCHEME, now=NOW)
    assert made.batch is not None
    return made.batch


def _balances(session: UnitSession) -> dict[str, int]:
    rows = session.execute(
        select(JournalLine.account, func.sum(JournalLine.amount_fen)).group_by(JournalLine.account)
    )
    return {account: int(total) for account, total in rows}


def _lines(session: UnitSession, batch: PaymentBatch) -> list[PaymentInstruction]:
    rows = select(PaymentInstruction).where(PaymentInstruction.batch_id == batch.id)
    return list(session.scalars(rows.order_by(PaymentInstruction.line_no)))


def test_a_batch_carries_every_approved_case_once(
    session: UnitSession, approved: list[UUID], maker: Actor
) -> None:
    batch = _batch(session, maker)
    assert (batch.number, batch.count, batch.total_fen) == ("P20260320-01", 2, 50_000)
    assert {session.get_one(Claim, claim_id).state for claim_id in approved} == {State.IN_PAYMENT}
    assert create_batch(session, actor=maker, scheme=SCHEME, now=NOW).batch is None
    assert _balances(session) == {EXPENSE: 50_000, PAYABLE: -50_000}


def test_the_file_is_written_once_by_another_person_and_matches_its_totals(
    session: UnitSession, storage: Storage, approved: list[UUID], maker: Actor, releaser: Actor
) -> None:
    batch = _batch(session, maker)
    with pytest.raises(NotAllowed, match="别人放行"):
        release_batch(session, actor=maker, storage=storage, batch_id=batch.id, now=NOW)
    release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)
    content = storage.get(batch.file_sha256 or "")
    rows = content.decode("utf-8-sig").split("\r\n")
    assert rows[0] == "序号,收款账号,收款户名,收款方开户行,金额,用途,业务编号"
    assert rows[1].startswith("1,621700001000000001,张桂芳,常州农商银行,250.00,低保大病补充保险,")
    assert "李𠮷安" in rows[2]
    with pytest.raises(Conflict, match="已经生成"):
        release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)


def test_paid_and_returned_lines_close_the_batch_and_a_second_entry_changes_nothing(
    session: UnitSession, storage: Storage, approved: list[UUID], maker: Actor, releaser: Actor
) -> None:
    batch = _batch(session, maker)
    release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)
    first, second = _lines(session, batch)
    results = [
        ResultLine(reference(first), 25_000, True, "", "B1"),
        ResultLine(reference(second), 25_000, False, "户名不符", "B2"),
    ]
    assert record_results(session, actor=maker, batch_id=batch.id, results=results, now=NOW) == {
        "paid": 1,
        "returned": 1,
        "known": 0,
    }
    again = record_results(session, actor=maker, batch_id=batch.id, results=results, now=NOW)
    assert again == {"paid": 0, "returned": 0, "known": 2}
    states = [session.get_one(Claim, line.claim_id).state for line in (first, second)]
    assert states == [State.PAID, State.BOUNCED]
    assert batch.state == "closed"
    assert _balances(session) == {EXPENSE: 25_000, PAYABLE: 0, BANK: -25_000}


def test_a_bank_that_gives_no_reason_leaves_no_empty_words(
    session: UnitSession, storage: Storage, approved: list[UUID], maker: Actor, releaser: Actor
) -> None:
    batch = _batch(session, maker)
    release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)
    line = _lines(session, batch)[0]
    results = [ResultLine(reference(line), 25_000, False, "", "B1")]
    record_results(session, actor=maker, batch_id=batch.id, results=results, now=NOW)
    assert session.get_one(Claim, line.claim_id).hint == "退汇“银行没写原因”：改收款信息后重付"


def test_a_returned_payment_is_paid_again_once_it_was_put_right(
    session: UnitSession, storage: Storage, approved: list[UUID], maker: Actor, releaser: Actor
) -> None:
    batch = _batch(session, maker)
    release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)
    line = _lines(session, batch)[0]
    returned = [ResultLine(reference(line), 25_000, False, "户名不符", "B1")]
    record_results(session, actor=maker, batch_id=batch.id, results=returned, now=NOW)
    repay(session, actor=maker, claim_id=line.claim_id, reason="按存折改了户名", now=NOW)
    second = _batch(session, maker)
    assert (second.number, second.count) == ("P20260320-02", 1)
    assert line.state == "void"
    with pytest.raises(Conflict):
        repay(session, actor=maker, claim_id=line.claim_id, reason="再来一次", now=NOW)


def test_results_with_an_unknown_number_or_another_amount_enter_nothing(
    session: UnitSession, storage: Storage, approved: list[UUID], maker: Actor, releaser: Actor
) -> None:
    batch = _batch(session, maker)
    release_batch(session, actor=releaser, storage=storage, batch_id=batch.id, now=NOW)
    line, other = _lines(session, batch)
    results = [
        ResultLine(reference(line), 25_000, True, "", "B1"),
        ResultLine(reference(other), 25_001, True, "", "B2"),
        ResultLine("UNKNOWN-1", 100, True, "", "B3"),
    ]
    with pytest.raises(Invalid) as refused:
        record_results(session, actor=maker, batch_id=batch.id, results=results, now=NOW)
    wheres = [problem.where for problem in refused.value.problems]
    assert wheres == [f"付款单 {reference(other)}", "付款单 UNKNOWN-1"]
    assert session.get_one(Claim, line.claim_id).state == State.IN_PAYMENT


def test_a_case_in_a_batch_can_no_longer_be_recalled(
    session: UnitSession, approved: list[UUID], maker: Actor
) -> None:
    _batch(session, maker)
    with pytest.raises(Conflict, match="付款中"):
        recall(
            session, actor=hire(session, "late", "reviewer"), claim_id=approved[0], opinion="等一等", now=NOW
        )


def test_the_database_refuses_a_second_living_instruction_and_an_unbalanced_entry(
    session: UnitSession, approved: list[UUID], maker: Actor
) -> None:
    batch = _batch(session, maker)
    line = _lines(session, batch)[0]
    session.flush()
    twin = text(
        "INSERT INTO payment_instruction"
        " (id, scheme, claim_id, decision_id, purpose, amount_fen, state, attempt, created_at)"
        " SELECT gen_random_uuid(), scheme, claim_id, decision_id, purpose, amount_fen, 'ready', 1,"
        " created_at"
        " FROM payment_instruction WHERE id = :id"
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(twin, {"id": line.id})
    lopsided = text(
        "INSERT INTO journal_line SELECT entry_id, 9, 'bank', 1 FROM journal_line LIMIT 1;"
        " SET CONSTRAINTS ALL IMMEDIATE"
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(lopsided)


def test_a_result_file_with_unknown_words_names_its_line() -> None:
    content = "业务编号,金额,结果,原因,银行流水号\r\nA-1,1.00,好的,,B1\r\nA-2,一元,成功,,B2\r\n".encode()
    with pytest.raises(Invalid) as refused:
        read_results(content, "回盘.csv")
    assert [problem.where for problem in refused.value.problems] == ["回盘.csv 第 2 行", "回盘.csv 第 3 行"]
