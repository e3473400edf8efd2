"""待办: what to do first and what will be late."""

from dataclasses import dataclass
from datetime import date, datetime

from insurer.worklists.views.elements import Due, Link, SideRow, Tone


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue tile; its count equals the total of the list behind it. None: could not be counted."""

    word: str
    href: str
    count: int | None
    line: tuple[str, ...] = ()
    shape: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One urgent case and the next thing to do with it."""

    number: str
    person: str
    todo: str
    due: Due
    amount: int | None
    status: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class AgeRow:
    """Cases of one status by days since intake; each count leads to its list."""

    status: str
    counts: tuple[tuple[int, str], ...]
    total: int


@dataclass(frozen=True, slots=True)
class HomePage:
    """The whole page."""

    today: date
    refreshed: datetime
    mine_only: bool
    queues: tuple[Queue, ...]
    tasks: tuple[Task, ...]
    tasks_total: int
    tasks_href: str
    may_act: bool = True
    """Whether the reader takes part in the work; an auditor only looks on."""
    deadlines: tuple[SideRow, ...] = ()
    checks: tuple[SideRow, ...] = ()
    drafts: tuple[SideRow, ...] = ()
    lists: tuple[SideRow, ...] = ()
    people: tuple[SideRow, ...] = ()
    age_heads: tuple[str, ...] = ()
    ages: tuple[AgeRow, ...] = ()
    scope_links: tuple[Link, Link] = (Link("只看我的", "?who=me"), Link("本组", "?who=all"))
