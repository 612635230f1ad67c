"""foreign keys of versions and of origins; the states of coverage by enterprise first"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ORIGIN = {"batch_id": "batch.id", "user_id": "user.id"}
VERSION = {"enterprise_id": "enterprise.id", **ORIGIN}
KEYS = {
    "batch": {"user_id": "user.id"},
    **dict.fromkeys(
        (
            "org", "officer", "grid", "fact_grid_shape", "fact_grid_officer", "calendar_day", "plan",
            "enterprise", "inspection", "finding", "problem", "problem_event", "lead", "lead_event",
        ),
        ORIGIN,
    ),
    "fact_identity": VERSION | {"district_code": "district.code", "category": "category.code"},
    "fact_status": VERSION | {"status": "status.code"},
    "fact_scopes": VERSION,
    "fact_point": VERSION,
    "fact_placement": VERSION | {"grid_id": "grid.id"},
    "licence": VERSION,
}  # fmt: skip


def upgrade() -> None:
    for table, keys in KEYS.items():
        with op.batch_alter_table(table) as batch:
            for column, target in keys.items():
                other, key = target.split(".")
                batch.create_foreign_key(f"fk_{table}_{column}_{other}", other, [column], [key])
    with op.batch_alter_table("coverage_state") as batch:
        batch.drop_index("ix_coverage_state_enterprise")
        batch.drop_constraint("pk_coverage_state", type_="primary")
        batch.create_primary_key("pk_coverage_state", ["enterprise_id", "plan_id"])


def downgrade() -> None:
    with op.batch_alter_table("coverage_state") as batch:
        batch.drop_constraint("pk_coverage_state", type_="primary")
        batch.create_primary_key("pk_coverage_state", ["plan_id", "enterprise_id"])
        batch.create_index("ix_coverage_state_enterprise", ["enterprise_id"])
    for table, keys in KEYS.items():
        with op.batch_alter_table(table) as batch:
            for column, target in keys.items():
                batch.drop_constraint(f"fk_{table}_{column}_{target.split('.')[0]}", type_="foreignkey")
