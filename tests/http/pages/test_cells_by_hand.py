"""改这格 on the web: from the refused row to the form and back, and who may then confirm."""

import re

import pytest
from sqlalchemy import text

from insurer.people.correcting_cells import correct_cell
from insurer.platform import jobs
from tests.factories.roster_desk import line, number, roster
from tests.http.pages.office import Office

WRONG = number(101)[:-1] + ("1" if number(101)[-1] != "1" else "2")


@pytest.fixture
def page(office: Office) -> str:
    """A staged roster whose second row has a wrong number."""
    content = roster(line("王小芳", 100), line("李四四", 101).replace(number(101), WRONG))
    return office.stage("clerk", "2025-12", content, sender="新北区人社局")


def link_of(shown: str, words: str) -> str:
    found = re.search(rf'<a[^>]*href="([^"]*/cell[^"]*)"[^>]*>{words}</a>', shown)
    assert found is not None, words
    return found.group(1)


def test_a_refused_cell_is_put_right_on_its_page_and_another_person_confirms(
    office: Office, page: str
) -> None:
    link = link_of(office.read("clerk", page), "改这格")
    assert link == f"{page}/cell?at=0-3-1"
    shown = office.read("clerk", link)
    assert (
        "名册，第 3 行 B 列" in shown and "身份证号应该是" in shown and "李**" in shown and "薛家镇" in shown
    )
    assert WRONG not in shown and number(101)[-4:] not in shown
    empty = office.send("clerk", link, f"{page}/cell", {"at": "0-3-1", "value": " "})
    assert (empty.status_code, "请写这一格应该是什么" in empty.text) == (422, True)
    still = office.send("clerk", link, f"{page}/cell", {"at": "0-3-1", "value": WRONG})
    assert still.status_code == 303
    assert "拒绝 1" in office.read("clerk", page) and "手工改的 1" in office.read("clerk", page)
    done = office.send("clerk", link, f"{page}/cell", {"at": "0-3-1", "value": number(101)})
    assert (done.status_code, done.headers["Location"]) == (303, f"{page}?done=cell")
    preview = office.read("clerk", f"{page}?done=cell")
    assert "已按改好的重新比对" in preview and "改这格" not in preview
    assert "手工改的 1" in preview and "陈敏" in preview and "有 1 格是手工改的" in preview
    assert "要由上传和改格以外的人确认" in preview.replace("\n", "") and "自动理顺" not in preview
    assert number(101) not in preview and "确认导入" not in preview
    refused = office.confirm("clerk", page)
    assert (refused.status_code, "要由别人确认" in refused.text) == (409, True)
    assert office.confirm("reviewer", page).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    assert office.count("roster_fact") == 2
    after = office.read("clerk", page)
    assert "手工改的 1" in after and "再改或撤回" not in after


def test_a_correction_is_taken_back_and_the_file_is_read_as_it_came(office: Office, page: str) -> None:
    link = link_of(office.read("bureau", page), "改这格")
    answer = office.send("bureau", link, f"{page}/cell", {"at": "0-3-1", "value": number(101)})
    assert answer.status_code == 303
    again = link_of(office.read("clerk", page), "再改或撤回")
    assert "任社恒改过" in office.read("clerk", again)
    back = office.send("clerk", again, f"{page}/cell/back", {"at": "0-3-1"})
    assert (back.status_code, back.headers["Location"]) == (303, f"{page}?done=cell_back")
    shown = office.read("clerk", page)
    assert "改这格" in shown and "手工改的" not in shown
    with office.runtime.engine.connect() as connection:
        row = connection.execute(text("SELECT made_by_name, superseded_by_name FROM roster_cell")).one()
    assert tuple(row) == ("任社恒", "陈敏")


def test_cells_that_are_not_refused_or_not_there_are_no_page(office: Office, page: str) -> None:
    for at in ("0-2-1", "9-3-1", "x", ""):
        assert "没有这一格" in office.read("clerk", f"{page}/cell?at={at}", 404)
    assert office.browser("finance").get(f"{page}/cell?at=0-3-1").status_code == 403
    assert office.send("clerk", page, f"{page}/discard", {}).status_code == 303
    assert "已经放弃" in office.read("clerk", f"{page}/cell?at=0-3-1", 409)


def test_a_long_file_is_compared_anew_by_the_worker(
    office: Office, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(correct_cell.__kwdefaults__ or {}, "read_at_once", 100)
    link = link_of(office.read("clerk", page), "改这格")
    answer = office.send("clerk", link, f"{page}/cell", {"at": "0-3-1", "value": number(101)})
    assert answer.status_code == 303
    assert "排队等着读" in office.read("clerk", page)
    office.work(jobs.READ_ROSTER)
    shown = office.read("clerk", page)
    assert "手工改的 1" in shown and "新增 2" in shown


def test_the_same_file_again_says_that_cells_of_it_were_put_right(office: Office) -> None:
    content = roster(line("王小芳", 100), line("", 101))
    page = office.stage("clerk", "2025-12", content)
    link = link_of(office.read("clerk", page), "改这格")
    assert office.send("clerk", link, f"{page}/cell", {"at": "0-3-0", "value": "李四四"}).status_code == 303
    assert office.confirm("reviewer", page).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    again = office.stage("clerk", "2025-12", content)
    assert again != page
    assert "这份文件导入过" in office.read("clerk", again)
