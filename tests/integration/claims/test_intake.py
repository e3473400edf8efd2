import pytest
from sqlalchemy import func, select

from insurer.claims.lifecycle import State
from insurer.claims.operations.deciding import propose
from insurer.claims.operations.intake import register_settlements
from insurer.claims.tables import Claim, Decision, FeeLine, PaperRequest, Settlement
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.platform.audit import AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.outbox import OutboxRow
from insurer.platform.storage import Storage
from tests.factories.desk import (
    LI,
    NOW,
    PAPERS,
    SCHEME,
    ZHANG,
    decide,
    hire,
    put_on_roster,
    raw_record,
    records,
    take_in,
)


def _state(session: UnitSession, claim_id: object) -> str:
    session.expire_all()
    return session.scalars(select(Claim.state).where(Claim.id == claim_id)).one()


def test_a_clean_record_becomes_a_case_in_review_with_its_amount(
    session: UnitSession, storage: Storage
) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    done = take_in(session, clerk, raw_record("s1"))
    claim = session.get_one(Claim, done.new[0])
    assert claim.state == State.IN_REVIEW
    assert claim.case_no == "XB2026-000001"
    # 850 + 50 - 500 - 200 in the catalogue at 100 %, 100 outside at 50 %
    assert claim.benefit_fen == 20_000 + 5_000
    assert (claim.total_fen, claim.burden_fen) == (100_000, 30_000)
    assert (claim.due_on.isoformat(), claim.legal_due_on.isoformat()) == ("2026-04-03", "2026-04-20")
    decision = session.scalars(select(Decision).where(Decision.claim_id == claim.id)).one()
    assert decision.outcome == "pay"
    assert decision.document["person"]["roster"]["2026"]["on_previous_december"] is True
    assert len(decision.pack_hash) == 64
    session.commit()
    tags = session.scalars(
        select(AuditEntry.tag).where(AuditEntry.claim_id == claim.id).order_by(AuditEntry.seq)
    )
    assert list(tags) == ["claim:case:received", "claim:state:in_review", "claim:case:calculated"]


def test_the_same_record_again_changes_nothing(session: UnitSession, storage: Storage) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    raw = raw_record("s1")
    first = take_in(session, clerk, raw, raw)
    again = take_in(session, clerk, raw)
    assert len(first.new) == 1
    assert (again.new, again.changed, again.unchanged) == ([], [], first.new)
    assert session.scalar(select(func.count()).select_from(Claim)) == 1
    assert session.scalar(select(func.count()).select_from(FeeLine)) == 2
    assert session.scalar(select(func.count()).select_from(Decision)) == 1


def test_a_changed_record_is_a_new_version_and_reopens_what_was_decided(
    session: UnitSession, storage: Storage
) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk, other = hire(session, "clerk", "clerk"), hire(session, "other", "clerk")
    reviewer = hire(session, "reviewer", "reviewer")
    raw = raw_record("s1")
    claim_id = take_in(session, clerk, raw).new[0]
    decide(session, other, reviewer, claim_id)
    assert _state(session, claim_id) == State.APPROVED
    raw["setlinfo"]["maf_pay"] = "300.00"
    raw["setlinfo"]["fund_pay_sumamt"] = "800.00"
    raw["setlinfo"]["psn_part_amt"] = "200.00"
    done = take_in(session, clerk, raw)
    assert done.changed == [claim_id]
    assert _state(session, claim_id) == State.REOPENED
    versions = session.execute(
        select(Settlement.version, Settlement.superseded_at).order_by(Settlement.version)
    ).all()
    assert [(row.version, row.superseded_at is None) for row in versions] == [(1, False), (2, True)]
    decisions = session.scalars(select(Decision).order_by(Decision.seq)).all()
    assert [decision.benefit_fen for decision in decisions] == [25_000, 15_000]


def test_a_reversal_ends_an_undecided_case(session: UnitSession, storage: Storage) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    negative = {
        key: f"-{value}"
        for key, value in raw_record("s1")["setlinfo"].items()
        if key.endswith(("amt", "_pay")) and value != "0.00"
    }
    done = take_in(session, clerk, raw_record("s2", **negative, refd_setl_flag="1", reverses="s1"))
    assert done.reversed == [claim_id]
    assert _state(session, claim_id) == State.WITHDRAWN


def test_a_reversal_of_something_unknown_is_refused_and_nothing_is_written(session: UnitSession) -> None:
    clerk = hire(session, "clerk", "clerk")
    with pytest.raises(Invalid) as refused:
        take_in(session, clerk, raw_record("s2", refd_setl_flag="1", reverses="nowhere"))
    assert refused.value.problems[0].field == "reverses"


def test_the_same_invoice_in_another_case_is_rejected_with_its_reason(
    session: UnitSession, storage: Storage
) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    invoice = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"}
    first = take_in(session, clerk, raw_record("s1", invoice=invoice)).new[0]
    second = take_in(session, clerk, raw_record("s2", invoice=invoice)).new[0]
    assert session.get_one(Claim, first).benefit_fen == 25_000
    assert session.get_one(Claim, second).benefit_fen == 0
    decision = session.scalars(select(Decision).where(Decision.claim_id == second)).one()
    assert decision.outcome == "refuse"
    assert [reason["code"] for reason in decision.result["settlements"][0]["reasons"]] == ["duplicate"]


def test_a_case_without_a_required_paper_waits_and_orders_one_letter(
    session: UnitSession, storage: Storage
) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    evidence = [{"kind": kind, "filename": f"{kind}.pdf"} for kind in PAPERS if kind != "identity"]
    claim_id = take_in(session, clerk, raw_record("s1", evidence=evidence)).new[0]
    assert _state(session, claim_id) == State.WAITING_PAPERS
    assert session.get_one(Claim, claim_id).hint == "还缺身份证"
    request = session.scalars(select(PaperRequest)).one()
    assert request.items == ["identity"]
    works = session.scalars(select(OutboxRow).where(OutboxRow.job == "notices.issue")).all()
    assert [work.payload["kind"] for work in works] == ["missing_papers"]


def test_a_pending_payer_and_a_sum_that_does_not_agree_hold_the_case(
    session: UnitSession, storage: Storage
) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    pending = take_in(session, clerk, raw_record("s1", upstream_pending=["charity"])).new[0]
    wrong = take_in(session, clerk, raw_record("s2", medfee_sumamt="1000.10")).new[0]
    assert _state(session, pending) == State.WAITING_UPSTREAM
    assert _state(session, wrong) == State.HELD
    assert session.get_one(Claim, wrong).hold_codes == ["amounts_mismatch"]


def test_a_case_dated_before_every_parameter_is_held_and_holds_up_no_other(
    session: UnitSession, storage: Storage
) -> None:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    clerk = hire(session, "clerk", "clerk")
    old, good = take_in(session, clerk, raw_record("s1", setl_time="1999-01-01"), raw_record("s2")).new
    assert _state(session, old) == State.HELD
    assert "结算日期" in session.get_one(Claim, old).hint
    assert session.get_one(Claim, good).benefit_fen == 25_000
    with pytest.raises(Conflict, match="结算日期"):
        propose(session, actor=clerk, claim_id=old, now=NOW)


def test_somebody_on_no_roster_is_refused_by_the_clause_not_by_an_error(session: UnitSession) -> None:
    clerk = hire(session, "clerk", "clerk")
    claim_id = take_in(session, clerk, raw_record("s1", certno=LI, psn_name="李文")).new[0]
    decision = session.scalars(select(Decision).where(Decision.claim_id == claim_id)).one()
    reasons = decision.result["settlements"][0]["reasons"]
    assert [(reason["code"], reason["clause"]) for reason in reasons] == [("not_insured", "XB-二(一)")]


def test_one_setl_id_with_two_contents_in_one_delivery_is_refused(session: UnitSession) -> None:
    clerk = hire(session, "clerk", "clerk")
    with pytest.raises(Invalid, match="出现两次"):
        take_in(session, clerk, raw_record("s1"), raw_record("s1"))


def test_a_reviewer_may_not_take_records_in(session: UnitSession) -> None:
    reviewer = hire(session, "reviewer", "reviewer")
    with pytest.raises(NotAllowed, match="初审"):
        register_settlements(
            session, actor=reviewer, scheme=SCHEME, records=records(raw_record("s1")), channel="x", now=NOW
        )
