"""References of coordinates: declared datum or CRS, metric CRS of a place, suspicious coordinates.

The datum shifts themselves are in `geo.shift`, the detection of suspicious coordinates in `geo.suspicion`;
both are reached through this module.
"""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.errors import GeoError
from geo.shift import CHINA, Datum, Floats, from_wgs84, to_wgs84
from geo.suspicion import LABELS, Extent, repeated_points, suspicion

__all__ = [
    "CHINA",
    "LABELS",
    "Datum",
    "Extent",
    "Floats",
    "from_wgs84",
    "metric_crs",
    "metric_crs_of",
    "parse_reference",
    "repeated_points",
    "reproject",
    "suspicion",
    "to_lonlat",
    "to_wgs84",
]


_EXACT_CRS = re.compile(r"\d{4,6}$|[A-Za-z]+:\w+$|urn:|\+proj|[A-Z]+(CRS|CS)\[", re.ASCII)


def parse_reference(text: str) -> Datum | CRS:
    """Read a declared reference: a datum's name, or any CRS that pyproj knows (``EPSG:4550``, ``4550``, WKT).

    Raises
    ------
    GeoError
        ``crs.unknown_reference`` if it is neither.
    """
    try:
        return Datum.parse(text)
    except GeoError:
        pass
    plain = str(text).strip()
    try:
        # PROJ also guesses CRSs by likeness of names ("Mars 2000" is one): only exact forms pass.
        if not _EXACT_CRS.match(plain):
            raise CRSError(plain)
        return CRS.from_user_input(int(plain) if plain.isdigit() else plain)
    except CRSError as error:
        raise GeoError(
            "crs.unknown_reference",
            f"Expected a datum (CGCS2000, GCJ02, BD09) or a CRS such as EPSG:4550, found {text!r}. "
            "Declare the reference that the file's publisher states.",
            found=str(text),
        ) from error


def to_lonlat(x: npt.ArrayLike, y: npt.ArrayLike, reference: Datum | CRS | str) -> tuple[Floats, Floats]:
    """Bring coordinates of any declared reference to CGCS2000/WGS 84 longitude and latitude."""
    known = parse_reference(reference) if not isinstance(reference, Datum | CRS) else reference
    return to_wgs84(x, y, known) if isinstance(known, Datum) else reproject(x, y, known)


def reproject(x: npt.ArrayLike, y: npt.ArrayLike, crs: CRS | str | int) -> tuple[Floats, Floats]:
    """Bring easting and northing (or longitude and latitude) in ``crs`` to WGS 84 longitude and latitude.

    ``x`` is always the easting, whatever axis order the CRS declares (EPSG:4490 declares latitude first).
    Coordinates that the projection cannot answer become NaN.
    """
    move = Transformer.from_crs(CRS.from_user_input(crs), CRS.from_epsg(4326), always_xy=True)
    lon, lat = move.transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
    bad = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


def metric_crs(lon: float, lat: float | None = None) -> CRS:
    """Choose the projected CRS in which metres near a place are measured.

    Inside China's longitudes the CGCS2000 3-degree Gauss-Krüger belt (EPSG:4534 for 75°E … EPSG:4554 for
    135°E; EPSG:4550 for Shenyang), elsewhere the local UTM zone on WGS 84. Without ``lat`` the longitude
    decides alone and the northern hemisphere is assumed.
    """
    belt = round(lon / 3)
    if 25 <= belt <= 45 and (lat is None or CHINA[1] <= lat <= CHINA[3]):
        return CRS.from_epsg(4534 + belt - 25)
    zone = min(max(int((lon + 180) // 6) + 1, 1), 60)
    return CRS.from_epsg((32700 if lat is not None and lat < 0 else 32600) + zone)


def metric_crs_of(frame: gpd.GeoDataFrame) -> CRS:
    """Choose the metric CRS of the middle of a layer in WGS 84."""
    west, south, east, north = (float(v) for v in frame.total_bounds)
    return metric_crs((west + east) / 2, (south + north) / 2)
