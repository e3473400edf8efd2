"""Values that several pages show: links, due clocks, banners, tags, paging. Amounts are fen."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Tone = Literal["", "amber", "red", "green"]
BannerKind = Literal["note", "warn", "error", "done"]
DueState = Literal["overdue", "today", "tomorrow", "left", "paused", "none"]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; an empty address makes them plain words."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The due clock of a case: the nearest date, the legal one, and how they were counted.

    ``days`` are calendar days when overdue or paused, working days when left.
    """

    state: DueState
    days: int = 0
    internal: date | None = None
    legal: date | None = None
    how: str = ""


NO_DUE = Due("none")


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence that a page starts with: bold key words, text, one link."""

    kind: BannerKind
    strong: str
    text: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """One active condition of a list and the address of the list without it."""

    label: str
    value: str
    remove_href: str


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A saved view or a part of a list, with its count."""

    text: str
    href: str
    count: int | None = None
    current: bool = False
    shared_by: str = ""


@dataclass(frozen=True, slots=True)
class Paging:
    """Where this page stands in the whole: first and last row number, total, neighbouring addresses."""

    first: int
    last: int
    total: int
    size: int
    unit: str = "件"
    previous: str = ""
    next: str = ""
    pages: tuple[tuple[int, str, bool], ...] = ()
    start: str = ""
    end: str = ""

    @property
    def page_count(self) -> int:
        """Return how many pages the whole has; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def page(self) -> int:
        """Return which page this is: that of its last row, for a last page is full and begins earlier."""
        return min(self.page_count, max(1, -(-self.last // self.size)))


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice field."""

    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong in a form: the field it belongs to and what to do."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class SideRow:
    """A row of a side column: label, words around one link, a second line."""

    label: str
    before: str = ""
    link: Link | None = None
    after: str = ""
    second: tuple[str, ...] = ()
    shape: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Who did something and when; ``note`` says why a cell is empty or not needed."""

    word: str
    who: str = ""
    at: datetime | None = None
    note: str = ""
    is_reader: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A sortable head of a list: its words, the address that sorts by it, and the present direction."""

    text: str
    href: str = ""
    sort: Literal["", "ascending", "descending"] = ""
    numeric: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds every page: who is signed in, which sections exist, which one this is."""

    programme: str = ""
    year: int | None = None
    sections: tuple[tuple[str, str, str], ...] = ()
    current: str = ""
    staff_name: str = ""
    staff_role: str = ""
    may_search: bool = True
    idle_minutes: int = 0
    """After so many minutes without a request the session ends; 0 where nobody says so."""
    search: str = ""
    training: bool = False
    keys_on: bool = True
    banners: tuple[Banner, ...] = ()
    form_key: str = ""
    opened: str = ""
    """What the page showed when it was made, for forms to carry along: who saves second can compare."""
    density: Literal["dense", "medium", "loose"] = "medium"
    menu: tuple[Link, ...] = field(default=())
