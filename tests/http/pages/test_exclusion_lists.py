"""除外清单 from the clerk's report to a second officer's approval; the fee lines of the calculation page."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from insurer.accounts.operations import create_staff
from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.exclusions.operations import approve_change, propose_change
from insurer.exclusions.queries import edition_in_force
from insurer.exclusions.rules import Effect
from insurer.kernel.dates import business_day
from insurer.platform import clock
from tests.factories.desk import SHELL, line
from tests.http.browser import PASSWORD
from tests.http.pages.conftest import Desk, hidden_fields

BED = {"chrgitm_lv": "03", "list_type": "201", "med_chrgitm_type": "14", "fulamt_ownpay_amt": "100.00"}
LISTS = ("transplant", "expensive", "special", "unrelated", "drugs", "unclear", "herbs")


@pytest.fixture
def word() -> str:
    """A word that no list and no other test knows."""
    return "管家" + "".join(chr(0x4E00 + int(sign, 16) * 97) for sign in uuid.uuid4().hex[:6])


@pytest.fixture
def second_officer(desk: Desk) -> str:
    login = f"officer{uuid.uuid4().hex[:8]}"
    with desk.runtime.transaction() as session:
        create_staff(
            session,
            actor=SHELL,
            login=login,
            name="高洁",
            roles=["officer"],
            password=PASSWORD,
            now=clock.now(),
        )
    return login


def bill(new_case: Callable[..., str], name: str, **changes: Any) -> str:
    """Take in a case settled today whose own expense is one service line of this name."""
    today = business_day(clock.now()).isoformat()
    ordinary = line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00")
    return new_case(
        feedetail=[ordinary, line("2", name, "100.00", **BED)],
        begndate=today,
        enddate=today,
        setl_time=f"{today} 00:10:00",
        **changes,
    )


def line_id(desk: Desk, number: str, place: int = 2) -> str:
    with desk.runtime.transaction() as session:
        wanted = (
            select(FeeLine.id)
            .join(Settlement, Settlement.id == FeeLine.settlement_id)
            .join(Claim, Claim.id == Settlement.claim_id)
            .where(Claim.case_no == number, FeeLine.line_no == place)
        )
        return str(session.scalars(wanted).one())


def proposed(desk: Desk, who: str, term: str, **more: str) -> str:
    """Propose an exclusion through the form; returns the address of the proposal."""
    form = {
        "list": "special",
        "kind": "add",
        "term": term,
        "answer": "excluded",
        "meaning": "特需病房的服务",
        "basis": "区人社局函",
        "starts_on": f"{business_day(clock.now()):%Y%m%d}",
        "ends_on": "",
        **more,
    }
    answer = desk.send(who, "/exclusions/propose", "/exclusions/propose", form)
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["Location"].partition("?")[0]


def previewed(text: str) -> str:
    """Return the lists on which a preview was counted."""
    return re.search(r'name="previewed" value="([^"]+)"', text)[1]  # type: ignore[index]


def test_the_lists_are_read_by_the_desk_and_the_bureau(desk: Desk) -> None:
    for who in ("officer", "clerk", "reviewer", "supervisor", "auditor", "bureau"):
        text = desk.read(who, "/exclusions")
        assert "国家医疗保障局" in text
        assert ("/exclusions/propose" in text) is (who in ("officer", "supervisor"))
    assert desk.browser("finance").get("/exclusions").status_code == 403
    assert desk.browser("officer").get("/").headers["Location"] == "/exclusions"
    assert desk.browser("clerk").get("/exclusions/propose").status_code == 403


@pytest.mark.parametrize("list_id", LISTS)
def test_every_list_shows_its_words_with_dates_and_search(desk: Desk, list_id: str) -> None:
    desk.statements.clear()
    text = desk.read("officer", f"/exclusions/{list_id}")
    assert len(desk.statements) <= 15
    assert len(text.encode()) < 200_000
    found = int(re.search(r'<span class="total"><b>([\d,]+)</b>', text)[1].replace(",", ""))  # type: ignore[index]
    assert found > 50
    assert "系统清单" in text
    nothing = desk.read("officer", f"/exclusions/{list_id}?q=没有这样的词")
    assert "清单里没有这样的词" in nothing


def test_a_list_is_searched_by_word_answer_and_code(desk: Desk) -> None:
    assert "空调费" in desk.read("officer", "/exclusions/special?q=空調費")
    by_code = desk.read("officer", "/exclusions/herbs?q=t001700233")
    assert "T001700233" in by_code and "阿胶" in by_code
    spared = desk.read("officer", "/exclusions/unrelated?q=染色体&answer=covered")
    assert "染色体检查" in spared and "不予支付" not in spared.split("<tbody>")[1]
    assert desk.browser("officer").get("/exclusions/other").status_code == 404


def test_a_proposal_shows_its_effect_and_is_approved_by_somebody_else(
    desk: Desk, new_case: Callable[..., str], word: str, second_officer: str
) -> None:
    number = bill(new_case, f"{word}服务")
    page = proposed(desk, "officer", word)
    own = desk.read("officer", page)
    assert number in own and "可赔</span>" in own
    assert "要由另一位" in own and "批准这条修改" not in own
    refused = desk.send("officer", page, page, {"decision": "approve"})
    assert refused.status_code == 403
    text = desk.read(second_officer, page)
    money = re.search(r"([\d,.]+) → <b>([\d,.]+)</b>", text)
    assert money is not None
    before, after = (round(float(one.replace(",", "")) * 100) for one in money.groups())
    assert before - after == 5_000
    form = {"decision": "approve", "opinion": "看过影响", "previewed": previewed(text)}
    done = desk.send(second_officer, page, page, form)
    assert done.status_code == 303, re.findall(r"data-error-summary.*?</ul>", done.text, re.S)
    text = desk.read(second_officer, done.headers["Location"])
    assert "已批准" in text and "批准时看到的影响" in text and "看过影响" in text
    assert word in desk.read("clerk", f"/exclusions/special?q={word}")
    assert word in desk.read("auditor", "/exclusions/history")
    after_that = bill(new_case, f"{word}服务")
    assert "不予支付" in desk.read("clerk", f"/cases/{after_that}/calculation")


def test_an_approval_after_another_change_must_look_again(desk: Desk, word: str, second_officer: str) -> None:
    page = proposed(desk, "officer", word)
    seen = desk.read(second_officer, page)
    form = {**hidden_fields(seen), "decision": "approve", "previewed": previewed(seen)}
    with desk.runtime.transaction() as session:
        now = clock.now()
        number = propose_change(
            session,
            actor=desk.actors["officer"],
            list_id="special",
            kind="add",
            term=f"{word}二",
            answer="review",
            meaning="别的",
            basis="函",
            starts_on=business_day(now) + timedelta(days=30),
            ends_on=None,
            now=now,
        )
        approve_change(
            session,
            actor=desk.actors["supervisor"],
            number=number,
            opinion="",
            previewed=edition_in_force(session).hash,
            effect=Effect(),
            now=now,
        )
    answer = desk.browser(second_officer).post(page, form)
    assert answer.status_code == 409
    assert "变过" in answer.text and "data-error-summary" in answer.text


def test_a_proposal_is_sent_back_with_a_reason_or_withdrawn(desk: Desk, word: str) -> None:
    page = proposed(desk, "officer", word)
    empty = desk.send("supervisor", page, page, {"decision": "decline", "opinion": ""})
    assert empty.status_code == 422 and "没有写理由" in empty.text
    assert (
        desk.send("supervisor", page, page, {"decision": "decline", "opinion": "词太宽"}).status_code == 303
    )
    assert "词太宽" in desk.read("officer", page)
    other = proposed(desk, "officer", word)
    assert desk.send("officer", other, other, {"decision": "withdraw"}).status_code == 303
    assert "已撤回" in desk.read("officer", other)


def test_a_form_that_cannot_stand_comes_back_with_words_beside_its_fields(desk: Desk) -> None:
    form = {
        "list": "special",
        "kind": "add",
        "term": "空调费",
        "answer": "excluded",
        "basis": "",
        "starts_on": "",
    }
    answer = desk.send("officer", "/exclusions/propose", "/exclusions/propose", form)
    assert answer.status_code == 422
    assert 'value="空调费"' in answer.text and "哪天起" in answer.text
    today = business_day(clock.now()).isoformat()
    answer = desk.send("officer", "/exclusions/propose", "/exclusions/propose", {**form, "starts_on": today})
    for words in ("没有写依据", "没有写它是什么"):
        assert words in answer.text


def test_a_wrong_answer_is_reported_in_one_click_and_becomes_a_proposal(
    desk: Desk, new_case: Callable[..., str], word: str
) -> None:
    number = bill(new_case, f"特需{word}氧疗舱")
    page = f"/cases/{number}/calculation"
    text = desk.read("clerk", page)
    assert text.count("报错</button>") == 1
    form = {"line_id": line_id(desk, number), "line": "2"}
    done = desk.send("clerk", page, f"/cases/{number}/report", form)
    assert done.status_code == 303 and "done=reported" in done.headers["Location"]
    assert "已报政策专员" in desk.read("clerk", page)
    again = desk.send("clerk", f"{page}?lines=all", f"/cases/{number}/report", form)
    assert "done=reported_before" in again.headers["Location"]
    assert "报给政策专员" in desk.read("clerk", f"/cases/{number}/timeline")
    queue = desk.read("officer", "/exclusions/reports")
    row = next(part for part in queue.split("<tr ") if word in part)
    href = re.search(r'href="(/exclusions/propose\?report=[^"]+)"', row)[1]  # type: ignore[index]
    asked = desk.read("officer", href)
    assert f'value="特需{word}氧疗舱"' in asked and "报上来的这一行" in asked
    report = re.search(r'name="report" value="([^"]+)"', asked)[1]  # type: ignore[index]
    change = proposed(desk, "officer", f"特需{word}", answer="covered", report=report)
    handled = desk.read("clerk", "/exclusions/reports?show=handled")
    assert change.rpartition("/")[2] in next(part for part in handled.split("<tr ") if word in part)


def test_a_report_is_closed_with_a_reason(desk: Desk, new_case: Callable[..., str], word: str) -> None:
    number = bill(new_case, f"空调费{word}")
    page = f"/cases/{number}/calculation"
    form = {"line_id": line_id(desk, number), "line": "2", "remark": "应当赔"}
    desk.send("clerk", page, f"/cases/{number}/report", form)
    row = next(part for part in desk.read("officer", "/exclusions/reports").split("<tr ") if word in part)
    assert "应当赔" in row
    href = re.search(r'href="(/exclusions/reports\?decline=([^"]+))"', row)
    assert href is not None
    action = f"/exclusions/reports/{href[2]}/decline"
    assert desk.send("officer", href[1], action, {"reason": ""}).status_code == 422
    assert desk.send("officer", href[1], action, {"reason": "空调费不赔"}).status_code == 303
    handled = desk.read("clerk", "/exclusions/reports?show=handled")
    assert "空调费不赔" in next(part for part in handled.split("<tr ") if word in part)


def test_judging_offers_the_usual_reasons_and_reports_with_the_same_words(
    desk: Desk, new_case: Callable[..., str], word: str
) -> None:
    number = bill(new_case, f"单间{word}")
    page = f"/cases/{number}/calculation?line=2&finding=covered"
    text = desk.read("clerk", page)
    assert '<option value="covered" selected>' in text
    usual = re.search(r'name="usual" value="([^"]+)" checked', text)[1]  # type: ignore[index]
    form = {
        "line_id": line_id(desk, number),
        "line": "2",
        "finding": "covered",
        "usual": usual,
        "report": "1",
    }
    done = desk.send("clerk", page, f"/cases/{number}/findings", {**form, "reason": "见医嘱第3页"})
    assert done.status_code == 303
    text = desk.read("clerk", f"/cases/{number}/calculation?lines=all")
    assert f"人工判定：可赔。{usual}；见医嘱第3页" in text
    queue = desk.read("officer", "/exclusions/reports")
    row = next(part for part in queue.split("<tr ") if word in part)
    assert "见医嘱第3页" in row and "人工判定：可赔" in row
    excluded = desk.read("clerk", f"/cases/{number}/calculation?line=2&finding=excluded")
    assert '<option value="special_service" selected>' in excluded


def test_lines_are_held_against_the_bill_by_category(desk: Desk, new_case: Callable[..., str]) -> None:
    said = [{"med_chrgitm": "05", "amt": "900.00"}, {"med_chrgitm": "14", "amt": "120.00"}]
    number = bill(new_case, "普通床位费", iteminfo=said)
    text = desk.read("clerk", f"/cases/{number}/calculation")
    table = text.split('data-testid="categories"')[1].split("</table>")[0]
    assert "1 类和结算清单不符" in text
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in table.split("<tr")[2:]]
    assert rows[0] == ["治疗费", "1", "900.00", "900.00", "—"]
    assert rows[1] == ["其他费", "1", "100.00", "120.00", "−20.00"]
    plain = desk.read("clerk", f"/cases/{bill(new_case, '普通床位费')}/calculation")
    assert "票据没有分类合计" in plain
    agrees = bill(
        new_case,
        "普通床位费",
        invoice={
            "bill_code": "32060126",
            "bill_no": uuid.uuid4().hex[:10],
            "check_code": "a1b2c3",
            "details": [
                {"ItemName": "治疗费", "ItemAmount": "900.00"},
                {"ItemName": "其他", "ItemAmount": "100"},
            ],
        },
    )
    assert "2 类都和票据相符" in desk.read("clerk", f"/cases/{agrees}/calculation")
