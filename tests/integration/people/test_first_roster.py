"""The first roster of an installation: empty tables are filled at once, and all rules stand afterwards."""

import uuid
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from insurer.people import applying
from insurer.people.applying import FILLED
from insurer.people.tables import Household, Person
from insurer.platform.bulk import first_load
from insurer.platform.db import UnitSession
from insurer.platform.runtime import Runtime
from tests.factories.roster_desk import DEC, JAN, Desk, line

RULES = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
      FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
     ORDER BY 1, 2, 3
"""
HOUSEHOLD = "INSERT INTO household VALUES (:id, 'nantong', '\\x01', '\\x02', '', now())"


def rules(session: UnitSession) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(RULES))]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "MANY", 1)


@pytest.mark.usefixtures("at_once")
def test_a_first_roster_leaves_every_index_and_constraint_as_it_was(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        before = rules(session)
        desk = Desk(session, runtime.storage)
        desk.take(DEC, line("王芳", 101), line("王小", 102, card="DB101"), line("李四", 103))
        assert rules(session) == before
        assert [desk.count(table) for table in ("person", "household", "cover_period")] == [3, 2, 3]
    with runtime.transaction() as session:
        desk = Desk(session, runtime.storage)
        report = desk.take(JAN, line("王芳", 101), line("李四", 103), line("赵云", 104)).report
        assert (report["new"], report["gone"], report["unchanged"]) == (1, 1, 2)
        assert rules(session) == before


def test_what_breaks_a_rule_is_found_at_the_end_and_nothing_stays(runtime: Runtime) -> None:
    def load(*ids: uuid.UUID) -> None:
        with runtime.transaction() as session, first_load(session, FILLED):
            for one in ids:
                session.execute(text(HOUSEHOLD), {"id": one})

    with pytest.raises(IntegrityError, match="card_hash"):
        load(uuid.uuid4(), uuid.uuid4())
    with runtime.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM household")) == 0
    load(uuid.uuid4())


def test_tables_that_hold_a_row_keep_their_indexes_meanwhile(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        session.execute(text(HOUSEHOLD), {"id": uuid.uuid4()})
    with runtime.transaction() as session:
        before = rules(session)
        with first_load(session, (Person, Household)):
            assert rules(session) == before


def test_nobody_reads_the_tables_while_they_are_filled(runtime: Runtime, fresh_engine: Engine) -> None:
    url = fresh_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with runtime.transaction() as session:
        whole = len(rules(session))
    with runtime.transaction() as session, first_load(session, FILLED):
        assert len(rules(session)) < whole
        with psycopg.connect(url) as other:
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("SELECT count(*) FROM person")
