"""The demo city's enterprises: 5,549 retailers, 309 vaccination units, a few chain seats and wholesalers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from etl.demo import names
from etl.demo.codes import credit_codes, licence_numbers
from etl.demo.geography import COUNTIES, RETAILERS, Floats, Ground, Ints, Town, scatter, to_degrees
from etl.frames import complete

VACCINATION_UNITS = 295
WHOLESALERS = 42
ONLINE = 620
_WHOLESALE_SPECIAL = 9  # wholesalers with narcotic or psychotropic class I drugs: inspected each half-year
_SHARES = {
    # scope: share of chain stores, of single pharmacies
    "tcm_pieces": (0.62, 0.44), "biological": (0.55, 0.26), "cold_chain": (0.46, 0.21),
    "insulin": (0.38, 0.14), "psychotropic_2": (0.055, 0.012), "toxic": (0.012, 0.006),
}  # fmt: skip


@dataclass(frozen=True)
class Sites:
    """Where enterprises stand before anything else is known of them; order is the order of the frame."""

    category: list[str]
    town: list[Town]
    points: Floats  # longitude, latitude
    brand: Ints  # index of the chain; -1 where none

    @property
    def districts(self) -> list[str]:
        """District code of each."""
        return [t.district for t in self.town]

    @property
    def headline(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which belong to the headline plan."""
        return np.array([c not in ("chain_hq", "wholesaler") for c in self.category])


def build_sites(land: Ground, rng: np.random.Generator) -> Sites:
    """Scatter the enterprises over the towns."""
    category: list[str] = []
    towns: list[Town] = []
    points: list[Floats] = []

    def add(district: str, wanted: int, kind: Callable[[int], list[str]]) -> None:
        xy, town = scatter(land.metric[district], land.towns[district], wanted, rng)
        points.append(xy)
        towns.extend(land.towns[district][i] for i in town)
        category.extend(kind(wanted))

    for district, count in RETAILERS.items():
        chained = 0.48 if district in COUNTIES else 0.66
        add(district, count, lambda n, p=chained: np.where(  # type: ignore[misc]
            rng.random(n) < p, "chain_store", "independent_pharmacy").tolist())  # fmt: skip
    for district, own in _units_by_district(land).items():
        add(district, own, lambda n: ["vaccination_unit"] * n)
    for district in ("210112", *land.metric):  # the city's own centre stands in 浑南区
        add(district, 1, lambda n: ["cdc"] * n)
    seats = rng.choice(list(land.metric)[:9], len(names.CHAINS) + WHOLESALERS)
    for number, district in enumerate(seats):
        kind = "chain_hq" if number < len(names.CHAINS) else "wholesaler"
        add(str(district), 1, lambda n, k=kind: [k] * n)  # type: ignore[misc]
    size = 1.0 / (1.5 + np.arange(len(names.CHAINS)))
    brand = rng.choice(len(size), len(category), p=size / size.sum())
    brand[np.array(category) != "chain_store"] = -1
    return Sites(category, towns, to_degrees(np.vstack(points)), brand)


def _units_by_district(land: Ground) -> dict[str, int]:
    """One unit for each township, the rest where people live."""
    towns = {code: len(found) for code, found in land.towns.items()}
    rest = VACCINATION_UNITS - sum(towns.values())
    exact = {code: rest * count / sum(RETAILERS.values()) for code, count in RETAILERS.items()}
    units = {code: towns[code] + int(value) for code, value in exact.items()}
    short = VACCINATION_UNITS - sum(units.values())
    for code in sorted(exact, key=lambda c: int(exact[c]) - exact[c])[:short]:
        units[code] += 1
    return units


def build_enterprises(
    land: Ground, sites: Sites, grid: list[str | None], *, year: int, today: date, rng: np.random.Generator
) -> pd.DataFrame:
    """Give each site a name, codes, licence, scopes and dates.

    Parameters
    ----------
    grid : list of str or None
        The grid that the source declares.

    Returns
    -------
    DataFrame
        Canonical enterprises. Nobody in it exists: persons and streets are named 演示 or 示例.
    """
    count = len(sites.category)
    category = np.array(sites.category)
    opened = _opened(category, year, today, rng)
    single = category == "independent_pharmacy"
    individual = single & (rng.random(count) < 0.55)
    public = np.isin(category, ("cdc", "vaccination_unit"))
    head = np.where(public, "12", np.where(individual, "92", "91"))
    letters = {"chain_store": "C", "independent_pharmacy": "D", "chain_hq": "B", "wholesaler": "A"}
    modes = [
        f"{letters[c]}{'B' if alone else 'A'}" if c in letters else ""
        for c, alone in zip(sites.category, individual, strict=True)
    ]
    issued, expires = _licence_dates(opened, today, rng)
    numbers = licence_numbers(modes)
    scopes = _scopes(sites, rng)
    person = rng.integers(1, 4000, size=(count, 2))
    frame = pd.DataFrame(
        {
            "source_id": [f"DEMO-{i:05d}" for i in range(1, count + 1)],
            "name": _names(land, sites, rng),
            "uscc": credit_codes(head.tolist(), sites.districts, rng),
            "category": sites.category,
            "district": sites.districts,
            "address": names.addresses(land, sites.town, rng),
            "opened_on": opened,
            "status": "operating",
            "scopes": scopes,
            "tags": _tags(sites, opened, year),
            "risk_level": _risk(scopes, rng),
            "lon": np.round(sites.points[:, 0], 6),
            "lat": np.round(sites.points[:, 1], 6),
            "datum": "CGCS2000",
            "geo_source": rng.choice(["surveyed", "geocoded", "imported"], count, p=(0.55, 0.35, 0.1)),
            "grid": grid,
            "licence_kind": [
                "drug" if mode else "vaccination" if c == "vaccination_unit" else None
                for mode, c in zip(modes, sites.category, strict=True)
            ],
            "licence_number": [
                number or (f"演示接种{i:04d}" if c == "vaccination_unit" else None)
                for i, (number, c) in enumerate(zip(numbers, sites.category, strict=True))
            ],
            "licence_from": issued,
            "licence_to": expires,
            "details": [
                {
                    "legal_rep": f"{names.MARK}人{a:04d}",
                    "principal": f"{names.MARK}人{b:04d}",
                    "phone": f"0000{i:07d}",
                }
                for i, (a, b) in enumerate(person.tolist(), start=1)
            ],
        }
    )
    frame.loc[category == "cdc", ["licence_from", "licence_to"]] = None
    frame.loc[_gone(category, rng), "status"] = ["closed", "closed", "suspended"]
    frame["status_since"] = [None if s == "operating" else date(year, 5, 20) for s in frame["status"]]
    return complete("enterprises", frame)


def _gone(category: np.ndarray[Any, Any], rng: np.random.Generator) -> Ints:
    """Pick wholesalers that are no longer in business; the headline's 5,858 are all in business."""
    return np.sort(rng.choice(np.flatnonzero(category == "wholesaler"), 3, replace=False))


def _opened(category: np.ndarray[Any, Any], year: int, today: date, rng: np.random.Generator) -> list[date]:
    """Most are older than the plans; about one in thirty opened this year."""
    start = date(year, 1, 1).toordinal()
    old = start - rng.gamma(2.0, 1500, len(category)).clip(3, 8000).astype(int)
    fresh = start + 9 + rng.integers(0, max(today.toordinal() - start - 19, 1), len(category))
    new = (rng.random(len(category)) < 0.032) & (category != "cdc")
    return [date.fromordinal(day) for day in np.where(new, fresh, old).tolist()]


def _licence_dates(
    opened: list[date], today: date, rng: np.random.Generator
) -> tuple[list[date], list[date]]:
    """Five years each, renewed in time but for a handful that have just run out."""
    issued, expires = [], []
    term = timedelta(days=5 * 365 + 1)
    late = rng.random(len(opened)) < 0.002
    offset = rng.random(len(opened))
    for begun, overrun, part in zip(opened, late, offset, strict=True):
        if today - begun < term:
            start = begun
        elif overrun:
            start = today - term - timedelta(days=2 + int(20 * part))
        else:
            start = today - timedelta(days=int(part * (term.days - 1)))
        issued.append(start)
        expires.append(start + term - timedelta(days=1))
    return issued, expires


def _scopes(sites: Sites, rng: np.random.Generator) -> list[tuple[str, ...]]:
    count = len(sites.category)
    draws = {scope: rng.random(count) for scope in _SHARES}
    basic_only = rng.random(count)
    retail = np.isin(sites.category, ("chain_store", "independent_pharmacy"))
    urban = np.array([t.hub_m < 9_000 and t.district not in COUNTIES for t in sites.town])
    likely = retail * np.where(sites.brand >= 0, 3.0, 1.0) * np.where(urban, 2.0, 0.6)
    online = set(rng.choice(count, ONLINE, replace=False, p=likely / likely.sum()).tolist())
    made: list[tuple[str, ...]] = []
    special = 0
    for i, category in enumerate(sites.category):
        if category in ("cdc", "vaccination_unit"):
            made.append(("vaccine", "cold_chain"))
            continue
        if category == "wholesaler":
            special += 1
            strict = ("narcotic", "psychotropic_1", "psychotropic_2") if special <= _WHOLESALE_SPECIAL else ()
            made.append(("chemical", "tcm_patent", "biological", "cold_chain", *strict))
            continue
        rural = sites.town[i].name.endswith(("镇", "乡"))
        if (
            category == "independent_pharmacy"
            and i not in online
            and basic_only[i] < (0.22 if rural else 0.04)
        ):
            made.append(("otc_b",))
            continue
        column = 0 if category != "independent_pharmacy" else 1
        extra = tuple(s for s, both in _SHARES.items() if draws[s][i] < both[column])
        made.append(("chemical", "tcm_patent", *extra, *(("online_retail",) if i in online else ())))
    return made


def _risk(scopes: list[tuple[str, ...]], rng: np.random.Generator) -> list[int]:
    heavy = {"psychotropic_2": 16, "toxic": 16, "narcotic": 30, "online_retail": 10, "cold_chain": 8}
    noise = rng.gamma(2.0, 11.0, len(scopes))
    score = noise + [sum(heavy.get(s, 0) for s in own) for own in scopes]
    return [1 + int(level) for level in np.searchsorted([14, 48, 68], score)]


def _tags(sites: Sites, opened: list[date], year: int) -> list[tuple[str, ...]]:
    made = []
    for town, begun in zip(sites.town, opened, strict=True):
        tags = []
        if town.name.endswith(("镇", "乡")):
            tags.append("农村地区")
        elif town.hub_m > 6_000 and town.district not in COUNTIES:
            tags.append("城乡接合部")
        if begun.year == year:
            tags.append("新开办")
        made.append(tuple(tags))
    return made


def _names(land: Ground, sites: Sites, rng: np.random.Generator) -> list[str]:
    made = [""] * len(sites.category)

    def fill(category: str, found: list[str]) -> None:
        places = [i for i, c in enumerate(sites.category) if c == category]
        for i, name in zip(places, found, strict=True):
            made[i] = name

    def towns(category: str) -> list[Town]:
        return [t for t, c in zip(sites.town, sites.category, strict=True) if c == category]

    fill("chain_store", names.chain_stores([b for b in sites.brand.tolist() if b >= 0], towns("chain_store")))
    fill("independent_pharmacy", names.independents(land, towns("independent_pharmacy"), rng))
    fill("vaccination_unit", names.vaccination_units(towns("vaccination_unit")))
    centres = ["沈阳市疾病预防控制中心", *(f"{land.names[d]}疾病预防控制中心" for d in land.metric)]
    fill("cdc", [f"{name}（{names.MARK}）" for name in centres])
    fill("chain_hq", [f"{brand}连锁有限公司（{names.MARK}）" for brand in names.CHAINS])
    fill("wholesaler", [f"{names.MARK}医药批发有限公司{i:02d}" for i in range(1, WHOLESALERS + 1)])
    return made
