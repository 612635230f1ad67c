"""when somebody last looked at the platforms from which leads come"""

import sqlalchemy as sa
from alembic import op

from data.schema.base import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "platform_check",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_platform_check_batch_id_batch")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_platform_check_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_check")),
    )


def downgrade() -> None:
    op.drop_table("platform_check")
