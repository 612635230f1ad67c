"""Whatever people of all roles do to problems, in whichever order: the rules, told anew, hold."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from data import audit, figures
from data.access import Role, viewer_of_user
from data.errors import Conflict, Denied, Refused
from data.profiles import profile_rows
from data.reads.problems import problem_file
from data.schema import audit as audit_table
from data.schema import enterprise, enterprise_profile, problem, problem_event, user
from data.writes import problems as on_the_way
from data.writes import problems_aside as aside
from data.writes.inspections import record, supersede
from data.writes.loans import NewLoan, end, lend
from data.writes.problems_many import reassign_many
from data.writes.rechecks import Recheck
from data.writes.visit import Finding, Visit
from tests.data.test_figures import dump
from tests.factories import NOW, TODAY, add_fact, add_org, add_user, make_city

WAY = {
    # verb: (who, from which states, to which state or None)
    "order": ("officer", "found", "ordered"),
    "fix_on_spot": ("officer", "found", "recheck_passed"),
    "reply": ("officer", "ordered", "replied"),
    "ask_extension": ("officer", "ordered", None),
    "decide_extension": ("supervisor leader", "ordered", None),
    "assign_recheck": ("supervisor leader", "replied awaiting_recheck", "awaiting_recheck"),
    "pass_recheck": ("officer", "awaiting_recheck", "recheck_passed"),
    "fail_recheck": ("officer", "awaiting_recheck", "ordered"),
    "send_back": ("supervisor leader", "recheck_passed", "awaiting_recheck"),
    "close_out": ("supervisor leader", "recheck_passed", "closed_out"),
    "reassign": ("supervisor leader", "open", None),
    "supervise": ("supervisor leader", "open", None),
    "unsupervise": ("supervisor leader", "open", None),
    "file": ("supervisor leader", "open", "filed"),
    "transfer": ("supervisor leader", "open", "transferred"),
    "revoke": ("supervisor leader", "open", "revoked"),
    "end": ("supervisor leader", "open", "ended"),
    "acknowledge_transfer": ("supervisor leader", "filed transferred", None),
}
"""The closed loop as the design tells it, not as the code does."""
OPEN = ("found", "ordered", "replied", "awaiting_recheck", "recheck_passed")
NEXT = {
    "found": ("order", "order", "order", "fix_on_spot", "file", "reassign"),
    "ordered": ("reply", "reply", "ask_extension", "decide_extension", "supervise"),
    "replied": ("assign_recheck", "assign_recheck", "assign_recheck", "transfer", "unsupervise"),
    "awaiting_recheck": ("recheck", "recheck", "recheck", "recheck", "assign_recheck", "revoke"),
    "recheck_passed": ("close_out", "close_out", "send_back", "end"),
    "transferred": ("acknowledge_transfer",),
}
"""What usually comes next; a way on which stories get to their end."""
BY_HAND = [verb for verb in WAY if not verb.endswith("_recheck") or verb == "assign_recheck"]
WORK = ("find", "order", "fix_on_spot", "reply", "ask_extension", "pass_recheck", "fail_recheck")

PEOPLE = ("first", "second", "third", "boss", "narrow", "leader", "auditor", "steward", "admin")
people = st.sampled_from(PEOPLE)
# most acts by those who may, so that stories get somewhere
actors = st.one_of(st.sampled_from(("first", "second", "boss", "leader")), people)
numbers = st.integers(0, 30)


def sources(verb: str) -> tuple[str, ...]:
    told = WAY[verb][1]
    return OPEN if told == "open" else tuple(told.split())


class Problems(RuleBasedStateMachine):
    """One small city in one transaction; every act in a savepoint, as it is a transaction in the product."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__()
        self.conn = engine.connect()
        self.outer = self.conn.begin()
        self.now = NOW
        self.sent = 0
        self.worked: dict[int, set[str]] = defaultdict(set)  # problem → who found, handled or rechecked it
        self.asked: dict[int, str] = {}
        self.changed = True  # since what always holds was last looked at

    def teardown(self) -> None:
        self.outer.rollback()
        self.conn.close()

    @initialize()
    def a_city(self) -> None:
        conn = self.conn
        self.city = make_city(conn, enterprises=2, unplaced=0, visited=0, build=False)
        self.root = root = add_org(conn, "root", kind="bureau")
        below = add_org(conn, "below", kind="district", parent_id=root, district_code=self.city.districts[0])
        conn.execute(
            sa.text("UPDATE grid SET org_id = :org WHERE district_code = :code"),
            {"org": below, "code": self.city.districts[0]},
        )
        officers = dict(zip(("first", "second", "third"), self.city.officers, strict=False))
        self.officers = officers
        self.accounts = {
            name: add_user(conn, Role.OFFICER, officer_id=officer) for name, officer in officers.items()
        }
        self.accounts |= {
            "boss": add_user(conn, Role.SUPERVISOR, org_id=root),
            "narrow": add_user(conn, Role.SUPERVISOR, org_id=below),
            "leader": add_user(conn, Role.LEADER, org_id=root),
            "auditor": add_user(conn, Role.AUDITOR),
            "steward": add_user(conn, Role.STEWARD),
            "admin": add_user(conn, Role.ADMIN),
        }
        self.roles = dict.fromkeys(officers, "officer") | {
            "boss": "supervisor", "narrow": "supervisor", "leader": "leader", "auditor": "auditor",
            "steward": "steward", "admin": "admin",
        }  # fmt: skip
        conn.execute(sa.text("UPDATE plan SET active = :no WHERE NOT headline"), {"no": False})
        figures.build(conn, as_of=TODAY, now=NOW)
        # two grids of one district and one of the other, with an enterprise or two each
        self.places = [(self.city.by_grid[g][n], g) for g in self.city.grids[:3] for n in (0, 1)]
        self.loans: list[tuple[int, str, int | None, int | None]] = []
        for name, (one, _) in (("first", self.places[0]), ("second", self.places[2])):
            self.visit_by(name, one, findings=3)

    # what the people see, told anew

    def sees(self, name: str, enterprise_id: int, grid_id: int) -> bool:
        role = self.roles[name]
        if role in ("leader", "auditor", "steward") or (role == "supervisor" and name != "narrow"):
            return True
        if name == "narrow":
            return grid_id in self.city.grids[:2]
        if role != "officer":
            return False
        officer = self.officers[name]
        own = self.city.grids[self.city.officers.index(officer)]
        lent = any(who == name and (g == grid_id or e == enterprise_id) for _, who, g, e in self.loans)
        named = [
            row
            for row in self.conn.execute(sa.select(problem).where(problem.c.enterprise_id == enterprise_id))
            if officer in (row.officer_id, row.recheck_officer_id) and row.state in OPEN
        ]
        return grid_id == own or lent or bool(named)

    def viewer(self, name: str):
        found = viewer_of_user(self.conn, self.accounts[name], self.now.date())
        assert found is not None
        return found

    def problems(self, *states: str) -> list[sa.Row]:
        found = self.conn.execute(sa.select(problem).order_by(problem.c.id)).all()
        return [row for row in found if not states or row.state in states]

    def grid_of(self, enterprise_id: int) -> int:
        return dict(self.places)[enterprise_id]

    def attempt(self, act) -> Exception | None:
        """Do something as a transaction of its own; a refusal leaves nothing behind."""
        self.now += timedelta(minutes=1)
        before = self.seen()
        inner = self.conn.begin_nested()
        try:
            act()
        except Refused as refused:
            inner.rollback()
            assert self.seen() == before
            return refused
        inner.commit()
        assert self.seen() != before
        self.changed = True
        return None

    def seen(self) -> tuple:
        return tuple(
            self.conn.execute(sa.select(sa.func.count()).select_from(table)).scalar()
            for table in (audit_table, problem_event)
        )

    # acts

    def visit_by(self, name: str, enterprise_id: int, findings: int, rechecks=None) -> Exception | None:
        self.sent += 1
        visit = Visit(
            kind="recheck" if rechecks else "routine", finished_at=self.now, over_cap_reason="线索核查",
            conclusion="rectify" if findings else "pass", officer2_id=self.city.officers[3],
            findings=tuple(Finding("minor", f"不符合 {n}") for n in range(findings)),
            rechecks=rechecks or {},
        )  # fmt: skip
        here, sent = self.viewer(name), f"visit-{self.sent}"
        said = self.attempt(
            lambda: record(self.conn, here, enterprise_id, visit, client_id=sent, now=self.now)
        )
        if said is None:
            found = self.conn.execute(
                sa.select(problem_event.c.problem_id).where(
                    problem_event.c.verb == "find", problem_event.c.user_id == self.accounts[name]
                )
            ).scalars()
            for one in found:
                self.worked[one].add(name)
        return said

    @rule(name=actors, place=numbers, findings=st.integers(0, 2))
    def visits(self, name: str, place: int, findings: int) -> None:
        one, grid = self.places[place % len(self.places)]
        said = self.visit_by(name, one, findings)
        allowed = self.roles[name] == "officer" and self.sees(name, one, grid)
        assert isinstance(said, Denied) == (not allowed) and (allowed is (said is None))

    @rule(name=st.sampled_from(("first", "second")), number=numbers)
    def corrects_a_visit(self, name: str, number: int) -> None:
        standing = self.conn.execute(
            sa.text(
                "SELECT id, enterprise_id FROM inspection i WHERE NOT EXISTS "
                "(SELECT 1 FROM inspection l WHERE l.supersedes_id = i.id) ORDER BY id"
            )
        ).all()
        old = standing[number % len(standing)]
        self.sent += 1
        visit = Visit(kind="routine", finished_at=self.now, conclusion="pass")
        here_too = self.sees(name, old.enterprise_id, self.grid_of(old.enterprise_id))
        allowed = self.roles[name] == "officer" and here_too
        here, sent = self.viewer(name), f"correction-{self.sent}"
        said = self.attempt(
            lambda: supersede(self.conn, here, old.id, visit, reason="误填", client_id=sent, now=self.now)
        )
        assert isinstance(said, Denied) == (not allowed) and (allowed is (said is None))

    @rule(name=actors, number=numbers, passed=st.booleans())
    def rechecks(self, name: str, number: int, passed: bool) -> None:
        rows = self.problems()
        self.recheck(name, rows[number % len(rows)], passed)

    def recheck(self, name: str, row: sa.Row, passed: bool) -> None:
        grid = self.grid_of(row.enterprise_id)
        allowed = self.roles[name] == "officer" and self.sees(name, row.enterprise_id, grid)
        result = Recheck(passed, None if passed else "仍未整改")
        said = self.visit_by(name, row.enterprise_id, 0, {row.id: result})
        assert isinstance(said, Denied) == (not allowed)
        given = row.state == "awaiting_recheck" and row.recheck_officer_id in (
            self.officers.get(name), self.city.officers[3],
        )  # fmt: skip
        assert (said is None) == (allowed and given)
        if said is None:
            self.worked[row.id].add(name)

    @rule(verb=st.sampled_from(BY_HAND), name=actors, number=numbers, stale=st.booleans())
    def tries(self, verb: str, name: str, number: int, stale: bool) -> None:
        rows = self.problems()
        self.move(verb, name, rows[number % len(rows)], number, stale=stale)

    @rule(numbers=st.lists(st.tuples(numbers, numbers, numbers), min_size=4, max_size=12))
    def go_on(self, numbers: list[tuple[int, int, int]]) -> None:
        for number, which, who in numbers:
            self.step(number, which, who)
            self.stories_hold()

    def step(self, number: int, which: int, who: int) -> None:
        """Let somebody who may take a problem on by what usually comes next."""
        rows = self.problems(*OPEN) or self.problems("transferred")
        if not rows:
            return
        row = rows[number % len(rows)]
        usual = NEXT[row.state]
        verb = usual[which % len(usual)]
        grid = self.grid_of(row.enterprise_id)
        wanted = "officer" if verb == "recheck" else WAY[verb][0]
        able = [
            n for n in PEOPLE if self.roles[n] in wanted.split() and self.sees(n, row.enterprise_id, grid)
        ]
        if not able:
            return  # everybody who could has changed posts
        if verb == "recheck":
            given = [n for n in able if self.officers[n] == row.recheck_officer_id]
            self.recheck((given or able)[0], row, which % 3 != 0)
        else:
            self.move(verb, able[who % len(able)], row, number + who)

    def move(self, verb: str, name: str, row: sa.Row, number: int, *, stale: bool = False) -> None:
        version = row.version - 1 if stale else row.version
        who, _, target = WAY[verb]
        allowed = self.roles[name] in who.split() and self.sees(
            name, row.enterprise_id, self.grid_of(row.enterprise_id)
        )
        ready = row.state in sources(verb)
        own = (verb == "close_out" and self.is_own(name, row)) or (
            verb == "decide_extension" and self.asked.get(row.id) == name
        )
        here = self.viewer(name)
        offered = verb in self.offered(name, row)
        said = self.attempt(lambda: self.do(verb, here, row, version, number))
        if not allowed:
            assert isinstance(said, Denied)
        elif version != row.version:
            assert isinstance(said, Conflict)
        elif not ready:
            assert isinstance(said, Refused) and said.code == f"problem_is_{row.state}"
        elif own:
            assert isinstance(said, Denied) or (isinstance(said, Refused) and said.code == "extension_none")
        else:
            assert not isinstance(said, (Denied, Conflict))
        assert said is not None or (allowed and ready and not own and offered)
        if said is None:
            now = self.conn.execute(sa.select(problem).where(problem.c.id == row.id)).one()
            assert now.state == (target or row.state) and now.version == row.version + 1
            if verb in WORK:
                self.worked[row.id].add(name)
            if verb == "ask_extension":
                self.asked[row.id] = name

    def is_own(self, name: str, row: sa.Row) -> bool:
        grid = self.grid_of(row.enterprise_id)
        handler = row.officer_id or self.city.officers[self.city.grids.index(grid)]
        responsible = (handler, row.recheck_officer_id)
        return name in self.worked[row.id] or (name in self.officers and self.officers[name] in responsible)

    def offered(self, name: str, row: sa.Row) -> tuple[str, ...]:
        try:
            return problem_file(self.conn, self.viewer(name), row.id, self.now.date()).moves
        except Denied:
            return ()

    def do(self, verb: str, who, row: sa.Row, version: int, number: int) -> None:
        day = self.now.date() + timedelta(days=1 + number % 20)
        officer = self.city.officers[number % 3]
        said = {
            "order": {"kind": "immediate" if number % 2 else "term"},
            "fix_on_spot": {"note": "当场改正"},
            "reply": {"text": "已整改"},
            "ask_extension": {"until": (row.due_on or day) + timedelta(days=5), "reason": "等设备"},
            "decide_extension": {
                "approved": number % 2 == 0,
                "reason": "可以" if number % 2 == 0 else "不可以",
            },
            "assign_recheck": {"officer_id": officer, "day": day},
            "send_back": {"reason": "照片不清"},
            "close_out": {"result": "整改到位"},
            "reassign": {"officer_id": officer},
            "supervise": {"on": True, "reason": "重点"},
            "unsupervise": {"on": False},
            "file": {"note": "立案"},
            "transfer": {"receiver": "公安", "note": "移送"},
            "revoke": {"reason": "误录"},
            "end": {"reason": "已关闭"},
            "acknowledge_transfer": {"receipt": "回执"},
        }[verb]
        name = "supervise" if verb == "unsupervise" else verb
        act = getattr(on_the_way, name, None) or getattr(aside, name)
        act(self.conn, who, row.id, version=version, now=self.now, **said)

    @rule(name=actors, officer=st.integers(0, 2), places=st.lists(numbers, min_size=1, max_size=3))
    def gives_many_away(self, name: str, officer: int, places: list[int]) -> None:
        rows = self.problems()
        chosen = {rows[n % len(rows)].id: rows[n % len(rows)] for n in places}
        allowed = self.roles[name] in ("supervisor", "leader") and all(
            self.sees(name, row.enterprise_id, self.grid_of(row.enterprise_id)) for row in chosen.values()
        )
        here, to = self.viewer(name), self.city.officers[officer]
        new = [row for row in chosen.values() if row.officer_id != to]
        if not new:
            return
        versions = {key: row.version for key, row in chosen.items()}
        said = self.attempt(lambda: reassign_many(self.conn, here, versions, officer_id=to, now=self.now))
        if any(row.state not in OPEN for row in chosen.values()):
            assert said is not None
        else:
            assert isinstance(said, Denied) == (not allowed) and (allowed is (said is None))

    @rule(name=actors, to=st.sampled_from(("first", "second", "third")), place=numbers, cross=st.booleans())
    def lends(self, name: str, to: str, place: int, cross: bool) -> None:
        one, grid = self.places[place % len(self.places)]
        allowed = self.roles[name] in ("supervisor", "leader") and self.sees(name, one, grid)
        where = {"enterprise_id": one} if cross else {"grid_id": grid}
        new = NewLoan(
            self.officers[to], self.now.date(), self.now.date() + timedelta(days=7), "支援", **where
        )
        here, made = self.viewer(name), []
        said = self.attempt(lambda: made.append(lend(self.conn, here, new, now=self.now)))
        assert isinstance(said, Denied) == (not allowed) and (allowed is (said is None))
        if said is None:
            self.loans.append((made[0], to, where.get("grid_id"), where.get("enterprise_id")))

    @rule(number=numbers)
    def takes_a_loan_back(self, number: int) -> None:
        if self.loans:
            gone = self.loans.pop(number % len(self.loans))
            assert self.attempt(lambda: end(self.conn, self.viewer("boss"), gone[0], now=self.now)) is None

    @rule(name=st.sampled_from(("first", "second")))
    def changes_post(self, name: str) -> None:
        self.roles[name] = "officer" if self.roles[name] == "supervisor" else "supervisor"
        values = {"role": self.roles[name], "org_id": self.root}
        self.conn.execute(sa.update(user).where(user.c.id == self.accounts[name]).values(values))

    @rule(place=numbers)
    def closes_an_enterprise(self, place: int) -> None:
        one, _ = self.places[place % len(self.places)]
        add_fact(self.conn, "status", one, valid_from=TODAY, recorded_at=self.now, status="closed")
        self.conn.execute(sa.update(enterprise).where(enterprise.c.id == one).values(status="closed"))
        figures.refresh(self.conn, [one], now=self.now)
        self.changed = True

    # what always holds

    @invariant()
    def holds(self) -> None:
        if self.changed:
            self.changed = False
            self.stories_hold()
            self.figures_are_the_definition()

    def stories_hold(self) -> None:
        self.no_state_is_skipped_and_versions_count_the_events()
        self.nobody_closes_their_own_work()
        assert audit.verify(self.conn) is None
        # what a move of a problem changes in the figures; all of them are held after each act
        kept = {row.enterprise_id: row._mapping for row in self.conn.execute(sa.select(enterprise_profile))}
        for row in self.conn.execute(profile_rows()):
            assert kept[row.enterprise_id] == row._mapping

    def no_state_is_skipped_and_versions_count_the_events(self) -> None:
        stories = defaultdict(list)
        for event in self.conn.execute(sa.select(problem_event).order_by(problem_event.c.id)):
            stories[event.problem_id].append(event)
        for row in self.problems():
            story = stories[row.id]
            assert len(story) == row.version and story[-1].to_state == row.state
            assert (story[0].verb, story[0].from_state, story[0].to_state) == ("find", None, "found")
            for before, after in pairwise(story):
                assert after.from_state == before.to_state and after.at >= before.at
                assert after.from_state in sources(after.verb)
                assert after.to_state == (WAY[after.verb][2] or after.from_state)
                assert after.round == before.round + (after.verb == "fail_recheck")
            assert (row.closed_on is None) == (row.state in OPEN)

    def nobody_closes_their_own_work(self) -> None:
        names = {account: name for name, account in self.accounts.items()}
        events = self.conn.execute(sa.select(problem_event).where(problem_event.c.verb == "close_out"))
        for event in events:
            assert names[event.user_id] not in self.worked[event.problem_id]

    def figures_are_the_definition(self) -> None:
        kept = dump(self.conn)
        inner = self.conn.begin_nested()
        figures.build(self.conn, as_of=TODAY, now=NOW)
        assert dump(self.conn) == kept
        inner.rollback()


RARE = settings(deadline=None, suppress_health_check=list(HealthCheck))


def test_whatever_people_do_the_rules_hold(db: sa.Engine) -> None:
    # the rules are the same on both databases; what they store is held by the shorter run too
    examples = 12 if db.dialect.name == "sqlite" else 3
    run_state_machine_as_test(
        lambda: Problems(db), settings=settings(RARE, max_examples=examples, stateful_step_count=15)
    )
