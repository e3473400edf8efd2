"""The page ``docs/permissions.md``, written from the table by ``python -m insurer.cli.describe``."""

from collections.abc import Iterator

from insurer.accounts.permissions import PERMISSIONS, ROLE_WORDS

_HEAD = """\
# Who may do what

<!-- Written by `python -m insurer.cli.describe` from `insurer/accounts/permissions.py`: edit that. -->

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
