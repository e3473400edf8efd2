"""keep views, columns, selections and who has a case open; sort 200 000 cases by index"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SORTED = ("settled_on", "total_fen", "burden_fen", "benefit_fen", "received_at")


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("shared_role", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_saved_view_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("staff_id", "list_name", "name", name="uq_saved_view_staff_id_list_name_name"),
    )
    op.create_table(
        "list_setting",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("density", sa.Text(), server_default="", nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_list_setting_staff_id"),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_view.id"], name="fk_list_setting_view_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("staff_id", "list_name", name="pk_list_setting"),
    )
    op.create_table(
        "selection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_selection_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_selection"),
    )
    op.create_index("ix_selection_staff_id", "selection", ["staff_id", "made_at"])
    op.create_table(
        "batch_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("argument", sa.Text(), server_default="", nullable=False),
        sa.Column("done", postgresql.JSONB(), nullable=False),
        sa.Column("skipped", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_batch_run_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_run"),
    )
    op.create_index("ix_batch_run_staff_id", "batch_run", ["staff_id", "made_at"])
    op.create_table(
        "case_presence",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_case_presence_claim_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_case_presence_staff_id"),
        sa.PrimaryKeyConstraint("claim_id", name="pk_case_presence"),
    )
    op.drop_index("ix_claim_settled_on", table_name="claim")
    for column in _SORTED:
        op.create_index(f"ix_claim_scheme_{column}_case_no", "claim", ["scheme", column, "case_no"])
    op.create_index("ix_claim_hospital", "claim", ["scheme", "hospital", "due_on", "case_no"])
    op.create_index("ix_claim_handler_id", "claim", ["scheme", "handler_id", "due_on", "case_no"])
    op.create_index("ix_claim_proposed_by", "claim", ["scheme", "proposed_by", "due_on", "case_no"])
    op.create_index(
        "ix_claim_count", "claim", ["scheme", "state"], postgresql_include=["burden_fen", "benefit_fen"]
    )
    op.create_index("ix_roster_fact_town", "roster_fact", ["scheme", "town", "person_id"])


def downgrade() -> None:
    op.drop_index("ix_roster_fact_town", table_name="roster_fact")
    for name in ("ix_claim_count", "ix_claim_proposed_by", "ix_claim_handler_id", "ix_claim_hospital"):
        op.drop_index(name, table_name="claim")
    for column in _SORTED:
        op.drop_index(f"ix_claim_scheme_{column}_case_no", table_name="claim")
    op.create_index("ix_claim_settled_on", "claim", ["scheme", "settled_on"])
    for table in ("case_presence", "batch_run", "selection", "list_setting", "saved_view"):
        op.drop_table(table)
