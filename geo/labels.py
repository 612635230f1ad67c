"""Where the label of a grid fits."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from geo.crs import metric_crs_of


def label_points(grids: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find where a label of each grid fits best: the centre of the largest inscribed circle.

    Returns
    -------
    DataFrame
        Index of ``grids``; ``lon``, ``lat`` in WGS 84 and ``radius_m``; NaN for empty shapes.
    """
    crs = metric_crs_of(grids)
    shapes = np.asarray(grids.geometry.to_crs(crs).array, dtype=object)
    result = np.full((len(shapes), 3), np.nan)
    for row, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        circle = shapely.maximum_inscribed_circle(shape, tolerance=max(1.0, np.sqrt(shape.area) / 200))
        (x, y), (u, v) = shapely.get_coordinates(circle)[[0, -1]]
        result[row] = x, y, np.hypot(u - x, v - y)
    back = Transformer.from_crs(crs, 4326, always_xy=True)
    result[:, 0], result[:, 1] = back.transform(result[:, 0], result[:, 1])
    return pd.DataFrame(result, columns=["lon", "lat", "radius_m"], index=grids.index)
