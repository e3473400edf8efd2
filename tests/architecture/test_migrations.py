"""The history of the database can be read, walked up and down, and ends where the tables are."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from insurer.platform.migrate import alembic_config, current_revision, downgrade, newest_revision, upgrade
from insurer.registry import Base
from tests.architecture.sources import python_files

FILES = python_files("migrations/versions")
NAME = re.compile(r"(\d{4})_[a-z][a-z0-9_]+\.py")


def misnumbered(names: list[str]) -> list[str]:
    """Return the files that are not the next number and a phrase: two branches show as one number twice."""
    found = [NAME.fullmatch(PurePosixPath(name).name) for name in sorted(names)]
    return [
        name
        for place, (name, match) in enumerate(zip(sorted(names), found, strict=True), start=1)
        if match is None or int(match[1]) != place
    ]


@pytest.fixture
def blank_engine(blank_database_url: str) -> Iterator[Engine]:
    """An engine on a database without tables."""
    engine = create_engine(blank_database_url)
    yield engine
    engine.dispose()


def described(connection: Connection) -> dict[str, object]:
    """Return what stands in the database: columns, keys, checks, indexes, triggers and functions."""
    view = inspect(connection)
    tables = {
        table: (
            sorted(str(sorted(column.items(), key=str)) for column in view.get_columns(table)),
            str(view.get_pk_constraint(table)),
            sorted(map(str, view.get_foreign_keys(table))),
            sorted(map(str, view.get_unique_constraints(table))),
            sorted(map(str, view.get_check_constraints(table))),
            sorted(map(str, view.get_indexes(table))),
        )
        for table in view.get_table_names()
    }
    triggers = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
    functions = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
    return {
        **tables,
        "triggers": [tuple(row) for row in connection.execute(text(triggers))],
        "functions": [tuple(row) for row in connection.execute(text(functions))],
    }


def test_files_are_numbered_without_gap_or_fork() -> None:
    assert FILES
    assert misnumbered(FILES) == []


def test_a_gap_or_a_fork_is_seen() -> None:
    assert misnumbered(["0001_a_make_b.py", "0003_make_c.py"]) == ["0003_make_c.py"]
    assert misnumbered(["0001_make_a.py", "0002_make_b.py", "0002_make_c.py"]) == ["0002_make_c.py"]
    assert misnumbered(["0001_make_a.py", "next.py"]) == ["next.py"]


def test_there_is_one_head_and_every_revision_is_its_file() -> None:
    scripts = ScriptDirectory.from_config(alembic_config(""))
    assert scripts.get_heads() == [PurePosixPath(max(FILES)).name[:4]]
    for script in scripts.walk_revisions():
        assert PurePosixPath(script.path).name.startswith(f"{script.revision}_")


def test_the_way_down_empties_the_database_and_the_way_up_builds_the_same(
    blank_database_url: str, blank_engine: Engine
) -> None:
    upgrade(blank_database_url)
    with blank_engine.connect() as connection:
        first = described(connection)
    downgrade(blank_database_url, "base")
    with blank_engine.connect() as connection:
        empty = described(connection)
    assert set(empty) - {"alembic_version"} == {"triggers", "functions"}
    assert empty["triggers"] == empty["functions"] == []
    upgrade(blank_database_url)
    assert current_revision(blank_engine) == newest_revision()
    with blank_engine.connect() as connection:
        assert described(connection) == first


def test_each_step_can_be_taken_back(blank_database_url: str) -> None:
    for name in FILES:
        number = PurePosixPath(name).name[:4]
        upgrade(blank_database_url, number)
        downgrade(blank_database_url, "-1")
        upgrade(blank_database_url, number)


def test_the_tables_are_what_the_history_builds(fresh_database_url: str) -> None:
    command.check(alembic_config(fresh_database_url))


def test_a_drift_is_seen(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        before = compare_metadata(context, Base.metadata)
        connection.execute(text("ALTER TABLE staff ADD COLUMN nickname text"))
        after = compare_metadata(context, Base.metadata)
    assert len(after) == len(before) + 1
    assert any(change[0] == "remove_column" and change[3].name == "nickname" for change in after)
