"""What reading a roster gives: frozen rows, and the report of everything repaired, refused or left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

BY_HAND: Final = "corrected_by_hand"
"""The rule under which a report names a cell that somebody put right, among what was repaired."""


class RosterRow(NamedTuple):
    """One person on a roster, read and normalised.

    ``row`` counts from 1 as spreadsheets do. ``categories`` are the codes of interface section 2 in the order
    written (plus ``former_registered_poor``), ``insutype`` is 390, 310, ``other``, ``none`` or "" when the
    file does not say. ``start`` is the first of the month if ``start_precision`` is ``month``. ``change`` is
    a code of :mod:`insurer.people.reading.wording`, ``change_word`` the bureau's own words.
    """

    sheet: str
    row: int
    certno: str
    name: str
    name_key: str
    categories: tuple[str, ...]
    category_word: str
    town: str
    village: str
    card_no: str
    householder: str
    relation: str
    start: date | None
    start_precision: str
    change: str
    change_word: str
    insutype: str
    tel: str
    bank: str
    account: str
    holder: str

    def facts(self) -> tuple[object, ...]:
        """Return everything the row says apart from where it stands."""
        return tuple(self[2:])


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """One sheet of the file; ``rows`` counts the rows that describe a person, also of a sheet not used."""

    name: str
    hidden: bool
    used: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Repair:
    """A value changed on reading; before and after are masked."""

    sheet: str
    row: int
    field: str
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row not taken, with the remedy. ``certno`` is set only when the number itself is good.

    ``row`` counts from 1, ``column`` from 0.
    """

    sheet: str
    row: int
    field: str
    code: str
    message: str
    certno: str = ""
    column: int = 0


@dataclass(frozen=True, slots=True)
class Skip:
    """A row that is no (further) person."""

    sheet: str
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster as read, before anything is compared or written.

    ``rows`` = accepted + rejected. ``warnings`` are sentences for the clerk that change nothing;
    ``upgrade_candidates`` are the 18-character forms of the 15-digit numbers met, to look up whether the
    person is known. ``prints`` are keyed hashes of the rows when they were taken while reading;
    ``certno_columns`` the columns of the person numbers by sheet.
    """

    filename: str
    sha256: str
    month: date
    encoding: str | None
    sheets: tuple[SheetSummary, ...]
    rows: int
    accepted: Sequence[RosterRow]
    repaired: tuple[Repair, ...]
    rejected: tuple[Rejection, ...]
    skipped: tuple[Skip, ...]
    warnings: tuple[str, ...]
    upgrade_candidates: frozenset[str]
    prints: object = None
    certno_columns: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_hand(self) -> int:
        """How many cells were read as somebody put them right."""
        return sum(one.rule == BY_HAND for one in self.repaired)

    def rejected_by_code(self) -> dict[str, int]:
        """Count the refusals of each code."""
        return dict(Counter(rejection.code for rejection in self.rejected))

    def document(
        self, *, new: int, changed: int, unchanged: int, gone: int, applied: bool = False
    ) -> dict[str, Any]:
        """Return the report of interface section 5; personal values in it are masked."""
        return {
            "file": self.filename,
            "sha256": self.sha256,
            "encoding": self.encoding,
            "sheets": [
                {"name": s.name, "hidden": s.hidden, "used": s.used, "rows": s.rows} for s in self.sheets
            ],
            "rows": self.rows,
            "accepted": len(self.accepted),
            "repaired": [
                {
                    "sheet": r.sheet,
                    "row": r.row,
                    "field": r.field,
                    "before": r.before,
                    "after": r.after,
                    "rule": r.rule,
                }
                for r in self.repaired
            ],
            "rejected": [
                {"sheet": r.sheet, "row": r.row, "field": r.field, "code": r.code, "message": r.message}
                for r in self.rejected
            ],
            "skipped": [{"sheet": s.sheet, "row": s.row, "why": s.why} for s in self.skipped],
            "new": new,
            "changed": changed,
            "unchanged": unchanged,
            "gone": gone,
            "applied": applied,
        }
