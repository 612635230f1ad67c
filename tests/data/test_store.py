"""The same schema on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.schema import metadata


def test_the_migrations_make_exactly_the_schema_of_the_code(db):
    with db.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
