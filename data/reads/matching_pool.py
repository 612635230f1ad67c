"""Which enterprises a lead is compared with: all of a city, but of a nation those that share rare signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.reads.places import enterprise_scope
from data.schema import district, enterprise

AT_ONCE = 30_000
"""Enterprises that are compared one by one; a tenth of a second or two."""
SAMPLE = 2000
HITS = 5000
"""Enterprises that one part of a name or an address may bring in."""
LONGEST = 5
_PREFECTURE = 4
"""Digits of a district's code (GB/T 2260) that name its city."""

_GENERIC = re.compile(
    r"股份|有限|责任|公司|集团|连锁|医药|药业|大药房|药房|药店|药品|零售|门店|分店|[\s()（）·、,，.。\-—]"
)
_PLAIN = re.compile(r"[\s,，.。、·()（）\-—]")
_STORE = re.compile(r"药房|药店|公司|门诊|诊所|医院|中心|店")
_NAME_AT_MOST, _NAMES_AT_MOST = 40, 50

COLUMNS = (
    enterprise.c.id, enterprise.c.name, enterprise.c.address, enterprise.c.grid_id,
    enterprise.c.district_code,
)  # fmt: skip


def core(name: str | None) -> str:
    """Return what is a name's own: without legal forms and the words that most pharmacies have."""
    return _GENERIC.sub("", name or "")


def plain(address: str | None) -> str:
    """Return an address without what stands between its parts."""
    return _PLAIN.sub("", address or "")


def of_ids(conn: sa.Connection, ids: set[int]) -> Sequence[Any]:
    """Read enterprises as they are compared."""
    return conn.execute(sa.select(*COLUMNS).where(enterprise.c.id.in_(sorted(ids)))).all() if ids else []


def pools(conn: sa.Connection, viewer: Viewer, row: Any, words: str) -> Iterator[Sequence[Any]]:
    """Yield enterprises of the viewer's scope to compare a lead with; the caller stops when one is found.

    First the city of the lead's district, then the whole scope by name, at last by address. A scope of up
    to `AT_ONCE` comes whole: nothing that is alike is missed there. In a larger one a name must share one
    of three parts that are rare among names, an address one of two.

    Parameters
    ----------
    words : str
        Everything that the lead says: a name that stands in it in full brings its enterprise in.
    """
    mine = enterprise_scope(viewer)
    if _fits(conn, mine):
        yield conn.execute(sa.select(*COLUMNS).where(mine)).all()
        return
    if row.district is not None:
        city = sa.select(district.c.code).where(district.c.code.startswith(row.district[:_PREFECTURE]))
        for near in (enterprise.c.district_code.in_(city), enterprise.c.district_code == row.district):
            if _fits(conn, sa.and_(mine, near)):
                yield conn.execute(sa.select(*COLUMNS).where(mine, near)).all()
                break
    known = _sample(conn)
    total = conn.execute(sa.select(sa.func.count()).select_from(enterprise)).scalar_one()
    few = len(known) * HITS // total
    own = [core(one.name) for one in known]
    alike = [
        enterprise.c.name.contains(part, autoescape=True) for part in rare(core(row.subject), own, few, 3)
    ]
    for where in (enterprise.c.name.in_(_named(words)), sa.or_(sa.false(), *alike)):
        # the index of names alone is read for it, not the enterprises
        ids = sa.select(enterprise.c.id).where(where)
        yield conn.execute(sa.select(*COLUMNS).where(mine, enterprise.c.id.in_(ids))).all()
    lies = [plain(one.address) for one in known]
    lying = [
        enterprise.c.address.contains(part, autoescape=True)
        for part in rare(plain(row.address), lies, few, 2)
    ]
    yield conn.execute(sa.select(*COLUMNS).where(mine, sa.or_(sa.false(), *lying))).all()


def rare(text: str, known: Sequence[str], few: int, most: int) -> list[str]:
    """Return parts of a text, none over another, that at most `few` of the `known` texts have.

    The shortest are taken: one sign that was written wrongly then spoils one part and not two. Of those the
    ones that most of them have: nobody wrote such a part by mistake. What none of them has comes last.
    """
    found = []
    for start in range(len(text)):
        for end in range(start + 1, min(start + LONGEST, len(text)) + 1):
            share = sum(text[start:end] in one for one in known)
            if share <= few:
                found.append((share == 0, end - start, -share, start))
                break
    chosen: list[tuple[int, int]] = []
    for _, size, _, start in sorted(found):
        if all(start + size <= other or start >= stop for other, stop in chosen):
            chosen.append((start, start + size))
    return [text[start:end] for start, end in chosen[:most]]


def _fits(conn: sa.Connection, where: sa.ColumnElement[bool]) -> bool:
    some = sa.select(enterprise.c.id).where(where).limit(AT_ONCE + 1).subquery()
    return bool(conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() <= AT_ONCE)


def _sample(conn: sa.Connection) -> Sequence[Any]:
    """Return names and addresses of enterprises evenly taken from all, by which rare parts are told."""
    e = enterprise.c
    ends = (sa.select(end(e.id)).scalar_subquery() for end in (sa.func.min, sa.func.max))
    first, last = conn.execute(sa.select(*ends)).one()  # asked for together they are looked for row by row
    step = max(1, (last - first) // SAMPLE)
    ids = sa.select(sa.literal(first).label("id")).cte("ids", recursive=True)
    ids = ids.union_all(sa.select(ids.c.id + step).where(ids.c.id + step <= last))
    return conn.execute(sa.select(e.name, e.address).join(ids, ids.c.id == e.id)).all()


def _named(words: str) -> list[str]:
    """Return every piece of the words that ends as names of stores do and may be one in full."""
    ends = [found.end() for found in _STORE.finditer(words)][:_NAMES_AT_MOST]
    return sorted({words[start:end] for end in ends for start in range(max(0, end - _NAME_AT_MOST), end - 2)})
