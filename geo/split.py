"""Districts → grids of about equal load: balanced clusters of points, one network of lines, shared edges.

The parts are cells of a power diagram (a Voronoi diagram whose centres carry a weight), whose weights are
moved until the cells hold about the same number of points. All borders of all districts and all cells are
noded together and the faces put together again, so that the result is one valid coverage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.power import Centres, balanced_centres, cell_lines
from geo.shift import Floats

# 1 cm: lines are noded on this lattice, so that both sides of a border get the very same vertices.
_LATTICE = 1e-7
# Cell lines reach this far (in degrees) past the district, so that noding closes them on the border.
_OVERHANG = 1e-5
# Wanted at least as many points per part; missing ones are scattered evenly over the district.
_POINTS_PER_PART = 30


def split(polygon: BaseGeometry, points: Floats, n: int, *, seed: int = 0) -> list[BaseGeometry]:
    """Split one polygon into ``n`` parts with about equal numbers of points.

    Parameters
    ----------
    polygon : Polygon or MultiPolygon
        WGS 84.
    points : array of float, shape (k, 2)
        Longitude, latitude; those outside are ignored, few or none are eked out with scattered ones.
    n : int
        Number of parts.
    seed : int
        The same seed gives the same parts.

    Returns
    -------
    list of Polygon or MultiPolygon
        Disjoint, none empty, with exactly shared edges, ordered from west to east, then north to south.
        Vertices lie on a lattice of 1e-7°, so the outline can move by 1 cm.
    """
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points[:, 0], points[:, 1]), crs=4326)
    one = gpd.GeoDataFrame({"district_code": ["0"]}, geometry=[polygon], crs=4326)
    return list(split_coverage(one, where, {"0": n}, seed=seed).geometry)


def split_coverage(
    districts: gpd.GeoDataFrame, points: gpd.GeoDataFrame, parts: Mapping[str, int], seed: int = 0
) -> gpd.GeoDataFrame:
    """Split districts into parts that form one valid coverage, also across the districts' borders.

    Parameters
    ----------
    districts : GeoDataFrame
        Valid coverage in WGS 84 with a column ``district_code``.
    points : GeoDataFrame
        Points in WGS 84 whose number is balanced among the parts of a district.
    parts : mapping
        Number of parts of each district; 1 for districts it does not name.
    seed : int
        The same seed gives the same parts.

    Returns
    -------
    GeoDataFrame
        ``district_code``, ``part`` (1 … n within the district, west to east, then north to south),
        ``geometry`` (WGS 84).

    Raises
    ------
    GeoError
        ``split.empty_part`` if a district is too small or too thin for its number of parts.
    """
    codes = [str(code) for code in districts["district_code"]]
    shapes = np.asarray(districts.geometry.array, dtype=object)
    xy = shapely.get_coordinates(np.asarray(points.geometry.array, dtype=object))
    plans = [
        _plan(shape, xy, int(parts.get(code, 1)), np.random.default_rng([seed, row]))
        for row, (code, shape) in enumerate(zip(codes, shapes, strict=True))
    ]
    faces = _faces(shapes, plans)
    inner = shapely.point_on_surface(faces)
    face, district = shapely.STRtree(shapes).query(inner, predicate="within")
    rows = []
    for row, (code, plan) in enumerate(zip(codes, plans, strict=True)):
        own = faces[face[district == row]]
        for number, shape in enumerate(_assemble(code, own, plan), start=1):
            rows.append((code, number, shape))
    frame = pd.DataFrame(rows, columns=["district_code", "part", "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=4326)


@dataclass(frozen=True)
class _Plan:
    """Centres of one district in its own plane, where a degree of longitude is as long as one of latitude."""

    centres: Centres
    stretch: float
    lines: BaseGeometry

    def nearest(self, lonlat: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self.centres.nearest(lonlat * [self.stretch, 1.0])


def _plan(shape: BaseGeometry, xy: Floats, n: int, rng: np.random.Generator) -> _Plan:
    stretch = float(np.cos(np.radians(shape.centroid.y)))
    shapely.prepare(shape)
    inside = xy[shapely.contains_xy(shape, xy[:, 0], xy[:, 1])]
    if len(inside) < n * _POINTS_PER_PART:
        inside = np.vstack([inside, _scatter(shape, n * _POINTS_PER_PART - len(inside), rng)])
    centres = balanced_centres(inside * [stretch, 1.0], n, rng)
    west, south, east, north = shape.bounds
    box = shapely.box(west * stretch - 1, south - 1, east * stretch + 1, north + 1)
    lines = shapely.transform(cell_lines(centres, box), lambda p: p / [stretch, 1.0])
    return _Plan(centres, stretch, shapely.intersection(lines, shape.buffer(_OVERHANG)))


def _scatter(shape: BaseGeometry, count: int, rng: np.random.Generator) -> Floats:
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        more = rng.uniform((west, south), (east, north), (4 * count, 2))
        found = np.vstack([found, more[shapely.contains_xy(shape, more[:, 0], more[:, 1])]])
    return found[:count]


def _faces(
    shapes: np.ndarray[tuple[int], np.dtype[np.object_]], plans: list[_Plan]
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    work = [*shapely.boundary(shapes), *(plan.lines for plan in plans)]
    noded = shapely.union_all(work, grid_size=_LATTICE)
    return np.asarray(shapely.get_parts(shapely.polygonize([noded])), dtype=object)


def _assemble(
    code: str, faces: np.ndarray[tuple[int], np.dtype[np.object_]], plan: _Plan
) -> list[BaseGeometry]:
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    owner = plan.nearest(inner)
    parts = [shapely.coverage_union_all(faces[owner == i]) for i in range(plan.centres.count)]
    parts = _give_away_strays(parts)
    if any(part.is_empty for part in parts):
        raise GeoError(
            "split.empty_part",
            f"Expected {len(parts)} parts of district {code}, some came out empty. Ask for fewer parts.",
            district=code,
            parts=len(parts),
        )
    # From west to east, then north to south, as the Beijing convention numbers its grids.
    return sorted(parts, key=lambda p: (round(p.centroid.x, 2), -p.centroid.y))


def _give_away_strays(parts: list[BaseGeometry]) -> list[BaseGeometry]:
    """Hand pieces that a bend of the border cuts off from their cell to the neighbour they touch longest."""
    mains, strays = [], []
    for part in parts:
        pieces = sorted(shapely.get_parts(part), key=lambda p: -p.area)
        mains.append([pieces[0]] if pieces else [])
        strays += [(piece, len(mains) - 1) for piece in pieces[1:]]
    for piece, own in sorted(strays, key=lambda s: -s[0].area):
        touch = [
            max((shapely.intersection(piece, other).length for other in main), default=0.0) for main in mains
        ]
        best = int(np.argmax(touch))
        mains[best if touch[best] > 0 else own].append(piece)  # islands stay with their cell
    return [shapely.coverage_union_all(main) for main in mains]
