"""What every answer carries: cookies' flags, a strict content policy, compression, caching, CSRF."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import dash
import flask
from flask.sessions import SecureCookieSessionInterface
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.uploads import MAX_BODY
from data.settings import Settings

CSRF_COOKIE = "_csrf_token"  # Dash reads it and sends it back in a header by itself
OWN_CHECK = "dashboard.api_leads.post_lead"
"""The one view that asks for the CSRF token itself, and only of who comes without a token of their own."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def configure(server: flask.Flask, settings: Settings) -> None:
    """Set what must stand before the first extension is made."""
    server.secret_key = settings.secret()
    server.config.update(
        SESSION_COOKIE_NAME="gw_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=not settings.insecure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_BODY,
        WTF_CSRF_TIME_LIMIT=None,  # ends with the session
        WTF_CSRF_SSL_STRICT=False,  # asks for a referrer, which we tell browsers not to send
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_MIN_SIZE=500,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/csv",
            "text/javascript",
            "application/javascript",
            "application/json",
            "application/geo+json",
            "image/svg+xml",
        ],
    )
    if settings.proxies:
        # not X-Forwarded-Host: a proxy that does not set it hands on what a browser's script wrote
        server.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            server.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies
        )


class QuietSessions(SecureCookieSessionInterface):
    """Sessions that do not make scripts differ by cookie.

    The guard looks at the session before it hands out a script, but the script is the same for
    everybody: with ``Vary: Cookie`` a browser would fetch it all again after each new cookie.
    """

    def save_session(self, app: flask.Flask, session: Any, response: flask.Response) -> None:
        """Save as usual, without the header where the answer never changes."""
        if response.cache_control.immutable:
            session.accessed = False
        super().save_session(app, session, response)


def finish(server: flask.Flask, settings: Settings, apps: list[dash.Dash]) -> None:
    """Add CSRF checks, compression and headers; the content policy is made when an answer is."""
    server.session_interface = QuietSessions()
    CSRFProtect(server).exempt(OWN_CHECK)
    Compress(server)

    @server.after_request
    def harden(response: flask.Response) -> flask.Response:
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = _policy(settings, apps)
        if flask.request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        path = flask.request.path
        if response.mimetype == "text/html":
            if response.status_code == 200:
                response.set_cookie(
                    CSRF_COOKIE,
                    generate_csrf(),
                    secure=not settings.insecure_cookies,
                    samesite="Lax",
                )
            response.headers["Cache-Control"] = "no-store"
        elif "/_dash-component-suites/" in path or ("/assets/" in path and "m" in flask.request.args):
            # Dash writes a version or a change time into these addresses
            response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        elif path.startswith("/static/visit"):
            # modules of one page: those of before and those of now do not fit together
            response.headers["Cache-Control"] = "no-cache"
        elif "/assets/" in path or path.startswith("/static/"):
            response.headers["Cache-Control"] = "private, max-age=3600"
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _policy(settings: Settings, apps: list[dash.Dash]) -> str:
    hashes = {
        f"'sha256-{found.split('sha256-')[-1].strip(chr(39))}'" for app in apps for found in app.csp_hashes()
    }
    images = "'self' data: blob:"
    if settings.tiles and settings.tiles.url.startswith("http"):
        parts = urlsplit(settings.tiles.url)
        # {s} is a list of hosts of one domain
        images += f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' " + " ".join(sorted(hashes)),
            "style-src 'self' 'unsafe-inline'",  # Mantine, AG Grid and Leaflet write style attributes
            f"img-src {images}",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
