"""The cells that were put right by hand in the file of an import: which they are, and whose word they are."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from insurer.people.cell_tables import RosterCell
from insurer.people.reading.cells import Cell
from insurer.people.tables import RosterImport
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession

_PURPOSE = "roster_cells"


def standing_cells(session: UnitSession, import_id: uuid.UUID) -> Sequence[RosterCell]:
    """Return the words on cells that stand, in the order of the file."""
    return session.scalars(
        select(RosterCell)
        .where(RosterCell.import_id == import_id, RosterCell.superseded_at.is_(None))
        .order_by(RosterCell.sheet, RosterCell.row_no, RosterCell.column_no)
    ).all()


def cells_of(session: UnitSession, import_id: uuid.UUID) -> tuple[Cell, ...]:
    """Return the cells with what is read in them, opened for the reader."""
    return tuple(
        Cell(
            one.sheet,
            one.row_no,
            one.column_no,
            one.field,
            session.keyring.open(one.value_cipher, place_of(one.id)),
        )
        for one in standing_cells(session, import_id)
    )


def place_of(cell_id: uuid.UUID) -> str:
    """Return the place that the value of a cell is sealed for."""
    return f"roster_cell:value:{cell_id}"


def who_made_cells(session: UnitSession, import_id: uuid.UUID) -> frozenset[str]:
    """Return the ids of those whose words stand."""
    return frozenset(one.made_by for one in standing_cells(session, import_id))


def cells_digest(keyring: Keyring, cells: Sequence[Cell]) -> str:
    """Return a keyed hash of what is read in which cells, "" for none: it tells readings of a file apart."""
    if not cells:
        return ""
    said = sorted((one.sheet, one.row, one.column, one.value) for one in cells)
    return keyring.blind(json.dumps(said, ensure_ascii=False), _PURPOSE).hex()


def cells_staged(session: UnitSession, scheme: str, month: date, content: bytes) -> tuple[Cell, ...]:
    """Return the cells that were put right in this very file where it is staged already."""
    found = session.scalars(
        select(RosterImport.id).where(
            RosterImport.scheme == scheme,
            RosterImport.month == month,
            RosterImport.sha256 == hashlib.sha256(content).hexdigest(),
            RosterImport.state == "staged",
        )
    ).first()
    return cells_of(session, found) if found is not None else ()


def applied_with_cells(session: UnitSession, scheme: str, month: date, sha256: str) -> bool:
    """Tell whether this very file was applied to a month with cells put right by hand."""
    found = select(RosterImport.id).where(
        RosterImport.scheme == scheme,
        RosterImport.month == month,
        RosterImport.sha256 == sha256,
        RosterImport.state == "applied",
        RosterImport.cells_digest != "",
    )
    return session.scalars(found.limit(1)).first() is not None
