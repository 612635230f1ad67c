"""An Excel workbook to fill in, read back by the profile ``standard``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

from data.text import LANGUAGES, text
from etl.canon import DEFAULTS, KEYS, Column, columns
from etl.profile import load_profile
from etl.reference import Reference, shipped
from etl.validate import EXAMPLE

ROWS = 5_000
"""Rows that are prepared: with the text format, so that Excel keeps long numbers, and with lists."""
_FORMS = {"date": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm:ss", "number": "General", "whole": "0"}
_SAMPLES = {
    "name": "示例大药房", "address": "示例路 1 号", "uscc": "92210106MA0P3KX86C", "date": "2026-03-01",
    "opened_on": "2019-05-20", "status_since": "2019-05-20", "licence_from": "2024-05-18",
    "licence_to": "2029-05-17", "state_since": "2026-03-20", "due_on": "2026-03-22",
    "closed_on": "2026-03-20", "enterprise": f"{EXAMPLE}1", "inspection": f"{EXAMPLE}1",
    "officer": f"{EXAMPLE}1", "unable_reason": "",
    "instant": "2026-03-01 10:30:00", "lon": "123.431500", "lat": "41.805700", "whole": "1",
    "title": "示例线索", "licence_number": "辽DB0240123", "datum": "CGCS2000",
    "name_zh": "示例计划", "name_en": "Example plan",
}  # fmt: skip
_PICKS = {"category": "independent_pharmacy", "state": "closed_out", "problem_state": "closed_out"}
"""Of a list: what fits the other cells of the example, where the first word does not."""


def write_template(
    kind: str, path: Path | str, language: str, reference: Reference | None = None
) -> list[str]:
    """Write the workbook for one kind of file: data, explanation and lists to choose from.

    Parameters
    ----------
    kind : str
        A kind of the profile ``standard`` other than those with shapes.
    language : str
        Of headers, explanations and lists; both languages can be read back.
    reference : Reference, optional
        Whose words the lists offer; None: what ships with the product.

    Returns
    -------
    list of str
        The headers, in order.
    """
    reference = reference or shipped()
    which = LANGUAGES.index(language)
    profile = load_profile("standard").kind(kind)
    own = columns(kind)
    fields = [(ours, theirs[which], own.get(ours, Column(ours))) for ours, theirs in profile.columns.items()]
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        data = book.add_worksheet(text("import.template.sheet", language))
        guide = book.add_worksheet(text("import.template.guide", language))
        lists = book.add_worksheet(text("import.template.lists", language))
        ranges = _lists(book, lists, fields, reference, which)
        _data(book, data, kind, fields, ranges, reference, language)
        _guide(book, guide, kind, fields, reference, language)
    return [header for _, header, _ in fields]


def _required(kind: str, column: Column) -> bool:
    return column.required and column.name not in DEFAULTS.get(kind, {})


def _choices(column: Column, reference: Reference, which: int) -> list[str]:
    if column.type == "truth":
        return [text(f"import.template.{key}", LANGUAGES[which]) for key in ("yes", "no")]
    known = reference.names.get(column.vocabulary or "", {})
    if column.vocabulary == "grid":  # headed 网格代码; a name may belong to two grids
        return list(known)
    return [names[which] for names in known.values()]


def _lists(book: Any, sheet: Any, fields: list[Any], reference: Reference, which: int) -> dict[str, str]:
    """Write one column of words for each list; return our column → range."""
    ranges = {}
    head = book.add_format({"bold": True})
    for at, (ours, header, column) in enumerate(fields):
        words = _choices(column, reference, which)
        sheet.write_string(0, at, header, head)
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, at, word)
        if words and column.type != "tokens":
            letter = xlsxwriter.utility.xl_col_to_name(at)
            ranges[ours] = f"='{sheet.get_name()}'!${letter}$2:${letter}${len(words) + 1}"
    sheet.protect()
    return ranges


def _data(
    book: Any, sheet: Any, kind: str, fields: list[Any], ranges: dict[str, str], reference: Reference,
    language: str,
) -> None:  # fmt: skip
    which = LANGUAGES.index(language)
    must = book.add_format({"bold": True, "bg_color": "#D9E7F5", "border": 1, "num_format": "@"})
    may = book.add_format({"border": 1, "num_format": "@"})
    sample = book.add_format({"italic": True, "font_color": "#808080", "num_format": "@"})
    forms = {name: book.add_format({"num_format": form}) for name, form in _FORMS.items()}
    as_text = book.add_format({"num_format": "@"})
    for at, (ours, header, column) in enumerate(fields):
        required = _required(kind, column)
        sheet.write_string(0, at, header + ("*" if required else ""), must if required else may)
        sheet.set_column(at, at, max(12, 2 * len(header) + 2), forms.get(column.type, as_text))
        if KEYS[kind] != ("day",):
            sheet.write_string(1, at, _sample(kind, column, reference, which), sample)
        if ours in ranges:
            sheet.data_validation(
                1, at, ROWS, at,
                {
                    "validate": "list", "source": ranges[ours], "error_type": "warning",
                    "error_title": text("import.template.pick_title", language),
                    "error_message": text("import.template.pick_text", language),
                },
            )  # fmt: skip
    sheet.freeze_panes(1, 0)


def _sample(kind: str, column: Column, reference: Reference, which: int) -> str:
    if column.name in KEYS[kind][:1]:
        return f"{EXAMPLE}1"
    words = _choices(column, reference, which)
    if words and column.name not in _SAMPLES:
        fitting = reference.names.get(column.vocabulary or "", {}).get(_PICKS.get(column.name, ""))
        return fitting[which] if fitting else words[0]
    return _SAMPLES.get(column.name, _SAMPLES.get(column.type, "…" if _required(kind, column) else ""))


def _guide(book: Any, sheet: Any, kind: str, fields: list[Any], reference: Reference, language: str) -> None:
    which = LANGUAGES.index(language)
    head = book.add_format({"bold": True, "bg_color": "#D9E7F5", "border": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    sheet.write_string(0, 0, text("import.template.note", language))
    for at, key in enumerate(("column", "required", "form", "choices", "example")):
        sheet.write_string(2, at, text(f"import.template.{key}", language), head)
    for row, (_, header, column) in enumerate(fields, start=3):
        known = "yes" if _required(kind, column) else "no"
        cells = (
            header,
            text(f"import.template.{known}", language),
            text(f"import.template.{column.type}", language),
            "、".join(_choices(column, reference, which)[:60]),
            _sample(kind, column, reference, which),
        )
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, wrapped)
    sheet.set_column(0, 0, 24)
    sheet.set_column(2, 4, 32)
