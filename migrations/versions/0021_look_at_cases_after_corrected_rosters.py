"""let a task say that the cases of a person must be looked at since the cover has changed"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLE, NAME = "person_task", "ck_person_task_kind"
KINDS = "'gone', 'died', 'moved_out', 'double', 'shared_account', 'missing_later'"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, f"kind IN ({KINDS}, 'cover_changed')")


def downgrade() -> None:
    op.execute("DELETE FROM person_task WHERE kind = 'cover_changed'")
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, f"kind IN ({KINDS})")
