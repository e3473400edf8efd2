"""A roster as a whole, put together from the parts that were read of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from insurer.people.reading.cells import Cell, with_cells
from insurer.people.reading.columns import understood
from insurer.people.reading.gate import DEFAULT_LIMITS, Limits
from insurer.people.reading.leaving_reader import CHANGES, LeavingReader
from insurer.people.reading.reader import HiddenSheets, Part, Reader
from insurer.people.reading.received import InMemory, Received
from insurer.people.reading.result import Rejection, Repair, RosterFile, RosterRow, SheetSummary, Skip
from insurer.people.reading.roster_reader import RosterReader
from insurer.people.reading.row_store import Batch, RowStore
from insurer.people.reading.workbook import base_name, open_workbook


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a file when it was read to its end; ``certno_columns`` by name of the sheet."""

    encoding: str | None
    sheets: tuple[SheetSummary, ...]
    candidates: tuple[str, ...]
    certno_columns: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be read: for which month (its first day), with which name, and what is known.

    ``use_hidden`` also takes hidden sheets (all, or those named), ``known_upgrades`` maps the 18-character
    forms of persons on file to their ``name_key`` so that a 15-digit number of the same name is accepted,
    ``heads`` tells what columns mean (:func:`insurer.people.reading.columns.understood`), ``leaving`` that it
    is a list of ``deaths`` or ``moves`` and no roster, ``cells`` what somebody put right by hand.
    """

    filename: str
    month: date
    use_hidden: HiddenSheets
    known_upgrades: Mapping[str, str]
    limits: Limits
    heads: Mapping[str, str] = field(default_factory=dict)
    leaving: str = ""
    cells: tuple[Cell, ...] = ()


def parts_of(received: Received, asked: Asked) -> Iterator[Part | Ending]:
    """Read a file and yield its parts and at last its ending.

    Raises :class:`Invalid` or :class:`TooLarge` when the file as a whole is refused; a bad row never raises.
    """
    book, by_hand = with_cells(open_workbook(received, asked.filename, asked.limits), asked.cells)
    with understood(asked.heads):
        how = (book, asked.filename, asked.month, asked.known_upgrades, asked.use_hidden)
        reader: Reader = (
            LeavingReader(*how, asked.leaving) if asked.leaving in CHANGES else RosterReader(*how)
        )
        yield from reader.parts()
        yield Part(repaired=list(by_hand.values()))
        yield Ending(
            book.encoding, tuple(reader.sheets), tuple(sorted(reader.candidates)), dict(reader.certno_columns)
        )


def read_roster(
    content: bytes,
    filename: str,
    month: date,
    *,
    use_hidden: HiddenSheets = False,
    known_upgrades: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    heads: Mapping[str, str] | None = None,
) -> RosterFile:
    """Read the roster of a month in this very process: for files that one made oneself.

    What others send is read by :func:`insurer.people.reading.confined.read_confined`. Raises as
    :func:`parts_of`.
    """
    name = base_name(filename)
    asked = Asked(name, month, use_hidden, known_upgrades or {}, limits, heads or {})
    return assembled(parts_of(InMemory(content), asked), name, hashlib.sha256(content).hexdigest(), month)


def assembled(
    parts: Iterable[Part | Ending],
    filename: str,
    sha256: str,
    month: date,
    *,
    seen: Callable[[Batch], None] | None = None,
    united: Callable[[RowStore, list[int], list[int]], None] | None = None,
) -> RosterFile:
    """Put the parts of a file together and make one row of several of the same person.

    ``seen`` is shown each batch as it comes; ``united``, after the rows of one person were united, the rows
    and which positions (as they were seen) were changed and which dropped.
    """
    store = RowStore()
    repaired: list[Repair] = []
    rejected: list[Rejection] = []
    skipped: list[Skip] = []
    warnings: dict[str, None] = {}
    ending = Ending(None, (), (), {})
    for part in parts:
        if isinstance(part, Ending):
            ending = part
            continue
        if part.rows is not None:
            store.add(part.rows)
            if seen is not None:
                seen(part.rows)
        repaired.extend(part.repaired)
        rejected.extend(part.rejected)
        skipped.extend(part.skipped)
        warnings.update(dict.fromkeys(part.warnings))

    def column(row: RosterRow) -> int:
        return ending.certno_columns.get(row.sheet, 0)

    changed, dropped, reports = store.unite(column)
    for report in reports:
        if isinstance(report, Skip):
            skipped.append(report)
        else:
            rejected.append(report)
    if united is not None and dropped:
        united(store, changed, dropped)
    order = {sheet.name: place for place, sheet in enumerate(ending.sheets)}
    if reports:
        rejected.sort(key=lambda one: (order.get(one.sheet, 0), one.row))
        skipped.sort(key=lambda one: (order.get(one.sheet, 0), one.row))
    skips = sum(isinstance(report, Skip) for report in reports)
    sheets = ending.sheets
    if skips:
        left = {sheet.name: 0 for sheet in sheets}
        for report in reports:
            if isinstance(report, Skip):
                left[report.sheet] += 1
        sheets = tuple(
            SheetSummary(s.name, s.hidden, s.used, s.rows - left[s.name]) if s.used else s for s in sheets
        )
    return RosterFile(
        filename=filename,
        sha256=sha256,
        month=month,
        encoding=ending.encoding,
        sheets=sheets,
        rows=len(store) + len(rejected),
        accepted=store,
        repaired=tuple(repaired),
        rejected=tuple(rejected),
        skipped=tuple(skipped),
        warnings=tuple(warnings),
        upgrade_candidates=frozenset(ending.candidates),
        certno_columns=dict(ending.certno_columns),
    )
