"""``insurer roster import --kind``: additions, deaths and moves by the command, with the same report."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from insurer.kernel.errors import Invalid
from insurer.people.sender_columns import remember_heads
from insurer.platform.audit import SYSTEM
from insurer.platform.crypto import Keyring
from insurer.platform.db import unit_of_work
from tests.factories.roster_desk import XB, line, number, roster
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


def test_a_sender_is_read_by_its_remembered_columns_and_kept_with_the_import(
    shell: Shell, december: Path, keyring: Keyring
) -> None:
    path = december / "一月.csv"
    rows = [f"王芳,{number(101)},农村低保", f"李四,{number(102)},农村低保", f"赵六,{number(103)},城市低保"]
    path.write_text("\n".join(["对象,证件,救助", *rows, ""]))
    words = (str(path), "--month", "2026-01", "--sender", " 经开区 ")
    unknown = shell.run(*words, "--dry-run")
    assert unknown.exit_code == 2 or isinstance(unknown.exception, Invalid)
    assert "“经开区”没有记下的对列，按表头读" in unknown.stderr
    chosen = {"对象": "psn_name", "证件": "certno", "救助": "category"}
    with unit_of_work(shell.engine, keyring) as session:
        remember_heads(
            session, actor=SYSTEM, scheme=XB, sender="经开区", chosen=chosen, now=datetime.now(UTC)
        )
    other = shell.run(str(path), "--month", "2026-01", "--sender", "别的单位", "--dry-run")
    assert isinstance(other.exception, Invalid)
    assert figures(shell.report(*words)) == (1, 2, 0, 0, False)
    done = shell.run(*words, "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    with shell.engine.connect() as connection:
        kept = connection.execute(
            text("SELECT sender, report -> 'heads' FROM roster_import WHERE month = '2026-01-01'")
        ).one()
    assert tuple(kept) == ("经开区", chosen)
    assert figures(shell.report(*words, "--yes")) == (0, 0, 3, 0, False)


def test_a_list_of_deaths_by_a_sender_is_read_by_its_columns(
    shell: Shell, december: Path, keyring: Keyring
) -> None:
    chosen = {"亡者": "psn_name", "证件": "certno", "火化日": "happened_on"}
    with unit_of_work(shell.engine, keyring) as session:
        remember_heads(
            session,
            actor=SYSTEM,
            scheme=XB,
            sender="民政局",
            chosen=chosen,
            now=datetime.now(UTC),
            kind="deaths",
        )
    path = december / "一月.csv"
    path.write_text(f"亡者,证件,火化日\n王芳,{number(101)},2026-01-20\n")
    words = (str(path), "--month", "2026-01", "--kind", "deaths", "--sender", "民政局", "--yes")
    assert figures(shell.report(*words)) == (1, 0, 0, 0, True)
    with shell.engine.connect() as connection:
        found = connection.execute(text("SELECT happened_on::text FROM person_event")).scalars()
        assert list(found) == ["2026-01-20"]
