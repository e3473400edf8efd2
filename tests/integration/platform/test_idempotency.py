"""Idempotency keys: one effect, one answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from insurer.kernel.errors import Invalid
from insurer.platform.crypto import Keyring
from insurer.platform.db import make_engine, unit_of_work
from insurer.platform.idempotency import Answer, once
from insurer.platform.numbers import take_numbers

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def send(engine: Engine, keyring: Keyring, key: str, request: bytes = b"same", scope: str = "s") -> Answer:
    with unit_of_work(engine, keyring) as session:

        def act() -> Answer:
            (number,) = take_numbers(session, "once", 1)
            session.execute(text("SELECT pg_sleep(0.02)"))
            return Answer(201, {"number": number})

        return once(session, scope=scope, key=key, request=request, now=NOW, act=act)


def test_twenty_at_once_have_one_effect_and_one_answer(
    fresh_engine: Engine, fresh_database_url: str, keyring: Keyring
) -> None:
    engine = make_engine(fresh_database_url, pool_size=20)
    try:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: send(engine, keyring, "k"), range(20)))
    finally:
        engine.dispose()
    assert {(answer.status, answer.body["number"]) for answer in answers} == {(201, 1)}
    assert [answer.replayed for answer in answers].count(False) == 1
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT last FROM number_series WHERE series = 'once'")) == 1


def test_the_same_key_with_another_request_is_refused(fresh_engine: Engine, keyring: Keyring) -> None:
    send(fresh_engine, keyring, "k")
    with pytest.raises(Invalid):
        send(fresh_engine, keyring, "k", b"other")
    assert send(fresh_engine, keyring, "k").replayed


def test_keys_of_different_scopes_do_not_meet(fresh_engine: Engine, keyring: Keyring) -> None:
    numbers = [send(fresh_engine, keyring, "k", scope=scope).body["number"] for scope in ("a", "b")]
    assert numbers == [1, 2]


def test_an_act_that_was_refused_leaves_the_key_free(fresh_engine: Engine, keyring: Keyring) -> None:
    def refused() -> None:
        with unit_of_work(fresh_engine, keyring) as session:

            def act() -> Answer:
                raise Invalid("no")

            once(session, scope="s", key="k", request=b"same", now=NOW, act=act)

    with pytest.raises(Invalid):
        refused()
    assert send(fresh_engine, keyring, "k").replayed is False
