"""keep the line check of a decision, and the order of its trace, which says what is taken off what"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("line_check", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    _become("JSON")


def downgrade() -> None:
    _become("JSONB")
    op.drop_column("decision", "line_check")


def _become(name: str) -> None:
    kinds = {"JSON": postgresql.JSON(astext_type=sa.Text()), "JSONB": postgresql.JSONB(astext_type=sa.Text())}
    op.alter_column("decision", "result", type_=kinds[name], postgresql_using=f"result::{name.lower()}")
