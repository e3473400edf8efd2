"""Letters about money outside a decision: paid ahead, to be given back; ordered once by what causes them."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from insurer.claims.lifecycle import Action
from insurer.claims.operations.accidents import AccidentReport, report_accident
from insurer.claims.operations.advances import decide_advance, end_advance, propose_advance
from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.moves import act
from insurer.claims.operations.settlement_rows import write_papers
from insurer.claims.operations.upstream import UpstreamAnswer, note_upstream
from insurer.claims.records import PaperRecord
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import Advance
from insurer.kernel.errors import Conflict, NotFound
from insurer.notices.operations import issue_for_claim, start_print_run
from insurer.notices.tables import Notice
from insurer.platform.audit import SYSTEM
from insurer.platform.outbox import OutboxRow
from tests.factories import desk
from tests.factories.upstream import corrected, reversal
from tests.integration.notices.test_from_the_desk import rendered


class Office:
    """One case of 250.00 with a clerk, a second clerk and a reviewer."""

    def __init__(self, world: Any) -> None:
        self.world, self.session = world, world.session
        self.clerk, self.first = (desk.hire(self.session, login, "clerk") for login in ("zhou", "chen"))
        self.second = desk.hire(self.session, "wang", "reviewer")
        desk.put_on_roster(self.session, world.storage, [(desk.ZHANG, "张桂芳")])
        self.raw = desk.raw_record("S1")
        (self.claim_id,) = desk.take_in(self.session, self.clerk, self.raw).new

    @property
    def claim(self) -> Claim:
        return self.session.get_one(Claim, self.claim_id)  # type: ignore[no-any-return]

    def decide(self) -> None:
        desk.decide(self.session, self.first, self.second, self.claim_id)

    def paid(self, fen: int) -> None:
        """The bank has paid so much; how is tested with payments."""
        self.claim.paid_fen = fen
        self.session.flush()

    def ordered(self, kind: str) -> list[dict[str, Any]]:
        rows = self.session.scalars(select(OutboxRow).where(OutboxRow.job == "notices.issue"))
        return [dict(row.payload) for row in rows if row.payload["kind"] == kind]

    def issue(self, payload: dict[str, Any]) -> uuid.UUID | None:
        given = {name: uuid.UUID(value) if name.endswith("_id") else value for name, value in payload.items()}
        return issue_for_claim(self.session, actor=SYSTEM, now=desk.NOW, **given)

    def text(self, payload: dict[str, Any]) -> str:
        notice_id = self.issue(payload)
        assert notice_id is not None
        return rendered(self.world, notice_id)

    def advance(self, *, agree: bool = True) -> Advance:
        pending = UpstreamAnswer("charity", "pending", None, "")
        common: dict[str, Any] = {"claim_id": self.claim_id, "now": desk.NOW}
        note_upstream(self.session, actor=self.first, answer=pending, **common)
        words = {"reason": "目录内的部分不受慈善影响", "open_points": "慈善救助还没有结果"}
        made = propose_advance(self.session, actor=self.first, amount_fen=10_000, **words, **common)
        return decide_advance(
            self.session,
            actor=self.second,
            advance_id=made.id,
            agree=agree,
            opinion="金额确定",
            now=desk.NOW,
        )


@pytest.fixture
def office(world: Any) -> Office:
    return Office(world)


def test_an_amount_agreed_to_in_advance_is_written_of_once(office: Office) -> None:
    advance = office.advance()
    (payload,) = office.ordered("advance")
    assert payload == {
        "kind": "advance",
        "claim_id": str(office.claim_id),
        "advance_id": str(advance.id),
    }
    text = office.text(payload)
    assert "预付通知书" in text and "我们先付给您100.00元。" in text
    assert "人民币壹佰元整（￥100.00）" in text
    assert "目录内的部分不受慈善影响。" in text and "慈善救助还没有结果。" in text
    assert "尾号0001的常州农商银行账户" in text
    assert "《保险法》第二十五条" in text and "12378" in text and "向法院起诉" in text
    assert office.issue(payload) is None


def test_an_advance_that_was_refused_is_not_written_of(office: Office) -> None:
    office.advance(agree=False)
    assert office.ordered("advance") == []


def test_the_letter_of_an_advance_that_will_not_be_paid_is_not_printed(office: Office) -> None:
    advance = office.advance()
    (payload,) = office.ordered("advance")
    office.text(payload)
    end_advance(
        office.session, actor=office.second, advance_id=advance.id, reason="案件已经决定", now=desk.NOW
    )
    notices = office.session.scalars(select(Notice.id).where(Notice.kind == "advance")).all()
    with pytest.raises(Conflict, match="提前给付已经不付了"):
        start_print_run(office.session, actor=office.second, notice_ids=notices, now=desk.NOW)


def test_the_advance_of_another_case_is_not_found(office: Office) -> None:
    advance = office.advance()
    other = desk.take_in(office.session, office.clerk, desk.raw_record("S2")).new[0]
    with pytest.raises(NotFound):
        issue_for_claim(
            office.session,
            actor=SYSTEM,
            kind="advance",
            claim_id=other,
            advance_id=advance.id,
            now=desk.NOW,
        )


def test_a_decision_that_grants_less_than_was_paid_asks_the_difference_back(office: Office) -> None:
    office.decide()
    assert office.ordered("recovery") == []
    office.paid(25_000)
    desk.take_in(office.session, office.clerk, corrected(office.raw))  # assistance pays 100.00 more
    assert office.ordered("recovery") == []  # nobody has decided yet what is due
    office.decide()
    (payload,) = office.ordered("recovery")
    account = {"return_bank": "示例银行新北支行", "return_account": "3200 0000 0000 0000 012"}
    office.world.settings = replace(office.world.settings, **account)
    text = office.text(payload)
    assert "追回通知书" in text and "有100.00元多付了，请您退回来。" in text
    assert "250.00" in text and "150.00" in text
    assert "应付的比原来少" in text and "常开委办〔2021〕143号第一部分" in text
    assert "请在4月20日前退还" in text and "不是法律规定的期限" in text
    assert "示例银行新北支行" in text and "3200000000000000012" in text
    assert "12378" in text
    assert office.issue(payload) is None


def test_the_decision_letter_of_a_correction_promises_no_money(office: Office) -> None:
    office.decide()
    (first,) = office.ordered("decision")
    office.paid(25_000)
    assert "我们将付给您250.00元" in office.text(first)  # nothing was paid before that decision
    desk.take_in(office.session, office.clerk, corrected(office.raw))
    office.decide()
    second = office.ordered("decision")[-1]
    text = office.text(second)
    assert "重新算过，以前多付了100.00元。" in text and "将付给您" not in text
    assert "应付150.00元，已经付了250.00元" in text and "常开委办〔2021〕143号第一部分" in text


def test_the_decision_letter_after_an_advance_says_what_is_still_paid(office: Office) -> None:
    office.advance()
    office.paid(10_000)
    answer = UpstreamAnswer("charity", "none", None, "没有申请")
    note_upstream(office.session, actor=office.first, answer=answer, claim_id=office.claim_id, now=desk.NOW)
    office.decide()
    office.paid(25_000)  # the rest is paid before the worker makes the letter
    text = office.text(office.ordered("decision")[-1])
    assert "我们再付给您150.00元。" in text and "以前付过100.00元" in text


def test_the_refusal_after_a_payment_says_what_is_to_come_back(office: Office) -> None:
    office.decide()
    office.paid(25_000)
    raw = {**office.raw, "setlinfo": {**office.raw["setlinfo"], "insutype": "310"}}
    desk.take_in(office.session, office.clerk, raw)
    office.decide()
    text = office.text(office.ordered("refusal")[0])
    assert "重新核对过，这件不能赔" in text and "以前付给您的250.00元要退回来" in text


def test_without_an_account_of_ours_the_letter_asks_to_come(office: Office) -> None:
    office.decide()
    office.paid(25_000)
    desk.take_in(office.session, office.clerk, corrected(office.raw))
    office.decide()
    (payload,) = office.ordered("recovery")
    text = office.text(payload)
    assert "开户行" not in text and "我们当面告诉您退到哪个账户" in text


def test_a_reversal_that_ends_a_paid_case_asks_the_whole_back(office: Office) -> None:
    office.decide()
    office.paid(25_000)
    desk.take_in(office.session, office.clerk, reversal(office.raw, "S9", reverses="S1"))
    act(
        office.session,
        actor=office.clerk,
        claim_id=office.claim_id,
        action=Action.WITHDRAW,
        now=desk.NOW,
        reason="结算都已冲销",
    )
    (payload,) = office.ordered("recovery")
    text = office.text(payload)
    assert "有250.00元多付了" in text and "医院把这笔结算退掉了" in text


def test_a_reversal_that_ends_an_undecided_case_asks_the_advance_back(office: Office) -> None:
    office.advance()
    office.paid(10_000)
    desk.take_in(office.session, office.clerk, reversal(office.raw, "S9", reverses="S1"))
    (payload,) = office.ordered("recovery")
    assert "有100.00元多付了" in office.text(payload)


def test_a_refusal_after_a_payment_names_the_reason_and_its_clause(office: Office) -> None:
    office.decide()
    office.paid(25_000)
    raw = {**office.raw, "setlinfo": {**office.raw["setlinfo"], "insutype": "310"}}
    desk.take_in(office.session, office.clerk, raw)
    office.decide()
    (payload,) = office.ordered("recovery")
    assert len(office.ordered("refusal")) == 1
    text = office.text(payload)
    assert "原来赔的费用不能赔" in text and "第二部分（一）" in text


def test_money_that_came_back_meanwhile_is_not_asked_for(office: Office) -> None:
    office.decide()
    office.paid(25_000)
    desk.take_in(office.session, office.clerk, corrected(office.raw))
    office.decide()
    (payload,) = office.ordered("recovery")
    office.paid(15_000)
    assert office.issue(payload) is None
    assert office.session.scalars(select(Notice).where(Notice.kind == "recovery")).all() == []


def test_what_a_liable_third_party_paid_is_called_so_in_the_letter(office: Office) -> None:
    common: dict[str, Any] = {"actor": office.first, "claim_id": office.claim_id, "now": desk.NOW}
    paper = PaperRecord("accident_statement", "伤情说明.pdf", 1, "original")
    (record,) = desk.records(office.raw)
    write_papers(
        office.session, [(replace(record, papers=(paper,)), office.claim_id)], office.clerk, desk.NOW
    )
    report = AccidentReport(
        "traffic", date(2026, 2, 28), "settled", "骑车被撞", third_party_fen=20_000, proof="调解书 12 号"
    )
    report_accident(office.session, report=report, **common)
    decided: dict[str, Any] = {"claim_id": office.claim_id, "now": desk.NOW}
    propose(office.session, actor=office.first, **decided)
    approve(office.session, actor=office.second, opinion="责任认定书已核对", **decided)
    (payload,) = office.ordered("decision")
    text = office.text(payload)
    assert "已经有第三方责任人赔付，各方合起来不能超过花的钱" in text
    assert "商业保险" not in text
