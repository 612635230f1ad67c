"""A steward edits the tree: scopes follow at once, the audit row says whose, and the tree stays a tree."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from data.access import Role, Scope, Viewer, scope_of_org
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.organisations import organisations
from data.schema import audit, grid, user
from data.store import reading, writing
from data.writes.organisations import ORG_FIELDS, add_org, change_org, delete_org, stored_orgs
from tests.factories import LOADED, NOW, add_district, add_grid, add_officer, viewer
from tests.factories import add_org as make_org

STEWARD = viewer(Role.STEWARD)


@pytest.fixture
def tree(db: sa.Engine) -> dict[str, int]:
    """A bureau with two district bureaus; the first has a station with one grid and one account."""
    with writing(db) as conn:
        for code in ("210102", "210103"):
            add_district(conn, code)
        ids = {"B": make_org(conn, "B", kind="bureau")}
        for n, code in (("D1", "210102"), ("D2", "210103")):
            ids[n] = make_org(conn, n, kind="district", parent_id=ids["B"], district_code=code)
        ids["S"] = make_org(conn, "S", parent_id=ids["D1"])
        ids["grid"] = add_grid(conn, "210102001001", "210102", org_id=ids["S"])
        for name, org in (("one", "D1"), ("two", "D2")):
            conn.execute(
                sa.insert(user).values(username=name, name=name, role="supervisor", org_id=ids[org],
                                       password_hash="x", created_at=LOADED)
            )  # fmt: skip
    return ids


def seen(conn: sa.Connection, code: str) -> dict[str, Any]:
    return {name: stored_orgs(conn)[code][name] for name in ORG_FIELDS}


def change(conn: sa.Connection, code: str, **values: Any) -> bool:
    now = seen(conn, code)
    return change_org(conn, STEWARD, {"code": code, **now, **values}, now, now=NOW)


def refusal(conn: sa.Connection, code: str, **values: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        change(conn, code, **values)
    return caught.value


def test_moving_a_station_moves_its_grids_from_one_scope_to_another(
    db: sa.Engine, tree: dict[str, int]
) -> None:
    with writing(db) as conn:
        assert scope_of_org(conn, tree["D1"]).grids == {tree["grid"]}
        assert change(conn, "S", parent="D2")
        assert scope_of_org(conn, tree["D1"]).grids == frozenset()
        assert scope_of_org(conn, tree["D2"]).grids == {tree["grid"]}
        row = conn.execute(sa.select(audit).where(audit.c.action == "org.change")).one()
        assert row.detail["before"] == {"parent": "D1"} and row.detail["after"] == {"parent": "D2"}
        assert row.detail["scopes"] == {
            "gained": ["D2"], "lost": ["D1"], "grids": 1, "accounts": 2, "walls": 0,
        }  # fmt: skip


def test_a_new_name_changes_no_scope_and_an_equal_row_nothing(db: sa.Engine, tree: dict[str, int]) -> None:
    with writing(db) as conn:
        assert change(conn, "S", name=" 南湖所 ")
        assert seen(conn, "S")["name"] == "南湖所"
        assert not change(conn, "S")
        row = conn.execute(sa.select(audit).where(audit.c.action == "org.change")).one()
        assert "scopes" not in row.detail and row.detail["after"] == {"name": "南湖所"}


def test_an_organisation_is_added_below_another_and_deleted_while_nothing_hangs_on_it(
    db: sa.Engine, tree: dict[str, int]
) -> None:
    row = {"code": "S2", "name": "新所", "kind": "station", "parent": "D2", "district": None}
    with writing(db) as conn:
        add_org(conn, STEWARD, row, now=NOW)
        delete_org(conn, STEWARD, "S2", seen(conn, "S2"), now=NOW)
        assert "S2" not in stored_orgs(conn)
        actions = conn.execute(sa.select(audit.c.action).where(audit.c.object_id == "S2")).scalars().all()
        assert sorted(actions) == ["org.add", "org.delete"]


def test_what_something_hangs_on_is_not_deleted(db: sa.Engine, tree: dict[str, int]) -> None:
    with writing(db) as conn:
        add_officer(conn, org_id=tree["D2"])
        for code, hanging in (("B", "orgs"), ("S", "grids"), ("D2", "officers"), ("D2", "accounts")):
            with pytest.raises(Refused) as caught:
                delete_org(conn, STEWARD, code, seen(conn, code), now=NOW)
            assert caught.value.code == "org_in_use" and caught.value.params[hanging] == 1 + (code == "B")


def test_the_tree_stays_a_tree_with_one_root(db: sa.Engine, tree: dict[str, int]) -> None:
    with writing(db) as conn:
        assert refusal(conn, "D1", parent="S").code == "org_ring"
        assert refusal(conn, "D1", parent="D1").code == "org_ring"
        assert refusal(conn, "D1", parent="D2").code == "org_parent_kind"
        assert refusal(conn, "D1", parent=None).code == "org_parent_missing"
        assert refusal(conn, "S", parent="X").code == "org_parent_unknown"
        assert refusal(conn, "S", kind="bureau", parent=None).code == "org_second_root"
        assert refusal(conn, "D1", kind="station", parent="B").code == "org_child_kind"
        assert refusal(conn, "S", kind="office").field == "kind"
        assert refusal(conn, "S", name=" ").field == "name"
        assert refusal(conn, "S", district="999999").code == "district_unknown"
        row = {"code": "D1", "name": "又一个", "kind": "station", "parent": "B", "district": None}
        for code, found in (("D1", "org_code_taken"), ("所 3", "org_code_bad"), ("", "org_code_bad")):
            with pytest.raises(Refused) as caught:
                add_org(conn, STEWARD, {**row, "code": code}, now=NOW)
            assert (caught.value.code, caught.value.field) == (found, "code")


def test_only_a_district_bureau_answers_for_what_its_district_has_unplaced(
    db: sa.Engine, tree: dict[str, int]
) -> None:
    with writing(db) as conn:
        station = make_org(conn, "S2", parent_id=tree["D1"], district_code="210102")
        assert scope_of_org(conn, station).districts == frozenset()
        assert scope_of_org(conn, tree["D1"]).districts == {"210102"}


def test_only_the_first_root_sees_everything(db: sa.Engine, tree: dict[str, int]) -> None:
    with writing(db) as conn:
        second = make_org(conn, "B2", kind="bureau")
        assert scope_of_org(conn, tree["B"]).everything
        assert not scope_of_org(conn, second).everything


def test_the_second_editor_of_an_organisation_is_told(db: sa.Engine, tree: dict[str, int]) -> None:
    with writing(db) as conn:
        old = seen(conn, "S")
        change(conn, "S", name="甲所")
        for attempt in (
            lambda: change_org(conn, STEWARD, {"code": "S", **old, "name": "乙所"}, old, now=NOW),
            lambda: delete_org(conn, STEWARD, "S", old, now=NOW),
        ):
            with pytest.raises(Conflict) as caught:
                attempt()
            assert caught.value.params["theirs"]["name"] == "甲所"
        with pytest.raises(NotFound):
            delete_org(conn, STEWARD, "gone", old, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STEWARD])
def test_nobody_but_a_steward_edits_the_tree(sqlite_db: sa.Engine, role: Role) -> None:
    row = {"code": "B", "name": "市局", "kind": "bureau", "parent": None, "district": None}
    with writing(sqlite_db) as conn:
        for attempt in (
            lambda: add_org(conn, viewer(role), row, now=NOW),
            lambda: change_org(conn, viewer(role), row, row, now=NOW),
            lambda: delete_org(conn, viewer(role), "B", row, now=NOW),
        ):
            with pytest.raises(Denied):
                attempt()


def test_the_tree_is_read_from_the_top_with_sums_and_within_the_scope(
    db: sa.Engine, tree: dict[str, int]
) -> None:
    with writing(db) as conn:
        conn.execute(sa.update(grid).values(active=True))
    with reading(db) as conn:
        rows = organisations(conn, STEWARD)
        assert [(row.code, row.depth, row.below) for row in rows] == [
            ("B", 0, 1), ("D1", 1, 1), ("S", 2, 1), ("D2", 1, 0),
        ]  # fmt: skip
        own = Viewer("user:one", Role.SUPERVISOR, Scope(org_id=tree["D1"]))
        assert [row.code for row in organisations(conn, own)] == ["D1", "S"]
        with pytest.raises(Denied):
            organisations(conn, viewer(Role.OFFICER))
