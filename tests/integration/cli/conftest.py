"""The command on a database of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.command import Run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(fresh_database_url: str, redis_url: str, tmp_path: Path) -> Run:
    """Return a function that runs the command; ``home`` and ``database_url`` choose another place."""

    def call(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,
            "INSURER_HOME": more.get("home", str(tmp_path / "home")),
            "DATABASE_URL": more.get("database_url", fresh_database_url),
            "REDIS_URL": redis_url,
        }
        return subprocess.run(
            [sys.executable, "-m", "insurer.cli.main", *arguments],
            input=more.get("input", ""),
            capture_output=True,
            text=True,
            env=environment,
            cwd=ROOT,
            check=False,
        )

    return call
