"""Districts, organisations, officers and their grids, plans, the calendar: small tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.access import Viewer
from data.errors import Refused
from data.schema import grid, officer
from data.writes import import_master as verb
from data.writes.imports import BatchInfo, StoredIssue, Touched
from data.writes.organisations import second_root, stored_orgs, tree_fault
from data.writes.plan_rules import plan_fault
from etl.frames import ABSENT, records
from etl.prepare import Changes, Context, Prepared
from geo.shapes import to_wkb


def preparer(kind: str) -> Any:
    """Return the function that prepares a small table of `kind`."""

    def prepare(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
        rows = [row for chunk in records(frame) for row in chunk]
        absent = [{"geometry": "geom"}.get(name, name) for name in frame.attrs.get(ABSENT, ())]
        rows = [{**row, "absent": absent} for row in rows]
        issues: list[StoredIssue] = []
        if kind == "districts":
            for row in rows:
                shape = row.pop("geometry")
                row["geom"] = None if shape is None else to_wkb([shape])[0]
        if kind == "officer_grids":
            rows, issues = _bindings(conn, rows, context)
        if kind == "orgs":
            orgs = stored_orgs(conn) | {row["code"]: row for row in rows}
            parents = {code: row["parent"] for code, row in orgs.items()}
            rows, issues = _by_rule(
                rows, context, lambda row: tree_fault(row["code"], parents) or second_root(row, orgs)
            )
        if kind == "plans":
            rows, issues = _by_rule(rows, context, plan_fault)
        found = verb.MASTER[kind][0](conn, rows, context.source, context.now)
        samples = [s for s in found.samples if s["field"] != "geom"]
        changes = Changes(len(found.new), len(found.changed), found.unchanged, found.fields, samples, issues)

        def publish(
            conn: sa.Connection, viewer: Viewer, info: BatchInfo, now: datetime
        ) -> tuple[int, Touched]:
            return verb.publish(conn, viewer, info, rows, now=now)

        return Prepared(changes, publish)

    return prepare


def _bindings(
    conn: sa.Connection, rows: list[dict[str, Any]], context: Context
) -> tuple[list[dict[str, Any]], list[StoredIssue]]:
    """Keep bindings whose grid and officer exist, and one officer a grid, duty and day."""
    grids = set(conn.execute(sa.select(grid.c.code)).scalars())
    officers = set(
        conn.execute(sa.select(officer.c.source_id).where(officer.c.source == context.source)).scalars()
    )
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    issues: list[StoredIssue] = []
    for row in rows:
        at = (row["grid"], row["duty"], row["valid_from"])
        refuse = {"source_id": f"{row['grid']}/{row['duty']}/{row['officer']}"}
        if row["grid"] not in grids:
            issues.append(context.issue("error", row["line"], "grid", "unknown_grid", row["grid"], **refuse))
        elif row["officer"] not in officers:
            issues.append(
                context.issue(
                    "error", row["line"], "officer", "unknown_officer", row["officer"],
                    officer=row["officer"], **refuse,
                )
            )  # fmt: skip
        elif at in kept and kept[at]["officer"] != row["officer"]:
            issues.append(
                context.issue(
                    "error", row["line"], "officer", "second_officer", row["officer"],
                    grid=row["grid"], duty=row["duty"], first=kept[at]["officer"], **refuse,
                )
            )  # fmt: skip
        else:
            kept[at] = row
    return list(kept.values()), issues


def _by_rule(
    rows: list[dict[str, Any]], context: Context, fault_of: Callable[[dict[str, Any]], Refused | None]
) -> tuple[list[dict[str, Any]], list[StoredIssue]]:
    """Keep the rows that break no rule; the others say which."""
    kept: list[dict[str, Any]] = []
    issues: list[StoredIssue] = []
    for row in rows:
        fault = fault_of(row)
        if fault is None:
            kept.append(row)
            continue
        value = row.get(fault.field) if fault.field else None
        issues.append(
            context.issue(
                "error", row["line"], fault.field, fault.code, value, source_id=row["code"], **fault.params
            )
        )
    return kept, issues
