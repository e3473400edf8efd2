"""What somebody meets who uses the desk for the first time: days in China, the next step, a way on."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import update

from insurer.accounts.operations import create_staff
from insurer.claims.lifecycle import State
from insurer.claims.tables import Claim
from insurer.platform import clock
from tests.http.browser import PASSWORD
from tests.http.pages.conftest import Desk
from tests.http.pages.office import SHELL
from tests.http.pages.test_beside_pages import act


def propose(desk: Desk, number: str) -> None:
    page = f"/cases/{number}/decision"
    assert desk.send("first", page, page, {"decision": "propose"}).status_code == 303


def test_a_case_that_came_after_midnight_came_on_that_day_in_china(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    with desk.runtime.transaction() as session:
        came = datetime(2026, 3, 4, 16, 43, tzinfo=UTC)  # 00:43 of the fifth in China
        session.execute(update(Claim).where(Claim.case_no == number).values(received_at=came))
    text = desk.read("clerk", f"/cases/{number}")
    assert "2026-03-05，" in text and "2026-03-04" not in text


def test_an_administrator_is_told_where_his_work_is_done(desk: Desk) -> None:
    with desk.runtime.transaction() as session:
        create_staff(
            session,
            actor=SHELL,
            login="operator",
            name="管理员",
            roles=["admin"],
            password=PASSWORD,
            now=clock.now(),
        )
    text = desk.read("operator", "/")
    assert "这里没有要您办的事" in text and "insurer 命令" in text
    assert "您的岗位不能" not in text


def test_two_who_agree_one_after_the_other_have_one_cell_each(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case(
        medfee_sumamt="120700.00", inscp_scp_amt="120550.00", psn_part_amt="120000.00", feedetail=[]
    )
    propose(desk, number)
    page = f"/cases/{number}/decision"
    strip = desk.read("clerk", page).split('<ol class="four">')[1].split("</ol>")[0]
    assert strip.count("<li") == 4
    assert "这件要由复核或主管决定" in desk.read("first", page)
    answer = desk.send("reviewer", page, page, {"decision": "approve", "opinion": "核对相符"})
    assert answer.status_code == 303
    text = desk.read("first", page)
    strip = text.split('<ol class="four">')[1].split("</ol>")[0]
    assert strip.count("<li") == 4 and "第二个同意的人" in strip
    assert "已有一人同意，要由另一位主管决定。现在可以复核的有：顾晓燕。" in text


def test_whoever_sees_a_returned_payment_reads_what_to_do(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    with desk.runtime.transaction() as session:
        session.execute(update(Claim).where(Claim.case_no == number).values(state=State.BOUNCED.value))
    assert f'href="/cases/{number}/payment"' in desk.read("clerk", f"/cases/{number}").split("下一步")[1]
    page = f"/cases/{number}/payment"
    for who, may_change in (("clerk", True), ("reviewer", False), ("finance", True), ("auditor", False)):
        text = desk.read(who, page)
        assert "退汇怎么办" in text
        assert ("更改收款人</a>" in text) is may_change
    assert "改好重付" in desk.read("finance", page)


def test_a_settlement_without_lines_is_not_said_to_agree(desk: Desk, new_case: Callable[..., str]) -> None:
    text = desk.read("clerk", f"/cases/{new_case(feedetail=[])}/calculation")
    assert "没有费用明细" in text and "相符</span>" not in text.split('id="lines"')[1].split("</div>")[0]


def test_who_asks_for_papers_sees_which_are_there_and_what_is_left_to_choose(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    page = f"/cases/{new_case()}/ask"
    text = desk.read("clerk", page)
    assert re.search(r"医疗收费票据[^<]*（已收到）", text)
    assert not re.search(r"死亡证明[^<]*（已收到）", text)
    answer = desk.send("clerk", page, page, {})
    assert answer.status_code == 422
    assert "还没有勾选要补的材料" in answer.text
    answer = desk.send("clerk", page, page, {"kinds": ["other"]})
    assert answer.status_code == 422
    assert "请在补充说明里写清是什么" in answer.text


def test_amounts_and_days_beside_a_case_may_be_typed_in_full_width(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    paid = {"payer": "charity", "status": "paid", "proof": "慈善 1 号"}
    answer = act(desk, "clerk", number, "upstream", "upstream", {**paid, "amount": "１e5"})
    assert answer.status_code == 422 and "“1e5”不是金额" in answer.text
    answer = act(desk, "clerk", number, "upstream", "upstream", {**paid, "amount": "￥１００．５"})
    assert answer.status_code == 303
    assert "100.50" in desk.read("clerk", f"/cases/{number}/matters")
    asked = {"payer": "inclusive", "way": "phone", "asked_on": "２０２６．３．１"}
    assert act(desk, "clerk", number, "ask", "inquiries", asked).status_code == 303
    assert (
        act(desk, "clerk", number, "ask", "inquiries", {**asked, "asked_on": "三月一日"}).status_code == 422
    )


def test_a_case_just_received_says_to_accept_it_first(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    with desk.runtime.transaction() as session:
        session.execute(update(Claim).where(Claim.case_no == number).values(state=State.RECEIVED.value))
    page = f"/cases/{number}"
    assert "先在下面按“受理”。" in desk.read("clerk", page)
    assert "先在下面按" not in desk.read("auditor", page)


def test_who_only_looks_on_is_not_told_that_he_can_work(desk: Desk) -> None:
    assert "您能办的，按到期先后排" in desk.read("clerk", "/")
    text = desk.read("auditor", "/")
    assert "全部要办的，按到期先后排" in text and "您能办的" not in text
