"""A raster over a coverage that answers most points at once: cells that no edge passes lie in one grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.shift import Floats

BORDER = -2  # an edge may pass through the cell: ask the polygons
OUTSIDE = -1


class CellIndex:
    """Cell → grid over the bounds of a coverage.

    Parameters
    ----------
    shapes : array of Geometry
        Polygons, the index in this array is the answer.
    tree : STRtree
        Over the same polygons.

    Notes
    -----
    A cell is marked `BORDER` when a sampled edge comes within one cell of it, which is wider than needed, so
    a cell with an answer is never crossed by an edge. Cells in one row between two border cells share
    their answer, so only one centre of each run is tested.
    """

    def __init__(self, shapes: npt.NDArray[np.object_], tree: shapely.STRtree) -> None:
        side = int(np.clip(24 * np.sqrt(max(len(shapes), 1)), 1024, 3072))
        bounds = shapely.total_bounds(shapes)
        if not np.isfinite(bounds).all():
            bounds = np.array([0.0, 0.0, 1.0, 1.0])
        self._x0, self._y0 = float(bounds[0]), float(bounds[1])
        self._step_x = max(float(bounds[2] - bounds[0]), 1e-9) / side
        self._step_y = max(float(bounds[3] - bounds[1]), 1e-9) / side
        # Two spare cells around, so that points just outside the bounds and the widening stay in the array.
        self._side = side + 4
        border = self._border_cells(shapes)
        self._cells = self._label(border, shapes, tree)

    def lookup(self, x: Floats, y: Floats) -> npt.NDArray[np.int64]:
        """Return the index of the polygon, `OUTSIDE`, or `BORDER`; NaN is outside."""
        col, row = self._cell(x, y)
        inside = (col >= 0) & (col < self._side) & (row >= 0) & (row < self._side)
        flat = np.where(inside, row * self._side + col, 0)
        return np.where(inside, self._cells[flat], OUTSIDE).astype(np.int64)

    def _cell(self, x: Floats, y: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        # NaN and far points are clipped to a cell outside the array before the cast.
        col = np.clip(np.nan_to_num((x - self._x0) / self._step_x + 2, nan=-1.0), -1, self._side)
        row = np.clip(np.nan_to_num((y - self._y0) / self._step_y + 2, nan=-1.0), -1, self._side)
        return np.floor(col).astype(np.int64), np.floor(row).astype(np.int64)

    def _border_cells(self, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
        xy, ring = shapely.get_coordinates(
            shapely.get_parts(shapely.get_rings(shapely.get_parts(shapes))), return_index=True
        )
        same = ring[1:] == ring[:-1]
        start, move = xy[:-1][same], (xy[1:] - xy[:-1])[same]
        pieces = np.ceil(np.maximum(np.abs(move[:, 0]) / self._step_x, np.abs(move[:, 1]) / self._step_y))
        pieces = pieces.astype(np.int64) + 1
        edge = np.repeat(np.arange(len(start)), pieces)
        first = np.repeat(np.cumsum(pieces) - pieces, pieces)
        share = ((np.arange(edge.size) - first) / np.maximum(pieces - 1, 1)[edge])[:, None]
        samples = start[edge] + move[edge] * share
        col, row = self._cell(samples[:, 0], samples[:, 1])
        hit = np.zeros((self._side, self._side), dtype=bool)
        hit[row, col] = True
        # Samples are at most one cell apart, so every cell an edge passes is a sample's cell or beside one.
        wide = hit.copy()
        wide[1:] |= hit[:-1]
        wide[:-1] |= hit[1:]
        tall = wide.copy()
        tall[:, 1:] |= wide[:, :-1]
        tall[:, :-1] |= wide[:, 1:]
        return tall

    def _label(
        self, border: npt.NDArray[np.bool_], shapes: npt.NDArray[np.object_], tree: shapely.STRtree
    ) -> npt.NDArray[np.int32]:
        flat = border.ravel()
        starts = np.flatnonzero(~flat & np.concatenate([[True], flat[:-1]]))
        # A run also begins with each row: neighbours in the flat array are not neighbours on the ground.
        rows = np.arange(0, flat.size, self._side)
        starts = np.union1d(starts, rows[~flat[rows]])
        x = self._x0 + (starts % self._side - 2 + 0.5) * self._step_x
        y = self._y0 + (starts // self._side - 2 + 0.5) * self._step_y
        answer = np.full(starts.size, OUTSIDE, dtype=np.int32)
        point, grid = tree.query(shapely.points(x, y))
        within = shapely.intersects_xy(shapes[grid], x[point], y[point])
        point, grid = point[within], grid[within]
        last = np.argsort(grid, kind="stable")[::-1]
        answer[point[last]] = grid[last]
        answer[np.bincount(point, minlength=starts.size) > 1] = BORDER  # overlapping grids: ask the polygons
        run = np.searchsorted(starts, np.arange(flat.size), side="right") - 1
        return np.where(flat, BORDER, answer[np.maximum(run, 0)]).astype(np.int32)
