"""The whole demo city as canonical frames; the same arguments always give the same frames."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from etl.demo.days import ZONE
from etl.demo.enterprises import build_enterprises, build_sites
from etl.demo.flaws import spoil
from etl.demo.geography import ground
from etl.demo.history import events
from etl.demo.leads import build_leads
from etl.demo.oddities import bend
from etl.demo.pace import Pace, completion
from etl.demo.places import Places, build_places
from etl.demo.problems import build_findings, conclude
from etl.demo.records import build_inspections
from etl.demo.visits import base_visits
from etl.frames import complete
from geo.locate import Locator

SEED = 20221


@dataclass(frozen=True)
class City:
    """Canonical frames of the demo city, in the order in which they can be published.

    Attributes
    ----------
    recorded : dict
        Source id of each inspection → when it was entered.
    problem_events, lead_events : list of dict
        ``owner`` (source id of finding or lead), ``at``, ``from_state``, ``to_state``, ``round``; the closing
        of a problem also ``officer``: somebody who was not there.
    """

    places: Places
    enterprises: pd.DataFrame
    inspections: pd.DataFrame
    findings: pd.DataFrame
    leads: pd.DataFrame
    recorded: dict[str, datetime]
    problem_events: list[dict[str, Any]]
    lead_events: list[dict[str, Any]]


def plan_year(day: date) -> int:
    """Return the year of the next 30 November."""
    return day.year if (day.month, day.day) <= (11, 30) else day.year + 1


def demo_day(year: int) -> date:
    """Return the day on which the demo's clock stands: nine days before the deadline."""
    return date(year, 11, 21)


def build_city(*, year: int, today: date, now: datetime, seed: int = SEED, pace: Pace = "usual") -> City:
    """Invent the city.

    Parameters
    ----------
    year : int
        Plan year: its deadline is 30 November.
    today : date
        The demo day, inside the plan year.
    now : datetime
        Aware. What would be done later on the demo day has not been done.
    seed : int
    pace : {"usual", "ahead", "behind"}

    Returns
    -------
    City
    """
    if now.tzinfo is None or today.year != year or (today.month, today.day) < (2, 1):
        raise ValueError(
            f"Expected an aware time and a day from 1 February to 31 December {year}, "
            f"got {now.isoformat()} and {today}."
        )
    now = now.astimezone(ZONE)
    draw = [np.random.default_rng([seed, part]) for part in range(11)]
    land = ground(draw[0])
    sites = build_sites(land, draw[1])
    inside = sites.headline
    own = [code for code, ok in zip(sites.districts, inside, strict=True) if ok]
    places = build_places(land, sites.points[inside], own, year=year, today=today, seed=seed)
    shapes = gpd.GeoDataFrame(
        {"code": places.grids["code"]}, geometry=list(places.grids["geometry"]), crs=4326
    )
    found = Locator(shapes).locate(sites.points[:, 0], sites.points[:, 1]).grid
    grid = [str(places.grids["code"].iloc[i]) for i in found]
    whole = build_enterprises(land, sites, list(grid), year=year, today=today, rng=draw[2])
    enterprises = spoil(whole, shapes, draw[3])

    share = completion(list(places.grids["code"]), pace, draw[4])
    visits = base_visits(whole, grid, share, year=year, today=today, pushing=pace == "usual", rng=draw[5])
    visits = bend(visits, share, year, today, draw[6])
    visits = visits.join(conclude(visits, whole["risk_level"], draw[7]))
    slow = {code: 1.0 - rate for code, rate in share.items()}
    findings, rechecks = build_findings(visits, whole, slow, today, draw[7])
    rechecks.index = pd.RangeIndex(len(rechecks)) + visits.index.max() + 1
    rechecks["odd"] = ""
    findings["closer"] = [places.head_of[code] for code in visits.loc[findings["visit"], "grid"]]
    every = pd.concat([visits.drop(columns="spot"), rechecks])
    inspections, recorded, ids = build_inspections(
        every, enterprises, places, year=year, now=now, rng=draw[8]
    )
    written = _findings(findings, ids, enterprises)
    over = dict(zip(inspections["source_id"], inspections["finished_at"].dt.tz_convert(ZONE), strict=True))
    leads, ways = build_leads(whole, inspections, year=year, now=now, today=today, rng=draw[9])
    begun = zip(written["source_id"], written["steps"], written["inspection"], strict=True)
    problems = [(number, steps, over[visit].to_pydatetime()) for number, steps, visit in begun]
    closers = dict(zip(written["source_id"], written["closer"], strict=True))
    return City(
        places,
        enterprises,
        inspections,
        complete("findings", written.drop(columns=["steps", "closer"])),
        leads,
        recorded,
        _closed_by(events(problems, now=now, rng=draw[10]), closers),
        events([(number, steps, None) for number, steps in ways.items()], now=now, rng=draw[10]),
    )


def _closed_by(steps: list[dict[str, Any]], closers: dict[str, str]) -> list[dict[str, Any]]:
    """Name who closes each problem: the head of the grid's station or bureau, who has no grid."""
    return [
        {**step, "officer": closers[step["owner"]]} if step["to_state"] == "closed_out" else step
        for step in steps
    ]


def _findings(findings: pd.DataFrame, ids: pd.Series, enterprises: pd.DataFrame) -> pd.DataFrame:
    """Tie the findings to the inspections that took place and number them."""
    kept = findings[findings["visit"].isin(ids.index)].copy()
    kept["inspection"] = ids.loc[kept["visit"]].to_numpy()
    kept["enterprise"] = enterprises["source_id"].to_numpy()[kept["row"]]
    kept = kept.sort_values(["found_on", "inspection", "item_code"], kind="stable")
    numbers = kept.groupby("inspection").cumcount() + 1
    visits = kept["inspection"].str.replace("JC", "WT")
    kept["source_id"] = [f"{visit}-{number}" for visit, number in zip(visits, numbers, strict=True)]
    return kept.drop(columns=["visit", "row"])
