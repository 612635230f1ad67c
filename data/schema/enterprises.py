"""Enterprises, the versions of their facts, and their licences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema.base import Json, Tokens, metadata, origin, pk, ref

category = sa.Table(
    "category",
    metadata,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("parent", sa.String, sa.ForeignKey("category.code")),
    sa.Column("name_zh", sa.String, nullable=False),
    sa.Column("name_en", sa.String, nullable=False),
    sa.Column("sort", sa.Integer, nullable=False, default=0),
)

status = sa.Table(
    "status",
    metadata,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("name_zh", sa.String, nullable=False),
    sa.Column("name_en", sa.String, nullable=False),
    sa.Column("operating", sa.Boolean, nullable=False),  # counts as operating, so can be due
)

IDENTITY = ("name", "uscc", "category", "district_code", "address", "opened_on", "details")
POINT = ("lon", "lat", "src_lon", "src_lat", "datum", "geo_source", "suspicion")
PLACEMENT = ("grid_id", "basis", "unplaced_reason", "distance_m", "declared_grid")
SCOPES = ("scopes", "tags", "risk_level")


def _identity() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("name", sa.String, nullable=False),
        sa.Column("uscc", sa.String),
        sa.Column("category", sa.String, sa.ForeignKey("category.code")),
        sa.Column("district_code", sa.String, sa.ForeignKey("district.code")),  # the declared one
        sa.Column("address", sa.String),
        sa.Column("opened_on", sa.Date),
        sa.Column("details", Json),  # named extras: legal_rep, principal, phone, mode …
    )


def _scopes() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("scopes", Tokens, nullable=False, default=()),
        sa.Column("tags", Tokens, nullable=False, default=()),
        sa.Column("risk_level", sa.Integer),  # 1 低, 2 一般, 3 较高, 4 高
    )


def _point() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("lon", sa.Float),  # WGS 84; null where none or where it is suspicious
        sa.Column("lat", sa.Float),
        sa.Column("src_lon", sa.Float),  # as read
        sa.Column("src_lat", sa.Float),
        sa.Column("datum", sa.String),
        sa.Column("geo_source", sa.String),  # surveyed, geocoded, imported
        sa.Column("suspicion", sa.String),  # zero, swapped, gcj02, bd09, far, …; null: none
    )


def _placement() -> tuple[sa.Column[Any], ...]:
    return (
        ref("grid_id", "grid"),
        sa.Column("basis", sa.String),  # steward, point, declared
        sa.Column("unplaced_reason", sa.String),  # no_point, outside, suspicious; null: placed
        sa.Column("distance_m", sa.Float),  # to the nearest grid, for points outside
        sa.Column("declared_grid", sa.String),  # the code that the source names
    )


enterprise = sa.Table(
    "enterprise",
    metadata,
    pk(),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("source_id", sa.String, nullable=False),
    *_identity(),
    sa.Column("status", sa.String, sa.ForeignKey("status.code"), nullable=False),
    *_scopes(),
    *_point(),
    *_placement(),
    sa.Column("version", sa.Integer, nullable=False, default=1),
    *origin(),
    sa.UniqueConstraint("source", "source_id"),
    sa.Index("ix_enterprise_grid_id", "grid_id"),
    sa.Index("ix_enterprise_uscc", "uscc"),
    sa.Index("ix_enterprise_name", "name"),
    sa.Index("ix_enterprise_district_code", "district_code"),
)


def _fact(group: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        f"fact_{group}",
        metadata,
        pk(),
        ref("enterprise_id", "enterprise", nullable=False, index=True),
        sa.Column("valid_from", sa.Date, nullable=False),
        *columns,
        sa.Column("reason", sa.String),
        *origin(),
    )


fact_identity = _fact("identity", *_identity())
fact_status = _fact("status", sa.Column("status", sa.String, sa.ForeignKey("status.code"), nullable=False))
fact_scopes = _fact("scopes", *_scopes())
fact_point = _fact("point", *_point())
fact_placement = _fact("placement", *_placement())

FACT_TABLES: dict[str, sa.Table] = {
    "identity": fact_identity,
    "status": fact_status,
    "scopes": fact_scopes,
    "point": fact_point,
    "placement": fact_placement,
}
"""Fact group → its table; the value columns stand between ``valid_from`` and ``reason``."""

licence = sa.Table(
    "licence",
    metadata,
    pk(),
    ref("enterprise_id", "enterprise", nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("number", sa.String, nullable=False, index=True),
    sa.Column("issued_on", sa.Date),
    sa.Column("valid_to", sa.Date, index=True),
    sa.Column("issuer", sa.String),
    *origin(),
    sa.UniqueConstraint("enterprise_id", "kind", "number"),
)
