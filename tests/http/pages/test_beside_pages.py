"""Pages beside the main line: forms come back with words, steps are on the time line, counts are lists."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS
from insurer.claims.lifecycle import ROWS, WORDS, State
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import Advance, AgencyFinding, Review
from insurer.people.tables import PayeeChange
from insurer.platform.audit import AuditEntry
from insurer.worklists.timeline_words import TAGS
from tests.http.pages.conftest import Desk


def events(desk: Desk, number: str) -> int:
    with desk.runtime.transaction() as session:
        claim_id = session.scalars(select(Claim.id).where(Claim.case_no == number)).one()
        counted = select(func.count()).where(AuditEntry.claim_id == claim_id)
        return session.scalar(counted) or 0


def state(desk: Desk, number: str) -> str:
    with desk.runtime.transaction() as session:
        return session.scalars(select(Claim.state).where(Claim.case_no == number)).one()


def newest(desk: Desk, table: Any, number: str) -> uuid.UUID:
    column = table.case_id if table is PayeeChange else table.claim_id
    with desk.runtime.transaction() as session:
        claim_id = session.scalars(select(Claim.id).where(Claim.case_no == number)).one()
        found: uuid.UUID = session.scalars(
            select(table.id).where(column == claim_id).order_by(table.id.desc()).limit(1)
        ).one()
        return found


def act(desk: Desk, who: str, number: str, do: str, path: str, data: dict[str, Any]) -> Any:
    """Fill in a form of 相关事项: a good one adds to the time line, a refused one does not."""
    page, base = f"/cases/{number}/matters?do={do}", f"/cases/{number}/matters"
    before = events(desk, number)
    answer = desk.send(who, page, f"{base}/{path}", data)
    assert (events(desk, number) > before) == (answer.status_code == 303), answer.text[:600]
    return answer


def decide(desk: Desk, number: str) -> None:
    page = f"/cases/{number}/decision"
    assert desk.send("first", page, page, {"decision": "propose", "opinion": ""}).status_code == 303
    approve = {"decision": "approve", "opinion": "核对相符"}
    assert desk.send("reviewer", page, page, approve).status_code == 303


GOOD: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("clerk", "upstream", "upstream", "charity", {"payer": "charity", "status": "none", "proof": "说明一份"}),
    ("clerk", "ask", "inquiries", "ask", {"payer": "inclusive", "way": "phone", "asked_on": "2026-03-01"}),
    ("clerk", "finding", "findings", "finding", {"payer": "basic", "message": "少付 40 元"}),
    (
        "clerk",
        "accident",
        "accident",
        "accident",
        {"cause": "self", "happened_on": "2026-02-28", "liability": "open", "statement": "在家滑倒"},
    ),
    ("clerk", "claimant", "claimant", "claimant", {"capacity": "proxy", "name": "王五", "relation": "儿子"}),
    (
        "clerk",
        "payee",
        "payees",
        "payee",
        {
            "capacity": "self",
            "holder": "张桂芳",
            "bank": "农行",
            "number": "6228480000001234",
            "reason": "换卡",
        },
    ),
    (
        "clerk",
        "advance",
        "advances",
        "advance",
        {"amount": "100.00", "reason": "目录内已定", "open_points": "等慈善"},
    ),
]


@pytest.mark.parametrize(("who", "do", "path", "_name", "data"), GOOD, ids=[one[3] for one in GOOD])
def test_each_form_is_entered_on_the_time_line_and_comes_back_when_it_is_empty(
    desk: Desk, new_case: Callable[..., str], who: str, do: str, path: str, _name: str, data: dict[str, Any]
) -> None:
    number = new_case()
    refused = act(desk, who, number, do, path, {**dict.fromkeys(data, ""), "asked_on": ""})
    assert refused.status_code == 422
    assert "data-error-summary" in refused.text and "<title>错误：" in refused.text
    assert act(desk, who, number, do, path, data).status_code == 303
    said = desk.read("auditor", f"/cases/{number}/timeline")
    with desk.runtime.transaction() as session:
        tags = set(
            session.scalars(
                select(AuditEntry.tag)
                .join(Claim, Claim.id == AuditEntry.claim_id)
                .where(Claim.case_no == number)
            )
        )
    assert all(tag in TAGS or tag.startswith("claim:state:") for tag in tags), tags
    assert "办理</span>" not in said
    assert "6228480000001234" not in desk.read("auditor", f"/cases/{number}/matters")


def test_two_people_change_who_is_paid(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    act(desk, "clerk", number, "payee", "payees", GOOD[5][4])
    change = newest(desk, PayeeChange, number)
    path = f"payees/{change}"
    agree = {"decision": "agree", "opinion": "看过存折"}
    assert "尾号 1234" in desk.read("reviewer", f"/cases/{number}/matters?do=payee-decision")
    assert act(desk, "reviewer", number, "payee-decision", path, {"decision": ""}).status_code == 422
    assert act(desk, "reviewer", number, "payee-decision", path, agree).status_code == 303
    assert "本案专用，两人核对过" in desk.read("clerk", f"/cases/{number}/matters")


def test_two_people_pay_ahead(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    act(desk, "first", number, "advance", "advances", GOOD[6][4])
    path = f"advances/{newest(desk, Advance, number)}"
    done = act(desk, "reviewer", number, "advance-decision", path, {"decision": "agree", "opinion": "核过"})
    assert done.status_code == 303
    assert "已同意，进下一批次" in desk.read("clerk", f"/cases/{number}/matters")


def test_a_review_is_answered_by_somebody_else_and_the_page_says_who(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    decide(desk, number)
    asked = {
        "kind": "review",
        "channel": "phone",
        "relation": "family",
        "filed_on": "2026-03-01",
        "statement": "孩子说敷料也该赔",
    }
    assert act(desk, "clerk", number, "review", "reviews", asked).status_code == 303
    page = f"/reviews/{newest(desk, Review, number)}"
    assert number in desk.read("clerk", "/reviews")
    own = desk.read("reviewer", page)
    assert "这个决定是您经手的，要由别人复核" in own and "顾晓燕" in own and 'name="outcome"' not in own
    main = desk.read("supervisor", page).split("<main")[1].split("</main>")[0]
    assert main.count("btn-primary") == 1 and "记下撤回" in main
    form = {"outcome": "kept", "reasons": "清单写明是目录外，按一半赔，没有算错"}
    assert desk.send("supervisor", page, page, {**form, "reasons": " "}).status_code == 422
    assert desk.send("supervisor", page, page, form).status_code == 303
    assert "维持原决定" in desk.read("auditor", f"/cases/{number}/timeline")


def test_a_finding_goes_out_and_is_answered(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    act(desk, "clerk", number, "finding", "findings", GOOD[2][4])
    finding = newest(desk, AgencyFinding, number)
    with desk.runtime.transaction() as session:
        name = session.get_one(AgencyFinding, finding).number
    page = f"/findings?number={name}"
    assert number in desk.read("clerk", page)
    sent = {"document": "函〔2026〕1号", "sent_on": "2026-03-02"}
    assert desk.send("clerk", page, f"/findings/{finding}/send", {**sent, "document": ""}).status_code == 422
    assert desk.send("clerk", page, f"/findings/{finding}/send", sent).status_code == 303
    answer = {"outcome": "explained", "answer": "复函说明无误"}
    assert desk.send("clerk", page, f"/findings/{finding}/answer", answer).status_code == 303
    assert "上游说明无误" in desk.read("auditor", page)


def test_a_refused_case_is_told_closed_and_found_by_its_file_number(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}"
    withdrawn = desk.send("clerk", page, f"{page}/step", {"action": "withdraw", "reason": "本人撤回"})
    assert withdrawn.status_code == 303
    assert act(desk, "clerk", number, "close", "close", {"place": " "}).status_code == 422
    assert act(desk, "clerk", number, "close", "close", {"place": "一楼 3 柜 12 盒"}).status_code == 303
    assert state(desk, number) == State.CLOSED
    filed = re.search(r"XB-A\d{4}-\d{6}", desk.read("auditor", f"/cases/{number}/matters"))
    assert filed is not None
    assert number in desk.read("auditor", f"/archive?q={filed[0]}")
    index = desk.read("auditor", f"/archive/{filed[0]}")
    assert "结算记录" in index and "一楼 3 柜 12 盒" in index
    move = {"place": "总库 1 架", "reason": "满柜"}
    assert desk.send("clerk", f"/archive/{filed[0]}", f"/archive/{filed[0]}/move", move).status_code == 303
    assert "总库 1 架" in desk.read("auditor", f"/archive/{filed[0]}")


def test_every_number_of_the_board_is_the_total_of_its_list(desk: Desk, case_to_check: str) -> None:
    text = desk.read("supervisor", "/board")
    found = re.findall(r'<td class="num"><a href="([^"]+)"[^>]*>([\d,]+)</a>', text)
    assert len(found) > 8
    for href, count in found:
        listed = desk.read("supervisor", href.replace("&amp;", "&"))
        assert f'data-testid="total"><b>{count}</b>' in listed, href
    assert desk.browser("clerk").get("/board").status_code == 403


def test_the_page_of_rules_is_the_table(desk: Desk) -> None:
    text = desk.read("clerk", "/rules")
    rows = re.findall(r'<tr data-action="(\w+)">(.*?)</tr>', text, re.S)
    assert [action for action, _ in rows] == [action.value for _, action, _ in ROWS]
    for (_, cells), (states, _, found) in zip(rows, ROWS, strict=True):
        words = re.sub(r"<[^>]+>", " ", cells)
        assert found.word in words and WORDS[found.next].word in words
        assert all(WORDS[one].word in words for one in states)
        assert all(
            word in words for role, word in ROLE_WORDS.items() if role in PERMISSIONS[found.permission]
        )
    assert all(WORDS[one].meaning in text for one in State)


def test_a_line_leaves_an_open_batch_with_a_reason(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    decide(desk, number)
    made = desk.send("finance", "/payments", "/payments", {})
    batch = re.search(r"/payments/(P\d{8}-\d+)", made.headers["Location"])
    assert batch is not None
    page = f"/payments/{batch[1]}"
    refused = desk.send("finance", page, f"{page}/take-out", {"case": number, "reason": ""})
    assert refused.status_code == 422 and "撤出要写明原因" in refused.text
    done = desk.send("finance", page, f"{page}/take-out", {"case": number, "reason": "账户要再核"})
    assert done.status_code == 303
    assert state(desk, number) == "approved"


def test_the_supervisor_lets_somebody_else_decide(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    named = {"decision": "propose", "opinion": "", "approver": desk.actors["reviewer"].id}
    assert desk.send("first", page, page, named).status_code == 303
    assert "指定由王建国复核" in desk.read("supervisor", page)
    form = {"approver": desk.actors["supervisor"].id, "reason": ""}
    assert desk.send("supervisor", page, f"{page[: -len('decision')]}approver", form).status_code == 422
    form["reason"] = "王建国请假"
    assert desk.send("supervisor", page, f"{page[: -len('decision')]}approver", form).status_code == 303
    assert "换复核人" in desk.read("auditor", f"/cases/{number}/timeline")
    assert "王建国请假" in desk.read("auditor", f"/cases/{number}/timeline")


def test_a_year_of_the_calendar_is_proposed_and_agreed_to_by_two(desk: Desk) -> None:
    wrong = {"year": "2028", "holidays": "正月初一", "working_weekends": "", "source": "文"}
    refused = desk.send("supervisor", "/calendar", "/calendar", wrong)
    assert refused.status_code == 422 and "正月初一" in refused.text
    good = {**wrong, "holidays": "2028-01-01", "provisional": "1"}
    assert desk.send("supervisor", "/calendar", "/calendar", good).status_code == 303
    text = desk.read("supervisor", "/calendar")
    assert "这一年是您提出的，要由另一个人同意" in text
    assert desk.browser("clerk").post("/calendar", good).status_code == 403
