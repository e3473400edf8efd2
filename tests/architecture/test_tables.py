"""What holds for every table: a purpose, whole money, a history that stays, people apart."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Date,
    Engine,
    MetaData,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Float, Numeric

from insurer.platform.db import Moment
from insurer.registry import Base

TABLES = Base.metadata.tables
CLASSES = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}

PEOPLE = frozenset(name for name, kind in CLASSES.items() if kind.__module__ == "insurer.people.tables")

PERSONAL = re.compile(
    r"certno|psn_name|phone|mobile|telephone|bank_card|card_no|id_card|householder|born|birth|"
    r"(^|_)(tel|addr|holder|gender|gend|brdy|cipher_of)(_|$)|account_(cipher|hash|tail|no)|"
    r"patient|person_name|insured_name"
)

WRITTEN_ONCE = frozenset(
    {
        "audit_entry",
        "decision",
        "decision_step",
        "journal_entry",
        "journal_line",
        "limit_entry",
        "list_change",
        "list_change_step",
        "list_edition",
        "list_report",
        "list_report_step",
        "person_contact",
        "person_event",
        "reveal_log",
        "roster_exit",
        "roster_entry",
        "roster_statement",
        "rule_pack",
        "stored_file",
    }
)
"""Tables whose rows nobody may change: corrections are new rows."""

SUFFIXES = {"_at": Moment, "_on": Date, "_fen": BigInteger}


def personal(tables: Iterable[Table]) -> list[str]:
    """Return the columns outside ``people`` whose names say that they hold a person's values."""
    return [
        f"{table.name}.{column.key}"
        for table in tables
        if table.name not in PEOPLE
        for column in table.columns
        if PERSONAL.search(column.key)
    ]


def misnamed(tables: Iterable[Table]) -> list[str]:
    """Return columns whose suffix promises another type, and numbers that cannot be money or a count."""
    found = []
    for table in tables:
        for column in table.columns:
            for suffix, kind in SUFFIXES.items():
                if column.key.endswith(suffix) and not isinstance(column.type, kind):
                    found.append(f"{table.name}.{column.key}")
            if isinstance(column.type, Float | Numeric) and not isinstance(column.type, BigInteger):
                found.append(f"{table.name}.{column.key}")
            if column.key in ("amount", "date", "price_yuan", "sum"):
                found.append(f"{table.name}.{column.key}")
    return found


def test_every_table_says_what_it_is() -> None:
    assert len(CLASSES) == len(TABLES)
    inherited = Base.__doc__
    silent = [name for name, kind in CLASSES.items() if not kind.__doc__ or kind.__doc__ == inherited]
    assert silent == []


def test_personal_columns_live_in_people() -> None:
    assert PEOPLE
    assert personal(TABLES.values()) == []


def test_personal_columns_in_people_are_sealed_or_masked() -> None:
    bare = re.compile(r"(^|_)(certno|phone|account|card)(_|$)(?!cipher|hash|mask|tail)")
    columns = [(table, column) for table in PEOPLE for column in TABLES[table].columns]
    assert [f"{table}.{column.key}" for table, column in columns if bare.search(column.key)] == []


def test_suffixes_tell_the_type_and_money_is_whole() -> None:
    assert misnamed(TABLES.values()) == []


def test_the_column_rules_see_what_they_forbid() -> None:
    metadata = MetaData()
    bad = Table(
        "bad",
        metadata,
        Column("certno", Text),
        Column("patient_phone", Text),
        Column("paid_fen", Numeric(12, 2)),
        Column("due_on", Text),
        Column("amount", BigInteger),
    )
    assert personal([bad]) == ["bad.certno", "bad.patient_phone"]
    assert misnamed([bad]) == ["bad.paid_fen", "bad.paid_fen", "bad.due_on", "bad.amount"]


def test_every_table_that_says_append_only_is_guarded() -> None:
    says = {name for name, kind in CLASSES.items() if "Append-only" in (kind.__doc__ or "")}
    assert says
    assert says <= WRITTEN_ONCE


@pytest.mark.parametrize("table", sorted(WRITTEN_ONCE))
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"],
    ids=["UPDATE", "DELETE", "TRUNCATE"],
)
def test_a_table_that_is_written_once_refuses(engine: Engine, table: str, statement: str) -> None:
    column = TABLES[table].columns.keys()[0]
    with engine.connect() as connection, connection.begin() as outer:
        if not statement.startswith("TRUNCATE"):
            _put_a_row(connection, TABLES[table])
        with pytest.raises(IntegrityError, match="written once"):
            connection.execute(text(statement.format(table=table, column=column)))
        outer.rollback()


def test_another_table_does_not_refuse(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as outer:
        _put_a_row(connection, TABLES["schedule_slot"])
        connection.execute(text("UPDATE schedule_slot SET name = name"))
        assert connection.execute(text("DELETE FROM schedule_slot")).rowcount == 1
        connection.execute(text("TRUNCATE schedule_slot"))
        outer.rollback()


def _put_a_row(connection: Connection, table: Table) -> None:
    """Insert one row of samples: a row trigger needs a row to fire. Other rules are lifted for it."""
    view = inspect(connection)
    for rule in view.get_foreign_keys(table.name) + view.get_check_constraints(table.name):
        connection.execute(text(f'ALTER TABLE {table.name} DROP CONSTRAINT "{rule["name"]}"'))
    needed = [column for column in table.columns if not column.nullable]
    connection.execute(table.insert().values({column.key: _sample(column) for column in needed}))


SAMPLES: dict[type, object] = {
    int: 1,
    str: "x",
    bool: True,
    bytes: b"x",
    UUID: UUID(int=1),
    date: date(2026, 1, 31),
}


def _sample(column: "Column[Any]") -> object:
    if isinstance(column.type, Moment):
        return datetime(2026, 1, 31, tzinfo=UTC)
    return {} if isinstance(column.type, JSON) else SAMPLES[column.type.python_type]
