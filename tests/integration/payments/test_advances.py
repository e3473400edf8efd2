"""An amount paid ahead: two people, one payment, deducted from the decision to come, never paid twice."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from insurer.claims.lifecycle import State
from insurer.claims.operations.advances import decide_advance, propose_advance
from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.upstream import UpstreamAnswer, note_upstream
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import Advance
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import (
    create_batch,
    record_results,
    reference,
    release_batch,
    take_out,
)
from insurer.payments.operations.ledger import BANK, PAYABLE
from insurer.payments.operations.recoveries import overpaid
from insurer.payments.tables import JournalLine, PaymentBatch, PaymentInstruction
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import NOW, SCHEME, ZHANG, hire, put_on_roster, raw_record, take_in


class Desk:
    """A case of 250.00 that waits for the charity's answer."""

    def __init__(self, session: UnitSession, storage: Storage) -> None:
        put_on_roster(session, storage, [(ZHANG, "张桂芳")])
        self.session, self.storage = session, storage
        self.clerk, self.first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
        self.second, self.chief = hire(session, "second", "reviewer"), hire(session, "chief", "supervisor")
        self.maker, self.release = hire(session, "maker", "finance"), hire(session, "release", "finance")
        self.claim_id = take_in(session, self.clerk, raw_record("s1")).new[0]
        self.answer("pending", proof="")

    def answer(self, status: str, fen: int | None = None, proof: str = "函 1 号") -> None:
        answer = UpstreamAnswer("charity", status, fen, proof)
        note_upstream(self.session, actor=self.first, claim_id=self.claim_id, answer=answer, now=NOW)

    @property
    def claim(self) -> Claim:
        return self.session.get_one(Claim, self.claim_id)

    def propose(self, fen: int = 10_000, who: Actor | None = None, **more: Any) -> Advance:
        words = {"reason": "目录内部分不受慈善影响", "open_points": "慈善救助还没有结果"}
        return propose_advance(
            self.session,
            actor=who or self.first,
            claim_id=self.claim_id,
            amount_fen=fen,
            now=NOW,
            **{**words, **more},
        )

    def agree(self, advance_id: UUID, who: Actor | None = None, agree: bool = True) -> Advance:
        return decide_advance(
            self.session,
            actor=who or self.second,
            advance_id=advance_id,
            agree=agree,
            opinion="金额确定",
            now=NOW,
        )

    def batch(self) -> PaymentBatch | None:
        return create_batch(self.session, actor=self.maker, scheme=SCHEME, now=NOW).batch

    def send(self, batch: PaymentBatch) -> None:
        release_batch(self.session, actor=self.release, storage=self.storage, batch_id=batch.id, now=NOW)

    def results(self, batch: PaymentBatch, paid: bool = True) -> None:
        lines = self.session.scalars(select(PaymentInstruction).filter_by(batch_id=batch.id)).all()
        found = [ResultLine(reference(one), one.amount_fen, paid, "户名不符", "B") for one in lines]
        record_results(self.session, actor=self.maker, batch_id=batch.id, results=found, now=NOW)

    def decide(self) -> None:
        propose(self.session, actor=self.first, claim_id=self.claim_id, now=NOW)
        approve(self.session, actor=self.second, claim_id=self.claim_id, now=NOW, opinion="核对相符")

    def ledger(self, account: str) -> int:
        total = select(func.coalesce(func.sum(JournalLine.amount_fen), 0)).where(
            JournalLine.account == account
        )
        return int(self.session.scalar(total) or 0)


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


def paid_ahead(desk: Desk, fen: int = 10_000) -> None:
    desk.agree(desk.propose(fen).id)
    batch = desk.batch()
    assert batch is not None and (batch.count, batch.total_fen) == (1, fen)
    desk.send(batch)
    desk.results(batch)


def test_what_was_paid_ahead_is_deducted_from_the_decision(desk: Desk) -> None:
    paid_ahead(desk)
    assert (desk.claim.state, desk.claim.paid_fen) == (State.WAITING_UPSTREAM, 10_000)
    assert (desk.ledger(BANK), desk.ledger(PAYABLE)) == (-10_000, 0)
    desk.answer("none")
    desk.decide()
    batch = desk.batch()
    assert batch is not None and batch.total_fen == 15_000
    desk.send(batch)
    desk.results(batch)
    assert (desk.claim.state, desk.claim.paid_fen) == (State.PAID, 25_000)
    assert desk.ledger(BANK) == -25_000
    assert desk.batch() is None


def test_an_advance_above_the_later_decision_is_money_to_recover(desk: Desk) -> None:
    paid_ahead(desk, 20_000)
    desk.answer("paid", 28_000)
    desk.decide()
    (row,) = overpaid(desk.session, SCHEME)
    assert row.amount_fen == 20_000 - desk.claim.benefit_fen > 0


def test_it_needs_two_people_and_two_sentences(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.propose(reason="", open_points=" ")
    assert [one.field for one in refused.value.problems] == ["reason", "open_points"]
    advance = desk.propose()
    with pytest.raises(Conflict, match="等复核"):
        desk.propose()
    for who in (desk.first, desk.clerk):
        both = Actor("staff", who.id, who.name, frozenset({"clerk", "reviewer"}))
        with pytest.raises(NotAllowed):
            desk.agree(advance.id, both)
    desk.agree(advance.id, agree=False)
    assert desk.batch() is None
    with pytest.raises(Conflict, match="已经有人办过"):
        desk.agree(advance.id)


def test_no_more_is_paid_ahead_than_can_be_certain(desk: Desk) -> None:
    with pytest.raises(Invalid, match="要改") as refused:
        desk.propose(30_001)  # 300.00 is all that was left to the person
    assert refused.value.problems[0].field == "amount"
    paid_ahead(desk, 25_000)
    with pytest.raises(Invalid):
        desk.propose(5_001)


def test_the_rest_waits_for_the_bank_and_a_decision_ends_what_was_not_sent(desk: Desk) -> None:
    desk.agree(desk.propose().id)
    batch = desk.batch()
    assert batch is not None
    desk.answer("none")
    desk.decide()
    done = create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW)
    assert done.batch is None
    assert done.left_out == {desk.claim_id: "提前给付的一笔还没有银行结果，等它"}
    desk.send(batch)
    desk.results(batch)
    final = desk.batch()
    assert final is not None and final.total_fen == 15_000


def test_an_agreed_advance_of_a_decided_case_is_dropped(desk: Desk) -> None:
    advance = desk.propose()
    desk.agree(advance.id)
    desk.answer("none")
    desk.decide()
    batch = desk.batch()
    assert batch is not None and (batch.count, batch.total_fen) == (1, 25_000)
    assert advance.status == "withdrawn"


def test_a_returned_advance_is_proposed_anew(desk: Desk) -> None:
    advance = desk.propose()
    desk.agree(advance.id)
    batch = desk.batch()
    assert batch is not None
    desk.send(batch)
    desk.results(batch, paid=False)
    assert (advance.status, desk.claim.paid_fen, desk.ledger(PAYABLE)) == ("withdrawn", 0, 0)
    assert desk.claim.state == State.WAITING_UPSTREAM
    assert desk.batch() is None
    paid_ahead(desk)


def test_an_advance_taken_out_of_a_batch_waits_for_the_next(desk: Desk) -> None:
    desk.agree(desk.propose().id)
    assert desk.batch() is not None
    take_out(desk.session, actor=desk.maker, claim_id=desk.claim_id, reason="再核对账户", now=NOW)
    assert (desk.ledger(PAYABLE), desk.claim.state) == (0, State.WAITING_UPSTREAM)
    again = desk.batch()
    assert again is not None and again.total_fen == 10_000
