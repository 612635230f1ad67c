"""visits by day and time: the wall asks for the latest"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inspection") as batch:
        batch.drop_index("ix_inspection_finished_on")
        batch.create_index("ix_inspection_finished_on_finished_at", ["finished_on", "finished_at"])


def downgrade() -> None:
    with op.batch_alter_table("inspection") as batch:
        batch.drop_index("ix_inspection_finished_on_finished_at")
        batch.create_index("ix_inspection_finished_on", ["finished_on"])
