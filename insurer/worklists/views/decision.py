"""决定: a second person takes responsibility. Amounts in fen, accounts only by their last digits."""

from dataclasses import dataclass

from insurer.worklists.views.case import CaseBar
from insurer.worklists.views.elements import Choice, Link, Moment, Trouble


@dataclass(frozen=True, slots=True)
class DecisionChoice:
    """One way to decide: what it is called, what the button says, what follows."""

    value: str
    word: str
    rest: str
    button: str
    consequence: str = ""


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One thing that is not paid, with reason and clause."""

    amount: int
    text: str
    clause: Link | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """One judgement changed by hand: before → after, effect, who said why, evidence."""

    what: str
    before: str
    after: str
    effect: str
    said: str
    evidence: Link | None = None


@dataclass(frozen=True, slots=True)
class SystemCheck:
    """One check by the system; a check that is not ``ok`` asks the reader to look."""

    word: str
    note: str
    ok: bool = True
    href: str = ""


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """The whole page; ``refusal`` replaces the form for who must not decide this case."""

    bar: CaseBar
    heading: str
    lead: str
    people: tuple[Moment, ...]
    amount: int | None
    amount_parts: tuple[tuple[str, int], ...] = ()
    amount_note: str = ""
    payee: str = ""
    payee_how: str = ""
    payee_tail: str = ""
    payee_note: str = ""
    refused: tuple[RefusedItem, ...] = ()
    refused_note: str = ""
    overrides: tuple[Override, ...] = ()
    choices: tuple[DecisionChoice, ...] = ()
    chosen: str = ""
    opinion: str = ""
    opinion_required: bool = False
    weights: tuple[str, ...] = ()
    approvers: tuple[Choice, ...] = ()
    substitute_action: str = ""
    overdue_days: int = 0
    reason: str = ""
    checks: tuple[SystemCheck, ...] = ()
    paid: tuple[tuple[str, str, str, int], ...] = ()
    paid_total: int = 0
    letters: tuple[Link, ...] = ()
    action: str = ""
    version: str = ""
    refusal: str = ""
    troubles: tuple[Trouble, ...] = ()
    result: str = ""
