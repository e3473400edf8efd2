"""Papers of a case on a real database: kept once, compared, taken off with a reason, marked as read."""

from uuid import UUID

import pytest
from sqlalchemy import select

from insurer.claims.operations.duplicates import Duplicated
from insurer.claims.operations.papers import add_papers, mark_checked, remove_paper
from insurer.claims.paper_files.admitting import PaperFile
from insurer.claims.rules import missing_papers, needed_papers, paper_list
from insurer.claims.tables import Claim, Paper, RemovedPaper
from insurer.kernel.errors import Conflict, Invalid, NotFound
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import LI, NOW, ZHANG, decide, hire, put_on_roster, raw_record, take_in
from tests.factories.paper_files import active_pdf, einvoice, pdf, picture


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return hire(session, "clerk", "clerk")


def _case(session: UnitSession, clerk: Actor, name: str = "s1", **changes: object) -> UUID:
    return take_in(session, clerk, raw_record(name, evidence=[], **changes)).new[0]


def _add(
    session: UnitSession, storage: Storage, clerk: Actor, claim_id: UUID, *files: PaperFile, **more: str
) -> list[UUID]:
    return add_papers(session, actor=clerk, storage=storage, claim_id=claim_id, files=files, now=NOW, **more)


def test_the_bytes_stay_as_they_came(session: UnitSession, storage: Storage, clerk: Actor) -> None:
    claim_id = _case(session, clerk)
    content = pdf(3)
    paper_id = _add(session, storage, clerk, claim_id, PaperFile("fee_list", "明细.pdf", content))[0]
    paper = session.get_one(Paper, paper_id)
    assert paper.pages == 3
    assert paper.sha256 is not None
    assert storage.get(paper.sha256) == content


def test_an_announced_paper_gets_its_file(session: UnitSession, storage: Storage, clerk: Actor) -> None:
    claim_id = take_in(session, clerk, raw_record("s1", evidence=[{"kind": "fee_list", "pages": 2}])).new[0]
    announced = session.scalars(select(Paper.id).where(Paper.claim_id == claim_id)).one()
    assert _add(session, storage, clerk, claim_id, PaperFile("fee_list", "明细.pdf", pdf(2))) == [announced]


def test_a_hostile_file_is_not_stored_and_neither_are_its_companions(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    claim_id = _case(session, clerk)
    files = [PaperFile("invoice", "好.pdf", pdf()), PaperFile("invoice", "坏.pdf", active_pdf("launch"))]
    with pytest.raises(Invalid) as refused:
        _add(session, storage, clerk, claim_id, *files)
    assert [problem.where for problem in refused.value.problems] == ["坏.pdf"]
    assert session.scalars(select(Paper).where(Paper.claim_id == claim_id)).all() == []


def test_the_same_bytes_in_the_same_case_are_refused_and_in_another_need_a_reason(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    first, second = _case(session, clerk), _case(session, clerk, "s2", certno=LI, psn_name="李文")
    file = PaperFile("invoice", "票.pdf", pdf(mark="一张票"))
    _add(session, storage, clerk, first, file)
    with pytest.raises(Invalid, match="没收下"):
        _add(session, storage, clerk, first, file)
    with pytest.raises(Duplicated) as refused:
        _add(session, storage, clerk, second, file)
    number = session.get_one(Claim, first).case_no
    assert [(hit.how, hit.case_no) for hit in refused.value.hits] == [("file", number)]
    assert _add(session, storage, clerk, second, file, duplicate_reason="两人同一张收据")
    session.commit()
    tags = session.scalars(select(AuditEntry.tag).where(AuditEntry.claim_id == second)).all()
    assert "claim:duplicate:confirmed" in tags


def test_an_uploaded_invoice_that_another_case_carries_is_found(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    _case(session, clerk, invoice={"bill_code": "32060126", "bill_no": "0012345678", "check_code": "a1b2c3"})
    other = _case(session, clerk, "s2", certno=LI, psn_name="李文")
    with pytest.raises(Duplicated) as refused:
        _add(session, storage, clerk, other, PaperFile("invoice", "票.xml", einvoice()))
    assert [hit.how for hit in refused.value.hits] == ["invoice"]


def test_of_an_invoices_payer_only_the_agreement_is_kept(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    claim_id = _case(session, clerk)
    mine, other = _add(
        session,
        storage,
        clerk,
        claim_id,
        PaperFile("invoice", "甲.xml", einvoice(number="0000000001", payer="张 桂芳")),
        PaperFile("invoice", "乙.xml", einvoice(number="0000000002", payer="王福根")),
    )
    kept = [session.get_one(Paper, one).invoice for one in (mine, other)]
    assert [one and one["payer_agrees"] for one in kept] == [True, False]
    assert "王福根" not in str(kept)
    assert "张" not in str(kept)


def test_a_wrong_paper_goes_with_a_reason_and_stays_in_history(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    claim_id = _case(session, clerk)
    paper_id = _add(session, storage, clerk, claim_id, PaperFile("identity", "别人.png", picture()))[0]
    with pytest.raises(Invalid):
        remove_paper(session, actor=clerk, claim_id=claim_id, paper_id=paper_id, reason=" ", now=NOW)
    remove_paper(session, actor=clerk, claim_id=claim_id, paper_id=paper_id, reason="是别人的", now=NOW)
    removed = session.scalars(select(RemovedPaper)).one()
    assert (removed.reason, removed.removed_by_name) == ("是别人的", "clerk")
    assert removed.sha256 is not None
    assert storage.get(removed.sha256) == picture()
    with pytest.raises(NotFound):
        remove_paper(session, actor=clerk, claim_id=claim_id, paper_id=paper_id, reason="再来", now=NOW)
    assert _add(session, storage, clerk, claim_id, PaperFile("identity", "别人.png", picture()))


def test_what_a_decision_rests_on_cannot_be_taken_off(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    claim_id = take_in(session, clerk, raw_record("s1")).new[0]
    paper_id = session.scalars(select(Paper.id).where(Paper.claim_id == claim_id).limit(1)).one()
    decide(session, hire(session, "first", "clerk"), hire(session, "second", "reviewer"), claim_id)
    with pytest.raises(Conflict, match="材料不能再动"):
        remove_paper(session, actor=clerk, claim_id=claim_id, paper_id=paper_id, reason="不要", now=NOW)


def test_a_paper_is_marked_once_and_by_whom(session: UnitSession, storage: Storage, clerk: Actor) -> None:
    claim_id = _case(session, clerk)
    other = _case(session, clerk, "s2")
    paper_id = _add(session, storage, clerk, claim_id, PaperFile("identity", "正.png", picture()))[0]
    mark_checked(session, actor=clerk, claim_id=claim_id, paper_id=paper_id, now=NOW)
    mark_checked(session, actor=clerk, claim_id=claim_id, paper_id=paper_id, now=NOW)
    assert session.get_one(Paper, paper_id).checked_by == clerk.staff_id
    with pytest.raises(NotFound):
        mark_checked(session, actor=clerk, claim_id=other, paper_id=paper_id, now=NOW)


@pytest.mark.parametrize(
    ("visit", "facts", "more"),
    [
        ("inpatient", {}, {"discharge_record"}),
        ("outpatient", {}, {"prescription"}),
        ("pharmacy", {"dual_channel": True}, {"prescription", "dual_channel_form"}),
        ("pharmacy", {"dual_channel": False}, {"prescription"}),
        ("inpatient", {"dual_channel": True}, {"discharge_record"}),
        ("inpatient", {"med_type": "2201"}, {"discharge_record", "accident_statement"}),
        ("outpatient", {"med_type": "19"}, {"prescription", "accident_statement"}),
        ("inpatient", {"med_type": "21"}, {"discharge_record"}),
        ("inpatient", {"third_party": "settled"}, {"discharge_record", "accident_statement"}),
        (
            "inpatient",
            {"applicant": "heir"},
            {"discharge_record", "death_certificate", "heir_proof", "heir_identity"},
        ),
        ("outpatient", {"applicant": "proxy"}, {"prescription", "proxy_letter", "proxy_identity"}),
        ("inpatient", {"referral": "emergency"}, {"discharge_record", "emergency_proof"}),
        ("outpatient", {"referral": "emergency"}, {"prescription", "emergency_proof"}),
        ("inpatient", {"referral": "missing"}, {"discharge_record"}),
        ("outpatient", {"applicant": "guardian"}, {"prescription", "guardian_proof", "guardian_identity"}),
    ],
)
def test_each_kind_of_claim_has_its_list_with_a_clause(
    visit: str, facts: dict[str, object], more: set[str]
) -> None:
    always = {"application", "identity", "bank_card", "settlement_sheet", "invoice", "fee_list"}
    needed = dict(needed_papers(visit, {"setl_time": "2026-03-01", **facts}))
    assert set(needed) == always | more
    assert all(needed.values())


def test_what_may_replace_a_paper_does() -> None:
    known = paper_list()
    assert all(code in known.kinds for codes in known.replaces.values() for code in codes)
    facts = {"setl_time": "2026-03-01", "applicant": "heir"}
    every = {code for code, _ in needed_papers("inpatient", facts)}
    instead = {known.replaces[code][0] if code in known.replaces else code for code in every}
    assert missing_papers("inpatient", facts, instead) == []
    assert missing_papers("inpatient", facts, instead - {"heirs_declaration"}) == ["heir_proof"]


@pytest.mark.parametrize("instead", ["emergency_proof", "emergency_record", "observation_record"])
def test_an_emergency_is_proved_by_any_of_three_papers(instead: str) -> None:
    facts = {"setl_time": "2026-03-01", "referral": "emergency"}
    others = {code for code, _ in needed_papers("inpatient", facts)} - {"emergency_proof"}
    assert missing_papers("inpatient", facts, others) == ["emergency_proof"]
    assert missing_papers("inpatient", facts, others | {instead}) == []
