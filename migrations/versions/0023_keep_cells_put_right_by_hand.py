"""keep the cells of a file that were put right by hand, and tell readings of one file apart"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

APPLIED = "uq_roster_import_applied"


def upgrade() -> None:
    op.create_table(
        "roster_cell",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("column_no", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by_name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_roster_cell_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_cell")),
    )
    op.create_index(
        "uq_roster_cell_current",
        "roster_cell",
        ["import_id", "sheet", "row_no", "column_no"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.add_column("roster_import", sa.Column("cells_digest", sa.Text(), server_default="", nullable=False))
    op.drop_index(APPLIED, table_name="roster_import")
    _one_of(["scheme", "month", "sha256", "cells_digest"])


def downgrade() -> None:
    op.drop_index(APPLIED, table_name="roster_import")
    op.drop_column("roster_import", "cells_digest")
    _one_of(["scheme", "month", "sha256"])
    op.drop_table("roster_cell")


def _one_of(columns: list[str]) -> None:
    """A reading of a file is applied to a month once."""
    op.create_index(
        APPLIED, "roster_import", columns, unique=True, postgresql_where=sa.text("state = 'applied'")
    )
