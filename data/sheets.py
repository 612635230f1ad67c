"""Tables as files for spreadsheets that compute nothing which came from outside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any

import xlsxwriter

CHUNK = 500
PART = 2**16
LAST_ROW = 2**20 - 1
"""Of a sheet, the header being row 0: what does not fit goes on in another one."""
_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # the wide ones are formulas to an East Asian Excel


def safe(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: texts that begin like one get an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS) else value


def csv_parts(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a CSV (UTF-8 with the mark that Excel needs) in parts, so that memory stays small."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(name) for name in header])  # an imported file named its columns itself
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow(["" if value is None else safe(value) for value in row])
        if number % CHUNK == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def xlsx_parts(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a workbook: header frozen and filterable, texts as texts, days as days.

    It has one sheet, or as many as the rows need (`LAST_ROW`). Rows go to files of this machine as they come,
    and the workbook comes from one in parts: memory stays small.
    """
    with SpooledTemporaryFile(max_size=PART) as out:
        book = xlsxwriter.Workbook(
            out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        _fill(book, title, header, rows)
        book.close()
        out.seek(0)
        while part := out.read(PART):
            yield part


def _fill(
    book: xlsxwriter.Workbook, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet, number, last = _sheet(book, title, header, bold), 1, 0
    for row in rows:
        if last == LAST_ROW:  # the library would drop what comes after it, and say nothing
            sheet.autofilter(0, 0, last, max(len(header) - 1, 0))
            number += 1
            sheet, last = _sheet(book, f"{title[:25]} {number}", header, bold), 0
        last += 1
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(last, column, value)
            elif hasattr(value, "isoformat"):
                sheet.write_datetime(last, column, value, day)
            else:
                sheet.write_number(last, column, value)
    sheet.autofilter(0, 0, max(last, 1), max(len(header) - 1, 0))


def _sheet(book: xlsxwriter.Workbook, title: str, header: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(header):
        sheet.set_column(column, column, max(12, min(40, 2 * len(name) + 4)))
        sheet.write_string(0, column, name, bold)
    return sheet
