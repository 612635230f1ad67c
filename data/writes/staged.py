"""Temporary tables that a batch is staged in, outside the write lock; they vanish with the connection.

They hold what the source says, in the database's own types, with codes instead of our ids: the verbs
of `data.writes.import_*` join them to what is stored. ``row_no`` is unique within a batch.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema.base import Id, Json, UtcTime

staged = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        f"staged_{name}",
        staged,
        sa.Column("row_no", sa.Integer, primary_key=True),
        *columns,
        prefixes=["TEMPORARY"],
    )


def _text(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String) for name in names.split()]


def _dates(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Date) for name in names.split()]


def _floats(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Float) for name in names.split()]


def _derived() -> list[sa.Column[Any]]:
    """Point and placement as computed from the original polygons; the grid by its code."""
    return [
        *_floats("lon lat distance_m"),
        *_text("suspicion grid_code basis unplaced_reason"),
    ]


enterprises = _table(
    "enterprise",
    *_text("source_id name uscc category district_code address status scopes tags datum geo_source"),
    *_text("declared_grid licence_kind licence_number"),
    *_dates("opened_on status_since valid_from licence_from licence_to"),
    sa.Column("risk_level", sa.Integer),
    sa.Column("details", Json),
    *_floats("src_lon src_lat"),
    *_derived(),
)

changes = _table(
    # the staged enterprises that are new or differ from what is stored, with what differs
    "change",
    sa.Column("is_new", sa.Integer, nullable=False),
    sa.Column("enterprise_id", Id),  # of a new one: in `written`
    sa.Column("version", sa.Integer),  # of the current row that was compared with
    *(sa.Column(f"{group}_changed", sa.Integer, nullable=False) for group in
      ("identity", "status", "scopes", "point", "placement", "licence")),
)  # fmt: skip

written = sa.Table(
    # the ids of the new enterprises
    "staged_written",
    staged,
    sa.Column("row_no", sa.Integer, nullable=False),
    sa.Column("enterprise_id", Id, nullable=False),
    prefixes=["TEMPORARY"],
)

placements = _table(
    # enterprises that new grid shapes place otherwise; row_no is a mere count here
    "placement",
    sa.Column("enterprise_id", Id),
    sa.Column("version", sa.Integer),
    sa.Column("point_changed", sa.Integer),
    sa.Column("placement_changed", sa.Integer),
    *_floats("src_lon src_lat"),
    *_text("datum geo_source declared_grid"),
    *_derived(),
)

inspections = _table(
    "inspection",
    *_text("source_id enterprise kind source_kind method conclusion source_result unable_reason"),
    *_text("officer officer2"),
    sa.Column("finished_on", sa.Date),
    sa.Column("finished_at", UtcTime),
    sa.Column("entered_at", UtcTime),
    *_floats("score lon lat"),
    sa.Column("grade", sa.Integer),
    sa.Column("details", Json),
)

visits = _table(
    # staged inspections that are new or corrections, resolved to our ids
    "visit",
    sa.Column("enterprise_id", Id),
    sa.Column("officer_id", Id),
    sa.Column("officer2_id", Id),
    sa.Column("supersedes_id", Id),
    sa.Column("revision", sa.Integer),  # 1, or more for a correction
)

corrected = sa.Table(
    # source ids that have been corrected before, with the source's latest row and the one that counts
    "staged_corrected",
    staged,
    sa.Column("source_id", sa.String, primary_key=True),
    sa.Column("latest_id", Id, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("standing_id", Id, nullable=False),
    prefixes=["TEMPORARY"],
)

findings = _table(
    "finding",
    *_text("source_id enterprise severity inspection item_code text problem_state"),
    *_dates("found_on due_on closed_on"),
)

matches = _table(
    # staged findings resolved to our ids; enterprise_id null: unknown enterprise
    "match",
    sa.Column("enterprise_id", Id),
    sa.Column("inspection_id", Id),
    sa.Column("matches", sa.Integer),
    sa.Column("by_day", sa.Boolean),
    sa.Column("finding_id", Id),  # null: new
    sa.Column("former_id", Id),  # the enterprise that it is stored with
    sa.Column("changed", sa.Integer),
)
