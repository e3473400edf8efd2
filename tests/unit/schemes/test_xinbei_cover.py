"""Who is covered on which day: clause 二(一) and its readings."""

from collections.abc import Callable
from typing import Any

import pytest

Decide = Callable[..., dict[str, Any]]
Build = Callable[..., dict[str, Any]]


def person(year: str = "2022", insutype: str = "390", **roster: Any) -> dict[str, Any]:
    return {"insutype": insutype, "roster": {year: roster}}


def settled(bill: Build, day: str, admitted: str | None = None) -> dict[str, Any]:
    return bill(setl_time=day, enddate=day, begndate=admitted or day)


@pytest.mark.parametrize(
    ("reading", "day", "covered"),
    [
        ("month", "2022-05-31", False),
        ("month", "2022-06-01", True),
        ("approval_date", "2022-06-16", False),
        ("approval_date", "2022-06-17", True),
        ("next_month", "2022-06-30", False),
        ("next_month", "2022-07-01", True),
        ("year", "2022-01-01", True),
    ],
)
def test_cover_of_a_person_approved_in_the_year_starts_as_the_reading_says(
    decide: Decide, bill: Build, reading: str, day: str, covered: bool
) -> None:
    found = decide(
        settled(bill, day), person=person(approved_on="2022-06-17"), readings={"cover_start": reading}
    )
    assert found["status"] == ("payable" if covered else "rejected")
    if not covered:
        assert found["reasons"] == [{"code": "not_insured", "clause": "XB-二(一)"}]


@pytest.mark.parametrize(
    ("reading", "day", "covered"),
    [
        ("year", "2022-12-31", True),
        ("month", "2022-04-30", True),
        ("month", "2022-05-01", False),
    ],
)
def test_cover_of_a_removed_person_ends_as_the_reading_says(
    decide: Decide, bill: Build, reading: str, day: str, covered: bool
) -> None:
    removed = person(on_previous_december=True, removed_on="2022-04-20")
    found = decide(settled(bill, day), person=removed, readings={"cover_end": reading})
    assert found["status"] == ("payable" if covered else "rejected")


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        ("2022-02-28", True),
        ("2022-03-01", False),
        ("2022-05-31", False),
        ("2022-06-01", True),
        ("2022-12-31", True),
    ],
)
def test_a_person_who_comes_back_is_covered_again_when_cover_ends_with_the_month(
    decide: Decide, bill: Build, day: str, covered: bool
) -> None:
    back = person(on_previous_december=True, removed_on="2022-02-10", approved_on="2022-06-17")
    found = decide(settled(bill, day), person=back, readings={"cover_end": "month"})
    assert found["status"] == ("payable" if covered else "rejected")


def test_an_approval_of_another_year_gives_no_cover(decide: Decide, bill: Build) -> None:
    for approved in ("2021-11-30", "2023-01-01"):
        found = decide(settled(bill, "2022-08-01"), person=person(approved_on=approved))
        assert found["status"] == "rejected"


def test_a_person_without_a_roster_entry_for_the_year_is_not_insured(decide: Decide, bill: Build) -> None:
    found = decide(settled(bill, "2023-01-05"), person=person(on_previous_december=True))
    assert found["status"] == "rejected"
    assert found["benefit"] == "0.00"


def test_the_day_of_a_bill_and_its_year_follow_the_reading(decide: Decide, bill: Build) -> None:
    stay = settled(bill, "2023-01-09", admitted="2022-12-20")
    listed = person(on_previous_december=True)
    assert decide(stay, person=listed)["status"] == "rejected"
    found = decide(stay, person=listed, readings={"bill_date": "admission"})
    assert found["status"] == "payable"
    assert (found["year"], found["bill_date"]) == ("2022", "2022-12-20")


def test_the_scheme_of_the_settlement_record_decides_before_that_of_the_person(
    decide: Decide, bill: Build
) -> None:
    listed = person(on_previous_december=True, insutype="310")
    assert decide(bill(), person=listed)["status"] == "rejected"
    assert decide(bill(insutype="390"), person=listed)["status"] == "payable"
    by_person = {"scheme_status_date": "person"}
    assert decide(bill(insutype="390"), person=listed, readings=by_person)["status"] == "rejected"
    listed = person(on_previous_december=True)
    assert decide(bill(insutype="310"), person=listed)["status"] == "rejected"


def test_the_checks_tell_why_a_person_is_covered(decide: Decide, bill: Build) -> None:
    checks = {check["rule"]: check["value"] for check in decide(bill())["checks"]}
    assert checks["covered_by_list"] is True
    assert checks["covered_by_approval"] is False
    assert checks["insured"] is True
