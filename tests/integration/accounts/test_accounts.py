"""Accounts on the real database."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import Engine, event, select, text, update

from insurer.accounts import operations, queries
from insurer.accounts.tables import SignInAttempt, Staff, StaffSession
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession, unit_of_work

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ADMIN = Actor("admin_shell", "root", "root（本机）")
PASSWORD = "海棠 四两拨千斤 river-7"


def staff(session: UnitSession, login: str = "wangfang", roles: tuple[str, ...] = ("clerk",)) -> uuid.UUID:
    return operations.create_staff(
        session, actor=ADMIN, login=login, name="王芳", roles=roles, password=PASSWORD, now=NOW
    )


def sign_in(session: UnitSession, login: str = "wangfang", password: str = PASSWORD, **more: Any) -> Any:
    values = {"address": "192.0.2.1", "now": NOW, "session_hours": 8, **more}
    return operations.sign_in(session, login=login, password=password, **values)


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement sent while the fixture is in use."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_password_is_kept_as_argon2id_above_the_minimum(session: UnitSession) -> None:
    staff(session)
    kept = session.scalar(select(Staff.password_hash))
    assert kept is not None and kept.startswith("$argon2id$")
    parameters = extract_parameters(kept)
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2


def test_signing_in_renews_a_hash_of_older_parameters(session: UnitSession) -> None:
    staff_id = staff(session)
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    session.execute(update(Staff).values(password_hash=weak))
    session.expire_all()
    assert sign_in(session).token
    session.flush()
    renewed = session.scalar(select(Staff.password_hash).where(Staff.id == staff_id))
    assert renewed != weak
    session.expire_all()
    assert sign_in(session).token


def test_a_taken_name_is_a_conflict_and_keeps_the_transaction(session: UnitSession) -> None:
    staff(session)
    with pytest.raises(Conflict):
        staff(session, "WangFang")
    assert queries.staff_by_login(session, "ＷＡＮＧＦＡＮＧ").name == "王芳"


def test_every_problem_of_a_new_account_is_named(session: UnitSession) -> None:
    with pytest.raises(Invalid) as refused:
        operations.create_staff(
            session, actor=ADMIN, login="a b", name=" ", roles=["king"], password="short", now=NOW
        )
    assert [problem.field for problem in refused.value.problems] == ["login", "roles", "name", "password"]


def test_accounts_are_made_by_administrators_only(session: UnitSession) -> None:
    clerk = Actor("staff", str(uuid.uuid4()), "王芳", frozenset({"clerk"}))
    with pytest.raises(NotAllowed):
        operations.create_staff(
            session, actor=clerk, login="friend", name="友", roles=["admin"], password=PASSWORD, now=NOW
        )
    with pytest.raises(NotAllowed):
        operations.change_roles(session, actor=clerk, staff_id=uuid.uuid4(), roles=["admin"], now=NOW)


def test_staff_change_their_own_password_and_nobody_elses(session: UnitSession) -> None:
    mine, other = staff(session), staff(session, "other")
    me = Actor("staff", str(mine), "王芳", frozenset({"clerk"}))
    operations.set_password(session, actor=me, staff_id=mine, password="另一条 河与桥 47 号", now=NOW)
    with pytest.raises(NotAllowed):
        operations.set_password(session, actor=me, staff_id=other, password="另一条 河与桥 47 号", now=NOW)


def test_an_account_that_is_not_there_is_not_found(session: UnitSession) -> None:
    with pytest.raises(NotFound):
        operations.deactivate(session, actor=ADMIN, staff_id=uuid.uuid4(), now=NOW)
    with pytest.raises(NotFound):
        queries.staff_by_login(session, "nobody")


def test_a_session_is_found_by_one_statement(session: UnitSession, statements: list[str]) -> None:
    staff(session)
    token = sign_in(session).token
    session.flush()
    statements.clear()
    found = queries.find_session(session, token, now=NOW, idle_minutes=15)
    assert found is not None and found.staff.login == "wangfang"
    assert len(statements) == 1


def test_a_visit_is_noted_at_most_once_a_minute(session: UnitSession) -> None:
    staff(session)
    token = sign_in(session).token
    seen = []
    for seconds in (20, 59, 61, 100, 130):
        queries.find_session(session, token, now=NOW + timedelta(seconds=seconds), idle_minutes=15)
        noted = session.scalar(select(StaffSession.seen_at).execution_options(populate_existing=True))
        assert noted is not None
        seen.append(int((noted - NOW).total_seconds()))
    assert seen == [0, 0, 61, 61, 130]  # 130 is a minute after 61 and more


def test_a_request_nobody_made_does_not_keep_a_session_alive(session: UnitSession) -> None:
    staff(session)
    token = sign_in(session).token
    for minutes in (5, 10, 14):
        at = NOW + timedelta(minutes=minutes)
        found = queries.find_session(session, token, now=at, idle_minutes=15, touch=False)
        assert found is not None
        assert found.ends_idle_at == NOW + timedelta(minutes=15)
    late = NOW + timedelta(minutes=16)
    assert queries.find_session(session, token, now=late, idle_minutes=15) is None


def test_parallel_guesses_are_counted_one_by_one(fresh_engine: Engine, keyring: Keyring) -> None:
    with unit_of_work(fresh_engine, keyring) as session:
        staff(session)

    def guess(number: int) -> bool:
        with unit_of_work(fresh_engine, keyring) as session:
            return bool(sign_in(session, password=f"wrong guess number {number}").wait_until)

    with ThreadPoolExecutor(8) as pool:
        refused_for_now = list(pool.map(guess, range(20)))
    assert refused_for_now.count(False) == 4
    with unit_of_work(fresh_engine, keyring) as session:
        assert session.scalar(select(SignInAttempt.failures)) == 5
        refused = select(AuditEntry).where(AuditEntry.tag == "account:sign_in:refused")
        assert len(session.scalars(refused).all()) == 5
        assert sign_in(session).token is None


def test_an_unknown_name_takes_as_long_as_a_wrong_password(session: UnitSession) -> None:
    staff(session)
    sign_in(session, "warm-up", "wrong")

    def seconds(login: str, number: int) -> float:
        start = time.perf_counter()
        sign_in(session, login, "not the password", address=f"192.0.2.{number}")
        return time.perf_counter() - start

    pairs = [(seconds("wangfang", number), seconds("nobody", number)) for number in range(12)]
    # Taken in turn and at its best, for machines are noisy; an early answer would be ten times as fast.
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


def test_signing_in_and_out_is_recorded_by_ids(session: UnitSession) -> None:
    staff_id = staff(session)
    token = sign_in(session, request_id="r-1").token
    actor = Actor("staff", str(staff_id), "王芳", frozenset({"clerk"}))
    operations.sign_out(session, actor=actor, token=token, now=NOW)
    session.commit()
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    tags = [entry.tag for entry in entries][-3:]
    assert tags == ["account:staff:created", "account:session:opened", "account:session:closed"]
    assert {entry.subject_id for entry in entries[-3:]} == {str(staff_id)}
    assert entries[-2].request_id == "r-1"
    assert PASSWORD not in str([entry.data for entry in entries])


def test_ended_sessions_are_tidied_away(session: UnitSession) -> None:
    staff(session)
    sign_in(session)
    session.flush()
    sign_in(session, now=NOW + timedelta(hours=9))
    session.flush()
    count = session.scalar(text("SELECT count(*) FROM staff_session"))
    assert count == 1


def test_a_token_reaches_no_further_than_its_owner(session: UnitSession) -> None:
    owner = staff(session)

    def issue(*scopes: str, days: int = 30, client: str = "HIS") -> str:
        return operations.issue_token(
            session, actor=ADMIN, owner_id=owner, client=client, scopes=scopes, days=days, now=NOW
        )

    for wrong in (("claims.approve",), ("claims.fly",), ()):
        with pytest.raises(Invalid):
            issue(*wrong)
    with pytest.raises(Invalid):
        issue("claims.view", days=0)
    with pytest.raises(Invalid):
        issue("claims.view", client=" ")
    token = issue("claims.view", "claims.register")
    client = queries.find_client(session, token, now=NOW)
    assert client is not None
    assert client.kind == "client"
    assert client.staff_id == owner, "whoever answers for a program is no second person beside it"
    assert client.roles == {"claims.view", "claims.register"}
    operations.change_roles(session, actor=ADMIN, staff_id=owner, roles=["finance"], now=NOW)
    session.flush()
    reduced = queries.find_client(session, token, now=NOW)
    assert reduced is not None and reduced.roles == {"claims.view"}


def test_whoever_may_do_something_can_be_named(session: UnitSession) -> None:
    staff(session)
    reviewer = staff(session, "reviewer", ("reviewer",))
    gone = staff(session, "gone", ("supervisor",))
    operations.deactivate(session, actor=ADMIN, staff_id=gone, now=NOW)
    session.flush()
    assert [one.id for one in queries.staff_who_may(session, "claims.approve")] == [reviewer]
    assert queries.staff_names(session, [reviewer, uuid.uuid4()]) == {reviewer: "王芳"}
    assert len(queries.list_staff(session)) == 3
