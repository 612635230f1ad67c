"""The demo city's organisation: districts, bureaus, stations, 81 grids and their officers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from etl.demo.geography import BELT, Floats, Ground, Town
from etl.frames import complete
from geo.grids import split_coverage
from geo.neighbours import neighbours

GRIDS = 81
CITY = "210100"
CITY_NAME = "沈阳市"
BUREAU_NAME = "沈阳市市场监督管理局"
_STATIONED = ("210102", "210106", "210112", "210181")  # districts whose grids stand under two stations


@dataclass(frozen=True)
class Places:
    """Canonical frames of the places, and who answers for which grid."""

    districts: pd.DataFrame
    orgs: pd.DataFrame
    grids: pd.DataFrame
    officers: pd.DataFrame
    officer_grids: pd.DataFrame
    officer_of: Mapping[str, str]  # grid code → source_id of its A officer today
    deputy_of: Mapping[str, str]  # grid code → source_id of its B officer
    former_of: Mapping[str, str]  # grid code → its A officer before `handover`, where it was another
    handover: date
    head_of: Mapping[str, str]  # grid code → source_id of who signs off what its officers report

    def officer_on(self, grid: str, day: date) -> str:
        """Return the source_id of the officer responsible for a grid on a day."""
        if day < self.handover and grid in self.former_of:
            return self.former_of[grid]
        return self.officer_of[grid]


def shares(counts: Mapping[str, int], total: int = GRIDS, least: int = 2) -> dict[str, int]:
    """Share out `total` grids by the number of enterprises (largest remainders), `least` for each."""
    exact = {key: total * n / sum(counts.values()) for key, n in counts.items()}
    parts = {key: max(least, int(value)) for key, value in exact.items()}
    while sum(parts.values()) != total:
        step = 1 if sum(parts.values()) < total else -1
        open_ = [k for k in parts if step > 0 or parts[k] > least]
        chosen = max(open_, key=lambda k: (step * (exact[k] - parts[k]), k))
        parts[chosen] += step
    return parts


def build_places(
    land: Ground, points: Floats, districts_of: list[str], *, year: int, today: date, seed: int
) -> Places:
    """Split the districts by where the enterprises are and staff the grids.

    Parameters
    ----------
    land : Ground
    points : array, shape (n, 2)
        Longitude and latitude of the enterprises that a grid's size is measured by.
    districts_of : list of str
        District code of each point.
    year, today
        The plan year and the demo day, for the dates of the officers' bindings.
    seed : int
    """
    counts = {code: districts_of.count(code) for code in land.metric}
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points[:, 0], points[:, 1]), crs=4326)
    parts = split_coverage(land.districts, where, shares(counts), seed=seed)
    district = [str(code) for code in parts["district_code"]]
    number = [int(n) for n in parts["part"]]
    towns = _names(district, list(parts.to_crs(BELT).geometry), land)
    grids = complete(
        "grids",
        pd.DataFrame(
            {
                "code": [
                    f"{d}{town.code[6:9]}{n:03d}" for d, n, town in zip(district, number, towns, strict=True)
                ],
                "name": [f"{town.short}网格" for town in towns],
                "district": district,
                "org": _stations(district, number),
                "geometry": list(parts.geometry),
            }
        ),
    )
    districts = complete(
        "districts",
        pd.DataFrame(
            {
                "code": list(land.names),
                "name": list(land.names.values()),
                # the split moves outlines by a centimetre: with the grids' own edges they fit exactly
                "geometry": [
                    shapely.coverage_union_all(
                        [g for g, d in zip(parts.geometry, district, strict=True) if d == code]
                    )
                    for code in land.names
                ],
            }
        ),
    )
    return _staff(districts, _orgs(land, grids, towns), grids, year=year, today=today)


def _names(district: list[str], shapes: list[BaseGeometry], land: Ground) -> list[Town]:
    """Name each grid after a town of its district, best the largest one that lies inside it."""
    chosen: dict[int, Town] = {}
    for code, towns in land.towns.items():
        rows = [i for i, d in enumerate(district) if d == code]
        centres = shapely.points([(t.x, t.y) for t in towns])
        far = np.array([shapely.distance(shapes[i], centres) for i in rows])
        middle = np.array([shapely.distance(shapes[i].centroid, centres) for i in rows])
        cost = far + 0.2 * middle - 2_000 * np.array([t.weight for t in towns])
        for _ in rows:
            row, town = divmod(int(np.argmin(cost)), len(towns))
            chosen[rows[row]] = towns[town]
            cost[row, :] = np.inf
            cost[:, town] = np.inf
    return [chosen[i] for i in range(len(district))]


def _stations(district: list[str], number: list[int]) -> list[str]:
    """Put the western and the eastern half of some districts under a station each."""
    made = []
    for code, n in zip(district, number, strict=True):
        side = "S01" if n <= district.count(code) / 2 else "S02"
        made.append(f"{code}{side}" if code in _STATIONED else code)
    return made


def _orgs(land: Ground, grids: pd.DataFrame, towns: list[Town]) -> pd.DataFrame:
    rows: list[dict[str, object]] = [{"code": CITY, "name": BUREAU_NAME, "kind": "bureau"}]
    for code, name in land.names.items():
        full = f"{name}市场监督管理局"
        rows.append({"code": code, "name": full, "kind": "district", "parent": CITY, "district": code})
    seen: set[str] = set(land.names)
    for code, town in zip(grids["org"].tolist(), towns, strict=True):
        if code not in seen:  # named after the first grid under it
            seen.add(code)
            name = f"{town.short}市场监督管理所"
            rows.append({"code": code, "name": name, "kind": "station", "parent": code[:6]})
    return complete("orgs", pd.DataFrame(rows))


def _staff(
    districts: pd.DataFrame, orgs: pd.DataFrame, grids: pd.DataFrame, *, year: int, today: date
) -> Places:
    """Give each grid one officer of its own, a neighbour's officer who stands in, and each station a head."""
    codes: list[str] = grids["code"].tolist()
    ids = {code: f"{i:04d}" for i, code in enumerate(codes, start=1)}
    shapes = list(grids["geometry"])
    near = neighbours(gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=4326))
    deputy: dict[str, str] = {}
    for code in codes:
        own = [c for c in codes if c[:6] == code[:6] and c != code]
        beside = [c for c in near[code] if c in own]
        # the least burdened neighbour stands in, so that nobody stands in everywhere
        deputy[code] = ids[min(beside or own, key=lambda c: (list(deputy.values()).count(ids[c]), c))]
    start, change = date(year - 2, 1, 1), date(year, 7, 1)
    handed = codes[5 :: len(codes) // 3][:3] if today >= change else []  # grids that changed hands in July
    former = {code: f"{len(codes) + i:04d}" for i, code in enumerate(handed, start=1)}
    bindings = [
        {"officer": former.get(code, ids[code]), "grid": code, "duty": "A", "valid_from": start}
        for code in codes
    ]
    bindings += [{"officer": ids[c], "grid": c, "duty": "A", "valid_from": change} for c in handed]
    bindings += [{"officer": deputy[c], "grid": c, "duty": "B", "valid_from": start} for c in codes]
    org_of: dict[str, str] = dict(zip(grids["code"], grids["org"], strict=True))
    people = [(ids[c], org_of[c]) for c in codes] + [(former[c], org_of[c]) for c in handed]
    heads = {org: f"{len(people) + i:04d}" for i, org in enumerate(sorted(set(org_of.values())), start=1)}
    people += [(number, org) for org, number in heads.items()]
    officers = [
        {
            "source_id": number,
            "name": f"演示员{number[1:]}",
            "badge": f"演示-{number}",
            "phone": f"0000000{number}",
            "org": org,
        }
        for number, org in people
    ]
    return Places(
        districts,
        orgs,
        grids,
        complete("officers", pd.DataFrame(officers)),
        complete("officer_grids", pd.DataFrame(bindings)),
        ids,
        deputy,
        former,
        change,
        {code: heads[org_of[code]] for code in codes},
    )
