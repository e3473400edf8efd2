"""An office that takes files of the bureau in: staff, browsers, and work done when the test says so."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from insurer.accounts.operations import create_staff
from insurer.platform import clock, jobs
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.embedded.client import Endpoints
from insurer.platform.runtime import Runtime
from insurer.web.app import create_app
from tests.factories.databases import runtime_on
from tests.factories.roster_desk import line, roster
from tests.http.browser import PASSWORD, Browser
from workers.handlers import HANDLERS

SHELL = Actor("admin_shell", "test", "测试")
STAFF = {
    "clerk": ("陈敏", ["clerk"]),
    "other": ("李文静", ["clerk"]),
    "reviewer": ("王建国", ["reviewer"]),
    "bureau": ("任社恒", ["bureau"]),
    "finance": ("孙涛", ["finance"]),
}


@dataclass
class Office:
    """A desk on a database of its own for one test, with work done when the test says so."""

    app: Flask
    runtime: Runtime
    actors: dict[str, Actor]
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, who: str) -> Browser:
        if who not in self.browsers:
            client = self.app.test_client()
            client.environ_base = {**client.environ_base, "REMOTE_ADDR": f"192.0.2.{len(self.browsers) + 80}"}
            browser = Browser(client)
            assert browser.sign_in(who).status_code == 303
            self.browsers[who] = browser
        return self.browsers[who]

    def read(self, who: str, path: str, status: int = 200) -> str:
        response = self.browser(who).get(path)
        assert response.status_code == status, (path, response.status_code, response.text[:300])
        return response.text

    def send(self, who: str, page: str, action: str, data: dict[str, Any]) -> TestResponse:
        key = re.findall(r'name="form_key" value="([^"]*)"', self.read(who, page))
        return self.browser(who).post(action, {**({"form_key": key[-1]} if key else {}), **data})

    def upload(
        self,
        who: str,
        month: str,
        content: bytes,
        name: str = "名册.csv",
        kind: str = "auto",
        sender: str = "",
    ) -> TestResponse:
        form = {"month": month, "kind": kind, "sender": sender, "file": (BytesIO(content), name)}
        return self.send(who, "/rosters", "/rosters", form)

    def stage(self, who: str, month: str, content: bytes, *more: str, **named: str) -> str:
        """Upload a file that must be taken; returns the address of its page."""
        answer = self.upload(who, month, content, *more, **named)
        assert answer.status_code == 303, answer.text[:1200]
        return answer.headers["Location"].partition("?")[0]

    def confirm(self, who: str, page: str) -> TestResponse:
        return self.send(who, page, f"{page}/confirm", {})

    def take(self, month: str, content: bytes, name: str = "名册.csv") -> str:
        page = self.stage("clerk", month, content, name)
        assert self.confirm("reviewer", page).status_code == 303
        self.work(jobs.APPLY_ROSTER)
        return page

    def work(self, job: str) -> None:
        """Do every pending piece of one kind of work, as a worker does."""
        with self.runtime.engine.connect() as connection:
            query = "SELECT id, payload FROM outbox WHERE job = :job AND state = 'pending'"
            rows = connection.execute(text(query), {"job": job}).all()
        for row in rows:
            with self.runtime.transaction() as session:
                HANDLERS[job](session, self.runtime, row.payload, clock.now())
                session.execute(text("UPDATE outbox SET state = 'done' WHERE id = :id"), {"id": row.id})

    def count(self, table: str) -> int:
        with self.runtime.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def ten(*changed: int, **others: str) -> bytes:
    """Return a roster of ten people; those of ``changed`` have another telephone."""
    lines = [
        line("王芳", n, **({"tel": "13900001111", **others} if n in changed else {})) for n in range(100, 110)
    ]
    return roster(*lines)


@pytest.fixture
def office(servers: Endpoints, fresh_database_url: str, keyring: Keyring, tmp_path: Path) -> Iterator[Office]:
    """An office on a database of its own for one test."""
    with runtime_on(fresh_database_url, keyring, servers, tmp_path) as runtime:
        yield Office(create_app(runtime), runtime, made_staff(runtime, STAFF))


def made_staff(runtime: Runtime, wanted: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, Actor]:
    """Make accounts, each name and roles by login, all with the tests' password."""
    actors = {}
    with runtime.transaction() as session:
        for login, (name, roles) in wanted.items():
            made = create_staff(
                session, actor=SHELL, login=login, name=name, roles=roles, password=PASSWORD, now=clock.now()
            )
            actors[login] = Actor("staff", str(made), name, frozenset(roles))
    return actors
