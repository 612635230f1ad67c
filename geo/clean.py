"""Polygons fit for overlay."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Shapes = npt.NDArray[np.object_]

# The published stubs of shapely end at 2.1; the function is there since 2.2.
coverage_clean: Any = getattr(shapely, "coverage_clean")  # noqa: B009


def polygonal(shapes: Shapes) -> Shapes:
    """Repair rings and keep the areas only: lines and points that a repair leaves over are dropped.

    Returns
    -------
    array of Polygon or MultiPolygon
        Same length; missing shapes become empty polygons.
    """
    return np.array([_areas(shape) for shape in shapely.make_valid(shapes)], dtype=object)


def _areas(shape: BaseGeometry | None) -> BaseGeometry:
    if shape is None:
        return shapely.Polygon()
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    # A collection may hold multi-polygons: parts of parts are simple.
    parts = shapely.get_parts(shapely.get_parts(shape))
    areas: Any = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.Polygon() if not len(areas) else shapely.multipolygons(areas)
