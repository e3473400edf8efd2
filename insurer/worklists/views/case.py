"""What stands above every page of one case, and the overview and timeline of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from insurer.worklists.views.elements import Banner, Due, Link, SideRow, Trouble


@dataclass(frozen=True, slots=True)
class CaseTab:
    """One of the seven parts of a case; ``badge`` is its count, or what blocks it."""

    word: str
    href: str
    badge: str = ""
    blocks: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class OpenedBy:
    """Who last said to have a case open, in which state of it, and until when that counts."""

    staff_id: UUID
    who: str
    state: str
    acted_at: datetime
    until_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CaseBar:
    """Identity bar and tabs; the number on the card is already masked, amounts in fen."""

    number: str
    name: str
    sex: str
    age: int | None
    masked_id: str
    stay: tuple[str, ...]
    status: str
    due: Due
    amount: int | None
    amount_word: str
    tabs: tuple[CaseTab, ...]
    person_href: str = ""
    reveal_href: str = ""
    seen_by: str = ""
    locked_by: str = ""
    deceased: str = ""
    actions: tuple[Link, ...] = ()
    version: int = 0
    state: str = ""
    opened_by: OpenedBy | None = None


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing that must be done before the case can move on."""

    word: str
    done: bool
    note: str = ""
    href: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class PlainStep:
    """A step without a page of its own; some ask for a reason, some end the case."""

    action: str
    word: str
    reasoned: bool
    ends: bool = False


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """概览: facts of the case and what is still missing."""

    bar: CaseBar
    facts: tuple[SideRow, ...]
    settlements: tuple["SettlementLine", ...]
    checklist: tuple[CheckItem, ...]
    cover: tuple[SideRow, ...] = ()
    next_step: Link | None = None
    next_step_note: str = ""
    steps: tuple[PlainStep, ...] = ()
    action: str = ""
    version: str = ""
    reason: str = ""
    troubles: tuple[Trouble, ...] = ()
    filed_before: tuple[Banner, ...] = ()


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One settlement of the case; amounts in fen."""

    setl_id: str
    kind: str
    hospital: str
    began_on: date | None
    ended_on: date | None
    settled_on: date
    total: int
    personal: int
    payable: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the timeline; what changed reads before → after."""

    at: datetime
    who: str
    role: str
    what: str
    before: str = ""
    after: str = ""
    link: Link | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """时间线: newest first, grouped by day."""

    bar: CaseBar
    days: tuple[tuple[date, tuple[Event, ...]], ...]
    kinds: tuple[tuple[str, str, bool], ...] = ()
    verified: Literal["", "whole", "broken"] = ""
