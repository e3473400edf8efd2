"""Access: every route declares who may use it, and keeps its word."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS
from insurer.platform.runtime import Runtime
from insurer.web.access import PUBLIC, access_of, api, check_all_declared, page
from insurer.web.app import create_app
from tests.http.browser import Browser

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def requests_of(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield every rule with a method and an address."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values: dict[str, Any] = {}
        for name in rule.arguments:
            kind = type(rule._converters[name]).__name__
            values[name] = {"UUIDConverter": uuid.UUID(int=7), "IntegerConverter": 1}.get(
                kind, "XB2026-999999"
            )
        address = adapter.build(rule.endpoint, values, force_external=False)
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
            yield rule, method, address


def send(browser: Browser, method: str, address: str) -> int:
    if method in UNSAFE:
        answer = browser.client.open(address, method=method, data={"csrf_token": browser.guard()})
    else:
        answer = browser.client.open(address, method=method)
    return answer.status_code


def test_is_declared_by_every_route(app: Flask) -> None:
    check_all_declared(app)
    assert len(list(app.url_map.iter_rules())) > 5
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        assert access is not None
        assert access.permission == PUBLIC or access.permission in PERMISSIONS


def test_is_open_to_everybody_on_a_known_few_routes_only(app: Flask) -> None:
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if (access := access_of(app, rule.endpoint)) and access.permission == PUBLIC
    }
    assert public == {"/sign-in", "/sign-out", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}


def test_a_route_that_declares_nothing_stops_the_start() -> None:
    app = Flask("bare")
    app.add_url_rule("/bare", "bare", lambda: "seen")
    with pytest.raises(RuntimeError, match="/bare"):
        check_all_declared(app)


def test_a_route_that_slipped_in_later_is_refused(http_runtime: Runtime) -> None:
    app = create_app(http_runtime)
    app.add_url_rule("/later", "later", lambda: "seen")
    assert app.test_client().get("/later").status_code == 500


def test_cannot_name_a_permission_that_does_not_exist() -> None:
    with pytest.raises(LookupError):
        page(Blueprint("wrong", __name__), "/wrong", permission="claims.fly")


def test_is_refused_to_whoever_is_not_signed_in(app: Flask, browser: Browser) -> None:
    for rule, method, address in requests_of(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        if access.permission != PUBLIC:
            expected = 401 if access.kind == "api" else 303
            assert send(browser, method, address) == expected, f"{method} {address}"


@pytest.mark.parametrize("role", sorted(ROLE_WORDS))
def test_is_refused_to_every_role_without_the_permission(
    app: Flask, signed_in: Callable[[str], Browser], role: str
) -> None:
    browser = signed_in(role)
    for rule, method, address in requests_of(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        if access.permission != PUBLIC and role not in PERMISSIONS[access.permission]:
            assert send(browser, method, address) == 403, f"{method} {address}"


def test_is_refused_on_every_unsafe_method_without_the_guard(
    app: Flask, signed_in: Callable[[str], Browser]
) -> None:
    tried = 0
    browsers = {role: signed_in(role) for role in ROLE_WORDS}
    for rule, method, address in requests_of(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        if method not in UNSAFE:
            continue
        roles = PERMISSIONS.get(access.permission, frozenset({"clerk"}))
        browser = browsers[sorted(roles)[0]]
        assert browser.client.open(address, method=method).status_code == 400, f"{method} {address}"
        tried += 1
    assert tried >= 3


def test_one_view_cannot_have_two_declarations() -> None:
    blueprint = Blueprint("two", __name__)

    def view() -> str:
        return ""

    page(blueprint, "/one", permission="claims.view")(view)
    with pytest.raises(TypeError):
        api(blueprint, "/two", permission="claims.view", endpoint="two")(view)
