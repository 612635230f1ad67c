"""Leads of the year in every state, each on its way through the fifteen working days."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from data.writes.leads_whole import HANDED
from etl.demo.days import CALENDAR, span, weights, workday_after
from etl.demo.problems import WORDS, Step
from etl.frames import complete

LEADS = 184
VERIFY_WORKDAYS = 15
"""``lead_verify`` of the deadline rules: verify within 15 working days, once more as many with approval."""
_AT_WORK = 10
_RUSH = {10: 1.4, 11: 2.9}  # month → more come in during the autumn campaign
_OUTCOMES = (("true", 0.38), ("partly", 0.2), ("false", 0.3), ("unverifiable", 0.12))
_DISPOSALS = {
    "true": (("filed", 0.4), ("correction_order", 0.4), ("transfer_police", 0.06), ("hand_over", 0.14)),
    "partly": (("correction_order", 0.6), ("guidance", 0.4)),
    "false": (("not_filed", 1.0),),
    "unverifiable": (("not_filed", 0.7), ("guidance", 0.3)),
}


def build_leads(
    enterprises: pd.DataFrame,
    visits: pd.DataFrame,
    *,
    year: int,
    now: datetime,
    today: date,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, tuple[Step, ...]]]:
    """Draw the leads received from 1 January to `today` with where each has come to.

    Parameters
    ----------
    visits : DataFrame
        Canonical inspections; a lead that has been verified was so by one of them.

    Returns
    -------
    leads : DataFrame
        Canonical leads, in the order of receipt; about one in seven names somebody who is not on file.
    steps : dict
        Source id → the states it reached and when.
    """
    with (WORDS / "leads.csv").open(encoding="utf-8", newline="") as file:
        words = list(csv.DictReader(file))
    share = np.array([float(word["weight"]) for word in words])
    days = span(date(year, 1, 1), today)
    busy = weights(days) ** 0.5 * [_RUSH.get(day.month, 1.0) for day in days]
    busy[-1] = busy.max()  # something comes in on the demo day too
    received = np.sort(rng.choice(len(days), LEADS, p=busy / busy.sum()))
    retail = enterprises[enterprises["category"] != "wholesaler"]
    whom = rng.choice(len(retail), LEADS, replace=False)
    # complaints come in at any hour; before ten nobody has taken a further step
    worked = today if now.hour >= _AT_WORK else today - timedelta(days=1)
    checks = visits[visits["conclusion"].notna() & visits["enterprise"].isin(retail["source_id"])]
    rows: list[dict[str, object]] = []
    reached: dict[str, tuple[Step, ...]] = {}
    for number, (at, pick) in enumerate(zip(received.tolist(), whom.tolist(), strict=True), start=1):
        word = words[int(rng.choice(len(words), p=share / share.sum()))]
        about = retail.iloc[pick]
        known = rng.random() > 0.14
        way, steps = _way(days[at], worked, rng)
        verified = next((day for state, day, _ in steps if state == "investigated"), None)
        between = checks["finished_on"].between(pd.Timestamp(days[at]), pd.Timestamp(verified or days[at]))
        fit = checks[between]
        checked = None
        if verified is not None and known and len(fit):
            checked = fit.iloc[number % len(fit)]
            checks = checks[checks["enterprise"] != checked["enterprise"]]
            about = retail[retail["source_id"] == checked["enterprise"]].iloc[0]
        elif way["state"] == "reviewing":  # nobody hands in what has no evidence
            steps = steps[:-1]
            way |= {"state": steps[-1][0], "state_since": steps[-1][1]}
        reached[f"XS-{year}-{number:04d}"] = steps
        rows.append(
            {
                "source_id": f"XS-{year}-{number:04d}",
                "channel": word["channel"],
                "title": word["title"],
                "received_on": days[at],
                "enterprise": about["source_id"] if known else None,
                "inspection": checked["source_id"] if checked is not None else None,
                "subject": about["name"] if known else f"未登记网店（演示{number:03d}）",
                "district": about["district"],
                "number_12315": f"1210100{year}{number:08d}" if word["channel"] == "complaint" else None,
                "text": f"{word['title']}。（演示数据）",
                **way,
            }
        )
    return complete("leads", pd.DataFrame(rows)), reached


def _way(received: date, today: date, rng: np.random.Generator) -> tuple[dict[str, object], tuple[Step, ...]]:
    """Follow one lead from its receipt to `today`, the last day that has been worked."""
    slow = rng.random() < 0.12
    extended = rng.random() < 0.2
    verify = int(rng.integers(3, 12)) + (int(rng.integers(12, 60)) if slow else 0)
    steps = (
        ("registered", 0),
        ("assigned", int(rng.integers(0, 3))),
        ("acknowledged", int(rng.integers(0, 3))),
        ("investigating", int(rng.integers(1, 4))),
        ("investigated", verify),
        ("disposed", int(rng.integers(1, 5))),
        ("reviewing", int(rng.integers(1, 4))),
        ("closed_out", int(rng.integers(1, 4))),
    )
    state, since = "registered", received
    reached: list[Step] = [(state, since, 1)]
    for name, wait in steps[1:]:
        day = workday_after(since, wait) if wait else since
        if day > today:
            break
        state, since = name, day
        reached.append((state, since, 1))
    names = [name for name, _ in steps]
    verified, decided = names.index(state) >= 4, names.index(state) >= 5
    outcome = _pick(_OUTCOMES, rng)
    disposal = _pick(_DISPOSALS[outcome], rng)
    if disposal in HANDED and state != "closed_out":  # its receiver and receipt would have to be known
        disposal = "correction_order"
    due = CALENDAR.add_workdays(received, VERIFY_WORKDAYS * (2 if extended else 1)).day
    way: dict[str, object] = {
        "state": state,
        "state_since": since,
        "due_on": due,
        "outcome": outcome if verified else None,
        "disposal": disposal if decided else None,
        "result": "已现场核查，情况见检查记录。（演示数据）" if verified else None,
        "closed_on": since if state == "closed_out" else None,
    }
    return way, tuple(reached)


def _pick(choices: tuple[tuple[str, float], ...], rng: np.random.Generator) -> str:
    weight = np.array([share for _, share in choices])
    return choices[int(rng.choice(len(choices), p=weight / weight.sum()))][0]
