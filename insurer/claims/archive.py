"""How a closed case is numbered and how long it is kept. Pure, dated data."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _retention() -> list[dict[str, Any]]:
    raw = tomllib.loads((files("insurer.claims") / "data" / "archive.toml").read_text("utf-8"))
    return sorted(raw["retention"], key=lambda row: row["from"], reverse=True)


def retain_until(closed_on: date, *, paid: bool) -> date:
    """Return the last day on which a case closed on a day is kept: the end of a calendar year."""
    rule = next((row for row in _retention() if row["from"] <= closed_on), _retention()[-1])
    return date(closed_on.year + int(rule["paid" if paid else "other"]), 12, 31)


def file_number(prefix: str, year: int, sequence: int) -> str:
    """Write a file number (档号): XB-A2026-000123."""
    return f"{prefix}-A{year}-{sequence:06d}"
