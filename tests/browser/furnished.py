"""A desk with something in every register, and the addresses of all its pages by endpoint."""

import json
import re
import uuid
from io import BytesIO
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from insurer.claims.tables import Claim, FeeLine, Settlement
from insurer.kernel.dates import business_day
from insurer.notices.catalogue import NoticeKind
from insurer.notices.operations import issue_for_claim
from insurer.people.tables import PersonTask, RosterImport
from insurer.people.tasks import TaskFor, make_tasks
from insurer.platform import clock
from tests.factories.desk import line, raw_record
from tests.factories.paper_files import pdf, picture
from tests.http.pages.conftest import Desk

Addresses = dict[str, tuple[str, ...]]

MATTERS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("clerk", "upstream", "upstream", {"payer": "charity", "status": "none", "proof": "说明一份"}),
    ("clerk", "ask", "inquiries", {"payer": "inclusive", "way": "phone", "asked_on": "2026-03-01"}),
    ("clerk", "finding", "findings", {"payer": "basic", "message": "少付 40 元"}),
    (
        "clerk",
        "accident",
        "accident",
        {"cause": "self", "happened_on": "2026-02-28", "liability": "open", "statement": "在家滑倒"},
    ),
    ("clerk", "claimant", "claimant", {"capacity": "proxy", "name": "王五", "relation": "儿子"}),
    (
        "clerk",
        "payee",
        "payees",
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
        {"amount": "100.00", "reason": "目录内已定", "open_points": "等慈善"},
    ),
)
"""Who fills in which form of 相关事项, where it goes, and what it says."""


DOUBTFUL = [
    line("1", "普通诊疗", "900.00", inscp_scp_amt="850.00", preselfpay_amt="50.00"),
    line(
        "2",
        "机器人辅助手术操作费",
        "6800.00",
        chrgitm_lv="03",
        med_chrgitm_type="06",
        fulamt_ownpay_amt="6800.00",
    ),
]
DOUBTFUL_SUMS = {"medfee_sumamt": "7700.00", "fulamt_ownpay_amt": "6800.00", "psn_part_amt": "7000.00"}
"""A settlement with a line that somebody must judge."""


def _sent(desk: Desk, who: str, page: str, action: str, data: dict[str, Any]) -> str:
    answer = desk.send(who, page, action, data)
    assert answer.status_code == 303, (
        action,
        answer.status_code,
        re.findall(r"(?s)data-error-summary.*?</ul>", answer.text),
    )
    return answer.headers["Location"].partition("?")[0]


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


def _new(desk: Desk, **changes: Any) -> str:
    return desk.take_in(raw_record(f"f-{uuid.uuid4().hex[:12]}", **changes))[0]


def _decided(desk: Desk, number: str) -> None:
    page = f"/cases/{number}/decision"
    _sent(desk, "first", page, page, {"decision": "propose", "opinion": ""})
    _sent(desk, "reviewer", page, page, {"decision": "approve", "opinion": "核对相符"})


def _case(desk: Desk, doubtful: str) -> dict[str, str]:
    """Give one case papers, everything of 相关事项, a letter and a report; returns its named ids."""
    number = _new(desk)
    _sent(
        desk,
        "clerk",
        f"/cases/{number}/papers",
        f"/cases/{number}/papers",
        {
            "kind": "other",
            "file": [(BytesIO(picture()), "照片.png"), (BytesIO(pdf(2, mark=number)), "单.pdf")],
        },
    )
    for who, do, path, data in MATTERS:
        page = f"/cases/{number}/matters"
        _sent(desk, who, f"{page}?do={do}", f"{page}/{path}", data)
    with desk.runtime.transaction() as session:
        claim_id = session.scalars(select(Claim.id).where(Claim.case_no == number)).one()
        receipt = NoticeKind.RECEIPT
        issue_for_claim(session, actor=desk.actors["clerk"], claim_id=claim_id, kind=receipt, now=clock.now())
        judged = session.scalars(
            select(FeeLine.id)
            .join(Settlement, Settlement.id == FeeLine.settlement_id)
            .join(Claim, Claim.id == Settlement.claim_id)
            .where(Claim.case_no == doubtful, FeeLine.line_no == 2)
        ).one()
    report = {"line_id": str(judged), "line": "2", "remark": "应当赔"}
    _sent(desk, "clerk", f"/cases/{doubtful}/calculation", f"/cases/{doubtful}/report", report)
    return {"number": number}


def _registers(desk: Desk) -> dict[str, str]:
    """Put a review, a closed file, a batch and a case to be paid into the registers."""
    decided, closed, waits = _new(desk), _new(desk), _new(desk)
    _decided(desk, decided)
    review = {
        "kind": "review",
        "channel": "phone",
        "relation": "family",
        "filed_on": "2026-03-01",
        "statement": "孩子说敷料也该赔",
    }
    base = f"/cases/{decided}/matters"
    _sent(desk, "clerk", f"{base}?do=review", f"{base}/reviews", review)
    page = f"/cases/{closed}"
    _sent(desk, "clerk", page, f"{page}/step", {"action": "withdraw", "reason": "本人撤回"})
    _sent(desk, "clerk", f"{page}/matters?do=close", f"{page}/matters/close", {"place": "一楼 3 柜 12 盒"})
    _decided(desk, waits)
    batch = _sent(desk, "finance", "/payments", "/payments", {})
    return {
        "review": _found(r'href="/reviews/([0-9a-f-]{36})"', desk.read("clerk", "/reviews")),
        "file": _found(r"(XB-A\d{4}-\d{6})", desk.read("auditor", f"{page}/matters")),
        "batch": batch.rpartition("/")[2],
        "decided": decided,
    }


def _people(desk: Desk) -> dict[str, str]:
    """Upload a roster with a row that cannot stand and a list whose columns nobody knows; find a person."""
    head = "镇（街）,村（居）,姓名,身份证号码,保障类别,享受起始年月,银行账号,户名,开户行"
    rows = [
        "罗溪镇,顺园社区,张桂芳,320411196503071234,农村低保,2019-05,621700001000000001,张桂芳,常州农商银行",
        "薛家镇,顺园社区,错证号,320411196503071233,农村低保,2019-05,,,",
    ]
    file = (BytesIO("\n".join([head, *rows]).encode()), "新北区2026年1月.csv")
    roster = _sent(desk, "clerk", "/rosters", "/rosters", {"month": "2026-01", "file": file})
    odd = head.replace("姓名", "本人").replace("身份证号码", "号码一")
    file = (BytesIO("\n".join([odd, *rows]).encode()), "新北区2026年2月.csv")
    columns = _sent(desk, "clerk", "/rosters", "/rosters", {"month": "2026-02", "file": file})
    found = desk.send("clerk", "/people", "/people", {"q": "张桂芳"}).headers["Location"]
    person = _found(r'href="/people/([0-9a-f-]{36})', desk.read("clerk", found))
    with desk.runtime.transaction() as session:
        staged = session.get_one(RosterImport, uuid.UUID(roster.split("/")[2]))
        wanted = [TaskFor("gone", uuid.UUID(person), f"gone:{uuid.uuid4()}")]
        make_tasks(session, staged, wanted, owner=desk.actors["clerk"].id, now=clock.now())
        task = session.scalars(select(PersonTask.id).where(PersonTask.person_id == uuid.UUID(person))).first()
    return {
        "task": str(task),
        "roster": roster.split("/")[2],
        "columns": columns.split("/")[2],
        "person": person,
    }


def _taken_in(desk: Desk) -> dict[str, str]:
    unique = uuid.uuid4().hex[:10]
    raws = [raw_record(f"{unique}a"), raw_record(f"{unique}b", hifp_pay="很多")]
    content = "\n".join(json.dumps(raw, ensure_ascii=False) for raw in raws).encode()
    page = _sent(desk, "clerk", "/intake/files", "/intake/files", {"file": (BytesIO(content), "三月.jsonl")})
    return {"upload": page.rpartition("/")[2]}


def _lists(desk: Desk) -> dict[str, str]:
    """Propose a change of a list, keep a view, choose all cases and run a step over them."""
    form = {
        "list": "special",
        "kind": "add",
        "term": f"管家{uuid.uuid4().hex[:6]}服务",
        "answer": "excluded",
        "meaning": "特需病房的服务",
        "basis": "区人社局函",
        "starts_on": business_day(clock.now()).isoformat(),
        "ends_on": "",
    }
    change = _sent(desk, "officer", "/exclusions/propose", "/exclusions/propose", form)
    year = {
        "year": "2028",
        "holidays": "2028-01-01",
        "working_weekends": "",
        "source": "文",
        "provisional": "1",
    }
    _sent(desk, "supervisor", "/calendar", "/calendar", year)
    for who in ("clerk", "supervisor"):
        view = {"back": "/cases?status=in_review", "name": "待审的"}
        page = f"/lists/cases/views?back={quote(view['back'], safe='')}"
        _sent(desk, who, page, "/lists/cases/views", view)
    return {"change": change.rpartition("/")[2]}


def _run(desk: Desk, who: str, list_of: str, step: dict[str, Any]) -> str:
    """Take a step for many rows of a list; returns the number of the run, which only its maker may read."""
    page = f"/{list_of}"
    preview = desk.send(who, page, f"{page}/batch", {**step, "back": page})
    assert preview.status_code == 200, preview.text[:400]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', preview.text))
    done = desk.browser(who).post(f"{page}/batch", {**hidden, **step, "confirmed": "1"})
    assert done.status_code == 303, (done.status_code, done.text[:400])
    return done.headers["Location"].partition("?")[0].rpartition("/")[2]


def furnish(desk: Desk) -> Addresses:
    """Fill the desk by its own forms; returns the addresses of every page by endpoint."""
    doubtful = _new(desk, feedetail=DOUBTFUL, **DOUBTFUL_SUMS)
    ids = {
        **_case(desk, doubtful),
        **_registers(desk),
        **_people(desk),
        **_taken_in(desk),
        **_lists(desk),
    }
    accepted = {"case": [ids["number"]], "action": "accept"}
    written = _found(r'name="notice" value="([^"]+)"', desk.read("clerk", "/notices?view=all"))
    printed = {"notice": [written], "action": "print"}
    case, back = f"/cases/{ids['number']}", quote("/cases?status=in_review", safe="")
    amount = _found(r'data-of="(\w+)"', desk.read("clerk", f"/cases/{doubtful}/calculation"))
    doings = {one for _, one, _, _ in MATTERS} | {"payee-decision", "advance-decision", "review", "close"}
    return {
        "sign_in.show_sign_in": ("/sign-in",),
        "desk.home": ("/", "/?who=me"),
        "lists.columns": (f"/lists/cases/columns?back={back}", "/lists/batches/columns"),
        "lists.views": (f"/lists/cases/views?back={back}",),
        "case_list.cases": ("/cases?view=all", "/cases?view=all&status=in_review&q=", "/cases?town=没有的镇"),
        "case_list.result": (f"/cases/batch/{_run(desk, 'clerk', 'cases', accepted)}",),
        "cases.overview": (case, f"/cases/{doubtful}", f"/cases/{ids['decided']}"),
        "cases.calculation": (
            f"/cases/{doubtful}/calculation?lines=all&of={amount}",
            f"/cases/{doubtful}/calculation?line=2&finding=covered",
        ),
        "cases.decision": (f"{case}/decision", f"/cases/{ids['decided']}/decision"),
        "cases.payment": (f"{case}/payment", f"/cases/{ids['decided']}/payment"),
        "cases.notices": (f"{case}/notices",),
        "cases.timeline": (f"{case}/timeline",),
        "cases.ask": (f"{case}/ask",),
        "documents.documents": (f"{case}/documents",),
        "documents.papers": (f"{case}/papers",),
        "matters.matters": (f"{case}/matters", *(f"{case}/matters?do={one}" for one in sorted(doings))),
        "intake.start": ("/intake",),
        "intake.sheet": (f"/intake/sheet?person={ids['person']}", "/intake/sheet"),
        "intake.done": (f"/intake/done/{ids['number']}",),
        "settlement_files.files": ("/intake/files",),
        "settlement_files.one": (f"/intake/files/{ids['upload']}",),
        "people.people": ("/people", "/people?cover=past&town=没有的镇", "/people?found=x"),
        "people.person": (f"/people/{ids['person']}", f"/people/{ids['person']}?on=2026-03-01"),
        "people.tasks": ("/people/tasks", "/people/tasks?show=ended"),
        "people.task": (f"/people/tasks/{ids['task']}",),
        "people.told": ("/people/told",),
        "rosters.rosters": ("/rosters", "/rosters?year=2026&kind=moves"),
        "rosters.preview": (f"/rosters/{ids['roster']}", f"/rosters/{ids['columns']}"),
        "rosters.columns": (f"/rosters/{ids['columns']}/columns",),
        "rosters.cell": (f"/rosters/{ids['roster']}/cell?at=0-3-3",),
        "payments.batches": ("/payments", "/payments?status=closed&made_from=x"),
        "payments.batch": (f"/payments/{ids['batch']}",),
        "notices.notices": ("/notices", "/notices?view=all", "/notices?status=unsent&made_from=x"),
        "notices.result": (f"/notices/batch/{_run(desk, 'clerk', 'notices', printed)}",),
        "calendar.calendar": ("/calendar",),
        "exclusions.lists": ("/exclusions",),
        "exclusions.one_list": ("/exclusions/special", "/exclusions/herbs?q=阿胶"),
        "exclusions.proposing": ("/exclusions/propose",),
        "exclusions.waiting": ("/exclusions/changes",),
        "exclusions.history": ("/exclusions/history",),
        "exclusions.change": (f"/exclusions/changes/{ids['change']}",),
        "exclusions.told": ("/exclusions/reports", "/exclusions/reports?show=handled"),
        "registers.reviews": ("/reviews",),
        "registers.review": (f"/reviews/{ids['review']}",),
        "registers.findings": ("/findings",),
        "registers.archive": ("/archive", "/archive?q=2026"),
        "registers.archived": (f"/archive/{ids['file']}",),
        "registers.recoveries": ("/payments/recoveries", f"/payments/recoveries?case={ids['decided']}"),
        "board.board": ("/board",),
        "board.rules": ("/rules",),
    }
