"""The same schema on both databases."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.schema import coverage_state, enterprise, fact_status, has_token, licence, metadata
from data.store import putting_off, writing
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


def test_keys_that_were_put_off_are_all_back_and_were_checked(db):
    tables = (enterprise, fact_status, licence, coverage_state)

    def keys(conn):
        seen = sa.inspect(conn)
        named = (seen.get_unique_constraints, seen.get_foreign_keys, seen.get_indexes)
        return [
            (seen.get_pk_constraint(t.name), *({key["name"] for key in of(t.name)} for of in named))
            for t in tables
        ]

    with writing(db) as conn:
        before = keys(conn)
        with putting_off(conn, *tables):
            number = add_enterprise(conn, source_id="1")
        assert keys(conn) == before
    row = {"plan_id": 1, "enterprise_id": number, "period": "2026", "due": True}
    with pytest.raises(sa.exc.IntegrityError), writing(db) as conn, putting_off(conn, coverage_state):
        conn.execute(sa.insert(coverage_state), [row])
        conn.execute(sa.insert(coverage_state), [row])
