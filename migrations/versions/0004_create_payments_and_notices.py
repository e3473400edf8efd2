"""create payments and notices"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_by_name", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("state IN ('open', 'filed', 'closed')", name=op.f("ck_payment_batch_state")),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_payment_batch_file_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batch")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_batch_number")),
    )
    op.create_table(
        "print_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["pdf_sha256"], ["stored_file.sha256"], name=op.f("fk_print_run_pdf_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_journal_entry_claim_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journal_entry.id"], name=op.f("fk_journal_entry_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("reason", "source_id", name=op.f("uq_journal_entry_reason_source_id")),
    )
    op.create_table(
        "journal_line",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_journal_line_amount")),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entry.id"], name=op.f("fk_journal_line_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "line_no", name=op.f("pk_journal_line")),
    )
    op.create_index("ix_journal_line_account", "journal_line", ["account"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number_text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rendered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("print_run_id", sa.Uuid(), nullable=True),
        sa.Column("print_order", sa.BigInteger(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("delivery_way", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'rendered', 'printed', 'delivered', 'void')", name=op.f("ck_notice_state")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_notice_claim_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_notice_decision_id")),
        sa.ForeignKeyConstraint(["pdf_sha256"], ["stored_file.sha256"], name=op.f("fk_notice_pdf_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.ForeignKeyConstraint(["print_run_id"], ["print_run.id"], name=op.f("fk_notice_print_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notice_dedupe_key")),
        sa.UniqueConstraint("scheme", "number_text", name=op.f("uq_notice_scheme_number_text")),
    )
    op.create_index("ix_notice_claim_id", "notice", ["claim_id"], unique=False)
    op.create_index("ix_notice_person_id", "notice", ["person_id"], unique=False)
    op.create_index("ix_notice_state", "notice", ["scheme", "state", "kind"], unique=False)
    op.create_table(
        "payment_instruction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("line_no", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'batched', 'sent', 'paid', 'returned', 'void')",
            name=op.f("ck_payment_instruction_state"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_instruction_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payee_account.id"], name=op.f("fk_payment_instruction_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["payment_batch.id"], name=op.f("fk_payment_instruction_batch_id")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_payment_instruction_claim_id")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_payment_instruction_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_instruction")),
    )
    op.create_index(
        "ix_payment_instruction_batch_id", "payment_instruction", ["batch_id", "line_no"], unique=False
    )
    op.create_index("ix_payment_instruction_state", "payment_instruction", ["scheme", "state"], unique=False)
    op.create_index(
        "uq_payment_instruction_live",
        "payment_instruction",
        ["decision_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("state <> 'void'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_payment_instruction_live",
        table_name="payment_instruction",
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.drop_index("ix_payment_instruction_state", table_name="payment_instruction")
    op.drop_index("ix_payment_instruction_batch_id", table_name="payment_instruction")
    op.drop_table("payment_instruction")
    op.drop_index("ix_notice_state", table_name="notice")
    op.drop_index("ix_notice_person_id", table_name="notice")
    op.drop_index("ix_notice_claim_id", table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_journal_line_account", table_name="journal_line")
    op.drop_table("journal_line")
    op.drop_table("journal_entry")
    op.drop_table("print_run")
    op.drop_table("payment_batch")
