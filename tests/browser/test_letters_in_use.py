"""The list of letters in a real browser: ticks from page to page, all that match, steps for the chosen."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from insurer.kernel.dates import SHANGHAI
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.ids import new_id
from insurer.platform.storage import keep_file
from tests.browser.test_desk_in_use import _accessible, address, desk, open_as
from tests.http.pages.conftest import Desk, case_to_check, desk_database_url, new_case
from tests.http.pages.conftest import desk as real_desk

__all__ = ["address", "case_to_check", "desk", "desk_database_url", "new_case", "open_as", "real_desk"]

pytestmark = pytest.mark.browser

STAMP = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


@pytest.fixture
def way(desk: Desk) -> str:
    """Put 62 letters that are printed and sent by text message into the desk; returns their address."""
    with desk.runtime.transaction() as session:
        pdf = keep_file(session, desk.runtime.storage, b"%PDF-", mime="application/pdf", now=STAMP)
        person = session.scalars(select(Person).limit(1)).one()
        begin = uuid.uuid4().int % 100_000 * 10
        for place in range(62):
            session.add(
                Notice(
                    id=new_id(),
                    scheme=person.scheme,
                    kind="enrolment",
                    number_text=f"新北大病理赔〔2025〕告字{begin + place + 1}号",
                    person_id=person.id,
                    facts={"issued_on": "2026-03-02"},
                    dedupe_key=f"tick-{begin + place}",
                    state="printed",
                    created_at=STAMP,
                    rendered_at=STAMP,
                    pdf_sha256=pdf,
                    pages=1,
                    delivery_way="sms",
                )
            )
    return "/notices?status=printed&way=sms&made_from=2026-03-02&made_to=2026-03-02"


def test_letters_ticked_on_two_pages_are_noted_as_delivered(
    open_as: Callable[..., Page], address: str, way: str
) -> None:
    page = open_as("clerk")
    page.goto(f"{address}{way}")
    _accessible(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-batch-count]")).to_have_text("1")
    page.keyboard.press("]")
    page.wait_for_url(re.compile("after="))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-batch-count]")).to_have_text("2")
    expect(page.locator("[data-batch-elsewhere]")).to_contain_text("1 份在别的页")
    page.get_by_role("button", name="登记送达").click()
    expect(page.locator(".page-head")).to_contain_text("选了 2 份，能办 2 份")
    _accessible(page)
    page.select_option("#field-way", label="邮寄")
    page.get_by_role("button", name="登记送达 2 份").click()
    expect(page.locator("h1")).to_have_text("登记送达：办好 2 份")
    _accessible(page)
    page.get_by_role("link", name="回到列表").click()
    page.wait_for_url(re.compile("/notices"))
    expect(page.locator("[data-testid=total]")).to_contain_text("60 份")


def test_all_letters_that_match_are_chosen_without_scripts(
    open_as: Callable[..., Page], address: str, way: str
) -> None:
    page = open_as("clerk", scripts=False)
    page.goto(f"{address}{way}")
    count = page.locator("[data-testid=total] b").inner_text()
    page.locator(".hint button", has_text=f"选择全部 {count} 份").click()
    expect(page.locator("[data-testid=picked]")).to_have_text(f"已选 {count} 份")
    page.get_by_role("button", name="合并打印").click()
    page.get_by_role("button", name=f"合并打印 {count} 份").click()
    expect(page.locator("h1")).to_have_text(f"合并打印：办好 {count} 份")


def test_a_number_that_is_none_is_not_sent(open_as: Callable[..., Page], address: str) -> None:
    page = open_as("clerk")
    page.goto(f"{address}/notices")
    page.fill("#field-number", "320411195001010011")
    page.get_by_role("button", name="查询").click()
    assert page.evaluate("document.querySelector('#field-number').validity.patternMismatch")
    assert "3204" not in page.url
