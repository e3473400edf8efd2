"""名册: the months of a programme and the preview of one import."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from insurer.worklists.views.elements import Banner, Choice, Link, Paging, SideRow, Trouble, ViewTab
from insurer.worklists.views.lists import ListParts


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
    kind: str = ""
    sender: str = ""
    id: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class RosterListPage:
    """The files, newest month first, and the form that takes one in with what was typed before."""

    parts: ListParts
    rows: tuple[MonthRow, ...]
    filter_kinds: tuple[Choice, ...] = ()
    filter_states: tuple[Choice, ...] = ()
    upload_action: str = ""
    kinds: tuple[Choice, ...] = ()
    senders: tuple[str, ...] = ()
    sender: str = ""
    troubles: tuple[Trouble, ...] = ()
    may_confirm: bool = True
    months: tuple[str, ...] = ()
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


DiffKind = Literal["changed", "double", "new", "gone", "rejected", "by_hand", "warning"]


@dataclass(frozen=True, slots=True)
class DiffGroup:
    """变更, 可能是同一个人, 新增, 不在名册, 拒绝, 手工改的 or 提醒."""

    kind: DiffKind
    word: str
    count: int
    note: str
    rows: tuple[DiffRow, ...]
    href: str = ""


@dataclass(frozen=True, slots=True)
class RosterProgress:
    """What the worker does just now; ``total`` 0 when nobody can say how much there is."""

    words: str
    done: int
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class HiddenSheet:
    """A hidden sheet of a file; ``name`` is empty where all of them are meant, ``people`` then unknown."""

    name: str
    people: int
    used: bool


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
    kind: str = "全量名册"
    kinds: tuple[Choice, ...] = ()
    kind_action: str = ""
    kind_note: str = ""
    covered_year: int | None = None
    cover_note: str = ""
    may_be_gone: bool = True
    second: str = ""
    second_names: tuple[str, ...] = ()
    made_by: str = "上传"
    banners: tuple[Banner, ...] = ()
    progress: RosterProgress | None = None
    sender: str = ""
    same_href: str = ""
    hidden: tuple[HiddenSheet, ...] = ()
    hidden_action: str = ""

    @property
    def to_write(self) -> int:
        """Return how many rows a confirmation writes."""
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column: its letters, the words over it, a masked cell, and what it is taken for."""

    number: int
    letters: str
    words: str
    key: str
    sample: str
    choices: tuple[Choice, ...]
    used: bool


@dataclass(frozen=True, slots=True)
class ColumnSheet:
    """The columns of one sheet, or of several that look alike; ``row`` is the header's."""

    names: tuple[str, ...]
    row: int
    found: bool
    columns: tuple[ColumnRow, ...]


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    """Step 2: how each column of the file is understood."""

    month: date
    file: str
    sender: str
    href: str
    action: str
    sheets: tuple[ColumnSheet, ...]
    unread: str = ""
    is_long: bool = False
    kept: int = 0
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class CellPage:
    """改这格: one cell that was refused, or was put right before, with its row as it came, masked.

    ``made`` says who put it right and when, empty when nobody has.
    """

    month: date
    file: str
    href: str
    action: str
    at: str
    where: str
    field: str
    wrong: str
    row: tuple[SideRow, ...] = ()
    made: str = ""
    back_action: str = ""
    troubles: tuple[Trouble, ...] = ()
