"""create claims"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_pack",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_rule_pack")),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("hospital", sa.Text(), nullable=False),
        sa.Column("begin_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("burden_fen", sa.BigInteger(), nullable=False),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=False),
        sa.Column("review_lines", sa.BigInteger(), nullable=False),
        sa.Column("hold_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("legal_due_on", sa.Date(), nullable=False),
        sa.Column("clock_stopped_on", sa.Date(), nullable=True),
        sa.Column("stopped_days", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_by_name", sa.Text(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('received', 'waiting_papers', 'in_review', 'held', 'waiting_upstream', 'proposed', 'sent_back', 'approved', 'refused', 'in_payment', 'paid', 'bounced', 'reopened', 'withdrawn', 'closed')",
            name=op.f("ck_claim_state"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_claim_decided_by")),
        sa.ForeignKeyConstraint(["handler_id"], ["staff.id"], name=op.f("fk_claim_handler_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_person_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_claim_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("case_no", name=op.f("uq_claim_case_no")),
    )
    op.create_index("ix_claim_person_id", "claim", ["person_id"], unique=False)
    op.create_index("ix_claim_queue", "claim", ["scheme", "state", "due_on", "case_no"], unique=False)
    op.create_index("ix_claim_settled_on", "claim", ["scheme", "settled_on"], unique=False)
    op.create_table(
        "limit_account",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_limit_account_person_id")),
        sa.PrimaryKeyConstraint("scheme", "person_id", "year", "pool", name=op.f("pk_limit_account")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("pack_hash", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=False),
        sa.Column("other_fen", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('pay', 'part', 'refuse', 'hold')", name=op.f("ck_decision_outcome")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_decision_claim_id")),
        sa.ForeignKeyConstraint(["pack_hash"], ["rule_pack.hash"], name=op.f("fk_decision_pack_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("claim_id", "seq", name=op.f("uq_decision_claim_id_seq")),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["checked_by"], ["staff.id"], name=op.f("fk_paper_checked_by")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_paper_claim_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_paper_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_index("ix_paper_claim_id", "paper", ["claim_id"], unique=False)
    op.create_table(
        "paper_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_paper_request_claim_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["staff.id"], name=op.f("fk_paper_request_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_request")),
    )
    op.create_index(
        "uq_paper_request_open",
        "paper_request",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("answered_on IS NULL"),
    )
    op.create_table(
        "settlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("setl_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("original_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("invoice_key", sa.Text(), nullable=True),
        sa.Column("reverses", sa.Text(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_settlement_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint(
            "scheme", "region", "setl_id", "version", name=op.f("uq_settlement_scheme_region_setl_id_version")
        ),
    )
    op.create_index("ix_settlement_claim_id", "settlement", ["claim_id"], unique=False)
    op.create_index("ix_settlement_invoice_key", "settlement", ["scheme", "invoice_key"], unique=False)
    op.create_index(
        "uq_settlement_current",
        "settlement",
        ["scheme", "region", "setl_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "decision_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_step_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_step")),
    )
    op.create_index("ix_decision_step_decision_id", "decision_step", ["decision_id"], unique=False)
    op.create_table(
        "fee_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("catalogue_name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("charge_type", sa.Text(), nullable=False),
        sa.Column("price", sa.Text(), nullable=False),
        sa.Column("count", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("own_fen", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("matched", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("finding_reason", sa.Text(), nullable=False),
        sa.Column("finding_by", sa.Uuid(), nullable=True),
        sa.Column("finding_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["finding_by"], ["staff.id"], name=op.f("fk_fee_line_finding_by")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlement.id"], name=op.f("fk_fee_line_settlement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_line")),
        sa.UniqueConstraint("settlement_id", "line_no", name=op.f("uq_fee_line_settlement_id_line_no")),
    )
    op.create_table(
        "limit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_limit_entry_decision_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_limit_entry_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_entry")),
        sa.UniqueConstraint("decision_id", "pool", "kind", name=op.f("uq_limit_entry_decision_id_pool_kind")),
    )
    op.create_index("ix_limit_entry_person_id_year", "limit_entry", ["person_id", "year"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_limit_entry_person_id_year", table_name="limit_entry")
    op.drop_table("limit_entry")
    op.drop_table("fee_line")
    op.drop_index("ix_decision_step_decision_id", table_name="decision_step")
    op.drop_table("decision_step")
    op.drop_index(
        "uq_settlement_current", table_name="settlement", postgresql_where=sa.text("superseded_at IS NULL")
    )
    op.drop_index("ix_settlement_invoice_key", table_name="settlement")
    op.drop_index("ix_settlement_claim_id", table_name="settlement")
    op.drop_table("settlement")
    op.drop_index(
        "uq_paper_request_open", table_name="paper_request", postgresql_where=sa.text("answered_on IS NULL")
    )
    op.drop_table("paper_request")
    op.drop_index("ix_paper_claim_id", table_name="paper")
    op.drop_table("paper")
    op.drop_table("decision")
    op.drop_table("limit_account")
    op.drop_index("ix_claim_settled_on", table_name="claim")
    op.drop_index("ix_claim_queue", table_name="claim")
    op.drop_index("ix_claim_person_id", table_name="claim")
    op.drop_table("claim")
    op.drop_table("rule_pack")
