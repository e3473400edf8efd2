"""keep drafts of the counter, uploads of settlement records, papers that were taken off a case"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_index(
        "ix_settlement_invoice_prefix",
        "settlement",
        ["scheme", "invoice_key"],
        postgresql_ops={"invoice_key": "text_pattern_ops"},
    )
    op.create_index("ix_paper_sha256", "paper", ["sha256"])
    op.add_column("paper", sa.Column("form", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("paper", sa.Column("invoice", _json(), nullable=True))
    op.create_table(
        "removed_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("removed_by", sa.Text(), nullable=False),
        sa.Column("removed_by_name", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_removed_paper_claim_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_removed_paper_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_paper")),
    )
    op.create_index("ix_removed_paper_claim_id", "removed_paper", ["claim_id"])
    op.create_table(
        "intake_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("content_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_intake_draft_staff_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_intake_draft_person_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_intake_draft_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_draft")),
    )
    op.create_index("ix_intake_draft_staff_id", "intake_draft", ["staff_id", "updated_at"])
    op.create_table(
        "settlement_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", _json(), nullable=False),
        sa.Column("report", _json(), nullable=False),
        sa.Column("staged_by", sa.Text(), nullable=False),
        sa.Column("staged_by_name", sa.Text(), nullable=False),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by_name", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('staged', 'applied', 'discarded')", name=op.f("ck_settlement_upload_state")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_settlement_upload_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_upload")),
    )
    op.create_index("ix_settlement_upload_scheme", "settlement_upload", ["scheme", "staged_at"])


def downgrade() -> None:
    op.drop_table("settlement_upload")
    op.drop_table("intake_draft")
    op.drop_table("removed_paper")
    op.drop_column("paper", "invoice")
    op.drop_column("paper", "form")
    op.drop_index("ix_paper_sha256", table_name="paper")
    op.drop_index("ix_settlement_invoice_prefix", table_name="settlement")
