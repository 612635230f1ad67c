"""Inspection plans: scope, kinds, count, periods and where the duty comes from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema.base import Tokens, metadata, origin, pk, ref


def _definition() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("name_zh", sa.String, nullable=False),
        sa.Column("name_en", sa.String, nullable=False),
        sa.Column("categories", Tokens, nullable=False, default=()),  # empty: every category; parents include
        sa.Column("scopes", Tokens, nullable=False, default=()),  # at least one of them; empty: not asked
        sa.Column("tags", Tokens, nullable=False, default=()),
        sa.Column("kinds", Tokens, nullable=False),  # kinds of inspection that qualify
        sa.Column("visits", sa.Integer, nullable=False, default=1),  # n, on n distinct local dates
        sa.Column("cycle", sa.String, nullable=False),  # half_year, year, three_years
        sa.Column("first_year", sa.Integer, nullable=False),
        # month and day in the period's last year; null: its last day
        sa.Column("deadline_month", sa.Integer),
        sa.Column("deadline_day", sa.Integer),
        # "MM-DD" in the period's last year: opened later, not due in this period; null: due at once
        sa.Column("opened_by", sa.String),
        sa.Column("headline", sa.Boolean, nullable=False, default=False),
        sa.Column("active", sa.Boolean, nullable=False, default=True),
        sa.Column("sort", sa.Integer, nullable=False, default=0),
        sa.Column("legal_source", sa.String),
        sa.Column("evidence", sa.String),  # label of domain facts: V, S, T, K, D
    )


plan = sa.Table(
    "plan",
    metadata,
    pk(),
    sa.Column("code", sa.String, nullable=False, unique=True),
    *_definition(),
    sa.Column("version", sa.Integer, nullable=False, default=1),
    *origin(),
)
"""The plans as they are now: a convenience, the last of their versions."""

plan_version = sa.Table(
    "plan_version",
    metadata,
    pk(),
    ref("plan_id", "plan", nullable=False, index=True),
    *_definition(),
    *origin(),
)
"""All that a plan ever was, in the order in which it was recorded; rows are only added."""

DEFINITION = tuple(column.name for column in _definition())
"""What a plan and its versions have in common."""
