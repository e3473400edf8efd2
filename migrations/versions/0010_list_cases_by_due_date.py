"""list cases by due date"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_claim_scheme_due_on_case_no", "claim", ["scheme", "due_on", "case_no"])


def downgrade() -> None:
    op.drop_index("ix_claim_scheme_due_on_case_no", table_name="claim")
