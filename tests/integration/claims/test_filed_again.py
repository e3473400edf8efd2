"""An invoice that was filed before: what stands blocks it, what ended unpaid does not and is named."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.archiving import close_case
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.counter import duplicates_of
from insurer.claims.operations.deciding import recall
from insurer.claims.operations.duplicates import earlier_cases, filed_before
from insurer.claims.operations.moves import act, lock_claim, move
from insurer.claims.tables import Claim
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
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

Crew = tuple[Actor, Actor, Actor]
INVOICE = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"}


@pytest.fixture
def crew(session: UnitSession, storage: Storage) -> Crew:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return (
        hire(session, "clerk", "clerk"),
        hire(session, "first", "clerk"),
        hire(session, "second", "reviewer"),
    )


def _file(session: UnitSession, crew: Crew, setl_id: str, **changes: Any) -> UUID:
    return take_in(session, crew[0], raw_record(setl_id, invoice=INVOICE, **changes)).new[0]


def _refused(session: UnitSession, crew: Crew) -> UUID:
    """A case refused for a reason that its person could put right: another insurance was written down."""
    claim_id = _file(session, crew, "s1", insutype="310")
    decide(session, crew[1], crew[2], claim_id)
    assert session.get_one(Claim, claim_id).state == State.TO_NOTIFY
    return claim_id


def _benefit(session: UnitSession, claim_id: UUID) -> int:
    session.expire_all()
    return session.get_one(Claim, claim_id).benefit_fen


def _number(session: UnitSession, claim_id: UUID) -> str:
    return session.get_one(Claim, claim_id).case_no


@pytest.mark.parametrize("ended", ["to_notify", "refused", "closed"])
def test_an_invoice_of_a_refused_case_may_be_filed_again(
    session: UnitSession, crew: Crew, ended: str
) -> None:
    early = _refused(session, crew)
    if ended != "to_notify":
        move(session, lock_claim(session, early), Action.NOTIFIED, actor=_system(), now=NOW)
    if ended == "closed":
        close_case(session, actor=crew[0], claim_id=early, place="一楼档案室 3 柜 12 盒", now=NOW)
    late = _file(session, crew, "s2")
    assert _benefit(session, late) == 25_000
    decide(session, crew[1], crew[2], late)
    assert session.get_one(Claim, late).state == State.APPROVED


def test_an_invoice_of_a_withdrawn_case_may_be_filed_again(session: UnitSession, crew: Crew) -> None:
    early = _file(session, crew, "s1")
    act(session, actor=crew[0], claim_id=early, action=Action.WITHDRAW, now=NOW, reason="申请人撤回")
    assert _benefit(session, _file(session, crew, "s2")) == 25_000


@pytest.mark.parametrize("standing", ["open", "held", "approved"])
def test_an_invoice_of_a_standing_case_is_paid_there_and_nowhere_else(
    session: UnitSession, crew: Crew, standing: str
) -> None:
    early = _file(session, crew, "s1", **({"oth_pay": "1.00"} if standing == "held" else {}))
    if standing == "approved":
        decide(session, crew[1], crew[2], early)
    late = _file(session, crew, "s2")
    assert _benefit(session, late) == 0
    (again,) = records(raw_record("s3", invoice=INVOICE))
    assert [hit.case_no for hit in duplicates_of(session, SCHEME, again)] == [
        _number(session, early),
        _number(session, late),
    ]
    assert filed_before(session, session.get_one(Claim, late)) == []


def test_a_refused_case_that_comes_back_is_not_paid_beside_the_one_filed_since(
    session: UnitSession, crew: Crew
) -> None:
    early = _refused(session, crew)
    late = _file(session, crew, "s2")
    decide(session, crew[1], crew[2], late)
    recall(session, actor=crew[2], claim_id=early, opinion="补来了证明", now=NOW)
    calculate_claims(session, actor=crew[0], claim_ids=[early], now=NOW + timedelta(minutes=1))
    assert (_benefit(session, early), _benefit(session, late)) == (0, 25_000)


def test_what_was_filed_before_is_named_and_asks_for_no_reason(session: UnitSession, crew: Crew) -> None:
    early = _refused(session, crew)
    (again,) = records(raw_record("s2", invoice=INVOICE))
    assert duplicates_of(session, SCHEME, again) == []
    assert earlier_cases(session, SCHEME, [again]) == [
        [f"这张票据以前在 {_number(session, early)} 里交过，那件没有付款"]
    ]
    late = _file(session, crew, "s2")
    (hit,) = filed_before(session, session.get_one(Claim, late))
    assert hit.case_no == _number(session, early)
    assert "0012345678" in hit.words
    assert "待通知" in hit.words


def _system() -> Actor:
    return Actor("system", "notices", "系统", frozenset({"system"}))
