"""Coverages to test with: small ones made here, the demo city's districts, real cities beside the project."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

ROOT = Path(__file__).parents[2]


def frame(shapes: list[Any], codes: list[str] | None = None) -> gpd.GeoDataFrame:
    """Put shapes into a grid frame; codes run 210102000001, 210102000002 … unless given."""
    codes = codes or [f"210102000{n:03d}" for n in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs=4326)


def squares(
    columns: int, rows: int, size: float = 0.01, west: float = 123.0, south: float = 41.0
) -> list[Any]:
    """Make a chessboard of squares whose shared corners are the same numbers."""
    x, y = west + size * np.arange(columns + 1), south + size * np.arange(rows + 1)
    return [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for j in range(rows) for i in range(columns)]


@pytest.fixture(scope="session")
def districts() -> gpd.GeoDataFrame:
    path = ROOT / "data/reference/geography/shenyang_districts_simplified.geojson"
    shapes = gpd.read_file(path)
    return shapes.assign(code=shapes["adcode"], district_code=shapes["adcode"])


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    folder = ROOT / "tests/fixtures/vectors"
    return lambda name: json.loads((folder / name).read_text(encoding="utf-8"))
