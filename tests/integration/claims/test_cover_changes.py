"""Rows of a roster put right later: somebody looks at the cases that were calculated without them."""

import uuid
from datetime import date

import pytest
from sqlalchemy import select, text

from insurer.claims.lifecycle import State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.cover_changes import tell_cover_changed
from insurer.claims.tables import Claim
from insurer.kernel.errors import NotFound
from insurer.people.operations import apply_roster, stage_roster
from insurer.people.tables import PersonTask
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
    ZHANG,
    decide,
    hire,
    put_on_roster,
    raw_record,
    take_in,
)


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    """A clerk at a desk whose December roster names 张桂芳 and not 李大勇."""
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    return hire(session, "clerk", "clerk")


def put_right(
    session: UnitSession, storage: Storage, certno: str, name: str, category: str = "农村低保"
) -> None:
    """Take in a row of December's roster that was missing or wrong."""
    content = f"姓名,身份证号,保障类别,享受起始年月\n{name},{certno},{category},2019-05\n".encode()
    staged = stage_roster(
        session,
        actor=SHELL,
        storage=storage,
        scheme=SCHEME,
        month=date(2025, 12, 1),
        content=content,
        filename="更正.csv",
        now=NOW,
        kind="additions",
    )
    assert staged.import_id is not None
    apply_roster(session, actor=SHELL, import_id=staged.import_id, storage=storage, now=NOW)


def work(session: UnitSession) -> int:
    """Do what the outbox holds of this kind, as a worker does; return how many people somebody looks at."""
    session.flush()
    rows = session.scalars(select(OutboxRow).where(OutboxRow.job == jobs.COVER_CHANGED)).all()
    return sum(
        tell_cover_changed(
            session,
            actor=SYSTEM,
            import_id=uuid.UUID(row.payload["import_id"]),
            cause=row.payload["cause"],
            people=[uuid.UUID(one) for one in row.payload["people"]],
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
    assert work(session) == 0
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


def test_whose_cases_say_the_same_is_left_alone(session: UnitSession, storage: Storage, clerk: Actor) -> None:
    take_in(session, clerk, raw_record("s1"))
    put_right(session, storage, ZHANG, "张桂芳")
    put_right(session, storage, LI, "李大勇")
    assert work(session) == 0
    assert noted(session) == set()


def test_an_unknown_import_is_refused(session: UnitSession) -> None:
    with pytest.raises(NotFound):
        tell_cover_changed(session, actor=SYSTEM, import_id=uuid.uuid4(), cause="x", people=[], now=NOW)
