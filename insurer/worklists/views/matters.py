"""相关事项 of a case: what runs beside its main line, as sections of facts and one open form."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Choice, Link, Paging, SideRow, Trouble, ViewTab

FieldKind = Literal["text", "area", "select", "date"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form: its name, label and kind; ``value`` is what was typed."""

    name: str
    label: str
    kind: FieldKind = "text"
    value: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class MatterForm:
    """The open form: where it goes, its fields, what the button says, what follows."""

    title: str
    action: str
    fields: tuple[FormField, ...]
    button: str
    consequence: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One section: facts, and links to the forms that change them."""

    key: str
    title: str
    beside: str
    rows: tuple[SideRow, ...]
    actions: tuple[Link, ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class MattersPage:
    """The page of one case."""

    bar: CaseBar
    matters: tuple[Matter, ...]
    form: MatterForm | None = None
    version: str = ""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class PlainCell:
    """A cell of a plain list: words, perhaps a link, a shape and tone, right-aligned when it is a number."""

    text: str
    href: str = ""
    second: str = ""
    shape: str = ""
    tone: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class PlainList:
    """A list that needs no columns of choice: heads, rows, tabs, paging, a search field, one open form."""

    title: str
    beside: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[PlainCell, ...], ...]
    views: tuple[ViewTab, ...] = ()
    paging: Paging | None = None
    search: str | None = None
    search_label: str = ""
    empty: str = ""
    form: MatterForm | None = None
    facts: tuple[SideRow, ...] = ()
    facts_title: str = ""
    version: str = ""
    troubles: tuple[Trouble, ...] = ()
    print_foot: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One review: who asked what, by when it is due, who may answer it."""

    number: str
    kind: str
    status: str
    facts: tuple[SideRow, ...]
    statement: str
    statement_by: str
    filed_at: datetime
    due_on: date
    answer: str = ""
    answered: str = ""
    case_href: str = ""
    forms: tuple[MatterForm, ...] = ()
    refusal: str = ""
    troubles: tuple[Trouble, ...] = field(default=())
