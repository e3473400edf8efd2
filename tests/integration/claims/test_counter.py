"""The counter on a real database: one case of one sheet, drafts of their own, what came before."""

import uuid

import pytest
from sqlalchemy import func, select

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations.counter import (
    correct_sheet,
    discard_draft,
    draft_of_case,
    open_draft,
    own_drafts,
    register_at_counter,
    save_draft,
)
from insurer.claims.operations.deciding import propose
from insurer.claims.operations.duplicates import Duplicated
from insurer.claims.operations.moves import act, move
from insurer.claims.operations.papers import check_papers
from insurer.claims.records import SettlementRecord
from insurer.claims.sheet_lines import lines_of_text
from insurer.claims.sheet_reading import SheetOf, read_sheet
from insurer.claims.tables import Claim, Decision, IntakeDraft, Paper, Settlement
from insurer.claims.tracks.tables import Advance
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, NotAllowed, NotFound
from insurer.platform.audit import SYSTEM, Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.outbox import OutboxRow
from insurer.platform.storage import Storage
from tests.factories.desk import (
    LI,
    NOW,
    PAPERS,
    SCHEME,
    ZHANG,
    hire,
    put_on_roster,
    raw_record,
    take_in,
)
from tests.factories.sheets import LINES_TEXT, sheet

ALL = [{"kind": kind, "pages": "2", "form": "original"} for kind in (*PAPERS, "inclusive_decision")]


def _record(
    papers: list[dict[str, str]] | None = None, certno: str = ZHANG, name: str = "张桂芳", **changes: str
) -> SettlementRecord:
    whose = SheetOf(SCHEME, certno, name, ALL if papers is None else papers)
    read = read_sheet(sheet(**changes), lines_of_text(LINES_TEXT).rows, whose, today=business_day(NOW))
    assert read.record is not None, read.problems
    return read.record


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return hire(session, "clerk", "clerk")


def _register(session: UnitSession, clerk: Actor, record: SettlementRecord, **more: str) -> uuid.UUID:
    return register_at_counter(session, actor=clerk, scheme=SCHEME, record=record, now=NOW, **more)[0]


def test_a_keyed_sheet_is_a_case_with_its_amount_its_papers_and_its_receipt(
    session: UnitSession, clerk: Actor
) -> None:
    claim_id = _register(session, clerk, _record())
    claim = session.get_one(Claim, claim_id)
    assert (claim.channel, claim.state) == ("counter", State.RECEIVED)
    # XB-03: 8 046.17 in the catalogue in full, 2 546.78 of the rest at half, the material excluded
    assert claim.benefit_fen == 1_059_295
    papers = session.scalars(select(Paper).where(Paper.claim_id == claim_id)).all()
    assert {(paper.form, paper.pages) for paper in papers} == {("original", 2)}
    works = session.scalars(select(OutboxRow).where(OutboxRow.job == "notices.issue")).all()
    assert [work.payload for work in works] == [{"kind": "receipt", "claim_id": str(claim_id)}]
    check_papers(session, actor=clerk, claim_ids=[claim_id], now=NOW)
    assert claim.state == State.IN_REVIEW


def test_the_same_sheet_again_gives_the_same_case(session: UnitSession, clerk: Actor) -> None:
    first = _register(session, clerk, _record())
    assert _register(session, clerk, _record()) == first
    assert session.scalar(select(func.count()).select_from(Claim)) == 1


def test_the_number_of_another_content_leads_to_its_case(session: UnitSession, clerk: Actor) -> None:
    _register(session, clerk, _record())
    other = _record(maf_pay="11000", psn_cash_pay="22879.37")
    with pytest.raises(Duplicated) as refused:
        _register(session, clerk, other, duplicate_reason="照样登记")
    assert [hit.how for hit in refused.value.hits] == ["settlement"]


def test_a_withdrawn_case_gives_its_number_up_to_a_new_one(session: UnitSession, clerk: Actor) -> None:
    first = _register(session, clerk, _record())
    act(session, actor=clerk, claim_id=first, action=Action.WITHDRAW, now=NOW, reason="等慈善款到账")
    second = _register(session, clerk, _record())
    assert second != first
    assert _register(session, clerk, _record()) == second
    withdrawn = session.get_one(Claim, first)
    assert (withdrawn.state, withdrawn.hint) == (State.WITHDRAWN, "结算号改由 XB2026-000002 使用")
    assert session.get_one(Claim, second).benefit_fen == 1_059_295
    with pytest.raises(Conflict, match="结算号改由另一件使用"):
        move(session, withdrawn, Action.REOPEN, actor=SYSTEM, now=NOW, reason="再办")


def test_the_number_of_a_case_that_is_over_leads_to_its_review(session: UnitSession, clerk: Actor) -> None:
    claim_id = _register(session, clerk, _record())
    session.get_one(Claim, claim_id).state = State.PAID.value
    said = []
    for record in (_record(), _record(maf_pay="11000", psn_cash_pay="22879.37")):
        with pytest.raises(Duplicated) as refused:
            _register(session, clerk, record, duplicate_reason="照样登记")
        said += [(hit.how, hit.state, hit.words) for hit in refused.value.hits]
    over = (
        "这个结算流水号的案件是 XB2026-000001，现在“已付款”。"
        "对决定有意见，请在那一件登记复核，答复“重新办理”后案件重开"
    )
    assert said == [("settlement", "paid", f"{over}。"), ("settlement", "paid", f"{over}，再更正。")]


def test_a_sheet_of_the_wrong_person_gives_way_to_the_right_one_once_it_is_withdrawn(
    session: UnitSession, clerk: Actor
) -> None:
    first = _register(session, clerk, _record())
    right = _record(certno=LI, name="李文")
    with pytest.raises(Duplicated) as refused:
        _register(session, clerk, right, duplicate_reason="照样登记")
    assert refused.value.hits[0].words == (
        "结算号在案件 XB2026-000001 里，登记的是另一个人，这条不是更正。请核对身份证号码；"
        "那件登记错了人的，先撤销那件，再登记这件。"
    )
    act(session, actor=clerk, claim_id=first, action=Action.WITHDRAW, now=NOW, reason="登记错了人")
    second = _register(session, clerk, right)
    versions = session.execute(
        select(Settlement.claim_id, Settlement.version, Settlement.released_at).order_by(Settlement.version)
    ).all()
    assert [tuple(one) for one in versions] == [(first, 1, NOW), (second, 2, None)]


@pytest.mark.parametrize("money", ["paid", "advanced"])
def test_a_withdrawn_case_keeps_its_number_while_money_is_out(
    session: UnitSession, clerk: Actor, money: str
) -> None:
    first = _register(session, clerk, _record())
    act(session, actor=clerk, claim_id=first, action=Action.WITHDRAW, now=NOW, reason="登记错了人")
    if money == "paid":
        session.get_one(Claim, first).paid_fen = 5_000
    else:
        decision = session.scalars(select(Decision.id).where(Decision.claim_id == first)).first()
        session.add(
            Advance(
                id=uuid.uuid4(),
                claim_id=first,
                decision_id=decision,
                amount_fen=5_000,
                reason="困难",
                open_points="",
                status="approved",
                proposed_by="a",
                proposed_by_name="甲",
                proposed_at=NOW,
            )
        )
    session.flush()
    with pytest.raises(Duplicated) as refused:
        _register(session, clerk, _record(certno=LI, name="李文"), duplicate_reason="照样登记")
    words = refused.value.hits[0].words
    assert ("付出的 50.00 元还没有收回" in words) == (money == "paid")
    assert ("那件提前付过钱" in words) == (money == "advanced")


def test_an_invoice_that_another_case_carries_needs_a_reason(session: UnitSession, clerk: Actor) -> None:
    invoice = {"bill_code": "32060126", "bill_no": "0012345678", "check_code": ""}
    take_in(session, clerk, raw_record("s1", invoice=invoice))
    with pytest.raises(Duplicated) as refused:
        _register(session, clerk, _record())
    hit = refused.value.hits[0]
    assert (hit.how, hit.case_no) == ("invoice", "XB2026-000001")
    assert hit.words == (
        "这张票据（号码 0012345678）已经在 XB2026-000001 里交过。先看那一件，再决定要不要继续。"
    )
    claim_id = _register(session, clerk, _record(), duplicate_reason="换开的纸质票据，原件已收回")
    session.commit()
    entry = session.scalars(
        select(AuditEntry).where(
            AuditEntry.claim_id == claim_id, AuditEntry.tag == "claim:duplicate:confirmed"
        )
    ).one()
    assert entry.reason == "换开的纸质票据，原件已收回"
    assert entry.data["cases"] == ["XB2026-000001"]


def test_the_same_stay_under_another_invoice_is_found_and_another_day_is_not(
    session: UnitSession, clerk: Actor
) -> None:
    _register(session, clerk, _record())
    other = {"setl_id": "S9", "bill_no": "0099999999"}
    with pytest.raises(Duplicated) as refused:
        _register(session, clerk, _record(**other))
    assert [hit.how for hit in refused.value.hits] == ["stay"]
    later = {"begndate": "2026-02-16", "enddate": "2026-02-20", "setl_time": "2026-02-20"}
    assert _register(session, clerk, _record(**other, **later))


def test_a_withdrawn_case_is_no_duplicate(session: UnitSession, clerk: Actor) -> None:
    first = _register(session, clerk, _record())
    act(session, actor=clerk, claim_id=first, action=Action.WITHDRAW, now=NOW, reason="人号登错")
    assert _register(session, clerk, _record(setl_id="", **{"bill_code": "32060127"})) != first


def test_a_corrected_sheet_is_a_new_version_with_a_new_amount(session: UnitSession, clerk: Actor) -> None:
    claim_id = _register(session, clerk, _record())
    session.commit()
    claim = session.get_one(Claim, claim_id)
    changed = _record(maf_pay="11000", psn_cash_pay="22879.37")
    assert correct_sheet(
        session, actor=clerk, claim_id=claim_id, record=changed, now=NOW, version=claim.version
    )
    versions = session.scalars(select(Settlement.version).order_by(Settlement.version)).all()
    assert list(versions) == [1, 2]
    amounts = session.scalars(select(Decision.benefit_fen).order_by(Decision.seq)).all()
    assert amounts[0] == 1_059_295
    assert amounts[1] > amounts[0]
    assert not correct_sheet(session, actor=clerk, claim_id=claim_id, record=changed, now=NOW)
    with pytest.raises(Conflict):
        correct_sheet(session, actor=clerk, claim_id=claim_id, record=_record(), now=NOW, version=1)


def test_what_another_system_sent_or_what_is_decided_is_not_corrected_here(
    session: UnitSession, clerk: Actor
) -> None:
    claim_id = _register(session, clerk, _record())
    check_papers(session, actor=clerk, claim_ids=[claim_id], now=NOW)
    propose(session, actor=clerk, claim_id=claim_id, now=NOW)
    with pytest.raises(Conflict, match="待复核"):
        correct_sheet(session, actor=clerk, claim_id=claim_id, record=_record(), now=NOW)
    other = _register(session, clerk, _record(setl_id="T1", bill_no="0000000001", hospital="新桥医院"))
    with pytest.raises(Conflict, match="对不上"):
        correct_sheet(session, actor=clerk, claim_id=other, record=_record(), now=NOW)


def test_a_draft_is_sealed_and_its_writers_alone(session: UnitSession, clerk: Actor) -> None:
    other = hire(session, "other", "clerk")
    typed = {"psn_name": "张桂芳", "certno": ZHANG, "medfee_sumamt": "12.3x"}
    draft_id = save_draft(session, actor=clerk, scheme=SCHEME, values=typed, now=NOW)
    row = session.get_one(IntakeDraft, draft_id)
    assert ZHANG.encode() not in bytes(row.content_cipher)
    assert open_draft(session, actor=clerk, draft_id=draft_id).values == typed
    assert [draft.id for draft in own_drafts(session, actor=clerk, scheme=SCHEME)] == [draft_id]
    assert own_drafts(session, actor=other, scheme=SCHEME) == []
    with pytest.raises(NotFound):
        open_draft(session, actor=other, draft_id=draft_id)
    discard_draft(session, actor=other, draft_id=draft_id)
    again = save_draft(
        session, actor=clerk, scheme=SCHEME, values={**typed, "hospital": "龙"}, now=NOW, draft_id=draft_id
    )
    assert again == draft_id
    _ = register_at_counter(session, actor=clerk, scheme=SCHEME, record=_record(), now=NOW, draft_id=draft_id)
    assert own_drafts(session, actor=clerk, scheme=SCHEME) == []


def test_a_case_has_one_draft_of_each_person(session: UnitSession, clerk: Actor) -> None:
    claim_id = _register(session, clerk, _record())
    first = save_draft(session, actor=clerk, scheme=SCHEME, values={"a": "1"}, now=NOW, claim_id=claim_id)
    again = save_draft(session, actor=clerk, scheme=SCHEME, values={"a": "2"}, now=NOW, claim_id=claim_id)
    assert first == again
    found = draft_of_case(session, actor=clerk, claim_id=claim_id)
    assert found is not None
    assert found.values == {"a": "2"}
    assert own_drafts(session, actor=clerk, scheme=SCHEME) == []


def test_who_may_not_register_may_not_keep_a_sheet(session: UnitSession, clerk: Actor) -> None:
    reviewer = hire(session, "reviewer", "reviewer")
    with pytest.raises(NotAllowed):
        _register(session, reviewer, _record())
    with pytest.raises(NotAllowed):
        save_draft(session, actor=reviewer, scheme=SCHEME, values={}, now=NOW)
