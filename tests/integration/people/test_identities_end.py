"""Nantong: a list of deaths or moves ends an identity from its day, and a wrong one gives it back."""

from datetime import date, timedelta

from sqlalchemy import select, text

from insurer.people import operations, queries, receiving
from insurer.people.arriving import ArrivingFile
from insurer.people.covered import CoverAnswer, cover_answer
from insurer.people.rules import NANTONG
from insurer.people.tables import Person
from insurer.people.tasks import finish_task
from insurer.platform import jobs
from insurer.platform.audit import SYSTEM
from insurer.platform.outbox import OutboxRow
from tests.factories.roster_desk import DEC, FEB, JAN, MAR, XB, Desk, line, number
from tests.integration.people.test_supplements import hire


def take_list(desk: Desk, month: date, filename: str, *rows: str, scheme: str = NANTONG) -> None:
    desk.now += timedelta(hours=1)
    staged = receiving.receive_file(
        desk.session,
        arriving=ArrivingFile(scheme, month, filename, kind="auto"),
        actor=SYSTEM,
        content="\n".join(["姓名,身份证号码,死亡时间,户口迁出日期", *rows, ""]).encode(),
        storage=desk.storage,
        now=desk.now,
    )
    assert staged.state == "staged"
    desk.apply(operations.RosterOutcome(staged.import_id, "staged", {}, {}))


def intervals(desk: Desk, serial: int, until: date | None = None) -> list[tuple[str, str | None]]:
    person = desk.person(serial, NANTONG)
    found = queries.roster_documents(desk.session, scheme=NANTONG, person_ids=[person], until=until)
    return [(one["valid_from"], one["lost_decided_on"]) for one in found[person]["identities"]]


def answer(desk: Desk, serial: int, day: date) -> CoverAnswer:
    person = desk.session.get(Person, desk.person(serial, NANTONG))
    assert person is not None
    desk.session.refresh(person)
    return cover_answer(desk.session, person=person, day=day)


def listed(desk: Desk, *months: date) -> None:
    for month in months:
        desk.take(month, line("王芳", 101), line("李四", 102), scheme=NANTONG)


def test_a_death_ends_the_identity_although_the_roster_still_lists_the_person(desk: Desk) -> None:
    listed(desk, DEC, JAN)
    take_list(desk, JAN, "死亡名单.csv", f"王芳,{number(101)},2026-01-20,")
    listed(desk, FEB, MAR)
    assert intervals(desk, 101) == [("2019-05-01", "2026-01-20")]
    assert intervals(desk, 102) == [("2019-05-01", None)]
    assert answer(desk, 101, date(2026, 1, 20)).covered
    assert answer(desk, 101, date(2026, 1, 21)).because == "这一天以前已经去世"
    # what was known in December is still that
    assert intervals(desk, 101, until=DEC) == [("2019-05-01", None)]


def test_a_corrected_day_and_one_found_untrue_count_from_then_on(desk: Desk) -> None:
    clerk = hire(desk.session, "chen", "clerk")
    listed(desk, DEC, JAN)
    take_list(desk, JAN, "死亡名单.csv", f"王芳,{number(101)},2026-01-20,")
    take_list(desk, FEB, "死亡名单更正.csv", f"王芳,{number(101)},2026-01-25,")
    assert intervals(desk, 101) == [("2019-05-01", "2026-01-25")]
    task = desk.session.execute(text("SELECT id FROM person_task ORDER BY id DESC LIMIT 1")).scalar_one()
    finish_task(desk.session, actor=clerk, task_id=task, note_text="本人来过", untrue=True, now=desk.now)
    assert intervals(desk, 101) == [("2019-05-01", None)]
    assert answer(desk, 101, date(2026, 3, 1)).covered


def test_a_move_ends_the_identity_until_the_person_comes_back(desk: Desk) -> None:
    listed(desk, DEC, JAN)
    take_list(desk, JAN, "迁出名单.csv", f"李四,{number(102)},,2026-01-20")
    listed(desk, FEB)
    assert intervals(desk, 102) == [("2019-05-01", "2026-01-20")]
    # the loss counts from the next month
    assert answer(desk, 102, date(2026, 1, 31)).covered
    after = answer(desk, 102, FEB)
    assert (after.covered, after.because) == (False, "这一天以前已经迁出")
    assert after.grounds[0].file == "迁出名单.csv"
    desk.take(MAR, line("王芳", 101), line("李四", 102, start="2026-03", change="新增"), scheme=NANTONG)
    assert intervals(desk, 102) == [("2019-05-01", "2026-01-20"), ("2026-03-01", None)]
    assert answer(desk, 102, MAR).covered


def test_a_month_and_an_unknown_day_end_with_their_month(desk: Desk) -> None:
    listed(desk, DEC, JAN)
    take_list(desk, FEB, "死亡名单.csv", f"王芳,{number(101)},2026年1月,", f"李四,{number(102)},不详,")
    assert intervals(desk, 101) == [("2019-05-01", "2026-01-31")]
    assert intervals(desk, 102) == [("2019-05-01", "2026-02-28")]


def test_the_cases_of_these_people_are_looked_at_where_identities_end(desk: Desk) -> None:
    listed(desk, DEC)
    desk.take(DEC, line("王芳", 101), scheme=XB)
    row = f"王芳,{number(101)},2026-01-20,"
    take_list(desk, JAN, "死亡名单.csv", row, scheme=XB)
    jobs_of = select(OutboxRow.payload).where(
        OutboxRow.job == jobs.COVER_CHANGED, OutboxRow.payload.has_key("people")
    )
    assert desk.session.scalars(jobs_of).all() == []
    take_list(desk, JAN, "死亡名单.csv", row)
    (payload,) = desk.session.scalars(jobs_of)
    assert payload["people"] == [str(desk.person(101, NANTONG))]


def test_a_month_sent_anew_keeps_an_exit_that_its_first_file_showed(desk: Desk) -> None:
    desk.take(DEC, line("王芳", 101), line("李四", 102), scheme=NANTONG)
    desk.take(JAN, line("李四", 102), scheme=NANTONG)
    assert intervals(desk, 101) == [("2019-05-01", "2025-12-31")]
    desk.take(JAN, line("李四", 102, town="春江街道"), scheme=NANTONG)
    assert intervals(desk, 101) == [("2019-05-01", "2025-12-31")]
