from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.claims.archive import file_number, retain_until
from insurer.claims.authority import WEIGHTY_WORDS, authority_on, weighty

TODAY = authority_on(date(2026, 11, 18))


@pytest.mark.parametrize(
    ("fen", "supervisor", "two"),
    [
        (2_999_999, False, False),
        (3_000_000, True, False),
        (9_999_999, True, False),
        (10_000_000, True, True),
    ],
)
def test_the_tiers_begin_at_their_fen(fen: int, supervisor: bool, two: bool) -> None:
    assert (TODAY.needs_supervisor(fen), TODAY.needs_two(fen)) == (supervisor, two)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_higher_amount_never_needs_less(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert TODAY.needs_supervisor(low) <= TODAY.needs_supervisor(high)
    assert TODAY.needs_two(low) <= TODAY.needs_two(high)
    assert TODAY.needs_two(low) <= TODAY.needs_supervisor(low)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (date(2026, 12, 31), ""),
        (date(2027, 3, 31), ""),
        (date(2027, 4, 1), "late"),
        (date(2027, 6, 30), "late"),
        (date(2027, 7, 1), "settled"),
    ],
)
def test_a_request_is_late_by_the_year_of_its_cover(received: date, expected: str) -> None:
    assert TODAY.lateness(2026, received) == expected


def test_what_weighs_is_named_in_the_order_of_the_words() -> None:
    found = weighty(outcome="refuse", findings=2, accident=True, heir=True, late="late", reviewed=True)
    assert found == ["refusal", "finding", "accident", "heir", "late", "review"]
    assert set(found) <= set(WEIGHTY_WORDS)
    assert weighty(outcome="part", findings=0, accident=False, heir=False, late="") == []


def test_a_paid_case_is_kept_thirty_years_and_any_other_ten() -> None:
    assert retain_until(date(2026, 3, 20), paid=True) == date(2056, 12, 31)
    assert retain_until(date(2026, 3, 20), paid=False) == date(2036, 12, 31)
    assert file_number("XB", 2026, 12) == "XB-A2026-000012"
