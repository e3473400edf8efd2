from collections import Counter
from datetime import date

from insurer.samples.numbers import check_digit, valid_certno
from insurer.samples.people import (
    MARGIN,
    REJECTED,
    REPAIRED,
    make_population,
)


def test_every_person_number_has_a_birth_date_and_the_right_check_digit() -> None:
    population = make_population()
    everybody = (*population.persons, *population.strangers)
    assert all(valid_certno(person.certno) for person in everybody)
    assert all(person.certno[6:14] == f"{person.brdy:%Y%m%d}" for person in everybody)
    assert all((int(person.certno[16]) % 2 == 1) == person.male for person in everybody)
    assert len({person.certno for person in everybody}) == len(everybody)


def test_check_digit_agrees_with_the_example_of_the_national_standard() -> None:
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"
    assert not valid_certno("110105194912310021")
    assert not valid_certno("11010519490231002X")


def test_the_population_has_families_children_old_people_and_rare_names() -> None:
    population = make_population()
    ages = [population.year - person.brdy.year for person in population.persons]
    names = [person.psn_name for person in population.persons]
    assert sum(person.listed != "january" for person in population.persons) >= 320
    assert sum(age < 16 for age in ages) > 30
    assert sum(age >= 70 for age in ages) > 30
    assert Counter(len(h.members) > 1 for h in population.households)[True] > 40
    assert any("𠮷" in name for name in names)
    assert any("䶮" in name for name in names)
    assert any("·" in name for name in names)


def test_the_population_has_employees_margin_people_newcomers_and_people_gone() -> None:
    population = make_population()
    listed = Counter(person.listed for person in population.persons)
    assert listed["january"] >= 20
    assert listed["december"] >= 3
    assert len(population.on_employee_scheme()) >= 2
    assert len(population.on_the_margin()) >= 3
    assert all(person.start == date(2026, 1, 1) for person in population.newcomers())
    assert {person.changed for person in population.persons} == {"", "category", "tel"}


def test_covered_people_are_recipients_in_the_resident_scheme_with_a_usable_row() -> None:
    covered = make_population().covered()
    assert all(person.insutype == "390" and person.category != MARGIN for person in covered)
    assert not any(person.dirt in REJECTED for person in covered)
    assert any(person.dirt in REPAIRED for person in covered)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert make_population(seed=7) == make_population(seed=7)
    assert make_population(seed=7).persons != make_population(seed=8).persons


def test_small_and_large_populations_can_be_made() -> None:
    for seed in range(3):
        assert len(make_population(seed=seed, persons=60).persons) >= 60
    assert len(make_population(persons=3000).covered()) > 2500


def test_every_household_has_a_card_number_that_passes_the_luhn_check() -> None:
    for household in make_population().households:
        digits = [int(digit) for digit in reversed(household.account.number)]
        doubled = [
            digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)
        ]
        assert len(digits) == 19
        assert sum(doubled) % 10 == 0
        assert household.account.holder == household.householder
