"""The samples against the readers of the product: each intended figure must come out."""

from collections import Counter
from pathlib import Path

import pytest

from insurer.claims.reading import read_settlements
from insurer.claims.rules import missing_papers, visit_kind
from insurer.kernel.dates import parse_month
from insurer.kernel.errors import Invalid
from insurer.people.reading.roster import read_roster
from insurer.samples.broken import broken_settlements, write_broken
from insurer.samples.write import SampleFiles, write_samples


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    return write_samples(tmp_path_factory.mktemp("samples"))


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
