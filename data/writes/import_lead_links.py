"""Whom and what leads of a file name: enterprises, officers, the visits that looked into them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from data.reads.matching import exact_matches
from data.schema import enterprise, inspection, officer
from data.standing import standing

Rows = list[dict[str, Any]]
Unknown = list[tuple[dict[str, Any], str]]
AT_ONCE = 500


def link_enterprises(conn: sa.Connection, rows: Rows, source: str) -> Unknown:
    """Put to each row whom it is about: ``linked`` (id, grid, district), ``basis`` where a code told it.

    Returns
    -------
    list of (row, code)
        Rows whose enterprise nobody knows; they go on without it, its name kept as ``subject``.
    """
    e = enterprise.c
    columns = (e.source_id, e.id, e.grid_id, e.district_code)
    named = _read(conn, columns, e.source_id, {row["enterprise"] for row in rows}, e.source == source)
    given = {
        n: (row["uscc"], row["licence"])
        for n, row in enumerate(rows)
        if row["enterprise"] not in named and (row["uscc"] or row["licence"])
    }
    exact = exact_matches(conn, given)
    by_id = _read(conn, columns, e.id, {number for number, _ in exact.values()})
    strangers = []
    for n, row in enumerate(rows):
        row["linked"] = row["basis"] = None
        if row["enterprise"] and row["enterprise"] in named:
            row["linked"] = named[row["enterprise"]]
        elif n in exact:
            number, row["basis"] = exact[n]
            row["linked"] = by_id[number]
            row["enterprise"] = row["linked"].source_id
            row["absent"] = [name for name in row.get("absent", ()) if name != "enterprise"]
        elif row["enterprise"]:
            strangers.append((row, row["enterprise"]))
            row["subject"] = row["subject"] or row["enterprise"]
            row["enterprise"] = None
        if row["linked"] is not None and not row["district"]:
            row["district"] = row["linked"].district_code
    return strangers


def link_officers(conn: sa.Connection, rows: Rows, source: str) -> Unknown:
    """Put ``officer_id`` to each row; return those whose officer nobody knows, who go on without."""
    o = officer.c
    known = _read(
        conn, (o.source_id, o.id), o.source_id, {row["officer"] for row in rows}, o.source == source
    )
    unknown = []
    for row in rows:
        if row["officer"] and row["officer"] not in known:
            unknown.append((row, row["officer"]))
            row["officer"] = None
        row["officer_id"] = known[row["officer"]].id if row["officer"] else None
    return unknown


def link_visits(conn: sa.Connection, rows: Rows, source: str) -> Unknown:
    """Put ``inspection_id`` to each row: the visit that looked into it, by the source's own id.

    Returns
    -------
    list of (row, code)
        Rows whose visit is not known, went to somebody else, could check nothing or was made before the lead
        was received; they go on without.
    """
    v = inspection.c
    columns = (v.source_id, v.id, v.enterprise_id, v.finished_on)
    wanted = {row["inspection"] for row in rows}
    checked = sa.and_(v.source == source, v.unable_reason.is_(None), standing())
    known = _read(conn, columns, v.source_id, wanted, checked)
    unfit = []
    for row in rows:
        visit = known.get(row["inspection"]) if row["inspection"] else None
        fits = (
            visit is not None
            and row["linked"] is not None
            and visit.enterprise_id == row["linked"].id
            and visit.finished_on >= row["received_on"]
        )
        if row["inspection"] and not fits:
            unfit.append((row, row["inspection"]))
            row["inspection"] = None
        row["inspection_id"] = visit.id if visit is not None and fits else None
    return unfit


def _read(
    conn: sa.Connection, columns: Sequence[sa.Column[Any]], key: sa.Column[Any], wanted: set[Any],
    where: sa.ColumnElement[bool] | None = None,
) -> dict[Any, Any]:  # fmt: skip
    """Read rows by the values of one of their columns."""
    query = sa.select(*columns) if where is None else sa.select(*columns).where(where)
    found: dict[Any, Any] = {}
    for part in _parts(sorted(wanted - {None, ""})):
        found.update({getattr(row, key.name): row for row in conn.execute(query.where(key.in_(part)))})
    return found


def _parts(values: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
