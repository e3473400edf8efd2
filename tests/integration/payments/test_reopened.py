"""Money of cases that changed after they were approved: nothing paid twice, nothing lost from sight."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.archiving import close_case
from insurer.claims.operations.deciding import approve, newest_decision, propose
from insurer.claims.operations.moves import act
from insurer.claims.operations.refusals import refusal_arrived
from insurer.claims.tables import Claim, LimitAccount
from insurer.kernel.errors import Conflict, Invalid
from insurer.payments.bank_file import ResultLine, read_results
from insurer.payments.operations.batches import (
    create_batch,
    record_results,
    reference,
    release_batch,
    take_out,
)
from insurer.payments.operations.ledger import BANK, EXPENSE, PAYABLE
from insurer.payments.operations.recoveries import overpaid, record_recovery
from insurer.payments.operations.returns import repay
from insurer.payments.tables import JournalLine, PaymentBatch, PaymentInstruction
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, decide, hire, put_on_roster, raw_record, take_in
from tests.factories.upstream import corrected, reversal

RAW = raw_record("s1")
OTHER = raw_record("s2", certno=LI, psn_name="李文")


class Desk:
    """The people of a desk with one case of Zhang and one of Li, both approved with 250.00."""

    def __init__(self, session: UnitSession, storage: Storage) -> None:
        self.session, self.storage = session, storage
        put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
        self.clerk, self.first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
        self.second = hire(session, "second", "reviewer")
        self.maker, self.releaser = hire(session, "maker", "finance"), hire(session, "releaser", "finance")
        self.claim_id, self.other_id = take_in(session, self.clerk, RAW, OTHER).new
        self.decide(self.claim_id)
        self.decide(self.other_id)

    def decide(self, claim_id: UUID) -> None:
        decide(self.session, self.first, self.second, claim_id)

    def batch(self) -> PaymentBatch:
        made = create_batch(self.session, actor=self.maker, scheme=SCHEME, now=NOW)
        assert made.batch is not None
        return made.batch

    def release(self, batch: PaymentBatch) -> None:
        release_batch(self.session, actor=self.releaser, storage=self.storage, batch_id=batch.id, now=NOW)

    def lines(self, batch: PaymentBatch) -> list[PaymentInstruction]:
        rows = select(PaymentInstruction).where(PaymentInstruction.batch_id == batch.id)
        return list(self.session.scalars(rows.order_by(PaymentInstruction.line_no)))

    def results(self, batch: PaymentBatch, *paid: bool) -> None:
        lines = [line for line in self.lines(batch) if line.state == "sent"]
        found = [
            ResultLine(reference(line), line.amount_fen, each, "" if each else "户名不符", "B")
            for line, each in zip(lines, paid, strict=True)
        ]
        record_results(self.session, actor=self.maker, batch_id=batch.id, results=found, now=NOW)

    def pay_all(self) -> PaymentBatch:
        batch = self.batch()
        self.release(batch)
        self.results(batch, *[True] * batch.count)
        return batch

    def correct(self, assistance: str) -> None:
        take_in(self.session, self.clerk, corrected(RAW, assistance))

    def claim(self) -> Claim:
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Claim, self.claim_id)

    def balances(self) -> dict[str, int]:
        total = func.sum(JournalLine.amount_fen)
        rows = self.session.execute(select(JournalLine.account, total).group_by(JournalLine.account))
        return {account: int(amount) for account, amount in rows}


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


def test_a_raised_benefit_pays_the_difference_only(desk: Desk) -> None:
    desk.pay_all()
    assert desk.claim().paid_fen == 25_000
    desk.correct("100.00")
    assert (desk.claim().state, desk.claim().benefit_fen) == (State.REOPENED, 35_000)
    desk.decide(desk.claim_id)
    batch = desk.batch()
    assert (batch.count, batch.total_fen) == (1, 10_000)
    desk.release(batch)
    desk.results(batch, True)
    assert (desk.claim().state, desk.claim().paid_fen) == (State.PAID, 35_000)


def test_a_lowered_benefit_is_never_paid_again_and_what_to_recover_is_seen(desk: Desk) -> None:
    desk.pay_all()
    desk.correct("300.00")
    desk.decide(desk.claim_id)
    assert desk.claim().hint == "以前已付 250.00 元，应收回 100.00 元"
    made = create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW)
    assert made.batch is None
    assert "应收回 100.00 元" in made.left_out[desk.claim_id]
    assert [(row.claim_id, row.amount_fen) for row in overpaid(desk.session, SCHEME)] == [
        (desk.claim_id, 10_000)
    ]
    common = {"actor": desk.maker, "claim_id": desk.claim_id, "reason": "本人退回", "now": NOW}
    with pytest.raises(Invalid, match=r"100\.00"):
        record_recovery(desk.session, amount_fen=10_001, **common)  # type: ignore[arg-type]
    record_recovery(desk.session, amount_fen=4_000, **common)  # type: ignore[arg-type]
    assert (desk.claim().state, desk.claim().hint) == (
        State.APPROVED,
        "以前已付 210.00 元，应收回 60.00 元",
    )
    record_recovery(desk.session, amount_fen=6_000, **common)  # type: ignore[arg-type]
    assert (desk.claim().state, desk.claim().paid_fen, desk.claim().hint) == (State.PAID, 15_000, "")
    assert overpaid(desk.session, SCHEME) == []
    assert desk.balances() == {EXPENSE: 40_000, PAYABLE: 0, BANK: -40_000}
    with pytest.raises(Conflict):
        record_recovery(desk.session, amount_fen=1, **common)  # type: ignore[arg-type]


def test_a_correction_that_leaves_the_benefit_ends_paid_without_a_second_payment(desk: Desk) -> None:
    desk.pay_all()
    changed = corrected(RAW, "200.00")
    changed["setlinfo"]["med_type"] = "12"
    take_in(desk.session, desk.clerk, changed)
    desk.decide(desk.claim_id)
    assert create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW).batch is None
    assert desk.claim().state == State.PAID
    assert desk.balances() == {EXPENSE: 50_000, PAYABLE: 0, BANK: -50_000}


def test_a_reversal_after_payment_leaves_the_whole_amount_to_recover(desk: Desk) -> None:
    desk.pay_all()
    take_in(desk.session, desk.clerk, reversal(RAW, "s9", reverses="s1"))
    assert desk.claim().state == State.REOPENED
    act(
        desk.session,
        actor=desk.clerk,
        claim_id=desk.claim_id,
        action=Action.WITHDRAW,
        now=NOW,
        reason="已冲销",
    )
    assert (desk.claim().state, desk.claim().hint) == (
        State.WITHDRAWN,
        "以前已付 250.00 元，应收回 250.00 元",
    )
    assert [row.amount_fen for row in overpaid(desk.session, SCHEME)] == [25_000]
    record_recovery(
        desk.session, actor=desk.maker, claim_id=desk.claim_id, amount_fen=25_000, reason="退回", now=NOW
    )
    assert (desk.claim().state, desk.claim().paid_fen) == (State.WITHDRAWN, 0)


def test_a_case_with_money_to_recover_is_not_closed(desk: Desk) -> None:
    desk.pay_all()
    changed = corrected(RAW, "500.00")
    changed["setlinfo"]["third_party"] = "none"
    changed["setlinfo"] |= {"fulamt_ownpay_amt": "0.00", "inscp_scp_amt": "950.00", "psn_part_amt": "0.00"}
    changed["feedetail"] = []
    take_in(desk.session, desk.clerk, changed)
    desk.decide(desk.claim_id)
    assert (desk.claim().state, desk.claim().hint) == (
        State.TO_NOTIFY,
        "以前已付 250.00 元，应收回 250.00 元",
    )
    refusal_arrived(
        desk.session,
        actor=desk.clerk,
        claim_id=desk.claim_id,
        decision_id=newest_decision(desk.session, desk.claim_id).id,
        letter={"number": "1"},
        now=NOW,
    )
    with pytest.raises(Conflict, match=r"应收回 250\.00"):
        close_case(desk.session, actor=desk.clerk, claim_id=desk.claim_id, place="一号库", now=NOW)


@pytest.mark.parametrize("paid", [True, False])
def test_a_correction_during_payment_reopens_with_the_banks_result(desk: Desk, paid: bool) -> None:
    batch = desk.batch()
    desk.release(batch)
    desk.correct("300.00")
    claim = desk.claim()
    assert (claim.state, claim.hint) == (State.IN_PAYMENT, "付款途中结算有更正，银行有结果后重开")
    desk.results(batch, paid, True)
    claim = desk.claim()
    assert (claim.state, claim.benefit_fen, claim.hold_codes) == (State.REOPENED, 15_000, [])
    assert claim.paid_fen == (25_000 if paid else 0)
    used = select(func.sum(LimitAccount.used_fen)).where(LimitAccount.person_id == claim.person_id)
    assert desk.session.scalar(used) == 0
    desk.decide(desk.claim_id)
    made = create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW)
    assert (made.batch.total_fen if made.batch else 0) == (0 if paid else 15_000)


def test_a_correction_before_the_release_is_taken_out_of_the_file(desk: Desk) -> None:
    batch = desk.batch()
    desk.correct("300.00")
    desk.release(batch)
    assert (desk.claim().state, desk.claim().benefit_fen) == (State.REOPENED, 15_000)
    desk.session.refresh(batch)
    assert (batch.count, batch.total_fen) == (1, 25_000)
    content = desk.storage.get(batch.file_sha256 or "").decode("utf-8-sig")
    assert "张桂芳" not in content
    assert content.split("\r\n")[1].startswith("1,")
    desk.results(batch, True)
    assert batch.state == "closed"
    assert desk.balances() == {EXPENSE: 25_000, PAYABLE: 0, BANK: -25_000}
    desk.decide(desk.claim_id)
    assert desk.batch().total_fen == 15_000


def test_a_batch_of_which_nothing_is_left_writes_no_file(desk: Desk) -> None:
    made = create_batch(
        desk.session, actor=desk.maker, scheme=SCHEME, now=NOW, claim_ids=[desk.claim_id]
    ).batch
    assert made is not None
    desk.correct("300.00")
    desk.release(made)
    assert (made.state, made.count, made.total_fen, made.file_sha256) == ("closed", 0, 0, None)


def test_a_payment_is_taken_out_of_an_open_batch_and_can_be_batched_again(desk: Desk) -> None:
    batch = desk.batch()
    take_out(desk.session, actor=desk.maker, claim_id=desk.claim_id, reason="等一等", now=NOW)
    assert (desk.claim().state, batch.count, batch.total_fen) == (State.APPROVED, 1, 25_000)
    assert desk.batch().count == 1
    desk.release(batch)
    with pytest.raises(Conflict, match="已经生成"):
        take_out(desk.session, actor=desk.maker, claim_id=desk.other_id, reason="晚了", now=NOW)


def test_a_corrected_case_taken_out_of_a_batch_is_reopened_and_not_paid_as_it_was(desk: Desk) -> None:
    batch = desk.batch()
    desk.correct("300.00")
    take_out(desk.session, actor=desk.maker, claim_id=desk.claim_id, reason="等一等", now=NOW)
    assert (desk.claim().state, desk.claim().benefit_fen) == (State.REOPENED, 15_000)
    assert desk.claim().hold_codes == []
    assert create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW).batch is None
    assert batch.count == 1


def test_a_correction_reopens_a_returned_payment_at_once(desk: Desk) -> None:
    batch = desk.batch()
    desk.release(batch)
    desk.results(batch, False, True)
    desk.correct("300.00")
    assert (desk.claim().state, desk.claim().benefit_fen) == (State.REOPENED, 15_000)
    desk.decide(desk.claim_id)
    second = desk.batch()
    assert second.total_fen == 15_000
    desk.release(second)
    desk.results(second, True)
    assert desk.balances() == {EXPENSE: 40_000, PAYABLE: 0, BANK: -40_000}


def test_a_success_after_a_failure_and_a_failure_after_a_success_are_named(desk: Desk) -> None:
    batch = desk.batch()
    desk.release(batch)
    one, two = desk.lines(batch)
    good, bad = (
        ResultLine(reference(one), 25_000, True, "", "B1"),
        ResultLine(reference(one), 25_000, False, "销户", "B2"),
    )
    enter = {"actor": desk.maker, "batch_id": batch.id, "now": NOW}
    with pytest.raises(Invalid) as refused:
        record_results(desk.session, results=[good, bad], **enter)  # type: ignore[arg-type]
    assert "两种结果" in refused.value.problems[0].message
    assert desk.claim().state == State.IN_PAYMENT
    assert record_results(desk.session, results=[good, good], **enter) == {  # type: ignore[arg-type]
        "paid": 1,
        "returned": 0,
        "known": 1,
    }
    with pytest.raises(Invalid) as refused:
        record_results(desk.session, results=[bad], **enter)  # type: ignore[arg-type]
    assert "已经登记为成功" in refused.value.problems[0].message
    other = ResultLine(reference(two), 25_000, False, "销户", "B3")
    record_results(desk.session, results=[other], **enter)  # type: ignore[arg-type]
    repay(desk.session, actor=desk.maker, claim_id=two.claim_id, reason="改好", now=NOW)
    late = ResultLine(reference(two), 25_000, True, "", "B4")
    with pytest.raises(Invalid) as refused:
        record_results(desk.session, results=[late], **enter)  # type: ignore[arg-type]
    assert "已经登记为失败" in refused.value.problems[0].message


def test_a_batch_closes_although_a_returned_payment_was_ordered_again_meanwhile(desk: Desk) -> None:
    batch = desk.batch()
    desk.release(batch)
    one, two = desk.lines(batch)
    enter = {"actor": desk.maker, "batch_id": batch.id, "now": NOW}
    back = ResultLine(reference(one), 25_000, False, "销户", "B")
    record_results(desk.session, results=[back], **enter)  # type: ignore[arg-type]
    repay(desk.session, actor=desk.maker, claim_id=one.claim_id, reason="改好", now=NOW)
    record_results(
        desk.session,
        results=[ResultLine(reference(two), 25_000, True, "", "B")],
        **enter,  # type: ignore[arg-type]
    )
    assert batch.state == "closed"


def test_a_case_without_an_account_says_so_on_the_list(session: UnitSession, storage: Storage) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk, first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
    second, maker = hire(session, "second", "reviewer"), hire(session, "maker", "finance")
    claim_id = take_in(session, clerk, RAW).new[0]
    decide(session, first, second, claim_id)
    session.connection().exec_driver_sql("UPDATE payee_account SET superseded_at = now()")
    made = create_batch(session, actor=maker, scheme=SCHEME, now=NOW)
    assert made.batch is None
    assert session.get_one(Claim, claim_id).hint == made.left_out[claim_id] == "没有收款账户，请补登"


@pytest.mark.parametrize(
    "content",
    [
        b'\xe4\xb8\x9a,"' + b"x" * 200_000,
        b"PK\x03\x04\x00\x00",
        b"",
        "业务编号,金额,结果,原因,银行流水号\r\n".encode(),
        b"\x00\x00\x00",
    ],
)
def test_a_result_file_of_another_kind_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"回盘\.csv"):
        read_results(content, "回盘.csv")


def test_a_result_file_with_old_line_ends_is_read() -> None:
    content = "业务编号,金额,结果,原因,银行流水号\rA-1,1.00,成功,,B1\r".encode()
    assert [line.reference for line in read_results(content, "回盘.csv")] == ["A-1"]


def test_a_recalled_difference_is_not_lost(desk: Desk) -> None:
    desk.pay_all()
    desk.correct("100.00")
    propose(desk.session, actor=desk.first, claim_id=desk.claim_id, now=NOW)
    desk.correct("150.00")
    assert desk.claim().state == State.SENT_BACK
    propose(desk.session, actor=desk.first, claim_id=desk.claim_id, now=NOW)
    approve(desk.session, actor=desk.second, claim_id=desk.claim_id, now=NOW)
    assert desk.batch().total_fen == 5_000
