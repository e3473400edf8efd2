"""通知书: of one case and as a list to print and deliver."""

from dataclasses import dataclass
from datetime import date, datetime

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Column, Due, Paging, Tag, ViewTab
from insurer.worklists.views.lists import NO_TOOLS, ListTools


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

    views: tuple[ViewTab, ...]
    tags: tuple[Tag, ...]
    columns: tuple[Column, ...]
    rows: tuple[NoticeRow, ...]
    paging: Paging
    clear_href: str = ""
    print_action: str = ""
    tools: ListTools = NO_TOOLS
