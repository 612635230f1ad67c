"""Figures made from the facts for reading: they can always be thrown away and built again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema.base import Id, UtcTime, metadata

figures_meta = sa.Table(
    "figures_meta",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("built_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with each change: the walls' ETag
)


def _place() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("grid_id", Id),  # no foreign key: figures are made from facts, a million rows at once
        sa.Column("district_code", sa.String),  # of the grid, else the declared one, else null
        sa.Column("unplaced_reason", sa.String),
    )


coverage_state = sa.Table(
    "coverage_state",
    metadata,
    sa.Column("enterprise_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("plan_id", sa.Integer, primary_key=True),
    sa.Column("period", sa.String, nullable=False),
    *_place(),
    sa.Column("category", sa.String),
    sa.Column("due", sa.Boolean, nullable=False),  # false: closed inside this period
    sa.Column("done_on", sa.Date),  # of the n-th visit; null: not visited often enough
    sa.Column("grade", sa.Integer),
    sa.Index("ix_coverage_state_place", "plan_id", "grid_id"),
)

COUNTS = ("due", "done", "on_time", "late", "closed_visited", "closed_unvisited", "recorded", "evidenced")

coverage_count = sa.Table(
    "coverage_count",
    metadata,
    sa.Column("plan_id", sa.Integer, primary_key=True),
    # grid id, or "district/reason" for the unplaced: one key, so that no column of it is null
    sa.Column("place", sa.String, primary_key=True),
    sa.Column("category", sa.String, primary_key=True),
    sa.Column("period", sa.String, nullable=False),
    *_place(),
    *(sa.Column(name, sa.Integer, nullable=False, default=0) for name in COUNTS),
    sqlite_with_rowid=False,  # kept in the order of its key: a plan's rows lie together
)

coverage_place = sa.Table(  # its sums over the categories: what lists, maps and walls of places read
    "coverage_place",
    metadata,
    sa.Column("plan_id", sa.Integer, primary_key=True),
    sa.Column("place", sa.String, primary_key=True),
    sa.Column("period", sa.String, nullable=False),
    *_place(),
    *(sa.Column(name, sa.Integer, nullable=False, default=0) for name in COUNTS),
    sqlite_with_rowid=False,  # kept in the order of its key: a plan's rows lie together
)

coverage_category = sa.Table(  # its sums over all places
    "coverage_category",
    metadata,
    sa.Column("plan_id", sa.Integer, primary_key=True),
    sa.Column("category", sa.String, primary_key=True),
    sa.Column("period", sa.String, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False, default=0) for name in COUNTS),
    sqlite_with_rowid=False,
)

coverage_day = sa.Table(
    "coverage_day",
    metadata,
    sa.Column("plan_id", sa.Integer, primary_key=True),
    sa.Column("district_code", sa.String, primary_key=True),  # "" where unknown
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("done", sa.Integer, nullable=False),  # due enterprises whose done_on is this day
)

enterprise_profile = sa.Table(
    "enterprise_profile",
    metadata,
    sa.Column("enterprise_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("visits", sa.Integer, nullable=False),
    sa.Column("last_visit_on", sa.Date),
    sa.Column("last_conclusion", sa.String),
    sa.Column("findings", sa.Integer, nullable=False),
    sa.Column("open_problems", sa.Integer, nullable=False),
    sa.Column("next_problem_due", sa.Date),
    sa.Column("open_leads", sa.Integer, nullable=False),
    sa.Column("next_lead_due", sa.Date),
    sa.Column("licence_to", sa.Date),
)

FIGURES = (
    coverage_state,
    coverage_count,
    coverage_place,
    coverage_category,
    coverage_day,
    enterprise_profile,
)
"""All that is made from the facts."""
