"""``insurer roster import --kind``: additions, deaths and moves by the command, with the same report."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.factories.roster_desk import line, number, roster
from tests.factories.roster_shell import Shell


@pytest.fixture
def december(shell: Shell, tmp_path: Path) -> Path:
    """A folder for files of a desk that has taken December in."""
    path = tmp_path / "十二月.csv"
    path.write_bytes(roster(line("王芳", 101), line("李四", 102)))
    assert shell.report(str(path), "--month", "2025-12", "--yes")["applied"] is True
    return tmp_path


def figures(report: dict[str, object]) -> tuple[object, ...]:
    return tuple(report[key] for key in ("new", "changed", "unchanged", "gone", "applied"))


def test_additions_make_nobody_gone_and_a_full_list_still_does(shell: Shell, december: Path) -> None:
    path = december / "一月.csv"
    path.write_bytes(roster(line("赵六", 103, start="2026-01")))
    full = shell.report(str(path), "--month", "2026-01")
    assert figures(full) == (1, 0, 0, 2, False)
    words = (str(path), "--month", "2026-01", "--kind", "additions")
    assert figures(shell.report(*words)) == (1, 0, 0, 0, False)
    assert shell.facts() == 2
    assert figures(shell.report(*words, "--yes")) == (1, 0, 0, 0, True)
    assert (shell.facts(), shell.covered(2026)) == (3, 3)
    assert figures(shell.report(*words, "--yes")) == (0, 0, 1, 0, False)


def test_rows_put_right_go_into_a_month_that_stands(shell: Shell, december: Path) -> None:
    path = december / "更正.csv"
    path.write_bytes(roster(line("赵六", 103)))
    done = shell.report(str(path), "--month", "2025-12", "--kind", "additions", "--yes")
    assert figures(done) == (1, 0, 0, 0, True)
    assert shell.covered(2026) == 3


@pytest.mark.parametrize(("kind", "event"), [("deaths", "died"), ("moves", "moved_out")])
def test_a_list_of_deaths_or_moves_is_taken_in_once(
    shell: Shell, december: Path, kind: str, event: str
) -> None:
    path = december / "一月.csv"
    rows = [f"王芳,{number(101)},2026-01-20,2026-01-20", f"外人,{number(199)},2026-01-20,2026-01-20"]
    path.write_text("\n".join(["姓名,身份证号码,死亡时间,户口迁出日期", *rows, ""]))
    words = (str(path), "--month", "2026-01", "--kind", kind)

    def events() -> list[str]:
        with shell.engine.connect() as connection:
            return list(connection.execute(text("SELECT kind FROM person_event")).scalars())

    dry = shell.report(*words, "--dry-run")
    assert (figures(dry), events()) == ((1, 0, 0, 0, False), [])
    assert [one["why"] for one in dry["skipped"]] == ["不是本项目的人员"]
    assert dry.keys() >= {"file", "sha256", "encoding", "sheets", "rows", "accepted", "repaired", "rejected"}
    done = shell.report(*words, "--yes")
    assert (figures(done), events()) == ((1, 0, 0, 0, True), [event])
    again = shell.report(*words, "--yes")
    assert (figures(again), events()) == ((0, 0, 1, 0, False), [event])
    assert "完全相同，没有写入" in shell.run(*words, "--yes").stdout
    path.write_text(path.read_text().replace("2026-01-20", "2026-01-22"))
    corrected = shell.run(*words, "--yes").stdout
    assert "日期 2026-01-20 改为 2026-01-22" in corrected
    assert shell.facts() == 2


def test_a_kind_that_is_none_is_a_usage_error(shell: Shell, december: Path) -> None:
    result = shell.run(str(december / "十二月.csv"), "--month", "2025-12", "--kind", "other")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
