"""Any order of operations on cases of two persons keeps limits, ledger, instructions and states true."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, func, select

from insurer.claims.lifecycle import GRANTING, REFUSING, TABLE, Action, State
from insurer.claims.operations.archiving import close_case
from insurer.claims.operations.corrections import is_changed
from insurer.claims.operations.deciding import approve, propose, recall, send_back
from insurer.claims.operations.moves import act, due_fen
from insurer.claims.operations.refusals import refusal_arrived
from insurer.claims.tables import Claim, Decision, LimitAccount, LimitEntry
from insurer.kernel.errors import InsurerError
from insurer.payments.bank_file import ResultLine
from insurer.payments.operations.batches import (
    create_batch,
    record_results,
    reference,
    release_batch,
    take_out,
)
from insurer.payments.operations.ledger import BANK, EXPENSE, PAYABLE
from insurer.payments.operations.ledger_check import check_ledger
from insurer.payments.operations.recoveries import overpaid, record_recovery
from insurer.payments.operations.returns import repay
from insurer.payments.tables import JournalEntry, JournalLine, PaymentBatch, PaymentInstruction
from insurer.platform.audit import Actor, AuditEntry, verify_chain
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, SCHEME, ZHANG, hire, line, put_on_roster, raw_record, take_in
from tests.factories.upstream import copied, reversal

PEOPLE = ((ZHANG, "张桂芳"), (LI, "李文"))
LIMIT = 2_000_000
GRANTED = tuple(GRANTING - {State.CLOSED})
PLACES = st.integers(0, 5)
MAX, STEPS = 12, 25


def _bill(setl_id: str, person: int, year: int, own: int, invoice: str = "") -> dict[str, Any]:
    """A bill with much own expense, half of which is covered up to the yearly limit."""
    lines = [line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00")]
    amount = f"{own}.00"
    lines.append(
        line(
            "2",
            "目录外药品",
            amount,
            chrgitm_lv="03",
            list_type="101",
            med_chrgitm_type="09",
            fulamt_ownpay_amt=amount,
        )
    )
    more = (
        {"invoice": {"bill_code": "32060126", "bill_no": invoice, "check_code": "a1b2c3"}} if invoice else {}
    )
    certno, name = PEOPLE[person]
    return raw_record(
        setl_id,
        certno,
        name,
        setl_time=f"{year}-03-01",
        begndate=f"{year}-03-01",
        enddate=f"{year}-03-01",
        medfee_sumamt=f"{own + 900}.00",
        fulamt_ownpay_amt=amount,
        psn_part_amt=f"{own + 200}.00",
        feedetail=lines,
        **more,
    )


class Money(RuleBasedStateMachine):
    """The desk and the finance office, doing anything in any order; a refusal changes nothing."""

    def __init__(self, engine: Engine, keyring: Keyring, storage: Storage, staff: dict[str, Actor]) -> None:
        super().__init__()
        self.staff, self.storage, self.keyring = staff, storage, keyring
        self.connection = engine.connect()
        self.outer = self.connection.begin()
        self.session = UnitSession(
            self.connection,
            expire_on_commit=True,
            info={"keyring": keyring},
            join_transaction_mode="create_savepoint",
        )
        self.raws: dict[UUID, dict[str, Any]] = {}
        self.made = 0

    def teardown(self) -> None:
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    def attempt(self, work: Callable[[], Any]) -> Any:
        try:
            done = work()
        except InsurerError:
            self.session.rollback()
            self.session.info.pop("audit_noted", None)
            return None
        self.session.commit()
        return done

    def on_case(self, place: int, work: Callable[..., Any], actor: str, **more: Any) -> Any:
        if not self.raws:
            return None
        claim_id = list(self.raws)[place % len(self.raws)]
        return self.attempt(
            lambda: work(self.session, actor=self.staff[actor], claim_id=claim_id, now=NOW, **more)
        )

    def take(self, *raws: dict[str, Any]) -> Any:
        return self.attempt(lambda: take_in(self.session, self.staff["clerk"], *raws))

    @rule(
        person=st.integers(0, 1),
        year=st.sampled_from([2025, 2026]),
        own=st.sampled_from([0, 100, 15_000, 30_000]),
        invoice=st.sampled_from(["", "", "1"]),
    )
    def register(self, person: int, year: int, own: int, invoice: str) -> None:
        if len(self.raws) == 6:
            return
        self.made += 1
        raw = _bill(f"s{self.made}", person, year, own, invoice)
        done = self.take(raw)
        if done is not None:
            self.raws[done.new[0]] = raw

    @initialize(year=st.sampled_from([2025, 2026]), own=st.sampled_from([100, 15_000, 30_000]))
    def open_the_desk(self, year: int, own: int) -> None:
        for person in (0, 1, 0):
            self.register(person=person, year=year, own=own, invoice="")
        for place in range(3):
            self.decide(place=place)

    @rule(paid=st.lists(st.sampled_from([True, True, True, False]), min_size=6, max_size=6))
    def pay_round(self, paid: list[bool | None]) -> None:
        self.batch()
        self.release()
        self.results(paid=paid)

    @rule(
        place=PLACES, assistance=st.sampled_from([0, 100, 200, 400]), own=st.sampled_from([0, 0, 50, 20_000])
    )
    def correct(self, place: int, assistance: int, own: int) -> None:
        if not self.raws:
            return
        claim_id = list(self.raws)[place % len(self.raws)]
        before = self.raws[claim_id]
        more = before if not own else {**before, **_only_amounts(before, own)}
        total = float(more["setlinfo"]["medfee_sumamt"])
        raw = copied(
            more,
            maf_pay=f"{assistance}.00",
            fund_pay_sumamt=f"{500 + assistance}.00",
            psn_part_amt=f"{total - 500 - assistance:.2f}",
        )
        if self.take(raw) is not None:
            self.raws[claim_id] = raw

    @rule(place=PLACES)
    def reverse(self, place: int) -> None:
        if not self.raws:
            return
        raw = list(self.raws.values())[place % len(self.raws)]
        number = raw["setlinfo"]["setl_id"]
        self.take(reversal(raw, f"{number}-r", reverses=number))

    @rule(place=PLACES)
    def propose(self, place: int) -> None:
        self.on_case(place, propose, "first")

    @rule(place=PLACES)
    def decide(self, place: int) -> None:
        self.on_case(place, propose, "first")
        self.on_case(place, approve, "second", opinion="核对相符")

    @rule(place=PLACES)
    def approve(self, place: int) -> None:
        self.on_case(place, approve, "second", opinion="核对相符")

    @rule(place=PLACES, back=st.booleans())
    def undo(self, place: int, back: bool) -> None:
        self.on_case(place, send_back if back else recall, "second", opinion="再看")

    @rule(place=PLACES)
    def withdraw(self, place: int) -> None:
        self.on_case(place, act, "second", action=Action.WITHDRAW)

    @rule(place=PLACES)
    def close(self, place: int) -> None:
        self.on_case(place, partial(close_case, place="一号库"), "second")

    @rule(place=PLACES)
    def refusal_arrives(self, place: int) -> None:
        if not self.raws:
            return
        claim_id = list(self.raws)[place % len(self.raws)]
        newest = select(Decision.id).filter_by(claim_id=claim_id).order_by(Decision.seq.desc()).limit(1)
        decision_id = self.session.scalar(newest)
        self.on_case(place, refusal_arrived, "second", decision_id=decision_id, letter={})

    @rule()
    def batch(self) -> None:
        self.attempt(lambda: create_batch(self.session, actor=self.staff["maker"], scheme=SCHEME, now=NOW))

    @rule(place=PLACES)
    def take_out(self, place: int) -> None:
        self.on_case(place, take_out, "maker", reason="等一等")

    def _batch(self, *states: str) -> UUID | None:
        found = select(PaymentBatch.id).where(PaymentBatch.state.in_(states)).order_by(PaymentBatch.number)
        return self.session.scalars(found).first()

    @rule()
    def release(self) -> None:
        batch_id = self._batch("open")
        if batch_id is not None:
            common: dict[str, Any] = {"actor": self.staff["second"], "storage": self.storage, "now": NOW}
            self.attempt(lambda: release_batch(self.session, batch_id=batch_id, **common))

    @rule(paid=st.lists(st.sampled_from([True, True, False, None]), min_size=6, max_size=6))
    def results(self, paid: list[bool | None]) -> None:
        batch_id = self._batch("filed")
        if batch_id is None:
            return
        held = select(PaymentInstruction).filter_by(batch_id=batch_id)
        lines = self.session.scalars(held.order_by(PaymentInstruction.line_no)).all()
        found = [
            ResultLine(reference(one), one.amount_fen, each, "", "B")
            for one, each in zip(lines, paid, strict=False)
            if each is not None
        ]
        common: dict[str, Any] = {"actor": self.staff["maker"], "results": found, "now": NOW}
        self.attempt(lambda: record_results(self.session, batch_id=batch_id, **common))

    @rule(place=PLACES)
    def repay(self, place: int) -> None:
        self.on_case(place, repay, "maker", reason="改好")

    @rule(part=st.sampled_from([1, 2]))
    def recover(self, part: int) -> None:
        waiting = overpaid(self.session, SCHEME)
        if not waiting:
            return
        amount = max(1, waiting[0].amount_fen // part)
        common: dict[str, Any] = {
            "actor": self.staff["maker"],
            "amount_fen": amount,
            "reason": "退回",
            "now": NOW,
        }
        claim_id = waiting[0].claim_id
        done = self.attempt(lambda: record_recovery(self.session, claim_id=claim_id, **common))
        assert done is not None

    @invariant()
    def limits_are_the_sum_of_their_entries_and_never_exceeded(self) -> None:
        sums: dict[Any, int] = defaultdict(int)
        by_claim: dict[UUID, int] = defaultdict(int)
        rows = self.session.execute(
            select(LimitEntry, Decision.claim_id).join(Decision, Decision.id == LimitEntry.decision_id)
        )
        for entry, claim_id in rows:
            sums[entry.person_id, entry.year, entry.pool] += entry.amount_fen
            by_claim[claim_id] += entry.amount_fen
        for account in self.session.scalars(select(LimitAccount)):
            key = (account.person_id, account.year, account.pool)
            assert account.used_fen == sums.pop(key, 0)
            assert 0 <= account.used_fen <= LIMIT
        assert not any(sums.values())
        for claim in self.session.scalars(select(Claim)):
            newest = self.session.scalars(
                select(Decision).filter_by(claim_id=claim.id).order_by(Decision.seq.desc())
            ).first()
            if claim.state in GRANTED and newest is not None:
                assert by_claim[claim.id] == newest.other_fen
            elif claim.state != State.CLOSED:
                assert by_claim[claim.id] == 0

    @invariant()
    def money_is_where_the_states_say(self) -> None:
        rows = self.session.execute(
            select(JournalEntry.claim_id, JournalLine.account, func.sum(JournalLine.amount_fen))
            .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
            .group_by(JournalEntry.claim_id, JournalLine.account)
        )
        ledger: dict[Any, int] = defaultdict(int)
        for claim_id, account, amount in rows:
            ledger[claim_id, account] = int(amount)
        on_the_way: dict[UUID, int] = defaultdict(int)
        live: dict[UUID, int] = defaultdict(int)
        for one in self.session.scalars(select(PaymentInstruction)):
            live[one.decision_id] += one.state in ("batched", "sent", "paid")
            on_the_way[one.claim_id] += one.amount_fen if one.state in ("batched", "sent") else 0
        assert all(count <= 1 for count in live.values())
        for claim in self.session.scalars(select(Claim)):
            way = on_the_way[claim.id]
            assert ledger[claim.id, BANK] == -claim.paid_fen
            assert ledger[claim.id, PAYABLE] == -way
            assert ledger[claim.id, EXPENSE] == claim.paid_fen + way
            assert (way > 0) == (claim.state == State.IN_PAYMENT)
            if claim.state == State.IN_PAYMENT:
                assert claim.paid_fen + way == claim.benefit_fen
            if claim.state in (State.PAID, State.CLOSED):
                assert claim.paid_fen == claim.benefit_fen
            assert is_changed(claim) <= (claim.state == State.IN_PAYMENT)
        open_ones = {one.claim_id: one.amount_fen for one in overpaid(self.session, SCHEME)}
        for claim in self.session.scalars(select(Claim)):
            if claim.state in (*GRANTED, *REFUSING, State.WITHDRAWN, State.CLOSED):
                assert open_ones.get(claim.id, 0) == max(0, claim.paid_fen - due_fen(claim))

    @invariant()
    def the_books_agree_with_each_other_and_the_log(self) -> None:
        assert list(check_ledger(self.session)) == []

    @invariant()
    def one_invoice_is_granted_once(self) -> None:
        granted = [
            one.document["settlements"][0]["invoice"]["bill_no"]
            for claim in self.session.scalars(select(Claim).where(Claim.state.in_(GRANTED)))
            for one in self.session.scalars(
                select(Decision).filter_by(claim_id=claim.id).order_by(Decision.seq.desc()).limit(1)
            )
        ]
        assert len(granted) == len(set(granted))

    @invariant()
    def a_batch_says_what_it_holds(self) -> None:
        for batch in self.session.scalars(select(PaymentBatch)):
            rows = self.session.scalars(
                select(PaymentInstruction.amount_fen).where(PaymentInstruction.batch_id == batch.id)
            ).all()
            assert (batch.count, batch.total_fen) == (len(rows), sum(rows))

    @invariant()
    def every_change_of_state_is_legal_and_on_record(self) -> None:
        states = {str(claim_id): State.RECEIVED.value for claim_id in self.raws}
        moves = select(AuditEntry).where(AuditEntry.tag.startswith("claim:state:")).order_by(AuditEntry.seq)
        for entry in self.session.scalars(moves):
            data = entry.data
            assert states.get(entry.subject_id, State.RECEIVED.value) == data["before"]
            assert TABLE[State(data["before"]), Action(data["action"])].next == data["after"]
            states[entry.subject_id] = data["after"]
        for claim in self.session.scalars(select(Claim)):
            assert states.get(str(claim.id), State.RECEIVED.value) == claim.state
        assert verify_chain(self.session, self.keyring)[1] == []


def _only_amounts(raw: dict[str, Any], own: int) -> dict[str, Any]:
    """The same bill with another amount of own expense."""
    amount = f"{own}.00"
    lines = [raw["feedetail"][0], {**raw["feedetail"][1]}]
    lines[1] |= {"det_item_fee_sumamt": amount, "fulamt_ownpay_amt": amount, "pric": amount}
    header = {**raw["setlinfo"], "fulamt_ownpay_amt": amount, "medfee_sumamt": f"{own + 900}.00"}
    return {"setlinfo": header, "feedetail": lines}


def test_no_order_of_operations_breaks_money_or_states(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        for month in ("2024-12-01", "2025-12-01"):
            put_on_roster(session, storage, PEOPLE, month=NOW.date().fromisoformat(month))
        staff = {
            "clerk": hire(session, "clerk", "clerk"),
            "first": hire(session, "first", "clerk"),
            "second": hire(session, "second", "supervisor"),
            "maker": hire(session, "maker", "finance"),
        }
    run_state_machine_as_test(
        lambda: Money(fresh_engine, keyring, storage, staff),  # type: ignore[arg-type]
        settings=settings(
            max_examples=MAX,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
