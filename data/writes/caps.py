"""The caps on visits to one enterprise: the bureau's own numbers, set by a steward."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.caps import SETTING, Caps, caps
from data.errors import Refused
from data.writes.settings import keep_setting

MOST = 99


def keep_caps(conn: sa.Connection, viewer: Viewer, wanted: Caps, *, now: datetime) -> None:
    """Set how often an enterprise may be visited before a reason is asked for.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    Refused
        ``caps_bad``, field ``day``, ``week`` or ``month``.
    """
    viewer.require(Right.IMPORT)
    for name, value in asdict(wanted).items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (whole and 1 <= value <= MOST):
            raise Refused("caps_bad", field=name, found=value)
    before = asdict(caps(conn))
    if keep_setting(conn, SETTING, asdict(wanted)):
        audit.append(conn, viewer, "caps.keep", "caps", SETTING, now=now, before=before, after=asdict(wanted))
