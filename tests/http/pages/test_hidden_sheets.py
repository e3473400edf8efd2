"""Hidden sheets of a roster, chosen or given up where its effect is shown."""

from typing import Any

from insurer.platform import jobs
from tests.factories.roster_files import HEADER, number, person, xlsx
from tests.http.pages.office import Office


def book(*hidden: str) -> bytes:
    """Return a list of two people, with another person on each hidden sheet and a lookup without any."""
    shown = [HEADER, person("王芳", number(101)), person("李四", number(102))]
    others = [(name, [HEADER, person("赵六", number(110 + at))]) for at, name in enumerate(hidden)]

    def hide(_book: Any, sheets: dict[str, Any]) -> None:
        for name in (*hidden, "字典"):
            sheets[name].hide()

    return xlsx(("名册", shown), *others, ("字典", [["1", "低保"]]), change=hide)


def only_hidden() -> bytes:
    def hide(_book: Any, sheets: dict[str, Any]) -> None:
        sheets["名册"].hide()

    return xlsx(("说明", [["填报说明"]]), ("名册", [HEADER, person("王芳", number(101))]), change=hide)


def plain(page: str) -> str:
    """Return the words of a page with the dots between them."""
    return page.replace('<span class="dot"> </span>', " · ").replace("<b>用了</b>", "用了")


def test_one_hidden_sheet_is_used_and_given_up_again(office: Office) -> None:
    page = office.stage("clerk", "2025-12", book("补报", "上年"), "名册.xlsx")
    shown = plain(office.read("clerk", page))
    assert "新增 2" in shown and "跳过 3 张隐藏表" in shown
    assert shown.count("用这张隐藏的表") == 2 and "“补报” · 1 人 · 没有用" in shown
    assert "字典" not in shown
    answer = office.send("clerk", page, f"{page}/hidden", {"sheet": "补报", "use": "yes"})
    assert answer.status_code == 303
    used = plain(office.read("clerk", page))
    assert "新增 3" in used and "用了 2 张工作表" in used
    assert used.count("用这张隐藏的表") == 1 and "“补报” · 1 人 · 用了" in used
    office.send("clerk", page, f"{page}/hidden", {"sheet": "上年", "use": "yes"})
    assert "新增 4" in office.read("clerk", page)
    office.send("clerk", page, f"{page}/hidden", {"sheet": "补报", "use": "no"})
    assert "新增 3" in office.read("clerk", page)
    # what was shown is what is written
    assert office.confirm("reviewer", page).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    assert office.count("roster_fact") == 3
    written = office.read("clerk", page)
    assert "用这张隐藏的表" not in written and "不用这张表" not in written


def test_a_sheet_that_is_not_there_and_a_written_roster_are_refused(office: Office) -> None:
    page = office.stage("clerk", "2025-12", book("补报"), "名册.xlsx")
    unknown = office.send("clerk", page, f"{page}/hidden", {"sheet": "别的", "use": "yes"})
    assert (unknown.status_code, "没有这张隐藏的工作表" in unknown.text) == (422, True)
    assert office.confirm("reviewer", page).status_code == 303
    office.work(jobs.APPLY_ROSTER)
    late = office.send("clerk", "/rosters", f"{page}/hidden", {"sheet": "补报", "use": "yes"})
    assert (late.status_code, "已经写入" in late.text) == (409, True)
    assert office.send("finance", "/people", f"{page}/hidden", {"sheet": "补报"}).status_code == 403


def test_a_file_whose_lists_are_all_hidden_is_kept_until_somebody_says_so(office: Office) -> None:
    page = office.stage("bureau", "2025-12", only_hidden(), "名册.xlsx")
    assert not page.endswith("/columns")
    shown = office.read("bureau", page)
    assert "只有隐藏的工作表里有名单" in shown and "用隐藏的表" in shown
    assert office.send("bureau", page, f"{page}/hidden", {"sheet": "", "use": "yes"}).status_code == 303
    used = office.read("bureau", page)
    assert "新增 1" in used and "只有隐藏的工作表里有名单" not in used
