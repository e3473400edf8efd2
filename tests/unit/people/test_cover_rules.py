"""Who is covered from which roster, and what the case document says of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.people.rules import EXITS, Standing, cover_spans, identity_list, roster_years

LOW = ("min_living_allowance",)
DEC, JAN, FEB, MAR = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def standing(month: date, **others: object) -> Standing:
    values: dict[str, object] = {
        "categories": LOW,
        "insutype": "390",
        "change": "",
        "approved_on": date(2019, 5, 1),
    }
    return Standing(month, **{**values, **others})  # type: ignore[arg-type]


def spans(
    one: Standing, *, newly: bool = False, before: Standing | None = None
) -> list[tuple[int, date, date, str]]:
    before = before or (None if newly else standing(one.month))
    return [
        (s.year, s.from_on, s.until_on, s.reason) for s in cover_spans(one, before=before, earlier_known=True)
    ]


def test_december_gives_the_whole_following_year() -> None:
    assert spans(standing(DEC)) == [(2026, date(2026, 1, 1), date(2026, 12, 31), "december_roster")]


@pytest.mark.parametrize("month", [JAN, FEB, date(2026, 11, 1)])
def test_being_listed_again_gives_nothing_new(month: date) -> None:
    assert spans(standing(month)) == []


def test_an_approval_in_the_year_counts_from_the_first_of_its_month() -> None:
    approved = standing(MAR, approved_on=date(2026, 2, 17))
    assert spans(approved, newly=True) == [(2026, FEB, date(2026, 12, 31), "approved_in_year")]
    assert spans(approved) == spans(approved, newly=True)


def test_a_first_listing_without_an_approval_in_the_year_counts_from_the_roster_month() -> None:
    assert spans(standing(MAR), newly=True) == [(2026, MAR, date(2026, 12, 31), "first_listed")]
    assert spans(standing(MAR, approved_on=None), newly=True)[0][3] == "first_listed"


def test_an_approval_of_last_year_that_is_first_listed_now_counts_for_both_years() -> None:
    late = standing(JAN, approved_on=date(2025, 11, 20))
    assert spans(late, newly=True) == [
        (2025, date(2025, 11, 1), date(2025, 12, 31), "approved_in_year"),
        (2026, JAN, date(2026, 12, 31), "first_listed"),
    ]
    assert spans(late) == []
    employed = standing(DEC, insutype="310", approved_on=date(2025, 11, 20))
    assert spans(late, before=employed) == [(2026, JAN, date(2026, 12, 31), "first_listed")]
    assert years(late) == {"2025": entry(False, date(2025, 11, 20), None), "2026": entry(False, JAN, None)}


def test_an_approval_in_december_covers_the_rest_of_the_year_and_the_next() -> None:
    found = spans(standing(DEC, approved_on=DEC))
    assert [(year, start) for year, start, _, _ in found] == [(2025, DEC), (2026, date(2026, 1, 1))]


@pytest.mark.parametrize("insutype", ["310", "none", "other"])
def test_who_is_not_in_the_resident_scheme_is_not_covered(insutype: str) -> None:
    assert spans(standing(DEC, insutype=insutype), newly=True) == []


def test_the_very_first_roster_proves_no_approval_by_a_listing() -> None:
    assert cover_spans(standing(MAR), before=None, earlier_known=False) == ()


def test_a_roster_without_insurance_column_does_not_hinder() -> None:
    assert spans(standing(DEC, insutype="")) != []


@pytest.mark.parametrize("categories", [("low_income_margin",), ("extremely_poor", "orphan"), ()])
def test_other_categories_are_not_covered(categories: tuple[str, ...]) -> None:
    assert spans(standing(DEC, categories=categories), newly=True) == []


def test_one_of_several_categories_is_enough() -> None:
    assert spans(standing(DEC, categories=("extremely_poor", *LOW))) != []


@pytest.mark.parametrize("change", sorted(EXITS))
def test_a_named_exit_gives_no_cover(change: str) -> None:
    assert spans(standing(DEC, change=change), newly=True) == []


@pytest.mark.parametrize("change", ["added", "changed", "restored", "suspended", "grace", ""])
def test_other_changes_leave_the_person_on_the_register(change: str) -> None:
    assert spans(standing(DEC, change=change)) != []


months = st.dates(date(2022, 1, 1), date(2027, 12, 31)).map(lambda day: day.replace(day=1))
standings = st.builds(
    Standing,
    months,
    st.sampled_from([LOW, ("low_income_margin",), ("extremely_poor", *LOW)]),
    st.sampled_from(["", "390", "310"]),
    st.sampled_from(["", "added", "stopped"]),
    st.none() | st.dates(date(2018, 1, 1), date(2027, 12, 31)),
)


@given(standings, st.none() | standings, st.booleans())
def test_cover_always_lies_inside_its_year_and_ends_on_its_last_day(
    one: Standing, before: Standing | None, known: bool
) -> None:
    for span in cover_spans(one, before=before, earlier_known=known):
        assert span.from_on.day == 1
        assert span.from_on.year == span.year
        assert span.until_on == date(span.year, 12, 31)
        assert span.year - one.month.year in (-1, 0, 1)


def years(*listed: Standing, exits: tuple[date, ...] = (), first: date = DEC) -> dict[str, dict[str, object]]:
    return roster_years(list(listed), list(exits), first_month=first)


def entry(december: bool, approved: date | None, removed: date | None) -> dict[str, object]:
    return {"on_previous_december": december, "approved_on": approved, "removed_on": removed}


def test_the_document_of_somebody_on_the_december_register() -> None:
    assert years(standing(DEC), standing(JAN))["2026"] == entry(True, None, None)


def test_the_document_of_somebody_approved_in_the_year() -> None:
    assert years(standing(MAR, approved_on=date(2026, 2, 17))) == {
        "2026": entry(False, date(2026, 2, 17), None)
    }


def test_an_earlier_approval_that_a_later_month_names_counts_as_cover_does() -> None:
    first, put_right = standing(FEB, approved_on=FEB), standing(MAR, approved_on=date(2026, 1, 20))
    assert years(first, put_right)["2026"] == entry(False, date(2026, 1, 20), None)
    assert years(put_right, standing(date(2026, 4, 1), approved_on=FEB)) == years(put_right)


def test_the_document_of_somebody_first_listed_later_names_that_month() -> None:
    assert years(standing(MAR)) == {"2026": entry(False, MAR, None)}
    assert years(standing(DEC))["2025"] == entry(False, None, None)


def test_the_document_of_somebody_who_left_and_of_one_who_came_back() -> None:
    assert years(standing(DEC), exits=(FEB,))["2026"] == entry(True, None, date(2026, 1, 31))
    assert years(standing(DEC), standing(FEB, change="stopped"))["2026"] == entry(True, None, FEB)
    back = years(standing(DEC), standing(MAR), exits=(FEB,))["2026"]
    assert back["removed_on"] is None


@given(st.lists(standings, max_size=8, unique_by=lambda one: one.month))
def test_every_cover_has_an_entry_in_the_document_that_supports_it(listed: list[Standing]) -> None:
    listed = sorted(listed, key=lambda one: one.month)
    first = date(2021, 12, 1)
    document = roster_years(listed, [], first_month=first)
    before: Standing | None = None
    for one in listed:
        for span in cover_spans(one, before=before, earlier_known=True):
            known = document[str(span.year)]
            if span.reason == "december_roster":
                assert known["on_previous_december"] is True
            elif span.reason == "approved_in_year":
                assert known["approved_on"] is not None
        before = one


def test_identities_begin_with_the_bureaus_start_and_end_before_the_month_that_misses_them() -> None:
    both = standing(DEC, categories=("extremely_poor", *LOW), approved_on=date(2025, 6, 1))
    less = standing(FEB, categories=LOW, approved_on=date(2025, 6, 1))
    assert identity_list([both, less], [MAR]) == [
        {"category": "extremely_poor", "valid_from": date(2025, 6, 1), "lost_decided_on": date(2026, 1, 31)},
        {"category": LOW[0], "valid_from": date(2025, 6, 1), "lost_decided_on": date(2026, 2, 28)},
    ]


def test_an_identity_named_as_ended_is_lost_in_that_month() -> None:
    assert identity_list([standing(DEC), standing(FEB, change="died")], [])[0]["lost_decided_on"] == FEB


def low(month: date, **others: object) -> Standing:
    return standing(month, **{"approved_on": date(2025, 6, 1), **others})


def held(*listed: Standing, exits: tuple[date, ...] = (), **days: date) -> list[tuple[object, object]]:
    found = identity_list(list(listed), list(exits), **days)
    return [(one["valid_from"], one["lost_decided_on"]) for one in found]


START = date(2025, 6, 1)


def test_a_death_ends_an_identity_on_its_day_however_long_the_roster_lists_the_person() -> None:
    listed = [low(DEC), low(JAN), low(FEB), low(MAR)]
    assert held(*listed, died_on=date(2026, 1, 20)) == [(START, date(2026, 1, 20))]
    assert held(*listed) == [(START, None)]
    # lost before he died, and named as dead by the roster afterwards
    assert held(low(DEC), exits=(JAN,), died_on=date(2026, 2, 3)) == [(START, date(2025, 12, 31))]
    assert held(low(DEC), low(FEB, change="died"), died_on=date(2026, 1, 9)) == [(START, date(2026, 1, 9))]


def test_nothing_begins_after_a_death_and_what_is_listed_late_ends_with_it() -> None:
    late = low(MAR, approved_on=date(2026, 2, 1))
    assert held(late, died_on=date(2026, 1, 20)) == []
    assert held(low(MAR), low(date(2026, 4, 1)), died_on=date(2026, 1, 20)) == [(START, date(2026, 1, 20))]
    assert held(low(FEB, approved_on=date(2026, 2, 20)), died_on=date(2026, 2, 3)) == []


def test_a_move_ends_an_identity_until_the_person_is_approved_or_listed_anew() -> None:
    moved = date(2026, 1, 20)
    assert held(low(DEC), low(JAN), low(FEB), moved_on=moved) == [(START, moved)]
    back = low(MAR, approved_on=date(2026, 3, 5))
    assert held(low(JAN), low(FEB), back, moved_on=moved) == [(START, moved), (date(2026, 3, 5), None)]
    again = held(low(JAN), low(MAR, approved_on=None), exits=(FEB,), moved_on=moved)
    assert again == [(START, moved), (MAR, None)]
    restored = held(low(JAN), low(FEB, change="restored", approved_on=None), moved_on=moved)
    assert restored == [(START, moved), (FEB, None)]
    assert held(low(FEB), moved_on=date(2020, 1, 1)) == [(START, None)]


def test_a_move_and_a_death_both_count() -> None:
    days = {"moved_on": date(2026, 1, 20), "died_on": date(2026, 2, 3)}
    assert held(low(JAN), low(FEB), low(MAR), **days) == [(START, date(2026, 1, 20))]


@given(st.lists(standings, max_size=8, unique_by=lambda one: one.month), st.none() | st.dates(), st.dates())
def test_no_identity_outlives_a_person(listed: list[Standing], moved: date | None, died: date) -> None:
    for one in identity_list(listed, [], died_on=died, moved_on=moved):
        lost = one["lost_decided_on"]
        assert isinstance(lost, date) and lost <= died
        assert isinstance(one["valid_from"], date) and one["valid_from"] <= lost
