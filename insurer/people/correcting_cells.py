"""改这格: a refused cell is put right on the page; the file stays as it came, and another person confirms."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select

from insurer.accounts.permissions import require
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.people.approval import CHANGE_LIMIT
from insurer.people.cell_tables import RosterCell
from insurer.people.cells_by_hand import place_of
from insurer.people.import_states import locked_import, not_staged
from insurer.people.receiving import READ_AT_ONCE, compare_again
from insurer.people.tables import RosterImport
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.storage import Storage

LONGEST: Final = 120
MOST: Final = 200
"""Cells of one file that can be put right by hand; whoever has more to say sends another file."""

Where = tuple[str, int, int]
"""A cell: its sheet, its row counted from 1, its column counted from 0."""


def correct_cell(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: uuid.UUID,
    where: Where,
    value: str,
    storage: Storage,
    now: datetime,
    change_limit: int = CHANGE_LIMIT,
    read_at_once: int = READ_AT_ONCE,
) -> None:
    """Say what is to be read in a refused cell, and compare the file anew, a long one in the background.

    The value is sealed. :class:`Invalid` for nothing, too much, or too many cells; :class:`Conflict` when the
    import is no longer staged or the cell is not refused any more.
    """
    require(actor, "rosters.stage")
    words = value.strip()
    if not words:
        raise Invalid("还没有写这一格应该是什么", (Problem("value", "请写这一格应该是什么"),))
    if len(words) > LONGEST:
        raise Invalid("这一格写得太长", (Problem("value", f"最多 {LONGEST} 个字"),))
    found = _staged(session, import_id)
    before = _current(session, import_id, where)
    refused = refused_cells(found)
    if where in refused:
        name, code = refused[where]
    elif before is not None:
        name, code = before.field, before.code
    else:
        raise Conflict("这一格现在没有错，不用改。请回到差异再看")
    count = len(session.scalars(_standing(import_id)).all())
    if before is None and count >= MOST:
        raise Invalid(f"手工改的已有 {MOST} 格。请下载错误工作簿，改好后另传一份")
    if before is not None:
        _supersede(session, before, actor, now)
    cell = RosterCell(
        id=(made := new_id()),
        import_id=import_id,
        sheet=where[0],
        row_no=where[1],
        column_no=where[2],
        field=name,
        code=code,
        value_cipher=session.keyring.seal(words, place_of(made)),
        made_by=actor.id,
        made_by_name=actor.name,
        made_at=now,
    )
    session.add(cell)
    session.flush()
    data = {"cell": str(made), "row": where[1], "column": where[2], "field": name, "code": code}
    note(session, actor, "people:roster:cell_corrected", ("roster_import", import_id), now=now, data=data)
    compare_again(
        session,
        actor=actor,
        import_id=import_id,
        storage=storage,
        now=now,
        change_limit=change_limit,
        read_at_once=read_at_once,
    )


def take_cell_back(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: uuid.UUID,
    where: Where,
    storage: Storage,
    now: datetime,
    change_limit: int = CHANGE_LIMIT,
    read_at_once: int = READ_AT_ONCE,
) -> None:
    """Read a cell again as it stands in the file. :class:`Conflict` when nobody put it right."""
    require(actor, "rosters.stage")
    _staged(session, import_id)
    before = _current(session, import_id, where)
    if before is None:
        raise Conflict("这一格没有手工改过。请回到差异再看")
    _supersede(session, before, actor, now)
    data = {"cell": str(before.id), "row": where[1], "column": where[2]}
    note(session, actor, "people:roster:cell_taken_back", ("roster_import", import_id), now=now, data=data)
    compare_again(
        session,
        actor=actor,
        import_id=import_id,
        storage=storage,
        now=now,
        change_limit=change_limit,
        read_at_once=read_at_once,
    )


def refused_cells(found: RosterImport) -> dict[Where, tuple[str, str]]:
    """Return the cells that are refused in an import as it was read last, with field and code."""
    columns = found.report.get("listing", {}).get("refused_columns") or ()
    refused = found.report.get("rejected") or ()
    return {
        (str(one["sheet"]), int(one["row"]), int(column)): (str(one["field"]), str(one["code"]))
        for one, column in zip(refused, columns, strict=False)
        if column >= 0
    }


def _staged(session: UnitSession, import_id: uuid.UUID) -> RosterImport:
    found = locked_import(session, import_id)
    if found.state != "staged":
        raise Conflict(not_staged(found.state))
    return found


def _standing(import_id: uuid.UUID) -> Select[RosterCell]:
    return select(RosterCell).where(RosterCell.import_id == import_id, RosterCell.superseded_at.is_(None))


def _current(session: UnitSession, import_id: uuid.UUID, where: Where) -> RosterCell | None:
    sheet, row, column = where
    return session.scalars(
        _standing(import_id).where(
            RosterCell.sheet == sheet, RosterCell.row_no == row, RosterCell.column_no == column
        )
    ).one_or_none()


def _supersede(session: UnitSession, cell: RosterCell, actor: Actor, now: datetime) -> None:
    cell.superseded_at, cell.superseded_by_name = now, actor.name
    session.flush()
