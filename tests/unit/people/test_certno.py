"""Person numbers: repairs are undone and named, and nothing is guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.people.reading.certno import birth_date, check_character, read_certno, upgraded

LATEST = date(2025, 12, 31)


def number(district: str = "320411", born: str = "19650307", serial: str = "123") -> str:
    first = district + born + serial
    return first + check_character(first)


def number_ending_in_x() -> str:
    return next(n for i in range(1000) if (n := number(serial=f"{i:03d}")).endswith("X"))


births = st.dates(date(1900, 1, 1), LATEST).map(lambda day: day.strftime("%Y%m%d"))
numbers = st.builds(
    number,
    st.sampled_from(["320411", "320402", "320421", "340822", "110101"]),
    births,
    st.integers(0, 999).map(lambda n: f"{n:03d}"),
)


@given(numbers)
def test_a_good_number_passes_unchanged(value: str) -> None:
    read = read_certno(value, LATEST)
    assert (read.value, read.code, read.repairs, read.warning) == (value, None, (), "")


FULL = str.maketrans("0123456789", "０１２３４５６７８９")
DIRT = {
    "full_width": lambda n: n[:17].translate(FULL) + n[17:],
    "spaces": lambda n: f" {n[:6]}\u00a0{n[6:14]}\u3000{n[14:]}\t\n",
    "hyphens": lambda n: f"{n[:6]}-{n[6:14]}—{n[14:]}",
    "apostrophe": lambda n: "'" + n,
}


@given(numbers, st.sets(st.sampled_from(sorted(DIRT)), min_size=1))
def test_any_mixture_of_dirt_is_undone_and_each_rule_is_named(value: str, rules: set[str]) -> None:
    dirty = value
    for rule in ("full_width", "hyphens", "apostrophe", "spaces"):
        if rule in rules:
            dirty = DIRT[rule](dirty)
    read = read_certno(dirty, LATEST)
    assert read.code is None
    assert read.value == value
    assert set(read.repairs) == rules


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(value: str, place: int, step: int) -> None:
    wrong = value[:place] + str((int(value[place]) + step) % 10) + value[place + 1 :]
    assert read_certno(wrong, LATEST).code in ("certno_checksum", "certno_date")


@given(st.text(max_size=25))
def test_any_text_gives_a_verdict_and_only_full_numbers_pass(text: str) -> None:
    read = read_certno(text, LATEST)
    if read.code is None:
        assert len(read.value) == 18
        assert birth_date(read.value) is not None
        assert check_character(read.value[:17]) == read.value[17]


@pytest.mark.parametrize("mark", list("xХхⅩⅹ×*＊ｘＸΧ"))
def test_a_look_alike_of_the_check_letter_becomes_x(mark: str) -> None:
    good = number_ending_in_x()
    read = read_certno(good[:17] + mark, LATEST)
    assert (read.value, read.code, read.repairs) == (good, None, ("check_letter",))


def test_a_look_alike_where_a_digit_belongs_is_refused_by_the_checksum() -> None:
    good = next(n for i in range(1000) if not (n := number(serial=f"{i:03d}")).endswith("X"))
    assert read_certno(good[:17] + "*", LATEST).code == "certno_checksum"


@pytest.mark.parametrize(
    ("cell", "code", "detail"),
    [
        ("", "certno_missing", ""),
        ("  \u3000", "certno_missing", ""),
        ("无", "certno_missing", ""),
        ("--", "certno_missing", ""),
        ("/", "certno_missing", ""),
        (None, "certno_missing", ""),
        (3.20411196503071e17, "certno_numeric_cell", ""),
        (320411196503071234, "certno_numeric_cell", ""),
        (0.0, "certno_numeric_cell", ""),
        (date(2020, 1, 1), "certno_numeric_cell", ""),
        ("3.20411196503071E+17", "certno_malformed", "scientific"),
        ("3.20411E+17", "certno_malformed", "scientific"),
        ("32041119650307123", "certno_malformed", "length"),
        ("3204111965030712345", "certno_malformed", "length"),
        ("320411650307123", "certno_malformed", "fifteen"),
        ("3204111965030712O4", "certno_malformed", "letters"),
        (number() + "/" + number(serial="456"), "certno_malformed", "several"),
        (number() + "44", "certno_malformed", "disability_card"),
    ],
)
def test_what_is_no_person_number_is_refused(cell: object, code: str, detail: str) -> None:
    read = read_certno(cell, LATEST)
    assert (read.code, read.detail) == (code, detail)


def test_a_numeric_cell_is_refused_even_when_its_digits_would_validate() -> None:
    value = int(next(n for i in range(1000) if (n := number(serial=f"{i:03d}"))[17] != "X"))
    assert read_certno(str(value), LATEST).code is None
    assert read_certno(value, LATEST).code == "certno_numeric_cell"


@pytest.mark.parametrize("born", ["19990230", "20250431", "19981323", "00000000", "18190101"])
def test_a_birth_date_that_cannot_be_is_refused(born: str) -> None:
    assert read_certno(number(born=born), LATEST).code == "certno_date"


def test_nobody_is_born_after_the_roster_month() -> None:
    assert read_certno(number(born="20251231"), LATEST).code is None
    assert read_certno(number(born="20260101"), LATEST).code == "certno_date"


def test_an_abolished_or_unheard_district_never_refuses() -> None:
    assert read_certno(number(district="320421", born="19400101"), LATEST).warning == ""
    unheard = read_certno(number(district="990421"), LATEST)
    assert (unheard.code, unheard.warning) == (None, "district")


def test_a_fifteen_digit_number_is_accepted_only_for_a_known_person() -> None:
    old = "320411650307123"
    long = upgraded(old)
    assert long[:17] == "32041119650307123"
    assert read_certno(old, LATEST, {}).code == "certno_malformed"
    read = read_certno(old, LATEST, {long: "王芳"})
    assert (read.value, read.code, read.repairs) == (long, None, ("fifteen_digits",))
