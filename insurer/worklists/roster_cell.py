"""改这格: one refused cell of a bureau's file, to be put right by hand."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from insurer.accounts.permissions import require
from insurer.kernel.dates import business_day, chinese_date
from insurer.kernel.errors import Conflict, NotFound
from insurer.people.cells_by_hand import standing_cells
from insurer.people.correcting_cells import Where, refused_cells
from insurer.people.import_states import not_staged
from insurer.people.reading.confined_books import row_confined
from insurer.people.reading.messages import column_letters
from insurer.people.receiving import READ_AT_ONCE
from insurer.people.tables import RosterImport
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from insurer.worklists.roster_differences import FIELDS
from insurer.worklists.views import paths
from insurer.worklists.views.elements import SideRow, Trouble
from insurer.worklists.views.rosters import CellPage

_GONE = "没有这一格。请回到差异再选"


def cell_at(session: UnitSession, import_id: UUID, at: str) -> Where:
    """Return the cell that an address means: number of the sheet, row and column, parted by "-".

    Names of sheets may be personal and stand in no address. :class:`NotFound` for anything else.
    """
    found = _import(session, import_id)
    sheets = found.report.get("sheets") or ()
    try:
        sheet, row, column = map(int, at.split("-"))
        return str(sheets[sheet]["name"]), row, column
    except (ValueError, IndexError):
        raise NotFound(_GONE) from None


def address_of(sheets: Sequence[Mapping[str, Any]], where: Where) -> str:
    """Return what stands for a cell in an address, "" when its sheet was not read."""
    names = [str(sheet["name"]) for sheet in sheets]
    return f"{names.index(where[0])}-{where[1]}-{where[2]}" if where[0] in names else ""


def load_cell(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: UUID,
    at: str,
    storage: Storage,
    troubles: tuple[Trouble, ...] = (),
) -> CellPage:
    """Return one cell of a staged import with why it is refused and its row, masked.

    The row of a long file is not shown. :class:`Conflict` when nothing can be changed any more.
    """
    require(actor, "rosters.stage")
    found = _import(session, import_id)
    where = cell_at(session, import_id, at)
    if found.state != "staged":
        raise Conflict(not_staged(found.state))
    sheet, row, column = where
    made = next(
        (
            one
            for one in standing_cells(session, import_id)
            if (one.sheet, one.row_no, one.column_no) == where
        ),
        None,
    )
    refused = refused_cells(found).get(where)
    if refused is None and made is None:
        raise NotFound(_GONE)
    field = refused[0] if refused is not None else made.field if made is not None else ""
    wrong = next(
        (
            str(one["message"])
            for one in found.report.get("rejected") or ()
            if refused is not None and (one["sheet"], one["row"], one["field"]) == (sheet, row, field)
        ),
        "",
    )
    href = f"{paths.ROSTERS}/{import_id}"
    return CellPage(
        month=found.month,
        file=found.filename,
        href=href,
        action=f"{href}/cell",
        at=at,
        where=f"{sheet}，第 {row} 行 {column_letters(column)} 列",
        field=FIELDS.get(field, field),
        wrong=wrong,
        row=_row(session, found, where, storage),
        made=f"{chinese_date(business_day(made.made_at))}{made.made_by_name}改过" if made else "",
        back_action=f"{href}/cell/back" if made is not None else "",
        troubles=troubles,
    )


def _row(session: UnitSession, found: RosterImport, where: Where, storage: Storage) -> tuple[SideRow, ...]:
    content = storage.get(found.sha256)
    if len(content) > READ_AT_ONCE:
        return ()
    heads = dict(found.report.get("heads") or {})
    cells = row_confined(
        content, found.filename, heads, session.reading, kind=found.kind, sheet=where[0], row=where[1]
    )
    return tuple(SideRow(cell.words, cell.sample or "（空）") for cell in cells)


def _import(session: UnitSession, import_id: UUID) -> RosterImport:
    found = session.get(RosterImport, import_id)
    if found is None:
        raise NotFound("没有这次名册导入。请回到名册页看清单")
    return found
