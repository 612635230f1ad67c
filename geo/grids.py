"""Grid files of any usual kind → one frame in WGS 84; checks and splits of grids are reached from here."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj import CRS

from geo.check import GridIssue, check_coverage
from geo.crs import Datum, parse_reference, to_wgs84
from geo.errors import GeoError
from geo.neighbours import neighbours
from geo.split import split, split_coverage

__all__ = ["GridIssue", "check_coverage", "neighbours", "read_grids", "split", "split_coverage"]


def read_grids(
    path: Path | str,
    *,
    layer: str | None = None,
    crs: str | None = None,
    datum: str | None = None,
    encoding: str | None = None,
    code: str = "code",
    name: str = "name",
    district_code: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """Read a grid layer: GeoJSON, Shapefile (also zipped), GeoPackage.

    Parameters
    ----------
    path : Path or str
        The file. A zip must hold one Shapefile, or name the one meant by ``layer``.
    layer : str, optional
        Layer of a file that holds several.
    crs : str, optional
        Declared CRS such as ``EPSG:4550``, or a datum's name. Takes the place of what the file says.
    datum : str, optional
        ``GCJ02`` or ``BD09`` when the file's longitudes and latitudes are shifted; files of the map services
        say WGS 84 and are not. Every vertex is un-shifted.
    encoding : str, optional
        Of a Shapefile's text (``GBK``) when it has no ``.cpg``.
    code, name, district_code : str
        Columns of the file; ``district_code`` may be absent from it.
    columns : mapping, optional
        Further columns to keep, new name → name in the file.

    Returns
    -------
    GeoDataFrame
        ``code``, ``name``, ``district_code`` (None where the file has none), further columns, ``geometry``:
        MultiPolygon in EPSG:4326, as given apart from the CRS: `check_coverage` tells what is wrong with it.
        Shapes that are no areas are kept as they are, so that the check can name them.

    Raises
    ------
    GeoError
        ``grids.unreadable``, ``grids.layers``, ``grids.no_crs``, ``grids.encoding``, ``grids.no_column``,
        ``grids.not_lonlat``, ``crs.unknown_reference``.
    """
    frame = _read(_source(Path(path), layer), layer, encoding)
    wanted = {"code": code, "name": name, **({"district_code": district_code} if district_code else {})}
    wanted |= dict(columns or {})
    _require_columns(frame, wanted, Path(path))
    frame = _to_wgs84(frame, crs, datum, Path(path))
    data: dict[str, Any] = {new: frame[old] for new, old in wanted.items()}
    for column in ("code", "name", "district_code"):
        data[column] = [_text(value) for value in data.get(column, [None] * len(frame))]
    data["code"] = ["" if value is None else value for value in data["code"]]
    order = [
        "code",
        "name",
        "district_code",
        *(c for c in data if c not in ("code", "name", "district_code")),
    ]
    shapes = [_multi(shape) for shape in frame.geometry]
    return gpd.GeoDataFrame({c: data[c] for c in order}, geometry=gpd.GeoSeries(shapes, crs=4326), crs=4326)


def _source(path: Path, layer: str | None) -> str:
    if not path.exists():
        raise GeoError("grids.unreadable", f"Expected a grid file, found nothing at {path}.", path=str(path))
    if not zipfile.is_zipfile(path):
        return str(path)
    with zipfile.ZipFile(path) as archive:
        shapes = [
            n for n in archive.namelist() if n.lower().endswith(".shp") and not n.startswith("__MACOSX")
        ]
    chosen = [n for n in shapes if layer is None or Path(n).stem == layer]
    if len(chosen) != 1:
        raise GeoError(
            "grids.layers",
            f"Expected one Shapefile in {path.name}, found {len(shapes)}: {', '.join(shapes) or 'none'}. "
            "Name the layer.",
            file=path.name,
            found=[Path(n).stem for n in shapes],
        )
    return f"/vsizip/{path.resolve()}/{chosen[0]}"


def _read(source: str, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    file = Path(source).name
    try:
        layers = [str(found) for found in pyogrio.list_layers(source)[:, 0]]
        if len(layers) != 1 and layer not in layers:
            raise GeoError(
                "grids.layers",
                f"Expected one layer in {file}, found {len(layers)}: {', '.join(layers)}. Name the layer.",
                file=file,
                found=layers,
            )
        is_shapefile = source.lower().endswith(".shp")
        frame = pyogrio.read_dataframe(
            source, layer=layer if len(layers) > 1 else None, encoding=encoding if is_shapefile else None
        )
    except UnicodeDecodeError as error:
        raise _encoding_error(file) from error
    except GeoError:
        raise
    except Exception as error:  # pyogrio and GDAL raise a dozen kinds for a broken file
        raise GeoError(
            "grids.unreadable",
            f"Expected GeoJSON, Shapefile or GeoPackage, could not read {file}: {error}. Export it again.",
            path=file,
            detail=str(error),
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise GeoError("grids.unreadable", f"Expected shapes in {file}, found a plain table.", path=file)
    if is_shapefile and encoding is None and _looks_garbled(frame):
        raise _encoding_error(file)
    return frame


def _encoding_error(file: str) -> GeoError:
    return GeoError(
        "grids.encoding",
        f"The text of {file} is not readable as it declares itself (no .cpg?). "
        "Declare its encoding; Chinese Shapefiles are usually GBK.",
        file=file,
        offer="GBK",
    )


def _looks_garbled(frame: gpd.GeoDataFrame) -> bool:
    """Recognise GBK that was read as Latin-1: high Latin letters only, which GBK reads as Chinese."""
    for column in frame.columns.drop("geometry"):
        for value in frame[column]:
            if not isinstance(value, str) or value.isascii():
                continue
            if "\ufffd" in value:
                return True
            try:
                read = value.encode("latin-1").decode("gbk")
            except UnicodeError:
                continue
            if any("\u4e00" <= sign <= "\u9fff" for sign in read) and len(read) < len(value):
                return True
    return False


def _require_columns(frame: gpd.GeoDataFrame, wanted: Mapping[str, str], path: Path) -> None:
    have = [str(c) for c in frame.columns if c != "geometry"]
    missing = [old for old in wanted.values() if old not in have]
    if missing:
        raise GeoError(
            "grids.no_column",
            f"Expected the columns {', '.join(missing)} in {path.name}, found {', '.join(have) or 'none'}. "
            "Say which columns hold code and name.",
            file=path.name,
            missing=missing,
            found=have,
        )


def _to_wgs84(frame: gpd.GeoDataFrame, crs: str | None, datum: str | None, path: Path) -> gpd.GeoDataFrame:
    reference = parse_reference(crs) if crs is not None else None
    shift = Datum.parse(datum) if datum is not None else Datum.CGCS2000
    declared: CRS | None = frame.crs
    if isinstance(reference, Datum):
        declared, shift = CRS.from_epsg(4326), reference if datum is None else shift
    elif reference is not None:
        declared = reference
    if declared is None and datum is not None:
        declared = CRS.from_epsg(4326)
    if declared is None:
        raise GeoError(
            "grids.no_crs",
            f"{path.name} does not say its CRS (a Shapefile needs its .prj). Declare it: EPSG:4490 for "
            "CGCS2000 longitude and latitude, EPSG:4549/4550 for metres on the 120°/123° belt, or datum "
            "GCJ02/BD09.",
            file=path.name,
        )
    moved = frame.set_crs(declared, allow_override=True)
    if CRS.from_user_input(declared) not in (CRS.from_epsg(4326), CRS.from_epsg(4490)):
        moved = moved.to_crs(4326)
    moved = moved.set_crs(4326, allow_override=True)
    _require_lonlat(moved, path)
    if shift is not Datum.CGCS2000:
        moved = moved.set_geometry(
            gpd.GeoSeries(
                shapely.transform(
                    np.asarray(moved.geometry.array),
                    lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], shift)),
                ),
                index=moved.index,
                crs=4326,
            )
        )
    return moved


def _require_lonlat(frame: gpd.GeoDataFrame, path: Path) -> None:
    west, south, east, north = (float(v) for v in frame.total_bounds)
    if any(np.isinf([west, south, east, north])) or west < -180 or east > 180 or south < -90 or north > 90:
        raise GeoError(
            "grids.not_lonlat",
            f"Expected degrees, {path.name} reaches from ({west:.1f}, {south:.1f}) to "
            f"({east:.1f}, {north:.1f}). Declare its projected CRS, such as EPSG:4550.",
            file=path.name,
            bounds=[west, south, east, north],
        )


def _text(value: object) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # codes in a numeric column
    return str(value)


def _multi(shape: Any) -> Any:
    if shape is None:
        return None
    flat = shapely.force_2d(shape)
    return shapely.MultiPolygon([flat]) if flat.geom_type == "Polygon" else flat
