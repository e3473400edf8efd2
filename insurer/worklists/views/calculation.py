"""核算: who paid, what we pay, why. Amounts in fen; chart positions in thousandths of the total."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Choice, Link


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure and the key of its derivation; an empty key makes it a plain figure."""

    fen: int | None
    key: str = ""
    delta: int = 0


@dataclass(frozen=True, slots=True)
class PayerRow:
    """One payer of the chart."""

    word: str
    state: str
    shape: str
    bar: Literal["total", "upstream", "ours", "rest", "pending", "tick"]
    start: int
    width: int
    amount: Amount
    left: int | None = None
    proof: Link | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of personal cost and what is paid for it; ``rate`` reads 100%, 50% or 不赔."""

    word: str
    personal: Amount
    later: Amount
    rest: Amount
    rate: str
    benefit: Amount


@dataclass(frozen=True, slots=True)
class YearLimit:
    """The yearly limit of the other costs: limit − used − this time = left."""

    limit: int
    used: Amount
    now: Amount
    left: int
    word: str = "其他费用年度限额"
    standing: str = ""


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One fee line with the reason, its clause and what can be done."""

    number: str
    item: str
    item_class: tuple[str, ...]
    price: int | None
    count: str
    reason: str
    clause: Link | None
    note: str
    amount: Amount
    actions: tuple[Link, ...] = ()
    judge_href: str = ""
    """The address of the panel; ``finding`` is added to it."""
    open_question: bool = False
    price_said: str = ""
    """The price as it was sent, where it has more than two decimals."""
    line_id: str = ""
    """Set where the answer can be reported to the officers."""
    reported: bool = False


@dataclass(frozen=True, slots=True)
class FeeGroup:
    """不予支付, 待核 or 可赔, in this order; a folded group shows only its head."""

    verdict: Literal["excluded", "review", "covered"]
    word: str
    lead: tuple[str, ...]
    sum: int
    rows: tuple[FeeRow, ...]
    folded: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step of a derivation, with the numbers filled in."""

    what: str
    sum: str
    detail: str = ""
    rounded: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """这个数怎么来的, always in this order."""

    key: str
    word: str
    amount: int
    formula: str
    result: str
    steps: tuple[Step, ...]
    inputs: tuple[tuple[str, Link], ...]
    clause: str
    clause_source: str
    readings: tuple[tuple[str, str], ...] = ()
    readings_by: str = ""
    rounding: str = ""
    version: str = ""
    computed_at: datetime | None = None
    agrees: bool | None = None
    missing: str = ""
    close_href: str = ""


@dataclass(frozen=True, slots=True)
class Judging:
    """The panel in which a person judges one fee line; a reason is always asked for."""

    line: str
    item: str
    amount: int
    because: str
    clause: str
    choices: tuple[Choice, ...]
    suggestions: tuple[Choice, ...]
    """Usual reasons for what was asked; the first is chosen when nothing was written yet."""
    reason: str
    may_report: bool
    action: str
    line_id: str
    version: str
    close_href: str
    keep: str = ""
    """Where what is being written is kept."""


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One charge category: what the lines come to, what the bill says; ``None`` where it says nothing."""

    word: str
    lines: int
    amount: int
    billed: int | None

    @property
    def difference(self) -> int:
        """Return by how much the lines are above the bill."""
        return 0 if self.billed is None else self.amount - self.billed


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The fee lines held against the bill, category by category; ``source`` says which paper."""

    rows: tuple[CategoryRow, ...]
    source: str
    differing: int
    amount: int
    billed: int | None


@dataclass(frozen=True, slots=True)
class Alert:
    """A banner of the page: its word, a sentence, and whether it is only to be known."""

    word: str
    text: str
    calm: bool = False


@dataclass(frozen=True, slots=True)
class CalculationPage:
    """The whole page; ``blocked`` says what keeps the case from review."""

    bar: CaseBar
    settlement: str
    payers: tuple[PayerRow, ...]
    classes: tuple[ClassRow, ...]
    class_total: tuple[int, int, int, int]
    later_word: str
    lines_total: int
    lines_sum: int
    lines_agree: bool
    groups: tuple[FeeGroup, ...]
    categories: Reconciliation | None = None
    report_action: str = ""
    limit: YearLimit | None = None
    derivation: Derivation | None = None
    judging: Judging | None = None
    blocked: str = ""
    verdict: str = ""
    alerts: tuple[Alert, ...] = ()
    blocked_link: Link | None = None
    settlements: tuple[tuple[str, str, bool], ...] = ()
