"""whether a finding was joined to its visit by its day"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("finding") as batch:
        batch.add_column(sa.Column("by_day", sa.Boolean()))


def downgrade() -> None:
    with op.batch_alter_table("finding") as batch:
        batch.drop_column("by_day")
