"""Many new people are sealed by a second process: the same rows, or none at all when it dies."""

import os
import signal
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from insurer.kernel.errors import Unavailable
from insurer.people import sealing
from insurer.people.reading.row_store import Batch
from insurer.people.roster_rows import RosterRows
from insurer.platform.processes import started_at
from insurer.platform.runtime import Runtime
from tests.factories.roster_desk import DEC, JAN, Desk, line

PEOPLE = "SELECT certno_mask, name, name_key, sort_key, pinyin_keys, gender, born_on, phone_mask FROM person"


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let a process of its own seal from the first person on; gives the numbers of those begun."""
    monkeypatch.setattr(sealing, "MANY", 1)
    begun: list[int] = []
    plain = sealing.ProcessPoolExecutor

    def noted(*words: Any) -> Any:
        pool = plain(*words)
        pool.submit(os.getpid).add_done_callback(lambda done: begun.append(done.result()))
        return pool

    monkeypatch.setattr(sealing, "ProcessPoolExecutor", noted)
    return begun


def people(desk: Desk) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in desk.session.execute(text(PEOPLE)))


def test_the_other_process_makes_the_same_people(
    runtime: Runtime, beside: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [line("王芳", 101), line("买买提·吐尔逊", 102, card="DB102"), line("曾小贤", 103)]
    with runtime.transaction() as session:
        desk = Desk(session, runtime.storage)
        desk.take(DEC, *rows)
        made = people(desk)
        (number,) = beside
        assert number != os.getpid()
        assert started_at(number) is None
        session.rollback()
        monkeypatch.setattr(sealing, "MANY", 1_000)
        desk.take(DEC, *rows)
        assert people(desk) == made
    assert len(beside) == 1


def test_what_it_sealed_opens(runtime: Runtime, beside: list[int]) -> None:
    with runtime.transaction() as session:
        desk = Desk(session, runtime.storage)
        desk.take(DEC, line("王芳", 101), line("李四", 102))
        desk.take(JAN, line("王芳", 101), line("赵云", 103))
        found = session.execute(text("SELECT id, certno_cipher, certno_mask FROM person")).all()
        opened = [session.keyring.open(row.certno_cipher, f"person:certno:{row.id}") for row in found]
        assert [one[:4] + one[14:] for one in opened] == [
            row.certno_mask[:4] + row.certno_mask[14:] for row in found
        ]
    assert len(beside) == 2


def test_when_it_dies_nothing_is_written(
    runtime: Runtime, beside: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = os.getpid()

    def dying(_: RosterRows, _batch: Batch, _keys: Sequence[bytes]) -> list[bytes]:
        assert os.getpid() != parent
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    monkeypatch.setattr(RosterRows, "people", dying)
    with pytest.raises(Unavailable, match="什么都没有写"), runtime.transaction() as session:
        Desk(session, runtime.storage).take(DEC, line("王芳", 101))
    with runtime.transaction() as session:
        assert Desk(session, runtime.storage).count("person") == 0
        assert Desk(session, runtime.storage).count("roster_import") == 0
    assert beside
