"""Rooms point one way: the contracts of ``pyproject.toml``, which ``make lint`` checks too."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, python_files

LINTER = Path(sys.executable).with_name("lint-imports")

TRESPASSES = {
    "Rooms point one way": ("insurer/people/masking.py", "from insurer.claims import lifecycle"),
    "The core knows no framework": ("insurer/claims/lifecycle.py", "import sqlalchemy"),
    "Flask only in web": ("insurer/platform/clock.py", "import flask"),
    "No cycles": ("insurer/payments/tables.py", "import insurer.web.forms"),
}
"""For each contract a line that breaks it."""


def _check(folder: Path) -> "subprocess.CompletedProcess[str]":
    asked = [str(LINTER), "--no-logo", "--no-cache"]
    return subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_is_kept() -> None:
    answer = _check(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def verdict_on_trespasses(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the packages with all trespasses in it."""
    copy = tmp_path_factory.mktemp("trespasses")
    for name in [*python_files("insurer", "workers"), "pyproject.toml"]:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    for name, line in TRESPASSES.values():
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    answer = _check(copy)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.parametrize("contract", TRESPASSES)
def test_a_trespass_breaks_its_contract(contract: str, verdict_on_trespasses: str) -> None:
    assert f"{contract} BROKEN" in verdict_on_trespasses


def test_every_contract_is_tried(verdict_on_trespasses: str) -> None:
    assert f"0 kept, {len(TRESPASSES)} broken" in verdict_on_trespasses
