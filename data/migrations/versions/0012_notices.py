"""one notice for many rectification rounds"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("rectification") as batch_op:
        batch_op.add_column(sa.Column("notice_of", ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_rectification_notice_of_rectification"), "rectification", ["notice_of"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_rectification_notice_of"), ["notice_of"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("rectification") as batch_op:
        batch_op.drop_index(batch_op.f("ix_rectification_notice_of"))
        batch_op.drop_constraint(batch_op.f("fk_rectification_notice_of_rectification"), type_="foreignkey")
        batch_op.drop_column("notice_of")
