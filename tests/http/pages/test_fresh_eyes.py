"""What a reader may take from a page at first sight: words that are true for him and figures that add up."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

from sqlalchemy import select, update

from insurer.claims.tables import Claim
from insurer.kernel.dates import business_day
from insurer.notices.tables import Notice
from insurer.platform import clock
from insurer.platform.ids import new_id
from tests.factories.paper_files import pdf
from tests.http.pages.conftest import Desk


def propose(desk: Desk, number: str) -> None:
    page = f"/cases/{number}/decision"
    assert desk.send("first", page, page, {"decision": "propose"}).status_code == 303


def test_the_first_reviewer_reads_that_another_must_decide_and_who_can(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    propose(desk, number)
    text = desk.read("first", f"/cases/{number}/decision")
    assert "这件要由复核或主管决定。现在可以复核的有：" in text and "王建国" in text
    assert "这件要由复核或主管决定" not in desk.read("auditor", f"/cases/{number}/decision")


def test_the_opinion_is_named_after_who_gives_it(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    assert "初审意见" in desk.read("first", f"/cases/{number}/decision")
    propose(desk, number)
    assert "复核意见" in desk.read("reviewer", f"/cases/{number}/decision")


def test_a_withdrawn_case_shows_no_amount(desk: Desk, new_case: Callable[..., str]) -> None:
    page = f"/cases/{new_case()}"
    data = {"action": "withdraw", "reason": "申请人撤回"}
    assert desk.send("first", page, f"{page}/step", data).status_code == 303
    bar = desk.read("first", page).split("<main")[0]
    assert "已撤销" in bar and "￥" not in bar


def test_a_case_that_waits_for_papers_names_them(desk: Desk, new_case: Callable[..., str]) -> None:
    page = f"/cases/{new_case()}"
    assert desk.send("first", f"{page}/ask", f"{page}/ask", {"kinds": ["referral_record"]}).status_code == 303
    text = desk.read("first", page)
    assert "还缺转诊备案表" in text and "可直接审" not in text
    form = {"kind": "referral_record", "file": (BytesIO(pdf(mark="a")), "备案.pdf")}
    assert desk.send("first", f"{page}/papers", f"{page}/papers", form).status_code == 303
    assert "要的材料到了" in desk.read("first", page)


def test_the_same_file_is_not_taken_twice(desk: Desk, new_case: Callable[..., str]) -> None:
    page = f"/cases/{new_case()}/papers"
    first = {"kind": "other", "file": (BytesIO(pdf(mark="b")), "说明.pdf")}
    assert desk.send("first", page, page, first).status_code == 303
    again = desk.send("first", page, page, {"kind": "other", "file": (BytesIO(pdf(mark="b")), "又一份.pdf")})
    assert again.status_code == 422
    assert "“又一份.pdf”已经在这件里" in again.text
    assert re.search(r'value="other" selected', again.text)


def test_the_home_page_lists_what_its_reader_can_do(desk: Desk, new_case: Callable[..., str]) -> None:
    number, other = new_case(), new_case()
    propose(desk, number)
    with desk.runtime.transaction() as session:  # both stand first
        early = business_day(clock.now()) - timedelta(days=900)
        session.execute(update(Claim).where(Claim.case_no.in_([number, other])).values(due_on=early))
    tasks = {
        who: desk.read(who, "/").split('data-testid="tasks"')[-1].split("</table>")[0]
        for who in ("first", "reviewer", "auditor")
    }
    assert number not in tasks["first"] and other in tasks["first"]
    assert number in tasks["reviewer"] and other not in tasks["reviewer"]
    assert number in tasks["auditor"] and other in tasks["auditor"]
    assert "我可复核" in desk.read("reviewer", "/")
    assert "我可复核" not in desk.read("finance", "/")


def test_who_may_not_search_has_no_search(desk: Desk) -> None:
    assert 'role="search"' not in desk.read("bureau", "/rosters")
    assert 'role="search"' in desk.read("auditor", "/rosters")


def test_letters_with_a_due_date_come_first_on_every_page(desk: Desk, new_case: Callable[..., str]) -> None:
    with desk.runtime.transaction() as session:
        claim = session.scalars(select(Claim).where(Claim.case_no == new_case())).one()
        places = []
        for place, days in enumerate((None, 3, 1)):
            made = Notice(
                id=new_id(),
                scheme=claim.scheme,
                kind="refusal",
                number_text=f"试字{place}号{claim.case_no}",
                person_id=claim.person_id,
                claim_id=claim.id,
                facts={},
                dedupe_key=f"fresh-{claim.case_no}-{place}",
                state="printed",
                due_on=days and business_day(clock.now()) + timedelta(days=days),
                created_at=clock.now(),
            )
            session.add(made)
            places.append(f"{made.due_on}_{made.id}")
    ours = r"试字(\d)号" + claim.case_no
    rows = list(dict.fromkeys(re.findall(ours, desk.read("clerk", "/notices?status=printed"))))
    assert rows[:2] == ["2", "1"] and rows[-1] == "0"
    after = desk.read("clerk", f"/notices?status=printed&after={places[2]}")
    assert list(dict.fromkeys(re.findall(ours, after))) == ["1", "0"]


def test_an_input_is_named_in_words_only(desk: Desk, new_case: Callable[..., str]) -> None:
    text = desk.read("clerk", f"/cases/{new_case()}/calculation?of=in.medfee_sumamt")
    panel = text.split('id="panel"')[1]
    assert "医疗总费用" in panel and "medfee_sumamt（" not in panel and "（medfee_sumamt）" not in panel


def test_without_scripts_the_button_is_true_for_every_choice(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    propose(desk, number)
    text = desk.read("reviewer", f"/cases/{number}/decision")
    assert re.search(r"data-submit[^>]*>按选的结论办</button>", text)
    assert "退回后由初审改好再送。</span></noscript>" in text


def test_a_case_that_is_held_says_what_it_waits_for(desk: Desk, new_case: Callable[..., str]) -> None:
    page = f"/cases/{new_case()}"
    before = desk.read("first", page)
    assert "可直接审" in before
    held = {"action": "hold", "reason": "等派出所的事故证明"}
    assert desk.send("first", page, f"{page}/step", held).status_code == 303
    text = desk.read("first", page)
    assert "等派出所的事故证明" in text and "可直接审" not in text
    released = {"action": "release", "reason": "证明到了"}
    assert desk.send("first", page, f"{page}/step", released).status_code == 303
    assert "可直接审" in desk.read("first", page)
