"""The kinds of "no" that operations may answer; ``insurer.web.errors`` alone maps them to HTTP."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was sent: where it is, and what to do, in Chinese.

    ``field`` is the machine name (``setl_id``), ``where`` the place a person looks at
    (``第 12 行``, ``C1118 格``, a file name) and may be empty.
    """

    field: str
    message: str
    where: str = ""
    code: str = "invalid"

    def __str__(self) -> str:
        place = " ".join(part for part in (self.where, self.field) if part)
        return f"{place}：{self.message}" if place else self.message


class InsurerError(Exception):
    """Base of every anticipated refusal; the message is Chinese and says what to do."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems


class NotFound(InsurerError):
    """The thing asked for does not exist, or the asker may not know of it."""


class NotAllowed(InsurerError):
    """The actor may not do this (role, own case, amount tier)."""


class Conflict(InsurerError):
    """Somebody was faster, the state forbids it, or the same key came with other content."""


class Stale(Conflict):
    """The page that asks was made from an older version: what it shows has been changed meanwhile."""


class Invalid(InsurerError):
    """What was sent cannot be accepted; ``problems`` names each file, row and field."""


class TooLarge(InsurerError):
    """The file or request is over a limit."""


class Unavailable(InsurerError):
    """Database, queue, storage or renderer is not reachable now; nothing was lost."""
