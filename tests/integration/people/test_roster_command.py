"""``insurer roster import`` as people and machines call it."""

import json
from pathlib import Path

import pytest

from insurer.kernel.errors import Conflict, Invalid
from tests.factories.roster_shell import Shell

DATA = Path(__file__).parents[2] / "data" / "rosters"
DEC, JAN = DATA / "roster-2025-12.xlsx", DATA / "roster-2026-01.xlsx"
EXPECTED = json.loads((DATA / "expected.json").read_text())


def figures(report: dict[str, object]) -> dict[str, object]:
    counted = {key: report[key] for key in ("rows", "accepted", "new", "changed", "unchanged", "gone")}
    return counted | {key: len(report[key]) for key in ("skipped", "repaired")}  # type: ignore[arg-type]


def expected(path: Path) -> dict[str, object]:
    return {key: value for key, value in EXPECTED[path.name].items() if key != "rejected"}


def test_json_without_yes_is_a_dry_run_and_with_yes_it_applies_once(shell: Shell) -> None:
    dry = shell.report(str(DEC), "--month", "2025-12")
    assert (dry["applied"], shell.facts()) == (False, 0)
    assert figures(dry) == expected(DEC)
    done = shell.report(str(DEC), "--month", "2025-12", "--yes")
    assert (done["applied"], shell.facts()) == (True, 282)
    assert figures(done) == expected(DEC)
    again = shell.report(str(DEC), "--month", "2025-12", "--yes")
    assert (again["unchanged"], again["new"], again["gone"], shell.facts()) == (282, 0, 0, 282)
    january = shell.report(str(JAN), "--month", "2026-01", "--yes")
    assert figures(january) == expected(JAN)
    assert shell.facts() == 282 + 312


def test_dry_run_goes_before_yes(shell: Shell) -> None:
    assert shell.report(str(DEC), "--month", "2025-12", "--yes", "--dry-run")["applied"] is False
    assert shell.facts() == 0


def test_without_a_terminal_nothing_is_written_unless_yes(shell: Shell) -> None:
    result = shell.run(str(DEC), "--month", "2025-12", answer="y\n")
    assert result.exit_code == 0
    assert "没有写入。要写入，请加 --yes" in result.stdout
    assert "300 行 = 新增 282 + 变更 0 + 相同 0 + 没有收下 18" in result.stdout
    assert "H21 格：身份证号以数字格式保存" in result.stdout
    assert shell.facts() == 0
    done = shell.run(str(DEC), "--month", "2025-12", "--yes")
    assert "已写入 282 行" in done.stdout
    assert "完全相同，没有写入" in shell.run(str(DEC), "--month", "2025-12", "--yes").stdout


def test_a_changed_telephone_is_shown_masked(shell: Shell) -> None:
    shell.run(str(DEC), "--month", "2025-12", "--yes")
    output = shell.run(str(JAN), "--month", "2026-01").stdout
    assert "电话 139****9252 改为 138****0000" in output
    assert "不在名册 12 人" in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((str(DEC), "--month", "2025-13"), "不是月份"),
        ((str(DEC), "--month", "2025-12", "--scheme", "nowhere"), "没有项目“nowhere”"),
        (("/nowhere/名册.xlsx", "--month", "2025-12"), "打不开"),
        ((str(DATA / "expected.json"), "--month", "2025-12"), "没有找到表头"),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_words(
    shell: Shell, words: tuple[str, ...], message: str
) -> None:
    result = shell.run(*words, "--yes")
    assert isinstance(result.exception, Invalid)
    assert message in result.exception.message
    assert shell.facts() == 0


def test_an_older_month_is_refused(shell: Shell) -> None:
    shell.run(str(JAN), "--month", "2026-01", "--yes")
    result = shell.run(str(DEC), "--month", "2025-12", "--yes")
    assert isinstance(result.exception, Conflict)
    assert "2026年1月的已经导入" in result.exception.message
