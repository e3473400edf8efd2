"""Reviews and complaints decided by somebody else, and the archive that a closed case goes into."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from insurer.claims.lifecycle import State
from insurer.claims.operations.archiving import close_case, move_file
from insurer.claims.operations.deciding import approve, propose
from insurer.claims.operations.reviews import (
    ReviewRequest,
    decide_review,
    file_review,
    statement_of,
    withdraw_review,
)
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.payments.operations.batches import create_batch
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.outbox import OutboxRow
from insurer.platform.storage import Storage
from tests.factories.beside_desk import TODAY, Desk
from tests.factories.desk import NOW, SCHEME


@pytest.fixture
def desk(session: UnitSession, storage: Storage) -> Desk:
    return Desk(session, storage)


def ask_review(desk: Desk, kind: str = "review", who: Actor | None = None) -> Any:
    request = ReviewRequest(kind, "phone", "family", "孩子说敷料也该赔", TODAY)
    return file_review(
        desk.session, actor=who or desk.clerk, claim_id=desk.claim_id, request=request, now=NOW
    )


def test_a_review_is_decided_by_somebody_who_did_not_decide_before(desk: Desk) -> None:
    with pytest.raises(Conflict, match="还没有决定"):
        ask_review(desk)
    desk.decide()
    review = ask_review(desk)
    assert (review.number, review.due_on) == ("XB-R2026-0001", date(2026, 4, 7))
    assert statement_of(desk.session, review) == "孩子说敷料也该赔"
    assert b"\xe6" not in review.statement_cipher[:1]
    with pytest.raises(Conflict, match="XB-R2026-0001"):
        ask_review(desk)
    common: dict[str, Any] = {"review_id": review.id, "reasons": "依据二（二）6 再查清单", "now": NOW}
    with pytest.raises(NotAllowed, match="您经手的"):
        decide_review(desk.session, actor=desk.second, outcome="kept", **common)
    decide_review(desk.session, actor=desk.third, outcome="kept", **common)
    assert (review.status, desk.claim.state) == ("decided", State.APPROVED)
    orders = desk.session.scalars(select(OutboxRow).where(OutboxRow.job == "notices.issue")).all()
    assert [one.payload["kind"] for one in orders] == ["decision", "review_result"]
    with pytest.raises(Conflict, match="已答复"):
        decide_review(desk.session, actor=desk.chief, outcome="kept", **common)


def test_a_changed_review_reopens_and_the_first_deciders_stay_out(desk: Desk) -> None:
    desk.decide()
    review = ask_review(desk, "complaint")
    decide_review(
        desk.session, actor=desk.third, review_id=review.id, outcome="changed", reasons="漏算", now=NOW
    )
    assert desk.claim.state == State.REOPENED
    propose(desk.session, actor=desk.clerk, claim_id=desk.claim_id, now=NOW)
    with pytest.raises(NotAllowed, match="原来是您决定的"):
        approve(desk.session, actor=desk.second, claim_id=desk.claim_id, now=NOW, opinion="同意")
    approve(desk.session, actor=desk.chief, claim_id=desk.claim_id, now=NOW, opinion="同意")


def test_an_open_review_keeps_the_case_from_the_archive(desk: Desk) -> None:
    desk.decide()
    desk.pay()
    review = ask_review(desk)
    with pytest.raises(Conflict, match="还没有答复"):
        close_case(desk.session, actor=desk.clerk, claim_id=desk.claim_id, place="一楼 3 柜", now=NOW)
    with pytest.raises(Invalid):
        withdraw_review(desk.session, actor=desk.clerk, review_id=review.id, reason="", now=NOW)
    withdraw_review(desk.session, actor=desk.clerk, review_id=review.id, reason="本人电话撤回", now=NOW)
    letters = [{"kind": "理赔决定通知书", "name": "决字1号", "pages": 1, "on": "2026-03-20"}]
    record = close_case(
        desk.session,
        actor=desk.clerk,
        claim_id=desk.claim_id,
        place="一楼 3 柜",
        now=NOW,
        letters=letters,
    )
    assert (record.file_number, record.retain_until_on) == ("XB-A2026-000001", date(2056, 12, 31))
    kinds = [one["kind"] for one in record.contents]
    assert kinds[0] == "结算记录" and kinds[-1] == "理赔决定通知书" and "核算单" in kinds
    assert desk.claim.state == State.CLOSED
    moved = move_file(
        desk.session, actor=desk.clerk, claim_id=desk.claim_id, place="总库", reason="满柜", now=NOW
    )
    assert moved.place == "总库"


def test_a_case_closed_again_keeps_its_file_number(desk: Desk) -> None:
    desk.decide()
    desk.pay()
    common: dict[str, Any] = {"actor": desk.clerk, "claim_id": desk.claim_id, "now": NOW}
    first = close_case(desk.session, place="一库", **common)
    desk.note("charity", "paid", 10_000)
    assert desk.claim.state == State.REOPENED
    desk.note("charity", "none", proof="登记错了")
    desk.decide()
    create_batch(desk.session, actor=desk.maker, scheme=SCHEME, now=NOW)
    assert desk.claim.state == State.PAID
    again = close_case(desk.session, place="二库", **common)
    assert (again.file_number, again.seq) == (first.file_number, 2)


@pytest.mark.parametrize("days", [0, 5])
def test_a_place_is_needed(desk: Desk, days: int) -> None:
    desk.decide()
    desk.pay()
    with pytest.raises(Invalid):
        close_case(
            desk.session,
            actor=desk.clerk,
            claim_id=desk.claim_id,
            place=" ",
            now=NOW + timedelta(days=days),
        )
