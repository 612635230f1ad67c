"""What people do to papers, and what the law says of it before; a paper is its kind and number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from data import figures
from data.documents.approval import draft, issued
from data.schema import BEGINNING, audit, enterprise, inspection, message, paper, problem, rectification
from data.writes.papers import approve_paper, return_paper, submit_paper
from data.writes.papers_many import approve_papers
from tests.data.loops.law import PAPER
from tests.data.loops.town import Town
from tests.factories import add_fact

ABOUT = {"visit": "record", "order": "order"}
DONE = {"approve": "approved", "return": "returned"}


@dataclass
class Paper:
    """What was done with a paper, remembered beside the database."""

    state: str = "draft"
    id: int = 0  # of its latest handing-in
    by: str = ""  # who handed it in the last time
    hands: set[str] = field(default_factory=set)  # who ever did
    said: Any = None  # what it said when it was handed in, or approved


def everything(town: Town) -> list[tuple[str, int]]:
    """Return all papers that there could be: of each visit, of each notice."""
    own = sa.and_(rectification.c.ordered_on.is_not(None), rectification.c.notice_of.is_(None))
    numbers = town.conn.execute(sa.select(rectification.c.id).where(own).order_by(rectification.c.id))
    visits = [("visit", row.id) for row in town.rows(inspection)]
    return [*visits, *(("order", number) for number in numbers.scalars())]


def known(town: Town, what: tuple[str, int]) -> Paper:
    return town.known.papers.setdefault(what, Paper())


def handed_in(town: Town, *states: str) -> list[tuple[str, int]]:
    return [what for what, one in town.known.papers.items() if one.state in (states or DONE.values())]


def problems_of(town: Town, number: int) -> list[Any]:
    stands = sa.or_(rectification.c.id == number, rectification.c.notice_of == number)
    of = sa.select(rectification.c.problem_id).where(stands)
    return list(town.conn.execute(sa.select(problem).where(problem.c.id.in_(of)).order_by(problem.c.id)))


def place_of(town: Town, what: tuple[str, int]) -> int:
    kind, number = what
    row = town.row(inspection, number) if kind == "visit" else problems_of(town, number)[0]
    return int(row.enterprise_id)


def superseded(town: Town, what: tuple[str, int]) -> bool:
    return what[0] == "visit" and town.last(inspection, inspection.c.supersedes_id == what[1]) is not None


def says(town: Town, what: tuple[str, int]) -> Any:
    """Return what can be read on a paper, and whether a later one stands in its place."""
    made = draft(town.conn, town.viewer("leader"), *what, "zh-CN")
    return made.number, made.pairs, made.paragraphs, made.tables, made.closing, superseded(town, what)


def is_own(town: Town, name: str, what: tuple[str, int]) -> bool:
    """Whether somebody handed it in, or did the work of which it speaks."""
    kind, number = what
    hands = set(known(town, what).hands)
    if kind == "visit":
        row = town.row(inspection, number)
        hands |= {one for one, account in town.accounts.items() if account == row.user_id}
        hands |= town.named(row.officer_id) | town.named(row.officer2_id)
    else:
        hands |= set().union(*(town.known.problem_hands[one.id] for one in problems_of(town, number)))
    return name in hands


def number_of(town: Town, what: tuple[str, int], n: int) -> str:
    """Return the 文书编号 that somebody gives: mostly a new one, sometimes none, or another paper's."""
    taken = sorted({row.number for row in town.rows(rectification) if row.number})
    if what[0] == "visit" or n % 5 == 1:
        return ""
    return taken[n % len(taken)] if taken and n % 5 == 3 else f"测改〔{town.known.sent}〕{n}号"


def verdict(
    town: Town, verb: str, name: str, what: tuple[str, int], said: str = "", *, stale: bool = False
) -> str | None:
    """Return the code of the refusal that the law asks for; None: it is to be done.

    `said` is the reason, or the number; `stale`: somebody looks at an earlier handing-in.
    """
    right, sources, _ = PAPER[verb]
    if not town.may(name, right):
        return "denied_right"
    if not town.sees_enterprise(name, place_of(town, what)):
        return "denied_scope"
    one = known(town, what)
    if verb == "submit":
        if superseded(town, what):
            return "paper_superseded"
        holds = one.state == "approved" and one.said == says(town, what)
        return "paper_holds" if holds else None if one.state in sources else "paper_waits"
    if one.state not in sources or stale:
        return "paper_decided"
    if is_own(town, name, what):
        return "own_work"
    if verb == "return":
        return None if said else "reason_missing"
    if one.said != says(town, what):
        return "paper_changed"
    if what[0] == "visit":
        return None
    has = town.row(rectification, what[1]).number
    if not (said or has):
        return "text_missing"
    others = [row for row in town.rows(rectification) if what[1] not in (row.id, row.notice_of)]
    return "paper_number_taken" if (said or has) in {row.number for row in others} else None


def tries(
    town: Town, verb: str, name: str, what: tuple[str, int], n: int = 0, *, stale: bool = False,
    keep: bool = True,
) -> str | None:  # fmt: skip
    """Let somebody try a verb on a paper; it goes as the law says, and leaves what it must."""
    kind, number = what
    one, here = known(town, what), town.viewer(name)
    town.known.sent += 1
    earlier = paper.c.inspection_id if kind == "visit" else paper.c.rectification_id
    older = town.conn.execute(sa.select(sa.func.min(paper.c.id)).where(earlier == number)).scalar()
    stale = stale and older not in (None, one.id)
    said = number_of(town, what, n) if verb == "approve" else "字迹不清" if n % 6 else ""
    expected = verdict(town, verb, name, what, said, stale=stale)
    if verb != "submit" and not one.id:
        return None  # there is nothing yet to decide about
    before = says(town, what) if expected is None else None

    def act() -> None:
        conn, now, key = town.conn, town.now, older if stale else one.id
        if verb == "submit":
            submit_paper(conn, here, kind, number, now=now)
        elif verb == "approve":
            approve_paper(conn, here, key, number=said, now=now)
        else:
            return_paper(conn, here, key, reason=said, now=now)

    code = town.attempt(act, lambda *_: went(town, verb, name, what, before, said), keep=keep, shown=False)
    assert code == expected, f"{name} {verb} {what} that is {one.state}: {code}, the law says {expected}"
    if code is None:
        stands_as_the_law_says(town, what)
    return code


def went(town: Town, verb: str, name: str, what: tuple[str, int], before: Any, said: str) -> None:
    """Hold what a verb leaves: the row, the log, who is told; and remember it."""
    one, account = known(town, what), town.accounts[name]
    own = paper.c.inspection_id if what[0] == "visit" else paper.c.rectification_id
    row = town.last(paper, own == what[1])
    log = town.last(audit, audit.c.object_kind == "paper", audit.c.object_id == str(row.id))
    act = "paper.submit" if verb == "submit" else "paper.decide"
    assert (log.action, log.actor) == (act, town.viewer(name).actor)
    if verb == "submit":
        assert row.state == "submitted" and row.id > one.id and row.user_id == account
        town.known.papers[what] = Paper("submitted", row.id, name, {*one.hands, name}, before)
        told = {("asked", "")}
    else:
        assert (row.id, row.state, row.decided_by) == (one.id, DONE[verb], account)
        assert row.user_id == town.accounts[one.by]
        one.state, one.said = DONE[verb], says(town, what)
        if verb == "approve" and what[0] == "order" and said:
            assert {r.number for r in town.rows(rectification) if what[1] in (r.id, r.notice_of)} == {said}
        told = {(DONE[verb], said if verb == "return" else "")}
        assert row.reason == (said if verb == "return" else None)
    live = sa.select(message).where(
        message.c.object == ABOUT[what[0]], message.c.object_id == what[1], message.c.ended_at.is_(None)
    )
    rows = town.conn.execute(live).all()
    assert {(r.kind, r.params.get("reason", "")) for r in rows} == told
    if verb != "submit":
        assert [r.to_user_id for r in rows] == [row.user_id]


def corrects_the_name(town: Town, enterprise_id: int) -> None:
    """Let the master data say that an enterprise was always called otherwise: its papers say so too."""
    town.known.sent += 1
    name = f"又名{town.known.sent}"
    add_fact(town.conn, "identity", enterprise_id, valid_from=BEGINNING, recorded_at=town.now, name=name)
    town.conn.execute(sa.update(enterprise).where(enterprise.c.id == enterprise_id).values(name=name))
    figures.refresh(town.conn, [enterprise_id], now=town.now)


def approves_many(town: Town, name: str, chosen: list[tuple[str, int]], n: int) -> str | None:
    """Let somebody approve many papers at once: all of them or none."""
    chosen = [what for what in dict.fromkeys(chosen) if known(town, what).id]
    numbers, expected, given = {}, [], set()
    for what in chosen:
        town.known.sent += 1
        said = number_of(town, what, n)
        numbers[what] = said
        expected.append(verdict(town, "approve", name, what, said))
        if said in given and said and expected[-1] is None:
            expected[-1] = "paper_number_taken"
        given.add(said)
    before = {what: says(town, what) for what in chosen}
    here = town.viewer(name)

    def after(*_: Any) -> None:
        for what in chosen:
            went(town, "approve", name, what, before[what], numbers[what])

    code = town.attempt(
        lambda: approve_papers(
            town.conn, here, {known(town, what).id: numbers[what] for what in chosen}, now=town.now
        ), after, logged=len(chosen), shown=False,
    )  # fmt: skip
    asked = set(expected) or {"many_number" if town.may(name, "approve") else "denied_right"}
    assert code in asked, f"{name} approves many: {code}, the law says {asked}"
    assert (code is None) == (asked == {None})
    return code


def stands_as_the_law_says(town: Town, what: tuple[str, int]) -> None:
    """Hold that a paper carries no 草稿 only while it is approved as it is."""
    one = known(town, what)
    made, how = issued(town.conn, town.viewer("leader"), *what, "zh-CN")
    holds = one.state == "approved" and one.said == says(town, what)
    assert (how.state, how.holds, made.mark == "") == (one.state, holds, holds), f"{what} is {one}"
