"""Rosters on the web: the four steps, who confirms, long work, corrected rows, and the bureau's side."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from insurer.accounts.operations import create_staff, issue_token
from insurer.accounts.permissions import held_by
from insurer.people.progress import note_progress
from insurer.people.receiving import receive_file
from insurer.platform import clock, jobs
from insurer.platform.audit import Actor
from insurer.platform.crypto import Keyring
from insurer.platform.db import make_engine
from insurer.platform.embedded.client import Endpoints
from insurer.platform.runtime import Runtime
from insurer.platform.settings import Settings
from insurer.platform.storage import LocalStorage
from insurer.web.access import PUBLIC, access_of
from insurer.web.app import create_app
from tests.factories.roster_desk import line, number, roster
from tests.factories.roster_files import HEADER, xlsx
from tests.factories.roster_files import person as xlsx_person
from tests.http.browser import PASSWORD, Browser
from tests.http.pages.conftest import hidden_fields
from tests.http.test_access import requests_of, send
from workers.handlers import HANDLERS

SHELL = Actor("admin_shell", "test", "测试")
STAFF = {
    "clerk": ("陈敏", ["clerk"]),
    "other": ("李文静", ["clerk"]),
    "reviewer": ("王建国", ["reviewer"]),
    "bureau": ("任社恒", ["bureau"]),
    "finance": ("孙涛", ["finance"]),
}
MEDICAL = re.compile(r"诊断|病种|医院|住院|门诊|给付|理赔金|费用|案件号|XB20")


@dataclass
class Office:
    """A desk on a database of its own for one test, with work done when the test says so."""

    app: Flask
    runtime: Runtime
    actors: dict[str, Actor]
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, who: str) -> Browser:
        if who not in self.browsers:
            client = self.app.test_client()
            client.environ_base = {**client.environ_base, "REMOTE_ADDR": f"192.0.2.{len(self.browsers) + 80}"}
            browser = Browser(client)
            assert browser.sign_in(who).status_code == 303
            self.browsers[who] = browser
        return self.browsers[who]

    def read(self, who: str, path: str, status: int = 200) -> str:
        response = self.browser(who).get(path)
        assert response.status_code == status, (path, response.status_code, response.text[:300])
        return response.text

    def send(self, who: str, page: str, action: str, data: dict[str, Any]) -> TestResponse:
        return self.browser(who).post(action, {**hidden_fields(self.read(who, page)), **data})

    def upload(
        self,
        who: str,
        month: str,
        content: bytes,
        name: str = "名册.csv",
        kind: str = "auto",
        sender: str = "",
    ) -> TestResponse:
        form = {"month": month, "kind": kind, "sender": sender, "file": (BytesIO(content), name)}
        return self.send(who, "/rosters", "/rosters", form)

    def stage(self, who: str, month: str, content: bytes, *more: str, **named: str) -> str:
        """Upload a file that must be taken; returns the address of its page."""
        answer = self.upload(who, month, content, *more, **named)
        assert answer.status_code == 303, answer.text[:1200]
        return answer.headers["Location"].partition("?")[0]

    def confirm(self, who: str, page: str) -> TestResponse:
        return self.send(who, page, f"{page}/confirm", {})

    def take(self, month: str, content: bytes, name: str = "名册.csv") -> str:
        page = self.stage("clerk", month, content, name)
        assert self.confirm("reviewer", page).status_code == 303
        self.work(jobs.APPLY_ROSTER)
        return page

    def work(self, job: str) -> None:
        """Do every pending piece of one kind of work, as a worker does."""
        with self.runtime.engine.connect() as connection:
            query = "SELECT id, payload FROM outbox WHERE job = :job AND state = 'pending'"
            rows = connection.execute(text(query), {"job": job}).all()
        for row in rows:
            with self.runtime.transaction() as session:
                HANDLERS[job](session, self.runtime, row.payload, clock.now())
                session.execute(text("UPDATE outbox SET state = 'done' WHERE id = :id"), {"id": row.id})

    def count(self, table: str) -> int:
        with self.runtime.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture
def office(servers: Endpoints, fresh_database_url: str, keyring: Keyring, tmp_path: Any) -> Iterator[Office]:
    engine = make_engine(fresh_database_url)
    runtime = Runtime(
        Settings(home=tmp_path), engine, keyring, LocalStorage(tmp_path / "files", keyring), servers.redis_url
    )
    actors = {}
    with runtime.transaction() as session:
        for login, (name, roles) in STAFF.items():
            made = create_staff(
                session, actor=SHELL, login=login, name=name, roles=roles, password=PASSWORD, now=clock.now()
            )
            actors[login] = Actor("staff", str(made), name, frozenset(roles))
    yield Office(create_app(runtime), runtime, actors)
    engine.dispose()


def ten(*changed: int, **others: str) -> bytes:
    """Return a roster of ten people; those of ``changed`` have another telephone."""
    lines = [
        line("王芳", n, **({"tel": "13900001111", **others} if n in changed else {})) for n in range(100, 110)
    ]
    return roster(*lines)


def test_the_uploader_may_confirm_a_small_change_and_another_person_a_large_one(office: Office) -> None:
    first = office.stage("clerk", "2025-12", ten())
    page = office.read("clerk", first)
    assert "没有上月名册可比" in page and "要由上传以外的人确认：李文静、王建国" in page.replace("\n", "")
    assert "确认导入" not in page
    refused = office.confirm("clerk", first)
    assert (refused.status_code, "李文静、王建国" in refused.text) == (409, True)
    assert office.count("roster_fact") == 0
    seen = office.read("reviewer", first)
    assert "确认导入 10 行" in seen and "由您确认" in seen
    assert office.confirm("reviewer", first).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    assert "陈敏上传，王建国确认导入" in office.read("clerk", first)
    small = office.stage("clerk", "2026-01", ten(100))
    assert "确认导入 1 行" in office.read("clerk", small)
    assert office.confirm("clerk", small).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    large = office.stage("clerk", "2026-02", ten(101, 102, 103))
    assert "改动占上月人数的 40%，超过 20%" in office.read("clerk", large)


def test_the_steps_of_the_work_are_told_in_words_and_survive_a_reload(office: Office) -> None:
    page = office.stage("clerk", "2025-12", ten())
    assert office.confirm("reviewer", page).status_code == 303
    import_id = uuid.UUID(page.rpartition("/")[2])
    assert "排队等着写入" in office.read("clerk", page)
    with office.runtime.transaction() as session:
        note_progress(session, import_id=import_id, words="正在写入", done=0, total=3268, now=clock.now())
    for _ in range(2):
        text_ = office.read("clerk", page)
        assert "正在写入，共 3,268 行" in text_ and f"{page}/progress" in text_
    part = office.browser("clerk").get(f"{page}/progress")
    assert "正在写入" in part.text and "HX-Redirect" not in part.headers
    office.work(jobs.APPLY_ROSTER)
    ended = office.browser("clerk").get(f"{page}/progress").headers["HX-Redirect"]
    assert ended == f"{page}?done=written"
    assert "写入 10 行：新增 10，变更 0。" in office.read("clerk", ended)
    assert 'data-testid="progress"' not in office.read("clerk", page)


def test_an_upload_that_is_refused_gives_the_form_back(office: Office) -> None:
    answer = office.upload("clerk", "2025-13", ten(), sender="新北区人社局")
    assert answer.status_code == 422
    assert "不是月份" in answer.text and 'value="2025-13"' in answer.text and "新北区人社局" in answer.text
    nothing = office.upload("clerk", "2025-12", b"a,b\n1,2\n")
    assert (nothing.status_code, "没有找到表头" in nothing.text) == (422, True)
    office.take("2026-01", ten())
    older = office.upload("clerk", "2025-12", ten(100))
    assert older.status_code == 409
    assert "2026年1月的已经导入，所以没有写入" in older.text and "仅新增或更正" in older.text


def test_a_list_of_new_people_is_guessed_and_can_be_taken_otherwise(office: Office) -> None:
    office.take("2025-12", ten())
    page = office.stage("clerk", "2026-01", roster(line("李四", 130, start="2026-01")))
    shown = office.read("clerk", page)
    assert "2026年1月仅新增或更正" in shown and "没列出的人不动" in shown
    assert "本月不在名册" not in shown.split('data-testid="equation"')[1].split("</nav>")[0]
    assert "自 2026-01-01 起保" in shown
    answer = office.send("clerk", page, f"{page}/kind", {"kind": "full"})
    assert answer.status_code == 303
    again = office.read("clerk", page)
    assert "2026年1月全量名册" in again and "本月不在名册 10" in again
    assert "改动占上月人数的 110%" in again


def sheet(*rows: list[object]) -> bytes:
    return xlsx(("名册", [HEADER, *rows]))


def test_the_error_workbook_is_corrected_and_sent_again_months_later(office: Office) -> None:
    wrong = number(102)[:-1] + ("1" if number(102)[-1] != "1" else "2")
    december = office.take(
        "2025-12", sheet(xlsx_person("王芳", number(101)), xlsx_person("李四", wrong)), "2025年12月.xlsx"
    )
    office.take("2026-01", sheet(xlsx_person("王芳", number(101))), "2026年1月.xlsx")
    book = office.browser("clerk").get(f"{december}/errors.xlsx")
    assert book.status_code == 200
    opened = openpyxl.load_workbook(BytesIO(book.data))
    page = opened["名册"]
    column = HEADER.index("身份证号") + 1
    assert page.cell(3, column).value == wrong
    assert "末位对不上" in str(page.cell(3, page.max_column).value)
    page.cell(3, column).value = number(102)
    corrected = BytesIO()
    opened.save(corrected)
    sent = office.stage("clerk", "2025-12", corrected.getvalue(), "错误-2025年12月.xlsx")
    shown = office.read("clerk", sent)
    assert "补进已导入的 2025年12月" in shown
    assert "补正已导入的月份" in shown and "要由上传以外的人确认" in shown
    figures = [
        int(one) for one in re.findall(r"<dd[^>]*>(\d+)", shown.split('data-testid="equation"')[1])[:5]
    ]
    assert figures == [2, 1, 0, 1, 0]
    assert office.confirm("clerk", sent).status_code == 409
    assert office.confirm("other", sent).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    with office.runtime.engine.connect() as connection:
        covers = connection.execute(
            text(
                "SELECT c.from_on, c.basis ->> 'reason' AS reason FROM cover_period c"
                " JOIN person p ON p.id = c.person_id WHERE p.name = '李四' AND c.superseded_at IS NULL"
            )
        ).all()
    assert [(row.from_on, row.reason) for row in covers] == [(date(2026, 1, 1), "december_roster")]
    again = office.upload("clerk", "2025-12", corrected.getvalue(), "错误-2025年12月.xlsx")
    assert "done=unchanged" in again.headers["Location"]


def test_a_long_file_is_read_in_the_background(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(receive_file.__kwdefaults__ or {}, "read_at_once", 100)
    page = office.stage("clerk", "2025-12", ten())
    assert "排队等着读" in office.read("clerk", page)
    early = office.send("reviewer", "/rosters", f"{page}/confirm", {"form_key": "k" * 20})
    assert (early.status_code, "还在读" in early.text) == (409, True)
    office.work(jobs.READ_ROSTER)
    assert "文件行数" in office.read("clerk", page)


def test_names_are_whole_for_the_desk_and_masked_for_the_bureau(office: Office) -> None:
    office.take("2025-12", ten())
    page = office.stage("bureau", "2026-01", ten(100))
    assert "王芳" in office.read("clerk", page)
    bureau = office.read("bureau", page)
    assert "王*" in bureau and "王芳" not in bureau
    assert number(100) not in bureau


def visible(page: str) -> str:
    """Return the page without what belongs to its frame: head, programme's name, keys."""
    return re.sub(r"<head>.*?</head>|<header.*?</header>|<dialog.*?</dialog>", "", page, flags=re.S)


def test_the_bureau_uploads_and_sees_rosters_and_never_anything_medical(office: Office) -> None:
    office.take("2025-12", ten())
    page = office.stage("bureau", "2026-01", ten(100), sender="新北区人社局")
    shown = office.read("bureau", page)
    assert "要由保险公司确认：" in shown and "确认导入" not in shown
    assert "/people" not in shown and "/cases" not in shown
    assert office.send("bureau", page, f"{page}/confirm", {}).status_code == 403
    for path in ("/rosters", page, f"{page}?show=changed"):
        assert MEDICAL.findall(visible(office.read("bureau", path))) == [], path
    listed = office.read("bureau", "/rosters")
    assert "任社恒" in listed and "由保险公司确认后写入" in listed


def test_the_bureau_is_refused_on_every_other_route(office: Office) -> None:
    browser, held = office.browser("bureau"), held_by(frozenset({"bureau"}))
    assert held == {"rosters.view", "rosters.stage", "lists.view", "calculate", "signed_in"}
    own = set()
    for rule, method, address in requests_of(office.app):
        access = access_of(office.app, rule.endpoint)
        assert access is not None
        if access.permission == PUBLIC:
            continue
        if access.permission.startswith("rosters.") and access.permission in held:
            own.add(rule.rule)
        elif access.permission not in held:
            assert send(browser, method, address) == 403, (method, address)
        elif method == "GET":
            # what every reader has, and the published lists of excluded items: no case, no person
            answer = browser.client.get(address)
            assert answer.status_code in (204, 303, 403, 404) or access.permission == "lists.view", address
    assert own == {
        "/rosters",
        "/rosters/<uuid:import_id>",
        "/rosters/<uuid:import_id>/progress",
        "/rosters/<uuid:import_id>/kind",
        "/rosters/<uuid:import_id>/errors.xlsx",
        "/rosters/<uuid:import_id>/discard",
    }


def test_people_gone_are_counted_on_the_home_page_and_ended_on_their_own(office: Office) -> None:
    office.take("2025-12", ten())
    office.take("2026-01", roster(*[line("王芳", n) for n in range(100, 108)]))
    home = office.read("reviewer", "/")
    (count,) = re.findall(r'<a href="/people/tasks">(\d+) 件</a>', home)
    listed = office.read("reviewer", "/people/tasks")
    assert count == "2" and "共 2 件" in listed and "全部未办 2" in listed and "我的 2" in listed
    task = re.search(r'href="(/people/tasks/[0-9a-f-]{36})"', listed)
    assert task is not None
    empty = office.send("clerk", task[1], f"{task[1]}/finish", {"note": ""})
    assert (empty.status_code, "写一句" in empty.text) == (422, True)
    assert office.send("clerk", task[1], f"{task[1]}/take", {}).status_code == 303
    assert "陈敏" in office.read("clerk", task[1])
    done = office.send("clerk", task[1], f"{task[1]}/finish", {"note": "问过村里，已迁走"})
    assert done.status_code == 303
    assert "共 1 件" in office.read("clerk", "/people/tasks")
    assert "问过村里，已迁走" in office.read("clerk", task[1])
    assert office.browser("finance").get("/people/tasks").status_code == 403


def test_a_day_is_answered_with_the_rows_it_rests_on(office: Office) -> None:
    office.take("2025-12", ten())
    found = office.browser("clerk").post("/people", {"q": number(100)})
    (href,) = set(re.findall(r'href="(/people/[0-9a-f-]{36})"', found.text))
    assert number(100) not in found.text
    yes = office.read("clerk", f"{href}?on=2026-03-01")
    assert "2026-03-01 在保" in yes and "名册.csv第 2 行" in yes
    no = office.read("clerk", f"{href}?on=2025-03-01")
    assert "2025-03-01 不在保" in no
    assert "日历上没有" in office.read("clerk", f"{href}?on=2026-02-30")
    assert "2025年12月" in yes and "薛家镇" in yes and "居民医保" in yes


def test_another_system_asks_about_a_day_in_the_body_of_a_request(office: Office) -> None:
    office.take("2025-12", ten())
    with office.runtime.transaction() as session:
        token = issue_token(
            session,
            actor=SHELL,
            owner_id=uuid.UUID(office.actors["clerk"].id),
            client="医院",
            scopes=("people.view",),
            days=1,
            now=clock.now(),
        )
    client = office.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}"}
    asked = {"scheme": "changzhou-xinbei", "certno": number(100).lower(), "on": "2026-03-01"}

    def ask(**change: str) -> TestResponse:
        return client.post("/api/v1/coverage", json={**asked, **change}, headers=headers)

    answer = ask()
    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "on": "2026-03-01",
        "covered": True,
        "because": "上年 12 月在册，从 2026-01-01 保到 2026-12-31",
        "grounds": [
            {
                "says": "上年 12 月在册，2026年度从 2026-01-01 起",
                "file": "名册.csv",
                "sheet": "名册",
                "row": 2,
            }
        ],
    }
    assert number(100) not in answer.text
    stranger = ask(certno=number(199))
    assert (stranger.json["covered"], stranger.json["because"]) == (False, "没有这个证号的人")
    assert ask(on="2026-02-30").status_code == 422
    assert client.post("/api/v1/coverage", data=b"{", headers=headers).status_code == 422


def test_refused_rows_of_a_text_file_come_back_as_a_workbook_that_can_be_sent_again(office: Office) -> None:
    wrong = number(130)[:-1] + ("1" if number(130)[-1] != "1" else "2")
    content = ten() + line("李四", 130).replace(number(130), wrong).encode() + b"\n"
    page = office.take("2025-12", content)
    book = office.browser("clerk").get(f"{page}/errors.xlsx")
    assert book.status_code == 200
    opened = openpyxl.load_workbook(BytesIO(book.data))
    sheet_ = opened.worksheets[0]
    assert sheet_.max_row == 2
    for cell in sheet_[2]:
        if cell.value == wrong:
            cell.value = number(130)
    corrected = BytesIO()
    opened.save(corrected)
    sent = office.stage("clerk", "2025-12", corrected.getvalue(), "2025-12名册退回.xlsx")
    assert "补进已导入的 2025年12月" in office.read("clerk", sent)
    assert office.confirm("other", sent).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    assert office.count("roster_fact") == 11


def test_a_reason_is_asked_for_beside_the_form(office: Office) -> None:
    office.take("2025-12", ten())
    found = office.browser("clerk").post("/people", {"q": number(100)})
    (href,) = set(re.findall(r'href="(/people/[0-9a-f-]{36})"', found.text))
    refused = office.send("clerk", href, f"{href}/reveal", {"reason": ""})
    assert refused.status_code == 422
    assert "请写原因" in refused.text or "没有写原因" in refused.text
    shown = office.send("clerk", href, f"{href}/reveal", {"reason": "核对身份证"})
    assert number(100) in shown.text and shown.headers["Refresh"].startswith("60;")
    assert shown.headers["Cache-Control"] == "no-store"


def test_who_was_told_is_listed_with_when_and_how(office: Office) -> None:
    office.take("2025-12", ten())
    office.work(jobs.ENROL_NOTICES)
    page = office.read("clerk", "/people/told?year=2026")
    assert "还没有告知 10" in page and "告字" in page
    action = re.search(r'action="(/people/told/2026/[0-9a-f-]{36})"', page)
    assert action is not None
    day = clock.now().date().isoformat()
    form = {"way": "phone", "told_on": day, "note": "本人接的"}
    assert office.send("clerk", "/people/told?year=2026", action[1], form).status_code == 303
    told = office.read("clerk", "/people/told?year=2026&which=told")
    assert "已告知 1" in told and "电话，陈敏：本人接的" in told
    with office.runtime.transaction() as session:
        session.execute(
            text(
                "UPDATE notice SET state = 'delivered', delivered_on = '2026-01-05', delivery_way = 'hand'"
                " WHERE id = (SELECT id FROM notice WHERE person_id <> :person LIMIT 1)"
            ),
            {"person": uuid.UUID(action[1].rpartition("/")[2])},
        )
    told = office.read("clerk", "/people/told?year=2026&which=told")
    assert "已告知 2" in told and "2026-01-05 当面" in told
