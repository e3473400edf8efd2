"""Rows of a roster put right later: somebody looks at the cases that were calculated without them."""

import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text

from insurer.claims.lifecycle import State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.cover_changes import tell_cover_changed
from insurer.claims.tables import Claim
from insurer.kernel.errors import NotFound
from insurer.people.arriving import ArrivingFile
from insurer.people.cases_to_look_at import touched_by
from insurer.people.operations import apply_roster, stage_roster
from insurer.people.rules import NANTONG
from insurer.people.tables import PersonTask, RosterImport
from insurer.platform import jobs
from insurer.platform.audit import SYSTEM, Actor
from insurer.platform.db import UnitSession
from insurer.platform.outbox import OutboxRow
from insurer.platform.storage import Storage
from insurer.worklists.people_tasks import load_person_task
from tests.factories.desk import (
    LI,
    NOW,
    SCHEME,
    SHELL,
    WANG,
    ZHANG,
    decide,
    hire,
    put_on_roster,
    raw_record,
    take_in,
)

LATER = NOW + timedelta(days=40)


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    """A clerk at a desk whose December roster names 张桂芳 and not 李大勇."""
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    session.execute(delete(OutboxRow))  # as long as nobody has a case there is nothing to look at
    return hire(session, "clerk", "clerk")


def put_right(
    session: UnitSession, storage: Storage, certno: str, name: str, category: str = "农村低保"
) -> None:
    """Take in a row of December's roster that was missing or wrong."""
    content = f"姓名,身份证号,保障类别,享受起始年月\n{name},{certno},{category},2019-05\n".encode()
    staged = stage_roster(
        session,
        arriving=ArrivingFile(SCHEME, date(2025, 12, 1), "更正.csv", kind="additions"),
        actor=SHELL,
        storage=storage,
        content=content,
        now=NOW,
    )
    assert staged.import_id is not None
    apply_roster(session, actor=SHELL, import_id=staged.import_id, storage=storage, now=NOW)


def take_list(
    session: UnitSession,
    storage: Storage,
    month: date,
    *rows: str,
    kind: str = "full",
    scheme: str = SCHEME,
    now: datetime = NOW,
) -> None:
    """Take in an ordinary list: rows of name, number, category, start."""
    content = "\n".join(["姓名,身份证号,保障类别,享受起始年月", *rows, ""]).encode()
    staged = stage_roster(
        session,
        arriving=ArrivingFile(scheme, month, f"{month:%Y-%m}.csv", kind=kind),
        actor=SHELL,
        storage=storage,
        content=content,
        now=now,
    )
    assert staged.import_id is not None
    apply_roster(session, actor=SHELL, import_id=staged.import_id, storage=storage, now=now)


def work(session: UnitSession, *, again: bool = False) -> int:
    """Do what the outbox holds of this kind, as a worker does; return how many people somebody looks at.

    ``again`` does what was done before once more.
    """
    session.flush()
    wanted = select(OutboxRow).where(OutboxRow.job == jobs.COVER_CHANGED)
    rows = session.scalars(wanted if again else wanted.where(OutboxRow.state == "pending")).all()
    for row in rows:
        row.state = "done"
    return sum(
        tell_cover_changed(
            session,
            actor=SYSTEM,
            import_id=uuid.UUID(row.payload["import_id"]),
            cause=row.payload["cause"],
            people=[uuid.UUID(one) for one in row.payload["people"]] if "people" in row.payload else None,
            now=NOW,
        )
        for row in rows
    )


def noted(session: UnitSession) -> set[uuid.UUID]:
    """Return the cases whose time line says that the cover has changed."""
    session.commit()
    rows = session.execute(text("SELECT claim_id FROM audit_entry WHERE tag = 'claim:case:cover_changed'"))
    return set(rows.scalars())


def benefit(session: UnitSession, claim_id: uuid.UUID) -> int:
    claim = session.get(Claim, claim_id)
    assert claim is not None
    return claim.benefit_fen


def test_open_and_refused_cases_without_cover_are_looked_at_once_it_is_there(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    reviewer = hire(session, "second", "reviewer")
    opened, refused = take_in(
        session, clerk, raw_record("s1", LI, "李大勇"), raw_record("s2", LI, "李大勇")
    ).new
    other = take_in(session, clerk, raw_record("s3")).new[0]
    decide(session, clerk, reviewer, refused)
    found = session.get(Claim, refused)
    assert found is not None and found.state == State.TO_NOTIFY
    assert benefit(session, opened) == 0

    put_right(session, storage, LI, "李大勇")
    assert work(session) == 1
    (task,) = session.scalars(select(PersonTask).where(PersonTask.kind == "cover_changed"))
    assert task.person_id == found.person_id
    assert noted(session) == {opened, refused}
    assert (found.state, benefit(session, opened)) == (State.TO_NOTIFY, 0)
    assert other not in noted(session)

    page = load_person_task(session, actor=clerk, task_id=task.id, today=date(2026, 3, 20))
    listed = [row.link.text for row in page.facts if row.label == "案件" and row.link is not None]
    assert found.case_no in listed and len(listed) == 2

    # the work done twice tells nobody twice, and who calculates again pays
    assert work(session, again=True) == 0
    calculate_claims(session, actor=clerk, claim_ids=[opened], now=NOW)
    assert benefit(session, opened) > 0


def test_cases_whose_cover_is_taken_away_are_looked_at_also_when_they_are_agreed(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    reviewer = hire(session, "second", "reviewer")
    opened, agreed = take_in(session, clerk, raw_record("s1"), raw_record("s2")).new
    decide(session, clerk, reviewer, agreed)
    put_right(session, storage, ZHANG, "张桂芳", "低保边缘")
    assert work(session) == 1
    assert noted(session) == {opened, agreed}


def test_a_december_list_sent_anew_without_somebody_makes_his_cases_looked_at(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    reviewer = hire(session, "second", "reviewer")
    opened, agreed = take_in(session, clerk, raw_record("s1"), raw_record("s2")).new
    decide(session, clerk, reviewer, agreed)
    claim = session.get(Claim, agreed)
    assert claim is not None
    before = claim.state
    assert work(session) == 0
    take_list(session, storage, date(2025, 12, 1), f"李大勇,{LI},农村低保,2019-05", now=LATER)
    assert work(session) == 1
    (task,) = session.scalars(select(PersonTask).where(PersonTask.kind == "cover_changed"))
    assert (task.person_id, claim.state) == (claim.person_id, before)
    assert noted(session) == {opened, agreed}
    assert benefit(session, opened) > 0  # nothing is changed by itself
    assert work(session, again=True) == 0


def test_an_approval_that_moves_the_first_day_of_cover_makes_refused_cases_looked_at(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    reviewer = hire(session, "second", "reviewer")
    everybody = f"张桂芳,{ZHANG},农村低保,2019-05"
    take_list(session, storage, date(2026, 4, 1), everybody, f"李大勇,{LI},农村低保,2026-04", now=LATER)
    assert work(session) == 0
    refused = take_in(session, clerk, raw_record("s1", LI, "李大勇"), raw_record("s2")).new[0]
    decide(session, clerk, reviewer, refused)
    assert benefit(session, refused) == 0
    much_later = LATER + timedelta(days=30)
    take_list(session, storage, date(2026, 5, 1), everybody, f"李大勇,{LI},农村低保,2026-02", now=much_later)
    assert work(session) == 1
    assert noted(session) == {refused}


_WANG, _LI = f"王建国,{WANG},最低生活保障,2019-05", f"李大勇,{LI},最低生活保障,2019-05"


@pytest.mark.parametrize(
    ("month", "kind", "listed", "people"),
    [
        (date(2026, 2, 1), "full", [_WANG, _LI], 0),
        (date(2026, 2, 1), "full", [_LI], 1),
        (date(2026, 2, 1), "additions", [_WANG.replace("最低生活保障", "刚性支出困难家庭")], 1),
        (date(2026, 1, 1), "full", [_LI], 1),
    ],
)
def test_in_nantong_a_list_that_ends_an_identity_makes_the_cases_since_looked_at(
    session: UnitSession,
    storage: Storage,
    clerk: Actor,
    month: date,
    kind: str,
    listed: list[str],
    people: int,
) -> None:
    take_list(session, storage, date(2026, 1, 1), _WANG, _LI, scheme=NANTONG)
    record = raw_record("n1", WANG, "王建国", insuplc_admdvs="320602")
    claim_id = take_in(session, clerk, record, scheme=NANTONG).new[0]
    assert work(session) == 0
    assert benefit(session, claim_id) > 0
    take_list(session, storage, month, *listed, kind=kind, scheme=NANTONG, now=LATER)
    assert work(session) == people
    assert noted(session) == ({claim_id} if people else set())


def test_cover_that_begins_later_than_today_concerns_no_case(
    session: UnitSession, storage: Storage, clerk: Actor
) -> None:
    take_in(session, clerk, raw_record("s1"))
    take_list(session, storage, date(2026, 11, 1), f"张桂芳,{ZHANG},农村低保,2019-05", now=LATER)
    take_list(
        session, storage, date(2026, 12, 1), f"张桂芳,{ZHANG},农村低保,2019-05", now=LATER + timedelta(days=1)
    )
    (found,) = session.scalars(select(RosterImport).where(RosterImport.month == date(2026, 12, 1)))
    people = session.scalars(select(Claim.person_id)).all()
    assert touched_by(session, found, people, date(2026, 12, 31)) == set()
    assert touched_by(session, found, people, date(2027, 1, 1)) == set(people)


def test_whose_cases_say_the_same_is_left_alone(session: UnitSession, storage: Storage, clerk: Actor) -> None:
    take_in(session, clerk, raw_record("s1"))
    put_right(session, storage, ZHANG, "张桂芳")
    put_right(session, storage, LI, "李大勇")
    assert work(session) == 0
    assert noted(session) == set()


def test_an_unknown_import_is_refused(session: UnitSession) -> None:
    with pytest.raises(NotFound):
        tell_cover_changed(session, actor=SYSTEM, import_id=uuid.uuid4(), cause="x", people=[], now=NOW)
