"""Every page of the running application as each role sees it: usable by everybody, quiet, in its width."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from insurer.accounts.permissions import holds
from insurer.web.access import PUBLIC, access_of
from tests.browser.furnished import Addresses, furnish
from tests.browser.test_desk_in_use import address, desk, open_as
from tests.http.pages.conftest import Desk, desk_database_url
from tests.http.pages.conftest import desk as real_desk

__all__ = ["address", "desk", "desk_database_url", "open_as", "real_desk"]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("real_pages")]

NO_PAGES = {
    "static": "files",
    "lists.changed": "asked by a list that lies open",
    "desk.still_here": "an answer without a body",
    "desk.search_again": "leads to the search",
    "case_list.result": "only who made the run may read it: opened as the clerk",
    "notices.result": "only who made the run may read it: opened as the clerk",
    "documents.paper": "the original file",
    "documents.paper_page": "a picture",
    "notices.letter": "a PDF",
    "notices.print_run": "a PDF",
    "payments.bank_file": "a file",
    "rosters.errors": "a workbook",
    "rosters.progress": "a part of the page of a roster",
    "settlement_files.refused": "a file",
}
"""Routes to read that are no pages of their own, and why."""

ROLES = ("clerk", "reviewer", "supervisor", "finance", "auditor", "bureau", "officer")

ELEMENT = re.compile(r"<([a-z][a-z0-9]*)([^>]*)>")
WORD = re.compile(r'(?<![\w-])(class|name|type|role|src)="([^"]*)"')


def parts_of(html: str) -> set[str]:
    """Return of what a page is made: one of parts that were all looked at before is not looked at again."""
    return {f"{tag} {sorted(WORD.findall(rest))}" for tag, rest in ELEMENT.findall(html)}


@pytest.fixture(scope="module")
def addresses(desk: Desk) -> Addresses:
    """A furnished desk; the addresses of every page by endpoint."""
    return furnish(desk)


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """The parts of pages that were looked at."""
    return set()


def test_every_page_is_opened_here(desk: Desk, addresses: Addresses) -> None:
    pages = {
        rule.endpoint
        for rule in desk.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and (access := access_of(desk.app, rule.endpoint)) is not None
        and access.kind == "page"
    }
    assert pages - set(NO_PAGES) == set(addresses) - set(NO_PAGES)
    assert set(NO_PAGES) - {"static"} <= pages


def _may_open(desk: Desk, who: str, endpoint: str) -> bool:
    access = access_of(desk.app, endpoint)
    assert access is not None
    # what is kept of a list is for who may see the list
    needed = "claims.view" if endpoint.startswith("lists.") else access.permission
    return needed == PUBLIC or holds(desk.actors[who], needed)


def _faults(page: Page, path: str, address: str, seen: set[str]) -> list[str]:
    """Ask for a page and, when something on it is new, look at it; returns what is wrong with it."""
    answer = page.request.get(f"{address}{path}")
    if answer.status != 200:
        return [f"{path}: {answer.status}"]
    parts = parts_of(answer.text())
    if seen.issuperset(parts):
        return []
    seen.update(parts)
    page.goto(f"{address}{path}")
    wrong = []
    width: Any = page.evaluate("document.documentElement.scrollWidth")
    if width > 1366:
        wrong.append(f"{path}: {width} px wide")
    if page.locator("h1").count() != 1:
        wrong.append(f"{path}: {page.locator('h1').count()} headings of the page")
    for item in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
        if item["impact"] in ("serious", "critical"):
            wrong.append(f"{path}: {item['id']} {[node['html'][:160] for node in item['nodes'][:3]]}")
    return wrong


@pytest.mark.parametrize("who", ROLES)
def test_every_page_of_a_role_can_be_used_by_everybody_and_asks_nobody_else(
    desk: Desk,
    addresses: Addresses,
    seen: set[str],
    open_as: Callable[..., Page],
    address: str,
    who: str,
) -> None:
    page = open_as(who)
    faults: list[str] = []
    opened = 0
    for endpoint, paths in addresses.items():
        if not _may_open(desk, who, endpoint):
            continue
        if endpoint in NO_PAGES and who != "clerk":
            continue
        for path in paths:
            faults += _faults(page, path, address, seen)
            opened += 1
    assert faults == []
    assert opened > 3
