"""Rows put right after their month was applied: the cover of their people is computed anew."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import text

from insurer.people.cases_to_look_at import ask_to_look_at_cases
from insurer.people.reading.result import RosterFile
from insurer.people.reading.wording import read_change
from insurer.people.rules import XINBEI, Span, Standing, cover_spans
from insurer.people.standing import (
    ADDITIONS,
    EffectiveImport,
    effective_imports,
    newest_full,
    register_of,
)
from insurer.people.tables import CoverPeriod
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id


def is_supplement(session: UnitSession, scheme: str, kind: str, month: date) -> bool:
    """Tell whether these rows go into a month whose full list, or a later one, has been applied."""
    newest = newest_full(effective_imports(session, scheme))
    return kind == ADDITIONS and newest is not None and newest >= month


@dataclass(frozen=True, slots=True)
class Evidence:
    """The roster row that cover rests on; ``import_id`` is None for the file in hand."""

    standing: Standing
    import_id: uuid.UUID | None
    sheet: str
    row: int


@dataclass(slots=True)
class Renewal:
    """What becomes of cover: ``written`` by row of the file, each with the row it rests on."""

    written: list[tuple[int, Span, Evidence]] = field(default_factory=list)
    replaced: list[uuid.UUID] = field(default_factory=list)
    begun: Counter[int] = field(default_factory=Counter)
    ended: int = 0

    def first_days(self, rows: Iterable[int]) -> dict[int, date]:
        """Return the first day of the cover that some rows give."""
        wanted = frozenset(rows)
        found: dict[int, date] = {}
        for row, span, _ in self.written:
            if row in wanted:
                found[row] = min(span.from_on, found.get(row, span.from_on))
        return found


_FACTS = text(
    """
    SELECT DISTINCT ON (f.person_id, f.month)
           f.person_id, f.month, f.category, f.insutype, f.change_word, f.approved_on,
           f.import_id, f.sheet, f.row_no
      FROM roster_fact f JOIN effective_roster e ON e.id = f.import_id
     WHERE e.scheme = :scheme AND f.person_id = ANY(:ids) AND f.import_id IS DISTINCT FROM CAST(:own AS uuid)
     ORDER BY f.person_id, f.month, e.applied_at DESC, e.id DESC
    """
)


def plan_anew(
    session: UnitSession,
    scheme: str,
    file: RosterFile,
    people: Sequence[uuid.UUID | None],
    own: uuid.UUID | None = None,
) -> Renewal:
    """Plan all cover of a supplement's people, as if its rows had stood in their month from the start.

    ``people`` holds the person of each accepted row, None for one nobody knows yet; ``own`` is the import of
    these rows, whose facts may already be written.
    """
    plan = Renewal()
    if scheme != XINBEI:
        return plan
    known = [person for person in people if person is not None]
    effective = [one for one in effective_imports(session, scheme) if one.id != own]
    effective.append(EffectiveImport(uuid.UUID(int=0), file.month, file.sha256, ADDITIONS))
    histories: dict[uuid.UUID, dict[date, Evidence]] = defaultdict(dict)
    for row in session.execute(_FACTS, {"scheme": scheme, "ids": known, "own": own}):
        standing = Standing(
            row.month,
            tuple(row.category.split(",")),
            row.insutype,
            read_change(row.change_word),
            row.approved_on,
        )
        histories[row.person_id][row.month] = Evidence(standing, row.import_id, row.sheet, row.row_no)
    current = _current(session, known)
    for index, (person, line) in enumerate(zip(people, file.accepted, strict=True)):
        history = dict(histories.get(person, {})) if person is not None else {}
        standing = Standing(file.month, line.categories, line.insutype, line.change, line.start)
        history[file.month] = Evidence(standing, None, line.sheet, line.row)
        due = _cover_of(history, effective)
        stands = current.get(person, {}) if person is not None else {}
        for year, (span, evidence) in due.items():
            before = stands.get(year)
            if before is None:
                plan.begun[year] += 1
            elif before[1] == span.from_on:
                continue
            else:
                plan.replaced.append(before[0])
            plan.written.append((index, span, evidence))
        lost = [cover_id for year, (cover_id, _) in stands.items() if year not in due]
        plan.replaced += lost
        plan.ended += len(lost)
    return plan


def _cover_of(
    history: dict[date, Evidence], effective: Sequence[EffectiveImport]
) -> dict[int, tuple[Span, Evidence]]:
    """Return the cover of each year that a person's months give together: the earliest start counts."""
    due: dict[int, tuple[Span, Evidence]] = {}
    for month in sorted(history):
        register = register_of(effective, month - timedelta(days=1))
        since = min((one.month for one in register), default=date.max)
        earlier = [history[one] for one in sorted(history) if since <= one < month]
        spans = cover_spans(
            history[month].standing,
            before=earlier[-1].standing if earlier else None,
            earlier_known=bool(register),
        )
        for span in spans:
            known = due.get(span.year)
            if known is None or span.from_on < known[0].from_on:
                due[span.year] = (span, history[month])
    return due


def _current(
    session: UnitSession, people: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[int, tuple[uuid.UUID, date]]]:
    found: dict[uuid.UUID, dict[int, tuple[uuid.UUID, date]]] = defaultdict(dict)
    statement = text(
        "SELECT id, person_id, year, from_on FROM cover_period"
        " WHERE person_id = ANY(:ids) AND superseded_at IS NULL"
    )
    for row in session.execute(statement, {"ids": list(people)}):
        found[row.person_id][row.year] = (row.id, row.from_on)
    return found


def write_renewal(
    session: UnitSession,
    scheme: str,
    import_id: uuid.UUID,
    people: Sequence[uuid.UUID | None],
    plan: Renewal,
    now: datetime,
) -> set[uuid.UUID]:
    """Write planned cover with the row each period rests on; returns the imports that began some of it.

    The cases of whoever has other cover now are looked at in the background.
    """
    _look_at_cases(session, scheme, import_id, people, plan, now)
    if plan.replaced:
        session.execute(
            text("UPDATE cover_period SET superseded_at = :now WHERE id = ANY(:ids)"),
            {"now": now, "ids": plan.replaced},
        )
    copy_rows(
        session,
        CoverPeriod,
        [
            {
                "id": new_id(),
                "scheme": scheme,
                "person_id": people[index],
                "year": span.year,
                "from_on": span.from_on,
                "until_on": span.until_on,
                "basis": {
                    "reason": span.reason,
                    "clause": "XB-二(一)",
                    "sheet": evidence.sheet,
                    "row": evidence.row,
                    "month": evidence.standing.month.isoformat(),
                    "approved_on": (
                        evidence.standing.approved_on.isoformat() if evidence.standing.approved_on else None
                    ),
                },
                "import_id": evidence.import_id or import_id,
                "created_at": now,
                "superseded_at": None,
            }
            for index, span, evidence in plan.written
        ],
    )
    return {evidence.import_id or import_id for _, _, evidence in plan.written}


def _look_at_cases(
    session: UnitSession,
    scheme: str,
    import_id: uuid.UUID,
    people: Sequence[uuid.UUID | None],
    plan: Renewal,
    now: datetime,
) -> None:
    """Note the work that looks at the cases of these people; identities are not planned, so all count."""
    if scheme == XINBEI:
        changed = {people[index] for index, _, _ in plan.written}
        statement = text("SELECT DISTINCT person_id FROM cover_period WHERE id = ANY(:ids)")
        changed.update(session.scalars(statement, {"ids": plan.replaced}))
    else:
        changed = set(people)
    ask_to_look_at_cases(session, import_id, [one for one in changed if one is not None], str(import_id), now)
