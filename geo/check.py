"""What is wrong with a grid coverage: every gap, overlap, invalid ring and bad code, with place and size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.clean import Shapes, polygonal
from geo.crs import metric_crs_of
from geo.ruler import Ruler

Kind = Literal[
    "empty",
    "not_polygon",
    "invalid_ring",
    "duplicate_code",
    "malformed_code",
    "overlap",
    "gap",
    "edge_mismatch",
    "outside_parent",
]
Severity = Literal["error", "warning"]

# 6 district + 3 station + 3 sequence: a convention of ours, not of a standard, so a miss is a warning.
CODE_PATTERN = r"\d{12}"
LONGEST_CODE = 40
# Slivers come from digitising borders twice; below either size they misplace hardly any enterprise.
SLIVER_WIDTH_M = 2.0
SLIVER_AREA_M2 = 100.0
# Below this a piece is rounding of coordinates, not land.
NOISE_M2 = 1e-5
NOISE_WIDTH_M = 1e-4


@dataclass(frozen=True)
class GridIssue:
    """One thing wrong with a coverage.

    Attributes
    ----------
    code : str
        Grid that has it; of a gap, a grid beside it (empty if none).
    kind : str
        ``empty``, ``not_polygon``, ``invalid_ring``, ``duplicate_code``, ``malformed_code``, ``overlap``,
        ``gap``, ``edge_mismatch`` (edges that should be one differ in their vertices), ``outside_parent``.
    severity : str
        ``error``, or ``warning``: can be imported when told to.
    other : str or None
        Second grid of an overlap, gap or mismatch; the parent's code of ``outside_parent``.
    lon, lat : float or None
        A place in the issue, WGS 84.
    area_m2, width_m, length_m : float or None
        Size in the metric CRS; the width of a piece is its mean width, area ÷ length.
    row : int or None
        Row position in the checked frame, for issues of one row.
    detail : str
        The ring's defect as GEOS names it, or the code as found.
    """

    code: str
    kind: Kind
    severity: Severity
    other: str | None = None
    lon: float | None = None
    lat: float | None = None
    area_m2: float | None = None
    width_m: float | None = None
    length_m: float | None = None
    row: int | None = None
    detail: str = ""


def check_coverage(
    grids: gpd.GeoDataFrame,
    *,
    parents: gpd.GeoDataFrame | None = None,
    code_pattern: str = CODE_PATTERN,
    sliver_width_m: float = SLIVER_WIDTH_M,
    sliver_area_m2: float = SLIVER_AREA_M2,
) -> list[GridIssue]:
    """Find everything that keeps grids from being a coverage without gaps and overlaps.

    Parameters
    ----------
    grids : GeoDataFrame
        WGS 84, columns ``code``, ``geometry``, optionally ``district_code``; see `geo.grids.read_grids`.
    parents : GeoDataFrame, optional
        Districts (``code``, ``geometry``): land of theirs without a grid is a gap, land of a grid outside
        its ``district_code`` is ``outside_parent``. Without them only gaps that grids enclose are found, and
        open ones up to ``sliver_width_m`` wide between two grids.
    code_pattern : str
        Regular expression for the whole code; another form is a warning. Empty codes, codes with white
        space and codes over 40 signs are errors.
    sliver_width_m, sliver_area_m2 : float
        A gap, overlap or overhang narrower or smaller than this is a sliver: a warning, else an error.

    Returns
    -------
    list of GridIssue
        Errors first, then by kind, largest first.
    """
    codes = [str(code) for code in grids["code"]]
    raw = np.asarray(grids.geometry.array, dtype=object)
    ruler = Ruler(metric_crs_of(grids if parents is None else parents))
    issues = [*_code_issues(codes, code_pattern), *_ring_issues(codes, raw, ruler)]
    sliver = _Sliver(ruler, sliver_width_m, sliver_area_m2)
    shapes = polygonal(raw)
    # Codes of empty shapes stay in the list, so that positions hold.
    issues += _overlaps(codes, shapes, sliver)
    outlines = None if parents is None else polygonal(np.asarray(parents.geometry.array, dtype=object))
    issues += _gaps(codes, shapes, outlines, sliver)
    issues += _mismatches(codes, shapes, issues, ruler)
    if parents is not None and outlines is not None and "district_code" in grids:
        owners = dict(zip((str(code) for code in parents["code"]), outlines, strict=True))
        issues += _outside(codes, shapes, list(grids["district_code"]), owners, sliver)
    return sorted(issues, key=lambda i: (i.severity, i.kind, -(i.area_m2 or 0.0), i.code, i.other or ""))


@dataclass(frozen=True)
class _Sliver:
    """Makes issues of pieces of land, and knows which are slivers."""

    ruler: Ruler
    width_m: float
    area_m2: float

    def issue(self, kind: Kind, piece: BaseGeometry, code: str, other: str | None) -> GridIssue | None:
        size = self.ruler.size(piece)
        if size.area_m2 < NOISE_M2 or size.width_m < NOISE_WIDTH_M:
            return None
        small = size.area_m2 < self.area_m2 or size.width_m < self.width_m
        lon, lat = self.ruler.place(piece)
        return GridIssue(
            code,
            kind,
            "warning" if small else "error",
            other,
            lon,
            lat,
            size.area_m2,
            size.width_m,
            size.length_m,
        )


def _code_issues(codes: list[str], pattern: str) -> Iterator[GridIssue]:
    first: dict[str, int] = {}
    for row, code in enumerate(codes):
        if not code or re.search(r"\s", code) or len(code) > LONGEST_CODE:
            yield GridIssue(code, "malformed_code", "error", row=row, detail=code)
        elif not re.fullmatch(pattern, code):
            yield GridIssue(code, "malformed_code", "warning", row=row, detail=code)
        if code and code in first:
            yield GridIssue(code, "duplicate_code", "error", other=code, row=row, detail=code)
        first.setdefault(code, row)


def _ring_issues(codes: list[str], shapes: Shapes, ruler: Ruler) -> Iterator[GridIssue]:
    for row, (code, shape) in enumerate(zip(codes, shapes, strict=True)):
        if shape is None or shape.is_empty:
            yield GridIssue(code, "empty", "error", row=row)
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            lon, lat = ruler.place(shape)
            yield GridIssue(code, "not_polygon", "error", lon=lon, lat=lat, row=row, detail=shape.geom_type)
        elif not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            at = re.search(r"\[(\S+) (\S+?)\]", reason)
            lon, lat = (float(at[1]), float(at[2])) if at else ruler.place(shape)
            area = ruler.size(polygonal(np.array([shape], dtype=object))[0]).area_m2
            detail = reason.split("[")[0].strip()
            yield GridIssue(code, "invalid_ring", "error", None, lon, lat, area, row=row, detail=detail)


def _overlaps(codes: list[str], shapes: Shapes, sliver: _Sliver) -> Iterator[GridIssue]:
    if shapely.coverage_is_valid(shapes):
        return
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    ahead = one < other
    one, other = one[ahead], other[ahead]
    areal = np.array([cell[0] == "2" for cell in shapely.relate(shapes[one], shapes[other])], dtype=bool)
    for left, right in zip(one[areal], other[areal], strict=True):
        for piece in _pieces(shapely.intersection(shapes[left], shapes[right])):
            first, second = sorted((codes[left], codes[right]))
            found = sliver.issue("overlap", piece, first, second)
            if found:
                yield found


def _gaps(codes: list[str], shapes: Shapes, parents: Shapes | None, sliver: _Sliver) -> Iterator[GridIssue]:
    land = shapely.union_all(shapes)
    frames = [shapely.polygons(ring) for ring in shapely.get_exterior_ring(_pieces(land))]
    frames += [] if parents is None else list(parents)
    holes = [*_pieces(shapely.difference(shapely.union_all(frames), land))]
    tree = shapely.STRtree(shapes)
    open_ones = sliver.ruler.notches(land, sliver.width_m)
    for piece, is_open in [*((p, False) for p in holes), *((p, True) for p in open_ones)]:
        near = sorted({codes[i] for i in tree.query(piece, predicate="dwithin", distance=1e-9)})
        if is_open and (len(near) < 2 or any(piece.intersects(hole) for hole in holes)):
            continue  # a narrow inlet of one grid's own outline is its shape, not a gap
        found = sliver.issue("gap", piece, near[0] if near else "", near[1] if len(near) > 1 else None)
        if found:
            yield found


def _mismatches(
    codes: list[str], shapes: Shapes, known: Iterable[GridIssue], ruler: Ruler
) -> Iterator[GridIssue]:
    """Edges that GEOS calls invalid between grids that have no overlap or gap in the list."""
    explained = {i.code for i in known if i.kind in ("overlap", "gap")}
    explained |= {i.other for i in known if i.kind in ("overlap", "gap") and i.other}
    for code, edges in zip(codes, shapely.coverage_invalid_edges(shapes), strict=True):
        if edges is None or edges.is_empty or code in explained:
            continue
        lon, lat = ruler.place(edges)
        yield GridIssue(code, "edge_mismatch", "warning", lon=lon, lat=lat, length_m=ruler.length_m(edges))


def _outside(
    codes: list[str],
    shapes: Shapes,
    districts: list[object],
    owners: dict[str, BaseGeometry],
    sliver: _Sliver,
) -> Iterator[GridIssue]:
    for code, shape, district in zip(codes, shapes, districts, strict=True):
        owner = owners.get(str(district))
        if owner is None:
            if district is not None and not shape.is_empty:
                lon, lat = sliver.ruler.place(shape)
                yield GridIssue(code, "outside_parent", "error", str(district), lon, lat)
            continue
        for piece in _pieces(shapely.difference(shape, owner)):
            found = sliver.issue("outside_parent", piece, code, str(district))
            if found:
                yield found


def _pieces(shape: BaseGeometry) -> list[BaseGeometry]:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
