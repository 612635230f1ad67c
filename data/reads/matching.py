"""Which enterprise a lead may be about: candidates with scores and reasons; nothing is matched here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from rapidfuzz import fuzz, process

from data.access import Right, Viewer
from data.reads.lead_row import read_in_scope
from data.reads.matching_pool import core, of_ids, plain, pools
from data.reads.places import enterprise_scope
from data.schema import enterprise, lead_event, licence

LEAST = 55.0
"""Score below which a likeness says nothing."""
SURE = 75.0
"""Score from which enterprises farther away need not be looked at."""
EXACT = ("uscc", "licence")

_USCC = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")
_LICENCE = re.compile(r"[\u4e00-\u9fff]{0,2}[A-Z]{0,4}\d{6,20}[A-Z0-9]*(?:[(（]\d+[)）])?")
SHORTEST = 2
"""Characters that must be left of a name for its likeness to mean anything."""


class Candidate(NamedTuple):
    """An enterprise that a lead may be about.

    `reasons` are ``(basis, score)`` with basis ``uscc``, ``licence``, ``name``, ``address`` or ``place``;
    `certain` is true for the one enterprise that has exactly the code or licence number given – and even
    then a person confirms.
    """

    enterprise_id: int
    name: str
    address: str | None
    grid_id: int | None
    score: float
    certain: bool
    reasons: tuple[tuple[str, float], ...]

    @property
    def basis(self) -> str:
        """What speaks most for it."""
        return self.reasons[0][0]


def candidates(conn: sa.Connection, viewer: Viewer, lead_id: int, limit: int = 5) -> list[Candidate]:
    """Return the enterprises in the viewer's scope that a lead may be about, the likeliest first.

    An exact code or licence number scores 100, and then nobody else is offered. Else names (without the
    words that most have) and addresses are compared: 65 % name and 35 % address where both are known,
    90 % of the one or 75 % of the other alone; another district than the lead's takes 15 off, the same one
    adds 3. What scores less than `LEAST` is left out. Which enterprises of a nation are compared at all is
    told at `data.reads.matching_pool.pools`.

    Raises
    ------
    NotFound
        ``lead_unknown``.
    Denied
        Without `Right.ENTERPRISES`, or outside the scope.
    """
    row, words, found, coded = _said(conn, viewer, lead_id)
    # who is named by a code is not looked for by likenesses too
    places: dict[int, Any] = {}
    likely: dict[int, tuple[float, list[tuple[str, float]]]] = {}
    for pool in [of_ids(conn, coded)] if coded else pools(conn, viewer, row, words):
        places |= {one.id: one for one in pool}
        likely |= _alike(pool, row, words.upper())
        if any(score >= SURE for score, _ in likely.values()):
            break
    told = [_candidate(places[number], found, likely) for number in {*coded, *likely}]
    told.sort(key=lambda c: (-c.score, not c.certain, c.name, c.enterprise_id))
    return told[:limit]


def candidate(conn: sa.Connection, viewer: Viewer, lead_id: int, enterprise_id: int) -> Candidate | None:
    """Return what speaks for one enterprise, as `candidates` tells it; None: too little.

    No other enterprise is read or compared, so that it can be asked while a lead is being matched; that it
    lies in the viewer's scope the caller has checked.

    Raises
    ------
    NotFound, Denied
        As `candidates`.
    """
    row, words, found, coded = _said(conn, viewer, lead_id)
    if coded and enterprise_id not in coded:
        return None  # the codes name somebody else
    pool = of_ids(conn, {enterprise_id})
    likely = _alike(pool, row, words.upper())
    return _candidate(pool[0], found, likely) if pool and (coded or likely) else None


def _said(
    conn: sa.Connection, viewer: Viewer, lead_id: int
) -> tuple[Any, str, dict[str, set[int]], set[int]]:
    """Return a lead, all that it says, and the enterprises that its codes name, by basis and in all."""
    viewer.require(Right.ENTERPRISES)
    row = read_in_scope(conn, viewer, lead_id)
    first = conn.execute(
        sa.select(lead_event.c.details)
        .where(lead_event.c.lead_id == lead_id)
        .order_by(lead_event.c.id)
        .limit(1)
    ).scalar()
    words = " ".join(part for part in (row.title, row.subject, row.text, row.address) if part)
    found = _exact(conn, viewer, first or {}, words.upper())
    return row, words, found, {*found["uscc"], *found["licence"]}


def _candidate(
    one: Any, found: Mapping[str, set[int]], likely: Mapping[int, tuple[float, list[tuple[str, float]]]]
) -> Candidate:
    certain = {number for basis in EXACT if len(found[basis]) == 1 for number in found[basis]}
    reasons = [(basis, 100.0) for basis in EXACT if one.id in found[basis]]
    score, more = likely.get(one.id, (0.0, []))
    return Candidate(
        one.id, one.name, one.address, one.grid_id, 100.0 if reasons else score,
        # two codes that name two enterprises contradict each other
        len(certain) == 1 and one.id in certain, (*reasons, *more),
    )  # fmt: skip


def exact_matches(
    conn: sa.Connection, given: Mapping[int, tuple[str | None, str | None]]
) -> dict[int, tuple[int, str]]:
    """Return for each given (code, licence number) the one enterprise that has it, and which of them told.

    A code that several have tells nothing; where code and number name different enterprises, neither counts.
    """
    owners = {
        basis: _owners(conn, basis, {pair[place] for pair in given.values()})
        for place, basis in enumerate(EXACT)
    }
    found = {}
    for key, pair in given.items():
        told: dict[int, str] = {}
        for basis, value in reversed(list(zip(EXACT, pair, strict=True))):
            ids = owners[basis].get(_code(value), set())
            if len(ids) == 1:
                told[next(iter(ids))] = basis
        if len(told) == 1:
            found[key] = next(iter(told.items()))
    return found


def _exact(conn: sa.Connection, viewer: Viewer, given: dict[str, Any], words: str) -> dict[str, set[int]]:
    codes = [*_USCC.findall(words), *([given["uscc"]] if given.get("uscc") else [])]
    numbers = [part for whole in _LICENCE.findall(words) for part in (whole, *_tails(whole))]
    numbers += [given["licence"]] if given.get("licence") else []
    seen = sa.select(enterprise.c.id).where(enterprise_scope(viewer))
    found = {"uscc": _by(conn, "uscc", codes), "licence": _by(conn, "licence", numbers)}
    ids = sorted({*found["uscc"], *found["licence"]})
    mine = set(conn.execute(seen.where(enterprise.c.id.in_(ids))).scalars()) if ids else set()
    return {basis: ids & mine for basis, ids in found.items()}


def _tails(whole: str) -> Sequence[str]:
    """Return the number without the one or two characters before it that may belong to the sentence."""
    return [whole[n:] for n in (1, 2) if "\u4e00" <= whole[n - 1 : n] <= "\u9fff"]


def _code(value: str | None) -> str:
    return (value or "").strip().upper()


def _owners(conn: sa.Connection, basis: str, values: Iterable[str | None]) -> dict[str, set[int]]:
    """Return code or licence number → the enterprises that have it."""
    wanted = sorted({_code(value) for value in values} - {""})
    e = enterprise.c
    column, own = (e.uscc, e.id) if basis == "uscc" else (licence.c.number, licence.c.enterprise_id)
    found: dict[str, set[int]] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        # as written here or there, in one case: the index knows no other
        query = sa.select(column, own).where(column.in_([*some, *(one.lower() for one in some)]))
        for value, number in conn.execute(query):
            found.setdefault(_code(value), set()).add(number)
    return found


def _by(conn: sa.Connection, basis: str, values: Iterable[str | None]) -> set[int]:
    return set().union(*_owners(conn, basis, values).values())


def _alike(pool: Sequence[Any], row: Any, words: str) -> dict[int, tuple[float, list[tuple[str, float]]]]:
    by_id = {one.id: one for one in pool}
    names = {one.id: core(one.name) for one in pool}
    wanted = core(row.subject)
    name_scores: dict[int, float] = {}
    if len(wanted) >= SHORTEST:
        close = process.extract(wanted, names, scorer=fuzz.ratio, limit=40, score_cutoff=50)
        name_scores = {number: float(score) for _, score, number in close}
    # whom only the words name, in full
    for one in pool:
        if len(names[one.id]) >= SHORTEST and one.name.upper() in words:
            name_scores[one.id] = 100.0
    address_scores: dict[int, float] = {}
    at = plain(row.address)
    if len(at) >= SHORTEST:
        lie = {one.id: plain(one.address) for one in pool if one.address}
        near = process.extract(at, lie, scorer=fuzz.ratio, limit=40, score_cutoff=60)
        address_scores = {number: float(score) for _, score, number in near}
        for number in name_scores:
            if number in lie and number not in address_scores:
                address_scores[number] = float(fuzz.ratio(at, lie[number]))
    found = {}
    for number in {*name_scores, *address_scores}:
        called, lies = name_scores.get(number), address_scores.get(number)
        if called is not None and lies is not None:
            score = 0.65 * called + 0.35 * lies
        else:
            score = 0.9 * called if called is not None else 0.75 * (lies or 0.0)
        reasons = [(basis, value) for basis, value in (("name", called), ("address", lies)) if value]
        same = row.district is not None and by_id[number].district_code == row.district
        if same:
            reasons.append(("place", 3.0))
        elif row.district is not None:
            score -= 15
        score = min(99.0, score + (3 if same else 0))
        if score >= LEAST:
            found[number] = (round(score, 1), sorted(reasons, key=lambda r: -r[1]))
    return found
