"""create what runs beside the main line of a case"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "calendar_entry",
    "representative",
    "payee_change",
    "accident",
    "agency_finding",
    "archive_record",
    "case_maker",
    "claimant",
    "upstream_inquiry",
    "advance",
    "review",
    "upstream_payer",
)


def upgrade() -> None:
    op.create_table(
        "calendar_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("holidays", postgresql.JSONB(), nullable=False),
        sa.Column("working_weekends", postgresql.JSONB(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('proposed', 'in_force', 'refused', 'superseded')",
            name=op.f("ck_calendar_entry_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entry")),
    )
    op.create_index(
        "uq_calendar_entry_force",
        "calendar_entry",
        ["year"],
        unique=True,
        postgresql_where=sa.text("status = 'in_force'"),
    )
    op.create_index(
        "uq_calendar_entry_open",
        "calendar_entry",
        ["year"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "representative",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "capacity IN ('guardian', 'proxy', 'heir')", name=op.f("ck_representative_capacity")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_representative_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representative")),
    )
    op.create_index("ix_representative_person_id", "representative", ["person_id"], unique=False)
    op.create_table(
        "payee_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("account_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("became_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused')", name=op.f("ck_payee_change_state")
        ),
        sa.ForeignKeyConstraint(["became_id"], ["payee_account.id"], name=op.f("fk_payee_change_became_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payee_change_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_change")),
    )
    op.create_index("ix_payee_change_person_id", "payee_change", ["person_id"], unique=False)
    op.create_index(
        "uq_payee_change_open",
        "payee_change",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "accident",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("liability", sa.Text(), nullable=False),
        sa.Column("third_party_fen", sa.BigInteger(), nullable=False),
        sa.Column("statement_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("liability IN ('open', 'none', 'settled')", name=op.f("ck_accident_liability")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_accident_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_accident")),
    )
    op.create_table(
        "agency_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("setl_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("expected_fen", sa.BigInteger(), nullable=True),
        sa.Column("stated_fen", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("raised_by_name", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'sent', 'answered', 'void')", name=op.f("ck_agency_finding_status")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_agency_finding_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_finding")),
        sa.UniqueConstraint(
            "claim_id", "code", "payer", "setl_id", name=op.f("uq_agency_finding_claim_id_code_payer_setl_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_agency_finding_number")),
    )
    op.create_index(
        "ix_agency_finding_status", "agency_finding", ["scheme", "status", "number"], unique=False
    )
    op.create_table(
        "archive_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("file_number", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("contents", postgresql.JSONB(), nullable=False),
        sa.Column("retain_until_on", sa.Date(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_by_name", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_archive_record_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_record")),
        sa.UniqueConstraint("claim_id", "seq", name=op.f("uq_archive_record_claim_id_seq")),
        sa.UniqueConstraint("file_number", "seq", name=op.f("uq_archive_record_file_number_seq")),
    )
    op.create_table(
        "case_maker",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_case_maker_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", "maker", "what", name=op.f("pk_case_maker")),
    )
    op.create_table(
        "claimant",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=True),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "capacity IN ('self', 'guardian', 'proxy', 'heir')", name=op.f("ck_claimant_capacity")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claimant_claim_id")),
        sa.ForeignKeyConstraint(
            ["representative_id"], ["representative.id"], name=op.f("fk_claimant_representative_id")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claimant")),
    )
    op.create_table(
        "upstream_inquiry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_upstream_inquiry_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_inquiry")),
    )
    op.create_index("ix_upstream_inquiry_claim_id", "upstream_inquiry", ["claim_id"], unique=False)
    op.create_index(
        "ix_upstream_inquiry_remind_on",
        "upstream_inquiry",
        ["remind_on"],
        unique=False,
        postgresql_where=sa.text("answered_on IS NULL"),
    )
    op.create_table(
        "advance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("open_points", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'approved', 'refused', 'withdrawn')", name=op.f("ck_advance_status")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_advance_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_advance_claim_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_advance_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advance")),
    )
    op.create_index("ix_advance_claim_id", "advance", ["claim_id"], unique=False)
    op.create_index(
        "uq_advance_open",
        "advance",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("statement_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("first_deciders", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_by_name", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('review', 'complaint')", name=op.f("ck_review_kind")),
        sa.CheckConstraint("outcome IN ('', 'kept', 'changed')", name=op.f("ck_review_outcome")),
        sa.CheckConstraint("status IN ('open', 'decided', 'withdrawn')", name=op.f("ck_review_status")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_review_claim_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_review_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("number", name=op.f("uq_review_number")),
    )
    op.create_index("ix_review_status", "review", ["scheme", "status", "due_on"], unique=False)
    op.create_index(
        "uq_review_open",
        "review",
        ["claim_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "upstream_payer",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('none', 'pending', 'paid', 'not_applicable')", name=op.f("ck_upstream_payer_status")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_upstream_payer_claim_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_upstream_payer_paper_id")),
        sa.PrimaryKeyConstraint("claim_id", "payer", name=op.f("pk_upstream_payer")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
