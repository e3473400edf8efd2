"""take in supplements and lists of people: kinds of files, events, tasks, progress, senders' columns"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "('staged', 'applying', 'applied', 'unchanged', 'discarded')"
STATES_WITH_READING = "('reading', 'staged', 'applying', 'applied', 'unchanged', 'discarded')"
WRITTEN_ONCE = ("person_event", "person_contact")


EFFECTIVE = """
    CREATE VIEW effective_roster AS
    SELECT i.id, i.scheme, i.month, i.sha256, i.kind, i.applied_at FROM roster_import i
     WHERE i.state = 'applied' AND i.kind IN ('full', 'additions')
       AND NOT EXISTS (SELECT 1 FROM roster_import o
                        WHERE o.scheme = i.scheme AND o.month = i.month AND o.state = 'applied'
                          AND o.kind = 'full' AND (o.applied_at, o.id) > (i.applied_at, i.id))
"""
"""The imports that count: a full list replaces whatever was taken in before for its month."""


def upgrade() -> None:
    op.add_column("roster_import", sa.Column("kind", sa.Text(), server_default="full", nullable=False))
    op.add_column("roster_import", sa.Column("sender", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(
        op.f("ck_roster_import_kind"), "roster_import", "kind IN ('full', 'additions', 'deaths', 'moves')"
    )
    _states(STATES_WITH_READING)
    op.execute(EFFECTIVE)
    op.create_table(
        "roster_progress",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_roster_progress")),
    )
    op.create_table(
        "sender_columns",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_by_name", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "sender", name=op.f("pk_sender_columns")),
    )
    op.create_table(
        "person_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('died', 'moved_out')", name=op.f("ck_person_event_kind")),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_person_event_import_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_event")),
    )
    op.create_index("ix_person_event_person_id", "person_event", ["person_id"])
    op.create_table(
        "person_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way IN ('phone', 'visit')", name=op.f("ck_person_contact_way")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_contact_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_contact")),
    )
    op.create_index("ix_person_contact_person_id", "person_contact", ["person_id"])
    op.create_table(
        "person_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_person_id", sa.Uuid(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_name", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('gone', 'died', 'moved_out', 'double', 'shared_account', 'missing_later')",
            name=op.f("ck_person_task_kind"),
        ),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_person_task_import_id")),
        sa.ForeignKeyConstraint(
            ["other_person_id"], ["person.id"], name=op.f("fk_person_task_other_person_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_person_task_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_task_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_task")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_person_task_dedupe_key")),
    )
    op.create_index("ix_person_task_person_id", "person_task", ["person_id"])
    op.create_index(
        "ix_person_task_open",
        "person_task",
        ["scheme", "due_on"],
        postgresql_where=sa.text("done_at IS NULL"),
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
    op.execute("DROP VIEW effective_roster")
    for table in ("person_task", "person_contact", "person_event", "sender_columns", "roster_progress"):
        op.drop_table(table)
    op.execute("UPDATE roster_import SET state = 'discarded' WHERE state = 'reading'")
    _states(STATES)
    op.drop_constraint(op.f("ck_roster_import_kind"), "roster_import", type_="check")
    op.drop_column("roster_import", "sender")
    op.drop_column("roster_import", "kind")


def _states(known: str) -> None:
    op.drop_constraint(op.f("ck_roster_import_state"), "roster_import", type_="check")
    op.create_check_constraint(op.f("ck_roster_import_state"), "roster_import", f"state IN {known}")
