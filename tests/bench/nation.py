"""A country-sized city: 640,000 enterprises over 10,000 square grids, 5 million visits. All synthetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from etl.canon import complete

WEST, SOUTH, STEP = 100.0, 25.0, 0.1


def grids(side: int = 100) -> pd.DataFrame:
    """Return side × side square grids as a canonical frame."""
    rows, columns = np.divmod(np.arange(side * side), side)
    x, y = WEST + columns * STEP, SOUTH + rows * STEP
    codes = [f"99{row:05d}{column:05d}" for row, column in zip(rows, columns, strict=True)]
    boxes = shapely.box(x, y, x + STEP, y + STEP)
    return complete("grids", pd.DataFrame({"code": codes, "name": codes, "geometry": list(boxes)}))


def enterprises(count: int = 640_000, side: int = 100, seed: int = 1) -> pd.DataFrame:
    """Return enterprises spread evenly over the grids; 3 % without a point."""
    rng = np.random.default_rng(seed)
    number = np.arange(count)
    lon, lat = rng.uniform((WEST, SOUTH), (WEST + side * STEP, SOUTH + side * STEP), (count, 2)).T
    lon[rng.random(count) < 0.03] = np.nan
    kinds = np.array(["chain_store", "independent_pharmacy", "vaccination_unit"], dtype=object)
    scopes = np.empty(count, dtype=object)
    scopes[:] = [("chemical", "otc_b")] * count
    opened = np.datetime64("2005-01-01") + rng.integers(0, 7000, count).astype("timedelta64[D]")
    text = [f"{n:06d}" for n in number]
    return complete(
        "enterprises",
        pd.DataFrame(
            {
                "source_id": ["E" + t for t in text],
                "name": ["合成药店" + t for t in text],
                "category": kinds[rng.choice(3, count, p=(0.6, 0.35, 0.05))],
                "address": ["合成路" + t + "号" for t in text],
                "status": "operating",
                "opened_on": opened.astype("datetime64[s]"),
                "scopes": scopes,
                "risk_level": rng.integers(1, 5, count),
                "lon": lon,
                "lat": lat,
                "licence_kind": "drug",
                "licence_number": ["L" + t for t in text],
            }
        ),
    )


def inspections(
    count: int = 5_000_000, among: int = 640_000, year: int = 2026, seed: int = 2
) -> pd.DataFrame:
    """Return visits of four years up to November of `year`."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, among, count)
    first = np.datetime64(f"{year - 3}-01-01")
    span = int((np.datetime64(f"{year}-11-20") - first).astype(int))
    day = first + rng.integers(0, span, count).astype("timedelta64[D]")
    ids = np.array([f"E{n:06d}" for n in range(among)], dtype=object)
    kinds = np.array(["routine", "special", "recheck"], dtype=object)
    ends = np.array(["pass", "rectify", "fail"], dtype=object)
    return complete(
        "inspections",
        pd.DataFrame(
            {
                "source_id": [f"V{n:07d}" for n in range(count)],
                "enterprise": ids[who],
                "kind": kinds[rng.choice(3, count, p=(0.8, 0.1, 0.1))],
                "finished_on": day.astype("datetime64[s]"),
                "conclusion": ends[rng.choice(3, count, p=(0.8, 0.18, 0.02))],
                "grade": rng.integers(0, 3, count),
            }
        ),
    )
