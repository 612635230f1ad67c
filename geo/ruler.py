"""Sizes in metres of shapes in WGS 84."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

_SEGMENT = 0.0005  # degrees, some 50 m: the bend left is below 0.1 mm
_HAIR = 0.001  # metres


@dataclass(frozen=True)
class Size:
    """Area, mean width and length of a piece of land; half the perimeter counts as its length."""

    area_m2: float
    width_m: float
    length_m: float


class Ruler:
    """Measures in one metric CRS."""

    def __init__(self, crs: CRS) -> None:
        self._there = Transformer.from_crs(4326, crs, always_xy=True)
        self._back = Transformer.from_crs(crs, 4326, always_xy=True)

    def size(self, piece: BaseGeometry) -> Size:
        """Measure a polygon."""
        # A straight edge of degrees bends in metres, 13 cm in 3 km: more than many a sliver is wide.
        flat = self._metric(shapely.segmentize(piece, _SEGMENT))
        length = flat.length / 2
        return Size(float(flat.area), float(flat.area / length) if length else 0.0, float(length))

    def length_m(self, lines: BaseGeometry) -> float:
        """Measure lines."""
        return float(self._metric(lines).length)

    def place(self, shape: BaseGeometry) -> tuple[float, float]:
        """Name a point on the shape, longitude and latitude."""
        point = shapely.point_on_surface(shape)
        return float(shapely.get_x(point)), float(shapely.get_y(point))

    def notches(self, land: BaseGeometry, width_m: float) -> list[BaseGeometry]:
        """Find strips without land, open to the outside, up to ``width_m`` wide, twice as long or more."""
        flat = self._metric(land)
        # Closing (out, then in) with sharp corners fills narrow strips and leaves corners as they are.
        closed = flat.buffer(width_m / 2, join_style="mitre").buffer(-width_m / 2, join_style="mitre")
        filled = shapely.difference(closed, flat)
        # Opening (in, then out) takes off the hairlines that closing leaves along bent outlines.
        strips = filled.buffer(-_HAIR / 2, join_style="mitre").buffer(_HAIR / 2, join_style="mitre")
        parts = shapely.get_parts(shapely.get_parts(strips))
        long = [p for p in parts if p.geom_type == "Polygon" and p.length / 2 >= 2 * width_m]
        return [shapely.transform(p, lambda xy: _columns(self._back, xy)) for p in long]

    def _metric(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: _columns(self._there, xy))


def _columns(
    move: Transformer, xy: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
