"""Every operation of the vocabulary, and the units that it refuses."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.schemes.operations import NEVER, OPERATIONS, RuleConflict, calendar, pick, prorata, share

FEN = st.integers(-(10**13), 10**13)


def run(name: str, *values: object) -> object:
    return OPERATIONS[name].scalar(*values)


def nearest_away_from_zero(exact: Fraction) -> int:
    whole, rest = divmod(abs(exact), 1)
    found = int(whole) + (1 if rest >= Fraction(1, 2) else 0)
    return found if exact >= 0 else -found


@pytest.mark.parametrize(
    ("name", "values", "result"),
    [
        ("add", (1, 2, 3), 6),
        ("sub", (10, 2, 3), 5),
        ("sub", (10,), 10),
        ("total", ([5, 6],), 11),
        ("total", ([],), 0),
        ("min", (3, 2), 2),
        ("min", (7,), 7),
        ("max", (0, -5), 0),
        ("gap", (3, 10), 7),
        ("at_least", (5, 5), True),
        ("more_than", (5, 5), False),
        ("same", ("a", "a"), True),
        ("all_of", (True, False), False),
        ("any_of", (False, True), True),
        ("negate", (True,), False),
    ],
)
def test_an_operation_does_what_its_name_says(name: str, values: tuple[object, ...], result: object) -> None:
    assert run(name, *values) == result


@given(FEN, st.integers(0, 10**4), st.integers(1, 10**4))
def test_share_rounds_half_away_from_zero(fen: int, numerator: int, denominator: int) -> None:
    exact = Fraction(fen * numerator, denominator)
    assert share(fen, (numerator, denominator)) == nearest_away_from_zero(exact)
    assert share(-fen, (numerator, denominator)) == -share(fen, (numerator, denominator))


def test_share_of_half_a_fen_rounds_up() -> None:
    assert share(441871, (1, 2)) == 220936
    assert share(5, (1, 2)) == 3
    assert share(-5, (1, 2)) == -3


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_part_in_proportion_is_never_above_its_weight(weight: int, other: int, paid: int) -> None:
    whole = weight + other
    paid = min(paid, whole)
    assert 0 <= prorata(paid, weight, whole) <= weight


def test_a_part_of_nothing_is_nothing() -> None:
    assert prorata(100, 0, 0) == 0


def test_pick_takes_the_base_when_no_exception_applies() -> None:
    assert pick(1, False, 2, False, 3) == 1


def test_pick_takes_the_exception_that_applies() -> None:
    assert pick(1, False, 2, True, 3) == 3


def test_exceptions_that_agree_are_no_conflict() -> None:
    assert pick(1, True, 3, True, 3) == 3


def test_exceptions_that_disagree_are_a_conflict() -> None:
    with pytest.raises(RuleConflict):
        pick(1, True, 2, True, 3)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("first_of_month", date(2024, 2, 1)),
        ("last_of_month", date(2024, 2, 29)),
        ("first_of_next_month", date(2024, 3, 1)),
        ("first_of_year", date(2024, 1, 1)),
        ("last_of_year", date(2024, 12, 31)),
    ],
)
def test_the_calendar_finds_named_days(which: str, expected: date) -> None:
    assert calendar(date(2024, 2, 29).toordinal(), which) == expected.toordinal()
    assert calendar(NEVER, which) == NEVER


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("add", ("fen", "day")),
        ("add", ()),
        ("share", ("fen", "fen")),
        ("share", ("rate", "rate")),
        ("prorata", ("fen", "rate", "fen")),
        ("min", ("fen", "day")),
        ("same", ("code", "fen")),
        ("more_than", ("bool", "bool")),
        ("all_of", ("fen",)),
        ("negate", ("fen",)),
        ("total", ("fen",)),
        ("pick", ("fen", "fen", "fen")),
        ("pick", ("fen", "bool", "day")),
        ("pick", ("fen",)),
        ("calendar", ("fen", "code")),
    ],
)
def test_wrong_units_are_refused(name: str, units: tuple[str, ...]) -> None:
    with pytest.raises(TypeError):
        OPERATIONS[name].check(units)  # type: ignore[arg-type]
