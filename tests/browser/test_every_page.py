"""Every page, with example values, in a real browser under the strict policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.pages import PAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_policy_asks_nobody_else_and_can_be_used_by_everybody(
    name: str, view: Page, desk: str
) -> None:
    complaints: list[str] = []
    strangers: list[str] = []
    view.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    view.on("pageerror", lambda error: complaints.append(str(error)))
    view.on(
        "request", lambda sent: None if sent.url.startswith((desk, "data:")) else strangers.append(sent.url)
    )

    view.goto(f"{desk}/{name}")

    assert complaints == []
    assert strangers == []
    assert view.evaluate("document.documentElement.lang") == "zh-CN"
    assert view.evaluate("document.documentElement.scrollWidth") <= 1366
    assert view.locator("h1").count() == 1
    found = Axe().run(view).response["violations"]
    assert [(item["impact"], item["id"]) for item in found if item["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("name", ["home", "cases", "calculation", "decision", "documents"])
def test_a_page_at_double_size_scrolls_in_one_direction_only(name: str, view: Page, desk: str) -> None:
    view.set_viewport_size({"width": 683, "height": 450})
    view.goto(f"{desk}/{name}")
    assert view.evaluate("document.documentElement.scrollWidth") <= 683


def test_a_printed_case_carries_its_number(view: Page, desk: str) -> None:
    view.goto(f"{desk}/calculation")
    view.emulate_media(media="print")
    assert view.locator(".topbar").is_hidden()
    assert view.locator(".print-foot").inner_text() == "案件 XB2026-001283"


def test_a_choice_that_nobody_made_looks_like_none(view: Page, desk: str) -> None:
    view.goto(f"{desk}/conflict")
    radio = view.locator("input[type=radio]").first
    assert radio.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
