"""Inspection plans: from a file, or added, changed, retired and reinstated by a steward.

A plan is never deleted: what was once published under it can be computed again. A changed definition
builds the figures again in the same transaction, so that none is ever shown under another definition
than its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.errors import Conflict, NotFound, Refused
from data.plans import headline
from data.reads.labels import kind_names, scope_names
from data.schema import category, enterprise, plan, plan_version
from data.text import DEFAULT_LANGUAGE
from data.writes.plan_rules import DEFINITION, LISTS, PLAN_FIELDS, code_fault, entered_fault
from data.writes.upsert import Comparison, by_hand, compare, stored_rows, write_rows

Rows = Sequence[dict[str, Any]]
ACTS = ("add", "change", "retire", "reinstate")
AT_ONCE = 50_000
"""With more enterprises than this, figures take too long for somebody to wait: the worker edits the plan."""


def compare_plans(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare plans by code."""
    rows = [{**r, **{n: tuple(sorted(r[n])) for n in LISTS}} for r in rows]
    return compare(rows, stored_rows(conn, sa.select(plan), ["code"]), ["code"], PLAN_FIELDS)


def write_plans(conn: sa.Connection, found: Comparison, origin: Mapping[str, Any], _source: str) -> None:
    """Write the plans that are new or differ; at most one of all is the headline."""

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {"code": row["code"], **{name: row[name] for name in PLAN_FIELDS}}

    _locked(conn)
    codes = [row["code"] for row in (*found.new, *found.changed)]
    if any(row["headline"] for row in (*found.new, *found.changed)):
        # the wall opens with one plan
        others = (plan.c.headline, plan.c.code.not_in(codes))
        codes += conn.execute(sa.select(plan.c.code).where(*others)).scalars()
        conn.execute(sa.update(plan).values(headline=False, row_no=None, **origin).where(*others))
    write_rows(conn, plan, found, ["code"], plain, origin)
    keep_versions(conn, codes)


def keep_versions(conn: sa.Connection, codes: Collection[str]) -> None:
    """Keep plans as they are now among their versions; whoever writes to ``plan`` calls it then."""
    names = [column.name for column in plan_version.c if column.name not in ("id", "plan_id")]
    now = sa.select(plan.c.id, *(plan.c[name] for name in names)).where(plan.c.code.in_(codes))
    conn.execute(sa.insert(plan_version).from_select(["plan_id", *names], now.order_by(plan.c.id)))


def differences(stored: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``before`` (None for a new plan) and ``after`` of the fields that differ, for the audit row."""
    changed = [name for name in PLAN_FIELDS if stored is None or stored[name] != wanted[name]]
    before = None if stored is None else {name: stored[name] for name in changed}
    return {"before": before, "after": {name: wanted[name] for name in changed}}


def differences_of(conn: sa.Connection, found: Comparison) -> dict[str, Any]:
    """Return `differences` of all plans of a file by their codes, before they are written."""
    stored = _locked(conn)
    return {row["code"]: differences(stored.get(row["code"]), row) for row in (*found.new, *found.changed)}


def edit_plan(
    conn: sa.Connection,
    viewer: Viewer,
    act: str,
    row: Mapping[str, Any],
    version: int | None = None,
    *,
    now: datetime,
) -> bool:
    """Add, change, retire or reinstate one plan.

    Parameters
    ----------
    act : str
        One of `ACTS`.
    row : mapping
        ``code``, and to add or change `PLAN_FIELDS` too.
    version : int, optional
        The version that the editor saw; not to add.

    Returns
    -------
    bool
        False if nothing differs and nothing was written.

    Raises
    ------
    Denied, NotFound, Refused, Conflict
        As `check_edit`.
    """
    wanted, stored = check_edit(conn, viewer, act, row, version)
    if act in ("retire", "reinstate"):
        active = act == "reinstate"
        conn.execute(
            sa.update(plan)
            .where(plan.c.code == wanted["code"])
            .values(active=active, version=plan.c.version + 1, row_no=None, **by_hand(viewer.user_id, now))
        )
        keep_versions(conn, [wanted["code"]])
        figures.rebuild(conn, now=now)
        _note(conn, viewer, act, wanted["code"], now, before={"active": not active}, after={"active": active})
        return True
    first = headline(conn)
    found = compare_plans(conn, [wanted], "", now)
    if not (found.new or found.changed):
        return False
    write_plans(conn, found, by_hand(viewer.user_id, now), "")
    told = differences(stored, wanted)
    changed = told["after"].keys()
    if stored is None or changed & set(DEFINITION):
        figures.rebuild(conn, now=now)
    else:
        figures.touch(conn, now)
    was = {"headline_was": first.code} if wanted["headline"] and first and "headline" in changed else {}
    _note(conn, viewer, act, wanted["code"], now, before=told["before"], after=told["after"], **was)
    return True


def check_edit(
    conn: sa.Connection, viewer: Viewer, act: str, row: Mapping[str, Any], version: int | None = None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the plan as it would be and as it is, or refuse; nothing is written.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    NotFound
        ``plan_unknown``.
    Refused
        A rule of `data.writes.plan_rules`; ``plan_headline_needed``, ``plan_headline_retire``: the wall
        opens with one plan; ``plan_retired``, ``plan_active``: it is not in a state to be edited so.
    Conflict
        ``changed_meanwhile``: somebody else was first; the plan as it is now is in ``params["theirs"]``.
    """
    viewer.require(Right.IMPORT)
    if act not in ACTS:
        raise Refused("choice_bad", known=", ".join(ACTS), found=act)
    plans = _locked(conn)
    code = str(row["code"] or "").strip()
    if act == "add":
        wanted = _tidy(row, code)
        if fault := code_fault(code, plans) or entered_fault(wanted, _words(conn)):
            raise fault
        return wanted, None
    if code not in plans:
        raise NotFound("plan_unknown", got=code, known=", ".join(plans))
    stored = plans[code]
    if stored["version"] != version:
        raise Conflict(
            "changed_meanwhile", theirs={n: stored[n] for n in (*PLAN_FIELDS, "active", "version")}
        )
    if stored["active"] == (act == "reinstate"):
        raise Refused("plan_active" if stored["active"] else "plan_retired", plan=code)
    first = headline(conn)
    opens = first is not None and first.code == code
    if act == "retire" and opens:
        raise Refused("plan_headline_retire", plan=code)
    if act != "change":
        return stored, stored
    wanted = _tidy(row, code)
    if fault := entered_fault(wanted, _words(conn)):
        raise fault
    if stored["headline"] and not wanted["headline"]:
        raise Refused("plan_headline_needed", field="headline")
    return wanted, stored


def takes_long(conn: sa.Connection) -> bool:
    """Whether building the figures is work for the worker and not for a person who waits."""
    return conn.execute(sa.select(enterprise.c.id).offset(AT_ONCE).limit(1)).first() is not None


def _locked(conn: sa.Connection) -> dict[str, dict[str, Any]]:
    """Read all plans by code and hold them, in one order, until the transaction ends."""
    query = sa.select(plan).order_by(plan.c.id).with_for_update()
    return {row["code"]: dict(row) for row in conn.execute(query).mappings()}


def _tidy(row: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return a row as it is stored: no blanks around words, nothing for empty, lists in order."""
    made: dict[str, Any] = {"code": code}
    for name in PLAN_FIELDS:
        value = row[name]
        if name in LISTS:
            value = tuple(sorted({str(one).strip() for one in value or () if str(one).strip()}))
        elif isinstance(value, str):
            value = value.strip() or None
        made[name] = value
    return {**made, "headline": bool(made["headline"])}


def _words(conn: sa.Connection) -> dict[str, Sequence[str]]:
    return {
        "categories": list(conn.execute(sa.select(category.c.code).order_by(category.c.sort)).scalars()),
        "scopes": list(scope_names(DEFAULT_LANGUAGE)),
        "kinds": list(kind_names(DEFAULT_LANGUAGE)),
    }


def _note(
    conn: sa.Connection, viewer: Viewer, act: str, code: str, now: datetime, *,
    before: Mapping[str, Any] | None, after: Mapping[str, Any], **more: Any,
) -> None:  # fmt: skip
    audit.append(conn, viewer, f"plan.{act}", "plan", code, now=now, before=before, after=after, **more)
