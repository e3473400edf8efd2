"""What a change of an exclusion list does to stored fee lines: which lines of which cases, and the money.

Reads only, in sets: distinct names first, since a hospital writes the same ones again and again; then the
bills that hold a name whose answer changes, whole, for a piece is judged within its prescription.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from insurer.claims.lifecycle import CALCULABLE, State
from insurer.claims.tables import Claim, Decision, FeeLine, Settlement
from insurer.exclusions.changes import Change
from insurer.exclusions.check import check_item, check_lines
from insurer.exclusions.editions import Edition
from insurer.exclusions.names import fold, without_borders
from insurer.exclusions.rules import Effect
from insurer.kernel.money import parse_yuan
from insurer.platform.db import UnitSession
from insurer.schemes.calculate import calculate
from insurer.schemes.changzhou_xinbei_claim import SCHEME
from insurer.schemes.line_check import BillFacts

DAYS_BACK: Final = 731
"""The preview looks at bills settled in the two years before."""

MOST_BILLS: Final = 2_000
"""So many bills are judged line by line, the newest first; the preview says when there are more."""

_CONTENT: Final = (
    "medins_list_name",
    "hilist_name",
    "med_list_codg",
    "hilist_code",
    "list_type",
    "med_chrgitm_type",
    "chrgitm_lv",
)


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A fee line whose automatic answer changes; ``judged`` tells that a person's finding wins anyway."""

    number: int
    name: str
    amount_fen: int
    before: str
    after: str
    judged: bool


@dataclass(slots=True)
class ChangedCase:
    """A case with lines that change; ``open`` cases would be calculated again, others stay as decided."""

    claim_id: uuid.UUID
    case_no: str
    hospital: str
    settled_on: date
    state: State
    benefit_fen: int
    lines: list[ChangedLine] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Tell whether a new calculation may still replace the last one."""
        return self.state in CALCULABLE


def changed_cases(
    session: UnitSession, *, edition: Edition, change: Change, today: date
) -> tuple[list[ChangedCase], bool]:
    """Return the cases whose lines would have another answer under the change, and whether that is all.

    The change is laid over the bills of the past as if it had been in force on their day.
    """
    after = edition.trying(change)
    names = _touched_names(session, edition, after, change, today - timedelta(days=DAYS_BACK))
    if not names:
        return [], True
    bills = list(session.scalars(_bills(names, today - timedelta(days=DAYS_BACK)).limit(MOST_BILLS + 1)))
    complete = len(bills) <= MOST_BILLS
    return _judge_bills(session, bills[:MOST_BILLS], edition, after), complete


def effect_of_cases(cases: Sequence[ChangedCase], *, complete: bool) -> Effect:
    """Count what changes; lines that a person has judged are left out."""
    counted = [(case, line) for case in cases for line in case.lines if not line.judged]
    to = [line.after for _, line in counted]
    return Effect(
        lines=len(counted),
        cases=len({case.case_no for case, _ in counted}),
        fen=sum(line.amount_fen for _, line in counted),
        open_cases=len({case.case_no for case, _ in counted if case.is_open}),
        to_excluded=to.count("excluded"),
        to_review=to.count("review"),
        to_covered=to.count("covered"),
        complete=complete,
    )


def benefit_after(
    session: UnitSession, claim_ids: Sequence[uuid.UUID], *, edition: Edition, change: Change
) -> dict[uuid.UUID, tuple[int, int]]:
    """Return for cases what is paid under the lists and under the change, in fen; nothing is stored.

    Both are calculated from the newest stored document, so that only the change makes a difference.
    """
    newest = (
        select(Decision.claim_id, func.max(Decision.seq).label("seq"))
        .where(Decision.claim_id.in_(claim_ids))
        .group_by(Decision.claim_id)
        .subquery()
    )
    rows = session.execute(
        select(Decision.claim_id, Decision.document).join(
            newest, (newest.c.claim_id == Decision.claim_id) & (newest.c.seq == Decision.seq)
        )
    )
    checks = [partial(check_lines, edition=one) for one in (edition, edition.trying(change))]
    found: dict[uuid.UUID, tuple[int, int]] = {}
    for row in rows:
        results = [calculate(row.document, check) for check in checks]
        if all("total" in result for result in results):
            found[row.claim_id] = (parse_yuan(results[0]["total"]), parse_yuan(results[1]["total"]))
    return found


def open_cases_under(
    session: UnitSession, *, edition: Edition, before: Edition, change: Change
) -> list[uuid.UUID]:
    """Return the cases that wait for a decision and whose bills fall under an approved change.

    ``edition`` holds the change, ``before`` does not; the bill's own date decides here.
    """
    names = _touched_names(session, before, before.trying(change), change, change.starts_on)
    if not names:
        return []
    bills = _bills(names, change.starts_on).join(Claim, Claim.id == Settlement.claim_id)
    bills = bills.where(Claim.state.in_([state.value for state in CALCULABLE]))
    if change.ends_on is not None:
        bills = bills.where(Settlement.settled_on < change.ends_on)
    cases = _judge_bills(session, list(session.scalars(bills)), before, edition)
    return [case.claim_id for case in cases]


def _touched_names(
    session: UnitSession, before: Edition, after: Edition, change: Change, since: date
) -> list[str]:
    """Return the hospital's names of lines whose answer, seen alone, differs between two editions.

    A change can only touch a line that holds its word or carries its code; the words are looked for in the
    plain columns, so that the facts of few lines are opened.
    """
    columns = [FeeLine.facts[name].astext.label(name) for name in _CONTENT]
    found = (
        select(FeeLine.name, *columns)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(_current(since), _holds(session, change, since))
        .distinct()
    )
    day = BillFacts(on=change.starts_on)
    names: set[str] = set()
    for row in session.execute(found):
        line = {name: getattr(row, name) for name in _CONTENT}
        if check_item(line, day, before) != check_item(line, day, after):
            names.add(row.name)
    return sorted(names)


def _holds(session: UnitSession, change: Change, since: date) -> ColumnElement[bool]:
    """Return the condition for lines that hold the word of a change or carry its code."""
    if change.is_code:
        carried = (FeeLine.facts["med_list_codg"].astext, FeeLine.facts["hilist_code"].astext)
        return or_(*(func.upper(code) == change.key for code in carried))
    key = without_borders(change.key)
    rows = session.execute(
        select(FeeLine.name, FeeLine.catalogue_name)
        .join(Settlement, Settlement.id == FeeLine.settlement_id)
        .where(_current(since))
        .distinct(),
        execution_options={"yield_per": 5_000},
    )
    holding = {
        row.name
        for row in rows
        if key in without_borders(fold(row.name)) or key in without_borders(fold(row.catalogue_name))
    }
    return FeeLine.name == any_(literal(sorted(holding), ARRAY(Text)))


def _current(since: date) -> ColumnElement[bool]:
    return (
        Settlement.superseded_at.is_(None)
        & Settlement.reverses.is_(None)
        & (Settlement.scheme == SCHEME)
        & (Settlement.settled_on >= since)
    )


def _bills(names: Sequence[str], since: date) -> Select[uuid.UUID]:
    held = (
        select(FeeLine.id)
        .where(FeeLine.settlement_id == Settlement.id, FeeLine.name == any_(literal(names, ARRAY(Text))))
        .exists()
    )
    return (
        select(Settlement.id)
        .where(_current(since), held)
        .order_by(Settlement.settled_on.desc(), Settlement.id.desc())
    )


def _judge_bills(
    session: UnitSession, bill_ids: Sequence[uuid.UUID], before: Edition, after: Edition
) -> list[ChangedCase]:
    rows = session.execute(
        select(Settlement, Claim)
        .join(Claim, Claim.id == Settlement.claim_id)
        .where(
            Settlement.id == any_(literal(bill_ids, ARRAY(Settlement.id.type))),
            Claim.state != State.WITHDRAWN.value,
        )
        .order_by(Settlement.settled_on.desc(), Settlement.id.desc())
    ).all()
    lines: dict[uuid.UUID, list[FeeLine]] = defaultdict(list)
    wanted = select(FeeLine).where(
        FeeLine.settlement_id == any_(literal(bill_ids, ARRAY(Settlement.id.type)))
    )
    for line in session.scalars(wanted.order_by(FeeLine.settlement_id, FeeLine.line_no)):
        lines[line.settlement_id].append(line)
    cases: dict[uuid.UUID, ChangedCase] = {}
    for settlement, claim in rows:
        changed = _changed_lines(settlement, lines[settlement.id], before, after)
        if changed:
            case = cases.setdefault(
                claim.id,
                ChangedCase(
                    claim.id,
                    claim.case_no,
                    claim.hospital,
                    settlement.settled_on,
                    State(claim.state),
                    claim.benefit_fen,
                ),
            )
            case.lines += changed
    return list(cases.values())


def _changed_lines(
    settlement: Settlement, lines: Sequence[FeeLine], before: Edition, after: Edition
) -> list[ChangedLine]:
    bill = _bill_facts(settlement)
    facts = [line.facts for line in lines]
    told = zip(lines, check_lines(facts, bill, before), check_lines(facts, bill, after), strict=True)
    return [
        ChangedLine(
            line.line_no,
            line.name,
            line.amount_fen,
            old.decision,
            new.decision,
            line.finding is not None,
        )
        for line, old, new in told
        if old.decision != new.decision
    ]


def _bill_facts(settlement: Settlement) -> BillFacts:
    facts: Mapping[str, Any] = settlement.facts
    place = facts.get("fixmedins") or {}
    return BillFacts(
        on=settlement.settled_on,
        med_type=str(facts.get("med_type") or ""),
        institution_kind=str(place.get("kind") or "hospital"),
        dual_channel=facts.get("dual_channel") is True,
    )
