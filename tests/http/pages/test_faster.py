"""When somebody was faster: nothing is lost and nothing is overwritten."""

import html
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from insurer.claims.tables import Claim
from insurer.platform import clock
from insurer.worklists.presence import LEFT_FOR
from insurer.worklists.tables import CasePresence
from tests.http.pages.conftest import Desk, hidden_fields


def test_the_second_person_keeps_the_words_typed_and_can_send_again(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    sent = desk.send("first", page, page, {"decision": "propose", "opinion": "核对相符"})
    assert sent.status_code == 303
    form = {
        **hidden_fields(desk.read("reviewer", page)),
        "decision": "approve",
        "opinion": "已对照清单第 2 页",
    }
    back = desk.send("supervisor", page, page, {"decision": "send_back", "opinion": "少一页清单"})
    assert back.status_code == 303

    answer = desk.browser("reviewer").post(page, form)

    assert answer.status_code == 409
    assert "顾晓燕刚刚改过这一页，您的内容还在" in answer.text
    assert re.search(r"这件案件顾晓燕 \d\d:\d\d 改过。您填的内容还在", answer.text)
    assert "已对照清单第 2 页" in answer.text
    again = desk.send("first", page, page, {"decision": "propose", "opinion": "已补"})
    assert again.status_code == 303
    newer = {**form, **hidden_fields(desk.read("reviewer", page))}
    assert desk.browser("reviewer").post(page, newer).status_code == 303


def judging(desk: Desk, who: str, number: str) -> dict[str, Any]:
    text = desk.read(who, f"/cases/{number}/calculation?line=2&finding=covered")
    found = re.findall(r'name="(line_id|line|opened)" value="([^"]*)"', text)
    return {**hidden_fields(text), **{name: html.unescape(value) for name, value in found}}


def test_both_versions_stand_side_by_side_and_nothing_is_chosen(desk: Desk, case_to_check: str) -> None:
    action = f"/cases/{case_to_check}/findings"
    late = {**judging(desk, "clerk", case_to_check), "finding": "covered", "reason": "手术记录第 2 页"}
    early = {**judging(desk, "first", case_to_check), "finding": "unrelated", "reason": "与诊断无关"}
    assert desk.browser("first").post(action, early).status_code == 303

    answer = desk.browser("clerk").post(action, late)

    assert answer.status_code == 409
    table = answer.text.split('data-testid="conflict"')[1].split("</table>")[0]
    assert re.search(r"李文静已存（\d\d:\d\d）", table)
    judged = re.search(r"怎么判</th>.*?</tr>", table, re.S)
    assert judged is not None
    assert [word in judged[0] for word in ("按自动核对", "与疾病诊疗无关", "可赔")] == [True] * 3
    assert "与诊断无关" in table and "手术记录第 2 页" in table
    assert "checked" not in table
    assert re.search(r'data-copy="[^"]*手术记录第 2 页', answer.text)
    stored = desk.read("clerk", f"/cases/{case_to_check}/calculation?line=2")
    assert 'value="unrelated" selected' in stored

    kept = dict(re.findall(r'name="(line_id|line|version|form_key)" value="([^"]*)"', answer.text))
    chosen = {**kept, "finding": "covered", "reason": "手术记录第 2 页"}
    assert desk.browser("clerk").post(action, chosen).status_code == 303
    timeline = desk.read("clerk", f"/cases/{case_to_check}/timeline")
    assert "与疾病诊疗无关 → <b>可赔</b>" in timeline


def test_what_cannot_be_done_any_more_can_still_be_copied(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    late = {**hidden_fields(desk.read("clerk", page)), "decision": "propose", "opinion": "我的初审意见"}
    assert desk.send("first", page, page, {"decision": "propose", "opinion": "先送的"}).status_code == 303
    answer = desk.browser("clerk").post(page, late)
    assert answer.status_code == 409
    assert "案件现在是“待复核”，不能再“送复核”" in answer.text
    assert "按选择保存" not in answer.text
    assert "先送的" in answer.text and "我的初审意见" in answer.text


def say(desk: Desk, who: str, number: str, **more: str) -> TestResponse:
    return desk.browser(who).post(f"/cases/{number}/presence", {"acted": "1", **more})


def test_who_opens_a_case_second_sees_who_works_on_it_and_may_take_over(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    assert say(desk, "first", number).status_code == 204
    seen = say(desk, "clerk", number)
    assert seen.status_code == 200
    assert "李文静正在办理（刚刚）" in seen.text and "要接手，先写一句原因" in seen.text
    page = f"/cases/{number}"
    assert "李文静正在办理（刚刚）" in desk.read("clerk", f"{page}/calculation")
    assert "李文静正在办理" not in desk.read("first", page)
    assert "李文静在办" in desk.read("clerk", "/cases?sort=-number")
    assert "接手办理" not in desk.read("auditor", page)

    nothing = desk.send("clerk", page, f"{page}/take-over", {"reason": " "})
    assert nothing.status_code == 422 and "没有写原因" in nothing.text
    assert desk.send("clerk", page, f"{page}/take-over", {"reason": "李文静今天请假"}).status_code == 303

    there = say(desk, "first", number)
    assert "陈敏正在办理（刚刚）" in there.text and "李文静今天请假" in there.text
    assert say(desk, "clerk", number).status_code == 204
    timeline = desk.read("clerk", f"{page}/timeline")
    assert "接手办理" in timeline and "李文静今天请假" in timeline
    assert "李文静 → <b>陈敏</b>" in timeline


def test_nobody_works_on_a_case_any_more_when_it_moves_on(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    say(desk, "first", number)
    assert desk.send("first", page, page, {"decision": "propose"}).status_code == 303
    assert say(desk, "reviewer", number).status_code == 204  # it is the next person's turn
    assert "王建国正在办理" in say(desk, "supervisor", number).text


def test_a_page_that_was_left_frees_the_case(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    say(desk, "first", number)
    assert say(desk, "first", number, left="1").status_code == 204
    with desk.runtime.transaction() as session:
        until = session.scalars(
            select(CasePresence.until_at)
            .join(Claim, Claim.id == CasePresence.claim_id)
            .where(Claim.case_no == number)
        ).one()
        assert until - clock.now() <= LEFT_FOR


def test_a_reader_who_cannot_do_the_next_step_holds_nobody_up(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    for who in ("auditor", "finance", "reviewer"):
        assert say(desk, who, number).status_code == 204
    assert say(desk, "first", number).status_code == 204
    assert "李文静正在办理" in say(desk, "auditor", number).text


def test_an_open_page_learns_that_the_case_was_changed(desk: Desk, case_to_check: str) -> None:
    action = f"/cases/{case_to_check}/findings"
    version = judging(desk, "clerk", case_to_check)["version"]
    early = {**judging(desk, "first", case_to_check), "finding": "covered", "reason": "医嘱有"}
    assert desk.browser("first").post(action, early).status_code == 303
    said = say(desk, "clerk", case_to_check, version=version)
    assert re.search(r"李文静 \d\d:\d\d 改过这一件", said.text)
