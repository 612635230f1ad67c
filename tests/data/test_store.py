"""The same schema on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.schema import enterprise, has_token, metadata
from data.store import writing
from tests.factories import add_enterprise


def test_the_migrations_make_exactly_the_schema_of_the_code(db):
    with db.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_token_is_found_letter_by_letter_and_whole(db):
    with writing(db) as conn:
        add_enterprise(conn, tags=("vip", "a%b", "冷链"))
        for code, expected in {"vip": 1, "VIP": 0, "vi": 0, "a%b": 1, "a%": 0, "_ip": 0, "冷链": 1}.items():
            query = sa.select(sa.func.count()).where(has_token(enterprise.c.tags, code))
            assert (code, conn.execute(query).scalar_one()) == (code, expected)
