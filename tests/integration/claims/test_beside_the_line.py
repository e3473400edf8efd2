"""What runs beside the main line: earlier payers, accidents, who acts, who is paid, reviews, archive."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from insurer.claims.lifecycle import State
from insurer.claims.operations.accidents import AccidentReport, report_accident
from insurer.claims.operations.agency_findings import (
    Difference,
    answer_finding,
    differences_of,
    raise_finding,
    record_differences,
    send_finding,
    void_finding,
)
from insurer.claims.operations.deciding import approve, newest_decision, propose
from insurer.claims.operations.payees import decide_payee, name_claimant, propose_payee
from insurer.claims.operations.upstream import UpstreamAnswer, ask_upstream, note_upstream
from insurer.claims.tables import Decision
from insurer.claims.tracks.tables import AgencyFinding, UpstreamInquiry
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.payments.operations.batches import create_batch
from insurer.payments.operations.recoveries import overpaid
from insurer.payments.tables import PaymentInstruction
from insurer.people.payees import TypedAccount
from insurer.people.queries import open_account_number
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.beside_desk import TODAY, Desk
from tests.factories.desk import NOW, SCHEME


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


def test_a_payer_without_a_result_holds_the_case_until_it_answers(desk: Desk) -> None:
    ask_upstream(
        desk.session,
        actor=desk.first,
        claim_id=desk.claim_id,
        payer="inclusive",
        way="letter",
        document="函〔2026〕3号",
        asked_on=TODAY,
        now=NOW,
    )
    assert (desk.claim.state, desk.claim.hold_codes) == (State.WAITING_UPSTREAM, ["upstream_pending"])
    assert desk.claim.hint == "惠民保还没有结果，3月20日已发函询问"
    inquiry = desk.session.scalars(select(UpstreamInquiry)).one()
    assert inquiry.remind_on == date(2026, 4, 3)
    with pytest.raises(Conflict):
        propose(desk.session, actor=desk.first, claim_id=desk.claim_id, now=NOW)
    desk.note("inclusive", "paid", 4_000)
    assert desk.claim.state == State.IN_REVIEW
    desk.session.refresh(inquiry)
    assert inquiry.answered_on == TODAY
    document = newest_decision(desk.session, desk.claim_id).document
    assert document["settlements"][0]["later_payers"] == [{"payer": "inclusive", "unsplit": "40.00"}]
    assert desk.claim.benefit_fen < 25_000
    (noted,) = [one for one in desk.entries("claim:upstream:noted") if one.data["after"] == "paid"]
    assert (noted.data["before"], noted.data["amount"], noted.data["proof"]) == (
        "pending",
        "40.00",
        "凭据一号",
    )


def test_a_later_result_reopens_a_paid_case_and_shows_what_to_recover(desk: Desk) -> None:
    desk.decide()
    desk.pay()
    assert (desk.claim.state, desk.claim.paid_fen) == (State.PAID, 25_000)
    desk.note("charity", "paid", 10_000)
    assert desk.claim.state == State.REOPENED
    assert desk.session.query(Decision).filter_by(claim_id=desk.claim_id).count() == 2
    desk.decide()
    (row,) = overpaid(desk.session, SCHEME)
    assert row.amount_fen == 25_000 - desk.claim.benefit_fen > 0


def test_an_assistance_paid_by_hand_moves_the_sums_so_that_they_still_agree(desk: Desk) -> None:
    desk.note("medical_assistance", "paid", 25_000)
    settlement = newest_decision(desk.session, desk.claim_id).document["settlements"][0]
    assert (settlement["maf_pay"], settlement["fund_pay_sumamt"], settlement["psn_part_amt"]) == (
        "250.00",
        "750.00",
        "250.00",
    )
    assert desk.claim.hold_codes == []
    assert desk.claim.benefit_fen == 20_000


def test_what_changes_nothing_does_not_reopen_a_decided_case(desk: Desk) -> None:
    desk.decide()
    desk.note("charity", "none")
    assert desk.claim.state == State.APPROVED


def test_who_noted_a_result_does_not_decide(desk: Desk) -> None:
    desk.note("charity", "none", actor=desk.chief)
    with pytest.raises(NotAllowed, match="上游结果是您登记的"):
        desk.decide(by=desk.chief)


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (UpstreamAnswer("inclusive", "paid", 4_000), "proof"),
        (UpstreamAnswer("inclusive", "paid", None, "一号"), "amount"),
        (UpstreamAnswer("inclusive", "paid", 100_001, "一号"), "amount"),
        (UpstreamAnswer("basic", "none", None, "一号"), "status"),
        (UpstreamAnswer("inclusive", "perhaps", None, "一号"), "status"),
        (UpstreamAnswer("uncle", "paid", 1, "一号"), "payer"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(desk: Desk, answer: UpstreamAnswer, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        note_upstream(desk.session, actor=desk.first, claim_id=desk.claim_id, answer=answer, now=NOW)
    assert [one.field for one in refused.value.problems] == [field]


def test_a_difference_of_a_calculation_is_recorded_once_and_goes_to_the_agency(desk: Desk) -> None:
    result = {
        "settlements": [
            {
                "setl_id": "s1",
                "findings": [
                    {
                        "code": "critical_illness_tilt",
                        "expected": "120.00",
                        "paid": "80.00",
                        "clause": "NT-（三）",
                        "message": "起付线没有减半",
                    }
                ],
            }
        ]
    }
    (found,) = differences_of(result)
    assert (found.expected_fen, found.stated_fen) == (12_000, 8_000)
    for _ in range(2):
        record_differences(desk.session, [(desk.claim, found)], now=NOW)
    row = desk.session.scalars(select(AgencyFinding)).one()
    assert (row.number, row.status) == ("XB-F2026-00001", "open")
    common: dict[str, Any] = {"actor": desk.clerk, "finding_id": row.id, "now": NOW}
    with pytest.raises(Invalid):
        send_finding(desk.session, document=" ", sent_on=TODAY, **common)
    with pytest.raises(Conflict, match="不能登记答复"):
        answer_finding(desk.session, outcome="corrected", answer="已改", **common)
    send_finding(desk.session, document="函〔2026〕9号", sent_on=TODAY, **common)
    answer_finding(desk.session, outcome="corrected", answer="已补付 40 元", **common)
    assert row.status == "answered"
    by_hand = Difference("s1", "other", "basic", "报销比例不对")
    second = raise_finding(
        desk.session, actor=desk.clerk, claim_id=desk.claim_id, difference=by_hand, now=NOW
    )
    void_finding(desk.session, actor=desk.clerk, finding_id=second, reason="看错了", now=NOW)
    assert len(desk.entries("claim:agency_finding:raised")) == 2


def accident(liability: str, **more: Any) -> AccidentReport:
    plain: dict[str, Any] = {"cause": "traffic", "happened_on": date(2026, 2, 28), "statement": "骑车被撞"}
    return AccidentReport(**{**plain, "liability": liability, **more})


def test_open_liability_holds_and_a_settled_one_leaves_the_rest(desk: Desk) -> None:
    common: dict[str, Any] = {"actor": desk.first, "claim_id": desk.claim_id, "now": NOW}
    report_accident(desk.session, report=accident("open"), **common)
    assert (desk.claim.state, desk.claim.hold_codes) == (State.HELD, ["third_party_unresolved"])
    with pytest.raises(Invalid, match="受伤经过"):
        report_accident(desk.session, report=accident("none"), **common)
    desk.paper("accident_statement")
    settled = accident("settled", third_party_fen=20_000, proof="调解书 12 号")
    report_accident(desk.session, report=settled, **common)
    assert desk.claim.state == State.IN_REVIEW
    assert desk.claim.benefit_fen == 10_000  # 300.00 borne, 200.00 paid by the other side
    propose(desk.session, actor=desk.clerk, claim_id=desk.claim_id, now=NOW)
    with pytest.raises(Invalid, match="意外或第三人责任"):
        approve(desk.session, actor=desk.second, claim_id=desk.claim_id, now=NOW)
    assert len(desk.entries("claim:accident:reported")) == 2


def test_who_has_died_is_represented_and_paid_by_an_heir_only(desk: Desk) -> None:
    desk.died()
    with pytest.raises(Conflict, match="登记继承人"):
        propose(desk.session, actor=desk.first, claim_id=desk.claim_id, now=NOW)
    common: dict[str, Any] = {"actor": desk.clerk, "claim_id": desk.claim_id, "now": NOW}
    with pytest.raises(Conflict, match="由继承人申请"):
        name_claimant(desk.session, capacity="proxy", name="张小宝", relation="儿子", **common)
    name_claimant(desk.session, capacity="heir", name="张小宝", relation="儿子", **common)
    with pytest.raises(Conflict, match="还缺死亡证明、继承关系证明、继承人身份证"):
        propose(desk.session, actor=desk.first, claim_id=desk.claim_id, now=NOW)
    desk.paper("death_certificate", "heir_proof", "heir_identity")
    desk.decide()
    assert create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW).batch is None
    assert desk.claim.hint == "参保人已去世，收款人要改为继承人"
    typed = TypedAccount("张小宝", "常州农商银行", "6217 0000 1000 0099")
    account: dict[str, Any] = {"account": typed, "relation": "儿子", "reason": "继承人领取"}
    with pytest.raises(Invalid, match="要付给继承人"):
        propose_payee(desk.session, capacity="self", **account, **common)
    change = propose_payee(desk.session, capacity="heir", **account, **common)
    both = Actor("staff", desk.clerk.id, "clerk", frozenset({"clerk", "reviewer"}))
    with pytest.raises(NotAllowed, match="您提出更改的"):
        decide_payee(desk.session, actor=both, change_id=change.id, agree=True, opinion="", now=NOW)
    decide_payee(desk.session, actor=desk.third, change_id=change.id, agree=True, opinion="", now=NOW)
    desk.pay()
    line = desk.session.scalars(select(PaymentInstruction)).one()
    assert line.account_id == desk.claim.account_id is not None
    assert open_account_number(desk.session, line.account_id) == "6217000010000099"


def test_a_proxy_hands_in_papers_and_is_not_paid(desk: Desk) -> None:
    common: dict[str, Any] = {"actor": desk.clerk, "claim_id": desk.claim_id, "now": NOW}
    name_claimant(desk.session, capacity="proxy", name="王五", relation="邻居", **common)
    with pytest.raises(Conflict, match="授权委托书"):
        propose(desk.session, actor=desk.first, claim_id=desk.claim_id, now=NOW)
    typed = TypedAccount("王五", "农行", "6228480000000000")
    with pytest.raises(Invalid, match="要付给本人"):
        propose_payee(desk.session, account=typed, capacity="proxy", relation="邻居", reason="代领", **common)


@pytest.mark.parametrize("number", ["123", "账号", "", "1" * 31])
def test_an_account_that_is_none_is_refused(desk: Desk, number: str) -> None:
    with pytest.raises(Invalid) as refused:
        propose_payee(
            desk.session,
            actor=desk.clerk,
            claim_id=desk.claim_id,
            account=TypedAccount("张桂芳", "农行", number),
            capacity="self",
            relation="",
            reason="换卡",
            now=NOW,
        )
    assert [one.field for one in refused.value.problems] == ["number"]


def test_a_returned_payment_is_paid_to_the_account_that_was_put_right(desk: Desk) -> None:
    from insurer.payments.operations.returns import repay

    desk.decide()
    desk.pay(paid=False)
    assert desk.claim.state == State.BOUNCED
    change = propose_payee(
        desk.session,
        actor=desk.clerk,
        claim_id=desk.claim_id,
        account=TypedAccount("张桂芳", "江南农商银行", "6217000010007777"),
        capacity="self",
        relation="",
        reason="退汇户名不符",
        now=NOW,
    )
    decide_payee(desk.session, actor=desk.second, change_id=change.id, agree=True, opinion="", now=NOW)
    repay(desk.session, actor=desk.maker, claim_id=desk.claim_id, reason="已换账户", now=NOW)
    desk.pay()
    paid = desk.session.scalars(select(PaymentInstruction).where(PaymentInstruction.state == "paid")).one()
    assert open_account_number(desk.session, paid.account_id) == "6217000010007777"  # type: ignore[arg-type]


def test_ids_of_other_cases_are_not_taken_as_proof(desk: Desk) -> None:
    answer = UpstreamAnswer("charity", "none", None, "", UUID(int=7))
    with pytest.raises(Invalid, match="要改") as refused:
        note_upstream(desk.session, actor=desk.first, claim_id=desk.claim_id, answer=answer, now=NOW)
    assert refused.value.problems[0].field == "paper_id"
