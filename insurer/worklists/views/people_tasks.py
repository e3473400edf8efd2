"""待核的人 and 告知: what somebody must look into, and who was told of the cover."""

from dataclasses import dataclass
from datetime import date

from insurer.worklists.views.elements import Choice, Link, Paging, SideRow, Trouble, ViewTab


@dataclass(frozen=True, slots=True)
class PersonTaskRow:
    """One thing to look into; ``late`` says that its day has passed."""

    href: str
    kind: str
    person: str
    tail: str
    other: str
    source: str
    due_on: date
    late: bool
    owner: str
    done: str = ""


@dataclass(frozen=True, slots=True)
class PersonTasksPage:
    """The list; its count equals that of the home page."""

    rows: tuple[PersonTaskRow, ...]
    views: tuple[ViewTab, ...]
    kinds: tuple[ViewTab, ...]
    paging: Paging


@dataclass(frozen=True, slots=True)
class PersonTaskPage:
    """One thing to look into, with what is known and the form that ends it."""

    kind: str
    person: Link
    tail: str
    todo: str
    facts: tuple[SideRow, ...]
    due_on: date
    late: bool
    owner: str
    back: str
    finish_action: str = ""
    take_action: str = ""
    may_be_untrue: bool = False
    untrue_words: str = ""
    done: str = ""
    note: str = ""
    typed: str = ""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One covered person, the letter, and what was said by telephone or at home."""

    person: Link
    tail: str
    town: str
    since: date
    letter: str
    letter_state: str
    delivered: str
    told: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class ToldPage:
    """Who was told of the cover of a year, when and how."""

    year: int
    rows: tuple[ToldRow, ...]
    years: tuple[ViewTab, ...]
    views: tuple[ViewTab, ...]
    paging: Paging
    today: date
    ways: tuple[Choice, ...] = ()
