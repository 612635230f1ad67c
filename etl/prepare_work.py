"""Inspections: stage them, resolve their codes, compare them."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data.access import Viewer
from data.writes import import_work as verb
from data.writes import staged
from data.writes.imports import BatchInfo, Touched
from etl.prepare import Changes, Context, Prepared, row_numbers
from etl.stage import analyse, put


def prepare(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
    """Stage a canonical frame of inspections and find what is new or corrected."""
    table = frame.copy(deep=False)
    table["row_no"] = row_numbers(frame)
    table["grade"] = table["grade"].fillna(0)
    put(conn, staged.inspections, table, context.progress)
    context.progress("compare", 0, 1)
    diff = verb.compare(conn, context.source, context.options.sources(context.source))
    analyse(conn, staged.visits)
    context.progress("compare", 1, 1)
    ids = (
        dict(zip(table["row_no"], table["source_id"], strict=True)) if diff.orphans or diff.strangers else {}
    )
    issues = [
        context.issue(
            "error", row, "enterprise", "orphan_inspection", value, source_id=ids[row], enterprise=value
        )
        for row, value in diff.orphans
    ]
    issues += [
        context.issue("warning", row, "officer", "unknown_officer", value, source_id=ids[row], officer=value)
        for row, value in diff.strangers
    ]
    changes = Changes(diff.inserted, diff.changed, diff.unchanged, diff.fields, [], issues)

    def publish(conn: sa.Connection, viewer: Viewer, info: BatchInfo) -> tuple[int, Touched]:
        return verb.publish(conn, viewer, info, diff, now=context.now)

    return Prepared(changes, publish)
