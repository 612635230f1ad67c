"""One tap to a map app on the phone: addresses that lead out, never anything that we load ourselves.

A ``geo:`` address opens whatever app the phone has, with our own WGS 84 position. The web addresses of Amap
and Baidu carry the position alone, in the datum that each of them draws: no name tells whom we visit.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from dash import html

from dashboard.services import View
from geo.shift import Datum, from_wgs84

APPS = ("amap", "baidu")
"""What the setting ``GRIDWARD_MAP_APP`` may name besides nothing."""


def links(view: View, app: str | None, lon: float, lat: float, name: str) -> list[Any]:
    """Return the links to a place, each with its name for screen readers; `app` is one of `APPS` or None."""
    found = [_link(view, "my.navigate", geo(lon, lat, name), name)]
    if app:
        found.append(_link(view, f"my.navigate_{app}", web(app, lon, lat), name, target="_blank"))
    return found


def geo(lon: float, lat: float, name: str) -> str:
    """Return a ``geo:`` address (RFC 5870) with the label that Android's apps show."""
    at = f"{lat:.6f},{lon:.6f}"
    return f"geo:{at}?q={at}({quote(name, safe='')})"


def web(app: str, lon: float, lat: float) -> str:
    """Return the address of a place in a web map of `APPS`, converted to its datum."""
    datum = Datum.GCJ02 if app == "amap" else Datum.BD09
    x, y = (float(value[0]) for value in from_wgs84([lon], [lat], datum))
    if app == "amap":
        asked = {"position": f"{x:.6f},{y:.6f}", "coordinate": "gaode", "callnative": 1}
        return f"https://uri.amap.com/marker?{urlencode(asked, safe=',')}"
    asked = {"location": f"{y:.6f},{x:.6f}", "coord_type": "bd09ll", "output": "html"}
    return f"https://api.map.baidu.com/marker?{urlencode(asked, safe=',')}"


def _link(view: View, key: str, href: str, name: str, **more: str) -> html.A:
    said = [view.text(key), html.Span(name, className="gw-sr")]
    return html.A(said, href=href, className="gw-tap", rel="noreferrer noopener", **more)
