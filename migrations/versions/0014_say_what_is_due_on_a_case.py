"""say what is due on a case; name part of a benefit and a refusal not yet delivered; name the approver"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BEFORE = [
    "received",
    "waiting_papers",
    "in_review",
    "held",
    "waiting_upstream",
    "proposed",
    "sent_back",
    "approved",
    "refused",
    "in_payment",
    "paid",
    "bounced",
    "reopened",
    "withdrawn",
    "closed",
]
AFTER = [*BEFORE, "partly_approved", "to_notify"]


def upgrade() -> None:
    op.add_column("claim", sa.Column("term", sa.Text(), server_default="decide", nullable=False))
    op.create_check_constraint(op.f("ck_claim_term"), "claim", "term IN ('decide', 'pay', 'notify')")
    op.add_column("claim", sa.Column("term_from_on", sa.Date(), nullable=True))
    op.execute("UPDATE claim SET term_from_on = (received_at AT TIME ZONE 'Asia/Shanghai')::date")
    op.alter_column("claim", "term_from_on", nullable=False)
    op.add_column("claim", sa.Column("certain_due_on", sa.Date(), nullable=True))
    op.execute("UPDATE claim SET certain_due_on = term_from_on + 60 + stopped_days::integer")
    op.add_column("claim", sa.Column("approver_id", sa.Uuid(), nullable=True))
    op.add_column("claim", sa.Column("approve_by_on", sa.Date(), nullable=True))
    op.add_column("claim", sa.Column("account_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_claim_account_id"), "claim", "payee_account", ["account_id"], ["id"])
    op.create_foreign_key(op.f("fk_claim_approver_id"), "claim", "staff", ["approver_id"], ["id"])
    op.add_column("paper_request", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "paper_request",
        sa.Column("stops_clock", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    _states(AFTER)
    op.execute(
        "UPDATE claim SET state = 'partly_approved' WHERE state = 'approved' AND (SELECT outcome FROM decision"
        " WHERE claim_id = claim.id ORDER BY seq DESC LIMIT 1) = 'part'"
    )


def downgrade() -> None:
    op.execute("UPDATE claim SET state = 'approved' WHERE state = 'partly_approved'")
    op.execute("UPDATE claim SET state = 'refused' WHERE state = 'to_notify'")
    _states(BEFORE)
    op.drop_column("paper_request", "stops_clock")
    op.drop_column("paper_request", "reason")
    op.drop_constraint(op.f("fk_claim_approver_id"), "claim", type_="foreignkey")
    op.drop_constraint(op.f("fk_claim_account_id"), "claim", type_="foreignkey")
    for column in ("account_id", "approve_by_on", "approver_id", "certain_due_on", "term_from_on"):
        op.drop_column("claim", column)
    op.drop_constraint(op.f("ck_claim_term"), "claim", type_="check")
    op.drop_column("claim", "term")


def _states(states: list[str]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    op.drop_constraint(op.f("ck_claim_state"), "claim", type_="check")
    op.create_check_constraint(op.f("ck_claim_state"), "claim", f"state IN ({listed})")
