"""Cover that a roster gives: planned for the preview, written when it is applied."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import text

from insurer.people.reading.result import RosterFile
from insurer.people.reading.wording import read_change
from insurer.people.rules import XINBEI, Span, Standing, cover_spans
from insurer.people.standing import effective_imports, register_of
from insurer.people.tables import CoverPeriod
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id


@dataclass(slots=True)
class CoverPlan:
    """Cover to write: ``spans`` by row of the file, ``replaced`` the periods superseded, ``ended`` how many
    of them have no successor, ``begun`` the persons who had no cover in a year, counted by year.
    """

    spans: list[tuple[int, Span]] = field(default_factory=list)
    replaced: list[uuid.UUID] = field(default_factory=list)
    ended: int = 0
    begun: Counter[int] = field(default_factory=Counter)


def standings_before(session: UnitSession, scheme: str, month: date) -> dict[uuid.UUID, Standing] | None:
    """Return what the register before ``month`` says of each person; None without an earlier roster."""
    register = register_of(effective_imports(session, scheme), month - timedelta(days=1))
    if not register:
        return None
    statement = text(
        "SELECT person_id, category, insutype, change_word, approved_on FROM roster_fact"
        " WHERE scheme = :scheme AND month = :month AND import_id = :import_id"
    )
    return {
        row.person_id: Standing(
            one.month,
            tuple(row.category.split(",")),
            row.insutype,
            read_change(row.change_word),
            row.approved_on,
        )
        for one in register
        for row in session.execute(statement, {"scheme": scheme, "month": one.month, "import_id": one.id})
    }


def plan_cover(
    session: UnitSession,
    scheme: str,
    file: RosterFile,
    people: Sequence[uuid.UUID | None],
    before: Mapping[uuid.UUID, Standing] | None,
    corrected: Sequence[uuid.UUID],
) -> CoverPlan:
    """Plan the cover that this month gives; ``people`` holds the person of each accepted row or None.

    ``before`` is what the newest earlier roster said of each person, None when there is no earlier roster.
    An earlier start supersedes a later one of the same year. ``corrected`` are the former imports of the same
    month: cover that rests on them alone follows the correction, or ends with it.
    """
    plan = CoverPlan()
    if scheme != XINBEI:
        return plan
    given = [
        (index, person_id, span)
        for index, (person_id, row) in enumerate(zip(people, file.accepted, strict=True))
        for span in cover_spans(
            Standing(file.month, row.categories, row.insutype, row.change, row.start),
            before=before.get(person_id) if before is not None and person_id is not None else None,
            earlier_known=before is not None,
        )
    ]
    statement = text(
        "SELECT id, person_id, year, from_on, import_id FROM cover_period"
        " WHERE (person_id = ANY(:ids) OR import_id = ANY(:corrected)) AND superseded_at IS NULL"
    )
    ids = list({person_id for _, person_id, _ in given if person_id is not None})
    current = {
        (row.person_id, row.year): row
        for row in session.execute(statement, {"ids": ids, "corrected": list(corrected)})
    }
    supported = {(person_id, span.year) for _, person_id, span in given}
    formerly = frozenset(corrected)
    plan.replaced = [
        known.id for key, known in current.items() if known.import_id in formerly and key not in supported
    ]
    plan.ended = len(plan.replaced)
    for index, person_id, span in given:
        known = current.get((person_id, span.year)) if person_id is not None else None
        if known is None:
            plan.begun[span.year] += 1
        else:
            movable = known.import_id in formerly and known.from_on != span.from_on
            if known.from_on <= span.from_on and not movable:
                continue
            plan.replaced.append(known.id)
        plan.spans.append((index, span))
    return plan


def write_cover(
    session: UnitSession,
    scheme: str,
    import_id: uuid.UUID,
    file: RosterFile,
    people: Sequence[uuid.UUID],
    plan: CoverPlan,
    now: datetime,
) -> None:
    """Write planned cover with the roster row that each period rests on; nothing is overwritten."""
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
                    "sheet": (row := file.accepted[index]).sheet,
                    "row": row.row,
                    "month": file.month.isoformat(),
                    "approved_on": row.start.isoformat() if row.start else None,
                },
                "import_id": import_id,
                "created_at": now,
                "superseded_at": None,
            }
            for index, span in plan.spans
        ],
    )
