"""Lists of deaths and moves, the answer for a day, shared accounts, telling, finding, tasks."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound
from insurer.people import applying, operations, queries, receiving
from insurer.people.arriving import ArrivingFile
from insurer.people.covered import CoverAnswer, cover_answer
from insurer.people.finding import search_people
from insurer.people.masking import mask_names
from insurer.people.sharing import household_of, sharing_of
from insurer.people.tables import Person
from insurer.people.tasks import finish_task, take_tasks
from insurer.people.telling import note_told
from insurer.platform.audit import SYSTEM
from tests.factories.roster_desk import DEC, FEB, JAN, XB, Desk, figures, line, number, roster
from tests.integration.people.test_supplements import hire

DEATHS = "序号,姓名,身份证号码,死亡时间,镇街,备注"


def deaths(*lines: str) -> bytes:
    return "\n".join(["死亡人员名单,,,,,", DEATHS, *lines, ""]).encode()


def take_list(desk: Desk, month: date, content: bytes, filename: str) -> operations.RosterOutcome:
    desk.now += timedelta(hours=1)
    staged = receiving.receive_file(
        desk.session,
        arriving=ArrivingFile(XB, month, filename, kind="auto"),
        actor=SYSTEM,
        content=content,
        storage=desk.storage,
        now=desk.now,
    )
    return desk.apply(staged) if staged.state == "staged" else staged


def answer(desk: Desk, serial: int, day: date, scheme: str = XB) -> CoverAnswer:
    person = desk.session.get(Person, desk.person(serial, scheme))
    assert person is not None
    desk.session.refresh(person)
    return cover_answer(desk.session, person=person, day=day)


def one_task(desk: Desk, kind: str) -> uuid.UUID:
    found = desk.session.execute(text("SELECT id FROM person_task WHERE kind = :kind"), {"kind": kind})
    return found.scalar_one()


def test_a_list_of_deaths_marks_its_people_and_nobody_else(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102), line("赵六", 103))
    outcome = take_list(
        desk,
        FEB,
        deaths(
            f"1,王芳,{number(101)},2026-02-03,薛家镇,",
            f"2,李五,{number(102)},2026-02-04,薛家镇,",
            f"3,外人,{number(199)},2026-02-05,薛家镇,",
            f"4,赵六,{number(103)[:-1]}?,2026-02-05,薛家镇,",
        ),
        "2026年2月死亡人员名单.csv",
    )
    assert outcome.state == "applied"
    assert figures(outcome) == (1, 0, 0, 0)
    assert [one["code"] for one in outcome.report["rejected"]] == ["duplicate_conflict", "certno_malformed"]
    assert "不是本项目的人员" in [one["why"] for one in outcome.report["skipped"]]
    people = queries.person_views(desk.session, [desk.person(101), desk.person(102), desk.person(103)])
    assert {view.died_on for view in people.values()} == {date(2026, 2, 3), None}
    assert people[desk.person(101)].died_on == date(2026, 2, 3)
    assert answer(desk, 101, date(2026, 2, 3)).covered
    after = answer(desk, 101, date(2026, 2, 4))
    assert (after.covered, after.because) == (False, "这一天以前已经去世")
    assert [(ground.file, ground.row) for ground in after.grounds] == [("2026年2月死亡人员名单.csv", 3)]


def test_the_same_list_again_changes_nothing_and_a_corrected_day_is_a_new_event(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    content = deaths(f"1,王芳,{number(101)},2026-02-03,薛家镇,")
    take_list(desk, FEB, content, "死亡名单.csv")
    assert take_list(desk, FEB, content, "死亡名单.csv").state == "unchanged"
    assert desk.count("person_event") == 1
    outcome = take_list(desk, FEB, deaths(f"1,王芳,{number(101)},2026-02-05,薛家镇,"), "死亡名单更正.csv")
    assert figures(outcome) == (0, 1, 0, 0)
    assert desk.count("person_event") == 2
    assert queries.person_views(desk.session, [desk.person(101)])[desk.person(101)].died_on == date(
        2026, 2, 5
    )


def test_somebody_who_is_not_dead_is_alive_again(desk: Desk) -> None:
    clerk = hire(desk.session, "chen", "clerk")
    desk.take(DEC, line("王芳", 101))
    content = deaths(f"1,王芳,{number(101)},2026-02-03,薛家镇,")
    take_list(desk, FEB, content, "死亡名单.csv")
    task = one_task(desk, "died")
    with pytest.raises(Invalid, match="写一句"):
        finish_task(desk.session, actor=clerk, task_id=task, note_text=" ", untrue=True, now=desk.now)
    finish_task(desk.session, actor=clerk, task_id=task, note_text="本人来过窗口", untrue=True, now=desk.now)
    assert answer(desk, 101, date(2026, 3, 1)).covered
    with pytest.raises(Conflict, match="chen已经办完"):
        finish_task(desk.session, actor=clerk, task_id=task, note_text="再办一次", now=desk.now)
    # the same file says nothing new; another list that names the person again is looked at again
    assert take_list(desk, FEB, content, "死亡名单.csv").state == "unchanged"
    assert take_list(desk, FEB, content + b",,,,,\n", "死亡名单.csv").state == "applied"


def test_moving_out_is_noted_and_ends_no_cover(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101))
    content = f"姓名,身份证号,户口迁出日期\n王芳,{number(101)},2026-02-03\n".encode()
    outcome = take_list(desk, FEB, content, "迁出名单.csv")
    assert figures(outcome) == (1, 0, 0, 0)
    assert answer(desk, 101, date(2026, 6, 1)).covered
    assert one_task(desk, "moved_out")


def test_the_answer_for_a_day_names_the_rows_it_rests_on(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102, category="低保边缘"), line("孙八", 105))
    desk.take(
        FEB, line("王芳", 101), line("赵六", 103, start="2026-02"), line("孙八", 105, insured="职工医保")
    )
    yes = answer(desk, 101, date(2026, 6, 1))
    assert (yes.covered, yes.because) == (True, "上年 12 月在册，从 2026-01-01 保到 2026-12-31")
    assert [(g.file, g.sheet, g.row) for g in yes.grounds] == [("名册.csv", "名册", 2)]
    category = answer(desk, 102, date(2026, 6, 1))
    assert (category.covered, category.because) == (False, "名册里有，但不是保障对象")
    assert category.grounds[0].says == "2025年12月在册，低保边缘，这一类不在保障范围"
    early = answer(desk, 103, date(2026, 1, 31))
    assert (early.covered, early.because) == (False, "从 2026-02-01 起才保")
    assert answer(desk, 103, date(2026, 2, 1)).covered
    never = answer(desk, 103, date(2025, 6, 1))
    assert not never.covered
    assert "名册里都没有这个人" in never.because


def test_nantong_answers_by_identity_until_the_end_of_the_month_of_its_loss(desk: Desk) -> None:
    nt = "nantong"
    desk.take(DEC, line("王芳", 101, start="2025-03"), scheme=nt)
    desk.take(JAN, line("李四", 102), scheme=nt)
    assert answer(desk, 101, date(2025, 12, 31), nt).covered
    assert not answer(desk, 101, date(2026, 1, 1), nt).covered
    assert not answer(desk, 101, date(2025, 2, 28), nt).covered


@pytest.mark.parametrize("few", [applying.FEW, 0], ids=["looked for one by one", "counted at once"])
def test_an_account_of_three_families_is_flagged_once(
    desk: Desk, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "FEW", few)
    same = {"account": "6228480012345678", "bank": "农商行"}
    desk.take(DEC, line("王芳", 101, **same), line("王小", 102, card="DB101", **same))
    assert sharing_of(desk.session, [desk.person(101)])[desk.person(101)].families == 1
    desk.take(JAN, *[line("王芳", n, **same) for n in (101, 102, 103, 104)])
    sharing = sharing_of(desk.session, [desk.person(101)])[desk.person(101)]
    assert (sharing.people, sharing.families, sharing.many) == (4, 4, True)
    desk.take(FEB, *[line("王芳", n, **same) for n in (101, 102, 103, 104)])
    assert one_task(desk, "shared_account")


def test_a_household_is_its_card_on_the_newest_register(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("王小", 102, card="DB101"), line("李四", 103))
    person = desk.session.get(Person, desk.person(101))
    assert person is not None
    assert [other.name for other in household_of(desk.session, person)] == ["王小"]


def test_people_are_found_by_card_place_and_every_reading_of_a_surname(desk: Desk) -> None:
    desk.take(DEC, line("曾小贤", 101, card="DB-77"), line("单雄", 102, town="罗溪镇"), line("王芳", 103))

    def found(query: str) -> list[str]:
        return [view.name for view in search_people(desk.session, scheme=XB, query=query)]

    assert found("DB-77") == ["曾小贤"]
    assert found("db-77") == ["曾小贤"]
    assert found("罗溪") == ["单雄"]
    assert found("zxx") == found("cxx") == ["曾小贤"]
    assert found("sx") == found("dx") == ["单雄"]
    assert found(number(103)) == ["王芳"]
    assert found(number(103).lower()) == ["王芳"]
    assert found("138 0000 0103") == ["王芳"]
    assert found("%") == found("_") == []


def test_telling_is_noted_once(desk: Desk) -> None:
    clerk = hire(desk.session, "chen", "clerk")
    desk.take(DEC, line("王芳", 101))
    common = {"actor": clerk, "person_id": desk.person(101), "now": desk.now, "words": ""}
    day = business_day(desk.now)
    first = note_told(desk.session, year=2026, way="phone", told_on=day, **common)  # type: ignore[arg-type]
    again = note_told(desk.session, year=2026, way="phone", told_on=day, **common)  # type: ignore[arg-type]
    assert first == again
    assert desk.count("person_contact") == 1
    with pytest.raises(NotFound, match="2025 年度没有参保"):
        note_told(desk.session, year=2025, way="phone", told_on=day, **common)  # type: ignore[arg-type]
    tomorrow = day + timedelta(days=1)
    with pytest.raises(Invalid, match="还没有到"):
        note_told(desk.session, year=2026, way="visit", told_on=tomorrow, **common)  # type: ignore[arg-type]


def test_a_task_changes_hands(desk: Desk) -> None:
    clerk = hire(desk.session, "chen", "clerk")
    desk.take(DEC, line("王芳", 101), line("李四", 102))
    desk.take(JAN, line("王芳", 101))
    task = one_task(desk, "gone")
    take_tasks(desk.session, actor=clerk, task_ids=[task], now=desk.now)
    owner = desk.session.execute(text("SELECT owner_id FROM person_task")).scalar_one()
    assert owner == uuid.UUID(clerk.id)
    with pytest.raises(Invalid, match="只有去世和迁出"):
        finish_task(desk.session, actor=clerk, task_id=task, note_text="漏报了", untrue=True, now=desk.now)


def test_a_long_file_is_read_by_a_worker_and_ends_staged_or_refused(desk: Desk) -> None:
    told: list[str] = []

    def receive(content: bytes) -> uuid.UUID:
        outcome = receiving.receive_file(
            desk.session,
            arriving=ArrivingFile(XB, DEC, "名册.csv", kind="auto"),
            actor=SYSTEM,
            content=content,
            storage=desk.storage,
            now=desk.now,
            read_at_once=10,
        )
        assert (outcome.state, outcome.import_id is not None) == ("reading", True)
        assert outcome.import_id is not None
        return outcome.import_id

    def read(import_id: uuid.UUID) -> operations.RosterOutcome:
        return receiving.read_received(
            desk.session,
            actor=SYSTEM,
            import_id=import_id,
            storage=desk.storage,
            now=desk.now,
            progress=lambda words, _done, _total: told.append(words),
        )

    good = receive(roster(line("王芳", 101)))
    jobs = desk.session.execute(text("SELECT job FROM outbox")).scalars().all()
    assert jobs == ["people.read_roster"]
    outcome = read(good)
    assert (outcome.state, figures(outcome)) == ("staged", (1, 0, 0, 0))
    assert told == ["正在读文件并比对"]
    assert read(good).state == "staged"
    bad = receive("没有表头,的文件\n一,二\n".encode())
    refused = read(bad)
    assert (refused.state, "没有找到表头" in refused.report["unread"]) == ("reading", True)
    empty = read(receive(b"\0" * 20))
    assert (empty.state, "文件是空的" in empty.report["refused"]) == ("discarded", True)


def test_a_staged_file_is_compared_again_as_another_kind(desk: Desk) -> None:
    desk.take(DEC, *[line("王芳", serial) for serial in range(100, 110)])
    staged = desk.stage(JAN, roster(line("李四", 130)))
    assert figures(staged) == (1, 0, 0, 10)
    assert staged.import_id is not None
    common = {"actor": SYSTEM, "import_id": staged.import_id, "storage": desk.storage, "now": desk.now}
    receiving.compare_again(desk.session, kind="additions", **common)  # type: ignore[arg-type]
    view, report, _listing = queries.roster_report(desk.session, staged.import_id)
    assert (view.kind, report["gone"], view.state) == ("additions", 0, "staged")
    assert desk.apply(staged).report["gone"] == 0


def test_names_are_masked_so_that_their_difference_shows() -> None:
    assert mask_names("周锡明", "周锡民") == ("周*明", "周*民")
    assert mask_names("王芳", "王小芳") == ("王*", "王**")
    assert mask_names("张三", "李三") == ("张*", "李*")
