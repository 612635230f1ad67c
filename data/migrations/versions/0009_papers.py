"""papers handed in for approval, and what came of it"""

import sqlalchemy as sa
from alembic import op

from data.schema.base import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "paper",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("inspection_id", ID, nullable=True),
        sa.Column("rectification_id", ID, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_paper_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_paper_inspection_id_inspection")
        ),
        sa.ForeignKeyConstraint(
            ["rectification_id"], ["rectification.id"], name=op.f("fk_paper_rectification_id_rectification")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_paper_decided_by_user")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_paper_batch_id_batch")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_paper_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    with op.batch_alter_table("paper") as batch_op:
        for column in ("enterprise_id", "inspection_id", "rectification_id"):
            batch_op.create_index(batch_op.f(f"ix_paper_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("paper")
