"""The demo city's ground: real district outlines, invented town centres named after real townships (示意)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from data.writes.reference import REFERENCE
from geo.crs import reproject

GEOGRAPHY = REFERENCE / "geography"
BELT = 4550
"""CGCS2000 3-degree belt of 123° E: the only place where the demo speaks metres."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RETAILERS = {
    "210102": 520, "210103": 560, "210104": 500, "210105": 580, "210106": 760, "210111": 340, "210112": 560,
    "210113": 380, "210114": 540, "210115": 230, "210123": 150, "210124": 179, "210181": 250,
}  # fmt: skip
"""District → number of retailers; 5,549 in all. The shares are invented, dense in the middle."""

COUNTIES = ("210115", "210123", "210124", "210181")
"""Districts around a seat of their own, far from the core."""

_CORE = (123.4315, 41.8020)
_SUFFIXES = ("蒙古族满族乡", "满族蒙古族乡", "蒙古族乡", "中朝友谊街道", "街道", "镇", "乡")
_WEIGHT = {"街道": 1.0, "镇": 0.45, "乡": 0.3}


@dataclass(frozen=True)
class Town:
    """A township with an invented centre.

    Attributes
    ----------
    code, name, district : str
        Real; ``name`` is the full one, `short` the one that grids and shops carry.
    x, y : float
        Invented centre, metres in `BELT`.
    weight : float
        Share of the district's shops, not normalised.
    spread : float
        Metres; most shops lie within two of them.
    hub_m : float
        Metres to the nearest centre (the city's core or the district's seat).
    """

    code: str
    name: str
    district: str
    x: float
    y: float
    weight: float
    spread: float
    hub_m: float

    @property
    def short(self) -> str:
        """The name without its kind: 南湖街道 → 南湖."""
        for suffix in _SUFFIXES:
            if self.name.endswith(suffix):
                return self.name.removesuffix(suffix)
        return self.name


@dataclass(frozen=True)
class Ground:
    """Districts in degrees and in metres, and their towns."""

    districts: gpd.GeoDataFrame  # district_code, name, geometry (WGS 84)
    metric: dict[str, BaseGeometry]  # district → outline in `BELT`, prepared
    towns: dict[str, list[Town]]  # district → towns, the centre first
    names: dict[str, str]  # district → name


def ground(rng: np.random.Generator, folder: Path = GEOGRAPHY) -> Ground:
    """Read the shipped outlines and give each real township an invented centre inside its district."""
    frame = gpd.read_file(folder / "shenyang_districts_simplified.geojson").sort_values("adcode")
    frame = frame.rename(columns={"adcode": "district_code"}).reset_index(drop=True)
    metric = dict(zip(frame["district_code"], frame.to_crs(BELT).geometry, strict=True))
    core = _metres(*_CORE)
    with (folder / "shenyang_townships.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    towns: dict[str, list[Town]] = {}
    seats = zip(frame["district_code"].tolist(), frame["center_lon"], frame["center_lat"], strict=True)
    for code, lon, lat in seats:
        shapely.prepare(metric[code])
        seat = _metres(lon, lat)
        hubs = np.array([seat] if code in COUNTIES else [core, seat])
        own = sorted(
            (r for r in rows if r["district_code"] == code),
            key=lambda r: (list(_WEIGHT).index(r["kind"]), r["code"]),
        )
        towns[code] = _towns(code, own, metric[code], hubs, rng)
    names = dict(zip(frame["district_code"], frame["name"], strict=True))
    return Ground(frame[["district_code", "name", "geometry"]], metric, towns, names)


def _metres(lon: float, lat: float) -> Floats:
    point = gpd.GeoSeries(gpd.points_from_xy([lon], [lat]), crs=4326).to_crs(BELT)
    return np.array([point.x[0], point.y[0]])


def to_degrees(xy: Floats) -> Floats:
    """Turn metres in `BELT`, shape (n, 2), into longitude and latitude."""
    return np.column_stack(reproject(xy[:, 0], xy[:, 1], BELT))


def _towns(
    district: str, rows: list[dict[str, str]], shape: BaseGeometry, hubs: Floats, rng: np.random.Generator
) -> list[Town]:
    """Place centres the closer together the nearer to a hub, so that the middle is dense."""
    candidates = uniform(shape.buffer(-300), 900, rng)  # not on the border
    inside = hubs[shapely.contains_xy(shape, hubs[:, 0], hubs[:, 1])]
    candidates = np.vstack([inside, candidates])
    to_hub = np.linalg.norm(candidates[:, None] - hubs[None], axis=2).min(axis=1)
    rural = district in COUNTIES
    spacing = 3_000 + 0.12 * to_hub if rural else 700 + 0.45 * to_hub
    chosen = [int(np.argmin(to_hub))]
    nearest = np.linalg.norm(candidates - candidates[chosen[0]], axis=1)
    while len(chosen) < len(rows):
        best = int(np.argmax(nearest / spacing))
        chosen.append(best)
        nearest = np.minimum(nearest, np.linalg.norm(candidates - candidates[best], axis=1))
    chosen.sort(key=lambda i: to_hub[i])
    reach = 4_000 if rural else 9_000
    return [
        Town(
            code=row["code"],
            name=row["name"],
            district=district,
            x=float(candidates[i][0]),
            y=float(candidates[i][1]),
            weight=_WEIGHT[row["kind"]] * (0.16 + float(np.exp(-to_hub[i] / reach))),
            spread=float(np.clip(spacing[i] * (0.18 if rural else 0.42), 350, 900)),
            hub_m=float(to_hub[i]),
        )
        for row, i in zip(rows, chosen, strict=True)
    ]


def uniform(shape: BaseGeometry, count: int, rng: np.random.Generator) -> Floats:
    """Draw `count` points evenly from a shape (any plane), shape (count, 2)."""
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        more = rng.uniform((west, south), (east, north), (3 * count, 2))
        found = np.vstack([found, more[shapely.contains_xy(shape, more[:, 0], more[:, 1])]])
    return found[:count]


def scatter(
    shape: BaseGeometry, towns: list[Town], count: int, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Draw shops around the towns of one district.

    Returns
    -------
    xy : array, shape (count, 2)
        Metres in `BELT`, inside `shape`: seven in eight around a town, the rest anywhere near one.
    town : array of int
        Index of the nearest town.
    """
    centres = np.array([(t.x, t.y) for t in towns])
    weights = np.array([t.weight for t in towns])
    spread = np.array([t.spread for t in towns])
    found = np.empty((0, 2))
    while len(found) < count:
        size = 2 * count
        pick = rng.choice(len(towns), size, p=weights / weights.sum())
        wide = np.where(rng.random(size) < 0.12, 3.0, 1.0)
        more = centres[pick] + rng.normal(size=(size, 2)) * (spread[pick] * wide)[:, None]
        found = np.vstack([found, more[shapely.contains_xy(shape, more[:, 0], more[:, 1])]])
    found = found[:count]
    town = np.linalg.norm(found[:, None] - centres[None], axis=2).argmin(axis=1)
    return found, town
