"""The application on a database of its own, with one member of staff for each role."""

import itertools
import os
import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from insurer.accounts.operations import create_staff
from insurer.accounts.permissions import ROLE_WORDS
from insurer.platform import clock
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.embedded.client import Endpoints
from insurer.platform.runtime import Runtime
from insurer.web.app import create_app
from tests.factories.databases import database, runtime_on
from tests.http.browser import PASSWORD, Browser

ADMIN = Actor("admin_shell", "tests", "测试")
_ADDRESSES = itertools.count(1)


@pytest.fixture(scope="session")
def http_database_url(servers: Endpoints, template_database: str) -> Iterator[str]:
    """A database for the tests over HTTP: they commit, and others must not see it."""
    with database(servers, f"insurer_http_{uuid.uuid4().hex[:16]}", template_database) as url:
        yield url


@pytest.fixture(scope="session")
def http_runtime(
    http_database_url: str,
    keyring: Keyring,
    servers: Endpoints,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runtime]:
    """A runtime; every role has an account named like it (``http-clerk``)."""
    with runtime_on(http_database_url, keyring, servers, tmp_path_factory.mktemp("home")) as runtime:
        for role, word in ROLE_WORDS.items():
            new_staff(runtime, f"http-{role}", role, name=f"{word}员")
        yield runtime


def new_staff(runtime: Runtime, login: str, role: str, *, name: str = "某人") -> uuid.UUID:
    """Make an account with the tests' password."""
    with runtime.transaction() as session:
        return create_staff(
            session,
            actor=ADMIN,
            login=login,
            name=name,
            roles=[role],
            password=PASSWORD,
            now=clock.now(),
        )


def new_browser(app: Flask) -> Browser:
    """Return a browser with an address of its own, so that no test waits for another's wrong tries."""
    client = app.test_client()
    number = next(_ADDRESSES)
    # the limits of all test processes live on one queue server
    process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    client.environ_base["REMOTE_ADDR"] = f"192.{process}.{number // 250}.{number % 250 + 1}"
    return Browser(client)


@pytest.fixture(scope="session")
def app(http_runtime: Runtime) -> Flask:
    """The application."""
    return create_app(http_runtime)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser nobody has signed in with."""
    return new_browser(app)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Browser]:
    """Return a function that signs a role in, in a browser of its own."""

    def sign_in(role: str) -> Browser:
        browser = new_browser(app)
        assert browser.sign_in(f"http-{role}").status_code == 303
        return browser

    return sign_in


@pytest.fixture
def clerk(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser in which a clerk is signed in."""
    return signed_in("clerk")
