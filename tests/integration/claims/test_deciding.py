import threading
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from insurer.claims.lifecycle import State
from insurer.claims.operations.deciding import approve, propose, recall, send_back
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim, Decision, DecisionStep, FeeLine, LimitAccount, LimitEntry
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work
from insurer.platform.outbox import OutboxRow
from insurer.platform.storage import Storage
from tests.factories.desk import NOW, ZHANG, decide, hire, line, put_on_roster, raw_record, take_in

Crew = tuple[Actor, Actor, Actor]


@pytest.fixture
def crew(session: UnitSession, storage: Storage) -> Crew:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    return (
        hire(session, "clerk", "clerk"),
        hire(session, "first", "clerk"),
        hire(session, "second", "reviewer"),
    )


def _large(setl_id: str, own: str = "60000.00") -> dict[str, object]:
    """A bill with much own expense, so that the yearly limit matters."""
    total = f"{float(own) + 900:.2f}"
    return raw_record(
        setl_id,
        medfee_sumamt=total,
        fulamt_ownpay_amt=own,
        psn_part_amt=f"{float(own) + 200:.2f}",
        feedetail=[
            line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
            line(
                "2",
                "目录外药品",
                own,
                chrgitm_lv="03",
                list_type="101",
                med_chrgitm_type="09",
                fulamt_ownpay_amt=own,
            ),
        ],
    )


def test_an_approval_is_signed_books_the_limit_and_orders_the_letter(
    session: UnitSession, crew: Crew
) -> None:
    clerk, first, second = crew
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    decide(session, first, second, claim_id)
    claim = session.get_one(Claim, claim_id)
    assert claim.state == State.APPROVED
    assert claim.decided_by == second.staff_id
    steps = session.scalars(select(DecisionStep.step).order_by(DecisionStep.at, DecisionStep.id)).all()
    assert steps == ["proposed", "approved"]
    account = session.scalars(select(LimitAccount)).one()
    session.refresh(account)
    assert (account.year, account.pool, account.used_fen) == (2026, "other_covered", 5_000)
    letters = session.scalars(select(OutboxRow).where(OutboxRow.job == "notices.issue")).all()
    assert [letter.payload["kind"] for letter in letters] == ["decision"]


def test_nobody_decides_a_case_they_entered_or_proposed(session: UnitSession, crew: Crew) -> None:
    clerk, first, _ = crew
    both = Actor("staff", first.id, first.name, frozenset({"clerk", "reviewer"}))
    entered = Actor("staff", clerk.id, clerk.name, frozenset({"clerk", "reviewer"}))
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    propose(session, actor=first, claim_id=claim_id, now=NOW)
    with pytest.raises(NotAllowed, match="您初审的"):
        approve(session, actor=both, claim_id=claim_id, now=NOW)
    with pytest.raises(NotAllowed, match="您录入的"):
        approve(session, actor=entered, claim_id=claim_id, now=NOW)
    assert session.get_one(Claim, claim_id).state == State.PROPOSED


def test_a_large_amount_needs_the_supervisor(session: UnitSession, crew: Crew) -> None:
    clerk, first, second = crew
    raw = raw_record(
        "s1", medfee_sumamt="31000.00", inscp_scp_amt="30850.00", psn_part_amt="30300.00", feedetail=[]
    )
    claim_id = take_in(session, clerk, raw).new[0]
    propose(session, actor=first, claim_id=claim_id, now=NOW)
    with pytest.raises(NotAllowed, match="主管"):
        approve(session, actor=second, claim_id=claim_id, now=NOW)
    approve(session, actor=hire(session, "chief", "supervisor"), claim_id=claim_id, now=NOW)
    assert session.get_one(Claim, claim_id).state == State.APPROVED


def test_the_yearly_limit_runs_on_over_the_cases_of_a_person(session: UnitSession, crew: Crew) -> None:
    clerk, first, second = crew
    done = take_in(session, clerk, _large("s1", "30000.00"), _large("s2", "20000.00"))
    decide(session, first, second, done.new[0])
    propose(session, actor=first, claim_id=done.new[1], now=NOW)
    decision = approve(session, actor=second, claim_id=done.new[1], now=NOW)
    # 15 000 used, so that 5 000 of 10 000 are left to pay, with 200 inside the catalogue
    assert decision.benefit_fen == 500_000 + 20_000
    assert decision.document["used"] == {"2026": {"other_covered": "15000.00"}}
    assert session.scalar(select(func.sum(LimitEntry.amount_fen))) == 2_000_000


def test_an_approval_calculated_before_another_one_is_sent_back_to_be_calculated(
    session: UnitSession, crew: Crew
) -> None:
    clerk, first, second = crew
    one, two = take_in(session, clerk, _large("s1", "30000.00"), _large("s2", "20000.00")).new
    propose(session, actor=first, claim_id=one, now=NOW)
    propose(session, actor=first, claim_id=two, now=NOW)
    approve(session, actor=second, claim_id=one, now=NOW)
    with pytest.raises(Conflict, match="年度限额变了"):
        approve(session, actor=second, claim_id=two, now=NOW)
    send_back(session, actor=second, claim_id=two, opinion="限额变了，请重算", now=NOW)
    decide(session, first, second, two)
    assert session.get_one(Claim, two).benefit_fen == 520_000


def test_a_recalled_approval_gives_the_limit_back_and_can_be_decided_again(
    session: UnitSession, crew: Crew
) -> None:
    clerk, first, second = crew
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    decide(session, first, second, claim_id)
    recall(session, actor=second, claim_id=claim_id, opinion="收款人要核对", now=NOW)
    session.expire_all()
    assert session.scalars(select(LimitAccount.used_fen)).one() == 0
    assert session.get_one(Claim, claim_id).state == State.SENT_BACK
    decide(session, first, second, claim_id)
    session.expire_all()
    assert session.scalars(select(LimitAccount.used_fen)).one() == 5_000
    assert session.scalar(select(func.count()).select_from(Decision)) == 2


def test_a_second_approval_is_refused_although_the_limit_is_back_where_it_was(
    session: UnitSession, crew: Crew
) -> None:
    clerk, first, second = crew
    one, two = take_in(session, clerk, _large("s1", "15000.00"), _large("s2", "15000.00")).new
    decide(session, first, second, one)
    decide(session, first, second, two)
    recall(session, actor=second, claim_id=one, opinion="再看", now=NOW)
    with pytest.raises(Conflict, match="待付款"):
        approve(session, actor=second, claim_id=two, now=NOW)


def test_a_line_to_check_blocks_the_proposal_until_somebody_found(session: UnitSession, crew: Crew) -> None:
    clerk, first, _ = crew
    raw = raw_record(
        "s1",
        feedetail=[
            line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
            line(
                "2",
                "芦荟",
                "100.00",
                chrgitm_lv="03",
                list_type="102",
                med_chrgitm_type="10",
                fulamt_ownpay_amt="100.00",
            ),
        ],
    )
    claim_id = take_in(session, clerk, raw).new[0]
    assert session.get_one(Claim, claim_id).review_lines == 1
    with pytest.raises(Conflict, match="1 行费用待核"):
        propose(session, actor=first, claim_id=claim_id, now=NOW)
    doubtful = session.scalars(select(FeeLine).where(FeeLine.decision == "review")).one()
    with pytest.raises(Invalid, match="理由"):
        set_finding(
            session,
            actor=first,
            claim_id=claim_id,
            line_id=doubtful.id,
            finding="covered",
            reason=" ",
            now=NOW,
        )
    set_finding(
        session,
        actor=first,
        claim_id=claim_id,
        line_id=doubtful.id,
        finding="nonpayable_herb",
        reason="处方只有这一味",
        now=NOW,
    )
    claim = session.get_one(Claim, claim_id)
    assert (claim.review_lines, claim.benefit_fen) == (0, 20_000)
    decision = propose(session, actor=first, claim_id=claim_id, now=NOW)
    assert decision.outcome == "part"
    clause = decision.result["settlements"][0]["lines"][0]["exclusion"]["clause"]
    assert clause == "XB-二(二)9"


def test_a_page_from_an_older_version_is_refused(session: UnitSession, crew: Crew) -> None:
    clerk, first, _ = crew
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    version = session.get_one(Claim, claim_id).version
    with pytest.raises(Conflict, match="有人改过"):
        propose(session, actor=first, claim_id=claim_id, version=version - 1, now=NOW)


def _prepared(engine: Engine, keyring: Keyring, storage: Storage) -> tuple[Actor, Actor, list[UUID]]:
    with unit_of_work(engine, keyring) as session:
        put_on_roster(session, storage, [(ZHANG, "张桂芳")])
        clerk, first = hire(session, "clerk", "clerk"), hire(session, "first", "clerk")
        second, third = hire(session, "second", "reviewer"), hire(session, "third", "reviewer")
        claims = take_in(session, clerk, _large("s1", "30000.00"), _large("s2", "30000.00")).new
        for claim_id in claims:
            propose(session, actor=first, claim_id=claim_id, now=NOW)
    return second, third, claims


def test_two_reviewers_deciding_two_cases_at_once_never_exceed_the_limit(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    second, third, claims = _prepared(fresh_engine, keyring, storage)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def run(actor: Actor, claim_id: UUID) -> None:
        barrier.wait()
        try:
            with unit_of_work(fresh_engine, keyring) as session:
                approve(session, actor=actor, claim_id=claim_id, now=NOW)
            outcomes.append("approved")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=run, args=pair) for pair in zip((second, third), claims, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "conflict"]
    with unit_of_work(fresh_engine, keyring) as session:
        assert session.scalars(select(LimitAccount.used_fen)).one() == 1_500_000


def test_two_reviewers_deciding_one_case_at_once_decide_it_once(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    second, third, claims = _prepared(fresh_engine, keyring, storage)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def run(actor: Actor) -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            version = session.scalars(select(Claim.version).where(Claim.id == claims[0])).one()
        barrier.wait()
        try:
            with unit_of_work(fresh_engine, keyring) as session:
                approve(session, actor=actor, claim_id=claims[0], version=version, now=NOW)
            outcomes.append("approved")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=run, args=(actor,)) for actor in (second, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "conflict"]
    with unit_of_work(fresh_engine, keyring) as session:
        claim = lock_claim(session, claims[0])
        assert claim.state == State.APPROVED
        signed = select(func.count()).select_from(DecisionStep).where(DecisionStep.step == "approved")
        assert session.scalar(signed) == 1
