"""Which grids share an edge."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.clean import polygonal


def neighbours(grids: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """List the grids that share an edge of some length with each grid; a common corner is not enough.

    Grids that overlap are neighbours too, so a file with tiny overlaps keeps its neighbourhoods.

    Returns
    -------
    dict
        Code → codes of the neighbours, sorted; every code has an entry.
    """
    codes = np.array([str(code) for code in grids["code"]], dtype=object)
    shapes = polygonal(np.asarray(grids.geometry.array, dtype=object))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    ahead = one < other
    one, other = one[ahead], other[ahead]
    matrix = shapely.relate(shapes[one], shapes[other])
    # DE-9IM: interiors share an area, or boundaries share a line.
    shared = np.array([cell[0] == "2" or cell[4] == "1" for cell in matrix], dtype=bool)
    found: dict[str, set[str]] = {code: set() for code in codes}
    for left, right in zip(codes[one[shared]], codes[other[shared]], strict=True):
        found[left].add(right)
        found[right].add(left)
    return {code: sorted(near - {code}) for code, near in found.items()}
