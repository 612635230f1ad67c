"""Excel workbooks, opened only after their zip was looked at: no bombs, no macros, no entity tricks."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from data.errors import Refused

UNPACKED_LIMIT = 2 * 1024**3
RATIO_LIMIT = 150  # real sheets pack 5 to 40 times; a sheet of one repeated cell about 100
_SMALL = 16 * 1024**2
MAX_COLUMNS = 1000


def check_archive(path: Path) -> None:
    """Refuse a zip that unpacks to too much, before anything of it is unpacked.

    Raises
    ------
    Refused
        ``file_damaged``, ``file_zip_bomb``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused("file_damaged", file=path.name) from None
    total = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if total > UNPACKED_LIMIT or (total > _SMALL and total > RATIO_LIMIT * packed) or len(members) > 10_000:
        raise Refused(
            "file_zip_bomb", file=path.name, found=f"{total / 1024**2:.0f} MiB", ratio=total // packed
        )


def rows(path: Path, *, sheet: str | None = None) -> Iterator[list[str]]:
    """Yield the rows of one sheet as strings; values as computed, dates in ISO form.

    A formula that was never computed has no value: its text stands for it, and the validation says so.

    Raises
    ------
    Refused
        ``file_damaged``, ``file_zip_bomb``, ``file_macros``, ``file_sheet``, ``file_too_wide``.
    """
    check_archive(path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise Refused("file_macros", file=path.name)
        if "xl/workbook.xml" not in names:
            raise Refused("file_damaged", file=path.name)
        formulas = any(_has_formula(archive, n) for n in names if n.startswith("xl/worksheets/sheet"))
    values = _sheet(path, sheet, data_only=True)
    if not formulas:
        return (_strings(row) for row in values)
    return (
        _strings(tuple(f if v is None else v for v, f in zip(row, formula, strict=False)))
        for row, formula in zip(values, _sheet(path, sheet, data_only=False), strict=False)
    )


def _has_formula(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as file:
        while block := file.read(1 << 20):
            if b"<f>" in tail + block or b"<f " in tail + block:
                return True
            tail = block[-3:]
    return False


def _sheet(path: Path, sheet: str | None, *, data_only: bool) -> Iterator[tuple[Any, ...]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=data_only, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        raise Refused("file_damaged", file=path.name) from error
    if not book.worksheets or (sheet is not None and sheet not in book.sheetnames):
        raise Refused("file_sheet", file=path.name, sheet=sheet or "", found="、".join(book.sheetnames))
    shown = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
    chosen: Any = book[sheet] if sheet is not None else shown[0]
    chosen.reset_dimensions()  # the declared size is a claim of the file
    try:
        for row in chosen.iter_rows(values_only=True):
            if len(row) > MAX_COLUMNS and any(v is not None for v in row[MAX_COLUMNS:]):
                raise Refused("file_too_wide", file=path.name, found=len(row), limit=MAX_COLUMNS)
            yield row[:MAX_COLUMNS]
    except (ValueError, SyntaxError, zipfile.BadZipFile, EOFError) as error:
        raise Refused("file_damaged", file=path.name) from error
    finally:
        book.close()


def _strings(row: tuple[Any, ...]) -> list[str]:
    return [value.replace("\x00", "\ufffd") if type(value) is str else _string(value) for value in row]


def _string(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Excel keeps 15 digits: a longer number has lost its last ones, and shows it by its exponent
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value).upper()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else f"{float(value):.14E}"
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(getattr(value, "text", value))
