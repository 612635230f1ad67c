"""Inspections, findings, leads: stage them, resolve their codes, compare them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.access import Viewer
from data.writes import import_findings, import_leads, staged
from data.writes import import_inspections as verb
from data.writes.compare_inspections import compare
from data.writes.imports import BatchInfo, StoredIssue, Touched
from etl.frames import ABSENT, DETAIL_KEYS, plain, records
from etl.prepare import Changes, Context, Prepared, row_numbers
from etl.stage import analyse, put


def prepare(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
    """Stage a canonical frame of inspections and find what is new or corrected."""
    table = frame.copy(deep=False)
    table["row_no"] = row_numbers(frame)
    table["grade"] = table["grade"].fillna(0)
    put(conn, staged.inspections, table, context.progress)
    context.progress("compare", 0, 1)
    absent, keys = frame.attrs.get(ABSENT, ()), frame.attrs.get(DETAIL_KEYS)
    diff = compare(conn, context.source, context.options.sources(context.source), absent, keys)
    analyse(conn, staged.visits)
    context.progress("compare", 1, 1)
    told = diff.orphans or diff.strangers
    ids = dict(zip(table["row_no"], table["source_id"], strict=True)) if told else {}
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
    issues += [
        context.issue("error", row, "source_id", "visit_corrected_here", value, source_id=value, visit=value)
        for row, value in diff.held
    ]
    changes = Changes(diff.inserted, diff.changed, diff.unchanged, diff.fields, [], issues)

    def publish(conn: sa.Connection, viewer: Viewer, info: BatchInfo, now: datetime) -> tuple[int, Touched]:
        return verb.publish(conn, viewer, info, diff, now=now)

    return Prepared(changes, publish)


def prepare_findings(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
    """Stage a canonical frame of findings and join them to their visits."""
    table = frame.copy(deep=False)
    table["row_no"] = row_numbers(frame)
    put(conn, staged.findings, table, context.progress)
    context.progress("compare", 0, 1)
    absent = frame.attrs.get(ABSENT, ())
    diff = import_findings.compare(conn, context.source, context.options.sources(context.source), absent)
    analyse(conn, staged.matches)
    context.progress("compare", 1, 1)
    numbers = table["row_no"]
    ids = dict(zip(numbers, table["source_id"], strict=True))
    days = dict(zip(numbers, plain(table["found_on"]), strict=True))
    issues = [
        context.issue(
            "error", row, "enterprise", "orphan_finding", value, source_id=ids[row],
            enterprise=value,
        )
        for row, value in diff.orphans
    ] + [
        context.issue(
            "error", row, "found_on", "unmatched_finding", value, source_id=ids[row],
            enterprise=value, day=str(days[row]),
        )
        for row, value in diff.unmatched
    ] + [
        context.issue(
            "warning", row, "inspection", "ambiguous_finding", value, source_id=ids[row],
            count=value,
        )
        for row, value in diff.ambiguous
    ]  # fmt: skip
    changes = Changes(diff.inserted, diff.changed, diff.unchanged, diff.fields, [], issues)

    def publish(conn: sa.Connection, viewer: Viewer, info: BatchInfo, now: datetime) -> tuple[int, Touched]:
        return import_findings.publish(conn, viewer, info, diff, now=now)

    return Prepared(changes, publish)


def prepare_leads(conn: sa.Connection, frame: pd.DataFrame, context: Context) -> Prepared:
    """Compare a canonical frame of leads; a lead of an unknown enterprise is taken, without it."""
    absent = list(frame.attrs.get(ABSENT, ()))
    rows = [{**row, "absent": absent} for chunk in records(frame) for row in chunk]
    sources = context.options.sources(context.source)

    def compare_again(conn: sa.Connection) -> import_leads.Found:
        return import_leads.compare_leads(conn, rows, context.source, sources)

    found = compare_again(conn)

    def tell(level: str, row: dict[str, Any], field: str, code: str, value: object, **params: Any) -> None:
        issues.append(
            context.issue(level, row["line"], field, code, value, source_id=row["source_id"], **params)
        )

    issues: list[StoredIssue] = []
    for row, code in found.strangers:
        tell("warning", row, "enterprise", "unknown_enterprise", code, enterprise=code)
    for row, code in found.officers:
        tell("warning", row, "officer", "unknown_officer", code, officer=code)
    for row, code in found.visits:
        tell("warning", row, "inspection", "lead_visit", code, visit=code)
    for row, other in found.numbered:
        number = row["number_12315"]
        tell("warning", row, "number_12315", "lead_number_known", number, number=number, lead=other)
    for row, stage, told in found.staged:
        if stage.missing:
            tell("warning", row, "state", f"lead_stage_{stage.state}", told)
        else:
            for name in stage.early:
                tell("warning", row, name, "lead_early", None)
    for row, missing in found.unproved:
        for name in missing:
            tell("error", row, name, "lead_unproved", None)
    for row in found.differing:
        tell("warning", row, "source_id", "lead_held", row["source_id"], lead=row["source_id"])
    for row in found.locked:
        day = str(row["received_on"])
        tell("error", row, "received_on", "lead_period_locked", day, day=day)
    diff = found.comparison
    changes = Changes(
        len(diff.new), len(diff.changed), diff.unchanged + found.held, diff.fields, diff.samples, issues
    )

    def publish(conn: sa.Connection, viewer: Viewer, info: BatchInfo, now: datetime) -> tuple[int, Touched]:
        return import_leads.publish(conn, viewer, info, compare_again, now=now)

    return Prepared(changes, publish)
