"""Rules of accounts: names, passwords, waits."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.accounts import rules
from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS, held_by, holds, require, role_problems
from insurer.kernel.errors import NotAllowed
from insurer.platform.audit import SYSTEM, Actor

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

GOOD = [
    "correct horse battery staple",
    "海棠 四两拨千斤 river-7",
    "春眠不觉晓处处闻啼鸟夜来",
    "tR7#kd92!mQx",
    "三月的雨落在旧屋檐上吧啊",
]
REFUSED = [
    "short",
    "十一个字不够的口令呀",
    "password1234",
    "Password!2026",
    "123456789012",
    "aaaaaaaaaaaa",
    "abcabcabcabcabc",
    "qwertyuiop12",
    "adminadmin123",
    "医保局医保局医保局医保局",
    "常州新北大病补充保险理赔",
    "一二三四五六七八九十一二",
    "1qaz2wsx3edc4rfv",
    "zhangsan2026",
    "insurer2026!!",
    "x" * 129,
    "            ",
]


@pytest.mark.parametrize("password", GOOD)
def test_a_password_of_unrelated_words_is_accepted(password: str) -> None:
    assert rules.password_problems(password, login="zhangsan", name="张三") == []


@pytest.mark.parametrize("password", REFUSED)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    (problem,) = rules.password_problems(password, login="zhangsan", name="张三")
    assert problem.field == "password"


def test_the_own_name_counts_as_one_sign() -> None:
    assert rules.password_problems("zhangsan张三zhangsan", login="zhangsan", name="张三")
    assert rules.password_problems("ZHANGSAN-2026", login="zhangsan", name="张三")


@given(st.text(min_size=0, max_size=200))
def test_any_text_gets_an_answer(password: str) -> None:
    problems = rules.password_problems(password, login="a1", name="甲")
    if len(rules.normal_password(password)) < 12:
        assert problems


@given(st.integers(0, 200), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_no_wait_is_endless_and_none_begins_before_the_fifth_try(failures: int, since: timedelta) -> None:
    until = rules.waits_until(failures, NOW)
    assert (until is None) == (failures < 5)
    if until is not None:
        assert timedelta(minutes=15) <= until - NOW <= timedelta(hours=2)
    counted = rules.failures_now(failures, NOW, NOW + since)
    assert counted in (0, failures)
    if since >= timedelta(days=1):
        assert counted == 0


@given(st.integers(5, 100))
def test_the_wait_grows_until_its_limit(failures: int) -> None:
    first, second = rules.waits_until(failures, NOW), rules.waits_until(failures + 1, NOW)
    assert first is not None and second is not None
    assert second > first or second - NOW == timedelta(hours=2)


def test_no_count_is_forgotten_while_its_wait_runs() -> None:
    for failures in range(5, 60):
        until = rules.waits_until(failures, NOW)
        assert until is not None
        assert rules.failures_now(failures, NOW, until) == failures


@pytest.mark.parametrize("login", ["", "a", "a b", "x" * 33, "a/b", "<b>", "a\n"])
def test_a_strange_name_is_refused(login: str) -> None:
    assert rules.login_problems(login)


@pytest.mark.parametrize("login", ["wangfang", "王芳", "w.f-1_2"])
def test_a_plain_name_is_accepted(login: str) -> None:
    assert rules.login_problems(login) == []


def test_unknown_roles_and_no_roles_are_refused() -> None:
    assert role_problems([])
    assert [problem.field for problem in role_problems(["clerk", "king"])] == ["roles"]
    assert role_problems(list(ROLE_WORDS)) == []


def test_every_permission_is_held_by_known_roles_only() -> None:
    for roles in PERMISSIONS.values():
        assert roles
        assert roles <= frozenset(ROLE_WORDS)


def test_a_program_has_permissions_and_no_roles() -> None:
    client = Actor("client", "1", "HIS", frozenset({"claims.view"}))
    assert holds(client, "claims.view")
    assert not holds(client, "claims.register")
    assert not holds(Actor("client", "1", "HIS", frozenset({"clerk"})), "claims.view")


def test_whoever_is_refused_learns_who_may() -> None:
    with pytest.raises(NotAllowed, match="主管、财务"):
        require(Actor("staff", "1", "王芳", frozenset({"clerk"})), "payments.release")
    require(SYSTEM, "payments.release")


def test_roles_hold_what_the_table_gives_them() -> None:
    assert "payments.batch" in held_by(frozenset({"finance"}))
    assert "payments.batch" not in held_by(frozenset({"clerk"}))
    assert held_by(frozenset()) == frozenset()
