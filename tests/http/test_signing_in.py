"""Signing in …"""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from insurer.accounts.operations import change_roles, deactivate, set_password
from insurer.platform import clock
from insurer.platform.runtime import Runtime
from insurer.web.app import create_app
from tests.http.browser import PASSWORD, Browser
from tests.http.conftest import ADMIN, new_browser, new_staff

START = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("insurer_session")
    return found.value if found else ""


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/sign-in").status_code == 303


def test_opens_the_desk_with_the_right_password(browser: Browser) -> None:
    assert "登录" in browser.get("/sign-in").get_data(as_text=True)
    answer = browser.sign_in("http-clerk")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
    assert is_signed_in(browser)


def test_takes_full_width_typing_for_the_same_name_and_password(browser: Browser) -> None:
    assert browser.sign_in("ｈｔｔｐ－ｃｌｅｒｋ", PASSWORD.replace("river", "ｒｉｖｅｒ")).status_code == 303


def test_gives_the_same_answer_for_a_wrong_password_and_an_unknown_name(
    app: Flask, http_runtime: Runtime
) -> None:
    pages = []
    for login in ("http-clerk", "http-nobody"):
        answer = new_browser(app).sign_in(login, "不是这个口令 at all")
        assert answer.status_code == 422
        pages.append(answer.get_data(as_text=True).replace(login, "LOGIN").split("<main")[1])
    without_guards = [page[: page.index("csrf_token")] for page in pages]
    assert without_guards[0] == without_guards[1]
    assert "用户名和口令对不上" in pages[0]


@pytest.mark.parametrize("known", [True, False])
def test_stops_after_five_wrong_passwords_and_opens_again_later(
    app: Flask, http_runtime: Runtime, known: bool
) -> None:
    login = f"lock-{uuid.uuid4().hex[:8]}"
    if known:
        new_staff(http_runtime, login, "clerk")
    browser, elsewhere = new_browser(app), new_browser(app)
    with time_machine.travel(START, tick=False) as traveller:
        answers = [browser.sign_in(login, "wrong wrong wrong").status_code for _ in range(5)]
        assert answers == [422, 422, 422, 422, 429]
        right = browser.sign_in(login)
        assert right.status_code == 429
        assert right.headers["Retry-After"] == "900"
        assert "15 分钟后再试" in right.get_data(as_text=True)
        # Nobody is locked out from elsewhere.
        assert elsewhere.sign_in(login).status_code == (303 if known else 422)
        traveller.shift(timedelta(minutes=15, seconds=1))
        assert browser.sign_in(login, "wrong wrong wrong").status_code == 429
        traveller.shift(timedelta(minutes=29))
        assert browser.sign_in(login).status_code == 429
        traveller.shift(timedelta(minutes=2))
        assert browser.sign_in(login).status_code == (303 if known else 429)


def test_forgets_a_few_wrong_tries_after_a_quarter_of_an_hour(app: Flask, http_runtime: Runtime) -> None:
    login = f"slow-{uuid.uuid4().hex[:8]}"
    browser = new_browser(app)
    with time_machine.travel(START, tick=False) as traveller:
        for _ in range(8):
            assert browser.sign_in(login, "wrong wrong wrong").status_code == 422
            assert browser.sign_in(login, "wrong wrong wrong").status_code == 422
            traveller.shift(timedelta(minutes=16))


def test_ends_when_nobody_did_anything_for_a_while(browser: Browser) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        browser.sign_in("http-clerk")
        for _ in range(4):
            traveller.shift(timedelta(minutes=14))
            assert is_signed_in(browser)
        traveller.shift(timedelta(minutes=15, seconds=1))
        assert not is_signed_in(browser)


def test_ends_after_a_working_day_however_busy(browser: Browser) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        browser.sign_in("http-clerk")
        for _ in range(47):
            traveller.shift(timedelta(minutes=10))
            assert is_signed_in(browser)
        traveller.shift(timedelta(minutes=10, seconds=1))
        assert not is_signed_in(browser)


def test_changes_the_token_and_ends_the_old_session(browser: Browser, app: Flask) -> None:
    browser.sign_in("http-clerk")
    first = cookie(browser)
    browser.sign_in("http-clerk")
    assert cookie(browser) != first
    thief = new_browser(app)
    thief.client.set_cookie("insurer_session", first)
    assert not is_signed_in(thief)


def test_does_not_accept_a_token_that_the_browser_brought_along(browser: Browser) -> None:
    browser.client.set_cookie("insurer_session", "chosen-by-somebody-else")
    browser.sign_in("http-clerk")
    assert cookie(browser) != "chosen-by-somebody-else"


def test_out_ends_the_session_on_the_server(clerk: Browser, app: Flask) -> None:
    token = cookie(clerk)
    answer = clerk.post("/sign-out")
    assert answer.status_code == 303
    assert '"storage"' in answer.headers["Clear-Site-Data"]
    assert cookie(clerk) == ""
    thief = new_browser(app)
    thief.client.set_cookie("insurer_session", token)
    assert not is_signed_in(thief)


@pytest.mark.parametrize("end", ["deactivate", "roles", "password"])
def test_ends_at_once_when_the_account_changes(app: Flask, http_runtime: Runtime, end: str) -> None:
    login = f"ends-{uuid.uuid4().hex[:8]}"
    staff_id = new_staff(http_runtime, login, "clerk")
    browser = new_browser(app)
    browser.sign_in(login)
    assert is_signed_in(browser)
    with http_runtime.transaction() as session:
        if end == "deactivate":
            deactivate(session, actor=ADMIN, staff_id=staff_id, now=clock.now())
        elif end == "roles":
            change_roles(session, actor=ADMIN, staff_id=staff_id, roles=["finance"], now=clock.now())
        else:
            set_password(
                session, actor=ADMIN, staff_id=staff_id, password="另一条 河与桥 47 号", now=clock.now()
            )
    assert not is_signed_in(browser)
    assert browser.sign_in(login).status_code == (303 if end == "roles" else 422)


def test_keeps_only_the_hash_of_the_token(clerk: Browser, http_runtime: Runtime) -> None:
    with http_runtime.engine.connect() as connection:
        stored = connection.execute(text("SELECT token_hash FROM staff_session")).scalars().all()
    assert stored
    assert cookie(clerk).encode() not in [bytes(value) for value in stored]
    assert len(cookie(clerk)) == 43  # 256 bits


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/cases?state=held", "/cases?state=held"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("/cases\r\nSet-Cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_goes_on_to_a_page_of_ours_only(browser: Browser, wanted: str, reached: str) -> None:
    answer = browser.sign_in("http-clerk", next=wanted)
    assert answer.headers["Location"] == reached


def test_is_asked_for_by_every_page_which_then_follows(browser: Browser) -> None:
    answer = browser.get("/?mine=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=%2F%3Fmine%3D1"


def test_after_a_form_that_came_too_late_goes_back_to_its_page(browser: Browser) -> None:
    answer = browser.client.post(
        "/sign-out",
        data={"csrf_token": browser.guard()},
        headers={"Referer": "http://localhost/cases/XB2026-000001"},
    )
    assert answer.headers["Location"] == "/sign-in"


def test_gives_the_cookie_its_flags(browser: Browser) -> None:
    header = next(
        value
        for value in browser.sign_in("http-clerk").headers.getlist("Set-Cookie")
        if value.startswith("insurer_session=")
    )
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in header.split(";")}


def test_uses_host_cookies_behind_tls(http_runtime: Runtime) -> None:
    secure = replace(http_runtime, settings=replace(http_runtime.settings, secure_cookies=True))
    browser = new_browser(create_app(secure))
    page = browser.client.get("/sign-in", base_url="https://localhost")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    guard = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.client.post(
        "/sign-in",
        base_url="https://localhost",
        data={"csrf_token": guard, "login": "http-clerk", "password": PASSWORD},
        headers={"Referer": "https://localhost/sign-in"},
    )
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie") + page.headers.getlist("Set-Cookie")
    for header in cookies:
        assert header.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in header.split(";")}
        assert "Domain" not in header


def test_asks_for_what_was_not_filled_in(browser: Browser) -> None:
    answer = browser.sign_in("http-clerk", "")
    assert answer.status_code == 422
    assert "请填口令" in answer.get_data(as_text=True)


def test_believes_a_proxy_about_addresses_only_when_told_to(http_runtime: Runtime) -> None:
    told = replace(http_runtime, settings=replace(http_runtime.settings, trusted_proxies=1))
    for runtime, last in ((told, 422), (http_runtime, 429)):
        browser, login = new_browser(create_app(runtime)), f"proxy-{uuid.uuid4().hex[:8]}"
        answers = [
            browser.post(
                "/sign-in",
                {"login": login, "password": "wrong wrong wrong"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            ).status_code
            for number in range(6)
        ]
        assert answers[-1] == last


def test_is_limited_for_one_address(app: Flask) -> None:
    browser = new_browser(app)
    statuses = [browser.sign_in("", "").status_code for _ in range(61)]
    assert statuses == [422] * 60 + [429]
    assert browser.sign_in("http-clerk").status_code == 429
    assert new_browser(app).sign_in("http-clerk").status_code == 303
