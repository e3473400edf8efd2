"""Several connections at once: one wins, the other gets a plain answer, nothing is half written."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.deciding import approve, propose, recall
from insurer.claims.operations.intake import register_settlements
from insurer.claims.operations.moves import act, lock_claim, move
from insurer.claims.tables import Claim, Settlement
from insurer.kernel.errors import Conflict, InsurerError, Invalid
from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import create_batch, record_results, reference, release_batch
from insurer.payments.operations.returns import repay
from insurer.payments.tables import PaymentInstruction
from insurer.people.tables import Person
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work
from insurer.platform.storage import Storage
from tests.factories.desk import (
    LI,
    NOW,
    SCHEME,
    ZHANG,
    decide,
    hire,
    put_on_roster,
    raw_record,
    records,
    take_in,
)
from tests.factories.upstream import copied, corrected

Act = Callable[[UnitSession], Any]


class Office:
    """A database of its own with people on the roster, staff, and cases approved with 250.00 each."""

    def __init__(self, engine: Engine, keyring: Keyring, storage: Storage, cases: int = 2) -> None:
        self.engine, self.keyring, self.storage = engine, keyring, storage
        self.raws = [
            raw_record(f"s{place}", (ZHANG, LI)[place % 2], ("张桂芳", "李文")[place % 2])
            for place in range(cases)
        ]
        with self.unit() as session:
            put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
            self.clerk, self.first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
            self.second = hire(session, "second", "supervisor")
            self.third = hire(session, "third", "supervisor")
            self.cases = take_in(session, self.clerk, *self.raws).new if cases else []
        for claim_id in self.cases:
            with self.unit() as session:
                decide(session, self.first, self.second, claim_id)

    def unit(self) -> Any:
        return unit_of_work(self.engine, self.keyring)

    def together(self, *acts: Act) -> list[Any]:
        """Run each in a transaction of its own, all at once; a refusal is an answer, a fault is not."""
        barrier = threading.Barrier(len(acts))
        answers: list[Any] = [None] * len(acts)

        def run(place: int, act: Act) -> None:
            barrier.wait()
            try:
                with self.unit() as session:
                    answers[place] = act(session)
            except InsurerError as refusal:
                answers[place] = refusal
            except Exception as fault:
                answers[place] = fault

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        faults = [one for one in answers if isinstance(one, Exception) and not isinstance(one, InsurerError)]
        assert not faults, faults
        return answers

    def count(self, table: Any) -> int:
        with self.unit() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def state(self, claim_id: UUID) -> str:
        with self.unit() as session:
            return str(session.scalars(select(Claim.state).where(Claim.id == claim_id)).one())


@pytest.fixture
def office(fresh_engine: Engine, keyring: Keyring, storage: Storage) -> Office:
    return Office(fresh_engine, keyring, storage)


def test_one_delivery_sent_from_two_connections_is_written_once(office: Office) -> None:
    for round_ in range(4):
        raws = [raw_record(f"r{round_}-{place}") for place in range(5)]
        raws.append(raw_record(f"r{round_}-p", certno="320411197703030019", psn_name="新人"))

        def register(session: UnitSession, raws: list[Any] = raws) -> Any:
            return register_settlements(
                session, actor=office.clerk, scheme=SCHEME, records=records(*raws), channel="file", now=NOW
            )

        one, two = office.together(register, register)
        assert sorted([len(one.new), len(two.new)]) == [0, 6]
        assert sorted([len(one.unchanged), len(two.unchanged)]) == [0, 6]
    assert office.count(Settlement) == office.count(Claim) == 26
    assert office.count(Person) == 3


def test_a_delivery_that_waits_too_long_says_so(office: Office) -> None:
    def register(session: UnitSession) -> Any:
        session.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        return register_settlements(
            session,
            actor=office.clerk,
            scheme=SCHEME,
            records=records(raw_record("w1")),
            channel="file",
            now=NOW,
        )

    with office.unit() as holder:
        register(holder)
        with pytest.raises(Conflict, match="正在写入"), office.unit() as session:
            register(session)


def test_two_batches_at_once_hold_every_case_once(office: Office) -> None:
    def make(session: UnitSession) -> Any:
        return create_batch(session, actor=office.third, scheme=SCHEME, now=NOW).batch

    made = office.together(make, make)
    assert sum(batch.count for batch in made if batch is not None) == 2
    assert office.count(PaymentInstruction) == 2


def test_a_batch_and_a_recall_at_once_agree_on_every_case(office: Office) -> None:
    target = office.cases[0]

    def make(session: UnitSession) -> Any:
        return create_batch(session, actor=office.third, scheme=SCHEME, now=NOW).batch

    def call(session: UnitSession) -> Any:
        return recall(session, actor=office.second, claim_id=target, opinion="再看", now=NOW)

    batch, recalled = office.together(make, call)
    if isinstance(recalled, Conflict):
        assert (batch.count, office.state(target)) == (2, State.IN_PAYMENT)
    else:
        assert (batch.count, office.state(target)) == (1, State.SENT_BACK)


def test_results_entered_twice_at_once_while_a_payment_is_ordered_again_and_corrected(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    office = Office(fresh_engine, keyring, storage, cases=6)
    with office.unit() as session:
        made = create_batch(session, actor=office.third, scheme=SCHEME, now=NOW).batch
        assert made is not None
        batch_id = made.id
    with office.unit() as session:
        release_batch(session, actor=office.second, storage=storage, batch_id=batch_id, now=NOW)
    with office.unit() as session:
        lines = session.scalars(select(PaymentInstruction).order_by(PaymentInstruction.line_no)).all()
        first = ResultLine(reference(lines[0]), 25_000, False, "销户", "B")
        record_results(session, actor=office.third, batch_id=batch_id, results=[first], now=NOW)
        rest = [ResultLine(reference(line), 25_000, True, "", "B") for line in lines[1:]]
        returned = lines[0].claim_id

    def enter(session: UnitSession) -> Any:
        return record_results(session, actor=office.third, batch_id=batch_id, results=rest, now=NOW)

    def again(session: UnitSession) -> Any:
        return repay(session, actor=office.third, claim_id=returned, reason="改好", now=NOW)

    def correct(session: UnitSession) -> Any:
        return take_in(session, office.clerk, *[corrected(raw) for raw in office.raws[3:]])

    one, two, repaid, corrected_ = office.together(enter, enter, again, correct)
    assert sorted([one["paid"], two["paid"]]) == [0, 5]
    assert not isinstance(repaid, InsurerError)
    assert len(corrected_.changed) == 3
    states = [office.state(claim_id) for claim_id in office.cases]
    assert states[1:3] == [State.PAID, State.PAID]
    assert states[3:] == [State.REOPENED] * 3


def test_two_cases_of_one_invoice_approved_at_once_are_granted_once(office: Office) -> None:
    invoice = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"}
    with office.unit() as session:
        early = take_in(session, office.clerk, raw_record("i1", invoice=invoice)).new[0]
        session.get_one(Claim, early).state = State.WITHDRAWN.value
    with office.unit() as session:
        late = take_in(session, office.clerk, raw_record("i2", LI, "李文", invoice=invoice)).new[0]
        propose(session, actor=office.first, claim_id=late, now=NOW)
    with office.unit() as session:
        take_in(session, office.clerk, corrected(raw_record("i1", invoice=invoice)))
        propose(session, actor=office.first, claim_id=early, now=NOW)

    def agree(actor: Actor, claim_id: UUID) -> Act:
        return lambda session: approve(session, actor=actor, claim_id=claim_id, now=NOW)

    office.together(agree(office.second, early), agree(office.third, late))
    states = [office.state(early), office.state(late)]
    assert sorted(states) == sorted([State.APPROVED, State.PROPOSED])


def test_deliveries_and_decisions_about_the_same_people_never_wait_for_each_other_in_a_ring(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    office = Office(fresh_engine, keyring, storage, cases=8)

    def correct(raws: list[Any], amount: str) -> Act:
        return lambda session: take_in(session, office.clerk, *[corrected(raw, amount) for raw in raws])

    def call(claim_id: UUID) -> Act:
        return lambda session: recall(
            session, actor=office.second, claim_id=claim_id, opinion="再看", now=NOW
        )

    def make(session: UnitSession) -> Any:
        return create_batch(session, actor=office.third, scheme=SCHEME, now=NOW)

    office.together(
        correct(office.raws, "310.00"),
        correct(office.raws[::-1], "320.00"),
        make,
        *[call(claim_id) for claim_id in office.cases[:3]],
    )


def test_a_withdrawn_case_and_the_right_persons_case_are_never_both_paid(office: Office) -> None:
    """The correction that brings the withdrawn case back and the right person's record come at once."""
    for round_ in range(4):
        raw = raw_record(f"f{round_}")
        with office.unit() as session:
            wrong = take_in(session, office.clerk, raw).new[0]
            act(session, actor=office.clerk, claim_id=wrong, action=Action.WITHDRAW, now=NOW, reason="错人")

        def right(session: UnitSession, raw: Any = raw) -> Any:
            return take_in(session, office.clerk, copied(raw, certno=LI, psn_name="李文")).new[0]

        def back(session: UnitSession, wrong: UUID = wrong) -> Any:
            claim = lock_claim(session, wrong)
            return move(session, claim, Action.REOPEN, actor=SYSTEM, now=NOW, reason="再办")

        first, second = office.together(right, back)
        with office.unit() as session:
            standing = session.scalars(
                select(Settlement.claim_id).where(
                    Settlement.setl_id == f"f{round_}", Settlement.released_at.is_(None)
                )
            ).all()
        assert len(standing) == 1, "one settlement has one case"
        if standing == [wrong]:
            assert isinstance(first, Invalid) and office.state(wrong) == State.REOPENED
        else:
            assert isinstance(second, Conflict) and office.state(wrong) == State.WITHDRAWN


def test_two_people_ask_for_one_freed_number_at_once_and_one_gets_it(office: Office) -> None:
    raw = raw_record("g1")
    with office.unit() as session:
        wrong = take_in(session, office.clerk, raw).new[0]
        act(session, actor=office.clerk, claim_id=wrong, action=Action.WITHDRAW, now=NOW, reason="错人")

    def asks(certno: str, name: str) -> Act:
        return lambda session: take_in(session, office.clerk, copied(raw, certno=certno, psn_name=name)).new

    answers = office.together(asks(LI, "李文"), asks("320411197703030019", "新人"))
    assert sorted(isinstance(one, Invalid) for one in answers) == [False, True]
