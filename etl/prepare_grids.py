"""Grids: check their coverage, find whom the new shapes place otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.access import Viewer
from data.clock import EVERYTHING
from data.errors import Conflict, Refused
from data.schema import district, enterprise, grid
from data.writes import grids as verb
from data.writes import staged
from data.writes.imports import BatchInfo, StoredIssue, Touched
from etl.frames import ABSENT, records
from etl.place import GridSet, place
from etl.prepare import Changes, Context, Prepared
from etl.stage import put
from geo.check import CODE_PATTERN
from geo.crs import metric_crs_of
from geo.grids import GridIssue, check_coverage
from geo.locate import Locator
from geo.ruler import Ruler
from geo.shapes import from_wkb, to_wkb

SAME_DISTANCE_M = 0.5


def prepare(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
    """Check grids against each other and those that stay, and stage the placements they change.

    Raises
    ------
    Refused
        ``grids_broken``: the coverage has errors and `Options.force` is not set.
    """
    seen = verb.enterprises_seen(conn)
    shapes = gpd.GeoSeries(list(frame["geometry"]), crs=4326)
    parents = _districts(conn)
    if parents is not None:
        frame = _with_districts(frame, shapes, parents)
    coverage, retire = _coverage(conn, frame, shapes, context)
    found = check_coverage(
        coverage, parents=parents, code_pattern=context.options.code_pattern or CODE_PATTERN
    )
    issues = list(_issues(found, frame, context))
    errors = [issue for issue in found if issue.severity == "error"]
    rows = _rows(frame, shapes)
    compared = verb.compare_grids(conn, rows, context.now)
    if errors and (compared.new or compared.changed) and not context.options.force:
        kinds = sorted({issue.kind for issue in errors})
        raise Refused("grids_broken", count=len(errors), kinds=", ".join(kinds), issues=issues)
    moved = 0
    if compared.new or compared.changed or retire:
        moved = _stage_moved(conn, coverage, context)
    changes = Changes(
        len(compared.new),
        len(compared.changed) + len(retire),
        compared.unchanged,
        {**compared.fields, **{k: n for k, n in (("placement", moved), ("retired", len(retire))) if n}},
        [{**s, "before": None, "after": None} if s["field"] == "geom" else s for s in compared.samples],
        issues,
    )  # fmt: skip

    def publish(conn: sa.Connection, viewer: Viewer, info: BatchInfo, now: datetime) -> tuple[int, Touched]:
        if verb.enterprises_seen(conn) != seen:
            raise Conflict("import_moved", count=1)
        return verb.publish(conn, viewer, info, rows, retire=retire, moved=moved, now=now)

    return Prepared(changes, publish)


def _coverage(
    conn: sa.Connection, frame: pd.DataFrame, shapes: gpd.GeoSeries, context: Context
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the coverage as it will be (file first, so that its rows keep their positions)."""
    named = set(frame["code"])
    others = [
        row
        for row in conn.execute(verb.shapes_in_force(context.now.date(), EVERYTHING))
        if row.code not in named
    ]
    retire = [row.code for row in others] if context.options.whole else []
    stay = [] if retire else others
    table = pd.DataFrame(
        {
            "code": [*frame["code"], *(row.code for row in stay)],
            "district_code": [*frame["district"], *(row.district_code for row in stay)],
        },
        dtype=object,
    )
    geometry = [*shapes, *from_wkb([row.geom for row in stay])]
    return gpd.GeoDataFrame(table, geometry=geometry, crs=4326), retire


def _districts(conn: sa.Connection) -> gpd.GeoDataFrame | None:
    rows = conn.execute(sa.select(district.c.code, district.c.geom).where(district.c.geom.is_not(None))).all()
    if not rows:
        return None
    return gpd.GeoDataFrame(
        {"code": [row.code for row in rows]}, geometry=from_wkb([row.geom for row in rows]), crs=4326
    )


def _with_districts(frame: pd.DataFrame, shapes: gpd.GeoSeries, districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """Fill the district of grids whose source names none: the one that holds a point well inside them."""
    inside = shapes.representative_point()
    found = Locator(districts).locate(inside.x.to_numpy(), inside.y.to_numpy()).grid
    codes = pd.Series(
        [districts["code"].iat[i] if i >= 0 else None for i in found], frame.index, dtype=object
    )
    return frame.assign(district=frame["district"].where(frame["district"].notna(), codes))


def _issues(found: Iterable[GridIssue], frame: pd.DataFrame, context: Context) -> Iterable[StoredIssue]:
    # the issues of a coverage lie between grids: none keeps a row out, so none is a row's error
    lines = frame["line"].tolist()
    for issue in found:
        params = {
            k: v for k, v in asdict(issue).items() if k not in ("row", "severity", "kind") and v is not None
        }
        line = lines[issue.row] if issue.row is not None and issue.row < len(lines) else None
        yield context.issue(
            "warning", None if line is None or line is pd.NA else int(line), "geometry", f"grid_{issue.kind}",
            issue.code, source_id=issue.code, severity=issue.severity, **params,
        )  # fmt: skip


def _rows(frame: pd.DataFrame, shapes: gpd.GeoSeries) -> list[dict[str, object]]:
    ruler = Ruler(metric_crs_of(gpd.GeoDataFrame(geometry=shapes, crs=4326)))
    blobs = to_wkb(shapes)
    made: list[dict[str, object]] = []
    absent = list(frame.attrs.get(ABSENT, ()))
    plain = [row for chunk in records(frame.drop(columns="geometry")) for row in chunk]
    for row, blob, shape in zip(plain, blobs, shapes, strict=True):
        made.append(
            {
                **row,
                "absent": absent,
                "geom": blob,
                "area_m2": None if shape is None or shape.is_empty else ruler.size(shape).area_m2,
            }
        )
    return made


def _stage_moved(conn: sa.Connection, coverage: gpd.GeoDataFrame, context: Context) -> int:
    e = enterprise.c
    stored = pd.DataFrame(
        conn.execute(
            sa.select(
                e.id, e.version, e.src_lon, e.src_lat, e.datum, e.geo_source, e.declared_grid, e.basis,
                e.lon, e.lat, e.suspicion, e.unplaced_reason, e.distance_m, grid.c.code.label("grid_code"),
            ).outerjoin(grid, grid.c.id == e.grid_id)
        ).all()
    )  # fmt: skip
    if stored.empty:
        return 0
    floats = ["src_lon", "src_lat", "lon", "lat", "distance_m"]
    stored[floats] = stored[floats].astype("float64")
    others = [c for c in stored.columns if c not in (*floats, "id", "version")]
    stored[others] = stored[others].astype(object).where(stored[others].notna(), None)
    placed = place(stored, GridSet.of(coverage))
    decided = (stored["basis"] == "steward") & stored["grid_code"].isin(coverage["code"])
    point = _differ(stored, placed, ["suspicion"]) | (stored["lon"].isna() != placed["lon"].isna())
    away = (stored["distance_m"] - placed["distance_m"]).abs() > SAME_DISTANCE_M
    moved = ~decided & (_differ(stored, placed, ["grid_code", "basis", "unplaced_reason"]) | away)
    table = stored[["version", "src_lon", "src_lat", "datum", "geo_source", "declared_grid"]].join(placed)
    table["enterprise_id"] = stored["id"]
    table["point_changed"], table["placement_changed"] = point.astype(int), moved.astype(int)
    table = table[point | moved]
    table = table.assign(row_no=np.arange(1, len(table) + 1))
    put(conn, staged.placements, table, context.progress)
    return len(table)


def _differ(one: pd.DataFrame, other: pd.DataFrame, names: list[str]) -> pd.Series:
    differ = pd.Series(False, index=one.index)
    for name in names:
        differ |= one[name].fillna("").astype(str) != other[name].fillna("").astype(str)
    return differ
