"""let one decision use the limits of several years"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE = "limit_entry"
OF_ONE_YEAR = "uq_limit_entry_decision_id_pool_kind"
OF_EACH_YEAR = "uq_limit_entry_decision_id_year_pool_kind"


def upgrade() -> None:
    op.drop_constraint(op.f(OF_ONE_YEAR), TABLE, type_="unique")
    op.create_unique_constraint(op.f(OF_EACH_YEAR), TABLE, ["decision_id", "year", "pool", "kind"])


def downgrade() -> None:
    op.drop_constraint(op.f(OF_EACH_YEAR), TABLE, type_="unique")
    op.create_unique_constraint(op.f(OF_ONE_YEAR), TABLE, ["decision_id", "pool", "kind"])
