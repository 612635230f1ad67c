"""``build``, ``coverage``, ``enterprises``: figures and the rows behind them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from data import figures
from data.access import Role
from data.clock import EVERYTHING
from data.errors import NotFound
from data.reads.behind import CoveredEnterprise, coverage_enterprises
from data.reads.coverage_table import coverage_table
from data.reads.labels import term
from data.schema import enterprise
from data.store import prepare_bulk, reading, writing
from data.text import text
from data.writes.day import begin_day
from etl.commands.common import Station, day, language, sentences, station
from etl.commands.importing import Lang

COLUMNS = ("code", "name", "due", "done", "on_time", "late")


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class By(StrEnum):
    """What coverage is added up by."""

    GRID = "grid"
    DISTRICT = "district"
    CATEGORY = "category"


PlanCode = Annotated[str | None, typer.Option("--plan", help="Code of the plan; else the headline plan.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day, YYYY-MM-DD; without it today.")]
PeriodCode = Annotated[str | None, typer.Option("--period", help="2026, 2026H1, 2024-2026; else the day's.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="Instant, ISO 8601: only what had been recorded by then.")
]


@sentences
def build(
    enterprise_id: Annotated[
        list[str] | None,
        typer.Option("--enterprise", help="The source's id; may be repeated."),
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
) -> None:
    """Build profiles and coverage from the facts.

    Whole, or for some enterprises.

    \b
    python -m etl build
    python -m etl build --enterprise E000123 --enterprise E000124
    """
    at, wanted = station(), language(lang)
    today = day(as_of, at.clock)
    with writing(at.engine) as conn:
        prepare_bulk(conn)
        if enterprise_id:
            column = enterprise.c.source_id
            ids = list(conn.execute(enterprise.select().where(column.in_(enterprise_id))).scalars())
            if len(ids) < len(set(enterprise_id)):
                raise NotFound("enterprise_unknown")
            figures.refresh(conn, ids, now=at.clock.now())
        else:
            begin_day(conn, today, now=at.clock.now())
    typer.echo(text("etl.built", wanted, day=today.isoformat()))


@sentences
def coverage(
    plan: PlanCode = None,
    as_of: AsOf = None,
    period: PeriodCode = None,
    known_at: KnownAt = None,
    by: Annotated[By, typer.Option(help="What the rows are.")] = By.GRID,
    format_: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    lang: Lang = None,
) -> None:
    """Compute coverage from the facts.

    Prints a row for each place, for the unplaced by reason, and for the total.

    \b
    python -m etl coverage --by district
    python -m etl coverage --plan annual-all --as-of 2026-11-30 --format csv
    python -m etl coverage --as-of 2026-11-30 --known-at 2026-12-05T00:00:00+08:00
    """
    at, wanted = station(Role.AUDITOR), language(lang)
    with reading(at.engine) as conn:
        prepare_bulk(conn)
        found = coverage_table(
            conn, at.viewer, plan, day(as_of, at.clock), _instant(known_at, at), by=by.value,
            period=period, language=wanted,
        )  # fmt: skip
    rows = [_row(row, wanted) for row in found.rows]
    total = {"code": "", "name": text("etl.total", wanted), **{n: found.total[n] for n in COLUMNS[2:]}}
    if format_ is Format.JSON:
        head = {"plan": found.plan.code, "period": found.period.code if found.period else None,
                "as_of": found.as_of.isoformat()}  # fmt: skip
        typer.echo(json.dumps({**head, "rows": rows, "total": total}, ensure_ascii=False, indent=1))
        return
    _print([*rows, total], COLUMNS, format_)


def _row(row: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    name = row["name"]
    code = row["code"]
    if row.get("unplaced_reason"):
        code = f"unplaced/{row.get('district') or ''}/{row['unplaced_reason']}"
        name = f"{name or ''} {term('unplaced', row['unplaced_reason'], wanted)}".strip()
    return {"code": code or "", "name": name or "", **{n: row[n] for n in COLUMNS[2:]}}


@sentences
def enterprises(
    status: Annotated[str, typer.Option(help="due, done, on_time, late, remaining, overdue, unplaced")],
    plan: PlanCode = None,
    as_of: AsOf = None,
    period: PeriodCode = None,
    known_at: KnownAt = None,
    format_: Annotated[Format, typer.Option("--format")] = Format.CSV,
    lang: Lang = None,
) -> None:
    """Print the enterprises behind a count of coverage.

    Those that are due include those that are done.

    \b
    python -m etl enterprises --plan annual-all --as-of 2026-11-21 --status remaining > todo.csv
    """
    at = station(Role.AUDITOR)
    with reading(at.engine) as conn:
        prepare_bulk(conn)
        found = coverage_enterprises(
            conn, at.viewer, plan, day(as_of, at.clock), _instant(known_at, at), status, period=period
        )
        rows = ({k: v for k, v in row._asdict().items() if k != "id"} for row in found)
        names = tuple(n for n in CoveredEnterprise._fields if n != "id")
        if format_ is Format.JSON:
            typer.echo(json.dumps(list(rows), ensure_ascii=False, default=str, indent=1))
        else:
            _print(rows, names, format_)


def _instant(value: str | None, at: Station) -> datetime:
    if value is None:
        return EVERYTHING
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(
            f"--known-at: expected an instant as 2026-12-05T00:00:00+08:00, got {value!r}."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=at.clock.now().tzinfo)


def _print(rows: Iterable[Mapping[str, Any]], names: tuple[str, ...], format_: Format) -> None:
    if format_ is Format.CSV:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(names)
        out.writerows(["" if row[n] is None else row[n] for n in names] for row in rows)
        return
    table = Table(*names)
    for row in rows:
        table.add_row(*("" if row[n] is None else str(row[n]) for n in names))
    Console().print(table)
