"""Points and declared grids → point and placement, by the original polygons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.writes.grids import shapes_in_force
from geo.crs import Extent, suspicion, to_lonlat
from geo.locate import Locator
from geo.shapes import from_wkb


@dataclass(frozen=True)
class GridSet:
    """The grids of one day, prepared for placing.

    Attributes
    ----------
    codes : frozenset of str
        Codes that a source may declare.
    """

    codes: frozenset[str]
    locator: Locator | None
    extent: Extent | None

    @classmethod
    def of(cls, grids: gpd.GeoDataFrame) -> GridSet:
        """Prepare a frame with ``code`` and ``geometry`` in WGS 84; it may be empty."""
        codes = frozenset(str(code) for code in grids["code"])
        if not len(grids):
            return cls(codes, None, None)
        return cls(codes, Locator(grids), Extent.of(grids))


def load_grids(conn: sa.Connection, as_of: date, known_at: datetime) -> GridSet:
    """Return the grids whose shapes are in force."""
    rows = conn.execute(shapes_in_force(as_of, known_at)).all()
    shapes = from_wkb([row.geom for row in rows])
    return GridSet.of(gpd.GeoDataFrame({"code": [row.code for row in rows]}, geometry=shapes, crs=4326))


def place(points: pd.DataFrame, grids: GridSet) -> pd.DataFrame:
    """Place enterprises by their points, else by the grids that the source declares.

    Parameters
    ----------
    points : DataFrame
        ``src_lon``, ``src_lat`` (float, as read), ``datum`` (None: CGCS2000), ``declared_grid``.
    grids : GridSet
        Of the day.

    Returns
    -------
    DataFrame
        Same index. ``lon``, ``lat`` (WGS 84; NaN without a point or where it is suspicious),
        ``suspicion``, ``grid_code``, ``basis`` (point, declared), ``unplaced_reason`` (no_point,
        outside, suspicious), ``distance_m`` (to the nearest grid, outside ones only), ``point_grid``
        (where the point alone lies).
    """
    lon, lat = _lonlat(points)
    label = _labels(points, lon, lat, grids)
    trusted = label == ""
    lon, lat = np.where(trusted, lon, np.nan), np.where(trusted, lat, np.nan)
    point_grid, distance = _locate(lon, lat, grids)
    declared = points["declared_grid"].to_numpy(dtype=object)
    known = np.fromiter((code in grids.codes for code in declared), bool, len(declared))
    by_point = point_grid != None  # noqa: E711 - elementwise
    by_declared = ~by_point & known
    code = point_grid.copy()
    code[by_declared] = declared[by_declared]
    basis = _pick(len(points), (by_point, "point"), (by_declared, "declared"))
    nowhere = ~(by_point | by_declared)
    reason = _pick(
        len(points),
        (nowhere, "suspicious"),
        (nowhere & trusted, "outside"),
        (nowhere & (label == "missing"), "no_point"),
    )
    doubt = label.astype(object)
    doubt[trusted | (label == "missing")] = None
    made = {
        "lon": lon,
        "lat": lat,
        "suspicion": doubt,
        "grid_code": code,
        "basis": basis,
        "unplaced_reason": reason,
        "distance_m": np.where(by_point, np.nan, distance),
        "point_grid": point_grid,
    }
    return pd.DataFrame({name: pd.Series(v, index=points.index, dtype=v.dtype) for name, v in made.items()})


def _pick(size: int, *choices: tuple[np.ndarray, str]) -> np.ndarray:
    """Return None where no condition holds, else the word of the last that does."""
    found = np.full(size, None, dtype=object)
    for where, word in choices:
        found[where] = word
    return found


def _lonlat(points: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    lon = points["src_lon"].to_numpy(dtype=np.float64).copy()
    lat = points["src_lat"].to_numpy(dtype=np.float64).copy()
    for datum, part in points.groupby(points["datum"].fillna("CGCS2000"), sort=False).groups.items():
        at = points.index.get_indexer(part)
        lon[at], lat[at] = to_lonlat(lon[at], lat[at], str(datum))
    return lon, lat


def _labels(points: pd.DataFrame, lon: np.ndarray, lat: np.ndarray, grids: GridSet) -> np.ndarray:
    if grids.extent is not None:
        label = suspicion(lon, lat, grids.extent).astype("U8")
    else:
        label = np.where(np.isfinite(lon) & np.isfinite(lat), "", "missing").astype("U8")
    # (0, 0) as read, whatever the datum makes of it
    label[((points["src_lon"] == 0) & (points["src_lat"] == 0)).to_numpy()] = "zero"
    return label


def _locate(lon: np.ndarray, lat: np.ndarray, grids: GridSet) -> tuple[np.ndarray, np.ndarray]:
    if grids.locator is None:
        return np.full(len(lon), None, dtype=object), np.full(len(lon), np.nan)
    found = grids.locator.locate(lon, lat)
    codes = np.array([*grids.locator.codes, None], dtype=object)  # position -1: none
    return codes[found.grid], found.distance_m
