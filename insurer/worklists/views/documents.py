"""材料: the papers of a case beside the fields keyed from them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Choice, Link, Trouble


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper in intake order; ``state`` is 已核, 正在看 or 未看."""

    number: int
    title: str
    pages: int
    state: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of a paper that is shown: a picture from our own address, beside the untouched original."""

    title: str
    number: int
    page: int
    pages: int
    image: str
    zoom: int = 100
    turn: int = 0
    links: tuple[tuple[str, str], ...] = ()
    kind: str = "image"
    original: str = ""
    filename: str = ""
    sha256: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One value of an electronic invoice beside what was entered; ``field`` is that of the entry form."""

    field: str
    label: str
    said: str
    entered: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """A paper that was taken off the case, and why."""

    title: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryField:
    """One field of the entry form: its present text, where it stands on the paper, what is wrong with it.

    ``kind`` is text, amount, day, choice, shown or shown_amount; ``place`` is left, top,
    width, height in thousandths.
    """

    name: str
    label: str
    value: str = ""
    kind: str = "amount"
    source: Link | None = None
    note: str = ""
    tone: str = ""
    place: str = ""
    choices: tuple[Choice, ...] = ()
    wrong: str = ""
    second: "EntryField | None" = None


@dataclass(frozen=True, slots=True)
class SumCheck:
    """An addition that must agree with the total, or stay within other fields: its result in words now."""

    name: str
    total: str
    parts: tuple[str, ...]
    agrees: bool
    text: str
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """Fields under one heading and the addition that ends them."""

    heading: str
    fields: tuple[EntryField, ...]
    sum: SumCheck | None = None


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """The whole page; without ``groups`` the paper is only read."""

    bar: CaseBar
    papers: tuple[Paper, ...]
    sheet: Sheet | None
    groups: tuple[EntryGroup, ...]
    agreement: str = ""
    agrees: bool = True
    saved_at: datetime | None = None
    version: str = ""
    save_href: str = ""
    upload_href: str = ""
    troubles: tuple[Trouble, ...] = ()
    received_on: date | None = None
    may_edit: bool = True
    read_only_note: str = ""
    may_check: bool = False
    paper: str = ""
    said: tuple[Said, ...] = ()
    remove_action: str = ""
    needed: tuple[tuple[str, str, str], ...] = ()
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True)
class AskPapersPage:
    """退补件: which papers are still needed; one notice names them all."""

    bar: CaseBar
    choices: tuple[Choice, ...]
    action: str
    version: str
    reason: str = ""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class AddPapersPage:
    """添加材料: files of one kind."""

    bar: CaseBar
    kinds: tuple[Choice, ...]
    action: str
    troubles: tuple[Trouble, ...] = ()
    accept: str = ""
    taken: tuple[str, ...] = ()
    hits: tuple[Any, ...] = ()
    reason: str = ""
    needed: tuple[tuple[str, str, str], ...] = ()
