"""keep changes of the exclusion lists, reports to them, and the lists that a decision was made with"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WRITTEN_ONCE = ("list_change", "list_change_step", "list_report", "list_report_step", "list_edition")


def upgrade() -> None:
    op.create_table(
        "list_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('add', 'retire')", name=op.f("ck_list_change_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_change")),
        sa.UniqueConstraint("number", name=op.f("uq_list_change_number")),
    )
    op.create_index("ix_list_change_list_id_term", "list_change", ["list_id", "term"])
    op.create_table(
        "list_change_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("lists_hash", sa.Text(), nullable=False),
        sa.Column("effect", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('approved', 'declined', 'withdrawn')", name=op.f("ck_list_change_step_step")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["list_change.id"], name=op.f("fk_list_change_step_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_change_step")),
        sa.UniqueConstraint("change_id", name=op.f("uq_list_change_step_change_id")),
    )
    op.create_table(
        "list_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("catalogue_name", sa.Text(), nullable=False),
        sa.Column("catalogue_code", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("reported_by_name", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_report")),
    )
    op.create_index("ix_list_report_line_id", "list_report", ["line_id"])
    op.create_index("ix_list_report_reported_at", "list_report", [sa.text("reported_at DESC")])
    op.create_table(
        "list_report_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('proposed', 'declined')", name=op.f("ck_list_report_step_step")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["list_change.id"], name=op.f("fk_list_report_step_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["list_report.id"], name=op.f("fk_list_report_step_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_report_step")),
        sa.UniqueConstraint("report_id", name=op.f("uq_list_report_step_report_id")),
    )
    op.create_table(
        "list_edition",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_list_edition")),
    )
    op.add_column("decision", sa.Column("lists_hash", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_decision_lists_hash"), "decision", "list_edition", ["lists_hash"], ["hash"]
    )
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_decision_lists_hash"), "decision", type_="foreignkey")
    op.drop_column("decision", "lists_hash")
    for table in ("list_edition", "list_report_step", "list_report", "list_change_step", "list_change"):
        op.drop_table(table)
