"""What is known of each enterprise on one day: the versions of its facts in force, and its place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.schema import fact_identity, fact_placement, fact_scopes, fact_status, grid, status

Day = date | sa.BindParameter[date]
Instant = datetime | sa.BindParameter[datetime]
Enterprises = Collection[int] | Collection[sa.BindParameter[int]] | sa.BindParameter[int] | None
COVERED = {
    fact_identity: ("district_code", "category", "opened_on"),
    fact_status: ("status",),
    fact_scopes: ("scopes", "tags"),
    fact_placement: ("grid_id", "unplaced_reason"),
}
"""The facts that coverage rests on, by group."""
OPERATED, OTHER = fact_status.alias("operated"), fact_status.alias("other")


def in_force(
    fact: sa.Table,
    as_of: Day,
    known_at: Instant,
    enterprise_ids: Enterprises = None,
    single: Collection[sa.Table] = (),
    columns: Collection[str] | None = None,
) -> sa.Subquery:
    """Select each enterprise's version in force of one fact group: ``enterprise_id`` and `columns`, or all.

    Among those with ``valid_from ≤ as_of`` and ``recorded_at ≤ known_at`` it is the one with the
    latest ``valid_from``, then ``recorded_at``, then ``id``. In a group that is one of `single`
    (see `single_versions`) there is no other.
    """
    told = fact.c if columns is None else [fact.c[name] for name in ("enterprise_id", *columns)]
    versions = sa.select(*told).where(fact.c.valid_from <= as_of, fact.c.recorded_at <= known_at)
    if enterprise_ids is not None:
        versions = versions.where(fact.c.enterprise_id.in_(enterprise_ids))
    if fact in single:
        return versions.subquery()
    rank = sa.func.row_number().over(
        partition_by=fact.c.enterprise_id,
        order_by=(fact.c.valid_from.desc(), fact.c.recorded_at.desc(), fact.c.id.desc()),
    )
    ranked = versions.add_columns(rank.label("rank")).subquery()
    return sa.select(*(ranked.c[column.name] for column in told)).where(ranked.c.rank == 1).subquery()


def single_versions(conn: sa.Connection) -> list[sa.Table]:
    """Return the fact groups of which no enterprise has more than one version, as after a first import.

    Nobody has to be ranked there, which takes longer than all else when everyone is read.
    """

    def several(fact: sa.Table) -> bool:
        own = fact.c.enterprise_id
        again = sa.select(own).group_by(own).having(sa.func.count() > 1).limit(1)
        return conn.execute(again).first() is not None

    return [fact for fact in COVERED if not several(fact)]


def district_of(
    grid_id: sa.ColumnElement[Any], of_grid: sa.ColumnElement[Any], declared: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """Return the district of a place: the grid's of whoever has a grid, else the declared one.

    A grid is never torn between districts, so that grids plus unplaced always make a district; one whose
    district is not known stands under 区县不详 with all that is in it.
    """
    return sa.case((grid_id.is_not(None), of_grid), else_=declared)


def operated_between(
    enterprise_id: sa.ColumnElement[Any], start: Day, until: Day, known_at: Instant
) -> sa.ColumnElement[bool]:
    """Whether an enterprise's status counted as operating on some day in [start, until].

    A version was in force on such a day when it began by `until`, nothing that began after it held by
    `start`, and nothing recorded later begins on its own day.
    """
    own, other = OPERATED, OTHER
    corrected = sa.and_(
        other.c.valid_from == own.c.valid_from,
        sa.or_(
            other.c.recorded_at > own.c.recorded_at,
            sa.and_(other.c.recorded_at == own.c.recorded_at, other.c.id > own.c.id),
        ),
    )
    ended = sa.and_(other.c.valid_from > own.c.valid_from, other.c.valid_from <= start)
    replaced = sa.exists().where(
        other.c.enterprise_id == own.c.enterprise_id,
        other.c.recorded_at <= known_at,
        sa.or_(corrected, ended),
    )
    return sa.exists().where(
        own.c.enterprise_id == enterprise_id,
        own.c.valid_from <= until,
        own.c.recorded_at <= known_at,
        own.c.status.in_(sa.select(status.c.code).where(status.c.operating)),
        ~replaced,
    )


def facts_in_force(
    as_of: Day,
    known_at: Instant,
    enterprise_ids: Enterprises = None,
    single: Collection[sa.Table] = (),
) -> sa.Select[Any]:
    """Select what coverage needs to know of each enterprise, as in force on one day.

    Columns: enterprise_id, grid_id, district_code (see `district_of`),
    unplaced_reason, category, opened_on, scopes, tags, operating. An enterprise without a placement
    is unplaced for want of a point; one without a status in force does not exist yet.
    """
    identity, state, scopes, placement = (
        in_force(fact, as_of, known_at, enterprise_ids, single, columns) for fact, columns in COVERED.items()
    )
    return (
        sa.select(
            identity.c.enterprise_id,
            placement.c.grid_id,
            district_of(placement.c.grid_id, grid.c.district_code, identity.c.district_code).label(
                "district_code"
            ),
            sa.case(
                (placement.c.grid_id.is_not(None), None),
                else_=sa.func.coalesce(placement.c.unplaced_reason, "no_point"),
            ).label("unplaced_reason"),
            identity.c.category,
            identity.c.opened_on,
            sa.func.coalesce(sa.type_coerce(scopes.c.scopes, sa.String), "").label("scopes"),
            sa.func.coalesce(sa.type_coerce(scopes.c.tags, sa.String), "").label("tags"),
            status.c.operating,
        )
        .select_from(identity)
        .join(state, state.c.enterprise_id == identity.c.enterprise_id)
        .join(status, status.c.code == state.c.status)
        .outerjoin(scopes, scopes.c.enterprise_id == identity.c.enterprise_id)
        .outerjoin(placement, placement.c.enterprise_id == identity.c.enterprise_id)
        .outerjoin(grid, grid.c.id == placement.c.grid_id)
    )
