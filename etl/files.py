"""Foreign files → a frame of strings plus `line`; nothing in a file is trusted, nothing is dropped unseen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from data.errors import Refused
from etl import read_csv, read_shapes, read_workbook
from etl.raw import RESERVED, table

SIZE_LIMIT = 512 * 1024 * 1024

Sort = Literal["csv", "workbook", "shapes"]


@dataclass(frozen=True)
class FileOptions:
    """How a file is laid out; what is not declared is found out.

    Attributes
    ----------
    encoding : str or None
        ``utf-8``, ``gb18030``, ``latin-1`` …; None: UTF-8 or GB18030, whichever the bytes are.
    delimiter : str or None
        One character; None: found from the header among ``, ; | tab``.
    sheet : str or None
        Name of the sheet or the layer; None: the first (of sheets, the first that is not hidden).
    header_row : int
        1-based row of the column names; rows above it are titles.
    crs : str or None
        CRS of a shape file that does not say its own, ``EPSG:4550``.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    crs: str | None = None


def sort_of(path: Path) -> Sort:
    """Tell what a file is by its first bytes, then by its name.

    Raises
    ------
    Refused
        ``file_old_excel`` (.xls, or a workbook with a password), ``file_html`` (a web page named .xls).
    """
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("file_old_excel", file=path.name)
    suffix = path.suffix.lower()
    if (
        suffix in (".shp", ".gpkg", ".geojson", ".json", ".zip")
        or head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{"
    ):
        return "shapes"
    if head.startswith(b"PK\x03\x04"):
        return "workbook"
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        raise Refused("file_html", file=path.name)
    return "csv"


def read_table(
    path: Path | str, options: FileOptions | None = None, *, limit: int = SIZE_LIMIT, datum: str | None = None
) -> pd.DataFrame:
    """Read a table: CSV and its kin, an Excel workbook (.xlsx), GeoJSON, Shapefile (also zipped), GeoPackage.

    Parameters
    ----------
    path : Path or str
    options : FileOptions, optional
    limit : int
        Largest accepted file, in bytes; a zip is also limited by what it unpacks to.
    datum : str, optional
        ``GCJ02`` or ``BD09`` when the outlines in a shape file are shifted. Points stay as read.

    Returns
    -------
    DataFrame
        The file's own columns as strings, ``""`` where empty, in file order; `etl.raw.FIELDS` and
        `etl.raw.EXTRA` where rows are ragged; ``geometry`` (shapely, EPSG:4326) and, of points, ``lon`` and
        ``lat``, for shapes; ``line`` (Int64), the row number as Excel counts it. Blank rows are left out.

    Raises
    ------
    Refused
        ``file_missing``, ``file_too_large``, ``file_empty``, ``file_no_header`` and those of the readers: the
        whole file cannot be read. The sentence is in the catalogue ``errors``.
    """
    path, options = Path(path), options or FileOptions()
    if not path.is_file():
        raise Refused("file_missing", file=path.name)
    size = path.stat().st_size
    if size > limit:
        raise Refused("file_too_large", file=path.name, found=_mib(size), limit=_mib(limit))
    if size == 0:
        raise Refused("file_empty", file=path.name)
    sort = sort_of(path)
    if sort == "shapes":
        return read_shapes.read(
            path, layer=options.sheet, crs=options.crs, datum=datum, encoding=options.encoding
        )
    if sort == "workbook":
        rows = read_workbook.rows(path, sheet=options.sheet)
    else:
        rows = read_csv.rows(
            path, encoding=options.encoding, delimiter=options.delimiter, header_row=options.header_row
        )
    made = table(rows, header_row=options.header_row, ragged=sort == "csv")
    if made is None:
        raise Refused("file_no_header", file=path.name, row=options.header_row)
    return made


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of a file as hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def own_columns(raw: pd.DataFrame) -> list[str]:
    """Return the columns that the file itself has."""
    return [name for name in raw.columns if name not in (*RESERVED, "geometry")]


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MiB"
