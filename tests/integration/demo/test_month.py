"""The demonstration as a newcomer runs it: one command, its own servers, nothing left behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [
    sys.executable,
    "-m",
    "insurer.cli.main",
    "demo",
    "--once",
    "--persons",
    "140",
    "--settlements",
    "80",
]


def _run(home: Path) -> str:
    own = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        COMMAND,
        env={**own, "INSURER_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _processes_of(home: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(home) in command or f"INSURER_HOME={home}\0" in environment:
                found.append(command)
    return found


@pytest.mark.xdist_group("demo")
def test_a_month_of_work_runs_once_and_a_second_start_keeps_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = _run(home)
    assert "名册 2" in first
    assert re.search(r"立案 \d+ 件，冲销并入 1 件", first)
    for word in ("等补件", "待复核", "待通知", "付款中", "已付款", "退汇", "已撤销"):
        assert word in first
    summary = first[first.index("人员 ") :]
    assert re.search(r"已付 [\d,]+\.\d\d 元", summary)
    assert not _processes_of(home)
    second = _run(home)
    assert "样例月已经办过" in second
    counts = re.search(r"人员 .*\n案件 .*\n已付 .*\n", summary)
    assert counts is not None
    assert counts.group() in second
    assert not _processes_of(home)
