"""Small made-up cities for tests: each function adds one thing and returns its id."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data import figures
from data.access import Role, Scope, Viewer
from data.schema import (
    BEGINNING,
    FACT_TABLES,
    district,
    enterprise,
    fact_grid_officer,
    fact_grid_shape,
    fact_identity,
    fact_placement,
    fact_point,
    fact_scopes,
    fact_status,
    finding,
    grid,
    inspection,
    lead,
    licence,
    officer,
    org,
    problem,
    user,
)

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
LOADED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""When master data were recorded, unless a test says otherwise."""

_numbers = itertools.count(1)


def _insert(conn: sa.Connection, table: sa.Table, **values: Any) -> int:
    return int(conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0])


def add_district(conn: sa.Connection, code: str = "210102", name: str | None = None) -> str:
    """Add a district; returns its code."""
    conn.execute(sa.insert(district), {"code": code, "name": name or f"区{code}"})
    return code


def add_org(conn: sa.Connection, code: str, *, kind: str = "station", parent_id: int | None = None,
            district_code: str | None = None) -> int:  # fmt: skip
    """Add an organisation."""
    return _insert(
        conn, org, code=code, name=f"机构{code}", kind=kind, parent_id=parent_id, district_code=district_code,
        recorded_at=LOADED,
    )  # fmt: skip


def add_grid(conn: sa.Connection, code: str, district_code: str | None = None, *, org_id: int | None = None,
             name: str | None = None, geom: bytes | None = None) -> int:  # fmt: skip
    """Add a grid; with `geom` (WKB) also its shape from the beginning."""
    grid_id = _insert(
        conn, grid, code=code, name=name or f"网格{code}", district_code=district_code, org_id=org_id,
        recorded_at=LOADED,
    )  # fmt: skip
    if geom is not None:
        _insert(conn, fact_grid_shape, grid_id=grid_id, valid_from=BEGINNING, geom=geom, recorded_at=LOADED)
    return grid_id


def add_officer(conn: sa.Connection, name: str = "测试员甲", *, org_id: int | None = None,
                phone: str | None = "13800001234") -> int:  # fmt: skip
    """Add an officer."""
    n = next(_numbers)
    return _insert(
        conn, officer, source="test", source_id=f"O{n}", name=name, badge=f"B{n}", phone=phone, org_id=org_id,
        recorded_at=LOADED,
    )  # fmt: skip


def bind_officer(conn: sa.Connection, grid_id: int, officer_id: int | None, *, duty: str = "A",
                 valid_from: date = BEGINNING, recorded_at: datetime = LOADED) -> int:  # fmt: skip
    """Let an officer answer for a grid from a day on (None: nobody from then on)."""
    return _insert(
        conn, fact_grid_officer, grid_id=grid_id, officer_id=officer_id, duty=duty, valid_from=valid_from,
        recorded_at=recorded_at,
    )  # fmt: skip


def add_fact(conn: sa.Connection, group: str, enterprise_id: int, *, valid_from: date = BEGINNING,
             recorded_at: datetime = LOADED, **values: Any) -> int:  # fmt: skip
    """Add one version of a fact group of an enterprise; the current row is not touched."""
    return _insert(
        conn, FACT_TABLES[group], enterprise_id=enterprise_id, valid_from=valid_from, recorded_at=recorded_at,
        **values,
    )  # fmt: skip


def add_enterprise(
    conn: sa.Connection,
    *,
    grid_id: int | None = None,
    district_code: str | None = None,
    unplaced_reason: str | None = None,
    category: str | None = "chain_store",
    status: str = "operating",
    scopes: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    risk_level: int | None = None,
    opened_on: date | None = None,
    lon: float | None = None,
    lat: float | None = None,
    name: str | None = None,
    uscc: str | None = None,
    address: str | None = None,
    details: dict[str, Any] | None = None,
    source_id: str | None = None,
    valid_from: date = BEGINNING,
    recorded_at: datetime = LOADED,
) -> int:
    """Add an enterprise with one version of each fact group; without a grid it is unplaced."""
    n = next(_numbers)
    reason = None if grid_id is not None else unplaced_reason or "no_point"
    identity = {
        "name": name or f"测试药店{n}", "uscc": uscc, "category": category, "district_code": district_code,
        "address": address, "opened_on": opened_on, "details": details,
    }  # fmt: skip
    point = {"lon": lon, "lat": lat, "datum": "CGCS2000" if lon is not None else None}
    placement = {
        "grid_id": grid_id, "basis": "declared" if grid_id is not None else None, "unplaced_reason": reason,
    }  # fmt: skip
    kinds = {"scopes": scopes, "tags": tags, "risk_level": risk_level}
    new = _insert(
        conn, enterprise, source="test", source_id=source_id or f"E{n}", status=status,
        **identity, **point, **placement, **kinds, recorded_at=recorded_at,
    )  # fmt: skip
    common = {"enterprise_id": new, "valid_from": valid_from, "recorded_at": recorded_at}
    for table, values in (
        (fact_identity, identity),
        (fact_status, {"status": status}),
        (fact_scopes, kinds),
        (fact_point, point),
        (fact_placement, placement),
    ):
        conn.execute(sa.insert(table).values(**common, **values))
    return new


def add_inspection(conn: sa.Connection, enterprise_id: int, finished_on: date, *, kind: str = "routine",
                   conclusion: str | None = "pass", recorded_at: datetime | None = None,
                   **values: Any) -> int:  # fmt: skip
    """Add a visit, recorded in the evening of its day unless said otherwise."""
    evening = datetime(finished_on.year, finished_on.month, finished_on.day, 12, 0, tzinfo=UTC)
    return _insert(
        conn, inspection, source="test", source_id=f"I{next(_numbers)}", enterprise_id=enterprise_id,
        kind=kind, finished_on=finished_on, conclusion=conclusion, recorded_at=recorded_at or evening,
        **values,
    )  # fmt: skip


def add_finding(conn: sa.Connection, enterprise_id: int, found_on: date, *, inspection_id: int | None = None,
                severity: str = "minor", text: str = "处方药销售记录不全") -> int:  # fmt: skip
    """Add a finding."""
    return _insert(
        conn, finding, source="test", source_id=f"F{next(_numbers)}", enterprise_id=enterprise_id,
        inspection_id=inspection_id, found_on=found_on, severity=severity, text=text, recorded_at=LOADED,
    )  # fmt: skip


def add_problem(conn: sa.Connection, enterprise_id: int, opened_on: date, *, state: str = "ordered",
                due_on: date | None = None, closed_on: date | None = None) -> int:  # fmt: skip
    """Add a problem with the finding it tracks."""
    found = add_finding(conn, enterprise_id, opened_on)
    return _insert(
        conn, problem, finding_id=found, enterprise_id=enterprise_id, state=state, opened_on=opened_on,
        due_on=due_on, closed_on=closed_on, recorded_at=LOADED,
    )  # fmt: skip


def add_lead(conn: sa.Connection, *, received_on: date = TODAY, enterprise_id: int | None = None,
             grid_id: int | None = None, district_code: str | None = None, state: str = "assigned",
             due_on: date | None = None, channel: str = "complaint", title: str = "测试线索",
             **values: Any) -> int:  # fmt: skip
    """Add a lead."""
    return _insert(
        conn, lead, source="test", source_id=f"L{next(_numbers)}", channel=channel, title=title,
        received_on=received_on, enterprise_id=enterprise_id, grid_id=grid_id, district_code=district_code,
        state=state, state_since=received_on, due_on=due_on, recorded_at=LOADED, **values,
    )  # fmt: skip


def add_licence(conn: sa.Connection, enterprise_id: int, number: str, *, kind: str = "drug",
                valid_to: date | None = None) -> int:  # fmt: skip
    """Add a licence."""
    return _insert(
        conn, licence, enterprise_id=enterprise_id, kind=kind, number=number, valid_to=valid_to,
        recorded_at=LOADED,
    )  # fmt: skip


def add_user(conn: sa.Connection, role: Role, *, officer_id: int | None = None,
             org_id: int | None = None, name: str | None = None) -> int:  # fmt: skip
    """Add an account that nobody can log in with."""
    n = next(_numbers)
    return _insert(
        conn, user, username=f"test-{role}-{n}", name=name or f"账号{n}", role=str(role), org_id=org_id,
        officer_id=officer_id, password_hash="-", must_change=False, created_at=LOADED,
    )  # fmt: skip


def viewer(role: Role = Role.LEADER, *, grids: tuple[int, ...] = (), districts: tuple[str, ...] = (),
           everything: bool | None = None, officer_id: int | None = None) -> Viewer:  # fmt: skip
    """Return a viewer; without grids and districts one who sees the whole city."""
    whole = not grids and not districts if everything is None else everything
    scope = Scope(everything=whole, grids=frozenset(grids), districts=frozenset(districts))
    return Viewer(f"user:test-{role}", role, scope, officer_id=officer_id)


@dataclass
class MadeCity:
    """What `make_city` made."""

    districts: list[str] = field(default_factory=list)
    grids: list[int] = field(default_factory=list)
    officers: list[int] = field(default_factory=list)
    enterprises: list[int] = field(default_factory=list)
    by_grid: dict[int | None, list[int]] = field(default_factory=dict)


def make_city(
    conn: sa.Connection,
    *,
    districts: int = 2,
    grids: int = 2,
    enterprises: int = 3,
    unplaced: int = 1,
    visited: int = 1,
    as_of: date = TODAY,
    build: bool = True,
) -> MadeCity:
    """Make a city: `grids` a district, `enterprises` a grid, `unplaced` a district, one officer a grid.

    The first `visited` enterprises of each grid were visited this year, the first of them with an
    open overdue problem and an open lead; one enterprise lies outside every known district. The
    figures are built for `as_of` unless `build` is false.
    """
    made = MadeCity()
    for d in range(districts):
        code = add_district(conn, f"21010{d + 2}")
        made.districts.append(code)
        for g in range(grids):
            grid_id = add_grid(conn, f"{code}001{g + 1:03d}", code)
            made.grids.append(grid_id)
            made.officers.append(add_officer(conn, f"网格员{d}{g}"))
            bind_officer(conn, grid_id, made.officers[-1])
            own = [
                add_enterprise(
                    conn,
                    grid_id=grid_id,
                    district_code=code,
                    lon=123.4 + d / 10 + n / 1000,
                    lat=41.8 + g / 10,
                )
                for n in range(enterprises)
            ]
            made.by_grid[grid_id] = own
            for n, one in enumerate(own[:visited]):
                day = as_of - timedelta(days=20 + n)
                add_inspection(conn, one, day)
                if n == 0:
                    add_problem(conn, one, day, due_on=as_of - timedelta(days=3))
                    add_lead(conn, enterprise_id=one, grid_id=grid_id, district_code=code, received_on=day,
                             due_on=as_of + timedelta(days=5))  # fmt: skip
        reasons = itertools.cycle(("no_point", "outside", "suspicious"))
        lost = [
            add_enterprise(conn, district_code=code, unplaced_reason=next(reasons)) for _ in range(unplaced)
        ]
        made.by_grid.setdefault(None, []).extend(lost)
    made.by_grid.setdefault(None, []).append(add_enterprise(conn, unplaced_reason="no_point"))
    made.enterprises = [one for group in made.by_grid.values() for one in group]
    if build:
        figures.build(conn, as_of=as_of, now=NOW)
    return made
