"""案件: the list to find, sort and hand out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from insurer.worklists.views.elements import Choice, Column, Due, Paging, Tag, ViewTab
from insurer.worklists.views.lists import NO_TOOLS, ListTools, Picked


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list; amounts in fen, ``tail`` the last four of the number on the card."""

    number: str
    person: str
    tail: str
    hospital: str
    kind: str
    settled_on: date | None
    total: int
    personal: int
    payable: int | None
    status: str
    due: Due
    owner: str = ""
    hint: str = ""
    locked_by: str = ""
    received_on: date | None = None
    legal_on: date | None = None
    paid: int | None = None
    review: int = 0
    channel: str = ""
    entered_by: str = ""
    version: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the fields of the filter form hold now, as typed; ``texts`` are those of free text by name."""

    statuses: tuple[Choice, ...] = ()
    status_words: str = ""
    visits: tuple[Choice, ...] = ()
    towns: tuple[Choice, ...] = ()
    owners: tuple[Choice, ...] = ()
    channels: tuple[Choice, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    review: bool = False
    more: bool = False
    """One of the further conditions is in use, so that they are shown."""
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CaseListPage:
    """The whole page; sums are over the page for the foot and over all matches for the head."""

    views: tuple[ViewTab, ...]
    filter: CaseFilter
    tags: tuple[Tag, ...]
    clear_href: str
    columns: tuple[Column, ...]
    rows: tuple[CaseRow, ...]
    paging: Paging
    matches_personal: int
    matches_payable: int = 0
    sums: Mapping[str, int] = field(default_factory=dict)
    """Column to its sum over the rows of the page, in fen."""
    tools: ListTools = NO_TOOLS
    picked: Picked | None = None
    one_year: bool = True
    may_accept: bool = False
    may_assign: bool = False
    may_print: bool = False
    unsettled: str = ""


@dataclass(frozen=True, slots=True)
class BatchPreviewRow:
    """One chosen case: what it is now and, when the step cannot be done, why."""

    number: str
    person: str
    status: str
    amount: int | None
    owner: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class BatchPreviewPage:
    """What a step would do to each chosen case; only the first rows are listed, the counts are of all."""

    action: str
    word: str
    rows: tuple[BatchPreviewRow, ...]
    total: int
    able: int
    reasons: tuple[tuple[str, int], ...]
    selection: str
    back_href: str
    href: str
    staff: tuple[Choice, ...] = ()
    problem: str = ""
    later: int = 0
    """So many more could be done than the step takes at once."""


@dataclass(frozen=True, slots=True)
class BatchResultPage:
    """What a step did to each chosen case: done with what became of it, skipped with the reason."""

    word: str
    who: str
    at: datetime
    done: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]
    back_href: str
    next_href: str = ""
    next_word: str = ""
    action: str = ""
    rest: str = ""
    rest_count: int = 0
    """The selection of those that were too many for this run."""
    unit: str = "件"
    head: str = "案件号"
    """What the first column holds: numbers of cases, or of letters."""
    step_href: str = ""
    """Where the form that goes on with the others leads."""
    hrefs: Mapping[str, str] = field(default_factory=dict)
    """Addresses of the rows by their number."""
