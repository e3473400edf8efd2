"""The fixtures of tests/conftest.py keep tests apart."""

import socket

import pytest
import redis
from sqlalchemy import Engine, text

from insurer.platform.db import UnitSession, make_engine


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next(session: UnitSession, turn: int) -> None:
    session.execute(text("CREATE TABLE IF NOT EXISTS left_over (turn int)"))
    assert session.execute(text("SELECT count(*) FROM left_over")).scalar() == 0
    session.execute(text("INSERT INTO left_over VALUES (:turn)"), {"turn": turn})
    session.commit()
    assert session.execute(text("SELECT count(*) FROM left_over")).scalar() == 1


def test_a_fresh_database_is_migrated_and_not_the_workers(fresh_database_url: str, engine: Engine) -> None:
    other = make_engine(fresh_database_url)
    with other.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        connection.execute(text("CREATE TABLE only_here (id int)"))
    other.dispose()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('only_here')")).scalar() is None


@pytest.mark.parametrize("turn", [1, 2])
def test_the_queue_starts_empty(redis_connection: redis.Redis, turn: int) -> None:
    assert redis_connection.dbsize() == 0
    redis_connection.set("turn", turn)


def test_the_outside_world_is_out_of_reach() -> None:
    with socket.socket() as client, pytest.raises(RuntimeError, match="tried to connect"):
        client.connect(("192.0.2.1", 80))
