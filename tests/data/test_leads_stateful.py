"""Random people doing random things to leads: what must hold after each of them."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from data import audit, figures
from data.access import RIGHTS, Right, Role, Viewer
from data.errors import Denied, Refused
from data.profiles import profile_rows
from data.reads.lead_row import OWN_WORK, moves_open, read_lead
from data.reads.leads import board
from data.reads.wall_work import lead_stages
from data.schema import enterprise_profile, lead, lead_event
from data.store import open_engine, reading, writing
from data.workflow import LEAD_CLOSED, LEAD_MOVES, LEAD_OPEN
from data.writes import leads, leads_side, leads_steps
from data.writes.leads_given import NewLead
from tests.factories import NOW, TODAY, add_inspection, make_city, viewer

VERBS = tuple(LEAD_MOVES)
CHECKED = ("lead_", "officer_", "reason_", "enterprise_", "inspection_", "own_work", "denied_")


def do(conn: sa.Connection, who: Viewer, verb: str, n: int, v: int, pick: Any, now: Any) -> Any:
    """Call the verb with what `pick` chooses."""
    said: dict[str, Any] = {"version": v, "now": now}
    officer, enterprise, other, reason = pick["officer"], pick["enterprise"], pick["other"], "测试理由"
    acts: dict[str, Any] = {
        "assign": lambda: leads_steps.assign(conn, who, n, officer, **said),
        "acknowledge": lambda: leads_steps.acknowledge(conn, who, n, **said),
        "investigate": lambda: leads_steps.investigate(conn, who, n, **said),
        "conclude": lambda: leads_steps.conclude(
            conn, who, n, outcome=pick["outcome"], result="查明", inspection_id=pick["visit"], **said
        ),
        "dispose": lambda: leads_steps.dispose(
            conn, who, n, disposal=pick["disposal"], receiver="市公安局", **said
        ),
        "submit": lambda: leads_steps.submit(conn, who, n, **said),
        "close_out": lambda: leads_steps.close_out(conn, who, n, note="同意", **said),
        "match": lambda: leads.match(conn, who, n, enterprise, **said),
        "amend": lambda: leads.amend(conn, who, n, {"crime": pick["flag"]}, **said),
        "return": lambda: leads_steps.give_back(conn, who, n, reason=reason, **said),
        "send_back": lambda: leads_steps.send_back(conn, who, n, reason=reason, **said),
        "reinvestigate": lambda: leads_steps.send_back(conn, who, n, reason=reason, again=True, **said),
        "reassign": lambda: leads_steps.reassign(conn, who, n, officer, reason=reason, **said),
        "merge": lambda: leads_side.merge(conn, who, n, other, **said),
        "split": lambda: leads_side.split(conn, who, n, [leads_side.Part("另一件")], **said),
        "supervise": lambda: leads_side.supervise(conn, who, n, True, reason=reason, **said),
        "unsupervise": lambda: leads_side.supervise(conn, who, n, False, reason=reason, **said),
        "receipt": lambda: leads_side.receipt(conn, who, n, "回执", **said),
        "ask_extension": lambda: leads_side.ask_extension(conn, who, n, reason=reason, **said),
        "decide_extension": lambda: leads_side.decide_extension(
            conn, who, n, pick["flag"], reason=reason, **said
        ),
    }
    return acts[verb]()


class Leads(RuleBasedStateMachine):
    """Leads of a small city in the hands of everybody."""

    url = ""
    numbers = Bundle("numbers")

    @initialize()
    def begin(self) -> None:
        self.folder = None
        self.engine = self.make_engine()
        with writing(self.engine) as conn:
            self.made = make_city(conn, districts=1, grids=2, enterprises=2, unplaced=0, visited=0)
            self.visits = [add_inspection(conn, e, TODAY) for e in self.made.enterprises[:4]]
            figures.rebuild(conn, now=NOW)
        a, b = self.made.grids[:2]
        one, two = self.made.officers[:2]
        self.who = [
            viewer(Role.OFFICER, grids=(a,), officer_id=one),
            viewer(Role.OFFICER, grids=(b,), officer_id=two),
            viewer(Role.SUPERVISOR, grids=(a, b), districts=tuple(self.made.districts)),
            viewer(Role.SUPERVISOR, grids=(a,), officer_id=one),  # supervises, and is an officer too
            viewer(Role.SUPERVISOR, grids=(b,)),
            viewer(Role.LEADER),
            viewer(Role.AUDITOR),
            viewer(Role.STEWARD),
            viewer(Role.WALL),
        ]
        self.now = NOW
        self.sent = 0

    def make_engine(self) -> sa.Engine:
        return open_engine(self.url)

    @precondition(lambda self: self.sent < 3)
    @rule(target=numbers, where=st.integers(0, 4), number=st.booleans())
    def registered(self, where: int, number: bool) -> int:
        self.sent += 1
        self.now += timedelta(hours=5)
        about = self.made.enterprises[where] if where < 4 else None
        new = NewLead(
            "complaint", f"线索{self.sent}", self.now.date(), enterprise_id=about,
            number_12315=f"12315{self.sent:05d}" if number else None,
        )  # fmt: skip
        with writing(self.engine) as conn:
            return leads.register(conn, self.who[5], new, client_id=f"s{self.sent}", now=self.now)

    @rule(
        n=numbers, who=st.integers(0, 8), verb=st.sampled_from(VERBS), stale=st.sampled_from((0, 0, 0, 0, 1)),
        other=numbers, officer=st.integers(0, 1), enterprise=st.integers(0, 4), visit=st.integers(0, 3),
        outcome=st.sampled_from(leads_steps.OUTCOMES), disposal=st.sampled_from(leads_steps.DISPOSALS),
        flag=st.booleans(),
    )  # fmt: skip
    def anybody_does_anything(self, n: int, who: int, verb: str, stale: int, other: int, **pick: Any) -> None:
        self.act(n, self.who[who], verb, stale, other, pick)

    @rule(n=numbers, choice=st.integers(0, 99), other=numbers, pick=st.fixed_dictionaries({
        "officer": st.integers(0, 1), "enterprise": st.integers(0, 3), "visit": st.integers(0, 3),
        "outcome": st.sampled_from(leads_steps.OUTCOMES), "disposal": st.sampled_from(leads_steps.DISPOSALS),
        "flag": st.booleans(),
    }))  # fmt: skip
    def somebody_goes_on(self, n: int, choice: int, other: int, pick: dict[str, Any]) -> None:
        self.go_on(n, choice, other, pick)

    def go_on(self, n: int, choice: int, other: int, pick: dict[str, Any]) -> None:
        """Take a step that the product offers, so that leads get far."""
        with reading(self.engine) as conn:
            row = read_lead(conn, n)
            offers = [(w, verb) for w in self.who for verb in moves_open(conn, w, row)]
            if row.enterprise_id in self.made.enterprises[:4]:
                pick["visit"] = self.made.enterprises.index(row.enterprise_id)
        aside = ("merge", "return", "reassign", "send_back", "reinvestigate")
        onward = [o for o in offers if LEAD_MOVES[o[1]].target and o[1] not in aside]
        if offers:
            who, verb = (onward or offers)[choice % len(onward or offers)]
            self.act(n, who, verb, 0, other, pick)

    @rule(n=numbers, choice=st.integers(0, 99), other=numbers)
    def several_steps(self, n: int, choice: int, other: int) -> None:
        """Go on for a while, so that the late states are not rare."""
        pick = {"officer": choice % 2, "enterprise": choice % 4, "visit": 0, "outcome": "true",
                "disposal": leads_steps.DISPOSALS[choice % 6], "flag": bool(choice % 2)}  # fmt: skip
        for _ in range(4):
            self.go_on(n, choice, other, pick)

    def act(self, n: int, who: Viewer, verb: str, stale: int, other: int, pick: dict[str, Any]) -> None:
        self.now += timedelta(hours=5)
        chosen = {
            **pick,
            "other": other,
            "officer": self.made.officers[pick["officer"]],
            "enterprise": self.made.enterprises[pick["enterprise"]] if pick["enterprise"] < 4 else None,
            "visit": self.visits[pick["visit"]],
        }
        with reading(self.engine) as conn:
            before = read_lead(conn, n)
            offered = verb in moves_open(conn, who, before)
            acted = conn.execute(
                sa.select(lead_event.c.id).where(
                    lead_event.c.lead_id == n, lead_event.c.verb.in_(OWN_WORK),
                    lead_event.c.officer_id == (who.officer_id or 0),
                )
            ).first()  # fmt: skip
            logged = conn.execute(sa.select(sa.func.count()).select_from(lead_event)).scalar()
        try:
            with writing(self.engine) as conn:
                do(conn, who, verb, n, before.version - stale, chosen, self.now)
        except Refused as refused:
            assert refused.code.startswith(CHECKED), refused.code
            with reading(self.engine) as conn:  # nothing of it stays
                assert tuple(read_lead(conn, n)) == tuple(before)
                assert conn.execute(sa.select(sa.func.count()).select_from(lead_event)).scalar() == logged
            if not offered and stale == 0 and isinstance(refused, Denied):
                return
            return
        move = LEAD_MOVES[verb]
        assert stale == 0 and Right(move.right) in RIGHTS[who.role]
        assert before.state in move.sources
        assert verb not in ("close_out", "decide_extension") or (acted is None and offered)
        assert offered or verb in ("amend",), f"{verb} was done though it is not offered"
        if move.right == Right.HANDLE:
            assert before.officer_id == who.officer_id is not None
        if not (move.right == Right.HANDLE and before.officer_id == who.officer_id):
            assert who.scope.covers(before.grid, before.district, before.enterprise_id) or (
                who.may(Right.HANDLE) and before.officer_id == who.officer_id
            )
        with reading(self.engine) as conn:
            after = read_lead(conn, n)
        assert after.state == (move.target or before.state)
        assert after.version == before.version + (0 if tuple(after) == tuple(before) else 1)

    @invariant()
    def every_state_was_reached_by_a_move(self) -> None:
        with reading(self.engine) as conn:
            rows = conn.execute(sa.select(lead)).all()
            events = conn.execute(sa.select(lead_event).order_by(lead_event.c.id)).all()
            state: dict[int, str | None] = {}
            counted: dict[int, int] = {}
            for one in events:
                assert one.from_state == state.get(one.lead_id)
                if one.verb in LEAD_MOVES:
                    move = LEAD_MOVES[one.verb]
                    assert one.from_state in move.sources and one.to_state in (move.target, one.from_state)
                else:
                    assert one.verb in ("register", "absorb")
                state[one.lead_id] = one.to_state
                counted[one.lead_id] = counted.get(one.lead_id, 0) + 1
            for row in rows:
                assert row.state == state[row.id]
                assert row.version == counted[row.id]
                assert (row.state in LEAD_CLOSED) == (row.closed_on is not None)
                if row.merged_into_id is not None:
                    assert row.disposal == "merged" and row.merged_into_id != row.id
                elif row.state in LEAD_CLOSED:
                    assert row.outcome and row.result and row.number_12315 and row.inspection_id

    @invariant()
    def figures_are_the_rows(self) -> None:
        with reading(self.engine) as conn:
            open_ = conn.execute(
                sa.select(sa.func.count()).select_from(lead).where(lead.c.state.in_(LEAD_OPEN))
            ).scalar()
            assert lead_stages(conn, self.who[5], self.now.date())["open"] == open_
            assert board(conn, self.who[5], self.now.date()).open == open_
            kept = {tuple(r) for r in conn.execute(sa.select(enterprise_profile))}
            assert kept == {tuple(r) for r in conn.execute(profile_rows())}

    @invariant()
    def the_log_holds_together(self) -> None:
        with reading(self.engine) as conn:
            assert audit.verify(conn) is None

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()


def test_random_hands_on_sqlite_never_break_a_lead(sqlite_template: Path) -> None:
    class OnSqlite(Leads):
        def make_engine(self) -> sa.Engine:
            self.folder = tempfile.TemporaryDirectory()
            path = Path(self.folder.name) / "gridward.db"
            shutil.copy(sqlite_template, path)
            return open_engine(f"sqlite:///{path}")

        def teardown(self) -> None:
            super().teardown()
            if getattr(self, "folder", None):
                self.folder.cleanup()

    run(OnSqlite, examples=6, steps=30)


@pytest.mark.postgres
def test_random_hands_on_postgresql_never_break_a_lead(postgres_server: str) -> None:
    class OnPostgres(Leads):
        count = 0

        def make_engine(self) -> sa.Engine:
            OnPostgres.count += 1
            name = f"leads_{OnPostgres.count}"
            admin = open_engine(postgres_server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
            with admin.connect() as conn:
                conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                conn.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template_gridward")
            admin.dispose()
            return open_engine(postgres_server + name)

    run(OnPostgres, examples=2, steps=25)


def run(machine: type[Leads], *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
