"""The dialogue that asks why personal data are to be seen in clear."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from dashboard.services import View


def reason_box(view: View, page: str, title: str, label: str, hint: str = "") -> dmc.Modal:
    """Return the dialogue of a page; ids ``{page}-modal``, ``-reason``, ``-cancel`` and ``-confirm``."""
    return dmc.Modal(
        [
            dmc.Textarea(
                id=f"{page}-reason", label=label, placeholder=hint, autosize=True, minRows=2, required=True,
                **{"data-autofocus": True},
            ),
            html.Div(
                [
                    dmc.Button(
                        view.text("enterprise.cancel"), id=f"{page}-cancel", variant="default", h=44
                    ),
                    dmc.Button(view.text("enterprise.confirm"), id=f"{page}-confirm", h=44),
                ],
                className="gw-acts",
            ),
        ],
        id=f"{page}-modal",
        title=title,
        opened=False,
        centered=True,
        zIndex=2000,
        closeButtonProps={"aria-label": view.text("shell.close")},
    )  # fmt: skip
