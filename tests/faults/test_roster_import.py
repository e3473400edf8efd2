"""A worker that dies in the middle of a roster leaves all rows or none, and nobody is told twice."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from insurer.people.arriving import ArrivingFile
from insurer.people.operations import request_apply
from insurer.people.progress import progress_of
from insurer.people.queries import roster_report
from insurer.people.receiving import receive_file
from insurer.platform import clock, jobs
from insurer.platform.audit import SYSTEM
from insurer.platform.crypto import Keyring, load_keyring
from insurer.platform.runtime import Runtime
from insurer.platform.storage import LocalStorage
from tests.factories.roster_desk import DEC, XB, line, roster
from workers.execution import run_row_with

DYING = Path(__file__).resolve().parents[1] / "workers" / "dying.py"
PEOPLE = 400


class Imports:
    """One installation on disk whose work is done by processes that may die."""

    def __init__(self, runtime: Runtime) -> None:
        keys: Keyring = load_keyring(runtime.settings.home / "keys.json", create=True)
        storage = LocalStorage(runtime.settings.home / "files", keys)
        self.runtime = Runtime(runtime.settings, runtime.engine, keys, storage, runtime.redis_url)
        self._environment = {
            **os.environ,
            "DATABASE_URL": runtime.engine.url.render_as_string(hide_password=False),
            "REDIS_URL": runtime.redis_url,
            "INSURER_HOME": str(runtime.settings.home),
            "INSURER_KEYS_FILE": str(runtime.settings.home / "keys.json"),
        }

    def receive(self, month: date, *, read_at_once: int = 2_000_000) -> uuid.UUID:
        content = roster(*[line("王芳", serial) for serial in range(PEOPLE)])
        with self.runtime.transaction() as session:
            outcome = receive_file(
                session,
                arriving=ArrivingFile(XB, month, "名册.csv", kind="full"),
                actor=SYSTEM,
                content=content,
                storage=self.runtime.storage,
                now=clock.now(),
                read_at_once=read_at_once,
            )
        assert outcome.import_id is not None
        return outcome.import_id

    def confirm(self, import_id: uuid.UUID) -> None:
        with self.runtime.transaction() as session:
            request_apply(session, actor=SYSTEM, import_id=import_id, now=clock.now())

    def row(self, job: str) -> uuid.UUID:
        found = self._one("SELECT id FROM outbox WHERE job = :job ORDER BY created_at DESC LIMIT 1", job=job)
        assert isinstance(found, uuid.UUID)
        return found

    def die(self, job: str, module: str, function: str) -> None:
        """Let a process do the job's newest row and die after a function of it."""
        row = str(self.row(job))
        done = subprocess.run(
            [sys.executable, str(DYING), row, module, function],
            env=self._environment,
            timeout=120,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        # what the sweep does when it sees that the holder of a lease is dead
        with self.runtime.engine.begin() as connection:
            connection.execute(text("UPDATE outbox SET lease_until = clock_timestamp()"))

    def work(self, job: str) -> None:
        assert run_row_with(self.runtime, self.row(job))

    def count(self, table: str) -> int:
        found = self._one(f"SELECT count(*) FROM {table}")
        assert isinstance(found, int)
        return found

    def state(self, import_id: uuid.UUID) -> str:
        return str(self._one("SELECT state FROM roster_import WHERE id = :id", id=import_id))

    def _one(self, query: str, **values: object) -> object:
        with self.runtime.engine.connect() as connection:
            return connection.execute(text(query), values).scalar_one()


@pytest.fixture
def imports(runtime: Runtime) -> Imports:
    return Imports(runtime)


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("roster_writing", "copy_fields"),
        ("roster_writing", "_write_told"),
        ("roster_writing", "_write_entries"),
        ("applying", "write_roster"),
        ("applying", "CoverRows"),
        ("applying", "make_tasks"),
        ("operations", "outcome_of"),
    ],
)
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_writes_all(
    imports: Imports, module: str, function: str
) -> None:
    import_id = imports.receive(DEC)
    imports.confirm(import_id)
    imports.die(jobs.APPLY_ROSTER, f"insurer.people.{module}", function)
    tables = ("person", "household", "roster_fact", "cover_period", "person_task")
    assert [imports.count(table) for table in tables] == [0, 0, 0, 0, 0]
    assert imports.state(import_id) == "applying"
    with imports.runtime.transaction() as session:
        told = progress_of(session, import_id)
        assert told is not None
        assert (told.words, told.total) == ("正在写入" if function != "outcome_of" else told.words, PEOPLE)
    imports.work(jobs.APPLY_ROSTER)
    assert [imports.count(table) for table in tables[:4]] == [PEOPLE, PEOPLE, PEOPLE, PEOPLE]
    assert imports.state(import_id) == "applied"
    with imports.runtime.transaction() as session:
        view, report, _listing = roster_report(session, import_id)
    assert (view.counts["rows"], report["accepted"], report["applied"]) == (PEOPLE, PEOPLE, True)


def test_a_worker_killed_while_it_reads_a_long_file_is_followed_by_one_that_ends_it(imports: Imports) -> None:
    import_id = imports.receive(DEC, read_at_once=10)
    imports.die(jobs.READ_ROSTER, "insurer.people.receiving", "stage_file")
    assert imports.state(import_id) == "reading"
    imports.work(jobs.READ_ROSTER)
    assert imports.state(import_id) == "staged"
    assert imports.count("roster_fact") == 0


def test_each_new_person_is_told_once_whatever_dies(imports: Imports) -> None:
    first = imports.receive(DEC)
    imports.confirm(first)
    imports.work(jobs.APPLY_ROSTER)
    for function in ("issue_notices", "note"):
        imports.die(jobs.ENROL_NOTICES, "insurer.notices.operations", function)
        assert imports.count("notice") == 0
    imports.work(jobs.ENROL_NOTICES)
    assert imports.count("notice") == PEOPLE
    with imports.runtime.engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox SET state = 'pending', lease_until = NULL WHERE job = :job"),
            {"job": jobs.ENROL_NOTICES},
        )
    imports.work(jobs.ENROL_NOTICES)
    assert imports.count("notice") == PEOPLE
