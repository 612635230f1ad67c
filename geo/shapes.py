"""Shapes for screens: simplification that keeps shared edges, GeoJSON, WKB, label points.

`dense_window` lives in `geo.window` and is reached from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from geo.clean import coverage_clean, polygonal
from geo.crs import metric_crs_of
from geo.labels import label_points
from geo.window import dense_window

__all__ = ["dense_window", "from_wkb", "label_points", "simplify_coverage", "to_geojson", "to_wkb"]


def simplify_coverage(grids: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Simplify all grids at once, so that shared edges stay shared and no slivers appear.

    Parameters
    ----------
    grids : GeoDataFrame
        WGS 84. If it is no valid coverage (tiny overlaps, gaps), it is first cleaned: overlaps go to the
        neighbour with the longer common border and gaps narrower than ``tolerance_m`` are closed.
        Empty shapes stay empty.
    tolerance_m : float
        Square root, in metres, of the area of the corners that may go (Visvalingam-Whyatt).

    Returns
    -------
    GeoDataFrame
        Copy with simplified shapes in WGS 84: for pictures only, never for placing points.
    """
    crs = metric_crs_of(grids)
    shapes = np.asarray(grids.geometry.to_crs(crs).array, dtype=object)
    full = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    parts = shapes[full]
    if not shapely.coverage_is_valid(parts):
        parts = polygonal(parts)
        parts = coverage_clean(parts, gap_width=tolerance_m)
    shapes[full] = shapely.coverage_simplify(parts, tolerance_m)
    return grids.set_geometry(gpd.GeoSeries(shapes, index=grids.index, crs=crs).to_crs(4326))


def to_geojson(grids: gpd.GeoDataFrame, properties: Iterable[str] = (), precision: int = 6) -> dict[str, Any]:
    """Build a GeoJSON FeatureCollection (RFC 7946, WGS 84) with the named columns as properties.

    Parameters
    ----------
    precision : int
        Decimals of degrees; 6 is 0.1 m, 5 is 1 m. Shared corners are rounded alike, so edges stay shared.
    """
    table = grids[list(properties)]
    rounded = shapely.transform(np.asarray(grids.geometry.array), lambda xy: np.round(xy, precision))
    features = [
        {
            "type": "Feature",
            "properties": {str(name): _plain(value) for name, value in zip(table.columns, row, strict=True)},
            "geometry": None if shape is None else mapping(shape),
        }
        for shape, row in zip(rounded, table.itertuples(index=False, name=None), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def to_wkb(shapes: Iterable[BaseGeometry]) -> list[bytes]:
    """Write shapes as little-endian WKB without SRID; the same shape always gives the same bytes."""
    return [bytes(blob) for blob in shapely.to_wkb(np.array(list(shapes), dtype=object), byte_order=1)]


def from_wkb(blobs: Sequence[bytes]) -> gpd.GeoSeries:
    """Read shapes of `to_wkb` as a series in WGS 84."""
    return gpd.GeoSeries(list(shapely.from_wkb(np.array(list(blobs), dtype=object))), crs=4326)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
