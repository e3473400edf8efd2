"""The data of the packs as they are, and the hash that names a pack."""

import tomllib
from datetime import date, timedelta
from importlib import resources

import pytest

from insurer.kernel.errors import NotFound
from insurer.schemes import pack_files
from insurer.schemes.calculate import pack_content
from insurer.schemes.changzhou_xinbei_claim import pack
from insurer.schemes.running import digest_of

SCHEME = "changzhou-xinbei"


@pytest.mark.parametrize("name", sorted(pack_files.parameters(SCHEME)))
def test_every_parameter_has_exactly_one_value_around_each_of_its_borders(name: str) -> None:
    parameter = pack_files.parameters(SCHEME)[name]
    borders = {row.since for row in parameter.rows} | {
        row.until for row in parameter.rows if row.until < date.max.toordinal()
    }
    for border in borders:
        for day in (border, border + 1):
            assert sum(row.since <= day < row.until for row in parameter.rows) == 1
    first = min(row.since for row in parameter.rows)
    assert date.fromordinal(first) - timedelta(days=1) == date(2018, 12, 31)


def test_every_reading_names_a_clause_or_control_of_its_scheme() -> None:
    known = pack_files.clauses(SCHEME)
    for reading in pack_files.readings().values():
        assert reading.clause in known or reading.clause.startswith("NT-")
        assert reading.question and reading.basis and reading.title
        assert reading.accepts(reading.chosen)


def test_the_promised_readings_have_the_promised_defaults_first() -> None:
    promised = {
        "class_b_first_pay": "in_catalogue other not_payable",
        "over_price_limit": "other in_catalogue not_payable",
        "below_deductible": "included excluded",
        "price_threshold_basis": "unit line",
        "price_threshold_inclusive": "true false",
        "price_threshold_types": "exam_test_treatment_material all_including_drugs",
        "named_items": "always at_threshold_only",
        "unsplit_payment": "pro_rata outside_first in_catalogue_first excluded_first",
        "cover_start": "month approval_date next_month year",
        "cover_end": "year month",
        "bill_date": "settlement admission",
        "referral_exclusion": "both either",
        "hospital_borne": "pro_rata in_catalogue_first outside_first",
        "private_insurance": "ceiling ignore",
        "annual_limit_on": "other_benefit other_cost",
        "operating_cost": "inside_rate deducted_first",
        "losses": "each_year_alone carried",
        "identity_loss": "month_end decision_date",
        "stay_identity": "best_of_stay at_admission",
        "critical_illness_tilt": "later_bills none",
        "control_line_numerator": "all_personal in_scope_only",
    }
    known = pack_files.readings()
    for name, options in promised.items():
        wanted = options.split()
        assert known[name].options[: len(wanted)] == tuple(wanted), "ours come after the promised ones"
        assert known[name].chosen == options.split()[0]
    assert known["no_referral_cut_points"].chosen == "20"
    assert known["no_referral_cut_points"].accepts("0")
    assert not known["no_referral_cut_points"].accepts("21")
    assert known["quota_premium_share"].accepts("0.80")
    assert not known["quota_premium_share"].accepts("0.79")


def test_the_register_answers_every_number_and_every_reading_stands_in_it() -> None:
    """The numbers of the policy analysis, section 1C."""
    places = pack_files.register()
    letters = {"A": 5, "B": 8, "C": 9, "D": 7, "E": 2, "F": 12}
    numbers = [f"{letter}{number}" for letter, last in letters.items() for number in range(1, last + 1)]
    told = [place.number for place in places]
    assert [number for number in told if not number.startswith("G")] == numbers
    assert len(set(told)) == len(told)
    answered = {name for place in places for name in place.readings}
    assert answered == set(pack_files.readings())


def test_every_clause_is_told_in_own_words() -> None:
    text = (
        resources.files("insurer.schemes")
        .joinpath("data", "changzhou_xinbei", "clauses.toml")
        .read_text("utf-8")
    )
    found = tomllib.loads(text)["clause"]
    assert len({row["id"] for row in found}) == len(found)
    assert all(len(row["gist"]) < 60 for row in found)


def test_the_hash_of_a_pack_is_that_of_its_content_and_follows_its_readings() -> None:
    default = pack()
    assert default.hash == digest_of(pack_content(SCHEME))
    other = pack((("class_b_first_pay", "other"),))
    assert other.hash != default.hash
    assert other.hash == digest_of(pack_content(SCHEME, {"class_b_first_pay": "other"}))
    assert len(default.hash) == 64


def test_the_content_of_an_unknown_scheme_is_not_found() -> None:
    with pytest.raises(NotFound):
        pack_content("elsewhere")
