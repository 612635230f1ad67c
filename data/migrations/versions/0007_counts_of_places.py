"""the sums of each place beside those of its categories: a nation's wall reads a row a grid"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNTS = ("due", "done", "on_time", "late", "closed_visited", "closed_unvisited", "recorded", "evidenced")
PLACE = ("grid_id", "district_code", "unplaced_reason")


KEYS = {
    "coverage_count": ("plan_id", "place", "category"),
    "coverage_place": ("plan_id", "place"),
    "coverage_category": ("plan_id", "category"),
}


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":  # kept in the order of the key from now on
        op.rename_table("coverage_count", "coverage_count_before")
        create("coverage_count")
        names = ", ".join(alike("coverage_count") + KEYS["coverage_count"] + COUNTS)
        op.execute(f"INSERT INTO coverage_count ({names}) SELECT {names} FROM coverage_count_before")
        op.drop_table("coverage_count_before")
    for table in ("coverage_place", "coverage_category"):
        create(table)
        key, kept = ", ".join(KEYS[table]), alike(table)
        least = ", ".join(f"min({name})" for name in kept)
        sums = ", ".join(f"CAST(sum({name}) AS INTEGER)" for name in COUNTS)
        op.execute(
            f"INSERT INTO {table} ({key}, {', '.join(kept + COUNTS)}) "
            f"SELECT {key}, {least}, {sums} FROM coverage_count GROUP BY {key}"
        )


def downgrade() -> None:
    op.drop_table("coverage_category")
    op.drop_table("coverage_place")


def alike(table: str) -> tuple[str, ...]:
    return ("period", *(PLACE if "place" in KEYS[table] else ()))


def create(table: str) -> None:
    place: dict[str, sa.types.TypeEngine[Any]] = {
        "grid_id": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        "district_code": sa.String(),
        "unplaced_reason": sa.String(),
    }
    op.create_table(
        table,
        sa.Column("plan_id", sa.Integer(), nullable=False),
        *(sa.Column(key, sa.String(), nullable=False) for key in KEYS[table][1:]),
        sa.Column("period", sa.String(), nullable=False),
        *(sa.Column(name, place[name], nullable=True) for name in alike(table)[1:]),
        *(sa.Column(count, sa.Integer(), nullable=False) for count in COUNTS),
        sa.PrimaryKeyConstraint(*KEYS[table], name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
