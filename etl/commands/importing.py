"""``import``, ``quarantine``, ``template``: files come in, and what was refused goes out to be corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.reads.labels import term
from data.store import reading
from data.text import text
from etl.canon import KINDS
from etl.commands.common import QUARANTINE, bars, language, sentences, station
from etl.issues import sentence
from etl.profile import profile_names
from etl.quarantine import export_quarantine
from etl.reference import reference_of
from etl.run import ImportReport, run_import
from etl.template import write_template

Lang = Annotated[str | None, typer.Option(help="zh-CN or en; without it the machine's language.")]
SHOWN = 20
FILLABLE = tuple(kind for kind in KINDS if kind != "grids")  # shapes do not fit into a sheet


@sentences
def import_(
    kind: Annotated[str, typer.Argument(help="One of: " + ", ".join(KINDS))],
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, GeoJSON, Shapefile (also zipped), GeoPackage")],
    profile: Annotated[
        str | None,
        typer.Option(help="How the file is written: a shipped profile's name or the path of a .yaml file."),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Name space of the ids, if not the profile's.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, per field.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Take grids with gaps or overlaps.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="The file holds every grid: those it does not name are retired.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Take a file in. The same file again changes nothing; rows that cannot be taken wait in quarantine.

    Order for a new city: districts, orgs, grids, officers, officer_grids, enterprises, inspections,
    findings, leads.

    \b
    python -m etl import enterprises enterprises.xlsx --dry-run
    python -m etl import enterprises enterprises.xlsx
    python -m etl import grids wards.geojson --profile gm

    Exit codes: 0 every row was taken, 3 some rows are in quarantine, 2 the file was refused.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}.")
    at, wanted = station(), language(lang)
    with bars(wanted) as tell:
        report = run_import(
            at.engine, at.viewer, kind, file, profile, now=at.clock.now, dry_run=dry_run, progress=tell,
            source=source, force=force, whole=whole,
        )  # fmt: skip
    _show(report, wanted)
    if report.quarantined:
        raise typer.Exit(QUARANTINE)


def _show(report: ImportReport, wanted: str) -> None:
    out = Console()
    key = "etl.would" if report.dry_run else "etl.did"
    out.print(text(key, wanted, **{n: getattr(report, n) for n in (
        "rows", "inserted", "changed", "unchanged", "quarantined", "warned")}), soft_wrap=True)  # fmt: skip
    if report.batch_id is not None:
        out.print(text("etl.batch", wanted, batch=report.batch_id))
    if report.fields:
        table = Table(text("etl.field", wanted), text("etl.rows", wanted), text("etl.example", wanted))
        for name, count in sorted(report.fields.items(), key=lambda item: -item[1]):
            example = next((s for s in report.samples if s["field"] == name), None)
            shown = f"{example['source_id']}: {example['before']} → {example['after']}" if example else ""
            table.add_row(term("field", name, wanted), str(count), shown)
        out.print(table)
    for issue in report.issues[:SHOWN]:
        line = "" if issue.line is None else text("etl.line", wanted, line=issue.line)
        out.print(
            f"{text(f'imports.level_{issue.level}', wanted)} {line} "
            f"{sentence(issue.code, issue.params, wanted)}",
            markup=False,
            soft_wrap=True,
        )
    if len(report.issues) > SHOWN:
        out.print(text("etl.more", wanted, count=len(report.issues) - SHOWN))


@sentences
def quarantine(
    batch: Annotated[int, typer.Argument(help="Number of the batch, as `import` prints it")],
    file: Annotated[Path, typer.Argument(help="Workbook to write (.xlsx)")],
    lang: Lang = None,
) -> None:
    """Write the refused rows of a batch to a workbook.

    Each row is as it was read, with what is wrong beside it: correct it and import the workbook again.

    \b
    python -m etl quarantine 7 refused.xlsx
    python -m etl import enterprises refused.xlsx --profile the-same
    """
    at, wanted = station(), language(lang)
    with reading(at.engine) as conn:
        rows = export_quarantine(conn, at.viewer, batch, file, wanted)
    typer.echo(text("etl.exported", wanted, count=rows, file=str(file)))


@sentences
def template(
    kind: Annotated[str, typer.Argument(help="One of: " + ", ".join(FILLABLE))],
    file: Annotated[
        Path | None, typer.Argument(help="Workbook to write (.xlsx); without it the kind's name.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Write the workbook to fill in.

    It holds an example row, explanations, and lists to choose from.

    \b
    python -m etl template enterprises
    python -m etl template enterprises to-fill-in.xlsx --lang zh-CN
    """
    if kind not in FILLABLE:
        raise ValueError(f"kind: expected one of {', '.join(FILLABLE)}, got {kind!r}.")
    at, wanted = station(), language(lang)
    written = file or Path(f"{kind}.xlsx")
    with reading(at.engine) as conn:
        reference = reference_of(conn)
    headers = write_template(kind, written, wanted, reference)
    typer.echo(text("etl.written", wanted, count=len(headers), file=str(written)))


def profiles() -> None:
    """List the shipped source profiles, for `import --profile`.

    \b
    python -m etl profiles
    """
    for name in profile_names():
        typer.echo(name)
