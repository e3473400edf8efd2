"""say once what does not change: statements and entries instead of one wide fact for each month"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SAID = (
    "name",
    "category",
    "category_word",
    "householder",
    "insutype",
    "relation",
    "town",
    "village",
    "approved_on",
    "approved_precision",
    "change_word",
    "digest",
)
COLUMNS = ", ".join(SAID)


def _said() -> list[sa.Column]:
    return [
        sa.Column(
            name,
            sa.LargeBinary() if name == "digest" else sa.Date() if name == "approved_on" else sa.Text(),
            nullable=name == "approved_on",
        )
        for name in SAID
    ]


def upgrade() -> None:
    op.create_table(
        "roster_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        *_said(),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_roster_statement_household_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_statement_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_statement")),
    )
    op.create_table(
        "roster_entry",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "person_id", name=op.f("pk_roster_entry")),
    )
    op.execute(
        f"INSERT INTO roster_statement (id, scheme, person_id, household_id, {COLUMNS})"  # noqa: S608
        f" SELECT id, scheme, person_id, household_id, {COLUMNS} FROM roster_fact"
    )
    op.execute(
        "INSERT INTO roster_entry (import_id, person_id, statement_id, row_no, sheet)"
        " SELECT import_id, person_id, id, row_no, sheet FROM roster_fact"
    )
    op.drop_table("roster_fact")
    said = ", ".join(f"s.{name}" for name in SAID)
    op.execute(
        f"""
        CREATE VIEW roster_fact AS
        SELECT e.import_id, e.person_id, e.statement_id, i.scheme, s.household_id, i.month, e.sheet, e.row_no,
               {said}
          FROM roster_entry e
          JOIN roster_import i ON i.id = e.import_id
          JOIN roster_statement s ON s.id = e.statement_id
        """  # noqa: S608
    )
    op.create_index("ix_roster_statement_town", "roster_statement", ["scheme", "town", "person_id"])
    _guard("roster_statement")
    _guard("roster_entry")


def downgrade() -> None:
    op.execute("ALTER VIEW roster_fact RENAME TO roster_fact_seen")
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
        sa.Column("category_word", sa.Text(), server_default="", nullable=False),
        sa.Column("householder", sa.Text(), server_default="", nullable=False),
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
    op.execute(
        "INSERT INTO roster_fact (id, scheme, person_id, household_id, month, import_id, sheet, row_no,"  # noqa: S608
        f" {COLUMNS}) SELECT gen_random_uuid(), scheme, person_id, household_id, month, import_id, sheet,"
        f" row_no, {COLUMNS} FROM roster_fact_seen"
    )
    op.create_index("ix_roster_fact_scheme_month", "roster_fact", ["scheme", "month"], unique=False)
    op.create_index("ix_roster_fact_town", "roster_fact", ["scheme", "town", "person_id"])
    op.create_index(
        "ix_roster_fact_newest", "roster_fact", ["person_id", "month", "id"], postgresql_include=["town"]
    )
    op.execute("DROP VIEW roster_fact_seen")
    op.drop_table("roster_entry")
    op.drop_table("roster_statement")
    _guard("roster_fact")


def _guard(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
