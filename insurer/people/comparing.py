"""A file against the register: as which kind of list it is taken, what it changes, what follows for cover."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from insurer.people.approval import second_person
from insurer.people.arriving import refuse_older
from insurer.people.covering import CoverPlan, plan_cover
from insurer.people.differences import LISTED, Difference, compare, listing
from insurer.people.doubles import likely_doubles
from insurer.people.import_states import applied_imports, holds_lock
from insurer.people.masking import mask_certno, mask_name
from insurer.people.reading.result import RosterFile
from insurer.people.rules import guess_kind
from insurer.people.standing import FULL, effective_imports, newest_full, register_size
from insurer.people.supplements import Renewal, is_supplement, plan_anew
from insurer.people.tables import Person, RosterImport
from insurer.platform.db import UnitSession

_AT_HAND: Final = "roster_compared"
INNER: Final = ("listing", "use_hidden", "heads", "asked")
"""What is kept beside a report and is not part of it."""

AUTO: Final = "auto"
"""Let the file's name and size say whether it is a full list or additions."""


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """What became of a roster: ``import_id`` is None while nothing is stored, ``report`` is that of
    interface section 5, ``listing`` the first differences with masked values and the cover that follows
    (``cover``: persons newly covered by year, periods ended), ``state`` the import's state.
    """

    import_id: uuid.UUID | None
    state: str
    report: dict[str, Any]
    listing: dict[str, Any]


@dataclass(slots=True)
class Compared:
    """A file against the register: as which kind it is taken, and whether it goes into a month applied.

    ``plan`` and ``doubles`` are what follows, once it was asked for.
    """

    kind: str
    difference: Difference
    supplement: bool
    plan: CoverPlan | Renewal | None = None
    doubles: dict[int, uuid.UUID] | None = None


def compare_roster(session: UnitSession, scheme: str, file: RosterFile, kind: str) -> Compared:
    """Compare a file as a full list, as additions or as what its name and size say (``auto``).

    :class:`Conflict` for a full list older than the newest one.
    """
    if kind == AUTO:
        kind = guess_kind(
            file.filename,
            rows=file.rows,
            size=register_size(session, scheme, file.month),
            late=_is_late(session, scheme, file.month),
        )
    if kind == FULL:
        refuse_older(session, scheme, file)
    at_hand: tuple[RosterFile, Compared] | None = session.info.get(_AT_HAND)
    if at_hand is not None and at_hand[0] is file and at_hand[1].kind == kind and holds_lock(session, scheme):
        return at_hand[1]
    difference = compare(session, scheme=scheme, file=file, kind=kind)
    compared = Compared(kind, difference, is_supplement(session, scheme, kind, file.month))
    if holds_lock(session, scheme):
        session.info[_AT_HAND] = (file, compared)
    return compared


def forget_compared(session: UnitSession) -> None:
    """Compare anew from now on: what was compared is being written."""
    session.info.pop(_AT_HAND, None)


def doubles_of(
    session: UnitSession, scheme: str, file: RosterFile, compared: Compared
) -> dict[int, uuid.UUID]:
    """Return the rows of people who are possibly known under another number (see :mod:`doubles`)."""
    if compared.doubles is None:
        compared.doubles = likely_doubles(session, scheme, file, compared.difference)
    return compared.doubles


def _is_late(session: UnitSession, scheme: str, month: date) -> bool:
    newest = newest_full(effective_imports(session, scheme))
    return newest is not None and newest >= month


def as_it_stands(found: RosterImport) -> RosterOutcome:
    """Return the outcome that an import already has."""
    report = {key: value for key, value in found.report.items() if key not in INNER}
    return RosterOutcome(found.id, found.state, report, dict(found.report.get("listing", {})))


def plan_for(session: UnitSession, scheme: str, file: RosterFile, compared: Compared) -> CoverPlan | Renewal:
    """Plan the cover that a file gives."""
    if compared.plan is None and compared.supplement:
        compared.plan = plan_anew(session, scheme, file, compared.difference.people)
    elif compared.plan is None:
        corrected = applied_imports(session, scheme, file.month) if compared.kind == FULL else ()
        former = [known.id for known in corrected]
        compared.plan = plan_cover(session, scheme, file, compared.difference, former)
    return compared.plan


def counts_of(file: RosterFile, compared: Compared, change_limit: int) -> dict[str, Any]:
    """Return the figures kept with an import: rows, differences, and why a second person is needed."""
    difference = compared.difference
    return {
        "rows": file.rows,
        "accepted": len(file.accepted),
        "repaired": len(file.repaired),
        "rejected": len(file.rejected),
        "skipped": len(file.skipped),
        **difference.counts,
        "size": difference.size,
        **second_person(
            difference.counts,
            size=difference.size,
            limit=change_limit,
            supplement=compared.supplement,
            by_hand=file.by_hand,
        ),
    }


def outcome_of(
    session: UnitSession,
    import_id: uuid.UUID | None,
    state: str,
    file: RosterFile,
    compared: Compared,
    plan: CoverPlan | Renewal,
    *,
    doubles: Mapping[int, uuid.UUID] | None = None,
) -> RosterOutcome:
    """Return what an import shows: report, listed differences, cover that follows, likely doubles."""
    difference = compared.difference
    report = file.document(**difference.counts, applied=state == "applied")
    listed = listing(session, file, difference)
    begins = plan.first_days(difference.new[:LISTED])
    for index, row in zip(difference.new, listed["new"], strict=False):
        row["cover_from"] = begins[index].isoformat() if index in begins else None
        row["insutype"] = file.accepted[index].insutype
        row["householder"] = mask_name(file.accepted[index].householder)
    cover = {"begun": {str(year): plan.begun[year] for year in sorted(plan.begun)}, "ended": plan.ended}
    double = [
        {
            "sheet": (row := file.accepted[index]).sheet,
            "row": row.row,
            "name": mask_name(row.name),
            "certno": mask_certno(row.certno),
            "town": row.town,
            "other_id": str(other),
            "other": known.certno_mask,
        }
        for index, other in list((doubles or {}).items())[:LISTED]
        if (known := session.get(Person, other)) is not None
    ]
    refused = [one.column for one in file.rejected]
    return RosterOutcome(
        import_id, state, report, {**listed, "cover": cover, "doubles": double, "refused_columns": refused}
    )
