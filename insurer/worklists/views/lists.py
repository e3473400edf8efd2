"""What every list has beside its rows: its tools, the rows that were chosen, its columns and views."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from insurer.worklists.views.elements import Choice, Column, Paging, Tag, Trouble, ViewTab


@dataclass(frozen=True, slots=True)
class ListTools:
    """Addresses of what can be done with a list: save it as a view, choose columns, take it out."""

    columns_href: str = ""
    views_href: str = ""
    save_href: str = ""
    """Leads to the form that keeps the present conditions; empty where they are a view already."""
    density: str = ""
    density_action: str = ""
    densities: tuple[Choice, ...] = ()
    export_action: str = ""
    select_action: str = ""
    back: str = ""
    """The address of the list as it is now."""


NO_TOOLS = ListTools()


@dataclass(frozen=True, slots=True)
class ListParts:
    """What stands around the rows of a list: tabs, conditions with their tags, heads, tools, paging.

    ``texts`` are the conditions as typed, ``kept`` what their form carries along, ``unsettled`` says what
    of them could not be read.
    """

    views: tuple[ViewTab, ...]
    columns: tuple[Column, ...]
    paging: Paging
    tags: tuple[Tag, ...] = ()
    clear_href: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[tuple[str, str], ...] = ()
    tools: ListTools = NO_TOOLS
    unsettled: str = ""


@dataclass(frozen=True, slots=True)
class Picked:
    """A frozen set of chosen rows; ``amount`` in fen."""

    id: str
    count: int
    amount: int
    made_at: datetime
    drop_href: str


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One column in the form that chooses them."""

    key: str
    word: str
    shown: bool
    fixed: bool
    place: int


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    """列设置 of one list."""

    word: str
    columns: tuple[ColumnChoice, ...]
    densities: tuple[Choice, ...]
    action: str
    back: str
    current: str
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One saved view in the list of views."""

    id: str
    name: str
    href: str
    conditions: tuple[tuple[str, str], ...]
    shared: str
    owner: str
    own: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class ViewsPage:
    """视图 of one list: those there are, and the form that keeps the present conditions."""

    word: str
    rows: tuple[ViewRow, ...]
    conditions: tuple[tuple[str, str], ...]
    """The present conditions, label and value; without any the form is not shown."""
    name: str
    roles: tuple[Choice, ...]
    action: str
    back: str
    current: str
    all_is_default: bool = True
    as_default: bool = False
    troubles: tuple[Trouble, ...] = ()
