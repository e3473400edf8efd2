"""keep on a case what the bank has paid for it, so that money to recover is seen"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claim", sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(
        "UPDATE claim SET paid_fen = paid.total FROM (SELECT claim_id, sum(amount_fen) AS total"
        " FROM payment_instruction WHERE state = 'paid' GROUP BY claim_id) AS paid"
        " WHERE paid.claim_id = claim.id"
    )


def downgrade() -> None:
    op.drop_column("claim", "paid_fen")
