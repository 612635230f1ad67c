"""Coordinates that are probably wrong, told apart by what the loaded grids make plausible. Never repaired."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.shift import Datum, Floats, to_wgs84

# Labels of `suspicion`; "" is a coordinate without suspicion (it may still lie outside all grids).
LABELS = ("", "missing", "zero", "swapped", "gcj02", "bd09", "far")


@dataclass(frozen=True)
class Extent:
    """Where the loaded grids are.

    Attributes
    ----------
    area : BaseGeometry
        Union of the grids, WGS 84, prepared.
    bounds : tuple of float
        West, south, east, north of the grids, widened on each side by ``buffer`` × the diagonal.
        What lies beyond is far: no officer of this city can have it in a grid.
    """

    area: BaseGeometry
    bounds: tuple[float, float, float, float]

    @classmethod
    def of(cls, grids: gpd.GeoDataFrame, buffer: float = 0.5) -> Extent:
        """Take the extent of a grid coverage in WGS 84."""
        parts = np.asarray(grids.geometry.array)
        valid = bool(shapely.coverage_is_valid(parts))
        area = shapely.coverage_union_all(parts) if valid else shapely.union_all(shapely.make_valid(parts))
        shapely.prepare(area)
        west, south, east, north = (float(v) for v in area.bounds)
        pad = buffer * float(np.hypot(east - west, north - south))
        return cls(area, (west - pad, south - pad, east + pad, north + pad))

    def near(self, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
        """Tell which points lie inside the widened bounds."""
        west, south, east, north = self.bounds
        return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)

    def covers(self, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
        """Tell which points lie in a grid or on its edge."""
        return np.asarray(shapely.intersects_xy(self.area, lon, lat), dtype=bool)


def suspicion(lon: npt.ArrayLike, lat: npt.ArrayLike, extent: Extent) -> npt.NDArray[np.str_]:
    """Label coordinates that are probably wrong; the first label that applies wins.

    Parameters
    ----------
    lon, lat : array_like of float
        WGS 84 as declared by the source.
    extent : Extent
        Of the loaded grids.

    Returns
    -------
    array of str
        ``missing``: NaN or infinite. ``zero``: exactly (0, 0). ``swapped``: beyond the extent as given,
        inside it with longitude and latitude exchanged. ``far``: beyond the extent.
        ``gcj02``/``bd09``: outside all grids as given, in a grid when
        un-shifted from this datum and not when from the other one; a shifted point that still falls in some
        grid cannot be told from a right one. Else ``""``.
    """
    x, y = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
    label = np.full(x.shape, "", dtype="U8")
    missing = ~(np.isfinite(x) & np.isfinite(y))
    zero = (x == 0) & (y == 0)
    near = extent.near(x, y)
    label[~near] = "far"
    label[~near & extent.near(y, x)] = "swapped"
    label[zero] = "zero"
    label[missing] = "missing"
    doubtful = np.flatnonzero(label == "")
    doubtful = doubtful[~extent.covers(x[doubtful], y[doubtful])]
    if doubtful.size:
        gcj = extent.covers(*to_wgs84(x[doubtful], y[doubtful], Datum.GCJ02))
        baidu = extent.covers(*to_wgs84(x[doubtful], y[doubtful], Datum.BD09))
        label[doubtful[gcj & ~baidu]] = "gcj02"
        label[doubtful[baidu & ~gcj]] = "bd09"
    return label


def repeated_points(
    lon: npt.ArrayLike, lat: npt.ArrayLike, at_least: int = 10, owner: npt.ArrayLike | None = None
) -> npt.NDArray[np.bool_]:
    """Find default points: exactly the same coordinate on ``at_least`` or more different enterprises.

    Parameters
    ----------
    lon, lat : array_like of float
        Any datum; NaN never repeats.
    at_least : int
        A market hall can hold a few enterprises; a geocoder's fallback holds many.
    owner : array_like, optional
        Enterprise of each row; without it each row counts as one enterprise.

    Returns
    -------
    array of bool
    """
    x, y = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    result = np.zeros(x.shape, dtype=bool)
    if not known.size:
        return result
    _, place = np.unique(np.column_stack([x[known], y[known]]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    if owner is None:
        counts = np.bincount(place)
    else:
        _, who = np.unique(np.asarray(owner).astype(str)[known], return_inverse=True)
        pairs = np.unique(np.column_stack([place, who.reshape(-1)]), axis=0)
        counts = np.bincount(pairs[:, 0])
    result[known] = counts[place] >= at_least
    return result
