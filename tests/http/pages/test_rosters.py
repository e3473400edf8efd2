"""Rosters on the web: the four steps, who confirms, long work, corrected rows, and the bureau's side."""

import re
import uuid
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import text

from insurer.accounts.permissions import held_by
from insurer.people.progress import note_progress
from insurer.people.receiving import receive_file
from insurer.platform import clock, jobs
from insurer.web.access import PUBLIC, access_of
from tests.factories.roster_desk import line, number, roster
from tests.factories.roster_files import HEADER, xlsx
from tests.factories.roster_files import person as xlsx_person
from tests.http.pages.office import Office, ten
from tests.http.test_access import requests_of, send

MEDICAL = re.compile(r"诊断|病种|医院|住院|门诊|给付|理赔金|费用|案件号|XB20")


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
    nothing = office.upload("clerk", "2025-12", b"\x00\x00")
    assert (nothing.status_code, "文件是空的" in nothing.text) == (422, True)
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


def own_words(*people: int) -> bytes:
    """Return a roster whose header words only its sender understands."""
    rows = [f"王芳,{number(n)},农村低保,薛家镇" for n in people]
    return "\n".join(["对象,证件,救助,乡镇", *rows, ""]).encode()


def choices(page: str) -> dict[str, str]:
    """Return the form of the columns page as it stands."""
    keys = dict(re.findall(r'name="key-(\d+)" value="([^"]*)"', page))
    chosen = dict(re.findall(r'name="field-(\d+)".*?<option value="([^"]*)" selected', page, re.S))
    return {f"key-{n}": key for n, key in keys.items()} | {f"field-{n}": f for n, f in chosen.items()}


def test_columns_that_nobody_understands_are_chosen_once_and_remembered_of_their_sender(
    office: Office,
) -> None:
    page = office.stage("bureau", "2025-12", own_words(*range(100, 110)), sender="经开区")
    assert page.endswith("/columns")
    shown = office.read("bureau", page)
    assert "还没有读出来" in shown and "没有认出表头" in shown and number(100) not in shown
    form = choices(shown)
    assert form["key-0"] == "对象" and form["field-3"] == "town"
    missing = office.send("bureau", page, page, {**form, "field-0": "psn_name"})
    assert (missing.status_code, "请选哪一列是“身份证号”" in missing.text) == (422, True)
    assert 'value="psn_name" selected' in missing.text
    form |= {"field-0": "psn_name", "field-1": "certno", "field-2": "category"}
    chosen = office.send("bureau", page, page, form)
    assert chosen.status_code == 303
    preview = chosen.headers["Location"].partition("?")[0]
    assert "文件行数" in office.read("bureau", preview)
    assert office.confirm("clerk", preview).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    assert office.count("roster_fact") == 10
    january = office.stage("bureau", "2026-01", own_words(*range(100, 111)), sender="经开区")
    assert "新增 1" in office.read("clerk", january)
    other = office.stage("bureau", "2026-02", own_words(*range(100, 112)), sender="别的单位")
    assert other.endswith("/columns")
    assert office.send("bureau", other, f"{other.removesuffix('/columns')}/discard", {}).status_code == 303


def test_a_column_that_was_understood_wrongly_is_changed_by_hand(office: Office) -> None:
    page = office.stage("clerk", "2025-12", ten(), sender="新北区人社局")
    shown = office.read("clerk", f"{page}/columns")
    assert "第 1 行是表头" in shown and "138" not in shown.split("<tbody>")[1].split("联系电话")[0]
    form = choices(shown)
    number_of = {value: key.rpartition("-")[2] for key, value in form.items() if key.startswith("key-")}
    form[f"field-{number_of['联系电话']}"] = ""
    answer = office.send("clerk", f"{page}/columns", f"{page}/columns", form)
    assert answer.status_code == 303
    assert office.confirm("reviewer", page).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    with office.runtime.engine.connect() as connection:
        phones = set(connection.execute(text("SELECT phone_mask FROM person")).scalars())
    assert phones == {""}


def test_the_day_of_death_is_found_shown_and_chosen_by_hand_and_remembered(office: Office) -> None:
    office.take("2025-12", ten())
    head = "姓名,身份证号,变动年月,火化日"
    page = office.stage(
        "clerk",
        "2026-02",
        f"{head}\n王芳,{number(100)},2026-01,2026-02-03\n".encode(),
        "死亡名单.csv",
        sender="民政局",
    )
    form = choices(office.read("clerk", f"{page}/columns"))
    assert (form["field-2"], form["field-3"]) == ("happened_on", "")
    as_it_is = office.send("clerk", f"{page}/columns", f"{page}/columns", form)
    assert as_it_is.status_code == 303
    assert kept_columns(office, "民政局") == {}
    assert "2026-01-01" in office.read("clerk", page)
    form |= {"field-2": "", "field-3": "happened_on"}
    assert office.send("clerk", f"{page}/columns", f"{page}/columns", form).status_code == 303
    assert kept_columns(office, "民政局") == {"火化日": "happened_on"}
    assert "2026-02-03" in office.read("clerk", page)
    form |= {"field-3": ""}
    assert office.send("clerk", f"{page}/columns", f"{page}/columns", form).status_code == 303
    assert kept_columns(office, "民政局") == {"变动年月": ""}
    form |= {"field-3": "happened_on"}
    assert office.send("clerk", f"{page}/columns", f"{page}/columns", form).status_code == 303
    assert office.confirm("clerk", page).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    with office.runtime.engine.connect() as connection:
        died = connection.execute(text("SELECT died_on FROM person WHERE died_on IS NOT NULL")).scalars()
        assert list(died) == [date(2026, 2, 3)]


def kept_columns(office: Office, sender: str) -> dict[str, str]:
    """Return what is remembered of a sender."""
    with office.runtime.engine.connect() as connection:
        found = connection.execute(
            text("SELECT columns FROM sender_columns WHERE sender = :sender"), {"sender": sender}
        )
        return dict(found.scalar_one())


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
        "/rosters/export",
        "/rosters/<uuid:import_id>",
        "/rosters/<uuid:import_id>/progress",
        "/rosters/<uuid:import_id>/kind",
        "/rosters/<uuid:import_id>/hidden",
        "/rosters/<uuid:import_id>/cell",
        "/rosters/<uuid:import_id>/cell/back",
        "/rosters/<uuid:import_id>/columns",
        "/rosters/<uuid:import_id>/errors.xlsx",
        "/rosters/<uuid:import_id>/discard",
    }


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
