"""What always holds, whoever did whatever."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.clock import EVERYTHING
from data.profiles import profile_rows
from data.reads.wall_work import lead_stages
from data.schema import (
    attachment,
    enterprise_profile,
    lead,
    lead_event,
    message,
    problem,
    problem_event,
    rectification,
)
from data.writes.reminders import NEWS
from tests.data.loops import grids, papers_seen
from tests.data.loops.law import LEAD, LEAD_OPEN, PROBLEM, PROBLEM_OPEN
from tests.data.loops.town import Town
from tests.data.plain_words import agrees_with_plain_words
from tests.data.test_figures import dump

BESIDE = {"escalate": "the system tells", "visit": "a visit looked into it"}
"""Events that change no state and no version."""


@cache
def _profiles() -> tuple[sa.Select[Any], sa.Select[Any]]:
    made = profile_rows().subquery()
    return (
        sa.select(made).order_by(made.c.enterprise_id),
        sa.select(*(enterprise_profile.c[c.name] for c in made.c)).order_by("enterprise_id"),
    )


def profiles_agree(conn: sa.Connection) -> None:
    """Hold that what is stored of every enterprise is what its rows say."""
    made, kept = _profiles()
    assert conn.execute(made).all() == conn.execute(kept).all()


def everything(town: Town) -> None:
    """Hold all that is too dear to be asked after each act."""
    problems_tell_their_story(town)
    leads_tell_their_story(town)
    assert audit.verify(town.conn) is None
    figures_are_the_definition(town)
    told_of_nothing_closed(town)
    notices_are_whole(town)
    papers_seen.hold(town)
    grids.rights_follow_the_days(town)


def notices_are_whole(town: Town) -> None:
    """Hold that a notice is of one enterprise and day, and what was told of it waits where it is ordered."""
    rounds = {row.id: row for row in town.rows(rectification)}
    at = {row.id: row for row in town.rows(problem)}
    for row in rounds.values():
        head = rounds[row.notice_of or row.id]
        assert head.notice_of is None and head.problem_id <= row.problem_id
        assert at[head.problem_id].enterprise_id == at[row.problem_id].enterprise_id
        assert head.ordered_on == row.ordered_on
    told = sa.select(message.c.object_id, message.c.cause).where(
        message.c.kind == "assigned", message.c.cause.startswith("notice:"), message.c.ended_at.is_(None)
    )
    for number, cause in town.conn.execute(told):
        nth = [one for one in rounds.values() if one.problem_id == number and one.round == at[number].round]
        assert at[number].state == "ordered"
        assert [one.notice_of or one.id for one in nth] == [int(cause.removeprefix("notice:"))]


def problems_tell_their_story(town: Town) -> None:
    stories = _stories(town, problem_event, "problem_id")
    for row in town.rows(problem):
        story = stories[row.id]
        acts = [event for event in story if event.verb not in BESIDE]
        assert len(acts) == row.version and story[-1].to_state == row.state
        assert (story[0].verb, story[0].from_state, story[0].to_state) == ("find", None, "found")
        for before, after in pairwise(story):
            assert after.from_state == before.to_state and after.at >= before.at
            if after.verb in BESIDE:
                assert after.to_state == after.from_state
                continue
            assert after.from_state in PROBLEM[after.verb].sources
            assert after.to_state == (PROBLEM[after.verb].target or after.from_state)
            assert after.round == before.round + (after.verb == "fail_recheck")
        assert (row.closed_on is None) == (row.state in PROBLEM_OPEN)
        names = {account: name for name, account in town.accounts.items()}
        closed_by = [names[event.user_id] for event in acts if event.verb == "close_out"]
        assert not town.known.problem_hands[row.id] & set(closed_by), "nobody closes their own work"


def leads_tell_their_story(town: Town) -> None:
    stories = _stories(town, lead_event, "lead_id")
    names = {account: name for name, account in town.accounts.items()}
    for row in town.rows(lead):
        story = stories[row.id]
        acts = [event for event in story if event.verb not in BESIDE]
        assert len(acts) == row.version and story[-1].to_state == row.state
        assert (story[0].verb, story[0].from_state, story[0].to_state) == ("register", None, "registered")
        for before, after in pairwise(story):
            assert after.from_state == before.to_state
            if after.verb in BESIDE or after.verb == "absorb":
                assert after.to_state == after.from_state
                continue
            assert after.from_state in LEAD[after.verb].sources
            assert after.to_state == (LEAD[after.verb].target or after.from_state)
        assert (row.closed_on is None) == (row.state in LEAD_OPEN)
        if row.merged_into_id is not None:
            assert row.state == "closed_out" and row.disposal == "merged" and row.merged_into_id != row.id
        elif row.state == "closed_out":
            assert row.outcome and row.result and row.disposal
            assert row.number_12315 or row.channel != "complaint"
            assert row.inspection_id or _papers(town, row.id), "closed without evidence"
            assert row.receipt or row.receiver is None
        closed_by = [names[event.user_id] for event in acts if event.verb == "close_out"]
        assert not town.known.lead_hands[row.id] & set(closed_by), "nobody closes their own work"


def _papers(town: Town, lead_id: int) -> bool:
    own = (attachment.c.object == "lead", attachment.c.object_id == lead_id)
    return town.conn.execute(sa.select(attachment.c.id).where(*own)).first() is not None


def _stories(town: Town, table: sa.Table, key: str) -> dict[int, list[Any]]:
    stories = defaultdict(list)
    for event in town.conn.execute(sa.select(table).order_by(table.c.id)):
        stories[getattr(event, key)].append(event)
    return stories


def figures_are_the_definition(town: Town) -> None:
    """Hold that figures kept row by row are those built whole, and both what plain words say."""
    kept = dump(town.conn)
    with town.taken_back():
        figures.build(town.conn, as_of=town.today, now=town.now)
        assert dump(town.conn) == kept
    agrees_with_plain_words(town.conn, town.today, EVERYTHING)
    open_ = [row for row in town.rows(lead) if row.state in LEAD_OPEN]
    assert lead_stages(town.conn, town.viewer("leader"), town.today)["open"] == len(open_)


def told_of_nothing_closed(town: Town) -> None:
    """Hold that nobody's inbox asks for what is done."""
    for name, table, states in (("problem", problem, PROBLEM_OPEN), ("lead", lead, LEAD_OPEN)):
        closed = sa.select(table.c.id).where(table.c.state.not_in(states))
        left = sa.select(message.c.kind).where(
            message.c.object == name, message.c.object_id.in_(closed), message.c.ended_at.is_(None),
            message.c.kind.not_in(NEWS), ~message.c.cause.startswith("receipt:"),
        )  # fmt: skip
        assert town.conn.execute(left).all() == []
    asked = sa.select(message.c.object_id).where(
        message.c.cause.startswith("receipt:"), message.c.ended_at.is_(None)
    )
    waits = {row.id for row in town.rows(problem, "filed", "transferred")} - town.known.receipts
    assert set(town.conn.execute(asked).scalars()) <= waits
