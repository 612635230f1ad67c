"""all that a plan ever was; what each is now becomes its first version"""

import sqlalchemy as sa
from alembic import op

from data.schema.base import Tokens, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    "name_zh, name_en, categories, scopes, tags, kinds, visits, cycle, first_year, deadline_month, deadline_day,"
    " opened_by, headline, active, sort, legal_source, evidence, batch_id, row_no, user_id, recorded_at"
)


def upgrade() -> None:
    op.create_table(
        "plan_version",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("categories", Tokens(), nullable=False),
        sa.Column("scopes", Tokens(), nullable=False),
        sa.Column("tags", Tokens(), nullable=False),
        sa.Column("kinds", Tokens(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.String(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("deadline_month", sa.Integer(), nullable=True),
        sa.Column("deadline_day", sa.Integer(), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=True),
        sa.Column("headline", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("legal_source", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plan_version_plan_id_plan"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_plan_version_batch_id_batch"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_plan_version_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_version"),
    )
    op.create_index("ix_plan_version_plan_id", "plan_version", ["plan_id"])
    op.execute(f"INSERT INTO plan_version (plan_id, {COLUMNS}) SELECT id, {COLUMNS} FROM plan ORDER BY id")


def downgrade() -> None:
    op.drop_index("ix_plan_version_plan_id", "plan_version")
    op.drop_table("plan_version")
