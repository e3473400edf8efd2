"""A desk with people, cases in several states, and one signed-in browser for each role."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from insurer.platform import clock
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.embedded.client import Endpoints
from insurer.platform.runtime import Runtime
from insurer.web.app import create_app
from tests.factories.databases import database, runtime_on
from tests.factories.desk import LI, WANG, ZHANG, line, put_on_roster, raw_record, take_in
from tests.http.browser import Browser
from tests.http.pages.office import made_staff, office  # noqa: F401 - a fixture

STAFF = {
    "clerk": ("陈敏", ["clerk"]),
    "first": ("李文静", ["clerk"]),
    "reviewer": ("王建国", ["reviewer"]),
    "supervisor": ("顾晓燕", ["supervisor"]),
    "finance": ("孙涛", ["finance"]),
    "release": ("周梅", ["finance"]),
    "auditor": ("申继红", ["auditor"]),
    "bureau": ("任社恒", ["bureau"]),
    "officer": ("许言", ["officer"]),
}


@dataclass
class Desk:
    """The application, its runtime, and who works there."""

    app: Flask
    runtime: Runtime
    actors: dict[str, Actor]
    statements: list[str] = field(default_factory=list)
    _browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, who: str) -> Browser:
        """Return the browser of a member of staff, signed in."""
        if who not in self._browsers:
            client = self.app.test_client()
            # an address of its own: the limit on sign-ins is counted for all tests together
            client.environ_base = {**client.environ_base, "REMOTE_ADDR": "192.0.2.77"}
            browser = Browser(client)
            assert browser.sign_in(who).status_code == 303
            self._browsers[who] = browser
        return self._browsers[who]

    def read(self, who: str, path: str) -> str:
        """Open a page that must be there; returns its text."""
        response = self.browser(who).get(path)
        assert response.status_code == 200, (path, response.status_code, response.text[:300])
        return response.text

    def send(self, who: str, page: str, action: str, data: dict[str, Any], **more: Any) -> TestResponse:
        """Fill in a form of ``page`` as a person does: with its key and its version."""
        hidden = hidden_fields(self.read(who, page))
        return self.browser(who).post(action, {**hidden, **data}, **more)

    def take_in(self, *raws: dict[str, Any]) -> list[str]:
        """Let the clerk take records in; returns the case numbers."""
        with self.runtime.transaction() as session:
            done = take_in(session, self.actors["clerk"], *raws, now=clock.now())
            return [done.case_numbers[one] for one in done.new]


def hidden_fields(text: str) -> dict[str, str]:
    """Return the last form key and version of a page."""
    found = re.findall(r'name="(form_key|version)" value="([^"]*)"', text)
    return dict(found)


@pytest.fixture(scope="session")
def desk_database_url(servers: Endpoints, template_database: str) -> Iterator[str]:
    with database(servers, f"insurer_pages_{uuid.uuid4().hex[:16]}", template_database) as url:
        yield url


@pytest.fixture(scope="session")
def desk(
    desk_database_url: str,
    keyring: Keyring,
    servers: Endpoints,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    """A desk on a database of its own: three people on the roster, cases taken in by the clerk."""
    home = tmp_path_factory.mktemp("desk")
    with runtime_on(desk_database_url, keyring, servers, home) as runtime:
        actors = made_staff(runtime, STAFF)
        with runtime.transaction() as session:
            put_on_roster(session, runtime.storage, [(ZHANG, "张桂芳"), (LI, "李小龙"), (WANG, "王福根")])
        desk = Desk(create_app(runtime), runtime, actors)
        event.listen(runtime.engine, "before_cursor_execute", lambda *a: desk.statements.append(a[2]))
        yield desk


@pytest.fixture
def new_case(desk: Desk) -> Callable[..., str]:
    """Return a function that takes one case in and gives its number."""

    def make(**changes: Any) -> str:
        return desk.take_in(raw_record(f"s-{uuid.uuid4().hex[:12]}", **changes))[0]

    return make


@pytest.fixture
def case_to_check(new_case: Callable[..., str]) -> str:
    """A case with one line that a person must judge."""
    doubtful = line(
        "2",
        "机器人辅助手术操作费",
        "6800.00",
        chrgitm_lv="03",
        list_type="201",
        med_chrgitm_type="06",
        fulamt_ownpay_amt="6800.00",
    )
    covered = line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00")
    return new_case(
        medfee_sumamt="7700.00",
        fulamt_ownpay_amt="6800.00",
        psn_part_amt="7000.00",
        feedetail=[covered, doubtful],
    )
