"""Cover that a roster gives: planned for the preview, written when it is applied."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
from sqlalchemy import text

from insurer.people.differences import Difference
from insurer.people.reading.result import RosterFile
from insurer.people.reading.row_store import Batch, batches_of, stored
from insurer.people.reading.wording import read_change
from insurer.people.register import Told
from insurer.people.roster_rows import cut
from insurer.people.rules import XINBEI, Span, Standing, cover_spans
from insurer.people.standing import EffectiveImport, effective_imports, register_of
from insurer.platform.binary_copy import NULL, UUID, day, document, framed, moment, number, words
from insurer.platform.db import UnitSession
from insurer.platform.id_batches import new_keys

_MANY: Final = 100_000
COVER: Final = (
    "id",
    "scheme",
    "person_id",
    "year",
    "from_on",
    "until_on",
    "basis",
    "import_id",
    "created_at",
    "superseded_at",
)

Rows = npt.NDArray[np.int64]
"""Rows of a file."""
_NOBODY: Final = np.zeros(0, np.int64)

Before = tuple[bool, bool]
"""What the register before a month says of somebody on it: on the register at all, and insurable."""


@dataclass(slots=True)
class CoverPlan:
    """Cover to write: rows of the file by ``spans``, ``replaced`` the periods superseded, ``ended`` how many
    of them have no successor, ``begun`` the persons who had no cover in a year, counted by year.
    """

    spans: dict[Span, npt.NDArray[np.int64]] = field(default_factory=dict)
    replaced: list[uuid.UUID] = field(default_factory=list)
    ended: int = 0
    begun: Counter[int] = field(default_factory=Counter)

    def first_days(self, rows: Iterable[int]) -> dict[int, date]:
        """Return the first day of the cover that some rows give."""
        wanted = np.array(list(rows), np.int64)
        found: dict[int, date] = {}
        for span, positions in self.spans.items():
            for row in np.intersect1d(wanted, positions).tolist():
                found[row] = min(span.from_on, found.get(row, span.from_on))
        return found


def plan_cover(
    session: UnitSession,
    scheme: str,
    file: RosterFile,
    difference: Difference,
    corrected: Sequence[uuid.UUID],
) -> CoverPlan:
    """Plan the cover that this month gives.

    An earlier start supersedes a later one of the same year. ``corrected`` are the former imports of the same
    month: cover that rests on them alone follows the correction, or ends with it.
    """
    plan = CoverPlan()
    if scheme != XINBEI:
        return plan
    register = register_of(effective_imports(session, scheme), file.month - timedelta(days=1))
    given = _given(session, file, difference, register)
    people = difference.people
    current = _current(session, scheme, given, difference, corrected)
    formerly = frozenset(corrected)
    if formerly:
        supported = {
            (people.ids[row].tobytes(), span.year)
            for span, rows in given.items()
            for row in rows[people.known[rows]].tolist()
        }
        plan.replaced = [
            known.id for key, known in current.items() if known.import_id in formerly and key not in supported
        ]
        plan.ended = len(plan.replaced)
    for span, rows in given.items():
        here = rows[people.known[rows]] if current else _NOBODY
        standing = {
            row: known
            for row in here.tolist()
            if (known := current.get((people.ids[row].tobytes(), span.year))) is not None
        }
        kept = np.ones(len(rows), bool)
        for row, known in standing.items():
            movable = known.import_id in formerly and known.from_on != span.from_on
            if known.from_on <= span.from_on and not movable:
                kept[np.searchsorted(rows, row)] = False
            else:
                plan.replaced.append(known.id)
        if begun := len(rows) - len(standing):
            plan.begun[span.year] += begun
        if kept.any():
            plan.spans[span] = rows[kept]
    return plan


def _given(
    session: UnitSession, file: RosterFile, difference: Difference, register: Sequence[EffectiveImport]
) -> dict[Span, Rows]:
    """Return the rows that give each span of cover, ascending.

    A row that says what the register said already gives nothing that an earlier month of its year, or the
    December before it, has not given.
    """
    month = file.month
    same = tuple(register) == difference.register
    settled = same and month.month != 12
    settled = settled and all(one.month.year == month.year or one.month.month == 12 for one in register)
    told = difference.told
    asked = np.flatnonzero(told) if same else np.arange(len(file.accepted))
    before = _before(session, difference, register, asked) if register else {}
    codes, said = stored(file.accepted).standings()
    formerly = np.where(told, _UNKNOWN, _AS_NOW) if same else np.full(len(codes), _UNKNOWN)
    for row, (on_register, insurable) in before.items():
        formerly[row] = _KNOWN + 2 * on_register + insurable
    rows = np.flatnonzero(told) if settled else np.arange(len(codes))
    kinds, kind_of = np.unique(codes[rows].astype(np.int64) * _MOST + formerly[rows], return_inverse=True)
    order = np.argsort(kind_of, kind="stable")
    bounds = np.searchsorted(kind_of[order], np.arange(len(kinds) + 1)).tolist()
    given: dict[Span, list[Rows]] = defaultdict(list)
    for kind, (first, last) in zip(kinds.tolist(), pairwise(bounds), strict=True):
        code, earlier = divmod(kind, _MOST)
        categories, insutype, change, start = said[code]
        for span in _spans(month, bool(register), categories, insutype, change, start, earlier):
            given[span].append(rows[order[first:last]])
    return {span: np.sort(np.concatenate(parts)) for span, parts in given.items()}


def _all(file: RosterFile) -> Iterator[Told]:
    for batch in batches_of(file.accepted):
        yield np.arange(batch.offset, batch.offset + batch.size), batch


_UNKNOWN: Final = 0
_AS_NOW: Final = 1
_KNOWN: Final = 2
_MOST: Final = 6
"""What was said of a person before: nothing, the same as now, or one of the four pairs of :data:`Before`."""


def _spans(
    month: date,
    earlier_known: bool,
    codes: str,
    insutype: str,
    change: str,
    start: str,
    before: int,
) -> tuple[Span, ...]:
    approved = date.fromisoformat(start) if start else None
    standing = Standing(month, tuple(codes.split(",")), insutype, change, approved)
    earlier: Standing | None = None
    if before == _AS_NOW:
        earlier = standing
    elif before >= _KNOWN:
        on_register, insurable = divmod(before - _KNOWN, 2)
        insured = insutype_of(bool(insurable))
        earlier = Standing(month, _REGISTERED if on_register else (), insured, "", None)
    return cover_spans(standing, before=earlier, earlier_known=earlier_known)


_REGISTERED: Final = ("min_living_allowance",)


def insutype_of(insurable: bool) -> str:
    """Return a kind of insurance with which somebody on the register is insurable, or is not."""
    return "390" if insurable else "310"


@lru_cache(maxsize=10_000)
def _standing_before(category: str, insutype: str, change_word: str) -> Before:
    standing = Standing(date.min, tuple(category.split(",")), insutype, read_change(change_word), None)
    return standing.on_register, standing.insurable


def _before(
    session: UnitSession,
    difference: Difference,
    register: Sequence[EffectiveImport],
    rows: npt.NDArray[np.int64],
) -> dict[int, Before]:
    """Return what the register said of the persons of some rows; the later import goes before the earlier."""
    people = difference.people
    known = rows[people.known[rows]]
    place_of = dict(zip([people.ids[row].tobytes() for row in known], known.tolist(), strict=True))
    found: dict[int, Before] = {}
    for one in register if place_of else ():
        query = "SELECT person_id, category, insutype, change_word FROM roster_fact WHERE import_id = :id"
        values: dict[str, Any] = {"id": one.id}
        if len(place_of) <= _MANY:
            query += " AND person_id = ANY(:ids)"
            values["ids"] = people.some(known.tolist())
        for row in session.execute(text(query), values):
            place = place_of.get(row.person_id.bytes)
            if place is not None:
                found[place] = _standing_before(row.category, row.insutype, row.change_word)
    return found


def _current(
    session: UnitSession,
    scheme: str,
    given: Mapping[Span, Rows],
    difference: Difference,
    corrected: Sequence[uuid.UUID],
) -> dict[tuple[bytes, int], Any]:
    """Return the cover that stands, by person and year, as far as the spans given may touch it."""
    years: dict[int, list[int]] = defaultdict(list)
    for span, rows in given.items():
        years[span.year] += rows[difference.people.known[rows]].tolist()
    query = (
        "SELECT id, person_id, year, from_on, import_id FROM cover_period WHERE superseded_at IS NULL AND "
    )
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("import_id = ANY(:corrected)", {"corrected": list(corrected)})
    ]
    for year, known in years.items():
        if known and len(known) <= _MANY:
            values = {"ids": difference.people.some(known), "year": year}
            wanted.append(("person_id = ANY(:ids) AND year = :year", values))
        elif known:
            wanted.append(("scheme = :scheme AND year = :year", {"scheme": scheme, "year": year}))
    return {
        (row.person_id.bytes, row.year): row
        for condition, values in wanted
        if any(values.values())
        for row in session.execute(text(query + condition), values)
    }


class CoverRows:
    """Planned cover as rows for COPY, each with the roster row that the period rests on."""

    def __init__(
        self,
        scheme: str,
        import_id: uuid.UUID,
        file: RosterFile,
        difference: Difference,
        plan: CoverPlan,
        now: datetime,
    ) -> None:
        self._file, self._difference, self._plan = file, difference, plan
        self._owner = words(scheme) + UUID
        self._made = UUID + import_id.bytes + moment(now) + NULL

    @property
    def of_told_only(self) -> bool:
        """Whether only new and changed people get cover: then it is written along with them."""
        covered = np.zeros(len(self._file.accepted), bool)
        for positions in self._plan.spans.values():
            covered[positions] = True
        return not (covered & ~self._difference.told).any()

    def of(self, where: npt.NDArray[np.int64], batch: Batch) -> bytes:
        """Return the cover of the people of a batch, whose rows are ``where`` in the file."""
        sheets, numbers, starts = map(batch.column, ("sheet", "row", "start"))
        rows: list[bytes] = []
        for span, positions in self._plan.spans.items():
            low, high = np.searchsorted(positions, (where[0], where[-1] + 1))
            mine = positions[low:high]
            people, ids = cut(self._difference.people.ids[mine]), new_keys(len(mine))
            basis = partial(_basis, span.reason, self._file.month.isoformat())
            dates = number(span.year) + day(span.from_on) + day(span.until_on)
            for key, person, place in zip(ids, people, np.searchsorted(where, mine).tolist(), strict=True):
                said = document(b"%b%d}" % (basis(sheets[place], starts[place]), numbers[place]))
                rows.append(b"".join((UUID, key, self._owner, person, dates, said, self._made)))
        return framed(COVER, rows)

    def of_all(self) -> Iterator[bytes]:
        """Give the cover of all people, batch by batch."""
        for where, batch in _all(self._file) if self._plan.spans else ():
            yield self.of(where, batch)


def supersede_cover(session: UnitSession, plan: CoverPlan, now: datetime) -> None:
    """End the periods that planned cover replaces; they stay on record."""
    if plan.replaced:
        session.execute(
            text("UPDATE cover_period SET superseded_at = :now WHERE id = ANY(:ids)"),
            {"now": now, "ids": plan.replaced},
        )


@lru_cache(maxsize=20_000)
def _basis(reason: str, month: str, sheet: str, start: str) -> bytes:
    """Return what cover rests on, as JSON up to the number of the row."""
    basis = {
        "reason": reason,
        "clause": "XB-二(一)",
        "sheet": sheet,
        "month": month,
        "approved_on": start or None,
        "row": 0,
    }
    return orjson.dumps(basis).removesuffix(b"0}")
