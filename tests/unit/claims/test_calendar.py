from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from insurer.claims.calendar import working_calendar

CALENDAR = working_calendar()
DAYS = st.dates(date(2025, 1, 1), date(2026, 11, 30))


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


def test_a_year_that_is_not_published_is_known_as_such() -> None:
    assert CALENDAR.is_published(date(2026, 12, 31))
    assert not CALENDAR.is_published(date(2027, 1, 1))
