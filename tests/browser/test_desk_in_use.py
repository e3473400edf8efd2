"""The real application in a real browser: one case by clicks and keys, with scripts and without."""

import re
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from insurer.web.app import STATIC, create_app
from insurer.web.assets import build_assets
from tests.browser.desk_server import ROOT
from tests.http.browser import PASSWORD
from tests.http.pages.conftest import Desk, case_to_check, desk_database_url, new_case
from tests.http.pages.conftest import desk as real_desk

__all__ = ["case_to_check", "desk_database_url", "new_case", "real_desk"]

pytestmark = pytest.mark.browser


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def desk(real_desk: Desk) -> Desk:  # the name that the factories of cases ask for
    return real_desk


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    """The address of the running application, with its stylesheets and scripts."""
    build_assets(ROOT, STATIC)
    app = create_app(desk.runtime)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def is_complaint(said: ConsoleMessage) -> bool:
    """Tell a fault from what Chromium remarks by itself on an answer that is as it should be.

    Those are a page whose status says that somebody was faster, and the sign of life of a page that stays
    open after its session ended.
    """
    if "401 (UNAUTHORIZED)" in said.text and urlsplit(said.location["url"]).path.endswith("/presence"):
        return False
    return said.type == "error" and "409 (CONFLICT)" not in said.text


@pytest.fixture
def open_as(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a signed-in page; complaints of the browser fail the test."""
    complaints: list[str] = []
    contexts = []

    def sign_in(login: str, *, scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": 1366, "height": 900}, locale="zh-CN", java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.on(
            "request",
            lambda sent: None if sent.url.startswith((address, "data:")) else complaints.append(sent.url),
        )
        page.goto(f"{address}/sign-in")
        page.fill("#field-login", login)
        page.fill("#field-password", PASSWORD)
        page.click("main button")
        expect(page).not_to_have_url(re.compile("/sign-in"))  # roles without a desk have another first page
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def _accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []


def test_a_case_is_judged_proposed_and_agreed_in_few_clicks(
    open_as: Callable[..., Page], address: str, case_to_check: str
) -> None:
    clerk = open_as("first")
    clerk.goto(f"{address}/cases/{case_to_check}/calculation")
    _accessible(clerk)
    clerk.get_by_role("link", name="可赔", exact=True).click()
    expect(clerk.locator("#field-finding")).to_have_value("covered")
    clerk.fill("#field-reason", "手术记录写明必须使用")
    clerk.get_by_role("button", name="记下判定并重算").click()
    expect(clerk.get_by_text("已记下判定并重算")).to_be_visible()
    clerk.get_by_role("link", name="送复核").click()
    clerk.get_by_role("radio").check()
    expect(clerk.locator(".action-bar button")).to_have_text("送复核，拟付 ￥3,600.00")
    clerk.locator(".action-bar button").click()
    expect(clerk.get_by_text("已送复核")).to_be_visible()

    reviewer = open_as("reviewer")
    reviewer.goto(f"{address}/cases/{case_to_check}/decision")
    _accessible(reviewer)
    expect(reviewer.locator(".action-bar button")).to_have_text("先选一个结论")
    reviewer.get_by_role("radio", name="同意").check()
    reviewer.fill("#field-opinion", "已对照手术记录")
    reviewer.get_by_role("button", name="同意给付 ￥3,600.00").click()
    expect(reviewer.get_by_text("已同意给付", exact=True)).to_be_visible()


def test_an_amount_opens_beside_the_table_and_gives_the_focus_back(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("clerk")
    number = new_case()
    page.goto(f"{address}/cases/{number}/calculation")
    amount = page.locator('[data-of="benefit"]')
    amount.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_be_focused()
    assert page.url.endswith("?of=benefit")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    expect(page.locator('[data-of="benefit"]')).to_be_focused()


def test_the_main_path_works_without_scripts(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = open_as("first", scripts=False)
    page.goto(f"{address}/cases/{number}/calculation")
    page.locator('[data-of="benefit"]').click()
    expect(page.get_by_role("heading", name="这个数怎么来的")).to_be_visible()
    page.goto(f"{address}/cases/{number}/decision")
    page.get_by_role("radio").check()
    page.locator(".action-bar button").click()
    expect(page.get_by_text("已送复核")).to_be_visible()


def test_the_identity_stays_in_view_and_carries_the_case(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("clerk")
    number = new_case()
    page.goto(f"{address}/cases/{number}/calculation?lines=all&of=benefit")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    bar = page.locator("[data-testid=identity]")
    expect(bar).to_be_in_viewport()
    expect(bar).to_contain_text(number)
    expect(bar).to_contain_text("￥250.00")


def test_the_queue_is_worked_by_keyboard(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    new_case()
    page = open_as("clerk")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(f"{address}/cases")
    page.keyboard.press("j")
    number = page.locator("tr.is-current [data-open]").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/cases/{number}")
    page.keyboard.press("3")
    page.wait_for_url(f"{address}/cases/{number}/calculation")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("zgf")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="张桂芳").first).to_be_visible()
    assert "zgf" not in page.url


def test_the_end_of_the_session_is_announced_and_can_be_put_off(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("first")
    page.clock.install()
    page.goto(f"{address}/cases/{new_case()}/decision")
    page.fill("#field-opinion", "写到一半")
    page.clock.run_for("09:00")
    expect(page.locator("#leaving")).to_be_hidden()
    page.clock.run_for("01:30")
    expect(page.get_by_text("5 分钟后自动退出")).to_be_visible()
    with page.expect_response("**/still-here") as answer:
        page.get_by_role("button", name="继续办理").click()
    assert answer.value.status == 204
    expect(page.locator("#leaving")).to_be_hidden()
    page.clock.run_for("15:10")
    expect(page.get_by_text("已自动退出。您填的内容还在这一页")).to_be_visible()
    page.get_by_role("button", name="知道了").click()
    expect(page.locator("#field-opinion")).to_have_value("写到一半")


def test_a_page_that_nobody_wrote_on_asks_again_who_is_there_when_time_is_up(
    open_as: Callable[..., Page], address: str
) -> None:
    page = open_as("first")
    page.clock.install()
    page.goto(f"{address}/cases")
    page.context.clear_cookies(name="insurer_session")
    page.clock.run_for("15:10")
    expect(page.locator("h1")).to_have_text("登录")
    assert "next=%2Fcases" in page.url


def test_on_a_narrow_screen_an_opened_amount_comes_into_view(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("clerk")
    page.set_viewport_size({"width": 683, "height": 450})
    page.goto(f"{address}/cases/{new_case()}/calculation")
    page.locator('[data-of="benefit"]').first.click()
    expect(page.locator("#panel h2")).to_be_in_viewport()


def test_an_amount_opened_after_the_session_ended_leads_to_the_sign_in_page(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("clerk")
    page.goto(f"{address}/cases/{new_case()}/calculation")
    page.context.clear_cookies(name="insurer_session")
    page.locator('[data-of="benefit"]').first.click()
    expect(page.locator("h1")).to_have_text("登录")
    page.fill("#field-login", "clerk")
    page.fill("#field-password", PASSWORD)
    page.click("main button")
    expect(page.locator("#panel h2")).to_have_text("这个数怎么来的")


def test_marks_and_menus_stand_in_their_place(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("clerk")
    page.goto(f"{address}/cases/{new_case()}/calculation")
    marks = page.locator(".limit span svg")
    for place in range(marks.count()):  # a mark within the words is no bar
        box = marks.nth(place).bounding_box()
        assert box is not None and box["width"] < 20
    page.context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.fill("#field-login", "bureau")
    page.fill("#field-password", PASSWORD)
    page.click("main button")
    menu = page.locator(".topbar details.menu").bounding_box()
    assert menu is not None and menu["x"] + menu["width"] > 1300


def test_an_opinion_survives_the_end_of_the_session_and_the_computer(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("first")
    number = new_case()
    page.goto(f"{address}/cases/{number}/decision")
    page.fill("#field-opinion", "先写到这里")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-draft-state]")).to_contain_text("已存草稿")
    with page.expect_response("**/words/decision") as answer:  # by itself, a moment after the last key
        page.fill("#field-opinion", "先写到这里，还没完")
    assert answer.value.status == 200
    elsewhere = open_as("first")
    elsewhere.goto(f"{address}/cases/{number}/decision")
    expect(elsewhere.locator("#field-opinion")).to_have_value("先写到这里，还没完")
    elsewhere.get_by_role("button", name="丢掉草稿").click()
    expect(elsewhere.get_by_text("草稿已丢掉")).to_be_visible()
    expect(elsewhere.locator("#field-opinion")).to_have_value("")


def _press_to_the_button(page: Page) -> None:
    """Go on with Tab to the button that sends, every stop with a ring around it, and press it."""
    for _ in range(8):
        page.keyboard.press("Tab")
        ring = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(f"document.activeElement.matches('textarea, select') || {ring} !== 'none'")
        if page.evaluate("document.activeElement.matches('.action-bar [data-submit]')"):
            page.keyboard.press("Enter")
            return
    raise AssertionError("the button is not reached by Tab")


def test_a_clean_case_goes_from_the_search_to_the_decision_by_keyboard_alone(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    number = new_case()
    for who, word, done in (("first", "相符", "已送复核"), ("reviewer", "已核对", "已同意给付")):
        page = open_as(who)
        page.keyboard.press("/")
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/cases/{number}")
        page.keyboard.press("4")
        page.wait_for_url(f"{address}/cases/{number}/decision")
        page.keyboard.press("n")
        first = page.get_by_role("radio").first
        expect(first).to_be_focused()
        expect(first).not_to_be_checked()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        expect(page.locator("#field-opinion")).to_be_focused()
        page.keyboard.type(word)
        _press_to_the_button(page)
        expect(page.get_by_text(done, exact=True)).to_be_visible()
