"""Enterprises: place them, stage them, compare them."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from data.access import Viewer
from data.clock import EVERYTHING
from data.errors import Conflict
from data.writes import import_enterprises as verb
from data.writes import staged
from data.writes.compare_enterprises import compare, keep_absent
from data.writes.grids import shapes_seen
from data.writes.imports import BatchInfo, StoredIssue, Touched
from etl.frames import ABSENT, DETAIL_KEYS
from etl.place import load_grids, place
from etl.prepare import Changes, Context, Prepared, row_numbers
from etl.stage import analyse, put

RENAMED = {"district": "district_code", "grid": "declared_grid", "lon": "src_lon", "lat": "src_lat"}


def prepare(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
    """Stage a canonical frame of enterprises and find what it changes."""
    seen = shapes_seen(conn)
    table = frame.rename(columns=RENAMED)
    table["row_no"] = row_numbers(frame)
    located = table["src_lon"].notna() & table["src_lat"].notna()
    table["geo_source"] = table["geo_source"].where(~located | table["geo_source"].notna(), "imported")
    context.progress("place", 0, len(table))
    placed = place(table, load_grids(conn, context.now.date(), EVERYTHING))
    disagree = _disagreements(table, placed, context)
    table = table.join(placed.drop(columns="point_grid"))
    put(conn, staged.enterprises, table, context.progress)
    del table, placed
    absent = [RENAMED.get(name, name) for name in frame.attrs.get(ABSENT, ())]
    keep_absent(conn, context.source, absent, frame.attrs.get(DETAIL_KEYS))
    context.progress("compare", 0, 1)
    diff = compare(conn, context.source)
    analyse(conn, staged.changes)
    context.progress("compare", 1, 1)
    changes = Changes(diff.inserted, diff.changed, diff.unchanged, diff.fields, diff.samples, disagree)

    def publish(conn: sa.Connection, viewer: Viewer, info: BatchInfo, now: datetime) -> tuple[int, Touched]:
        if shapes_seen(conn) != seen:
            raise Conflict("import_moved", count=len(frame))
        return verb.publish(conn, viewer, info, diff, now=now)

    return Prepared(changes, publish)


def _disagreements(table: pd.DataFrame, placed: pd.DataFrame, context: Context) -> list[StoredIssue]:
    declared = table["declared_grid"]
    # pandas compares None with None as different
    differs = placed["point_grid"].notna() & declared.notna() & (placed["point_grid"] != declared)
    rows = table.loc[differs]
    issues = [
        context.issue(
            "warning", int(line), "grid", "grid_disagrees", value, source_id=source_id, declared=value,
            found=found,
        )
        for line, source_id, value, found in zip(
            rows["row_no"], rows["source_id"], rows["declared_grid"], placed.loc[rows.index, "point_grid"],
            strict=True,
        )
    ]  # fmt: skip
    doubtful = table.loc[placed["suspicion"].notna()]
    issues += [
        context.issue(
            "warning", int(line), "lon", f"point_{label}", f"{lon}, {lat}", source_id=source_id, lon=lon,
            lat=lat,
        )
        for line, source_id, label, lon, lat in zip(
            doubtful["row_no"], doubtful["source_id"], placed.loc[doubtful.index, "suspicion"],
            doubtful["src_lon"], doubtful["src_lat"],
            strict=True,
        )
    ]  # fmt: skip
    return issues
