"""The API ``/api/v1``: the same reads, the same viewer, for programs; leads alone are taken in.

A session or ``Authorization: Bearer <token>`` says who asks; answers carry an ETag; errors are
``{"error": {"code", "message", "field"}}``. `openapi.json` describes it, a test holds both together.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import flask

from dashboard import api_leads
from dashboard.answers import GEOJSON, choice, day, instant, json_of, number, only, tagged
from dashboard.components.address import read
from dashboard.components.audit import FILTERS as FILTERS_OF_AUDIT
from dashboard.components.audit import filter_of
from dashboard.services import Services
from data import figures
from data.access import Right
from data.errors import NotFound, Refused
from data.plans import all_plans, period_at
from data.reads.audit import audit_page, chain_head
from data.reads.city import city
from data.reads.coverage_table import BY, coverage_table
from data.reads.enterprise import enterprise_file
from data.reads.enterprises import EnterpriseFilter, enterprises, points
from data.reads.labels import setting
from data.reads.shapes import grid_shapes

DESCRIPTION = Path(__file__).parent / "openapi.json"
FILTERS = tuple(f.name for f in fields(EnterpriseFilter))
WHOLE_NUMBERS = ("risk", "batch")


def read_filter() -> EnterpriseFilter:
    """Read a filter of enterprises from the query; shared with the exports.

    Raises
    ------
    Refused
        ``number_bad`` for a number that is none.
    """
    given: dict[str, Any] = {k: v for k, v in flask.request.args.items() if k in FILTERS and v != ""}
    for name in WHOLE_NUMBERS:
        if name in given:
            given[name] = number(name, 0, 0, 2**31)
    return EnterpriseFilter(**given)


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""
    api = flask.Blueprint("api", __name__, url_prefix="/api/v1")

    @api.get("/openapi.json")
    def openapi() -> flask.Response:
        return tagged(DESCRIPTION.read_bytes())

    @api.get("/meta")
    def meta() -> flask.Response:
        only()
        view = services.view()
        view.viewer.require(Right.FIGURES)
        with services.reading() as conn:
            known, demo, name = figures.meta(conn), setting(conn, "demo"), setting(conn, "city") or {}
        return json_of(
            {
                "city": name.get("name"),
                "city_en": name.get("name_en"),
                "demo": demo is not None,
                "today": view.today,
                "as_of": known.as_of if known else None,
                "built_at": known.built_at if known else None,
                "changed_at": known.changed_at if known else None,
                "version": known.version if known else None,
            }
        )

    @api.get("/plans")
    def plans() -> flask.Response:
        only()
        view = services.view()
        view.viewer.require(Right.FIGURES)
        with services.reading() as conn:
            rows = [_plan(plan, view.today) for plan in all_plans(conn)]
        return json_of({"plans": rows})

    @api.get("/coverage")
    def coverage() -> flask.Response:
        only("plan", "as_of", "known_at", "period", "by")
        view, args = services.view(), flask.request.args
        with services.reading() as conn:
            table = coverage_table(
                conn,
                view.viewer,
                args.get("plan"),
                day("as_of", view.today),
                instant("known_at", view.now, services.clock.zone),
                by=choice("by", "grid", BY),
                period=args.get("period") or None,
                language=view.language,
            )
        return json_of(
            {
                "plan": table.plan.code,
                "period": table.period.code if table.period else None,
                "deadline": table.period.deadline if table.period else None,
                "as_of": table.as_of,
                # left out where nobody asked: a poll would never find its answer unchanged
                "known_at": table.known_at if args.get("known_at") else None,
                "rows": table.rows,
                "total": table.total,
            }
        )

    @api.get("/grids")
    def grids() -> flask.Response:
        only("plan")
        with services.reading() as conn:
            found = city(conn, services.view().viewer, flask.request.args.get("plan") or None)
        return json_of(
            {
                "plan": found.plan.code,
                "as_of": found.meta.as_of if found.meta else None,
                "grids": [_grid(row) for row in found.grids],
            }
        )

    @api.get("/grids.geojson")
    def grids_geojson() -> flask.Response:
        only("plan")
        viewer = services.view().viewer
        with services.reading() as conn:
            found = city(conn, viewer, flask.request.args.get("plan") or None)
            shapes = grid_shapes(conn, viewer)
        rows = {row.code: _grid(row) for row in found.grids}
        for feature in shapes["features"]:
            feature["properties"] |= rows.get(feature["properties"]["code"], {})
        return json_of(shapes, mimetype=GEOJSON)

    @api.get("/enterprises")
    def list_enterprises() -> flask.Response:
        only(*FILTERS, "sort", "offset", "limit")
        offset, limit = number("offset", 0, 0, 10**9), number("limit", 50, 1, 1000)
        with services.reading() as conn:
            page = enterprises(
                conn,
                services.view().viewer,
                read_filter(),
                flask.request.args.get("sort") or "name",
                offset,
                limit,
            )
        rows = [row._asdict() for row in page.rows]
        return json_of({"total": page.total, "offset": offset, "limit": limit, "enterprises": rows})

    @api.get("/enterprises/<int:enterprise_id>")
    def one_enterprise(enterprise_id: int) -> flask.Response:
        only()

        view = services.view()
        with services.reading() as conn:
            return json_of(enterprise_file(conn, view.viewer, enterprise_id, view.today, services.clock.zone))

    @api.get("/points.geojson")
    def points_geojson() -> flask.Response:
        only(*FILTERS)
        with services.reading() as conn:
            rows = points(conn, services.view().viewer, read_filter())
        return json_of({"type": "FeatureCollection", "features": [_point(r) for r in rows]}, mimetype=GEOJSON)

    @api.get("/audit")
    def audit_log() -> flask.Response:
        only(*FILTERS_OF_AUDIT, "offset", "limit")
        view = services.view()
        offset, limit = number("offset", 0, 0, 10**9), number("limit", 50, 1, 1000)
        asked = read(flask.request.query_string.decode(), FILTERS_OF_AUDIT)
        with services.reading() as conn:
            head = chain_head(conn, view.viewer)
            found = audit_page(
                conn, view.viewer, filter_of(asked), services.clock.zone, offset=offset, limit=limit
            )
        rows = [row._asdict() for row in found.rows]
        return json_of({"head": head, "total": found.total, "offset": offset, "limit": limit, "rows": rows})

    api_leads.install(api, services)

    @api.route("/", defaults={"rest": ""}, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    @api.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def nothing(rest: str) -> flask.Response:
        if flask.request.method != "GET":
            flask.abort(405)
        raise NotFound("http_404")

    server.register_blueprint(api)


def _plan(plan: Any, today: Any) -> dict[str, Any]:
    try:
        period = period_at(plan, today)
    except Refused:
        period = None
    return {
        "code": plan.code,
        "name_zh": plan.name_zh,
        "name_en": plan.name_en,
        "visits": plan.visits,
        "headline": plan.headline,
        "legal_source": plan.legal_source,
        "evidence": plan.evidence,
        "period": period.code if period else None,
        "start": period.start if period else None,
        "deadline": period.deadline if period else None,
        "end": period.end if period else None,
    }


def _grid(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "district_code": row.district_code,
        "district": row.district,
        "officer": row.officer,
        **row.counts._asdict(),
        "expected": round(row.expected, 3),
        "light": row.light,
        "needed": row.needed,
    }


def _point(row: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(row.lon, 6), round(row.lat, 6)]},
        "properties": {
            "id": row.id,
            "name": row.name,
            "category": row.category,
            "state": row.state,
            "done": None if row.state == "not_due" else row.state in ("on_time", "late"),
            "problems": row.open_problems,
            "leads": row.open_leads,
        },
    }
