"""keep the bureau's word for a category beside its code, to show what changed"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("roster_fact", sa.Column("category_word", sa.Text(), server_default="", nullable=False))
    op.add_column("roster_fact", sa.Column("householder", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("roster_fact", "householder")
    op.drop_column("roster_fact", "category_word")
