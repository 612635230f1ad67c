"""Which district a grid stands in when its source does not say."""

from __future__ import annotations

import sqlalchemy as sa

from data.schema import grid
from data.store import writing
from data.writes.grids import adopt_districts
from tests.factories import add_district, add_enterprise, add_grid


def test_a_grid_without_a_district_adopts_the_one_that_all_its_enterprises_declare(db):
    with writing(db) as conn:
        for code in ("210102", "210103"):
            add_district(conn, code)
        agreed, torn, empty = (add_grid(conn, code, None) for code in ("G1", "G2", "G3"))
        for grid_id, district in ((agreed, "210102"), (agreed, "210102"), (torn, "210102"), (torn, "210103")):
            add_enterprise(conn, grid_id=grid_id, district_code=district)
        assert adopt_districts(conn) == 1
        found = dict(conn.execute(sa.select(grid.c.id, grid.c.district_code)).all())
    assert found == {agreed: "210102", torn: None, empty: None}
