from datetime import date

import pytest

from insurer.worklists.clocks import due_of, soon_until

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("state", "due_on", "stopped", "expected"),
    [
        ("in_review", date(2026, 11, 18), None, ("overdue", 2)),
        ("in_review", FRIDAY, None, ("today", 0)),
        ("in_review", date(2026, 11, 21), None, ("tomorrow", 1)),
        ("in_review", date(2026, 11, 23), None, ("left", 1)),
        ("in_review", date(2026, 11, 25), None, ("left", 3)),
        ("waiting_papers", date(2026, 11, 18), date(2026, 11, 14), ("paused", 6)),
        ("waiting_papers", date(2026, 11, 18), None, ("overdue", 2)),
        ("paid", date(2026, 11, 18), None, ("none", 0)),
        ("closed", date(2026, 11, 18), None, ("none", 0)),
    ],
)
def test_a_clock_counts_working_days_stops_for_papers_and_ends_with_the_case(
    state: str, due_on: date, stopped: date | None, expected: tuple[str, int]
) -> None:
    due = due_of(state, due_on, date(2026, 12, 18), stopped, 0, FRIDAY)
    assert (due.state, due.days) == expected


def test_soon_means_three_working_days_over_a_weekend() -> None:
    assert soon_until(FRIDAY) == date(2026, 11, 25)
