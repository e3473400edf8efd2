"""create people"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("card_hash", sa.LargeBinary(), nullable=False),
        sa.Column("card_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("householder", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("scheme", "card_hash", name=op.f("uq_household_scheme_card_hash")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("certno_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("certno_hash", sa.LargeBinary(), nullable=False),
        sa.Column("certno_mask", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("pinyin_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=True),
        sa.Column("phone_mask", sa.Text(), server_default="", nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("scheme", "certno_hash", name=op.f("uq_person_scheme_certno_hash")),
    )
    op.create_index("ix_person_name_key", "person", ["name_key"], unique=False)
    op.create_index("ix_person_phone_hash", "person", ["phone_hash"], unique=False)
    op.create_index("ix_person_pinyin_keys", "person", ["pinyin_keys"], unique=False, postgresql_using="gin")
    op.create_table(
        "payee_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("account_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.Text(), nullable=False),
        sa.Column("source", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payee_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_account")),
    )
    op.create_index("ix_payee_account_account_hash", "payee_account", ["account_hash"], unique=False)
    op.create_index("ix_payee_account_person_id", "payee_account", ["person_id"], unique=False)
    op.create_table(
        "reveal_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reveal_log_person_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reveal_log_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal_log")),
    )
    op.create_index("ix_reveal_log_staff_id_at", "reveal_log", ["staff_id", "at"], unique=False)
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("staged_by", sa.Text(), nullable=False),
        sa.Column("staged_by_name", sa.Text(), nullable=False),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=True),
        sa.Column("applied_by_name", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('staged', 'applying', 'applied', 'unchanged', 'discarded')",
            name=op.f("ck_roster_import_state"),
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_roster_import_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    op.create_index(
        "uq_roster_import_applied",
        "roster_import",
        ["scheme", "month", "sha256"],
        unique=True,
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.create_table(
        "cover_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_cover_period_order")),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_cover_period_import_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_cover_period_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_period")),
    )
    op.create_index(
        "uq_cover_period_current",
        "cover_period",
        ["person_id", "year"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "roster_exit",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_roster_exit_import_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_exit_person_id")),
        sa.PrimaryKeyConstraint("person_id", "import_id", name=op.f("pk_roster_exit")),
    )
    op.create_table(
        "roster_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("change_word", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_roster_fact_household_id")),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_roster_fact_import_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_fact_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_fact")),
        sa.UniqueConstraint(
            "person_id",
            "month",
            "import_id",
            "sheet",
            "row_no",
            name=op.f("uq_roster_fact_person_id_month_import_id_sheet_row_no"),
        ),
    )
    op.create_index("ix_roster_fact_scheme_month", "roster_fact", ["scheme", "month"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_roster_fact_scheme_month", table_name="roster_fact")
    op.drop_table("roster_fact")
    op.drop_table("roster_exit")
    op.drop_index(
        "uq_cover_period_current",
        table_name="cover_period",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("cover_period")
    op.drop_index(
        "uq_roster_import_applied", table_name="roster_import", postgresql_where=sa.text("state = 'applied'")
    )
    op.drop_table("roster_import")
    op.drop_index("ix_reveal_log_staff_id_at", table_name="reveal_log")
    op.drop_table("reveal_log")
    op.drop_index("ix_payee_account_person_id", table_name="payee_account")
    op.drop_index("ix_payee_account_account_hash", table_name="payee_account")
    op.drop_table("payee_account")
    op.drop_index("ix_person_pinyin_keys", table_name="person", postgresql_using="gin")
    op.drop_index("ix_person_phone_hash", table_name="person")
    op.drop_index("ix_person_name_key", table_name="person")
    op.drop_table("person")
    op.drop_table("household")
