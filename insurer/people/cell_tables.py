"""Cells of a bureau's file that somebody at the desk put right; the file itself stays as it came."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from insurer.people.tables import RosterImport
from insurer.platform.db import Base


class RosterCell(Base):
    """What is read in one cell of an import's file, by whose word; a newer word supersedes, none is edited.

    ``row_no`` counts from 1, ``column_no`` from 0; ``field`` and ``code`` say why the cell was refused.
    """

    __tablename__ = "roster_cell"
    __table_args__ = (
        Index(
            "uq_roster_cell_current",
            "import_id",
            "sheet",
            "row_no",
            "column_no",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(RosterImport.id))
    sheet: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int]
    column_no: Mapped[int]
    field: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    value_cipher: Mapped[bytes]
    made_by: Mapped[str] = mapped_column(Text)
    made_by_name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    superseded_by_name: Mapped[str | None] = mapped_column(Text)
