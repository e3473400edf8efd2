"""The audit chain: whatever is done to it by somebody who may do everything in the database is named."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import IntegrityError

from insurer.platform.audit import Actor, AuditEntry, note, verify_chain
from insurer.platform.audit_head import check_head, keep_head
from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CLERK = Actor("staff", "00000000-0000-7000-8000-000000000001", "王芳", frozenset({"clerk"}))


def write(engine: Engine, keyring: Keyring, count: int, *, mark: str = "e") -> None:
    for number in range(count):
        with unit_of_work(engine, keyring) as session:
            note(
                session, CLERK, "claim:case:tried", ("claim", f"{mark}{number}"), now=NOW, data={"n": number}
            )


def verified(engine: Engine, keyring: Keyring) -> tuple[int, list[int]]:
    with unit_of_work(engine, keyring) as session:
        count, breaks = verify_chain(session, keyring)
    return count, sorted({found.seq for found in breaks})


@pytest.fixture
def tamper(fresh_engine: Engine) -> Callable[[str], None]:
    def run(statement: str) -> None:
        with fresh_engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))

    return run


def test_an_untouched_chain_holds(fresh_engine: Engine, keyring: Keyring) -> None:
    write(fresh_engine, keyring, 6)
    assert verified(fresh_engine, keyring) == (6, [])


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_entry SET reason = 'x' WHERE seq = 3", [3]),
        ("UPDATE audit_entry SET data = '{\"n\": 9}' WHERE seq = 3", [3]),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 3", [3]),
        ("UPDATE audit_entry SET actor_name = '李明' WHERE seq = 6", [6]),
        ("DELETE FROM audit_entry WHERE seq = 3", [4]),
        ("DELETE FROM audit_entry WHERE seq = 1", [2]),
        ("UPDATE audit_entry SET link = decode(repeat('ab', 32), 'hex') WHERE seq = 3", [3, 4]),
        (
            "INSERT INTO audit_entry SELECT 7, at, actor_kind, actor_id, actor_name, tag, subject_kind,"
            " subject_id, claim_id, reason, data, request_id, link, link FROM audit_entry WHERE seq = 6",
            [7],
        ),
        (
            "UPDATE audit_entry SET seq = CASE seq WHEN 3 THEN 1004 ELSE 1003 END WHERE seq IN (3, 4);"
            " UPDATE audit_entry SET seq = seq - 1000 WHERE seq > 1000",
            [3, 4, 5],
        ),
    ],
    ids=["reason", "data", "time", "name of the last", "delete", "delete first", "link", "insert", "reorder"],
)
def test_a_change_is_named(
    fresh_engine: Engine, keyring: Keyring, tamper: Callable[[str], None], statement: str, named: list[int]
) -> None:
    write(fresh_engine, keyring, 6)
    for part in statement.split(";"):
        tamper(part)
    assert verified(fresh_engine, keyring)[1] == named


def test_a_chain_does_not_hold_under_another_key(
    fresh_engine: Engine, keyring: Keyring, tmp_path: Path
) -> None:
    from insurer.platform.crypto import load_keyring

    write(fresh_engine, keyring, 3)
    other = load_keyring(tmp_path / "other.json", create=True)
    assert verified(fresh_engine, other) == (3, [1, 2, 3])


@pytest.mark.parametrize("cut", ["DELETE FROM audit_entry WHERE seq > 4", "DELETE FROM audit_entry"])
def test_an_end_that_was_cut_off_is_named_by_the_head_kept_outside(
    fresh_engine: Engine, keyring: Keyring, tamper: Callable[[str], None], tmp_path: Path, cut: str
) -> None:
    write(fresh_engine, keyring, 6)
    place = tmp_path / "head.json"
    with unit_of_work(fresh_engine, keyring) as session:
        assert check_head(session, keyring, place) == []
        keep_head(session, keyring, place, now=NOW)
        assert check_head(session, keyring, place) == []
    tamper(cut)
    write(fresh_engine, keyring, 1, mark="later")
    assert verified(fresh_engine, keyring)[1] == []  # the chain alone cannot tell
    with unit_of_work(fresh_engine, keyring) as session:
        assert [found.seq for found in check_head(session, keyring, place)] == [6]


def test_an_end_that_was_written_anew_is_named_too(
    fresh_engine: Engine, keyring: Keyring, tamper: Callable[[str], None], tmp_path: Path
) -> None:
    write(fresh_engine, keyring, 6)
    place = tmp_path / "head.json"
    with unit_of_work(fresh_engine, keyring) as session:
        keep_head(session, keyring, place, now=NOW)
    tamper("DELETE FROM audit_entry WHERE seq > 4")
    write(fresh_engine, keyring, 3, mark="other")
    with unit_of_work(fresh_engine, keyring) as session:
        assert [found.seq for found in check_head(session, keyring, place)] == [6]
    place.write_text(place.read_text().replace('"seq": 6', '"seq": 2'))
    with unit_of_work(fresh_engine, keyring) as session:
        assert [found.seq for found in check_head(session, keyring, place)] == [0]


def test_an_entry_cannot_be_changed_the_ordinary_way(fresh_engine: Engine, keyring: Keyring) -> None:
    write(fresh_engine, keyring, 1)

    def attempt(connection: Connection, statement: str) -> None:
        connection.execute(text(statement))

    for statement in (
        "UPDATE audit_entry SET reason = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ):
        with fresh_engine.connect() as connection, pytest.raises(IntegrityError):
            attempt(connection, statement)


def test_many_writers_never_fork_the_chain(fresh_engine: Engine, keyring: Keyring) -> None:
    def several(number: int) -> None:
        write(fresh_engine, keyring, 10, mark=f"w{number}-")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(several, range(6)))
    assert verified(fresh_engine, keyring) == (60, [])


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(fresh_engine: Engine, keyring: Keyring) -> None:
    write(fresh_engine, keyring, 1)

    def fail() -> None:
        with unit_of_work(fresh_engine, keyring) as session:
            note(session, CLERK, "claim:case:tried", ("claim", "lost"), now=NOW)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        fail()
    write(fresh_engine, keyring, 1, mark="after")
    with unit_of_work(fresh_engine, keyring) as session:
        assert session.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq)).all() == [1, 2]
    assert verified(fresh_engine, keyring) == (2, [])
