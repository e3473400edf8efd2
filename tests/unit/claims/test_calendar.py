from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.claims.calendar import (
    Calendar,
    CalendarEnds,
    CalendarYear,
    decide_terms,
    notify_terms,
    packaged_calendar,
    pay_terms,
)
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict

CALENDAR = packaged_calendar()
DAYS = st.dates(date(2025, 1, 1), date(2027, 9, 30))


def test_a_swapped_saturday_is_a_working_day_and_a_holiday_is_not() -> None:
    assert CALENDAR.is_working(date(2026, 2, 14))
    assert not CALENDAR.is_working(date(2026, 2, 17))
    assert not CALENDAR.is_working(date(2026, 2, 21))
    assert CALENDAR.is_working(date(2026, 2, 24))


def test_thirty_days_that_end_on_a_holiday_move_to_the_next_working_day() -> None:
    assert CALENDAR.add_days(date(2026, 1, 16), 30) == date(2026, 2, 24)
    assert CALENDAR.add_days(date(2026, 3, 2), 30) == date(2026, 4, 1)


def test_ten_working_days_skip_the_spring_festival() -> None:
    assert CALENDAR.add_working_days(date(2026, 2, 13), 10) == date(2026, 3, 5)


@given(DAYS, st.integers(1, 30))
def test_counting_forward_and_back_agree(day: date, count: int) -> None:
    due = CALENDAR.add_working_days(day, count)
    assert CALENDAR.is_working(due)
    assert CALENDAR.working_days_between(day, due) == count


def test_a_term_over_the_turn_of_the_year_is_counted_on_both_years() -> None:
    terms = decide_terms(CALENDAR, date(2026, 12, 25))
    # 1 January is a holiday; the 30th day, 24 January, is a Sunday
    assert terms.due_on == date(2027, 1, 11)
    assert terms.legal_due_on == date(2027, 1, 25)
    assert terms.certain_due_on == date(2027, 2, 23)


def test_a_leap_day_is_a_day_like_any_other() -> None:
    leap = Calendar(tuple(CalendarYear(year, frozenset(), frozenset()) for year in (2028, 2029)))
    assert leap.add_days(date(2028, 2, 28), 1) == date(2028, 2, 29)
    assert leap.add_days(date(2028, 1, 30), 30) == date(2028, 2, 29)
    assert leap.working_days_between(date(2028, 2, 28), date(2028, 3, 1)) == 2


def test_a_request_late_in_the_evening_counts_from_its_day_in_shanghai() -> None:
    evening = datetime(2026, 11, 18, 15, 59, 59, tzinfo=UTC)
    assert decide_terms(CALENDAR, business_day(evening)).legal_due_on == date(2026, 12, 18)
    midnight = evening + timedelta(seconds=1)
    assert decide_terms(CALENDAR, business_day(midnight)).legal_due_on == date(2026, 12, 21)


@given(DAYS, st.integers(0, 40), st.integers(0, 40))
def test_a_pause_moves_the_legal_date_by_its_days_and_the_own_date_by_its_working_days(
    received: date, after: int, length: int
) -> None:
    begun = received + timedelta(days=after)
    ended = begun + timedelta(days=length)
    plain, paused = decide_terms(CALENDAR, received), decide_terms(CALENDAR, received, [(begun, ended)])
    assert paused.legal_due_on == CALENDAR.add_days(received, 30 + length)
    assert paused.due_on >= plain.due_on
    counted = sum(
        CALENDAR.is_working(day) and not begun < day <= ended
        for day in (received + timedelta(days=one) for one in range(1, (paused.due_on - received).days + 1))
    )
    assert counted == 10


def test_a_pause_after_the_own_date_moves_it_no_more() -> None:
    received = date(2026, 11, 2)
    assert decide_terms(CALENDAR, received, [(date(2026, 11, 20), date(2026, 11, 30))]).due_on == date(
        2026, 11, 16
    )


def test_payment_and_refusal_have_terms_of_their_own() -> None:
    pay = pay_terms(CALENDAR, date(2026, 11, 18))
    assert (pay.due_on, pay.legal_due_on) == (date(2026, 11, 25), date(2026, 11, 30))
    assert notify_terms(CALENDAR, date(2026, 11, 18)).due_on == date(2026, 11, 23)  # the 21st is a Saturday


@given(DAYS)
def test_the_own_target_never_lies_behind_the_law(day: date) -> None:
    pay = pay_terms(CALENDAR, day)
    assert pay.due_on <= pay.legal_due_on


def test_a_year_that_is_not_announced_is_provisional_and_known_as_such() -> None:
    assert CALENDAR.is_published(date(2026, 12, 31))
    assert not CALENDAR.is_published(date(2027, 1, 1))
    assert (CALENDAR.final_until, CALENDAR.until) == (date(2026, 12, 31), date(2027, 12, 31))
    assert not CALENDAR.is_working(date(2027, 1, 1))


def test_the_next_year_is_asked_for_sixty_days_ahead() -> None:
    assert not CALENDAR.ends_soon(date(2026, 11, 1))
    assert CALENDAR.ends_soon(date(2026, 11, 2))


@pytest.mark.parametrize("day", [date(2028, 1, 1), date(2024, 12, 31)])
def test_beyond_its_end_the_calendar_gives_no_answer_but_says_until_when_it_reaches(day: date) -> None:
    with pytest.raises(CalendarEnds, match="2025年1月1日到2027年12月31日"):
        CALENDAR.is_working(day)


@given(st.dates(date(2027, 12, 18), date(2027, 12, 31)))
def test_a_term_that_ends_beyond_the_calendar_is_refused_loudly(received: date) -> None:
    with pytest.raises(CalendarEnds):
        decide_terms(CALENDAR, received)


def test_a_year_is_added_at_the_end_or_replaced_never_beyond_a_gap() -> None:
    later = CALENDAR.with_year(CalendarYear(2028, frozenset({date(2028, 1, 1)}), frozenset()))
    assert later.until == date(2028, 12, 31)
    firm = CALENDAR.with_year(CalendarYear(2027, frozenset(), frozenset({date(2027, 1, 2)})))
    assert firm.final_until == date(2027, 12, 31)
    assert firm.is_working(date(2027, 1, 2))
    with pytest.raises(Conflict):
        CALENDAR.with_year(CalendarYear(2029, frozenset(), frozenset()))
