"""Districts, the organisation tree, grids with their shapes and officers, the workday calendar."""

from __future__ import annotations

import sqlalchemy as sa

from data.schema.base import metadata, origin, pk, ref

district = sa.Table(
    "district",
    metadata,
    sa.Column("code", sa.String, primary_key=True),  # GB/T 2260
    sa.Column("name", sa.String, nullable=False),
    sa.Column("geom", sa.LargeBinary),  # WKB, WGS 84
)

org = sa.Table(
    "org",
    metadata,
    pk(),
    sa.Column("code", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),  # bureau, district, station
    ref("parent_id", "org", index=True),
    # whose unplaced enterprises this organisation owns; empty for functional zones and stations
    sa.Column("district_code", sa.String, sa.ForeignKey("district.code")),
    *origin(),
)

officer = sa.Table(
    "officer",
    metadata,
    pk(),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("source_id", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("badge", sa.String),  # 执法证号
    sa.Column("phone", sa.String),
    ref("org_id", "org"),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    *origin(),
    sa.UniqueConstraint("source", "source_id"),
)

grid = sa.Table(
    "grid",
    metadata,
    pk(),
    sa.Column("code", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("district_code", sa.String, sa.ForeignKey("district.code"), index=True),
    ref("org_id", "org", index=True),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    *origin(),
)

fact_grid_shape = sa.Table(
    "fact_grid_shape",
    metadata,
    pk(),
    ref("grid_id", "grid", nullable=False, index=True),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("geom", sa.LargeBinary),  # WKB, WGS 84, the original polygon; null: the grid was retired
    sa.Column("area_m2", sa.Float),
    sa.Column("reason", sa.String),
    *origin(),
)

fact_grid_officer = sa.Table(
    "fact_grid_officer",
    metadata,
    pk(),
    ref("grid_id", "grid", nullable=False, index=True),
    sa.Column("duty", sa.String, nullable=False),  # A: responsible, one a grid; B: stands in
    ref("officer_id", "officer", index=True),  # null: nobody from then on
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("reason", sa.String),
    *origin(),
)

calendar_day = sa.Table(
    "calendar_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("is_workday", sa.Boolean, nullable=False),
    sa.Column("name", sa.String),
    *origin(),
)
