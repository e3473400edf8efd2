"""A change of a list on PostgreSQL: two persons, its effect first, then bills of its days and no others."""

import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from insurer.claims.list_effects import benefit_after, changed_cases, effect_of_cases
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.list_changes import calculate_after_change, report_line
from insurer.claims.recomputing import recompute_decisions
from insurer.claims.tables import Claim, Decision, FeeLine, Settlement
from insurer.exclusions.editions import edition_of, package_edition
from insurer.exclusions.operations import (
    approve_change,
    decline_change,
    decline_report,
    propose_change,
    withdraw_change,
)
from insurer.exclusions.queries import (
    edition_in_force,
    open_reports_of,
    proposal,
    proposals,
    reports,
    waiting_counts,
)
from insurer.exclusions.rules import Effect
from insurer.exclusions.tables import ListEdition
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.platform import jobs
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work
from insurer.platform.outbox import OutboxRow
from insurer.platform.storage import Storage
from tests.factories.desk import (
    LI,
    NOW,
    SCHEME,
    ZHANG,
    decide,
    hire,
    line,
    put_on_roster,
    raw_record,
    take_in,
)

TODAY = date(2026, 3, 20)
BED = {"chrgitm_lv": "03", "list_type": "201", "med_chrgitm_type": "14"}


@dataclass
class Crew:
    clerk: Actor
    first: Actor
    reviewer: Actor
    officer: Actor
    second: Actor


POSTS = (
    ("clerk", "clerk"),
    ("first", "clerk"),
    ("reviewer", "reviewer"),
    ("officer", "officer"),
    ("second", "officer"),
)


@pytest.fixture
def crew(session: UnitSession, storage: Storage) -> Crew:
    put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
    return Crew(*(hire(session, name, role) for name, role in POSTS))


def bill(
    setl_id: str, name: str, certno: str = ZHANG, day: str = "2026-03-25", **more: Any
) -> dict[str, Any]:
    """Return a settlement whose own expense is one service line of this name."""
    return raw_record(
        setl_id,
        certno=certno,
        feedetail=[
            line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
            {**line("2", name, "100.00", **BED), "fulamt_ownpay_amt": "100.00"},
        ],
        begndate=day,
        enddate=day,
        setl_time=f"{day} 10:00:00",
        **more,
    )


def propose(session: UnitSession, actor: Actor, **changes: Any) -> str:
    values: dict[str, Any] = {
        "list_id": "special",
        "kind": "add",
        "term": "云端管家",
        "answer": "excluded",
        "meaning": "特需服务",
        "basis": "区人社局 2026-03-18 函",
        "starts_on": TODAY,
        "ends_on": None,
        "now": NOW,
    }
    return propose_change(session, actor=actor, **(values | changes))


def agree(session: UnitSession, actor: Actor, number: str, now: datetime = NOW) -> None:
    approve_change(
        session,
        actor=actor,
        number=number,
        opinion="同意",
        previewed=edition_in_force(session).hash,
        effect=Effect(),
        now=now,
    )


def test_a_change_takes_two_persons(session: UnitSession, crew: Crew) -> None:
    number = propose(session, crew.officer)
    assert number == "QD2026-0001"
    assert edition_in_force(session) is package_edition()
    with pytest.raises(NotAllowed, match="另一个人"):
        agree(session, crew.officer, number)
    with pytest.raises(NotAllowed):
        agree(session, crew.clerk, number)
    agree(session, crew.second, number)
    edition = edition_in_force(session)
    assert [one.term for one in edition.changes] == ["云端管家"]
    found = proposal(session, number)
    assert (found.step, found.ended_by_name, found.effect) == ("approved", "second", Effect())
    session.commit()
    tags = session.scalars(select(AuditEntry.tag).where(AuditEntry.tag.startswith("lists:")))
    assert sorted(tags) == ["lists:change:approved", "lists:change:proposed"]


def test_a_proposal_ends_once(session: UnitSession, crew: Crew) -> None:
    number = propose(session, crew.officer)
    with pytest.raises(Conflict, match="已经有一条"), session.begin_nested():
        propose(session, crew.second)
    with pytest.raises(Invalid, match="理由"):
        decline_change(session, actor=crew.second, number=number, opinion=" ", now=NOW)
    with pytest.raises(Conflict, match="本人"):
        withdraw_change(session, actor=crew.second, number=number, now=NOW)
    decline_change(session, actor=crew.second, number=number, opinion="词太宽", now=NOW)
    for end in (
        lambda: agree(session, crew.second, number),
        lambda: withdraw_change(session, actor=crew.officer, number=number, now=NOW),
    ):
        with pytest.raises(Conflict, match="已经退回"):
            end()
    assert propose(session, crew.officer) == "QD2026-0002"
    assert [one.step for one in proposals(session)] == ["", "declined"]


def test_a_change_cannot_begin_in_the_past(session: UnitSession, crew: Crew) -> None:
    with pytest.raises(Invalid) as refused:
        propose(session, crew.officer, starts_on=date(2026, 3, 19))
    assert refused.value.problems[0].field == "starts_on"
    number = propose(session, crew.officer)
    with pytest.raises(Invalid, match="已经过了"):
        agree(session, crew.second, number, now=datetime(2026, 3, 21, 2, tzinfo=UTC))


def test_a_word_the_list_holds_is_not_added_again(session: UnitSession, crew: Crew) -> None:
    for changes in ({"term": "空调费"}, {"list_id": "unrelated", "term": "空调费", "answer": "covered"}):
        with pytest.raises(Invalid) as refused:
            propose(session, crew.officer, **changes)
        assert refused.value.problems[0].field == "term"
    with pytest.raises(Invalid):
        propose(session, crew.officer, kind="retire", term="没有的词")


def test_an_approval_needs_a_preview_on_the_lists_of_now(session: UnitSession, crew: Crew) -> None:
    seen = edition_in_force(session).hash
    one, two = propose(session, crew.officer), propose(session, crew.officer, term="云端客服")
    agree(session, crew.second, one)
    values = {"actor": crew.second, "number": two, "opinion": "", "effect": Effect(), "now": NOW}
    with pytest.raises(Conflict, match="变过"):
        approve_change(session, previewed=seen, **values)
    approve_change(session, previewed=edition_in_force(session).hash, **values)


def test_two_approvals_at_once_leave_one_that_must_look_again(fresh_engine: Engine, keyring: Keyring) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        officer, second = hire(session, "officer", "officer"), hire(session, "second", "officer")
        numbers = [propose(session, officer), propose(session, officer, term="云端客服")]
        seen = edition_in_force(session).hash
    started, outcomes = threading.Barrier(2), []

    def run(number: str) -> None:
        values = {"actor": second, "number": number, "opinion": "", "previewed": seen, "now": NOW}
        started.wait()
        try:
            with unit_of_work(fresh_engine, keyring) as own:
                approve_change(own, effect=Effect(), **values)
            outcomes.append("approved")
        except Conflict:
            outcomes.append("look again")

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "look again"]


def test_the_preview_names_lines_cases_and_money(session: UnitSession, crew: Crew) -> None:
    old = take_in(session, crew.clerk, bill("s1", "云端管家月费", day="2026-02-10")).new[0]
    decide(session, crew.first, crew.reviewer, old)
    still_open = take_in(session, crew.clerk, bill("s2", "云端管家", certno=LI, psn_name="李文")).new[0]
    take_in(session, crew.clerk, bill("s3", "普通床位费"))
    change = proposal(session, propose(session, crew.officer)).change
    edition = edition_in_force(session)
    cases, complete = changed_cases(session, edition=edition, change=change, today=TODAY)
    assert {case.claim_id for case in cases} == {old, still_open}
    assert [case.is_open for case in cases] == [True, False]
    shown = [(one.number, one.before, one.after, one.amount_fen) for case in cases for one in case.lines]
    assert shown == [(2, "covered", "excluded", 10_000)] * 2
    effect = effect_of_cases(cases, complete=complete)
    assert effect == Effect(lines=2, cases=2, fen=20_000, open_cases=1, to_excluded=2)
    money = benefit_after(session, [old, still_open], edition=edition, change=change)
    assert all(before - after == 5_000 for before, after in money.values())


def test_a_line_that_a_person_judged_is_not_counted(session: UnitSession, crew: Crew) -> None:
    claim_id = take_in(session, crew.clerk, bill("s1", "云端管家")).new[0]
    judge(session, crew, claim_id, "covered")
    change = proposal(session, propose(session, crew.officer)).change
    cases, _ = changed_cases(session, edition=edition_in_force(session), change=change, today=TODAY)
    assert [one.judged for case in cases for one in case.lines] == [True]
    assert effect_of_cases(cases, complete=True).lines == 0


def judge(session: UnitSession, crew: Crew, claim_id: uuid.UUID, finding: str) -> uuid.UUID:
    line_id = second_line(session, claim_id)
    set_finding(
        session,
        actor=crew.clerk,
        claim_id=claim_id,
        line_id=line_id,
        finding=finding,
        reason="看过单据",
        now=NOW,
    )
    return line_id


def second_line(session: UnitSession, claim_id: uuid.UUID) -> uuid.UUID:
    wanted = (
        select(FeeLine.id)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(Settlement.claim_id == claim_id, FeeLine.line_no == 2)
    )
    return session.scalars(wanted).one()


def test_after_an_approval_open_cases_of_its_days_are_calculated_again(
    session: UnitSession, crew: Crew
) -> None:
    before, inside = (
        take_in(session, crew.clerk, bill("s1", "云端管家", day="2026-03-10")).new[0],
        take_in(
            session, crew.clerk, bill("s2", "云端管家", certno=LI, psn_name="李文", day="2026-03-20")
        ).new[0],
    )
    number = propose(session, crew.officer)
    agree(session, crew.second, number)
    work = session.scalars(select(OutboxRow).where(OutboxRow.job == jobs.CALCULATE_AFTER_LISTS)).one()
    change_id = uuid.UUID(work.payload["change_id"])
    assert calculate_after_change(session, actor=crew.clerk, change_id=change_id, now=NOW) == 1
    session.flush()
    decisions = {claim_id: _decisions(session, claim_id) for claim_id in (before, inside)}
    assert len(decisions[before]) == 1
    first, second = decisions[inside]
    assert first.benefit_fen - second.benefit_fen == 5_000
    assert (first.lists_hash, second.lists_hash) == (package_edition().hash, edition_in_force(session).hash)


def _decisions(session: UnitSession, claim_id: uuid.UUID) -> list[Decision]:
    wanted = select(Decision).where(Decision.claim_id == claim_id).order_by(Decision.seq)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def test_a_decision_keeps_its_lists_and_comes_out_again_after_they_changed(
    fresh_engine: Engine, keyring: Keyring, storage: Storage
) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        put_on_roster(session, storage, [(ZHANG, "张桂芳"), (LI, "李文")])
        crew = Crew(*(hire(session, name, role) for name, role in POSTS))
        claim_id = take_in(session, crew.clerk, bill("s1", "云端管家")).new[0]
        decide(session, crew.first, crew.reviewer, claim_id)
    with unit_of_work(fresh_engine, keyring) as session:
        agree(session, crew.second, propose(session, crew.officer))
        take_in(session, crew.clerk, bill("s2", "云端管家", certno=LI, psn_name="李文"))
        calculate_claims(session, actor=crew.clerk, claim_ids=[claim_id], now=NOW)
    with unit_of_work(fresh_engine, keyring) as session:
        hashes = list(session.scalars(select(Decision.lists_hash).order_by(Decision.made_at, Decision.id)))
        assert len(hashes) == len(set(hashes)) == 2
        kept = {row.hash: row.content for row in session.scalars(select(ListEdition))}
        assert all(edition_of(kept[one]).hash == one for one in hashes)
    with unit_of_work(fresh_engine, keyring) as session:
        found = list(recompute_decisions(session, scheme=SCHEME))
        assert [one.differences for one in found] == [(), ()]
    with fresh_engine.begin() as connection:
        connection.execute(text("ALTER TABLE list_edition DISABLE TRIGGER written_once"))
        changed = text(
            "UPDATE list_edition SET content = jsonb_set(content, '{base,x}', '1') WHERE hash = :hash"
        )
        connection.execute(changed, {"hash": hashes[0]})
    with unit_of_work(fresh_engine, keyring) as session:
        found = list(recompute_decisions(session, scheme=SCHEME))
        assert [[one.field for one in row.differences] for row in found] == [["lists_hash"], []]


def test_a_wrong_answer_is_reported_once_and_ends_as_a_proposal(session: UnitSession, crew: Crew) -> None:
    claim_id = take_in(session, crew.clerk, bill("s1", "特需氧疗舱治疗")).new[0]
    line_id = second_line(session, claim_id)
    values = {"actor": crew.clerk, "claim_id": claim_id, "line_id": line_id, "now": NOW}
    assert report_line(session, remark="是设备名", **values)
    assert not report_line(session, remark="再说一次", **values)
    assert open_reports_of(session, [line_id]) == {line_id}
    (told,) = reports(session, waiting=True)
    assert (told.row.name, told.row.decision, told.row.remark) == ("特需氧疗舱治疗", "excluded", "是设备名")
    assert waiting_counts(session) == (0, 1)
    number = propose(
        session,
        crew.officer,
        term="特需氧疗舱",
        answer="covered",
        meaning="设备名称",
        report_id=told.row.id,
    )
    assert waiting_counts(session) == (1, 0)
    (handled,) = reports(session, waiting=False)
    assert (handled.step, handled.change_number) == ("proposed", number)
    with pytest.raises(Conflict, match="办过"):
        decline_report(session, actor=crew.officer, report_id=told.row.id, reason="不改", now=NOW)
    assert report_line(session, remark="又见到", **values)


def test_a_report_is_declined_with_a_reason(session: UnitSession, crew: Crew) -> None:
    claim_id = take_in(session, crew.clerk, bill("s1", "空调费")).new[0]
    line_id = second_line(session, claim_id)
    report_line(session, actor=crew.clerk, claim_id=claim_id, line_id=line_id, remark="", now=NOW)
    (told,) = reports(session, waiting=True)
    with pytest.raises(NotAllowed):
        decline_report(session, actor=crew.clerk, report_id=told.row.id, reason="不改", now=NOW)
    with pytest.raises(Invalid):
        decline_report(session, actor=crew.officer, report_id=told.row.id, reason="", now=NOW)
    decline_report(session, actor=crew.officer, report_id=told.row.id, reason="空调费本来就不赔", now=NOW)
    assert reports(session, waiting=False)[0].reason == "空调费本来就不赔"
    assert session.scalar(select(func.count()).select_from(Claim)) == 1
