"""The statutory clocks of a case on the calendar in force."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from insurer.claims.calendar import CalendarEnds
from insurer.claims.lifecycle import State
from insurer.claims.operations.calendar_years import TypedYear, decide_year, propose_year
from insurer.claims.operations.papers import PaperFile, add_papers, papers_arrived, request_papers, stop_clock
from insurer.claims.tables import Claim, PaperRequest
from insurer.claims.tracks.tables import CalendarEntry
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.errors import Conflict, Invalid, NotAllowed
from insurer.platform.audit import Actor, AuditEntry
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import NOW, ZHANG, decide, hire, put_on_roster, raw_record, take_in
from tests.factories.paper_files import pdf

DAY = timedelta(days=1)
YEAR_2027 = TypedYear(
    2027,
    "2027-01-01 至 2027-01-03\n2027-02-05 至 2027-02-11\n2027-04-05，2027-05-01 至 2027-05-05",
    "2027-01-30、2027-02-20",
    "国务院办公厅关于 2027 年部分节假日安排的通知",
)


@pytest.fixture
def clerk(session: UnitSession, storage: Storage) -> Actor:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    return hire(session, "clerk", "clerk")


@pytest.fixture
def case(session: UnitSession, clerk: Actor) -> Claim:
    return session.get_one(Claim, take_in(session, clerk, raw_record("s1")).new[0])


def ask(session: UnitSession, clerk: Actor, case: Claim, now: datetime, **more: Any) -> UUID:
    kinds = more.pop("kinds", ["identity"])
    return request_papers(session, actor=clerk, claim_id=case.id, kinds=kinds, now=now, **more)


def answer(session: UnitSession, storage: Storage, clerk: Actor, case: Claim, now: datetime) -> None:
    file = PaperFile("identity", "身份证.pdf", pdf(mark=now.isoformat()))
    add_papers(session, actor=clerk, storage=storage, claim_id=case.id, files=[file], now=now)
    papers_arrived(session, actor=clerk, claim_id=case.id, now=now)


def test_the_clock_stands_still_from_delivery_to_supplement(
    session: UnitSession, storage: Storage, clerk: Actor, case: Claim
) -> None:
    assert (case.due_on, case.legal_due_on, case.certain_due_on) == (
        date(2026, 4, 3),
        date(2026, 4, 20),
        date(2026, 5, 19),
    )
    ask(session, clerk, case, NOW)
    assert case.clock_stopped_on is None  # printed stops nothing
    stop_clock(session, claim_id=case.id, delivered_on=date(2026, 3, 24))
    assert case.clock_stopped_on == date(2026, 3, 24)
    answer(session, storage, clerk, case, NOW + 9 * DAY)
    assert (case.state, case.clock_stopped_on, case.stopped_days) == (State.IN_REVIEW, None, 5)
    # ten working days without the three from 25 to 27 March; thirty days and five
    assert (case.due_on, case.legal_due_on) == (date(2026, 4, 9), date(2026, 4, 24))


def test_a_notice_that_never_arrived_stops_no_clock(
    session: UnitSession, storage: Storage, clerk: Actor, case: Claim
) -> None:
    ask(session, clerk, case, NOW)
    answer(session, storage, clerk, case, NOW + 9 * DAY)
    assert (case.stopped_days, case.legal_due_on) == (0, date(2026, 4, 20))


def test_a_second_notice_says_why_and_stops_the_clock_for_a_new_fact_only(
    session: UnitSession, storage: Storage, clerk: Actor, case: Claim
) -> None:
    ask(session, clerk, case, NOW)
    stop_clock(session, claim_id=case.id, delivered_on=date(2026, 3, 20))
    answer(session, storage, clerk, case, NOW + 2 * DAY)
    later = NOW + 5 * DAY
    with pytest.raises(Invalid, match="一次告知"):
        ask(session, clerk, case, later)
    ask(session, clerk, case, later, reason="上次漏写了银行卡", kinds=["bank_card"])
    stop_clock(session, claim_id=case.id, delivered_on=date(2026, 3, 26))
    assert case.clock_stopped_on is None
    answer(session, storage, clerk, case, NOW + 10 * DAY)
    assert (case.stopped_days, case.legal_due_on) == (2, date(2026, 4, 21))
    newest = NOW + 11 * DAY
    ask(
        session, clerk, case, newest, reason="交警文书说有第三方", kinds=["accident_statement"], new_fact=True
    )
    stop_clock(session, claim_id=case.id, delivered_on=date(2026, 3, 31))
    assert case.clock_stopped_on == date(2026, 3, 31)
    kept = session.execute(select(PaperRequest.reason, PaperRequest.stops_clock).order_by(PaperRequest.id))
    assert [tuple(row) for row in kept] == [
        ("", True),
        ("上次漏写了银行卡", False),
        ("交警文书说有第三方", True),
    ]


def test_the_agreement_begins_the_ten_days_to_pay(session: UnitSession, clerk: Actor, case: Claim) -> None:
    decide(session, hire(session, "first", "clerk"), hire(session, "second", "reviewer"), case.id)
    assert (case.term, case.due_on, case.legal_due_on) == ("pay", date(2026, 3, 27), date(2026, 3, 30))


def test_a_case_that_cannot_be_dated_is_not_taken_in(session: UnitSession, clerk: Actor) -> None:
    beyond = datetime(2027, 12, 20, 2, 0, tzinfo=UTC)
    with pytest.raises(CalendarEnds, match="工作日历"):
        take_in(session, clerk, raw_record("s1"), now=beyond)
    assert session.scalar(select(func.count()).select_from(Claim)) == 0


class Office:
    def __init__(self, session: UnitSession) -> None:
        self.session = session
        self.chief = hire(session, "chief", "supervisor")
        self.officer = hire(session, "officer", "officer")

    def propose(self, typed: TypedYear = YEAR_2027) -> UUID:
        return propose_year(self.session, actor=self.chief, typed=typed, now=NOW)

    def decide(self, entry_id: UUID, agree: bool = True, reason: str = "", who: Actor | None = None) -> int:
        return decide_year(
            self.session, actor=who or self.officer, entry_id=entry_id, agree=agree, reason=reason, now=NOW
        )


@pytest.fixture
def office(session: UnitSession) -> Office:
    return Office(session)


def test_a_year_counts_only_after_a_second_person_agreed(session: UnitSession, office: Office) -> None:
    entry_id = office.propose()
    assert calendar_in_force(session).final_until == date(2026, 12, 31)
    with pytest.raises(NotAllowed, match="您提出的"):
        office.decide(entry_id, who=office.chief)
    with pytest.raises(Conflict, match="已经有人提出"):
        office.propose()
    office.decide(entry_id)
    calendar = calendar_in_force(session)
    assert calendar.final_until == date(2027, 12, 31)
    assert calendar.is_working(date(2027, 1, 30)) and not calendar.is_working(date(2027, 2, 10))
    with pytest.raises(Conflict, match="已经有人办过"):
        office.decide(entry_id)


def test_an_approved_year_counts_open_cases_anew_and_says_so(
    session: UnitSession, clerk: Actor, office: Office
) -> None:
    received = datetime(2027, 1, 20, 2, 0, tzinfo=UTC)
    claim_id = take_in(session, clerk, raw_record("s1"), now=received).new[0]
    claim = session.get_one(Claim, claim_id)
    assert claim.due_on == date(2027, 2, 3)
    assert office.decide(office.propose()) == 1
    # the swapped Saturday of 30 January is one more working day
    assert claim.due_on == date(2027, 2, 2)
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.tag == "claim:term:recounted")).one()
    assert (entry.claim_id, entry.data["before"], entry.data["after"]) == (
        claim_id,
        "2027-02-03",
        "2027-02-02",
    )


def test_a_corrected_year_supersedes_the_one_before(session: UnitSession, office: Office) -> None:
    office.decide(office.propose())
    office.decide(office.propose(TypedYear(2027, "2027-01-01", "", "更正")))
    assert calendar_in_force(session).is_working(date(2027, 2, 10))
    states = session.scalars(select(CalendarEntry.status).order_by(CalendarEntry.id)).all()
    assert states == ["superseded", "in_force"]


def test_a_refused_year_needs_a_reason_and_changes_nothing(session: UnitSession, office: Office) -> None:
    entry_id = office.propose()
    with pytest.raises(Invalid, match="哪里不对"):
        office.decide(entry_id, agree=False)
    office.decide(entry_id, agree=False, reason="少了中秋")
    assert calendar_in_force(session).final_until == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (TypedYear(2027, "2027-02-05", "", "文"), "holidays"),
        (TypedYear(2027, "2027-01-01\n2028-01-01", "", "文"), "holidays"),
        (TypedYear(2027, "2027-01-01\n正月初一", "", "文"), "holidays"),
        (TypedYear(2027, "2027-01-01 至 2027-12-31", "", "文"), "holidays"),
        (TypedYear(2027, "2027-01-01", "2027-02-01", "文"), "working_weekends"),
        (TypedYear(2027, "2027-01-01\n2027-01-02", "2027-01-02", "文"), "working_weekends"),
        (TypedYear(2027, "2027-01-01", "", " "), "source"),
    ],
)
def test_days_that_cannot_be_are_named(office: Office, typed: TypedYear, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        office.propose(typed)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_year_beyond_a_gap_is_refused(office: Office) -> None:
    with pytest.raises(Conflict):
        office.propose(TypedYear(2030, "2030-01-01", "", "文"))
