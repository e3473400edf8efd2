"""The desk by keyboard: keys that move, and keys that must stay silent."""

import pytest
from playwright.sync_api import Page, Request, expect

pytestmark = pytest.mark.browser


def test_slash_goes_to_the_search_and_escape_leaves_it(view: Page, desk: str) -> None:
    view.goto(f"{desk}/home")
    view.keyboard.press("/")
    expect(view.locator("#search")).to_be_focused()
    view.keyboard.press("Escape")
    expect(view.locator("#search")).not_to_be_focused()


def test_single_keys_are_silent_inside_a_field(view: Page, desk: str) -> None:
    view.goto(f"{desk}/cases")
    field = view.locator("#field-hospital")
    field.fill("")
    field.press_sequentially("j?/x1")
    assert field.input_value() == "j?/x1"
    assert view.locator("dialog[open]").count() == 0
    assert view.url == f"{desk}/cases"


def test_single_keys_are_silent_while_an_input_method_composes(view: Page, desk: str) -> None:
    view.goto(f"{desk}/calculation")
    view.evaluate(
        "document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key: '1', isComposing: true, bubbles: true}))"
    )
    assert view.url == f"{desk}/calculation"


def test_single_keys_can_be_switched_off(view: Page, desk: str) -> None:
    view.goto(f"{desk}/home")
    view.evaluate("document.body.dataset.keys = 'off'")
    view.keyboard.press("?")
    assert view.locator("dialog[open]").count() == 0


def test_j_and_k_walk_the_rows_and_enter_opens_one(view: Page, desk: str) -> None:
    view.goto(f"{desk}/cases")
    view.keyboard.press("j")
    view.keyboard.press("j")
    assert view.locator("tr.is-current [data-open]").inner_text() == "XB2026-001276"
    view.keyboard.press("k")
    assert view.locator("tr.is-current [data-open]").inner_text() == "XB2026-001214"
    view.keyboard.press("Enter")
    view.wait_for_url("**/cases/XB2026-001214")


def test_x_chooses_rows_and_the_bar_tells_how_many_and_how_much(view: Page, desk: str) -> None:
    view.goto(f"{desk}/cases")
    expect(view.locator("[data-batch]")).to_be_hidden()
    view.keyboard.press("j")
    view.keyboard.press("x")
    view.keyboard.press("j")
    view.keyboard.press("x")
    expect(view.locator("[data-batch-count]")).to_have_text("2")
    expect(view.locator("[data-batch-sum]")).to_have_text("29,642.32")


def test_a_number_opens_that_part_of_the_case(view: Page, desk: str) -> None:
    view.goto(f"{desk}/calculation")
    view.keyboard.press("7")
    view.wait_for_url("**/cases/XB2026-001283/timeline")


def test_g_then_a_leads_to_the_cases(view: Page, desk: str) -> None:
    view.goto(f"{desk}/home")
    view.keyboard.press("g")
    view.keyboard.press("a")
    view.wait_for_url(f"{desk}/cases")


def test_n_goes_to_the_next_thing_to_check(view: Page, desk: str) -> None:
    view.goto(f"{desk}/calculation")
    view.keyboard.press("n")
    expect(view.locator("#line-87")).to_have_class("two-lines is-current")


def test_question_mark_lists_the_keys(view: Page, desk: str) -> None:
    view.goto(f"{desk}/home")
    view.keyboard.press("?")
    expect(view.locator("#keys")).to_be_visible()
    view.keyboard.press("Escape")
    expect(view.locator("#keys")).to_be_hidden()


def _is_a_step(request: Request) -> bool:
    """Everything that is sent, but for the page saying by itself that it is open."""
    return request.method == "POST" and not request.url.endswith("/presence")


def test_control_enter_never_sends_a_decision(view: Page, desk: str) -> None:
    view.goto(f"{desk}/decision")
    sent: list[str] = []
    view.on("request", lambda request: sent.append(request.url) if _is_a_step(request) else None)
    view.locator("#field-opinion").focus()
    view.keyboard.press("Control+Enter")
    view.wait_for_timeout(100)
    assert sent == []


def test_choosing_a_decision_repeats_it_on_the_button(view: Page, desk: str) -> None:
    view.goto(f"{desk}/decision")
    view.locator("input[value=return]").check()
    expect(view.locator(".action-bar [data-submit]")).to_have_text("退回初审")


def test_sums_are_checked_while_typing_and_name_the_difference(view: Page, desk: str) -> None:
    view.goto(f"{desk}/documents")
    view.locator("#field-medfee_sumamt").fill("60,879.47")
    line = view.locator("[data-sum-text]").first
    expect(line).to_have_text("费用四项相加是 60,879.37 元，比总费用少 0.10 元。请对照结算单第1页。")
    view.locator("#field-medfee_sumamt").fill("60879.37")
    expect(line).to_have_text("45,000.00 + 3,846.27 + 433.10 + 11,600.00 = 60,879.37")


def test_the_field_in_focus_frames_its_place_on_the_paper(view: Page, desk: str) -> None:
    view.goto(f"{desk}/documents")
    view.locator("#field-fulamt_ownpay_amt").focus()
    expect(view.locator("[data-place-frame]")).to_be_visible()
    view.locator("#field-hifp_pay").focus()
    expect(view.locator("[data-place-frame]")).to_be_hidden()


@pytest.mark.parametrize(("key", "finding"), [("p", "covered"), ("b", "excluded")])
def test_one_key_opens_the_judging_of_the_line_one_stands_on(
    view: Page, desk: str, key: str, finding: str
) -> None:
    view.goto(f"{desk}/calculation")
    view.keyboard.press("n")
    view.keyboard.press(key)
    view.wait_for_url(f"**line=87&finding={finding}#panel")
    view.goto(f"{desk}/calculation")
    view.keyboard.press("j")
    view.keyboard.press(key)
    view.wait_for_url(f"**line=41&finding={finding}#panel")


def test_e_reports_the_answer_on_the_line(view: Page, desk: str) -> None:
    view.goto(f"{desk}/calculation")
    view.keyboard.press("e")
    assert view.url == f"{desk}/calculation"
    view.keyboard.press("n")
    with view.expect_request("**/report") as sent:
        view.keyboard.press("e")
    assert "line_id=b1c7d0d2-0087" in (sent.value.post_data or "")
    view.wait_for_url("**/report")


def test_a_judgement_is_sent_from_the_keyboard_with_the_usual_reason(view: Page, desk: str) -> None:
    view.goto(f"{desk}/judging")
    with view.expect_request("**/findings") as sent:
        view.keyboard.press("Control+Enter")
    assert "finding=covered" in (sent.value.post_data or "")
    assert "usual=" in (sent.value.post_data or "")
    view.wait_for_url("**/findings")
