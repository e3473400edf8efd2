"""案件: the list to find, sort and hand out."""

from dataclasses import dataclass
from datetime import date

from insurer.worklists.views.elements import Choice, Column, Due, Paging, Tag, ViewTab


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


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the six fields of the filter form hold now, as typed."""

    statuses: tuple[Choice, ...] = ()
    visits: tuple[Choice, ...] = ()
    settled_from: str = ""
    settled_to: str = ""
    personal_from: str = ""
    personal_to: str = ""
    hospital: str = ""
    towns: tuple[Choice, ...] = ()
    owners: tuple[Choice, ...] = ()
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
    page_total: int
    page_personal: int
    page_payable: int
    export_href: str = ""
    density_href: str = ""
    density_word: str = "紧"
    one_year: bool = True
    may_assign: bool = False
    unsettled: str = ""


@dataclass(frozen=True, slots=True)
class BatchPreviewRow:
    """One chosen case: what it is now and, when the step cannot be done, why."""

    number: str
    person: str
    status: str
    amount: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class BatchPreviewPage:
    """What a step would do to each chosen case."""

    action: str
    word: str
    rows: tuple[BatchPreviewRow, ...]
    able: int
    back_href: str
    href: str
