"""Coordinates that go wrong, as they do everywhere: none, outside the city, swapped, (0, 0), shifted."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from etl.demo.geography import BELT, Floats, to_degrees
from geo.crs import Extent, from_wgs84, suspicion

MISSING, OUTSIDE, SWAPPED, ZERO, SHIFTED = 5, 3, 2, 2, 2
UNPLACED = MISSING + OUTSIDE + SWAPPED + ZERO + SHIFTED
_DISAGREEING = 9


def spoil(frame: pd.DataFrame, grids: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the enterprises with `UNPLACED` retailers whose coordinates no grid can be found for.

    A few others declare a grid beside the one that their point lies in.

    Parameters
    ----------
    frame : DataFrame
        Canonical enterprises with good points and declared grids.
    grids : GeoDataFrame
        ``code``, ``geometry`` in WGS 84.
    """
    made = frame.copy()
    extent = Extent.of(grids)
    retail = np.flatnonzero(made["category"].isin(["chain_store", "independent_pharmacy"]))
    points = made[["lon", "lat"]].to_numpy()
    shifted = _shiftable(points[retail], extent)[:SHIFTED]
    chosen = rng.choice(np.setdiff1d(retail, retail[shifted]), UNPLACED - SHIFTED + _DISAGREEING, False)
    missing, outside, swapped, zero, disagree = np.split(
        chosen, np.cumsum([MISSING, OUTSIDE, SWAPPED, ZERO])
    )
    points[retail[shifted]] = np.column_stack(from_wgs84(*points[retail[shifted]].T, "GCJ02"))
    points[missing] = np.nan
    points[outside] = _beyond(grids, extent, rng)
    points[swapped] = points[swapped][:, ::-1]
    points[zero] = 0.0
    made[["lon", "lat"]] = np.round(points, 6)
    made.loc[np.concatenate([retail[shifted], missing, outside, swapped, zero]), "grid"] = None
    codes = sorted(grids["code"])
    for row in disagree:
        own = made.at[row, "grid"]
        beside = [code for code in codes if code[:6] == own[:6] and code != own]
        made.at[row, "grid"] = beside[int(rng.integers(len(beside)))]
    return made


def _shiftable(points: Floats, extent: Extent) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Find points so near the city's edge that GCJ-02 carries them over it."""
    lon, lat = from_wgs84(points[:, 0], points[:, 1], "GCJ02")
    found = np.flatnonzero(suspicion(lon, lat, extent) == "gcj02")
    if len(found) < SHIFTED:
        raise ValueError(f"Expected {SHIFTED} shops within reach of the city's edge, got {len(found)}.")
    return found


def _beyond(grids: gpd.GeoDataFrame, extent: Extent, rng: np.random.Generator) -> Floats:
    """Draw points some kilometres outside the city that no datum explains."""
    outline = grids.to_crs(BELT).union_all()
    ring = outline.buffer(2_500).exterior
    draws = rng.random(200) * ring.length
    points = np.array([ring.interpolate(d).coords[0] for d in draws])
    lonlat = to_degrees(points)
    good = suspicion(lonlat[:, 0], lonlat[:, 1], extent) == ""
    return lonlat[good][:OUTSIDE]
