"""The samples against the product's readers and rules: each intended figure and decision must come out."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from insurer.claims.authority import authority_on
from insurer.claims.reading import read_settlements
from insurer.claims.rules import missing_papers, visit_kind
from insurer.exclusions.check import check_lines
from insurer.kernel.dates import parse_month
from insurer.kernel.errors import Invalid
from insurer.kernel.money import parse_yuan
from insurer.people.reading.roster import read_roster
from insurer.samples.broken import broken_settlements, write_broken
from insurer.samples.people import MARGIN, make_population
from insurer.samples.write import SampleFiles, write_samples
from insurer.schemes.calculate import calculate


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    return write_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def results(files: SampleFiles) -> dict[str, dict[str, Any]]:
    """Calculate every person's settlements together and return the results by ``setl_id``."""
    records = read_settlements(files.settlements.read_bytes(), files.settlements.name)
    people = {person.certno: person for person in make_population().persons}
    cases = defaultdict(dict)
    for record in records:
        facts = {**record.facts, "feedetail": [line.facts for line in record.lines]}
        if record.reverses:
            facts["reverses"] = record.reverses
        cases[record.certno].setdefault(record.setl_id, facts)
    found = {}
    for certno, settlements in cases.items():
        person = people.get(certno)
        roster = {}
        if person is not None and person.category != MARGIN:
            newcomer = person.listed == "january"
            approved = person.start.isoformat() if newcomer else None
            roster = {
                "2026": {"on_previous_december": not newcomer, "approved_on": approved, "removed_on": None}
            }
        case = {
            "case_id": certno[-4:],
            "kind": "claim",
            "scheme": "changzhou-xinbei",
            "person": {"insutype": person.insutype if person else "390", "roster": roster},
            "parameters": {"other_covered_annual_limit": "20000.00"},
            "settlements": list(settlements.values()),
        }
        answer = calculate(case, check_lines)
        assert "error" not in answer, answer
        found.update({settlement["setl_id"]: settlement for settlement in answer["settlements"]})
    return found


def test_the_calculation_decides_every_sample_as_intended(
    files: SampleFiles, results: dict[str, dict[str, Any]]
) -> None:
    for sample in files.samples:
        result = results[sample.setl_id]
        reasons = {reason["code"] for reason in result["reasons"]}
        warnings = {warning["code"] for warning in result["warnings"]}
        if sample.expected in ("reversed", "known"):
            assert result["status"] == "payable"
        elif sample.reason == "needs_review":
            assert warnings == {"needs_review"}
        else:
            assert (sample.label, result["status"]) == (sample.label, sample.expected)
            assert sample.reason is None or sample.reason in reasons
            assert not warnings


def test_at_least_three_quarters_of_the_samples_end_in_a_payment(
    files: SampleFiles, results: dict[str, dict[str, Any]]
) -> None:
    paid = [
        sample
        for sample in files.samples
        if sample.expected == "payable"
        and sample.missing is None
        and Decimal(results[sample.setl_id]["benefit"]) > 0
    ]
    assert len(paid) >= 0.75 * len(files.samples)


@pytest.mark.parametrize(
    ("label", "code", "amount"),
    [
        ("pet_ct", "new_expensive", "7000.00"),
        ("capsule_endoscopy", "new_expensive", "3680.00"),
        ("organ_source", "transplant_source", "68000.00"),
        ("material_at_threshold", "unit_price_threshold", "5000.00"),
        ("material_below_threshold", None, "0.00"),
        ("nonpayable_herb", "nonpayable_herb", "1865.00"),
        ("special_service", "special_service", "2515.00"),
        ("outside_drug", None, "0.00"),
    ],
)
def test_the_lines_meant_to_be_excluded_are_and_no_others(
    files: SampleFiles, results: dict[str, dict[str, Any]], label: str, code: str | None, amount: str
) -> None:
    (sample,) = files.labelled(label)
    result = results[sample.setl_id]
    codes = {line["exclusion"]["code"] for line in result["lines"] if line["exclusion"]}
    assert codes == ({code} if code else set())
    assert result["excluded"] == amount


def test_the_yearly_limit_is_paid_out_to_the_fen_and_then_nothing_more(
    files: SampleFiles, results: dict[str, dict[str, Any]]
) -> None:
    halves = [Decimal(results[sample.setl_id]["other"]) for sample in files.labelled("yearly_limit")]
    assert sum(halves) == Decimal("20000.00")
    assert halves[2] > 0
    assert halves[3] == 0


def test_a_reversal_takes_back_exactly_what_its_original_brought(
    files: SampleFiles, results: dict[str, dict[str, Any]]
) -> None:
    (original,), (back,) = files.labelled("reversed"), files.labelled("reversal")
    assert Decimal(results[back.setl_id]["benefit"]) == -Decimal(results[original.setl_id]["benefit"]) != 0


def test_one_benefit_is_so_large_that_a_supervisor_decides(
    files: SampleFiles, results: dict[str, dict[str, Any]]
) -> None:
    (sample,) = files.labelled("large_benefit")
    benefit = parse_yuan(results[sample.setl_id]["benefit"])
    assert authority_on(date(2026, 11, 18)).needs_supervisor(benefit)


def test_the_roster_reader_finds_the_counts_that_the_writer_promises(files: SampleFiles) -> None:
    people = []
    for roster in files.rosters:
        found = read_roster(roster.path.read_bytes(), roster.path.name, parse_month(roster.month))
        assert (found.rows, len(found.accepted)) == (roster.rows, roster.accepted)
        assert (len(found.skipped), len(found.repaired)) == (roster.skipped, roster.repaired)
        assert found.rejected_by_code() == roster.rejected
        assert [sheet.name for sheet in found.sheets if not sheet.used] == ["上年名单"]
        people.append({row.certno: row for row in found.accepted})
    december, january = people
    assert len(january.keys() - december.keys()) == files.rosters[1].new
    assert len(december.keys() - january.keys()) == files.rosters[1].gone


def test_the_roster_reader_finds_account_insurance_and_start_of_every_person(files: SampleFiles) -> None:
    for roster in files.rosters:
        found = read_roster(roster.path.read_bytes(), roster.path.name, parse_month(roster.month))
        assert all(row.account and row.bank and row.holder == row.householder for row in found.accepted)
        assert all(row.start is not None and row.town and row.card_no for row in found.accepted)
        assert set(Counter(row.insutype for row in found.accepted)) == {"390", "310"}


def test_the_settlement_reader_takes_every_record_and_finds_the_forgotten_papers(files: SampleFiles) -> None:
    records = read_settlements(files.settlements.read_bytes(), files.settlements.name)
    assert len(records) == len(files.samples)
    by_id = {record.setl_id: record for record in records}
    for sample in files.samples:
        record = by_id[sample.setl_id]
        assert record.is_reversal == (sample.label == "reversal")
        if sample.label != "reversal":
            received = [paper.kind for paper in record.papers]
            missing = missing_papers(visit_kind(record.med_type), record.facts, received)
            assert missing == ([sample.missing] if sample.missing else [])


def test_no_broken_file_is_taken_for_settlements(tmp_path: Path) -> None:
    # A thousands separator is read for what it is; everything else is refused.
    paths = write_broken(tmp_path)
    for name in broken_settlements().keys() - {"amount_with_separator"} | {"unreadable_workbook", "empty"}:
        with pytest.raises(Invalid):
            read_settlements(paths[name].read_bytes(), paths[name].name)
