"""What visits find and how it is put right: conclusions, findings, rectification, rechecks."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from etl.demo.days import CALENDAR

WORDS = Path(__file__).parent / "words"
_TERMS = (7, 10, 15, 30)  # days that an order gives; there is no statutory number


@dataclass(frozen=True)
class Course:
    """How the problems of one visit go on; all dates are workdays or None where not yet."""

    state: str
    due_on: date | None
    closed_on: date | None
    recheck_on: date | None
    recheck_passed: bool
    changed_on: date  # when the state was reached


def phrases(audience: str) -> tuple[list[dict[str, str]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the findings for ``retail``, ``online`` or ``vaccination`` with how often each is made."""
    with (WORDS / "findings.csv").open(encoding="utf-8", newline="") as file:
        own = [row for row in csv.DictReader(file) if row["audience"] == audience]
    weight = np.array([float(row["weight"]) for row in own])
    return own, weight / weight.sum()


def conclude(visits: pd.DataFrame, risk: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Draw the conclusion of each visit: pass, rectify, fail; other where nobody was met."""
    draw = rng.random(len(visits))
    level = risk.astype(int).to_numpy()[visits["row"]]
    rectify = 0.13 + 0.05 * level
    made = np.where(draw < 0.012, "fail", np.where(draw < 0.012 + rectify, "rectify", "pass"))
    return pd.Series(np.where(visits["unable"].notna(), "other", made), index=visits.index)


def course(found_on: date, today: date, *, slow: float, on_the_spot: bool, rng: np.random.Generator) -> Course:
    """Follow the problems of one visit up to `today`.

    Parameters
    ----------
    slow : float
        0 … 1: how far the grid lags behind; its rechecks wait longer.
    on_the_spot : bool
        Put right while the officers were there.
    """
    if on_the_spot:
        return Course("closed_out", found_on, found_on, None, True, found_on)
    term = int(rng.choice(_TERMS, p=(0.25, 0.2, 0.4, 0.15)))
    due = CALENDAR.next_workday(found_on + timedelta(days=term))
    luck = rng.random()
    ratio = rng.uniform(0.35, 1.0) if luck < 0.93 else rng.uniform(1.05, 2.4)
    if luck > 0.985 and (today - found_on).days < 150:
        ratio = 50.0  # no answer at all
    replied = _later(found_on, 1 + term * ratio)
    recheck = _later(replied, 2 + rng.exponential(4 + 22 * slow))
    passed = bool(rng.random() < 0.94)
    done = recheck if passed else _later(recheck, 8 + rng.exponential(5))
    closed = _later(done, rng.exponential(1.5))
    if today < replied:
        state, since = ("found" if found_on == today and rng.random() < 0.5 else "ordered"), found_on
    elif today < recheck:
        waiting = today > replied + timedelta(days=3)
        state, since = ("awaiting_recheck" if waiting else "replied"), replied
    elif not passed and today < done:
        state, since, due = "ordered", recheck, _later(recheck, 10)
    elif today < closed:
        state, since = "recheck_passed", done
    else:
        return Course("closed_out", due, closed, done, True, closed)
    return Course(state, due, None, recheck if recheck <= today else None, passed or today >= done, since)


def _later(day: date, days: float) -> date:
    return CALENDAR.next_workday(day + timedelta(days=round(days)))


def build_findings(
    visits: pd.DataFrame, frame: pd.DataFrame, slow: dict[str, float], today: date, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write down what the visits found.

    Parameters
    ----------
    visits : DataFrame
        From `etl.demo.visits.base_visits`, with ``conclusion``.
    frame : DataFrame
        Canonical enterprises.
    slow : dict
        Grid → 0 … 1.

    Returns
    -------
    findings : DataFrame
        ``visit`` (index in `visits`) and the finding's own columns, dates as `datetime.date`.
    rechecks : DataFrame
        Further visits: ``row``, ``grid``, ``day``, ``kind``, ``unable``, ``conclusion``.
    """
    lists = {name: phrases(name) for name in ("retail", "online", "vaccination")}
    categories = frame["category"].tolist()
    online = ["online_retail" in scopes for scopes in frame["scopes"]]
    spots = rng.random(len(visits)) < 0.05
    rows, again = [], []
    columns = zip(visits.index, visits["row"], visits["grid"], visits["day"], visits["kind"],
                  visits["conclusion"], spots, strict=True)  # fmt: skip
    for visit, row, grid, ordinal, kind, conclusion, spot in columns:
        if conclusion == "other" or (conclusion == "pass" and not spot):
            continue
        found_on = date.fromordinal(int(ordinal))
        audience = "vaccination" if categories[row] in ("cdc", "vaccination_unit") else (
            "online" if kind == "online_patrol" or (online[row] and rng.random() < 0.25) else "retail"
        )  # fmt: skip
        texts, weight = lists[audience]
        count = 1 if conclusion == "pass" else int(min(1 + rng.poisson(0.8 if conclusion == "rectify" else 2), 5))
        went = course(found_on, today, slow=slow[grid], on_the_spot=conclusion == "pass", rng=rng)
        for pick in rng.choice(len(texts), count, replace=False, p=weight):
            text = texts[int(pick)]
            state, closed = went.state, went.closed_on
            if text["severity"] == "critical" and conclusion != "pass" and rng.random() < 0.3:
                state, closed = "filed", None
            rows.append(
                (visit, row, found_on, text["item"], text["severity"], text["text"], state, went.due_on, closed)
            )
        if went.recheck_on is not None:
            verdict = "pass" if went.recheck_passed else "rectify"
            again.append((row, grid, went.recheck_on.toordinal(), "recheck", None, verdict))
    findings = pd.DataFrame(
        rows,
        columns=["visit", "row", "found_on", "item_code", "severity", "text", "problem_state", "due_on", "closed_on"],
    )
    names = ["row", "grid", "day", "kind", "unable", "conclusion"]
    return findings, pd.DataFrame(again, columns=names)
