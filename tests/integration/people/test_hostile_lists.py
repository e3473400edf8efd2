"""Lists of deaths and moves are read by a process of its own, which may die of them."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from insurer.kernel.errors import Invalid, TooLarge
from insurer.people import receiving
from insurer.people.arriving import ArrivingFile
from insurer.people.operations import RosterOutcome
from insurer.people.reading import confined, roster
from insurer.platform.audit import SYSTEM
from insurer.platform.settings import ReadingLimits
from tests.factories.hostile_files import bomb, formula_in, locked, with_document_type, with_macros
from tests.factories.roster_desk import DEC, FEB, XB, Desk, figures, line, number
from tests.factories.roster_files import xlsx

HEAD = ["序号", "姓名", "身份证号码", "死亡时间", "镇街", "备注"]


def receive(desk: Desk, content: bytes, filename: str, sender: str = "", **others: Any) -> RosterOutcome:
    return receiving.receive_file(
        desk.session,
        arriving=ArrivingFile(XB, FEB, filename, kind="auto", sender=sender),
        actor=SYSTEM,
        content=content,
        storage=desk.storage,
        now=desk.now,
        **others,
    )


@pytest.mark.parametrize("filename", ["死亡名单.xlsx", "迁出名单.xlsx"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "解开后大得不合常理"),
        (lambda: with_document_type("xl/sharedStrings.xml"), "外部定义"),
        (with_macros, "里面有宏"),
        (locked, "去掉密码"),
        (lambda: formula_in(7, "=ROW()"), "里面有公式（H3 格）"),
        (lambda: b"%PDF-1.7 " + bytes(200), "这不是名册表格"),
        (lambda: xlsx(("名单", [HEAD]))[:2000], "不完整"),
    ],
)
def test_a_hostile_list_is_refused_in_plain_words(
    desk: Desk, make: Callable[[], bytes], words: str, filename: str
) -> None:
    with pytest.raises((Invalid, TooLarge)) as caught:
        receive(desk, make(), filename)
    assert words in caught.value.message
    assert filename in caught.value.message
    assert desk.count("roster_import") == 0


def test_a_list_is_not_opened_in_this_process(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.take(DEC, line("王芳", 101))

    def never(*_: object) -> None:
        raise AssertionError("opened here")

    monkeypatch.setattr(roster, "open_workbook", never)
    content = xlsx(("名单", [HEAD, ["1", "王芳", number(101), "2026-02-03", "薛家镇", ""]]))
    assert figures(receive(desk, content, "死亡名单.xlsx")) == (1, 0, 0, 0)


def test_a_list_that_takes_all_memory_is_refused(desk: Desk) -> None:
    desk.session.info["reading"] = ReadingLimits(memory_mb=130)
    words = Random(7)
    rows = [
        [str(n), "王芳", number(n % 900), "2026-02-03", "薛家镇", words.randbytes(400).hex()]
        for n in range(60_000)
    ]
    with pytest.raises(TooLarge, match="用完了允许的内存"):
        receive(desk, xlsx(("名单", [HEAD, *rows])), "死亡名单.xlsx", read_at_once=100_000_000)


def test_a_reader_that_dies_is_a_refusal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_: object) -> Iterator[bytes]:
        raise EOFError

    monkeypatch.setattr(confined, "_exactly", dead)
    with pytest.raises(TooLarge):
        receive(desk, xlsx(("名单", [HEAD])), "死亡名单.xlsx")


def test_a_list_of_many_kinds_of_dirt(desk: Desk) -> None:
    desk.take(DEC, *(line(name, serial) for serial, name in enumerate("甲乙丙丁戊己", 101)))
    rows: list[list[object]] = [
        ["2026年2月死亡人员名单"],
        HEAD,
        ["1", "甲", number(101), "2026-02-03", "薛家镇", ""],
        ["2", "甲", number(101), "2026-02-03", "薛家镇", ""],
        ["3", "乙　", f"'{number(102)}", 46056, "", ""],
        ["", "小计", 3, "", "", ""],
        ["姓名", "身份证号码", "去世日期"],
        ["丙", number(103), "2026.2.4"],
        ["丁", number(104), "2026-02-30"],
        ["丁", number(105), ""],
        ["己", number(106), ""],
        ["甲某", number(101), "2026-02-03"],
        ["制表人：", "", ""],
    ]
    outcome = receive(desk, xlsx(("名单", rows)), "死亡名单.xlsx")
    assert figures(outcome) == (4, 0, 0, 0)
    report = outcome.report
    assert [(one["row"], one["code"]) for one in report["rejected"]] == [
        (9, "month_invalid"),
        (10, "duplicate_conflict"),
        (12, "duplicate_conflict"),
    ]
    assert "去世日期“2026-02-30”读不出来" in report["rejected"][0]["message"]
    assert [one["row"] for one in report["skipped"]] == [4, 6, 7, 13]
    assert {(one["row"], one["field"]) for one in report["repaired"]} == {
        (5, "certno"),
        (5, "psn_name"),
        (5, "start"),
    }
    days = [one["start"] for one in outcome.listing["new"]]
    assert days == ["2026-02-03", "2026-02-03", "2026-02-04", None]


def test_a_hidden_sheet_is_read_when_asked_for_and_columns_as_the_sender_means_them(desk: Desk) -> None:
    desk.take(DEC, line("甲", 101), line("乙", 102))

    def hide(_book: Any, sheets: dict[str, Any]) -> None:
        sheets["上月"].hide()

    head: list[object] = ["走的人", "身份证号码", "死亡时间"]
    content = xlsx(
        ("本月", [head, ["甲", number(101), "2026-02-03"]]),
        ("上月", [head, ["乙", number(102), "2026-01-03"]]),
        change=hide,
    )
    kept = receive(desk, content, "死亡名单.xlsx", sender="民政科", keep_unread=True)
    assert kept.state == "reading"
    assert kept.import_id is not None
    chosen = {"走的人": "psn_name", "身份证号码": "certno", "死亡时间": ""}
    for use_hidden, people in ((False, 1), (True, 2)):
        receiving.compare_again(
            desk.session,
            actor=SYSTEM,
            import_id=kept.import_id,
            storage=desk.storage,
            now=desk.now,
            use_hidden=use_hidden,
            chosen=chosen,
        )
        found = desk.session.get(receiving.RosterImport, kept.import_id)
        assert found is not None
        assert (found.state, found.report["new"], found.kind) == ("staged", people, "deaths")
    desk.apply(RosterOutcome(kept.import_id, "staged", {}, {}))
    assert desk.count("person_event") == 2
