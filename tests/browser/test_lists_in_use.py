"""The list of cases and two people on one case, in a real browser on the running application."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk_in_use import _accessible, address, desk, open_as
from tests.factories.desk import LI, raw_record
from tests.http.pages.conftest import Desk, case_to_check, desk_database_url, new_case
from tests.http.pages.conftest import desk as real_desk

__all__ = ["address", "case_to_check", "desk", "desk_database_url", "new_case", "open_as", "real_desk"]

pytestmark = pytest.mark.browser


def some_cases(desk: Desk, count: int) -> str:
    """Take cases of a hospital of their own in; returns the hospital."""
    hospital = f"列表医院{uuid.uuid4().hex[:6]}"
    desk.take_in(
        *(
            raw_record(f"b-{uuid.uuid4().hex}", certno=LI, name="李小龙", fixmedins_name=hospital)
            for _ in range(count)
        )
    )
    return hospital


def test_conditions_are_sent_together_and_the_address_is_the_list(
    open_as: Callable[..., Page], address: str, desk: Desk
) -> None:
    hospital = some_cases(desk, 2)
    page = open_as("clerk")
    page.goto(f"{address}/cases")
    _accessible(page)
    sent: list[str] = []
    page.on(
        "request", lambda one: sent.append(one.url) if one.resource_type in ("document", "fetch") else None
    )
    expect(page.locator("[data-changed]")).to_be_hidden()
    page.locator(".picker summary").click()
    page.get_by_label("待审", exact=True).check()
    page.get_by_label("待复核", exact=True).check()
    page.keyboard.press("Escape")
    expect(page.locator("[data-picked]")).to_have_text("待审、待复核")
    page.fill("#field-hospital", hospital)
    page.fill("#field-personal_from", "1")
    page.fill("#field-settled_from", "2026-01-01")
    expect(page.locator("[data-changed]")).to_be_visible()
    page.get_by_role("button", name="查询").click()
    expect(page.locator("[data-testid=total]")).to_contain_text("2 件")
    assert len([url for url in sent if "/presence" not in url]) == 1
    assert page.locator(".tag").count() == 4
    assert "personal_to" not in page.url
    numbers = page.locator("[data-open]").all_inner_texts()
    other = open_as("clerk")
    other.goto(page.url)
    assert other.locator("[data-open]").all_inner_texts() == numbers
    page.get_by_label("去掉条件：状态").click()
    assert "status" not in page.url and "hospital" in page.url
    page.get_by_role("link", name="清空").click()
    page.wait_for_url(f"{address}/cases")


def test_ticks_are_kept_from_page_to_page_and_the_step_works_on_all(
    open_as: Callable[..., Page], address: str, desk: Desk
) -> None:
    hospital = some_cases(desk, 23)
    page = open_as("clerk")
    page.goto(f"{address}/cases?hospital={hospital}")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-batch-count]")).to_have_text("3")
    page.keyboard.press("]")
    page.wait_for_url(re.compile("after="))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-batch-count]")).to_have_text("4")
    expect(page.locator("[data-batch-elsewhere]")).to_contain_text("3 件在别的页")
    page.get_by_role("button", name="分派给…").click()
    expect(page.locator(".page-head")).to_contain_text("选了 4 件，能办 4 件")
    _accessible(page)
    page.select_option("#field-staff", label="李文静")
    page.get_by_role("button", name="分派 4 件").click()
    expect(page.locator("h1")).to_have_text("分派给李文静：办好 4 件")
    _accessible(page)
    page.get_by_role("link", name="回到列表").click()
    assert page.locator("td", has_text="李文静").count() >= 3


def test_all_that_match_are_chosen_with_and_without_scripts(
    open_as: Callable[..., Page], address: str, desk: Desk
) -> None:
    hospital = some_cases(desk, 22)
    for scripts in (True, False):
        page = open_as("clerk", scripts=scripts)
        page.goto(f"{address}/cases?hospital={hospital}")
        page.locator(".hint button", has_text="选择全部 22 件").click()
        expect(page.locator("[data-testid=picked]")).to_have_text("已选 22 件")
        page.get_by_role("button", name="分派给…").click()
        expect(page.locator(".page-head")).to_contain_text("选了 22 件，能办 22 件")


def test_columns_and_height_are_kept_on_another_machine(
    open_as: Callable[..., Page], address: str, desk: Desk
) -> None:
    some_cases(desk, 1)  # a list without cases shows no columns
    page = open_as("supervisor")
    page.goto(f"{address}/cases")
    page.get_by_role("link", name="列设置").click()
    _accessible(page)
    page.get_by_label("医院", exact=True).uncheck()
    page.get_by_label("来源", exact=True).check()
    page.get_by_label("来源的位置").fill("1")
    page.get_by_label("松").check()
    page.get_by_role("button", name="存好列设置").click()
    expect(page.get_by_text("列已设好")).to_be_visible()
    other = open_as("supervisor")
    other.goto(f"{address}/cases")
    heads = other.locator("thead th").all_inner_texts()
    assert "医院" not in heads and "来源" in heads[1:3]
    expect(other.locator("table.grid.loose")).to_be_visible()
    other.goto(f"{address}/lists/cases/columns")
    other.get_by_role("button", name="恢复原来的列").click()


def test_a_view_is_kept_and_found_as_a_tab(open_as: Callable[..., Page], address: str) -> None:
    page = open_as("release")
    page.goto(f"{address}/cases?status=in_review&sort=-personal")
    page.get_by_role("link", name="把现在的条件存为视图").click()
    _accessible(page)
    page.fill("#field-name", "大额待审")
    page.get_by_role("button", name="存为视图").click()
    expect(page.get_by_text("视图已存")).to_be_visible()
    tab = page.locator(".views a[aria-current]")
    expect(tab).to_contain_text("大额待审")


def test_the_second_on_a_case_sees_the_first_within_seconds_and_takes_over(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    number = new_case()
    first, second = open_as("first"), open_as("clerk")
    first.goto(f"{address}/cases/{number}/decision")
    expect(first.locator("[data-testid=in-use]")).to_have_count(0)
    second.goto(f"{address}/cases/{number}/decision")
    banner = second.locator("[data-testid=in-use]")
    expect(banner).to_contain_text("李文静正在办理", timeout=5_000)
    _accessible(second)
    second.fill("#take-over-reason", "李文静去开会了")
    second.get_by_role("button", name="接手办理").click()
    expect(second.get_by_text("已接手")).to_be_visible()
    expect(first.locator("[data-testid=in-use]")).to_contain_text("陈敏正在办理", timeout=6_000)
    expect(first.locator("[data-testid=in-use]")).to_contain_text("李文静去开会了")
    second.keyboard.press("7")
    expect(second.locator("[data-testid=timeline]")).to_contain_text("接手办理")


def test_who_saves_second_chooses_between_both_and_loses_nothing(
    open_as: Callable[..., Page], address: str, case_to_check: str
) -> None:
    place = f"{address}/cases/{case_to_check}/calculation?line=2&finding=covered"
    second = open_as("clerk")
    second.goto(place)
    second.fill("#field-reason", "手术记录写明必须使用")
    first = open_as("first", scripts=False)
    first.goto(place)
    first.fill("#field-reason", "看过清单")
    first.select_option("#field-finding", "unrelated")
    first.get_by_role("button", name="记下判定并重算").click()
    expect(second.locator("[data-presence]")).to_contain_text("李文静", timeout=6_000)
    with second.expect_response("**/findings") as answer:
        second.get_by_role("button", name="记下判定并重算").click()
    assert answer.value.status == 409
    expect(second.locator("h1")).to_have_text("李文静刚刚改过这一页，您的内容还在")
    _accessible(second)
    assert second.locator("input:checked").count() == 0
    second.get_by_role("radio", name="可赔").check()
    second.get_by_role("radio", name="手术记录写明必须使用").check()
    second.get_by_role("button", name="按选择保存").click()
    expect(second.get_by_text("已记下判定并重算")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/cases", "/cases?status=todo", "/lists/cases/columns"])
def test_a_list_at_double_size_scrolls_in_one_direction_only(
    open_as: Callable[..., Page], address: str, desk: Desk, path: str
) -> None:
    some_cases(desk, 1)
    page = open_as("clerk")
    page.set_viewport_size({"width": 683, "height": 384})
    page.goto(f"{address}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 683
    page.set_viewport_size({"width": 1366, "height": 768})
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_a_list_that_lies_open_says_that_rows_were_changed_and_moves_nothing(
    open_as: Callable[..., Page], address: str, desk: Desk
) -> None:
    hospital = some_cases(desk, 3)
    page = open_as("clerk")
    page.clock.install()
    page.goto(f"{address}/cases?hospital={hospital}")
    hint = page.locator("[data-fresh]")
    numbers = page.locator("[data-open]").all_inner_texts()
    expect(hint).to_be_hidden()
    step = f"/cases/{numbers[1]}/step"
    data = {"action": "withdraw", "reason": "本人撤回"}
    assert desk.send("first", f"/cases/{numbers[1]}", step, data).status_code == 303
    with page.expect_response("**/lists/cases/changed**"):
        page.clock.run_for("00:25")
    expect(hint).to_have_text("有 1 件更新，点此刷新")
    expect(page.locator("tr.is-changed [data-open]")).to_have_text(numbers[1])
    assert page.locator("[data-open]").all_inner_texts() == numbers
    with page.expect_navigation():
        hint.click()
    expect(hint).to_be_hidden()
    expect(page.locator("tr", has_text=numbers[1])).to_contain_text("已撤销")


def test_a_form_beside_the_line_is_kept_while_it_is_typed(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str]
) -> None:
    page = open_as("first")
    where = f"{address}/cases/{new_case()}/matters?do=finding"
    page.goto(where)
    page.fill("#field-clause", "第三条")
    expect(page.locator("#form [data-draft-state]")).to_contain_text("已存草稿")
    _accessible(page)
    page.goto(where)
    expect(page.locator("#field-clause")).to_have_value("第三条")
    page.get_by_role("button", name="丢掉草稿").click()
    page.wait_for_url(re.compile("done=forgotten"))
    expect(page.locator("#field-clause")).to_have_value("")
