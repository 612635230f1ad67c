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
_ON_THE_SPOT = 0.05  # of the visits that have nothing to order
_RECHECK_WITHIN = 14  # days that the bureau gives itself

Step = tuple[str, date, int]
"""A state that was reached, the day, and the rectification round."""


@dataclass(frozen=True)
class Course:
    """How the problems of one visit went on up to the demo day.

    Attributes
    ----------
    steps : tuple of Step
        In the order of time; the last one is the present state.
    due_on : date
        Of the present step: the enterprise's answer, or the bureau's recheck of it.
    rechecks : tuple
        Day and conclusion of each recheck.
    """

    steps: tuple[Step, ...]
    due_on: date
    rechecks: tuple[tuple[date, str], ...] = ()


def phrases(audience: str) -> tuple[list[dict[str, str]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the findings for ``retail``, ``online`` or ``vaccination`` with how often each is made."""
    with (WORDS / "findings.csv").open(encoding="utf-8", newline="") as file:
        own = [row for row in csv.DictReader(file) if row["audience"] == audience]
    weight = np.array([float(row["weight"]) for row in own])
    return own, weight / weight.sum()


def conclude(visits: pd.DataFrame, risk: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Draw how each visit ended.

    Returns
    -------
    DataFrame
        ``conclusion`` (pass, rectify, fail; other where nobody was met) and ``spot``: what it found was put
        right while the officers were there. Nothing is found by a visit that ends in pass.
    """
    draw = rng.random(len(visits))
    level = risk.astype(int).to_numpy()[visits["row"]]
    rectify = 0.13 + 0.05 * level
    made = np.where(draw < 0.012, "fail", np.where(draw < 0.012 + rectify, "rectify", "pass"))
    made = np.where(visits["unable"].notna(), "other", made)
    spot = (made == "pass") & (rng.random(len(visits)) < _ON_THE_SPOT)
    return pd.DataFrame({"conclusion": np.where(spot, "rectify", made), "spot": spot}, index=visits.index)


def course(
    found_on: date, today: date, *, slow: float, on_the_spot: bool, rng: np.random.Generator
) -> Course:
    """Follow the problems of one visit up to `today`.

    Parameters
    ----------
    slow : float
        0 … 1: how far the grid lags behind; its rechecks wait longer.
    on_the_spot : bool
        Put right while the officers were there.
    """
    if on_the_spot:
        closed = _later(found_on, 1)  # by somebody else, who was not there
        way = (("found", found_on, 1), ("recheck_passed", found_on, 1), ("closed_out", closed, 1))
        return Course(tuple(step for step in way if step[1] <= today), closed)
    term = int(rng.choice(_TERMS, p=(0.25, 0.2, 0.4, 0.15)))
    luck = rng.random()
    ratio = rng.uniform(0.35, 1.0) if luck < 0.93 else rng.uniform(1.05, 2.4)
    if luck > 0.985 and (today - found_on).days < 150:
        ratio = 50.0  # no answer at all
    replied = _later(found_on, 1 + term * ratio)
    recheck = _later(replied, 2 + rng.exponential(4 + 22 * slow))
    passed = bool(rng.random() < 0.94)
    plan: list[Step] = [("found", found_on, 1), ("ordered", found_on, 1), ("replied", replied, 1)]
    plan.append(("awaiting_recheck", min(_later(replied, 3), recheck), 1))
    rechecks, due = [(recheck, "pass" if passed else "rectify")], _later(found_on, term)
    done, number = recheck, 1
    if not passed:
        done, number = _later(recheck, 8 + rng.exponential(5)), 2
        again = _later(recheck, 5)
        plan += [("ordered", recheck, 2), ("replied", again, 2), ("awaiting_recheck", again, 2)]
        rechecks.append((done, "pass"))
        due = _later(recheck, 10) if recheck <= today else due
    plan.append(("recheck_passed", done, number))
    plan.append(("closed_out", _later(done, rng.exponential(1.5)), number))
    steps = tuple(step for step in plan if step[1] <= today)
    if steps[-1][0] in ("replied", "awaiting_recheck"):
        due = _later(steps[-1][1], _RECHECK_WITHIN)
    elif steps[-1][0] == "recheck_passed":
        due = _later(done, _RECHECK_WITHIN)
    if found_on == today and rng.random() < 0.5:
        steps = steps[:1]  # not ordered yet
    return Course(steps, due, tuple(r for r in rechecks if r[0] <= today))


def _later(day: date, days: float) -> date:
    return CALENDAR.next_workday(day + timedelta(days=round(days)))


def build_findings(
    visits: pd.DataFrame, frame: pd.DataFrame, slow: dict[str, float], today: date, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write down what the visits found.

    Parameters
    ----------
    visits : DataFrame
        From `etl.demo.visits.base_visits`, with ``conclusion`` and ``spot``.
    frame : DataFrame
        Canonical enterprises.
    slow : dict
        Grid → 0 … 1.

    Returns
    -------
    findings : DataFrame
        ``visit`` (index in `visits`), ``steps`` and the finding's own columns.
    rechecks : DataFrame
        Further visits: ``row``, ``grid``, ``day``, ``kind``, ``unable``, ``conclusion``.
    """
    lists = {name: phrases(name) for name in ("retail", "online", "vaccination")}
    categories = frame["category"].tolist()
    online = ["online_retail" in scopes for scopes in frame["scopes"]]
    rows, again = [], []
    more = {"rectify": 0.8, "fail": 2.0}
    columns = zip(visits.index, visits["row"], visits["grid"], visits["day"], visits["kind"],
                  visits["conclusion"], visits["spot"], strict=True)  # fmt: skip
    for visit, row, grid, ordinal, kind, conclusion, spot in columns:
        if conclusion in ("other", "pass"):
            continue
        found_on = date.fromordinal(int(ordinal))
        audience = "vaccination" if categories[row] in ("cdc", "vaccination_unit") else (
            "online" if kind == "online_patrol" or (online[row] and rng.random() < 0.25) else "retail"
        )  # fmt: skip
        texts, weight = lists[audience]
        count = 1 if spot else min(1 + int(rng.poisson(more[conclusion])), 5)
        went = course(found_on, today, slow=slow[grid], on_the_spot=spot, rng=rng)
        for pick in rng.choice(len(texts), count, replace=False, p=weight):
            text = texts[int(pick)]
            steps = went.steps
            filed_on = _later(found_on, rng.uniform(4, 12))
            if text["severity"] == "critical" and rng.random() < 0.3 and not spot and filed_on <= today:
                steps = (*steps[:2], ("filed", filed_on, 1))
            state, since, _ = steps[-1]
            closed = since if state == "closed_out" else None
            said = (text["item"], text["severity"], text["text"])
            rows.append((visit, row, found_on, *said, state, went.due_on, closed, steps))
        for day, verdict in went.rechecks:
            again.append((row, grid, day.toordinal(), "recheck", None, verdict))
    named = "visit row found_on item_code severity text problem_state due_on closed_on steps"
    findings = pd.DataFrame(rows, columns=named.split())
    names = ["row", "grid", "day", "kind", "unable", "conclusion"]
    return findings, pd.DataFrame(again, columns=names)
