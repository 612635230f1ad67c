"""The clocks of a lead's steps, as a small table beside its story."""

from __future__ import annotations

from typing import Any

from dashboard.components.chips import chip
from dashboard.components.frame import panel
from dashboard.components.lines import lines
from dashboard.services import Services, View
from data.reads.labels import term
from data.reads.lead import LeadFile
from data.reads.lead_steps import step_clocks


def clocks_panel(view: View, services: Services, found: LeadFile) -> list[Any]:
    """Return how long each step took, the present one marked; nothing where no step has begun."""
    with services.reading() as conn:
        clocks = step_clocks(conn, found, view.today)
    if not clocks:
        return []
    rows = []
    for one in clocks:
        name: Any = term("lead_state", one.state, view.language)
        said = [name]
        if one.times > 1:
            said.append(view.text("leads.clock_times", n=one.times))
        if one.running:
            said.append(chip("open", view.text("leads.clock_running")))
        rows.append([[part for word in said for part in (word, " ")], str(one.days), str(one.workdays)])
    heads = [view.text(f"leads.clock_{name}") for name in ("state", "days", "workdays")]
    return [panel(view.text("leads.clocks"), lines(heads, rows, numbers={1, 2}))]
