"""除外清单: the lists, their words, proposals with their effect, reports. Amounts are fen."""

from dataclasses import dataclass
from datetime import date, datetime

from insurer.worklists.views.elements import Choice, Link, Moment, Paging, Tag, Trouble, ViewTab


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list: what it excludes, how many words it has today, where it comes from and since when."""

    word: str
    href: str
    clause: str
    words: int
    source: str
    standing: str
    since: date
    changes: int
    coming: int


@dataclass(frozen=True, slots=True)
class ListsPage:
    """Every list, with what waits for somebody."""

    tabs: tuple[ViewTab, ...]
    rows: tuple[ListRow, ...]
    hash: str
    propose_href: str = ""


@dataclass(frozen=True, slots=True)
class TermRow:
    """A word or code of a list with its answer, its days and where it comes from."""

    term: str
    answer: str
    tone: str
    meaning: str
    condition: str
    since: date
    until: date | None
    standing: str
    source: str
    change: Link | None = None
    retire_href: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """The words of one list that the search finds."""

    tabs: tuple[ViewTab, ...]
    word: str
    note: str
    action: str
    query: str
    answers: tuple[Choice, ...]
    tags: tuple[Tag, ...]
    clear_href: str
    rows: tuple[TermRow, ...]
    paging: Paging
    source: str
    propose_href: str = ""


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """What somebody saw on a fee line."""

    name: str
    catalogue: tuple[str, ...]
    answer: str
    tone: str
    because: str
    finding: str
    remark: str
    who: str
    at: datetime
    case: Link


@dataclass(frozen=True, slots=True)
class ProposePage:
    """The form of a proposal; ``report`` is the reported line that it answers."""

    tabs: tuple[ViewTab, ...]
    action: str
    lists: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    word_answers: tuple[Choice, ...]
    herb_answers: tuple[Choice, ...]
    term: str
    meaning: str
    basis: str
    starts_on: str
    ends_on: str
    report_id: str
    report: ReportedLine | None
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class AffectedLine:
    """A fee line whose answer changes."""

    number: str
    name: str
    before: str
    after: str
    after_tone: str
    amount: int
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class AffectedCase:
    """A case with such lines, and what would be paid before and after; ``None`` where it is not known."""

    number: Link
    hospital: str
    settled_on: date
    status: str
    fate: str
    lines: tuple[AffectedLine, ...]
    before: int | None = None
    after: int | None = None

    @property
    def less(self) -> int | None:
        """Return by how much less is paid; negative when it is more."""
        return None if self.before is None or self.after is None else self.before - self.after


@dataclass(frozen=True, slots=True)
class EffectSums:
    """The sums of a preview."""

    lines: int
    cases: int
    open_cases: int
    amount: int
    becomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One proposal: what, on what basis, from when, with which effect, and who decides."""

    tabs: tuple[ViewTab, ...]
    number: str
    heading: str
    status: str
    facts: tuple[tuple[str, str], ...]
    people: tuple[Moment, ...]
    effect: EffectSums | None
    effect_note: str
    cases: tuple[AffectedCase, ...]
    more_cases: int
    action: str
    hash: str
    may_approve: bool
    may_withdraw: bool
    refusal: str
    opinion: str = ""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal in a list."""

    number: Link
    list_word: str
    what: str
    term: str
    answer: str
    starts_on: date
    by: str
    at: datetime
    status: str
    ended: str
    effect: str


@dataclass(frozen=True, slots=True)
class ProposalsPage:
    """Proposals that wait, or those that ended."""

    tabs: tuple[ViewTab, ...]
    heading: str
    empty: str
    rows: tuple[ProposalRow, ...]
    paging: Paging
    propose_href: str = ""
    shown: tuple[ViewTab, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report with what can be done or what became of it."""

    line: ReportedLine
    propose_href: str
    decline_href: str
    outcome: str
    change: Link | None


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Reports that wait or those that were handled; ``declining`` is the open form."""

    tabs: tuple[ViewTab, ...]
    shown: tuple[ViewTab, ...]
    rows: tuple[ReportRow, ...]
    paging: Paging
    declining: ReportedLine | None = None
    decline_action: str = ""
    close_href: str = ""
    reason: str = ""
    troubles: tuple[Trouble, ...] = ()
