"""The desk's work through its pages: judge, propose, decide, pay, import, reveal."""

import re
from collections.abc import Callable
from io import BytesIO

from sqlalchemy import func, select

from insurer.claims.tables import Claim, Decision, DecisionStep, FeeLine
from insurer.people.tables import Person, RevealLog, RosterFact, RosterImport
from insurer.platform.audit import AuditEntry
from tests.factories.desk import ZHANG
from tests.factories.paper_files import picture
from tests.http.pages.conftest import Desk, hidden_fields


def _state(desk: Desk, number: str) -> str:
    with desk.runtime.transaction() as session:
        return session.scalars(select(Claim.state).where(Claim.case_no == number)).one()


def _decide(desk: Desk, who: str, number: str, choice: str, opinion: str = "核对相符") -> str:
    page = f"/cases/{number}/decision"
    answer = desk.send(who, page, page, {"decision": choice, "opinion": opinion})
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["Location"]


def test_a_clean_case_goes_from_the_queue_to_the_bank_and_back(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    assert _state(desk, number) == "in_review"
    assert _decide(desk, "first", number, "propose").endswith("done=proposed")
    assert _decide(desk, "reviewer", number, "approve").endswith("done=approved")
    assert "已同意给付" in desk.read("reviewer", f"/cases/{number}/decision?done=approved")

    made = desk.send("finance", "/payments", "/payments", {})
    batch = re.search(r"/payments/(P\d{8}-\d+)", made.headers["Location"])
    assert batch is not None
    page = f"/payments/{batch[1]}"
    own = desk.send("finance", "/people", f"{page}/release", {})
    assert own.status_code == 403
    assert desk.send("release", page, f"{page}/release", {}).status_code == 303
    file = desk.browser("release").get(f"{page}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    lines = file.data.decode("utf-8-sig").splitlines()[1:]
    answer = ["业务编号,金额,结果,原因,银行流水号"]
    answer += [f"{row.split(',')[6]},{row.split(',')[4]},成功,,B{place}" for place, row in enumerate(lines)]
    content = "\r\n".join(answer).encode()
    entered = desk.send("finance", page, f"{page}/results", {"file": (BytesIO(content), "回盘.csv")})
    assert entered.status_code == 303, entered.text[:800]
    assert _state(desk, number) == "paid"
    assert "银行已付" in desk.read("auditor", f"/cases/{number}/timeline")
    assert "应付赔款" in desk.read("auditor", f"/cases/{number}/payment")


def test_the_same_form_sent_twice_decides_once(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    _decide(desk, "first", number, "propose")
    page = f"/cases/{number}/decision"
    form = {**hidden_fields(desk.read("reviewer", page)), "decision": "approve", "opinion": "同意"}
    answers = [desk.browser("reviewer").post(page, form) for _ in range(3)]
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(303, f"{page}?done=approved")}
    with desk.runtime.transaction() as session:
        signed = (
            select(func.count())
            .select_from(DecisionStep)
            .join(Decision, Decision.id == DecisionStep.decision_id)
            .join(Claim, Claim.id == Decision.claim_id)
            .where(Claim.case_no == number, DecisionStep.step == "approved")
        )
        assert session.scalar(signed) == 1


def test_nothing_is_chosen_beforehand_and_the_agreement_has_no_focus(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    _decide(desk, "first", number, "propose")
    text = desk.read("reviewer", f"/cases/{number}/decision")
    assert "checked" not in text.split('class="choices"')[1].split("</div>")[0]
    assert "autofocus" not in text


def test_who_proposed_a_case_gets_the_reason_and_other_names_instead_of_the_form(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    _decide(desk, "supervisor", number, "propose")
    text = desk.read("supervisor", f"/cases/{number}/decision")
    assert "这件是您初审的，要由别人复核。现在可以复核的有：王建国。" in text
    assert 'class="choices"' not in text
    page = f"/cases/{number}/decision"
    refused = desk.send("supervisor", page, page, {"decision": "approve", "opinion": ""})
    assert refused.status_code == 403
    assert _state(desk, number) == "proposed"


def test_sending_back_without_words_gives_the_form_back_with_what_to_change(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    _decide(desk, "first", number, "propose")
    page = f"/cases/{number}/decision"
    answer = desk.send("reviewer", page, page, {"decision": "send_back", "opinion": " "})
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert "<title>错误：" in answer.text
    assert 'value="send_back"' in answer.text and "checked" in answer.text
    assert _state(desk, number) == "proposed"


def test_a_page_from_an_older_version_is_refused_and_changes_nothing(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    number = new_case()
    page = f"/cases/{number}/decision"
    old = hidden_fields(desk.read("first", page))
    _decide(desk, "clerk", number, "propose")
    form = {**old, "decision": "propose", "opinion": "我已经对照过清单"}
    answer = desk.browser("first").post(page, form)
    assert answer.status_code == 409
    assert "data-error-summary" in answer.text


def test_a_judgement_needs_a_reason_and_calculates_at_once(desk: Desk, case_to_check: str) -> None:
    page = f"/cases/{case_to_check}/calculation?line=2"
    with desk.runtime.transaction() as session:
        line = session.scalars(
            select(FeeLine.id).where(FeeLine.decision == "review").order_by(FeeLine.id.desc()).limit(1)
        ).one()
    form = {"line_id": str(line), "line": "2", "finding": "special_service"}
    action = f"/cases/{case_to_check}/findings"
    assert desk.send("clerk", page, action, {**form, "reason": " "}).status_code == 422
    done = desk.send("clerk", page, action, {**form, "reason": "清单写明特需"})
    assert done.status_code == 303
    text = desk.read("clerk", done.headers["Location"])
    assert "人工判定：特需服务" in text
    assert "￥200.00" in text
    assert "清单写明特需" in desk.read("reviewer", f"/cases/{case_to_check}/decision")
    assert "判定第 2 行" in desk.read("clerk", f"/cases/{case_to_check}/timeline")


def test_an_open_line_blocks_the_proposal_and_says_which(desk: Desk, case_to_check: str) -> None:
    page = f"/cases/{case_to_check}/decision"
    assert "还不能送复核：有 1 行费用待核" in desk.read("clerk", page)
    answer = desk.send("clerk", page, page, {"decision": "propose", "opinion": ""})
    assert answer.status_code == 409
    assert "待核" in answer.text


def test_a_step_for_many_cases_is_shown_first_and_skips_what_cannot_be_done(
    desk: Desk, new_case: Callable[..., str]
) -> None:
    open_case, proposed = new_case(), new_case()
    _decide(desk, "first", proposed, "propose")
    form = {"action": "calculate", "case": [open_case, proposed]}
    preview = desk.send("clerk", "/cases", "/cases/batch", form)
    assert "选了 2 件，能办 1 件" in preview.text
    assert "已经送复核或决定，跳过" in preview.text


def test_papers_are_asked_for_once_and_the_case_waits(desk: Desk, new_case: Callable[..., str]) -> None:
    number = new_case()
    page = f"/cases/{number}/ask"
    assert desk.send("clerk", page, page, {"kinds": []}).status_code == 422
    assert desk.send("clerk", page, page, {"kinds": ["invoice", "fee_list"]}).status_code == 303
    assert _state(desk, number) == "waiting_papers"


def test_a_file_of_another_kind_is_named_and_not_kept(desk: Desk, new_case: Callable[..., str]) -> None:
    page = f"/cases/{new_case()}/papers"
    wrong = desk.send(
        "clerk", page, page, {"kind": "invoice", "file": (BytesIO(b"<svg onload=x>"), "票据.pdf")}
    )
    assert wrong.status_code == 422
    assert "“票据.pdf”SVG 图片里能带程序，不收" in wrong.text
    content = picture(shade=31)
    right = desk.send("clerk", page, page, {"kind": "invoice", "file": (BytesIO(content), "票据.png")})
    assert right.status_code == 303
    shown = desk.read("clerk", right.headers["Location"])
    address = re.search(r'<img src="([^"]+)"', shown)
    assert address is not None
    assert desk.browser("clerk").get(address[1]).data == content


def test_a_full_number_is_shown_after_a_reason_and_stays_in_the_log(desk: Desk, case_to_check: str) -> None:
    with desk.runtime.transaction() as session:
        person = session.scalars(select(Person.id).where(Person.name == "张桂芳")).one()
    page = f"/people/{person}"
    assert desk.send("clerk", page, f"{page}/reveal", {"reason": ""}).status_code == 422
    assert desk.send("auditor", page, f"{page}/reveal", {"reason": "看看"}).status_code == 403
    shown = desk.send("clerk", page, f"{page}/reveal", {"reason": "核对身份证原件"})
    assert ZHANG in shown.text
    assert shown.headers["Refresh"] == f"60; url={page}"
    assert shown.headers["Cache-Control"] == "no-store"
    with desk.runtime.transaction() as session:
        log = session.scalars(select(RevealLog).where(RevealLog.person_id == person)).one()
        assert log.reason == "核对身份证原件"
        entry = session.scalars(select(AuditEntry).where(AuditEntry.tag == "people:number:revealed")).one()
        assert ZHANG not in str(entry.data) + entry.reason


def test_a_roster_is_shown_as_an_equation_before_anything_is_written(desk: Desk) -> None:
    head = "镇（街）,村（居）,姓名,身份证号码,保障类别,享受起始年月,银行账号,户名,开户行"
    rows = [
        f"罗溪镇,顺园社区,张桂芳,{ZHANG},农村低保,2019-05,621700001000000001,张桂芳,常州农商银行",
        "薛家镇,顺园社区,错证号,320411196503071233,农村低保,2019-05,,,",
    ]
    content = "\n".join([head, *rows]).encode()

    def facts() -> int:
        with desk.runtime.transaction() as session:
            return session.scalar(select(func.count()).select_from(RosterFact)) or 0

    before = facts()
    name = "新北区2026年1月.csv"
    form = {"month": "2026-01", "file": (BytesIO(content), name)}
    staged = desk.send("bureau", "/rosters", "/rosters", form)
    assert staged.status_code == 303, staged.text[:800]
    text = desk.read("clerk", staged.headers["Location"])
    figures = [int(one) for one in re.findall(r"<dd[^>]*>(\d+)", text.split('data-testid="equation"')[1])[:5]]
    assert figures[0] == sum(figures[1:5])
    assert "罗溪镇" in text and "身份证号末位对不上" in text
    assert ZHANG not in text
    assert facts() == before
    page = staged.headers["Location"].partition("?")[0]
    assert desk.send("reviewer", page, f"{page}/confirm", {}).status_code == 303
    with desk.runtime.transaction() as session:
        state = session.scalars(select(RosterImport.state).where(RosterImport.filename == name)).one()
        assert state == "applying"
