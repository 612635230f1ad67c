"""Rows in quarantine → a workbook to correct and import again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter

from data.access import Viewer
from data.errors import Refused
from data.quarantine import MARK, column
from data.reads.imports import IssueRow, all_issues, batch_file
from data.reads.labels import term
from data.text import text
from etl.cells import FORMULA
from etl.profile import KindProfile, load_profile

OURS = ("batch", "line", "field", "value", "cure")


def export_quarantine(
    conn: sa.Connection, viewer: Viewer, batch_id: int, path: Path | str, language: str
) -> int:
    """Write the rows of a batch that are still in quarantine as they were read, what is wrong before them.

    The header stands where the batch's profile expects it: corrected in its own columns, the workbook is
    imported again with the same profile, which does not see our columns; by them the batch knows its rows
    again, whatever was corrected. Texts are never formulas.

    Returns
    -------
    int
        Rows written; a row with several errors is one row.

    Raises
    ------
    Denied, NotFound
        See `data.reads.imports.batch_file`.
    """
    info = batch_file(conn, viewer, batch_id)
    part = _part(info.profile, info.kind)
    found: dict[int | None, list[IssueRow]] = {}
    for issue in all_issues(conn, viewer, batch_id, language):
        if issue.level == "error" and issue.resolved_by is None and issue.raw:
            found.setdefault(issue.line, []).append(issue)
    names = _columns((issue.raw or {} for issues in found.values() for issue in issues[:1]), part)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet((part.file.sheet or text("import.quarantine.sheet", language))[:31])
        top = part.file.header_row - 1
        if top:
            sheet.write_string(
                0, 0, text("import.quarantine.title", language, source=info.source, batch=batch_id)
            )
        _header(book, sheet, top, names, language)
        plain = book.add_format({"num_format": "@"})
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for row, (line, issues) in enumerate(found.items(), start=top + 1):
            sheet.write(row, 0, batch_id)
            sheet.write(row, 1, line)
            sheet.write_string(row, 2, "\n".join(_field(i, language) for i in issues), wrapped)
            sheet.write_string(row, 3, "\n".join(i.value or "" for i in issues), wrapped)
            sheet.write_string(row, 4, "\n".join(i.message for i in issues), wrapped)
            raw = issues[0].raw or {}
            for place, name in enumerate(names, start=len(OURS)):
                value = str(raw.get(name) or "")
                sheet.write_string(row, place, value, quoted if FORMULA.match(value) else plain)
    return len(found)


def _part(profile: str | None, kind: str) -> KindProfile:
    """Return how the file was written; a profile that is gone is no reason to withhold the rows."""
    try:
        return load_profile(profile or "standard").kind(kind)
    except Refused:
        return KindProfile()


def _columns(rows: Iterable[Any], part: KindProfile) -> list[str]:
    """Return the columns of the raw rows, those that the profile names first and in its order."""
    order = {name: at for at, name in enumerate(n for theirs in part.columns.values() for n in theirs)}
    found = dict.fromkeys(name for row in rows for name in row if not name.startswith(MARK))
    return sorted(found, key=lambda name: (order.get(name, len(order)), name.startswith("_")))


def _header(book: Any, sheet: Any, top: int, names: list[str], language: str) -> None:
    ours = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1})
    theirs = book.add_format({"bold": True, "border": 1, "num_format": "@"})
    for place, key in enumerate(OURS):
        sheet.write_string(top, place, column(key, language), ours)
    for place, name in enumerate(names, start=len(OURS)):
        sheet.write_string(top, place, name, theirs)
    sheet.set_column(2, 3, 18)
    sheet.set_column(4, 4, 60)
    sheet.set_column(len(OURS), len(OURS) + len(names), 16)
    sheet.freeze_panes(top + 1, 0)


def _field(issue: IssueRow, language: str) -> str:
    return term("field", issue.field, language)
