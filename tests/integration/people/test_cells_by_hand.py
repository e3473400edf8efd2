"""改这格: refused cells put right by hand, read as if they stood in the file, confirmed by somebody else."""

import json
from datetime import date

import pytest
from sqlalchemy import text

from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.people import operations, receiving
from insurer.people.approval import why_second
from insurer.people.arriving import ArrivingFile
from insurer.people.at_once import take_file
from insurer.people.correcting_cells import MOST, Where, correct_cell, refused_cells, take_cell_back
from insurer.people.tables import RosterImport
from insurer.platform.audit import SYSTEM, Actor
from tests.factories.roster_desk import DEC, FEB, HEADER, JAN, XB, Y26, Desk, figures, line, number, roster
from tests.factories.roster_files import HEADER as XLSX_HEADER
from tests.factories.roster_files import A, person, xlsx
from tests.integration.people.test_supplements import hire

WRONG = number(102)[:-1] + ("1" if number(102)[-1] != "1" else "2")


def with_wrong_number(*others: str) -> bytes:
    """Return a roster whose 李四 has a wrong last digit; his number stands in row 3, column B."""
    return roster(line("王芳", 101), line("李四", 102).replace(number(102), WRONG), *others)


NUMBER_OF_LI: Where = ("名册", 3, 1)


@pytest.fixture
def clerk(desk: Desk) -> Actor:
    return hire(desk.session, "chen", "clerk")


@pytest.fixture
def other(desk: Desk) -> Actor:
    return hire(desk.session, "li", "clerk")


def kept(desk: Desk, staged: operations.RosterOutcome) -> RosterImport:
    desk.session.flush()
    found = desk.session.get(RosterImport, staged.import_id)
    assert found is not None
    desk.session.refresh(found)
    return found


def put_right(
    desk: Desk, staged: operations.RosterOutcome, actor: Actor, where: Where = NUMBER_OF_LI, value: str = ""
) -> RosterImport:
    assert staged.import_id is not None
    correct_cell(
        desk.session,
        actor=actor,
        import_id=staged.import_id,
        where=where,
        value=value or number(102),
        storage=desk.storage,
        now=desk.now,
    )
    return kept(desk, staged)


def confirm(desk: Desk, staged: operations.RosterOutcome, actor: Actor) -> operations.RosterOutcome:
    assert staged.import_id is not None
    operations.request_apply(desk.session, actor=actor, import_id=staged.import_id, now=desk.now)
    outcome = operations.apply_roster(
        desk.session, actor=actor, import_id=staged.import_id, storage=desk.storage, now=desk.now
    )
    desk.session.commit()
    return outcome


def test_a_corrected_cell_is_read_as_if_it_stood_in_the_file(desk: Desk, clerk: Actor, other: Actor) -> None:
    desk.take(DEC, line("王芳", 101))
    content = with_wrong_number()
    staged = desk.stage(JAN, content, actor=clerk)
    assert (figures(staged), len(staged.report["rejected"])) == ((0, 0, 1, 0), 1)
    assert refused_cells(kept(desk, staged)) == {NUMBER_OF_LI: ("certno", "certno_checksum")}
    found = put_right(desk, staged, clerk)
    assert (found.report["new"], found.report["rejected"], found.counts["by_hand"]) == (1, [], 1)
    (repair,) = found.report["repaired"]
    assert (repair["rule"], repair["row"], repair["field"]) == ("corrected_by_hand", 3, "certno")
    assert repair["after"] == f"3204**********{number(102)[-4:]}"
    assert desk.storage.get(found.sha256) == content
    outcome = confirm(desk, staged, other)
    assert outcome.state == "applied"
    assert [one["rule"] for one in outcome.report["repaired"]] == ["corrected_by_hand"]
    assert desk.cover(102)[0][:2] == (2026, date(2026, 1, 1))
    row = desk.session.execute(
        text("SELECT row_no, sheet FROM roster_fact WHERE person_id = :id"), {"id": desk.person(102)}
    ).one()
    assert tuple(row) == (3, "名册")


def test_the_value_is_sealed_and_stands_in_no_report_and_no_log(desk: Desk, clerk: Actor) -> None:
    staged = desk.stage(DEC, with_wrong_number(), actor=clerk)
    found = put_right(desk, staged, clerk)
    desk.session.commit()
    cell = desk.session.execute(text("SELECT * FROM roster_cell")).one()
    assert number(102).encode() not in bytes(cell.value_cipher)
    assert (cell.made_by, cell.made_by_name, cell.field, cell.code) == (
        clerk.id,
        clerk.name,
        "certno",
        "certno_checksum",
    )
    assert cell.made_at == desk.now
    everything = desk.session.execute(
        text("SELECT a::text FROM audit_entry a UNION ALL SELECT o::text FROM outbox o")
    ).scalars()
    said = [*everything, json.dumps(found.report), json.dumps(found.counts)]
    assert not any(number(102) in one or WRONG in one for one in said)
    assert any("people:roster:cell_corrected" in one for one in said)


def test_whoever_uploaded_or_corrected_does_not_confirm(desk: Desk, clerk: Actor, other: Actor) -> None:
    third = hire(desk.session, "wang", "reviewer")
    desk.take(DEC, *[line("王芳", serial) for serial in range(103, 203)])
    listed = [line("王芳", serial) for serial in range(103, 203)]
    staged = desk.stage(JAN, with_wrong_number(*listed), actor=clerk)
    assert "second" not in kept(desk, staged).counts
    put_right(desk, staged, other)
    for maker, word in ((clerk, "上传"), (other, "改")):
        with pytest.raises(
            Conflict, match=f"有 1 格是手工改的，又是您{word}的，要由别人确认。现在可以确认的有：wang"
        ):
            confirm(desk, staged, maker)
    assert confirm(desk, staged, third).state == "applied"


def test_a_name_a_category_and_a_start_are_put_right_too_and_taken_back(desk: Desk, clerk: Actor) -> None:
    content = roster(
        line("", 101),
        line("李四", 102, category="不知道"),
        line("赵六", 103, start="2024.13"),
    )
    staged = desk.stage(DEC, content, actor=clerk)
    assert sorted(refused_cells(kept(desk, staged)).values()) == [
        ("category", "category_unknown"),
        ("psn_name", "name_missing"),
        ("start", "month_invalid"),
    ]
    put_right(desk, staged, clerk, ("名册", 2, 0), "王芳")
    put_right(desk, staged, clerk, ("名册", 3, 2), "还是不知道")
    found = put_right(desk, staged, clerk, ("名册", 4, 3), "2024-12")
    assert (found.report["new"], [one["code"] for one in found.report["rejected"]]) == (
        2,
        ["category_unknown"],
    )
    found = put_right(desk, staged, clerk, ("名册", 3, 2), "农村低保")
    assert (found.report["new"], found.report["rejected"]) == (3, [])
    assert desk.count("roster_cell") == 4  # the word that was wrong is kept as superseded
    assert staged.import_id is not None
    take_cell_back(
        desk.session,
        actor=clerk,
        import_id=staged.import_id,
        where=("名册", 2, 0),
        storage=desk.storage,
        now=desk.now,
    )
    found = kept(desk, staged)
    assert (found.report["new"], [one["code"] for one in found.report["rejected"]]) == (2, ["name_missing"])
    assert found.counts["by_hand"] == 2


def test_only_refused_cells_of_staged_files_and_only_by_who_may(
    desk: Desk, clerk: Actor, other: Actor
) -> None:
    staged = desk.stage(DEC, with_wrong_number(), actor=clerk)
    with pytest.raises(Conflict, match="没有错，不用改"):
        put_right(desk, staged, clerk, ("名册", 2, 1))
    with pytest.raises(Invalid, match="还没有写"):
        put_right(desk, staged, clerk, value="  ")
    with pytest.raises(Invalid, match="太长"):
        put_right(desk, staged, clerk, value="1" * 121)
    with pytest.raises(NotAllowed):
        put_right(desk, staged, hire(desk.session, "sun", "finance"))
    assert desk.count("roster_cell") == 0
    put_right(desk, staged, clerk)
    confirm(desk, staged, other)
    with pytest.raises(Conflict, match="已经写入"):
        put_right(desk, staged, clerk)
    assert MOST >= 100


def test_a_long_file_is_read_anew_by_the_worker_with_its_cells(
    desk: Desk, clerk: Actor, other: Actor
) -> None:
    staged = desk.stage(DEC, with_wrong_number(), actor=clerk)
    assert staged.import_id is not None
    correct_cell(
        desk.session,
        actor=clerk,
        import_id=staged.import_id,
        where=NUMBER_OF_LI,
        value=number(102),
        storage=desk.storage,
        now=desk.now,
        read_at_once=10,
    )
    assert kept(desk, staged).state == "reading"
    receiving.read_received(
        desk.session, actor=clerk, import_id=staged.import_id, storage=desk.storage, now=desk.now
    )
    found = kept(desk, staged)
    assert (found.state, found.report["new"], found.report["rejected"]) == ("staged", 2, [])
    assert confirm(desk, staged, other).state == "applied"


def test_the_same_file_without_its_corrections_is_not_taken_for_unchanged(
    desk: Desk, clerk: Actor, other: Actor
) -> None:
    content = roster(line("王芳", 101), line("", 102))
    staged = desk.stage(DEC, content, actor=clerk)
    put_right(desk, staged, clerk, ("名册", 3, 0), "李四")
    confirm(desk, staged, other)
    again = desk.stage(DEC, content, actor=clerk)
    assert (again.state, figures(again)) == ("staged", (0, 0, 1, 0))
    assert again.import_id != staged.import_id
    assert kept(desk, again).counts["again"] == 1
    desk.session.commit()
    with pytest.raises(Conflict, match="当时手工改了几格"):
        desk.apply(again)
    desk.session.rollback()
    # the very same word on it changes nothing; another one is a correction, and a third person's matter
    put_right(desk, again, clerk, ("名册", 3, 0), "李四")
    assert confirm(desk, again, other).state == "unchanged"
    third = desk.stage(DEC, content, actor=clerk)
    found = put_right(desk, third, clerk, ("名册", 3, 0), "李思")
    assert found.report["changed"] == 1
    assert confirm(desk, third, other).state == "applied"
    names = desk.session.execute(text("SELECT name FROM person ORDER BY name")).scalars()
    assert list(names) == ["李思", "王芳"]


def test_the_same_file_staged_before_keeps_its_corrections(desk: Desk, clerk: Actor) -> None:
    staged = desk.stage(DEC, with_wrong_number(), actor=clerk)
    put_right(desk, staged, clerk)
    again = desk.stage(DEC, with_wrong_number(), actor=clerk)
    assert (again.import_id, figures(again)) == (staged.import_id, (2, 0, 0, 0))


def test_the_command_reads_a_staged_file_with_its_corrections_in_the_preview_too(
    desk: Desk, clerk: Actor
) -> None:
    content = with_wrong_number()
    put_right(desk, desk.stage(DEC, content, actor=clerk), clerk)
    arriving = ArrivingFile(XB, DEC, "名册.csv")
    seen = operations.preview_roster(desk.session, actor=SYSTEM, arriving=arriving, content=content)
    assert [one["rule"] for one in seen.report["repaired"]] == ["corrected_by_hand"]
    done = take_file(
        desk.session,
        actor=SYSTEM,
        arriving=arriving,
        content=content,
        storage=desk.storage,
        now=desk.now,
    )
    assert (done.state, figures(done)) == ("applied", figures(seen))


def test_rows_of_an_applied_month_may_be_put_right_by_hand_as_well(
    desk: Desk, clerk: Actor, other: Actor
) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.take(JAN, line("王芳", 101))
    wrong = line("李四", 102).replace(number(102), WRONG)
    staged = desk.stage(DEC, roster(wrong), filename="更正.csv", kind="additions", actor=clerk)
    found = put_right(desk, staged, clerk, ("更正", 2, 1))
    assert why_second(found.counts) == "补正已导入的月份，有 1 格是手工改的"
    assert confirm(desk, staged, other).state == "applied"
    assert desk.cover(102) == [(2026, *Y26, "december_roster")]


def test_the_number_of_a_list_of_deaths_is_put_right(desk: Desk, clerk: Actor, other: Actor) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102))
    content = f"姓名,身份证号,死亡时间\n李四,{WRONG},2026-02-03\n王芳,{number(102)},2026-02-04\n".encode()
    staged = receiving.receive_file(
        desk.session,
        actor=clerk,
        arriving=ArrivingFile(XB, FEB, "死亡名单.csv", kind="auto"),
        content=content,
        storage=desk.storage,
        now=desk.now,
    )
    assert list(refused_cells(kept(desk, staged))) == [("死亡名单", 2, 1), ("死亡名单", 3, 1)]
    put_right(desk, staged, clerk, ("死亡名单", 2, 1))
    found = put_right(desk, staged, clerk, ("死亡名单", 3, 1), number(101))
    assert (found.report["new"], found.counts["second"]) == (2, "by_hand")
    assert confirm(desk, staged, other).state == "applied"
    died = desk.session.execute(text("SELECT name, died_on::text FROM person ORDER BY died_on")).all()
    assert [tuple(row) for row in died] == [("李四", "2026-02-03"), ("王芳", "2026-02-04")]


def test_a_number_cell_of_a_workbook_and_a_cell_beyond_the_row_are_put_right(
    desk: Desk, clerk: Actor
) -> None:
    numeric = person("李小四", A)
    place = numeric.index(A)
    numeric[place] = float(A[:15] + "000")  # type: ignore[call-overload]
    staged = desk.stage(DEC, xlsx(("名册", [XLSX_HEADER, numeric])), actor=clerk, filename="名册.xlsx")
    where = ("名册", 2, place)
    assert refused_cells(kept(desk, staged)) == {where: ("certno", "certno_numeric_cell")}
    found = put_right(desk, staged, clerk, where, A)
    assert (found.report["new"], found.report["rejected"]) == (1, [])
    short = desk.stage(JAN, f"{HEADER}\n王芳\n,,,{number(101)}\n李四,{number(102)}\n".encode(), actor=clerk)
    refused = refused_cells(kept(desk, short))
    assert refused[("名册", 4, 2)] == ("category", "category_unknown")
    found = put_right(desk, short, clerk, ("名册", 4, 2), "农村低保")
    assert found.report["new"] == 1
