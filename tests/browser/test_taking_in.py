"""One paper claim by keyboard, files with and without scripts: taking in as a clerk does it."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk_in_use import _accessible, address, desk, open_as, real_desk
from tests.factories.paper_files import einvoice, locked_pdf, pdf, picture, saved
from tests.factories.sheets import LINES_TEXT
from tests.http.pages.conftest import Desk, desk_database_url, new_case

__all__ = ["address", "desk", "desk_database_url", "new_case", "open_as", "real_desk"]

pytestmark = pytest.mark.browser


def _keys(page: Page, *texts: str) -> None:
    """Type into the field in focus and go to the next one, as often as there are texts."""
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_a_paper_claim_is_keyed_in_from_nothing_by_keyboard_alone(
    open_as: Callable[..., Page], address: str
) -> None:
    page = open_as("clerk")
    page.goto(f"{address}/intake")
    expect(page.locator("#field-q")).to_be_focused()
    _keys(page, "张桂芳")
    expect(page.locator("[data-testid=people] a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#field-setl_id")).to_be_focused()
    _accessible(page)
    number = f"{uuid.uuid4().int % 10**10:010d}"
    _keys(page, f"S{number}", "21", "2026-02-01", "2026-02-15", "2026-02-15", f"第{number}医院", *[""] * 5)
    expect(page.locator("#cover-answer")).to_contain_text("在保：2026年度")
    _keys(page, f"01,01,32060126,{number},a1b2c3,60879.37,20260215")
    expect(page.locator("#field-bill_no")).to_have_value(number)
    expect(page.locator("#field-bill_total")).to_have_value("60879.37")
    _keys(page, "", "", "", "", "60879.37", "45000", "3846.27", "433.00", "11600")
    costs = page.locator('[data-sum-name="费用四项"]')
    expect(costs).to_contain_text("比总费用少 0.10 元")
    page.locator("#field-overlmt_selfpay").focus()
    page.keyboard.press("Control+a")
    _keys(page, "433.10", "", "27000", "0", "12000", "", "", "21879.37")
    expect(costs.locator("[data-sum-word]")).to_have_class(re.compile("green"))
    expect(page.locator('[data-sum-name="各方支付"]')).to_contain_text("= 60,879.37")
    page.locator("#field-inclusive").focus()
    page.keyboard.press("ArrowDown")
    _keys(page, "", "4000")
    expect(page.locator("#paper-list")).to_contain_text("惠民保理赔结果")
    for kind in ("application", "identity", "bank_card", "settlement_sheet", "invoice", "fee_list"):
        page.locator(f'[name="paper_{kind}"]').focus()
        page.keyboard.press("Space")
    for kind in ("discharge_record", "inclusive_decision"):
        page.locator(f'[name="paper_{kind}"]').focus()
        page.keyboard.press("Space")
    expect(page.locator("#papers-lacking")).to_contain_text("这类案件要的都有了")
    page.locator("#lines-text").focus()
    page.keyboard.insert_text(LINES_TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("已登记 XB")
    expect(page.locator(".beside").first).to_contain_text("￥10,592.95")
    _accessible(page)
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    expect(opened.value).to_have_url(re.compile(r"/notices/runs/"))


def test_what_is_being_typed_outlives_the_page(open_as: Callable[..., Page], address: str) -> None:
    page = open_as("clerk")
    page.goto(f"{address}/intake/sheet")
    page.fill("#field-psn_name", "马上断电")
    page.keyboard.press("Enter")
    expect(page.locator("#draft-state")).to_contain_text("已存草稿")
    page.goto(f"{address}/intake")
    page.click("text=马上断电")
    expect(page.locator("#field-psn_name")).to_have_value("马上断电")


def _handful(folder: Path, mark: str) -> list[Path]:
    return [
        saved(folder, "费用明细清单.pdf", pdf(6, mark=mark)),
        saved(folder, "锁.pdf", locked_pdf(user="x")),
        saved(folder, "身份证.png", picture(size=(90, 60), shade=int(mark[-2:], 16))),
        saved(folder, "票据.xml", einvoice(number=f"{int(mark[:8], 16) % 10**10:010d}")),
        saved(folder, "结算单.jpg", picture("JPEG", (240, 340), int(mark[-2:], 16))),
    ]


def test_files_are_sent_one_by_one_with_the_kind_that_their_name_says(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str], tmp_path: Path
) -> None:
    number = new_case(evidence=[])
    page = open_as("clerk")
    page.goto(f"{address}/cases/{number}/papers")
    _accessible(page)
    files = _handful(tmp_path, uuid.uuid4().hex)
    page.set_input_files("#field-file", [*files[:1], *files[2:]])
    kinds = page.locator("[data-upload-files] select")
    expect(kinds).to_have_count(4)
    assert [kinds.nth(at).input_value() for at in range(4)] == [
        "fee_list",
        "identity",
        "invoice",
        "settlement_sheet",
    ]
    page.click("[data-submit]")
    page.wait_for_url(f"**/cases/{number}/documents?done=papers")
    for word in ("身份证", "医保结算单", "医疗收费票据", "费用明细清单"):
        expect(page.locator(".papers")).to_contain_text(word)


def test_without_scripts_the_plain_form_keeps_the_good_and_names_the_bad(
    open_as: Callable[..., Page], address: str, new_case: Callable[..., str], tmp_path: Path
) -> None:
    number = new_case(evidence=[])
    page = open_as("clerk", scripts=False)
    page.goto(f"{address}/cases/{number}/papers")
    page.set_input_files("#field-file", _handful(tmp_path, uuid.uuid4().hex))
    page.click("main form button")
    expect(page.locator(".error-summary")).to_contain_text("“锁.pdf”设了打开密码。请去掉密码再传")
    expect(page.locator(".file-list .is-kept")).to_have_count(4)


def test_papers_are_walked_by_keys_and_turning_one_changes_no_byte(
    open_as: Callable[..., Page], address: str, desk: Desk, new_case: Callable[..., str], tmp_path: Path
) -> None:
    number = new_case(evidence=[])
    page = open_as("clerk")
    page.goto(f"{address}/cases/{number}/papers")
    files = [
        saved(tmp_path, "身份证.png", picture(size=(90, 60), shade=21)),
        saved(tmp_path, "清单.pdf", pdf(2, mark=number)),
    ]
    page.set_input_files("#field-file", files)
    page.click("[data-submit]")
    page.wait_for_url("**/documents?done=papers")
    page.goto(f"{address}/cases/{number}/documents?paper=1")
    print_of = page.locator(".viewer-foot [title]", has_text="SHA-256").get_attribute("title")
    page.locator(".viewer-stage").focus()
    page.keyboard.press("r")
    page.wait_for_url("**turn=90")
    assert page.locator(".viewer-foot [title]", has_text="SHA-256").get_attribute("title") == print_of
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**paper=2")
    expect(page.locator(".sheet img")).to_be_visible()
    page.keyboard.press("]")
    page.wait_for_url("**page=2")
    page.fill("#field-hospital", "龙城中心医院")  # the record of these tests names none
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=sheet")
    expect(page.locator(".papers")).to_contain_text("已核")
    _accessible(page)


def test_a_pasted_row_is_opened_changed_and_kept(open_as: Callable[..., Page], address: str) -> None:
    page = open_as("clerk")
    page.goto(f"{address}/intake/sheet")
    page.locator("#lines-text").focus()
    page.keyboard.insert_text(LINES_TEXT)
    page.locator("#field-setl_id").focus()
    rows = page.locator("#pasted-lines tbody tr")
    expect(rows).to_have_count(4)
    expect(page.locator("#pasted-lines caption")).to_contain_text("3 行，金额合计 60,879.37 元")
    page.get_by_role("button", name="改第 3 行").click()
    expect(page.locator('[name="edit_medins_list_name"]')).to_be_focused()
    expect(page.locator('[name="edit_medins_list_name"]')).to_have_value("目录外治疗项目")
    page.locator('[name="edit_cnt"]').fill("10")
    page.locator('[name="edit_det_item_fee_sumamt"]').fill("2900.00")
    _accessible(page)
    page.get_by_role("button", name="存好这一行").click()
    expect(page.locator("#pasted-lines caption")).to_contain_text("57,979.37 元")
    page.get_by_role("button", name="删第 2 行").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="加一行").click()
    expect(page.locator('[name="edit_medins_list_name"]')).to_be_focused()
    page.locator("#field-inclusive").select_option("paid")
    page.locator("#field-inclusive_amount").fill("300")
    page.locator("#field-psn_cash_pay").fill("200")
    later = page.locator('[data-sum-name="结算以后各方"]')
    expect(later).to_contain_text("比个人负担的 200.00 元多 100.00 元")
    page.locator("#field-psn_cash_pay").fill("500")
    expect(later).to_contain_text("还剩 200.00")
