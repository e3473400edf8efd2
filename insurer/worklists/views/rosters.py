"""名册: the months of a programme and the preview of one import."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from insurer.worklists.views.elements import Link, Paging, ViewTab


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One roster month: what came, what it changed, how many people it covers."""

    month: date
    file: str
    received_on: date | None
    rows: int
    new: int
    changed: int
    gone: int
    rejected: int
    covered: int | None
    status: str
    by: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class RosterListPage:
    """The months, newest first."""

    rows: tuple[MonthRow, ...]
    years: tuple[ViewTab, ...]
    upload_action: str = ""
    months: tuple[str, ...] = ()
    paging: Paging | None = None
    covered: int = 0


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One difference; ``row`` is the row of the file, empty for who is not in it any more."""

    row: str
    person: str
    tail: str
    town: str
    field: str
    before: str
    after: str
    effect: str
    effect_link: Link | None = None
    look: bool = False
    fix: Link | None = None


@dataclass(frozen=True, slots=True)
class DiffGroup:
    """变更, 新增, 不在名册 or 拒绝."""

    kind: Literal["changed", "new", "gone", "rejected"]
    word: str
    count: int
    note: str
    rows: tuple[DiffRow, ...]
    href: str = ""


@dataclass(frozen=True, slots=True)
class RosterPreviewPage:
    """The effect of one file before anything is written."""

    month: date
    file: str
    rows: int
    received_on: date | None
    new: int
    changed: int
    unchanged: int
    rejected: int
    gone: int
    covered_before: int
    covered_after: int | None
    groups: tuple[DiffGroup, ...]
    views: tuple[ViewTab, ...]
    sheets_note: str = ""
    mapping_href: str = ""
    errors_href: str = ""
    confirm_action: str = ""
    discard_action: str = ""
    applied_at: datetime | None = None
    applied_by: str = ""
    state_note: str = "现在还没有写入任何数据"
    paging: Paging | None = None

    @property
    def to_write(self) -> int:
        """Return how many rows a confirmation writes."""
        return self.new + self.changed
