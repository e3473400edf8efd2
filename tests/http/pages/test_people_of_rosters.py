"""What follows a roster: people to look into, days asked about, who was told."""

import re
import uuid

from sqlalchemy import text
from werkzeug.test import TestResponse

from insurer.accounts.operations import issue_token
from insurer.kernel.dates import business_day
from insurer.platform import clock, jobs
from tests.factories.roster_desk import line, number, roster
from tests.http.pages.office import SHELL, Office, ten


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
    found = office.browser("clerk").post("/people", {"q": number(100)}).headers["Location"]
    shown = office.read("clerk", found)
    (href,) = set(re.findall(r'href="(/people/[0-9a-f-]{36})"', shown))
    assert number(100) not in found + shown
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


def test_a_reason_is_asked_for_beside_the_form(office: Office) -> None:
    office.take("2025-12", ten())
    found = office.browser("clerk").post("/people", {"q": number(100)}).headers["Location"]
    (href,) = set(re.findall(r'href="(/people/[0-9a-f-]{36})"', office.read("clerk", found)))
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
    today = business_day(clock.now())
    form = {"way": "phone", "told_on": f"{today.year}年{today.month}月{today.day}日", "note": "本人接的"}
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
