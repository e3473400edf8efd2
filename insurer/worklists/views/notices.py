"""通知书: of one case and as a list to print and deliver."""

from dataclasses import dataclass
from datetime import date, datetime

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Choice, Due, Trouble
from insurer.worklists.views.lists import ListParts, Picked


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One letter; the preview is the very file that is sent."""

    number: str
    title: str
    case_number: str
    person: str
    made_at: datetime | None
    status: str
    due: Due
    delivery: str = ""
    delivered_on: date | None = None
    pages: int = 0
    pdf_href: str = ""
    note: str = ""
    id: str = ""
    deliverable: bool = False
    mark: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True)
class CaseNoticesPage:
    """通知书 of one case, with the preview of one."""

    bar: CaseBar
    rows: tuple[NoticeRow, ...]
    shown: NoticeRow | None = None
    empty_note: str = ""
    deliver_base: str = ""
    today: date | None = None


@dataclass(frozen=True, slots=True)
class NoticeListPage:
    """All letters."""

    parts: ListParts
    rows: tuple[NoticeRow, ...]
    statuses: tuple[Choice, ...] = ()
    kinds: tuple[Choice, ...] = ()
    towns: tuple[Choice, ...] = ()
    ways: tuple[Choice, ...] = ()
    more: bool = False
    """Whether a condition is set that the form shows only when asked."""
    batch_action: str = ""
    """Where the chosen letters go; empty for who may not print."""
    picked: Picked | None = None
    in_making: int = 0
    """So many letters of the programme wait to be made."""


@dataclass(frozen=True, slots=True)
class LetterPreviewRow:
    """One chosen letter and, when the step cannot be done, why."""

    number: str
    title: str
    person: str
    case_number: str
    status: str
    pdf_href: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LetterPreviewPage:
    """What a step would do to each chosen letter; only the first rows are listed, the counts are of all."""

    action: str
    word: str
    rows: tuple[LetterPreviewRow, ...]
    total: int
    able: int
    later: int
    """So many more could be done than the step takes at once."""
    pages: int
    reasons: tuple[tuple[str, int], ...]
    selection: str
    back_href: str
    href: str
    ways: tuple[Choice, ...] = ()
    day: str = ""
    troubles: tuple[Trouble, ...] = ()
