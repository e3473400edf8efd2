"""The maker of a case is never its checker, whichever way something came into it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from insurer.accounts.operations import issue_token
from insurer.accounts.queries import find_client
from insurer.claims.lifecycle import State
from insurer.claims.operations.approvers import substitute
from insurer.claims.operations.deciding import approve, propose, recall, send_back
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.intake import register_settlements
from insurer.claims.tables import Claim, DecisionStep, FeeLine
from insurer.kernel.errors import Invalid, NotAllowed
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import (
    LI,
    NOW,
    SCHEME,
    SHELL,
    ZHANG,
    hire,
    put_on_roster,
    raw_record,
    records,
    take_in,
)
from tests.factories.upstream import corrected

EVERYTHING = frozenset({"clerk", "reviewer", "supervisor"})


class Desk:
    def __init__(self, session: UnitSession, storage: Storage) -> None:
        put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
        self.session = session
        self.clerk = hire(session, "clerk", "clerk")
        self.first = hire(session, "first", "clerk")
        self.second = hire(session, "second", "reviewer")
        self.third = hire(session, "third", "reviewer")
        self.chief = hire(session, "chief", "supervisor")
        self.deputy = hire(session, "deputy", "supervisor")

    def case(self, **changes: Any) -> UUID:
        return take_in(self.session, self.clerk, raw_record("s1", **changes)).new[0]

    def large(self, yuan: int) -> UUID:
        parts = {
            "medfee_sumamt": f"{yuan + 700}.00",
            "inscp_scp_amt": f"{yuan + 550}.00",
            "psn_part_amt": f"{yuan}.00",
        }
        return self.case(feedetail=[], **parts)

    def propose(self, claim_id: UUID, **more: Any) -> None:
        propose(self.session, actor=self.first, claim_id=claim_id, now=NOW, **more)

    def approve(self, who: Actor, claim_id: UUID, opinion: str = "核对相符", now: datetime = NOW) -> None:
        approve(self.session, actor=who, claim_id=claim_id, now=now, opinion=opinion)

    def state(self, claim_id: UUID) -> str:
        return self.session.get_one(Claim, claim_id).state


def as_everything(actor: Actor) -> Actor:
    return Actor("staff", actor.id, actor.name, EVERYTHING)


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


def test_who_changed_a_finding_does_not_decide(desk: Desk) -> None:
    claim_id = desk.case()
    line_id = desk.session.scalars(select(FeeLine.id).where(FeeLine.line_no == 2)).one()
    set_finding(
        desk.session,
        actor=desk.chief,
        claim_id=claim_id,
        line_id=line_id,
        finding="special_service",
        reason="清单写明特需",
        now=NOW,
    )
    desk.propose(claim_id)
    with pytest.raises(NotAllowed, match="您改判的，要由别人复核"):
        desk.approve(desk.chief, claim_id)
    with pytest.raises(Invalid, match="人工改判费用"):
        desk.approve(desk.second, claim_id, opinion=" ")
    desk.approve(desk.second, claim_id)
    assert desk.state(claim_id) == State.PARTLY_APPROVED


def test_who_sent_in_a_correction_does_not_decide_what_it_reopened(desk: Desk) -> None:
    claim_id = desk.case()
    desk.propose(claim_id)
    desk.approve(desk.second, claim_id)
    changed = records(corrected(raw_record("s1"), "300.00"))
    sender = as_everything(desk.third)
    register_settlements(
        desk.session, actor=sender, scheme=SCHEME, records=changed, channel="counter", now=NOW
    )
    assert desk.state(claim_id) == State.REOPENED
    desk.propose(claim_id)
    with pytest.raises(NotAllowed, match="更正是您录入的"):
        desk.approve(sender, claim_id)
    desk.approve(desk.second, claim_id)


def test_a_program_is_no_second_pair_of_eyes_for_its_owner(desk: Desk) -> None:
    owner = UUID(desk.chief.id)
    scopes = ("claims.propose", "claims.approve", "claims.approve_large")
    token = issue_token(
        desk.session, actor=SHELL, owner_id=owner, client="外部系统", scopes=scopes, days=9, now=NOW
    )
    program = find_client(desk.session, token, now=NOW)
    assert program is not None
    claim_id = desk.case()
    propose(desk.session, actor=program, claim_id=claim_id, now=NOW)
    with pytest.raises(NotAllowed, match="您初审的"):
        desk.approve(desk.chief, claim_id)
    desk.approve(desk.second, claim_id)


@pytest.mark.parametrize(("fen", "supervisor"), [("99", False), ("00", True)])
def test_one_fen_decides_whether_a_supervisor_is_needed(desk: Desk, fen: str, supervisor: bool) -> None:
    """The whole amount is inside the catalogue and paid in full: 29,999.99 or 30,000.00."""
    whole = "29999.99" if fen == "99" else "30000.00"
    total = "30699.99" if fen == "99" else "30700.00"
    claim_id = desk.case(
        medfee_sumamt=total,
        inscp_scp_amt=total,
        preselfpay_amt="0.00",
        fulamt_ownpay_amt="0.00",
        psn_part_amt=whole,
        feedetail=[],
    )
    desk.propose(claim_id)
    assert desk.session.get_one(Claim, claim_id).benefit_fen == 3_000_000 - (not supervisor)
    if supervisor:
        with pytest.raises(NotAllowed, match="要由主管决定"):
            desk.approve(desk.second, claim_id)
    desk.approve(desk.chief if supervisor else desk.second, claim_id)
    assert desk.state(claim_id) == State.APPROVED


def test_from_the_highest_tier_two_people_agree_one_after_the_other(desk: Desk) -> None:
    claim_id = desk.large(120_000)
    desk.propose(claim_id)
    desk.approve(desk.second, claim_id)
    claim = desk.session.get_one(Claim, claim_id)
    assert (claim.state, claim.hint) == (State.PROPOSED, "已有一人同意，等第二人（主管）决定")
    assert claim.decided_by is None
    with pytest.raises(NotAllowed, match="您已先行同意"):
        desk.approve(as_everything(desk.second), claim_id)
    with pytest.raises(NotAllowed, match="要由主管决定"):
        desk.approve(desk.third, claim_id)
    desk.approve(desk.chief, claim_id)
    assert claim.state == State.APPROVED
    steps = desk.session.scalars(select(DecisionStep.step).order_by(DecisionStep.id)).all()
    assert sorted(steps) == ["approved", "endorsed", "proposed"]


def test_an_endorsement_does_not_outlive_a_return_to_the_desk(desk: Desk) -> None:
    claim_id = desk.large(120_000)
    desk.propose(claim_id)
    desk.approve(desk.chief, claim_id)
    send_back(desk.session, actor=desk.second, claim_id=claim_id, opinion="改一处", now=NOW)
    desk.propose(claim_id)  # the same calculation, put before a second person again
    desk.approve(desk.deputy, claim_id)
    assert desk.state(claim_id) == State.PROPOSED
    desk.approve(desk.chief, claim_id)
    assert desk.state(claim_id) == State.APPROVED


def test_a_refusal_needs_an_opinion_and_ends_with_its_delivery_only(desk: Desk) -> None:
    stranger = raw_record("s9", certno="320411198808081239", name="外人")
    claim_id = take_in(desk.session, desk.clerk, stranger).new[0]
    desk.propose(claim_id)
    with pytest.raises(Invalid, match="拒付"):
        desk.approve(desk.second, claim_id, opinion="")
    desk.approve(desk.second, claim_id, opinion="名册里没有")
    claim = desk.session.get_one(Claim, claim_id)
    assert (claim.state, claim.term) == (State.TO_NOTIFY, "notify")
    assert claim.legal_due_on == date(2026, 3, 23)
    recall(desk.session, actor=desk.second, claim_id=claim_id, opinion="再核对名册", now=NOW)
    assert (claim.state, claim.term) == (State.SENT_BACK, "decide")
    assert (claim.due_on, claim.legal_due_on) == (date(2026, 4, 3), date(2026, 4, 20))


def test_a_request_after_the_year_was_settled_is_the_supervisors(desk: Desk) -> None:
    late = datetime(2027, 7, 2, 2, 0, tzinfo=UTC)
    claim_id = take_in(desk.session, desk.clerk, raw_record("s1"), now=late).new[0]
    propose(desk.session, actor=desk.first, claim_id=claim_id, now=late)
    with pytest.raises(NotAllowed, match="年度清算以后"):
        desk.approve(desk.second, claim_id, now=late)
    desk.approve(desk.chief, claim_id, now=late)
    assert desk.state(claim_id) == State.APPROVED


def test_a_named_approver_alone_decides_until_a_supervisor_names_another(desk: Desk) -> None:
    claim_id = desk.case()
    desk.propose(claim_id, approver_id=UUID(desk.second.id))
    claim = desk.session.get_one(Claim, claim_id)
    assert claim.approve_by_on == date(2026, 3, 24)
    with pytest.raises(NotAllowed, match="指定由second复核。"):
        desk.approve(desk.third, claim_id)
    later = NOW + timedelta(days=5)
    with pytest.raises(NotAllowed, match="已超时"):
        desk.approve(desk.third, claim_id, now=later)
    common: dict[str, Any] = {"claim_id": claim_id, "approver_id": UUID(desk.third.id), "now": later}
    with pytest.raises(NotAllowed):
        substitute(desk.session, actor=desk.third, reason="我来办", **common)
    with pytest.raises(Invalid, match="原因"):
        substitute(desk.session, actor=desk.chief, reason=" ", **common)
    substitute(desk.session, actor=desk.chief, reason="请假三天", **common)
    with pytest.raises(NotAllowed, match="指定由third复核"):
        desk.approve(desk.second, claim_id, now=later)
    desk.approve(desk.third, claim_id, now=later)
    desk.session.commit()
    entry = desk.session.scalars(
        select(AuditEntry).where(AuditEntry.tag == "claim:approver:substituted")
    ).one()
    assert (entry.reason, entry.data["overdue"], entry.data["after"]) == ("请假三天", True, desk.third.id)
    assert claim.approver_id is None


@pytest.mark.parametrize("who", ["clerk", "first"])
def test_a_maker_cannot_be_named(desk: Desk, who: str) -> None:
    claim_id = desk.case()
    with pytest.raises(Invalid, match="不能复核这件"):
        desk.propose(claim_id, approver_id=UUID(getattr(desk, who).id))


def test_a_reviewer_cannot_be_named_for_the_supervisors_tier(desk: Desk) -> None:
    claim_id = desk.large(40_000)
    with pytest.raises(Invalid, match="岗位不够"):
        desk.propose(claim_id, approver_id=UUID(desk.second.id))
