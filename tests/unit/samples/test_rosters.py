from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from insurer.samples.people import TOWNS, make_population
from insurer.samples.rosters import RosterFile, write_rosters


@pytest.fixture(scope="module")
def rosters(tmp_path_factory: pytest.TempPathFactory) -> tuple[RosterFile, RosterFile]:
    return write_rosters(make_population(), tmp_path_factory.mktemp("rosters"))


def headers(path: Path, sheet: str) -> list[str]:
    return [str(cell) for cell in CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()[2]]


def test_both_months_open_with_a_sheet_a_town_and_a_hidden_old_list(
    rosters: tuple[RosterFile, RosterFile],
) -> None:
    for roster in rosters:
        book = CalamineWorkbook.from_path(roster.path)
        visible = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
        hidden = [s.name for s in book.sheets_metadata if s.visible != SheetVisibleEnum.Visible]
        assert visible == [town for town, _ in TOWNS]
        assert hidden == ["上年名单"]


def test_the_columns_stand_in_another_order_in_the_second_month(
    rosters: tuple[RosterFile, RosterFile],
) -> None:
    december, january = (headers(roster.path, "薛家镇") for roster in rosters)
    assert december != january
    assert december.index("姓名") > december.index("与户主关系")
    assert january.index("姓名") < january.index("与户主关系")


def test_sheets_hold_title_merged_cells_repeated_header_total_and_signature(
    rosters: tuple[RosterFile, RosterFile],
) -> None:
    for roster in rosters:
        book = CalamineWorkbook.from_path(roster.path)
        people = 0
        for town, _ in TOWNS:
            sheet = book.get_sheet_by_name(town)
            rows = sheet.to_python()
            assert "低保对象名单" in str(rows[0][0])
            assert rows.count(rows[2]) == 2
            assert rows[-2][0] == "合计"
            assert "审核人" in str(rows[-1][0])
            assert sheet.merged_cell_ranges
            people += sum(isinstance(row[0], float) for row in rows)
        assert people == roster.rows == roster.accepted + sum(roster.rejected.values())


def test_december_is_dirty_in_every_way_that_was_asked_for(rosters: tuple[RosterFile, RosterFile]) -> None:
    december, january = rosters
    assert set(december.rejected) == {
        "certno_checksum",
        "certno_numeric_cell",
        "certno_malformed",
        "certno_date",
        "certno_missing",
        "name_missing",
    }
    assert december.repaired == 4
    assert january.rejected == {"certno_numeric_cell": 1, "name_missing": 1}
    column = headers(december.path, "薛家镇").index("身份证号")
    book = CalamineWorkbook.from_path(december.path)
    cells = [row[column] for town, _ in TOWNS for row in book.get_sheet_by_name(town).to_python()[3:]]
    assert sum(isinstance(cell, float) for cell in cells) == 1
    assert sum(isinstance(cell, str) and cell.startswith("３") for cell in cells) == 1


def test_the_second_month_brings_newcomers_changes_and_people_gone(
    rosters: tuple[RosterFile, RosterFile],
) -> None:
    december, january = rosters
    assert (december.month, january.month) == ("2025-12", "2026-01")
    assert december.new == december.accepted
    assert january.new + january.changed + january.unchanged == january.accepted
    assert january.unchanged + january.changed + january.gone == december.accepted
    assert min(january.new, january.changed, january.gone) > 0


def test_the_same_population_gives_the_same_bytes(
    rosters: tuple[RosterFile, RosterFile], tmp_path: Path
) -> None:
    again = write_rosters(make_population(), tmp_path)
    assert [r.path.read_bytes() for r in again] == [r.path.read_bytes() for r in rosters]
