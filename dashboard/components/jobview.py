"""A job as the steward sees it: how far it is, what it would change, what was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.components import words
from dashboard.components.chips import chip
from dashboard.components.lines import lines
from dashboard.components.states import empty
from dashboard.services import View
from data.reads.imports import message
from data.reads.labels import term
from data.text import catalogue

STATE_LIGHT = {"queued": "grey", "running": "grey", "done": "green", "failed": "red", "cancelled": "yellow"}
LEVEL_LIGHT = {"error": "red", "warning": "yellow", "notice": "grey"}
COUNTS = ("rows", "inserted", "changed", "unchanged", "quarantined", "warned")
RUNNING = ("queued", "running")
STAGES = ("read", "check", "place", "stage", "compare", "publish")
"""What an import goes through, each an equal part of the bar; only real imports publish."""


def job_view(view: View, job: Mapping[str, Any] | None) -> Any:
    """Return the job's state, progress and result; an empty state where there is none."""
    if job is None:
        return empty(view.text("imports.job_none_title"), view.text("imports.job_none_hint"))
    params = job["params"]
    run = view.text("imports.dry_run" if params.get("dry_run") else "imports.real_run")
    cancelling = job["cancel"] and job["state"] in RUNNING
    state = view.text("imports.cancelling") if cancelling else view.text(f"imports.state_{job['state']}")
    parts: list[Any] = [
        html.Div(
            [
                chip(STATE_LIGHT[job["state"]], state),
                html.Span(run),
                html.Span(term("batch_kind", params["kind"], view.language)),
                html.Span(params.get("filename", ""), className="gw-muted"),
            ],
            className="gw-note",
        )
    ]
    if job["state"] in RUNNING:
        parts.append(_progress(view, job))
    if job["state"] == "failed":
        parts.append(html.P(_error(view, job["error"] or {}), className="gw-loud", role="alert"))
    if job["state"] == "done":
        parts += _result(view, job["result"] or {})
    return html.Div(parts, className="gw-stack gw-pad")


def publishable(job: Mapping[str, Any] | None) -> bool:
    """Whether the job is a dry run that found rows to write."""
    if job is None or job["state"] != "done" or not job["params"].get("dry_run"):
        return False
    result = job["result"] or {}
    return bool(result.get("inserted") or result.get("changed") or result.get("quarantined"))


def _progress(view: View, job: Mapping[str, Any]) -> Any:
    stage, done, total = job["stage"], job["done"], job["total"] or 0
    known = stage in STAGES
    if job["state"] == "queued":
        said = view.text("imports.waiting")
    elif known:
        said = view.text(f"etl.phase_{stage}")
        if total > 1:
            said += f" · {view.text('imports.progress', done=words.count(done), total=words.count(total))}"
    else:
        said = view.text("imports.starting")
    share = 0.0
    if known:
        steps = STAGES[:-1] if job["params"].get("dry_run") else STAGES
        share = 100 * (steps.index(stage) + (min(1, done / total) if total else 0)) / len(steps)
    bar = dmc.Progress(value=round(share, 1), animated=job["state"] == "running", size="lg")
    return html.Div([html.Div(bar, role="img", **{"aria-label": said}), html.P(said, className="gw-muted")])


def _error(view: View, error: Mapping[str, Any]) -> str:
    key = f"errors.{error.get('code')}"
    if key not in catalogue(view.language):
        key = "errors.job_failed"
    try:
        return view.text(key, **(error.get("params") or {}))
    except KeyError:  # a sentence that asks for more than the error brought
        return view.text("errors.job_failed")


def _result(view: View, result: Mapping[str, Any]) -> list[Any]:
    counts = html.Dl(
        [
            html.Div([html.Dt(view.text(f"imports.{name}")), html.Dd(words.count(result.get(name)))])
            for name in COUNTS
        ],
        className="gw-counts",
    )
    parts: list[Any] = [counts]
    if result.get("fields"):
        parts.append(_changes(view, result))
    parts.append(_issues(view, result))
    return parts


def _field(view: View, name: str | None) -> str:
    return term("field", name, view.language)


def _changes(view: View, result: Mapping[str, Any]) -> Any:
    samples: dict[str, Mapping[str, Any]] = {}
    for one in result.get("samples") or ():
        samples.setdefault(one["field"], one)
    rows = [
        [
            _field(view, name),
            words.count(number),
            _value(samples.get(name, {}).get("before")),
            _value(samples.get(name, {}).get("after")),
        ]
        for name, number in sorted(result["fields"].items(), key=lambda item: -item[1])
    ]
    heads = [view.text(f"imports.{name}") for name in ("field", "times", "before", "after")]
    return html.Div([html.H3(view.text("imports.changes")), lines(heads, rows, numbers=(1,))])


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    return words.NONE if value in (None, "") else str(value)


def _issues(view: View, result: Mapping[str, Any]) -> Any:
    found = result.get("issues") or []
    if not found:
        return html.P(view.text("imports.issues_none"), className="gw-muted")
    return html.Div([html.H3(view.text("imports.issues")), issue_lines(view, found)])


def issue_lines(view: View, issues: Any, limit: int = 100) -> Any:
    """Return issues as sentences in the reader's language; mappings or `IssueRow`."""
    rows = []
    for issue in list(issues)[:limit]:
        one = issue if isinstance(issue, Mapping) else issue._asdict()
        line, level, field, said = issue_cells(view, one)
        light = LEVEL_LIGHT[one["level"]]
        rows.append([words.count(line), chip(light, level), field or words.NONE, said])
    return html.Div(lines(issue_heads(view), rows, numbers=(0,)), className="gw-some")


def issue_heads(view: View) -> list[str]:
    """Return the words above the columns of a list of issues."""
    return [view.text(f"imports.{name}") for name in ("line", "level", "field", "sentence")]


def issue_cells(view: View, issue: Mapping[str, Any]) -> list[Any]:
    """Return line, level, field and sentence of an issue."""
    said = issue.get("message") or message(issue["code"], view.language, dict(issue.get("params") or {}))
    level = view.text(f"imports.level_{issue['level']}")
    return [issue["line"], level, _field(view, issue["field"]) or None, said]
