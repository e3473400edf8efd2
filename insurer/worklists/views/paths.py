"""Addresses of the pages, written down once; no personal data ever stands in one."""

from urllib.parse import urlencode

HOME = "/"
CASES = "/cases"
PEOPLE = "/people"
PEOPLE_TASKS = "/people/tasks"
PEOPLE_TOLD = "/people/told"
ROSTERS = "/rosters"
BATCHES = "/payments"
NOTICES = "/notices"
INTAKE = "/intake"
EXCLUSIONS = "/exclusions"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
SEARCH = "/search"
CALENDAR = "/calendar"
BOARD = "/board"
RULES = "/rules"
REVIEWS = "/reviews"
FINDINGS = "/findings"
ARCHIVE = "/archive"
RECOVERIES = "/payments/recoveries"

CASE_PARTS = (
    ("概览", ""),
    ("材料", "documents"),
    ("核算", "calculation"),
    ("决定", "decision"),
    ("付款", "payment"),
    ("通知书", "notices"),
    ("时间线", "timeline"),
)
"""The seven parts of a case, in the order of their tabs."""


def case_href(number: str, part: str = "") -> str:
    """Return the address of a case or of one part of it."""
    return f"{CASES}/{number}/{part}" if part else f"{CASES}/{number}"


def batch_href(number: str) -> str:
    """Return the address of one payment batch."""
    return f"{BATCHES}/{number}"


def with_query(path: str, **conditions: str | int) -> str:
    """Return a list's address under conditions; empty ones are left out, those of ``path`` stay."""
    kept = {key: value for key, value in conditions.items() if value not in ("", None)}
    return f"{path}{'&' if '?' in path else '?'}{urlencode(kept)}" if kept else path
