"""corrections of a source counted apart from its ids; at most one correction of each inspection"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

visit = sa.table(
    "inspection",
    *(sa.column(name) for name in ("id", "source_id", "revision", "supersedes_id", "reason", "batch_id")),
)


def upgrade() -> None:
    with op.batch_alter_table("inspection") as batch:
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("uq_inspection_source_source_id", type_="unique")
        batch.create_unique_constraint(
            "uq_inspection_source_source_id_revision", ["source", "source_id", "revision"]
        )
        batch.drop_index("ix_inspection_supersedes_id")
    conn = op.get_bind()
    found = sa.select(visit).where(visit.c.supersedes_id.is_not(None)).order_by(visit.c.id)
    taken: dict[int, int] = {}
    for row in conn.execute(found).all():
        values = {}
        before = row.supersedes_id
        while before in taken:  # two corrections of one: the later one corrects the earlier
            before = taken[before]
        taken[before] = row.id
        if before != row.supersedes_id:
            values["supersedes_id"] = before
        code, mark, number = row.source_id.rpartition("#")
        if mark and number.isdigit() and row.reason == "import" and row.batch_id is not None:
            values |= {"source_id": code, "revision": int(number)}
        if values:
            conn.execute(sa.update(visit).where(visit.c.id == row.id).values(values))
    with op.batch_alter_table("inspection") as batch:
        batch.alter_column("revision", server_default=None)
        batch.create_index("ix_inspection_supersedes_id", ["supersedes_id"], unique=True)


def downgrade() -> None:
    conn = op.get_bind()
    conn.execute(
        sa.update(visit)
        .where(visit.c.revision > 1)
        .values(source_id=visit.c.source_id + "#" + sa.cast(visit.c.revision, sa.String))
    )
    with op.batch_alter_table("inspection") as batch:
        batch.drop_index("ix_inspection_supersedes_id")
        batch.create_index("ix_inspection_supersedes_id", ["supersedes_id"])
        batch.drop_constraint("uq_inspection_source_source_id_revision", type_="unique")
        batch.create_unique_constraint("uq_inspection_source_source_id", ["source", "source_id"])
        batch.drop_column("revision")
