"""Additions and rows put right later: nobody is gone because of them, and cover follows them."""

import uuid
from datetime import date

import pytest
from sqlalchemy import text

from insurer.accounts.operations import create_staff
from insurer.kernel.errors import Conflict
from insurer.people import operations, queries
from insurer.people.rules import guess_kind
from insurer.people.standing import effective_imports, register_of
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from tests.factories.roster_desk import (
    DEC,
    FEB,
    JAN,
    MAR,
    NOW,
    XB,
    Y26,
    Desk,
    figures,
    line,
    number,
    roster,
)

ADMIN = Actor("admin_shell", "root", "管理员")


def hire(session: UnitSession, login: str, role: str) -> Actor:
    made = create_staff(
        session, actor=ADMIN, login=login, name=login, roles=[role], password="一个够长的口令-2026", now=NOW
    )
    return Actor("staff", str(made), login, frozenset({role}))


def bad_number(serial: int) -> str:
    """Return a number whose last character is wrong."""
    good = number(serial)
    return good[:-1] + ("1" if good[-1] != "1" else "2")


def broken(name: str, serial: int, **others: str) -> str:
    return line(name, serial, **others).replace(number(serial), bad_number(serial))


def test_a_december_row_put_right_in_january_gives_cover_from_the_first_of_january(desk: Desk) -> None:
    december = desk.take(DEC, line("王芳", 101), broken("李四", 102))
    assert [one["code"] for one in december.report["rejected"]] == ["certno_checksum"]
    desk.take(JAN, line("王芳", 101), broken("李四", 102))
    desk.take(FEB, line("王芳", 101), line("李四", 102))
    assert desk.cover(102) == [(2026, FEB, Y26[1], "first_listed")]
    staged = desk.stage(DEC, roster(line("李四", 102)), kind="additions")
    assert figures(staged) == (1, 0, 0, 0)
    assert staged.listing["cover"] == {"begun": {}, "ended": 0}
    desk.apply(staged)
    assert desk.cover(102) == [(2026, *Y26, "december_roster")]
    assert desk.cover(101) == [(2026, *Y26, "december_roster")]
    document = queries.roster_documents(desk.session, scheme=XB, person_ids=[desk.person(102)])
    (years,) = [one["roster"] for one in document.values()]
    assert years["2026"]["on_previous_december"] is True
    (fact, _) = queries.roster_facts(desk.session, [desk.person(102)])
    assert (fact.month, fact.row_no) == (DEC, 2)


def test_the_corrected_rows_again_change_nothing(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.take(JAN, line("王芳", 101))
    content = roster(line("李四", 102))
    desk.apply(desk.stage(DEC, content, kind="additions"))
    before = {table: desk.count(table) for table in ("roster_fact", "cover_period", "person_task", "outbox")}
    again = desk.stage(DEC, content, kind="additions")
    assert again.state == "unchanged"
    assert {table: desk.count(table) for table in before} == before


def test_a_row_put_right_takes_cover_away_that_the_wrong_row_gave(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102))
    desk.take(JAN, line("王芳", 101), line("李四", 102, category="低保边缘"))
    staged = desk.stage(DEC, roster(line("李四", 102, category="低保边缘")), kind="additions")
    assert staged.listing["cover"]["ended"] == 1
    desk.apply(staged)
    assert desk.cover(102) == []
    assert desk.cover(101) == [(2026, *Y26, "december_roster")]


def test_a_list_of_new_recipients_makes_nobody_gone(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102))
    outcome = desk.take(JAN, line("赵六", 103, start="2026-01"), kind="additions")
    assert figures(outcome) == (1, 0, 0, 0)
    assert desk.cover(103) == [(2026, *Y26, "approved_in_year")]
    assert desk.count("roster_exit") == 0
    # the next full list is compared with December and January's additions together
    february = desk.stage(FEB, roster(line("王芳", 101), line("赵六", 103, start="2026-01")))
    assert figures(february) == (0, 0, 2, 1)


def test_a_full_list_replaces_the_additions_of_its_month(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.take(JAN, line("赵六", 103), kind="additions")
    desk.take(JAN, line("王芳", 101))
    register = register_of(effective_imports(desk.session, XB), JAN)
    assert [one.kind for one in register] == ["full"]
    assert figures(desk.stage(FEB, roster(line("王芳", 101)))) == (0, 0, 1, 0)


def test_additions_do_not_hinder_the_full_list_of_an_earlier_month(desk: Desk) -> None:
    desk.take(date(2025, 11, 1), line("王芳", 101))
    desk.take(JAN, line("赵六", 103), kind="additions")
    assert figures(desk.stage(DEC, roster(line("王芳", 101)))) == (0, 0, 1, 0)


def test_people_put_right_who_are_missing_later_become_a_task(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    desk.take(JAN, line("王芳", 101))
    desk.take(DEC, line("李四", 102), kind="additions")
    rows = desk.session.execute(text("SELECT kind, person_id FROM person_task")).all()
    assert [(row.kind, row.person_id) for row in rows] == [("missing_later", desk.person(102))]


def test_an_exit_of_a_wrong_row_is_undone_by_the_row_put_right(desk: Desk) -> None:
    scheme = "nantong"
    desk.take(DEC, line("王芳", 101), line("李四", 102), scheme=scheme)
    desk.take(JAN, line("王芳", 101), broken("李四", 102), scheme=scheme)
    desk.take(JAN, line("李四", 102), scheme=scheme, kind="additions")
    ids = [desk.person(102, scheme)]
    (person,) = queries.roster_documents(desk.session, scheme=scheme, person_ids=ids).values()
    (identity,) = person["identities"]
    assert identity["lost_decided_on"] is None


def test_another_person_confirms_a_supplement(desk: Desk) -> None:
    clerk, other = hire(desk.session, "chen", "clerk"), hire(desk.session, "wang", "reviewer")
    desk.take(DEC, *[line("王芳", serial) for serial in range(100, 120)])
    staged = desk.stage(DEC, roster(line("李四", 130)), kind="additions", actor=clerk)
    assert staged.import_id is not None
    with pytest.raises(
        Conflict, match="补正已导入的月份，又是您上传的，要由别人确认。现在可以确认的有：wang"
    ):
        operations.request_apply(desk.session, actor=clerk, import_id=staged.import_id, now=desk.now)
    operations.request_apply(desk.session, actor=other, import_id=staged.import_id, now=desk.now)
    assert desk.apply(staged).state == "applied"


@pytest.mark.parametrize(("changed", "alone"), [(2, True), (3, False)])
def test_the_uploader_confirms_only_up_to_the_limit(desk: Desk, changed: int, alone: bool) -> None:
    clerk = hire(desk.session, "chen", "clerk")
    hire(desk.session, "wang", "reviewer")
    desk.take(DEC, *[line("王芳", serial) for serial in range(100, 110)])
    lines = [line("王芳", serial, tel="13900000000") for serial in range(100, 100 + changed)]
    lines += [line("王芳", serial) for serial in range(100 + changed, 110)]
    staged = desk.stage(JAN, roster(*lines), actor=clerk)
    assert staged.import_id is not None
    if alone:
        operations.request_apply(desk.session, actor=clerk, import_id=staged.import_id, now=desk.now)
        assert desk.apply(staged).state == "applied"
    else:
        with pytest.raises(Conflict, match="改动占上月人数的 30%，超过 20%"):
            operations.request_apply(desk.session, actor=clerk, import_id=staged.import_id, now=desk.now)


def test_the_share_is_looked_at_again_when_it_is_written(desk: Desk) -> None:
    clerk = hire(desk.session, "chen", "clerk")
    desk.take(DEC, *[line("王芳", serial) for serial in range(100, 110)])
    february = desk.stage(FEB, roster(*[line("王芳", serial) for serial in range(100, 110)]), actor=clerk)
    assert february.import_id is not None
    operations.request_apply(desk.session, actor=clerk, import_id=february.import_id, now=desk.now)
    # January's list with four people less comes in between: now four are new
    desk.take(JAN, *[line("王芳", serial) for serial in range(104, 110)])
    outcome = desk.apply(february)
    assert outcome.state == "discarded"
    assert "要由别人确认" in outcome.report["refused"]


def test_gone_dead_and_doubled_people_become_tasks_of_who_confirmed(desk: Desk) -> None:
    reviewer = hire(desk.session, "wang", "reviewer")
    desk.take(DEC, line("王芳", 101), line("李四", 102), line("赵六", 103))
    staged = desk.stage(JAN, roster(line("王芳", 101, change="死亡"), line("李四", 104), line("赵六", 103)))
    assert staged.import_id is not None
    operations.request_apply(desk.session, actor=reviewer, import_id=staged.import_id, now=desk.now)
    desk.apply(staged)
    rows = desk.session.execute(
        text("SELECT kind, person_id, other_person_id, owner_id FROM person_task ORDER BY kind")
    ).all()
    assert [(row.kind, row.person_id, row.other_person_id) for row in rows] == [
        ("died", desk.person(101), None),
        ("double", desk.person(104), desk.person(102)),
        ("gone", desk.person(102), None),
    ]
    assert {row.owner_id for row in rows} == {uuid.UUID(reviewer.id)}


@pytest.mark.parametrize(
    ("filename", "rows", "size", "late", "kind"),
    [
        ("2026年1月低保名册.xlsx", 300, 290, False, "full"),
        ("1月新增低保对象.xlsx", 300, 290, False, "additions"),
        ("12月更正.xlsx", 3, 290, True, "additions"),
        ("2026年1月.xlsx", 20, 290, False, "additions"),
        ("2026年1月.xlsx", 145, 290, False, "full"),
        ("第一份.xlsx", 5, 0, False, "full"),
        ("错误-2025年12月.xlsx", 300, 290, True, "additions"),
        ("错误-2026年1月.xlsx", 300, 290, False, "full"),
        ("死亡人员名单.xls", 5, 290, False, "deaths"),
        ("户口迁出名单.xls", 5, 290, False, "moves"),
    ],
)
def test_the_kind_of_a_list_is_guessed(filename: str, rows: int, size: int, late: bool, kind: str) -> None:
    assert guess_kind(filename, rows=rows, size=size, late=late) == kind


def test_a_small_file_is_taken_for_additions_and_says_so(desk: Desk) -> None:
    desk.take(DEC, *[line("王芳", serial) for serial in range(100, 110)])
    staged = desk.stage(MAR, roster(line("李四", 130)), kind="auto")
    assert figures(staged) == (1, 0, 0, 0)
    kinds = desk.session.execute(text("SELECT kind FROM roster_import WHERE state = 'staged'")).scalars()
    assert kinds.all() == ["additions"]
