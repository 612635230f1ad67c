"""Papers to take along: the record of a visit, the order to rectify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask

from dashboard.services import Services
from data import audit
from data.documents.approval import issued, own_number
from data.documents.model import Document
from data.documents.pdf import pdf
from data.documents.word import docx
from data.errors import NotFound
from data.reads.notices import to_order
from data.writes.attachments import path_of

FORMATS: dict[str, tuple[str, Callable[[Document, bytes | None], bytes]]] = {
    "pdf": ("application/pdf", pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx),
}


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/documents/visit/<inspection>.<format>`` and ``/documents/order/<round>.<format>``."""
    papers = flask.Blueprint("documents", __name__, url_prefix="/documents")

    @papers.get("/<any(visit, order):kind>/<int:number>.<form>")
    def paper(kind: str, number: int, form: str) -> flask.Response:
        if form not in FORMATS:
            raise NotFound("document_format", found=form[:20])
        view = services.view()
        with services.reading() as conn:
            number = own_number(conn, kind, number)  # of a notice: that of the round that heads it
            made, how = issued(conn, view.viewer, kind, number, view.language, services.clock.zone)
        media, write = FORMATS[form]
        body = write(made, _signature(services, made))
        said = {"kind": form, "draft": not how.holds}
        with services.writing() as conn:
            audit.append(conn, view.viewer, "export", f"paper-{kind}", number, now=view.now, **said)
        answer = flask.Response(body, mimetype=media)
        answer.headers["Content-Disposition"] = f'attachment; filename="{kind}-{number}.{form}"'
        return answer

    @papers.get("/visit/<int:number>/order")
    def order_of(number: int) -> Any:
        """Lead from a visit to the form that orders what it found, with all of it ticked."""
        with services.reading() as conn:
            one = to_order(conn, services.view().viewer, number)
        return flask.redirect(f"/problems/{one}?act=order" if one else "/problems?state=found")

    server.register_blueprint(papers)


def _signature(services: Services, paper: Document) -> bytes | None:
    if not paper.signed:
        return None
    path = path_of(services.settings.data, paper.signed)
    if not path.is_file():
        raise NotFound("attachment_lost", got=paper.signed[:12])
    return path.read_bytes()
