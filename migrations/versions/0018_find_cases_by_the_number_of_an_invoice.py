"""find cases by the number of an invoice or of a settlement alone"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_settlement_setl_id", "settlement", ["setl_id"])
    op.create_index(
        "ix_settlement_invoice_number", "settlement", [sa.text("split_part(invoice_key, '|', 2)")]
    )


def downgrade() -> None:
    op.drop_index("ix_settlement_invoice_number", table_name="settlement")
    op.drop_index("ix_settlement_setl_id", table_name="settlement")
