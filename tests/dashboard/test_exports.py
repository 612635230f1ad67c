"""A file of a table has the table's rows, words and sums."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa

from data.access import Role
from data.reads.city import city
from data.schema import grid
from tests.dashboard.conftest import House
from tests.factories import viewer


def table(house: House, role: Role, path: str) -> list[dict[str, str]]:
    answer = house.sign_in(str(role)).get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


@pytest.mark.parametrize("query", ["", "?district=210102", "?district=unknown"])
def test_grids_and_unplaced_add_up_to_the_total_of_an_export(read_only_house: House, query: str):
    *rows, total = table(read_only_house, Role.LEADER, f"/export/grids.csv{query}")
    assert total["网格"] == "合计"
    for column in ("应检", "已检", "未检", "按期", "未结问题", "逾期问题", "未结线索", "逾期线索"):
        assert sum(int(row[column]) for row in rows) == int(total[column]), column
    with read_only_house.engine.connect() as conn:
        found = city(conn, viewer(Role.LEADER), None)
    code = query.partition("=")[2]
    district = next((d.counts for d in found.districts if (d.code or "unknown") == code), None)
    expected = found.total if not query else district
    assert int(total["应检"]) == (expected.due if expected else 0)


def test_an_export_of_grids_has_the_columns_that_the_screen_shows(read_only_house: House):
    row = table(read_only_house, Role.LEADER, "/export/grids.csv")[0]
    assert {"网格", "区县", "网格员", "进度状态", "覆盖率", "未检", "落后家数", "须日均"} <= set(row)
    assert any(
        row["网格"].startswith("未落格") for row in table(read_only_house, Role.LEADER, "/export/grids.csv")
    )


def test_a_filter_of_grids_leaves_the_unplaced_out_of_an_export_as_on_the_screen(read_only_house: House):
    rows = table(read_only_house, Role.LEADER, "/export/grids.csv?q=no-such-grid")
    assert [(row["网格"], row["应检"], row["覆盖率"]) for row in rows] == [("合计", "0", "—")]


@pytest.mark.parametrize("name", ["work", "problems", "leads", "visits", "plans"])
def test_the_tables_of_a_grid_can_be_taken_along_by_its_officer_alone(house: House, name: str):
    made = house.ids["city"]
    with house.engine.connect() as conn:
        codes = dict(conn.execute(sa.select(grid.c.id, grid.c.code)).all())
    own, other = codes[made.grids[0]], codes[made.grids[-1]]
    assert table(house, Role.OFFICER, f"/export/grid-{name}.csv?grid={own}") is not None
    officer = house.sign_in("officer")
    assert officer.get(f"/export/grid-{name}.csv?grid={other}").status_code == 403
    assert officer.get(f"/export/grid-{name}.csv?grid=nowhere").status_code == 404
    assert officer.get(f"/export/grid-{name}.exe?grid={own}").status_code == 404


def test_a_list_of_whom_to_visit_has_as_many_rows_as_remain(house: House):
    with house.engine.connect() as conn:
        rows = city(conn, viewer(Role.LEADER), None).grids
    for row in rows:
        lines = table(house, Role.LEADER, f"/export/grid-work.csv?grid={row.code}")
        assert len(lines) == row.counts.remaining
        assert all(line["原因"] for line in lines)
