"""Every form of a case: sent well, it stands on the time line; refused, it leaves nothing there."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.claims.tracks.tables import Advance
from insurer.kernel.dates import business_day
from insurer.people.tables import PayeeChange
from insurer.platform import clock
from insurer.platform.audit import AuditEntry
from insurer.worklists.timeline_words import TAGS
from tests.factories.desk import line, raw_record, take_in
from tests.factories.paper_files import pdf, picture
from tests.factories.upstream import corrected
from tests.http.pages.conftest import Desk, hidden_fields

SILENT = {
    "presence.say": "says that a page is open; nothing of the case changes",
    "kept_words.keep": "a draft: what is sent is the event",
    "case_list.export": "of the list, not of a case",
    "case_list.select_all": "of the list, not of a case",
    "case_list.batch": "of the list; each case's own entry is shown in test_lists",
}
"""Forms under the address of the cases whose success is no event of the case, and why."""


@dataclass(frozen=True)
class Form:
    """A form ready to be sent: who sends it, from which page, where to, with what."""

    who: str
    page: str
    action: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Walk:
    """A case brought to where a form can be sent."""

    desk: Desk
    raw: dict[str, Any]
    number: str

    @property
    def page(self) -> str:
        return f"/cases/{self.number}"

    def own(self, who: str, part: str, data: dict[str, Any]) -> Form:
        """Return a form that goes to the address of its own page."""
        return Form(who, f"{self.page}/{part}", f"{self.page}/{part}", data)

    def matter(self, who: str, do: str, path: str, data: dict[str, Any]) -> Form:
        """Return a form of 相关事项."""
        return Form(who, f"{self.page}/matters?do={do}", f"{self.page}/matters/{path}", data)

    def sent(self, form: Form) -> str:
        """Send a form that must succeed; returns where it leads."""
        answer = self.desk.send(form.who, form.page, form.action, form.data)
        words = re.findall(r"(?s)data-error-summary.*?</ul>", answer.text)
        assert answer.status_code in (200, 303), (form.action, answer.status_code, words)
        return answer.headers.get("Location", "").partition("?")[0]

    def newest(self, table: Any) -> uuid.UUID:
        """Return the newest row of the case in a table."""
        column = table.case_id if table is PayeeChange else table.claim_id
        with self.desk.runtime.transaction() as session:
            claim_id = session.scalars(select(Claim.id).where(Claim.case_no == self.number)).one()
            rows = select(table.id).where(column == claim_id).order_by(table.id.desc()).limit(1)
            found: uuid.UUID = session.scalars(rows).one()
            return found

    def line(self) -> dict[str, Any]:
        """Return the fields that name the second fee line."""
        wanted = (
            select(FeeLine.id)
            .join(Settlement, Settlement.id == FeeLine.settlement_id)
            .join(Claim, Claim.id == Settlement.claim_id)
            .where(Claim.case_no == self.number, FeeLine.line_no == 2)
        )
        with self.desk.runtime.transaction() as session:
            return {"line_id": str(session.scalars(wanted).one()), "line": "2"}

    def proposed(self) -> None:
        self.sent(self.own("first", "decision", {"decision": "propose", "opinion": ""}))

    def decided(self) -> None:
        self.proposed()
        self.sent(self.own("reviewer", "decision", {"decision": "approve", "opinion": "核对相符"}))

    def banked(self, result: str) -> None:
        """Pay the case through the bank, or let the bank return it."""
        self.decided()
        page = self.sent(Form("finance", "/payments", "/payments"))
        self.sent(Form("release", page, f"{page}/release"))
        lines = self.desk.browser("release").get(f"{page}/file").data.decode("utf-8-sig").splitlines()[1:]
        rows = ["业务编号,金额,结果,原因,银行流水号"]
        rows += [f"{row.split(',')[6]},{row.split(',')[4]},{result},,B{at}" for at, row in enumerate(lines)]
        file = {"file": (BytesIO("\r\n".join(rows).encode()), "回盘.csv")}
        self.sent(Form("finance", page, f"{page}/results", file))

    def lowered(self) -> None:
        """Pay the case, then let a correction of the settlement lower what is due, and decide again."""
        self.banked("成功")
        with self.desk.runtime.transaction() as session:
            take_in(session, self.desk.actors["clerk"], corrected(self.raw), now=clock.now())
        self.decided()


def _step(walk: Walk) -> Form:
    return Form("clerk", walk.page, f"{walk.page}/step", {"action": "withdraw", "reason": "本人撤回"})


def _judged(walk: Walk) -> Form:
    data = {**walk.line(), "finding": "covered", "reason": "医嘱写明"}
    return Form("clerk", f"{walk.page}/calculation?line=2", f"{walk.page}/findings", data)


def _reported(walk: Walk) -> Form:
    today = business_day(clock.now()).isoformat()  # a list that was in force answers
    facts = {"chrgitm_lv": "03", "med_chrgitm_type": "14", "fulamt_ownpay_amt": "100.00"}
    ordinary = line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00")
    billed = raw_record(
        f"w-{uuid.uuid4().hex[:12]}",
        feedetail=[ordinary, line("2", "空调费", "100.00", **facts)],
        begndate=today,
        enddate=today,
        setl_time=f"{today} 00:10:00",
    )
    walk.number = walk.desk.take_in(billed)[0]
    data = {**walk.line(), "remark": "应当赔"}
    return Form("clerk", f"{walk.page}/calculation", f"{walk.page}/report", data)


def _substituted(walk: Walk) -> Form:
    named = {"decision": "propose", "opinion": "", "approver": walk.desk.actors["reviewer"].id}
    walk.sent(walk.own("first", "decision", named))
    data = {"approver": walk.desk.actors["supervisor"].id, "reason": "王建国请假"}
    return Form("supervisor", f"{walk.page}/decision", f"{walk.page}/approver", data)


def _sheet(walk: Walk) -> Form:
    page = f"{walk.page}/documents"
    text = walk.desk.read("clerk", page)
    typed = dict(re.findall(r'<input[^>]*name="([a-z_]+)" value="([^"]*)"', text[text.index("entry-side") :]))
    chosen = re.findall(r'<select[^>]*name="([a-z_]+)".*?value="([^"]*)" selected', text, re.DOTALL)
    typed |= dict(chosen) | {"hospital": "龙城中心医院", "paper": "1", "then": "next"}
    typed |= {"maf_pay": "100", "psn_cash_pay": "400"}
    for guard in ("csrf_token", "form_key", "version"):
        typed.pop(guard, None)
    return walk.own("clerk", "documents", typed)


def _handed_in(walk: Walk, mark: str) -> Form:
    file = (BytesIO(pdf(mark=f"{walk.number}{mark}")), "单.pdf")
    return walk.own("clerk", "papers", {"kind": "other", "file": [file]})


def _one_file(walk: Walk) -> Form:
    form = _handed_in(walk, "one")
    return Form(form.who, form.page, f"{form.page}/one", form.data)


def _removed(walk: Walk) -> Form:
    file = (BytesIO(picture(shade=77)), f"{walk.number}.png")
    confirmed = {"kind": "other", "file": [file], "duplicate_reason": "同一张照片"}
    walk.sent(walk.own("clerk", "papers", confirmed))
    page = f"{walk.page}/documents?paper=9"
    action = re.search(rf'action="({walk.page}/documents/[0-9a-f-]+/remove)"', walk.desk.read("clerk", page))
    assert action is not None
    return Form("clerk", page, action[1], {"reason": "拍错了"})


def _payee(walk: Walk) -> Form:
    data = {"capacity": "self", "holder": "张桂芳", "bank": "农行", "number": "6228480000001234"}
    return walk.matter("clerk", "payee", "payees", {**data, "reason": "换卡"})


def _payee_decision(walk: Walk) -> Form:
    walk.sent(_payee(walk))
    path = f"payees/{walk.newest(PayeeChange)}"
    return walk.matter("reviewer", "payee-decision", path, {"decision": "agree", "opinion": "看过存折"})


def _advance(walk: Walk) -> Form:
    data = {"amount": "100.00", "reason": "目录内已定", "open_points": "等慈善"}
    return walk.matter("first", "advance", "advances", data)


def _advance_decision(walk: Walk) -> Form:
    walk.sent(_advance(walk))
    path = f"advances/{walk.newest(Advance)}"
    return walk.matter("reviewer", "advance-decision", path, {"decision": "agree", "opinion": "核过"})


def _review(walk: Walk) -> Form:
    walk.decided()
    data = {"kind": "review", "channel": "phone", "relation": "family", "filed_on": "2026-03-01"}
    return walk.matter("clerk", "review", "reviews", {**data, "statement": "孩子说敷料也该赔"})


def _closed(walk: Walk) -> Form:
    walk.sent(_step(walk))
    return walk.matter("clerk", "close", "close", {"place": "一楼 3 柜 12 盒"})


def _repaid(walk: Walk) -> Form:
    walk.banked("失败")
    return Form("finance", f"{walk.page}/payment", f"{walk.page}/repay", {"reason": "卡号已核对"})


def _recovered(walk: Walk) -> Form:
    walk.lowered()
    page = f"/payments/recoveries?case={walk.number}"
    data = {"amount": "40.00", "reason": "本人退回"}
    return Form("finance", page, f"/payments/recoveries/{walk.number}", data)


def _taken_over(walk: Walk) -> Form:
    walk.desk.browser("first").post(f"{walk.page}/presence", {"acted": "1"})
    return Form("clerk", walk.page, f"{walk.page}/take-over", {"reason": "李文静今天请假"})


WALKS: dict[str, Callable[[Walk], Form]] = {
    "cases.step": _step,
    "cases.finding": _judged,
    "cases.report": _reported,
    "cases.decide": lambda walk: walk.own("first", "decision", {"decision": "propose", "opinion": "相符"}),
    "cases.substitute_approver": _substituted,
    "cases.send_request": lambda walk: walk.own("clerk", "ask", {"kinds": ["invoice"], "reason": "看不清"}),
    "documents.keep_sheet": _sheet,
    "documents.take_papers": lambda walk: _handed_in(walk, "many"),
    "documents.take_paper": _one_file,
    "documents.remove": _removed,
    "matters.upstream": lambda walk: walk.matter(
        "clerk", "upstream", "upstream", {"payer": "charity", "status": "none", "proof": "说明一份"}
    ),
    "matters.inquire": lambda walk: walk.matter(
        "clerk", "ask", "inquiries", {"payer": "inclusive", "way": "phone", "asked_on": "2026-03-01"}
    ),
    "matters.finding": lambda walk: walk.matter(
        "clerk", "finding", "findings", {"payer": "basic", "message": "少付 40 元"}
    ),
    "matters.accident": lambda walk: walk.matter(
        "clerk",
        "accident",
        "accident",
        {"cause": "self", "happened_on": "2026-02-28", "liability": "open", "statement": "在家滑倒"},
    ),
    "matters.claimant": lambda walk: walk.matter(
        "clerk", "claimant", "claimant", {"capacity": "proxy", "name": "王五", "relation": "儿子"}
    ),
    "matters.payee": _payee,
    "matters.payee_decision": _payee_decision,
    "matters.advance": _advance,
    "matters.advance_decision": _advance_decision,
    "matters.review": _review,
    "matters.close": _closed,
    "payments.pay_again": _repaid,
    "registers.recovered": _recovered,
    "presence.take": _taken_over,
    "intake.receipt": lambda walk: Form(
        "clerk", f"/intake/done/{walk.number}", f"/intake/done/{walk.number}/receipt"
    ),
}
"""Endpoint of each form of a case to the way there: brings the case where the form can be sent."""


def forms_of_a_case(app: Flask) -> dict[str, str]:
    """Return endpoint and address of every form whose address names a case."""
    return {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.rule.startswith(("/cases/", "/intake/done/", "/payments/recoveries/"))
    }


def entries(desk: Desk, number: str) -> list[str]:
    with desk.runtime.transaction() as session:
        claim_id = session.scalars(select(Claim.id).where(Claim.case_no == number)).one()
        found = select(AuditEntry.tag).where(AuditEntry.claim_id == claim_id)
        return list(session.scalars(found))


def test_no_form_of_a_case_is_left_out(desk: Desk) -> None:
    assert set(forms_of_a_case(desk.app)) == set(WALKS) | set(SILENT)
    assert not set(WALKS) & set(SILENT)


@pytest.mark.parametrize("endpoint", WALKS)
def test_a_form_that_succeeds_stands_on_the_time_line(desk: Desk, endpoint: str) -> None:
    raw = raw_record(f"w-{uuid.uuid4().hex[:12]}")
    walk = Walk(desk, raw, desk.take_in(raw)[0])
    form = WALKS[endpoint](walk)
    before = entries(desk, walk.number)
    walk.sent(form)
    added = entries(desk, walk.number)[len(before) :]
    assert added, endpoint
    assert all(tag in TAGS or tag.startswith("claim:state:") for tag in added), added
    shown = desk.read("auditor", f"{walk.page}/timeline")
    assert "办理</span>" not in shown  # no entry without words of its own


@pytest.mark.parametrize("who", ["clerk", "reviewer", "supervisor", "finance"])
def test_an_empty_form_is_refused_and_leaves_nothing_on_the_time_line(
    desk: Desk, new_case: Callable[..., str], who: str
) -> None:
    number = new_case()
    before = entries(desk, number)
    tried = 0
    for endpoint, rule in forms_of_a_case(desk.app).items():
        if endpoint not in WALKS or "<uuid" in rule or endpoint in ("intake.receipt", "presence.take"):
            continue
        hidden = hidden_fields(desk.read(who, f"/cases/{number}/matters?do=close"))
        answer = desk.browser(who).post(rule.replace("<number>", number), hidden)
        if endpoint != "documents.keep_sheet":  # a sheet without a change is kept as it is
            assert answer.status_code in (403, 404, 409, 422), (endpoint, answer.status_code)
        tried += 1
    assert tried > 10
    assert entries(desk, number) == before
