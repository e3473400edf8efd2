"""Writes ``docs/permissions.md`` from the table of permissions: ``python -m insurer.accounts.describe``.

A test compares the file with what this module writes, so that the page cannot fall behind the code.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS

PAGE = "docs/permissions.md"

_HEAD = """\
# Who may do what

<!-- Written by `python -m insurer.accounts.describe` from `insurer/accounts/permissions.py`: edit that. -->

Every route names one of these permissions, and one that names none keeps the program from starting.
Operations ask again. Besides the roles, the system's own jobs and administrators on the machine hold all of
them; a program with an API token holds what its token names, at most what its owner holds.

"""


def permissions_page() -> str:
    """Return the page: one row for each permission, one column for each role."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from _HEAD.splitlines()
    yield "| permission | " + " | ".join(f"{word}<br>`{role}`" for role, word in ROLE_WORDS.items()) + " |"
    yield "| --- |" + " :-: |" * len(ROLE_WORDS)
    for permission, holders in PERMISSIONS.items():
        marks = " | ".join("●" if role in holders else "" for role in ROLE_WORDS)
        yield f"| `{permission}` | {marks} |"


if __name__ == "__main__":
    page = Path(PAGE)
    page.write_text(permissions_page(), encoding="utf-8")
    sys.stdout.write(f"{page}\n")
