"""What somebody typed is never lost: when a step is refused, when the sign-in had ended, on an error page."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.http.browser import PASSWORD, Browser
from tests.http.pages.conftest import Desk, hidden_fields

WORDS = "手术记录第 2 页写明；这句话不能丢"


def stranger(desk: Desk) -> Browser:
    """A browser in which nobody is signed in."""
    client = desk.app.test_client()
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": "192.0.2.78"}
    return Browser(client)


def judging(desk: Desk, who: str, number: str) -> dict[str, Any]:
    text = desk.read(who, f"/cases/{number}/calculation?line=2&finding=covered")
    found = dict(re.findall(r'name="(line_id|line)" value="([^"]*)"', text))
    return {**hidden_fields(text), **found, "finding": "covered"}


def test_a_judgement_without_a_reason_comes_back_on_its_page(desk: Desk, case_to_check: str) -> None:
    action = f"/cases/{case_to_check}/findings"
    answer = desk.browser("first").post(action, judging(desk, "first", case_to_check))
    assert answer.status_code == 422
    assert "判定第 2 行" in answer.text and "改判要写明理由：没有写理由" in answer.text
    assert re.search(r'value="covered" selected', answer.text)


def test_who_judges_second_reads_who_was_faster_and_keeps_the_reason(desk: Desk, case_to_check: str) -> None:
    action = f"/cases/{case_to_check}/findings"
    late = {**judging(desk, "clerk", case_to_check), "reason": WORDS}
    early = {**judging(desk, "first", case_to_check), "reason": "医嘱有"}
    assert desk.browser("first").post(action, early).status_code == 303
    answer = desk.browser("clerk").post(action, late)
    assert answer.status_code == 409
    assert WORDS in answer.text
    assert re.search(r"李文静 \d\d:\d\d 改过", answer.text)
    assert "没有写入" in answer.text


def test_a_step_without_a_reason_comes_back_with_the_case(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}"
    answer = desk.send("first", page, f"{page}/step", {"action": "withdraw", "reason": " "})
    assert answer.status_code == 422
    assert number in answer.text and "没有写原因" in answer.text and "reason：" not in answer.text


def test_a_request_without_papers_keeps_its_words(desk: Desk, new_case: Callable[..., str]) -> None:
    page = f"/cases/{new_case()}/ask"
    answer = desk.send("first", page, page, {"reason": WORDS})
    assert answer.status_code == 422
    assert WORDS in answer.text


def test_an_opinion_survives_the_end_of_the_session(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    assert desk.send("first", page, page, {"decision": "propose"}).status_code == 303
    browser = stranger(desk)
    typed = {**hidden_fields(desk.read("reviewer", page)), "decision": "send_back", "opinion": WORDS}
    late = browser.post(page, typed)
    assert late.status_code == 401
    assert "您填的内容还在" in late.text
    kept = html.unescape(re.search(r'name="kept" value="([^"]*)"', late.text)[1])  # type: ignore[index]

    wrong = browser.sign_in("reviewer", "wrong wrong wrong", kept=kept)
    assert wrong.status_code == 422
    assert html.unescape(re.search(r'name="kept" value="([^"]*)"', wrong.text)[1]) == kept  # type: ignore[index]

    signed_in = browser.sign_in("reviewer", PASSWORD, kept=kept)
    assert signed_in.status_code == 200
    assert WORDS in signed_in.text and f'action="{page}"' in signed_in.text
    back = browser.post(page, {"decision": "send_back", "opinion": WORDS, "kept": "1"})
    assert back.status_code == 200
    assert WORDS in back.text and re.search(r'value="send_back"[^>]* checked', back.text)
    assert "待复核" in desk.read("first", f"/cases/{number}")
    again = {**hidden_fields(back.text), "decision": "send_back", "opinion": WORDS}
    assert browser.post(page, again).status_code == 303


@pytest.mark.parametrize(
    "kept", ["", "x", "[]", '["//elsewhere.example/", [["a", "b"]], false]', '["/a", 1, 0]']
)
def test_a_strange_kept_form_is_passed_over(desk: Desk, kept: str) -> None:
    answer = stranger(desk).sign_in("auditor", PASSWORD, kept=kept)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_password_is_not_kept(desk: Desk) -> None:
    answer = stranger(desk).post("/people", {"q": "张桂芳", "password": "not to be repeated"})
    assert "not to be repeated" not in answer.text


def test_a_refused_form_without_a_page_of_its_own_shows_the_words_and_the_way_back(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}"
    answer = desk.send("finance", f"{page}/payment", f"{page}/repay", {"reason": WORDS})
    assert answer.status_code in (409, 422)
    assert WORDS in answer.text
    assert f'href="{page}"' in answer.text and "回到刚才那一页" in answer.text


def test_a_guard_of_another_time_does_not_take_the_words_away(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    page = f"/cases/{new_case()}/decision"
    answer = desk.browser("first").client.post(page, data={"csrf_token": "old", "opinion": WORDS})
    assert answer.status_code == 400
    assert WORDS in answer.text


@pytest.mark.parametrize(
    ("form", "page"),
    [("/search", "/people"), ("/cases/{0}/step", "/cases/{0}"), ("/payments/P20260101-01/release", None)],
)
def test_the_address_of_a_form_leads_to_its_page(
    desk: Desk, new_case: Callable[..., str], form: str, page: str | None
) -> None:
    number = new_case()
    answer = desk.browser("supervisor").get(form.format(number))
    wanted = page.format(number) if page else "/payments/P20260101-01"
    assert (answer.status_code, answer.headers["Location"]) == (303, wanted)


def test_an_unknown_address_sends_nobody_who_is_signed_in_to_sign_in(desk: Desk) -> None:
    answer = desk.browser("clerk").get("/nowhere")
    assert answer.status_code == 404
    assert "回到待办" in answer.text and "去登录" not in answer.text
