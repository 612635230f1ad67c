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
    points = made[["lon", "lat"]].to_numpy(copy=True)
    over = _carried_over(grids, extent, rng)
    # the retailers nearest to these places, so that the declared district fits
    shifted = np.array([retail[np.argmin(((points[retail] - at) ** 2).sum(axis=1))] for at in over])
    chosen = rng.choice(np.setdiff1d(retail, shifted), UNPLACED - SHIFTED + _DISAGREEING, False)
    missing, outside, swapped, zero, disagree = np.split(chosen, np.cumsum([MISSING, OUTSIDE, SWAPPED, ZERO]))
    points[shifted] = over
    points[missing] = np.nan
    points[outside] = _beyond(grids, extent, rng)
    points[swapped] = points[swapped][:, ::-1]
    points[zero] = 0.0
    made[["lon", "lat"]] = np.round(points, 6)
    made.loc[np.concatenate([shifted, missing, outside, swapped, zero]), "grid"] = None
    codes = sorted(grids["code"])
    for row in disagree:
        own = str(made.at[row, "grid"])
        beside = [code for code in codes if code[:6] == own[:6] and code != own]
        made.at[row, "grid"] = beside[int(rng.integers(len(beside)))]
    return made


def _carried_over(grids: gpd.GeoDataFrame, extent: Extent, rng: np.random.Generator) -> Floats:
    """Draw places so near the city's edge, far apart, that GCJ-02 carries them over it."""
    places = _along(grids, -200, rng)
    lon, lat = from_wgs84(places[:, 0], places[:, 1], "GCJ02")
    found = np.column_stack([lon, lat])[suspicion(lon, lat, extent) == "gcj02"]
    order = np.argsort(found[:, 1])
    apart = np.linspace(0, len(found) - 1, SHIFTED).astype(int)
    return np.asarray(found[order[apart]])


def _along(grids: gpd.GeoDataFrame, metres: float, rng: np.random.Generator) -> Floats:
    """Draw points along the city's outline, moved outwards."""
    ring = grids.to_crs(BELT).union_all().buffer(metres).boundary
    return to_degrees(np.array([ring.interpolate(d).coords[0] for d in rng.random(300) * ring.length]))


def _beyond(grids: gpd.GeoDataFrame, extent: Extent, rng: np.random.Generator) -> Floats:
    """Draw points some kilometres outside the city that no datum explains."""
    lonlat = _along(grids, 2_500, rng)
    good = suspicion(lonlat[:, 0], lonlat[:, 1], extent) == ""
    return np.asarray(lonlat[good][:OUTSIDE])
