"""Where an enterprise lies, and where its row came from."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components import words
from dashboard.components.frame import facts, panel
from dashboard.components.map import grid_map, hideout
from dashboard.components.states import empty
from dashboard.services import Services, View
from data.reads.enterprise import EnterpriseFile

AROUND = 0.006
"""Degrees around a point that the small map shows: about half a kilometre."""


def map_panel(view: View, services: Services, found: EnterpriseFile) -> Any:
    """Return where it is, small; without a point, what to do about it."""
    own, title = found.facts, view.text("enterprise.map")
    if own["lon"] is None:
        return panel(
            title, empty(view.text("enterprise.map_none_title"), view.text("enterprise.map_none_hint"))
        )
    tiles = services.settings.tiles
    lon, lat = own["lon"], own["lat"]
    state = next((one.state for one in found.plans if one.plan.headline), "not_due")
    drawing = hideout(view.theme, selected=own["grid_code"], label="none")  # its outline alone
    return panel(
        title,
        html.Div(
            grid_map(
                "enterprise-map",
                theme=view.theme,
                lang=view.language,
                bounds=(lon - AROUND, lat - AROUND, lon + AROUND, lat + AROUND),
                drawing=drawing,
                points=[
                    {
                        "type": "Feature",
                        "geometry": {"type": "Point", "coordinates": [lon, lat]},
                        "properties": {"name": own["name"], "state": state},
                    }
                ],
                tiles={"url": tiles.url, "attribution": tiles.attribution} if tiles else None,
            ),
            className="gw-map-box gw-mini",
        ),
    )


def sources_panel(view: View, found: EnterpriseFile, zone: str) -> Any:
    """Return where the current row came from."""
    own, batch = found.facts, found.batch
    pairs: list[tuple[str, Any]] = [(view.text("enterprise.source"), f"{own['source']} · {own['source_id']}")]
    if batch:
        row = view.text("enterprise.row", n=own["row_no"]) if own["row_no"] else ""
        pairs.append((view.text("enterprise.file"), f"{batch['filename']} {row}".strip()))
        pairs.append((view.text("imports.when"), words.moment(batch["recorded_at"], zone)))
    else:
        pairs.append((view.text("enterprise.file"), view.text("enterprise.entered")))
    return panel(view.text("enterprise.sources"), html.Div(facts(pairs), className="gw-pad"))
