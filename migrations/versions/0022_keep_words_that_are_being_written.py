"""keep what somebody is writing in a form of a case until it is sent"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("content_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_word_draft_claim_id_claim")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_word_draft_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word_draft")),
        sa.UniqueConstraint(
            "claim_id", "staff_id", "form", name=op.f("uq_word_draft_claim_id_staff_id_form")
        ),
    )


def downgrade() -> None:
    op.drop_table("word_draft")
