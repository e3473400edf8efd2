"""answer the lists from indexes alone, the open cases from one of their own; keep why a case was taken over"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SUMS = ["burden_fen", "benefit_fen"]
_SORTED = ("settled_on", "total_fen", "burden_fen", "benefit_fen", "received_at")
_FINISHED = "'paid', 'refused', 'withdrawn', 'closed'"
_OPEN = f"state NOT IN ({_FINISHED})"
_DUE_ORDER = f"(due_on + 100000 * (state IN ({_FINISHED}))::integer)"
_OPEN_FACTS = [
    "state",
    "clock_stopped_on",
    "stopped_days",
    "received_at",
    "handler_id",
    "proposed_by",
    "entered_by",
    *_SUMS,
]


def upgrade() -> None:
    op.add_column("case_presence", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    for column in _SORTED:
        name, others = f"ix_claim_scheme_{column}_case_no", [one for one in _SUMS if one != column]
        op.drop_index(name, table_name="claim")
        op.create_index(name, "claim", ["scheme", column, "case_no"], postgresql_include=others)
    op.drop_index("ix_claim_hospital", table_name="claim")
    op.create_index(
        "ix_claim_hospital",
        "claim",
        ["scheme", "hospital", "due_on", "case_no"],
        postgresql_include=["state", *_SUMS],
    )
    op.create_index(
        "ix_claim_open",
        "claim",
        ["scheme", "due_on", "case_no"],
        postgresql_include=_OPEN_FACTS,
        postgresql_where=sa.text(_OPEN),
    )
    # the open cases by when they are due, the finished ones after them
    op.create_index("ix_claim_due_order", "claim", ["scheme", sa.text(_DUE_ORDER), "case_no"])
    op.create_index(
        "ix_roster_fact_newest", "roster_fact", ["person_id", "month", "id"], postgresql_include=["town"]
    )
    op.create_index(
        "ix_claim_to_review",
        "claim",
        ["scheme", "due_on", "case_no"],
        postgresql_include=_SUMS,
        postgresql_where=sa.text("review_lines > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_claim_due_order", table_name="claim")
    op.drop_index("ix_roster_fact_newest", table_name="roster_fact")
    op.drop_index("ix_claim_to_review", table_name="claim")
    op.drop_index("ix_claim_open", table_name="claim")
    op.drop_index("ix_claim_hospital", table_name="claim")
    op.create_index("ix_claim_hospital", "claim", ["scheme", "hospital", "due_on", "case_no"])
    for column in _SORTED:
        name = f"ix_claim_scheme_{column}_case_no"
        op.drop_index(name, table_name="claim")
        op.create_index(name, "claim", ["scheme", column, "case_no"])
    op.drop_column("case_presence", "reason")
