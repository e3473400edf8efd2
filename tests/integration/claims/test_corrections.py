"""Corrections and reversals: what they may touch, and that nothing is lost or taken from somebody else."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.moves import act
from insurer.claims.tables import Claim, FeeLine, LimitAccount, LimitEntry, Paper, Settlement
from insurer.kernel.errors import Invalid
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, ZHANG, decide, hire, line, put_on_roster, raw_record, take_in
from tests.factories.upstream import copied, corrected, reversal

Crew = tuple[Actor, Actor, Actor]


@pytest.fixture
def crew(session: UnitSession, storage: Storage) -> Crew:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return (
        hire(session, "clerk", "clerk"),
        hire(session, "first", "clerk"),
        hire(session, "second", "reviewer"),
    )


def _state(session: UnitSession, claim_id: UUID) -> str:
    session.expire_all()
    return session.scalars(select(Claim.state).where(Claim.id == claim_id)).one()


def test_a_reversal_may_stand_before_its_original_in_one_delivery(session: UnitSession, crew: Crew) -> None:
    raw = raw_record("s1")
    done = take_in(session, crew[0], reversal(raw, "s2", reverses="s1"), raw)
    assert (len(done.new), done.reversed) == (1, done.new)
    assert _state(session, done.new[0]) == State.WITHDRAWN


def test_a_reversal_without_a_name_never_cancels_somebody_elses_settlement(
    session: UnitSession, crew: Crew
) -> None:
    mine = take_in(session, crew[0], raw_record("s1")).new[0]
    other = raw_record("s9", certno=LI, psn_name="李文")
    with pytest.raises(Invalid) as refused, session.begin_nested():
        take_in(session, crew[0], reversal(other, "s10"))
    assert refused.value.problems[0].field == "reverses"
    assert _state(session, mine) == State.IN_REVIEW
    done = take_in(session, crew[0], reversal(raw_record("s1"), "s2"))
    assert done.reversed == [mine]


def test_a_reversal_that_names_somebody_elses_settlement_is_refused(session: UnitSession, crew: Crew) -> None:
    mine = take_in(session, crew[0], raw_record("s1")).new[0]
    foreign = reversal(raw_record("s1", certno=LI, psn_name="李文"), "s2", reverses="s1")
    with pytest.raises(Invalid) as refused, session.begin_nested():
        take_in(session, crew[0], foreign)
    assert refused.value.problems[0].code == "other_person"
    assert _state(session, mine) == State.IN_REVIEW


@pytest.mark.parametrize("again", ["reversal", "original"])
def test_neither_a_reversal_nor_a_reversed_settlement_is_reversed_again(
    session: UnitSession, crew: Crew, again: str
) -> None:
    raw = raw_record("s1")
    take_in(session, crew[0], raw, reversal(raw, "s2", reverses="s1"))
    target = "s2" if again == "reversal" else "s1"
    with pytest.raises(Invalid) as refused, session.begin_nested():
        take_in(session, crew[0], reversal(raw, "s3", reverses=target))
    assert refused.value.problems[0].field == "reverses"
    assert "第 1 条" in str(refused.value.problems[0])


def test_a_reversal_of_another_region_is_refused(session: UnitSession, crew: Crew) -> None:
    raw = raw_record("s1")
    take_in(session, crew[0], raw)
    with pytest.raises(Invalid), session.begin_nested():
        take_in(session, crew[0], reversal(raw, "s2", reverses="s1", insuplc_admdvs="320602"))


def test_a_corrected_reversal_stays_one_and_does_not_spoil_the_case(session: UnitSession, crew: Crew) -> None:
    clerk, first, second = crew
    raw = raw_record("s1")
    claim_id = take_in(session, clerk, raw).new[0]
    decide(session, first, second, claim_id)
    back = reversal(raw, "s2", reverses="s1")
    take_in(session, clerk, back)
    take_in(session, clerk, copied(back, med_type="12"))
    claim = session.get_one(Claim, claim_id)
    assert (claim.total_fen, claim.state, claim.benefit_fen) == (100_000, State.REOPENED, 0)
    kept = session.scalars(select(Settlement.reverses).where(Settlement.setl_id == "s2")).all()
    assert kept == ["s1", "s1"]


def test_a_settlement_that_is_sent_again_as_refunded_is_cancelled_not_paid(
    session: UnitSession, crew: Crew
) -> None:
    raw = raw_record("s1")
    claim_id = take_in(session, crew[0], raw).new[0]
    refunded = copied(raw, refd_setl_flag="1")
    done = take_in(session, crew[0], refunded)
    assert done.reversed == [claim_id]
    assert _state(session, claim_id) == State.WITHDRAWN
    again = take_in(session, crew[0], refunded)
    assert (again.reversed, again.changed, again.unchanged) == ([], [], [claim_id])


def test_one_change_twice_in_a_delivery_counts_once_and_two_changes_are_refused(
    session: UnitSession, crew: Crew
) -> None:
    raw = raw_record("s1")
    claim_id = take_in(session, crew[0], raw).new[0]
    done = take_in(session, crew[0], corrected(raw), corrected(raw))
    assert (done.changed, done.unchanged) == ([claim_id], [claim_id])
    with pytest.raises(Invalid, match="出现两次"), session.begin_nested():
        take_in(session, crew[0], corrected(raw, "310.00"), corrected(raw, "320.00"))


def test_equal_numbers_of_two_regions_are_two_settlements_with_versions_of_their_own(
    session: UnitSession, crew: Crew
) -> None:
    here = raw_record("s1")
    there = raw_record("s1", insuplc_admdvs="320602")
    assert len(take_in(session, crew[0], here, there).new) == 2
    take_in(session, crew[0], corrected(here))
    done = take_in(session, crew[0], corrected(here, "310.00"), corrected(there))
    assert len(done.changed) == 2
    versions = select(Settlement.region, Settlement.version).where(Settlement.superseded_at.is_(None))
    assert sorted(tuple(row) for row in session.execute(versions)) == [("3204", 3), ("3206", 2)]


def test_a_correction_cannot_give_a_case_to_another_person(session: UnitSession, crew: Crew) -> None:
    raw = raw_record("s1")
    take_in(session, crew[0], raw)
    with pytest.raises(Invalid) as refused, session.begin_nested():
        take_in(session, crew[0], copied(corrected(raw), certno=LI, psn_name="李文"))
    assert refused.value.problems[0].field == "certno"
    assert "登记的是另一个人，这条不是更正" in refused.value.problems[0].message


def test_the_right_person_gets_the_settlement_once_the_wrong_persons_case_is_withdrawn(
    session: UnitSession, crew: Crew
) -> None:
    raw = raw_record("s1")
    wrong = take_in(session, crew[0], raw).new[0]
    act(session, actor=crew[0], claim_id=wrong, action=Action.WITHDRAW, now=NOW, reason="登记错了人")
    assert take_in(session, crew[0], raw).unchanged == [wrong], "the same file again changes nothing"
    right = copied(raw, certno=LI, psn_name="李文")
    done = take_in(session, crew[0], right)
    assert (len(done.new), done.freed) == (1, {("3204", "s1"): session.get_one(Claim, wrong).case_no})
    assert take_in(session, crew[0], right).unchanged == done.new
    assert take_in(session, crew[0], copied(corrected(raw), certno=LI, psn_name="李文")).changed == done.new
    with pytest.raises(Invalid, match="对不上"), session.begin_nested():
        take_in(session, crew[0], raw)
    assert session.get_one(Claim, wrong).state == State.WITHDRAWN
    undone = reversal(copied(raw, certno=LI, psn_name="李文"), "s2", reverses="s1")
    assert take_in(session, crew[0], undone).reversed == done.new


def test_a_reversed_settlement_is_given_to_nobody(session: UnitSession, crew: Crew) -> None:
    raw = raw_record("s1")
    take_in(session, crew[0], raw)
    take_in(session, crew[0], reversal(raw, "s2", reverses="s1"))
    with pytest.raises(Invalid) as refused, session.begin_nested():
        take_in(session, crew[0], copied(raw, certno=LI, psn_name="李文"))
    assert "已经冲销，不能再登记" in refused.value.problems[0].message


def test_a_correction_brings_a_withdrawn_case_back(session: UnitSession, crew: Crew) -> None:
    raw = raw_record("s1")
    claim_id = take_in(session, crew[0], raw).new[0]
    act(session, actor=crew[0], claim_id=claim_id, action=Action.WITHDRAW, now=NOW, reason="医院要更正")
    take_in(session, crew[0], corrected(raw))
    claim = session.get_one(Claim, claim_id)
    assert (claim.state, claim.benefit_fen) == (State.REOPENED, 15_000)


def test_a_case_brought_back_is_not_paid_for_an_invoice_that_another_case_was_paid_for(
    session: UnitSession, crew: Crew
) -> None:
    clerk, first, second = crew
    invoice = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"}
    raw = raw_record("s1", invoice=invoice)
    early = take_in(session, clerk, raw).new[0]
    act(session, actor=clerk, claim_id=early, action=Action.WITHDRAW, now=NOW, reason="申请人撤回")
    late = take_in(session, clerk, raw_record("s2", invoice=invoice)).new[0]
    decide(session, first, second, late)
    take_in(session, clerk, corrected(raw))
    assert session.get_one(Claim, late).benefit_fen == 25_000
    assert session.get_one(Claim, early).benefit_fen == 0


def test_one_invoice_twice_in_a_delivery_is_paid_once(session: UnitSession, crew: Crew) -> None:
    invoice = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"}
    done = take_in(session, crew[0], raw_record("s1", invoice=invoice), raw_record("s2", invoice=invoice))
    session.expire_all()
    assert [session.get_one(Claim, claim_id).benefit_fen for claim_id in done.new] == [25_000, 0]


def test_a_finding_stays_with_its_line_when_another_part_is_corrected(
    session: UnitSession, crew: Crew
) -> None:
    clerk, first, _ = crew
    raw = raw_record("s1")
    claim_id = take_in(session, clerk, raw).new[0]
    own = session.scalars(select(FeeLine).where(FeeLine.own_fen > 0)).one()
    common = {"claim_id": claim_id, "line_id": own.id, "reason": "处方没有", "now": NOW}
    set_finding(session, actor=first, finding="unrelated", **common)  # type: ignore[arg-type]
    assert session.get_one(Claim, claim_id).benefit_fen == 20_000
    take_in(session, clerk, corrected(raw))
    assert session.get_one(Claim, claim_id).benefit_fen == 10_000
    rows = select(FeeLine.finding_by).join(Settlement, Settlement.id == FeeLine.settlement_id)
    kept = rows.where(Settlement.superseded_at.is_(None), FeeLine.finding == "unrelated")
    assert session.scalars(kept).all() == [first.staff_id]


def test_papers_that_come_with_a_correction_are_kept(session: UnitSession, crew: Crew) -> None:
    raw = raw_record("s1")
    claim_id = take_in(session, crew[0], raw).new[0]
    before = session.scalar(select(func.count()).select_from(Paper))
    more = corrected(raw)
    more["evidence"] = [*more["evidence"], {"kind": "referral_record", "filename": "转诊.pdf"}]
    take_in(session, crew[0], more)
    assert session.scalar(select(func.count()).select_from(Paper)) == (before or 0) + 1
    assert session.scalars(select(Paper.claim_id).where(Paper.kind == "referral_record")).all() == [claim_id]


def test_every_record_of_a_delivery_is_counted_once(session: UnitSession, crew: Crew) -> None:
    raw, other = raw_record("s1"), raw_record("s3")
    take_in(session, crew[0], other)
    done = take_in(session, crew[0], raw, raw, other, reversal(raw, "s2", reverses="s1"))
    assert (len(done.new), len(done.unchanged), len(done.reversed), len(done.changed)) == (1, 2, 1, 0)


def test_a_problem_names_the_file_and_the_row(session: UnitSession, crew: Crew) -> None:
    with pytest.raises(Invalid) as refused, session.begin_nested():
        take_in(session, crew[0], raw_record("s1"), reversal(raw_record("s1"), "s2", reverses="s7"))
    assert "第 2 条" in str(refused.value.problems[0])
    assert session.scalar(select(func.count()).select_from(Claim)) == 0


def test_the_limits_of_nantong_run_on_over_the_cases_of_a_person(session: UnitSession, crew: Crew) -> None:
    """Every pool that a scheme counts is booked, not that of Xinbei alone."""
    from insurer.claims.operations.limits import movements

    document = {"used": {"2026": {"shared": "100.00"}}}
    result = {"balances": {"2026": {"general_outpatient": "9.00", "shared": "150.00"}}}
    assert movements(document, result) == {(2026, "general_outpatient"): 900, (2026, "shared"): 5_000}
    clerk, first, second = crew
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    propose(session, actor=first, claim_id=claim_id, now=NOW)
    approve(session, actor=second, claim_id=claim_id, now=NOW)
    rows = session.execute(select(LimitEntry.year, LimitEntry.pool, LimitEntry.amount_fen)).all()
    assert [tuple(row) for row in rows] == [(2026, "other_covered", 5_000)]
    assert session.scalar(select(func.sum(LimitAccount.used_fen))) == 5_000


def test_a_line_of_a_corrected_bill_that_changed_is_judged_anew(session: UnitSession, crew: Crew) -> None:
    clerk, first, _ = crew
    raw = raw_record("s1")
    claim_id = take_in(session, clerk, raw).new[0]
    own = session.scalars(select(FeeLine).where(FeeLine.own_fen > 0)).one()
    set_finding(
        session, actor=first, claim_id=claim_id, line_id=own.id, finding="unrelated", reason="无关", now=NOW
    )
    changed = copied(raw)
    changed["feedetail"][1] = line(
        "2", "别的敷料", "100.00", chrgitm_lv="03", fulamt_ownpay_amt="100.00", med_chrgitm_type="08"
    )
    take_in(session, clerk, changed)
    assert session.get_one(Claim, claim_id).benefit_fen == 25_000
