"""Withdrawing a visit (误录作废): one plain page that says what goes with it, and asks why."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.failures import sentence, status_of
from dashboard.services import Services, View
from data.errors import Conflict, Denied, Refused
from data.reads.labels import kind_names, term
from data.reads.visit_effect import covered, effect_words, effects
from data.reads.visit_withdrawn import Withdrawable, withdrawable_visit
from data.writes.visit_withdraw import withdraw


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/withdraw/<inspection>``: beside the pages that a phone opens without network."""
    pages = flask.Blueprint("withdraw", __name__)

    @pages.get("/withdraw/<int:inspection_id>")
    def ask(inspection_id: int) -> str:
        view = services.view()
        with services.reading() as conn:
            found = withdrawable_visit(
                conn, view.viewer, inspection_id, now=view.now, zone=services.clock.zone
            )
        return _page(view, found)

    @pages.post("/withdraw/<int:inspection_id>")
    def act(inspection_id: int) -> Any:
        view, reason = services.view(), flask.request.form.get("reason", "")
        with services.reading() as conn:
            found = withdrawable_visit(
                conn, view.viewer, inspection_id, now=view.now, zone=services.clock.zone
            )
        try:
            with services.writing() as conn:
                before = covered(conn, view.viewer, found.enterprise_id)
                withdraw(
                    conn, view.viewer, inspection_id, reason=reason, now=view.now, zone=services.clock.zone
                )
                changed = effects(before, covered(conn, view.viewer, found.enterprise_id))
                told = effect_words(conn, changed, view.language)
        except (Denied, Conflict):
            raise
        except Refused as refused:
            return _page(view, found, reason, sentence(refused, view.language)), status_of(refused)
        return _page(view, found, told=told)

    server.register_blueprint(pages)


def _page(
    view: View, found: Withdrawable, reason: str = "", error: str = "", told: list[str] | None = None
) -> str:
    language = view.language
    outcome = term("unable_reason", found.unable_reason, language) or term(
        "conclusion", found.conclusion, language
    )
    what = view.text(
        "visit.withdraw_what", id=found.id, day=found.finished_on, outcome=outcome,
        kind=kind_names(language).get(found.kind, found.kind),
    )  # fmt: skip
    problems = [
        view.text(
            "visit.withdraw_problem", id=one["id"], text=one["text"] or "—",
            state=term("problem_state", one["state"], language),
        )
        for one in found.problems
    ]  # fmt: skip
    return flask.render_template(
        "visit_withdraw.html", found=found, what=what, problems=problems, reason=reason, error=error,
        told=told,
    )  # fmt: skip
