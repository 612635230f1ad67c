"""indices by which a lead finds its enterprise: names, and numbers of licences"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_enterprise_name", "enterprise", ["name"])
    op.create_index("ix_licence_number", "licence", ["number"])


def downgrade() -> None:
    op.drop_index("ix_licence_number", "licence")
    op.drop_index("ix_enterprise_name", "enterprise")
