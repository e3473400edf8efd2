"""A headless Chromium for the whole run and the example pages under the real policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.desk_server import serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    target: Path = tmp_path_factory.mktemp("static")
    with serving(target) as address:
        yield address


@pytest.fixture
def view(chromium: Browser) -> Iterator[Page]:
    """Give a page. A test that sends a form waits for where it leads: on its way, a page cannot be closed."""
    page = chromium.new_page(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    yield page
    page.close()
