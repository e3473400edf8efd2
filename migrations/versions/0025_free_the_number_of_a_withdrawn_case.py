"""free the number of a settlement whose case was withdrawn: another case may have it"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KEY = ["scheme", "region", "setl_id"]


def _index(condition: str) -> None:
    op.drop_index("uq_settlement_current", table_name="settlement")
    op.create_index(
        "uq_settlement_current", "settlement", KEY, unique=True, postgresql_where=sa.text(condition)
    )


def upgrade() -> None:
    op.add_column("settlement", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    _index("superseded_at IS NULL AND released_at IS NULL")


def downgrade() -> None:
    # what was released had to give way to the case that has the number now
    op.execute("UPDATE settlement SET superseded_at = released_at WHERE released_at IS NOT NULL")
    _index("superseded_at IS NULL")
    op.drop_column("settlement", "released_at")
