"""What happens when the form of an act is sent: refused beside its field, shown both versions, or done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dash
from dash import ALL, Input, Output, State, ctx, html, no_update

from dashboard.components import acting, address
from dashboard.components.actforms import Forms, Offer, told, values
from dashboard.components.lines import lines
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.errors import Conflict, Denied, Refused
from data.reads.labels import term

KNOWN = ("act",)


@dataclass(frozen=True)
class Sender:
    """What the page of a problem or a lead gives to `bind`.

    Parameters
    ----------
    read : callable
        View and number → what stands on the page.
    body : callable
        View, what was read, the verb whose form is asked for, what stands above the form (both versions)
        and what had been typed → the page's body.
    headline : callable
        View and what was read → the chips under the title.
    offer : callable
        View, what was read and a verb → what its form offers.
    """

    forms: Forms
    read: Callable[[View, int], Any]
    body: Callable[..., list[Any]]
    headline: Callable[[View, Any], list[Any]]
    offer: Callable[[View, Any, str], Offer]


def asked_act(search: str | None) -> str | None:
    """Return the verb that an address asks for."""
    return address.read(search, KNOWN).get("act")


def both_versions(view: View, noun: str, verb: str, mine: Sequence[str], conflict: Conflict) -> html.Div:
    """Return what the other has made of it beside what was about to be sent; nothing is lost."""
    theirs = conflict.params["theirs"]
    done = [term(f"{noun}_state", theirs["state"], view.language), theirs["by"], theirs["at"]]
    sent = [view.text(f"{noun}s.verb_{verb}"), *mine]
    rows = [
        (view.text(f"problems.{whose}"), [html.Div(one) for one in said])
        for whose, said in (("theirs", done), ("mine", sent))
    ]
    heads = [view.text("problems.whose"), view.text("problems.what")]
    return html.Div(
        [html.P(sentence(conflict, view.language), className="gw-loud"), lines(heads, rows)],
        className="gw-conflict",
        role="alert",
    )


def bind(app: dash.Dash, services: Services, sender: Sender) -> None:
    """Bind the address to the form that it asks for, and a form to its verb; photos go ahead of it."""
    forms, noun = sender.forms, sender.forms.noun

    @app.callback(
        Output(f"{noun}-body", "children"),
        Input("url", "search"),
        State("url", "pathname"),
        State(f"{noun}-id", "data"),
        prevent_initial_call=True,
    )
    def choose(search: str | None, path: str, number: int) -> Any:
        if path != f"/{noun}s/{number}":
            raise dash.exceptions.PreventUpdate
        view = services.view()
        return sender.body(view, sender.read(view, number), asked_act(search))

    @app.callback(
        Output(f"{noun}-body", "children", allow_duplicate=True),
        Output(f"{noun}-head", "children"),
        Output("url", "search", allow_duplicate=True),
        Output({"type": f"{noun}-field", "name": ALL}, "error"),
        Output({"type": f"{noun}-trouble", "verb": ALL}, "children"),
        Input({"type": f"{noun}-save", "verb": ALL}, "n_clicks"),
        State({"type": f"{noun}-field", "name": ALL}, "value"),
        State({"type": f"{noun}-field", "name": ALL}, "checked"),
        State({"type": f"{noun}-files", "name": ALL}, "data"),
        State({"type": f"{noun}-field", "name": ALL}, "id"),
        State({"type": f"{noun}-seen", "name": ALL}, "data"),
        State(f"{noun}-id", "data"),
        State("url", "search"),
        running=[(Output({"type": f"{noun}-save", "verb": ALL}, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(
        clicks: list[Any], texts: list[Any], ticks: list[Any], files: list[Any], ids: list[Any], seen: Any,
        number: int, search: str | None,
    ) -> Any:  # fmt: skip
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise dash.exceptions.PreventUpdate
        view, verb = services.view(), ctx.triggered_id["verb"]
        form, names = forms.by_verb[verb], [one["name"] for one in ids]
        entered = dict(zip(names, texts, strict=True))
        entered |= {name: tick for name, tick in zip(names, ticks, strict=True) if tick is not None}
        entered["attachments"] = files[0] if files else []
        given, clash = values(form, entered), None

        def refuse(wrong: dict[str, str], trouble: str = "") -> Any:
            return no_update, no_update, no_update, [wrong.get(name) for name in names], [trouble]

        empty = forms.missing(verb, given)
        if empty:
            return refuse(dict.fromkeys(empty, view.text("errors.text_missing")))
        try:
            with services.writing() as conn:
                form.act(conn, view.viewer, number, version=seen[0], now=view.now, **given)
        except Conflict as conflict:
            clash = conflict
        except Denied:
            raise
        except Refused as refused:
            said = sentence(refused, view.language)
            return refuse({refused.field: said}) if refused.field in names else refuse({}, said)
        found, both = sender.read(view, number), None
        if clash is not None:
            mine = told(view, forms, verb, sender.offer(view, found, verb), entered)
            both = both_versions(view, noun, verb, mine, clash)
        else:
            services.notify(view.text(f"{noun}s.done", verb=view.text(f"{noun}s.verb_{verb}")), "success")
            verb, entered = None, {}
        body = sender.body(view, found, verb, both, entered)
        # an address that asks for nothing stays: set again, it would draw the next form twice
        way = "" if search and both is None else no_update
        return body, sender.headline(view, found), way, [None] * len(names), [""]

    acting.send_photos(app, services, noun)
