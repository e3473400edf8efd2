"""put the hash first in the keys by which people and households are found: it alone tells them apart"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

HASHES = (("person", "certno_hash"), ("household", "card_hash"))


def upgrade() -> None:
    for table, column in HASHES:
        op.create_unique_constraint(op.f(f"uq_{table}_{column}_scheme"), table, [column, "scheme"])
        op.drop_constraint(op.f(f"uq_{table}_scheme_{column}"), table, type_="unique")


def downgrade() -> None:
    for table, column in HASHES:
        op.create_unique_constraint(op.f(f"uq_{table}_scheme_{column}"), table, ["scheme", column])
        op.drop_constraint(op.f(f"uq_{table}_{column}_scheme"), table, type_="unique")
