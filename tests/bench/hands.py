"""Three hundred officers record visits on a served demo city: at once, and over a minute with walls beside.

The load comes from this machine too, so that server and load share its cores.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import flask
import sqlalchemy as sa
from flask_wtf.csrf import generate_csrf

from app import clock_of
from data import quality
from data.access import Role, command_line, grids_of_officer
from data.checklists import checklists
from data.schema import enterprise, enterprise_profile, inspection, officer, user
from data.settings import Settings
from data.store import open_engine, reading, writing
from data.writes.inspections import ENTERED
from data.writes.tokens import create_wall_token
from etl.demo import build_demo
from tests import postgres
from tests.bench.figure import Figure, percentile
from tests.bench.wall import Real
from tests.e2e.conftest import Server, free_port

OFFICERS, WALLS = 300, 200
MINUTE_S = 60
WALL_EVERY_S, OFFICER_EVERY_S = 15, 60
SECRET = "s" * 64
"""The key that `tests.e2e.conftest.Server` signs sessions with."""


@dataclass
class Stored(Real):
    """The server as people start it, on a database of either kind."""

    url_of_database: str = ""

    def database_url(self) -> str:
        """Return the database that it serves."""
        return self.url_of_database


@dataclass(frozen=True)
class Hand:
    """One officer who is signed in, and the enterprises to visit: one for each part of the measurement."""

    cookie: str
    token: str  # against forged requests
    enterprises: tuple[int, ...]
    second: int
    user: int


@dataclass
class Answers:
    """What came back, from any thread: status and seconds."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: int, seconds: float, said: str, right: Sequence[int]) -> None:
        """Note one answer."""
        with self.lock:
            self.seconds.append(seconds)
            if status not in right:
                self.wrong.append(f"{status} {said[:200]}")


def measure() -> Iterator[Figure]:
    """Measure on SQLite and, where it is installed, on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _hands("SQLite", f"sqlite:///{Path(folder) / 'gridward.db'}", Path(folder))
    if postgres.binaries():
        with postgres.running({}) as server, tempfile.TemporaryDirectory() as folder:
            admin = open_engine(server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
            with admin.connect() as conn:
                conn.exec_driver_sql("CREATE DATABASE city")
            admin.dispose()
            yield from _hands("PostgreSQL", server + "city", Path(folder))


def _hands(store: str, url: str, folder: Path) -> Iterator[Figure]:
    engine = open_engine(url)
    build_demo(engine)
    now = clock_of(engine, Settings(url, folder)).now()
    hands, token, before = _prepare(engine, now)
    with _served(folder, url) as server:
        server.ids["clock"] = clock_of(engine, Settings(url, folder))
        each = [("POST", hand, hand.enterprises[0]) for hand in hands]
        at_once = _at_once([lambda who=who, it=it: _send(server, who, it) for _, who, it in each])
        yield Figure(f"300 visits at once, {store}: errors", len(at_once.wrong), "", 0)
        yield Figure(f"300 visits at once, {store}: the last answered", max(at_once.seconds), "s", 15)
        visits, walls, officers = _minute(server, hands, token)
        yield Figure(f"300 visits in a minute, {store} (p95)", percentile(visits.seconds, 0.95), "s", 2)
        for name, polls in (("200 walls", walls), ("300 officers", officers)):
            taken = percentile(polls.seconds, 0.95) * 1000
            yield Figure(f"{name} asking meanwhile, {store} (p95)", taken, "ms", 200)
        wrong = [*at_once.wrong, *visits.wrong, *walls.wrong, *officers.wrong]
        yield Figure(f"wrong answers, {store}", len(wrong), "", 0)
        for said in wrong[:3]:
            print(f"<!-- {said} -->")
    yield from _agree(engine, store, now, before)
    engine.dispose()


def _prepare(engine: sa.Engine, now: datetime) -> tuple[list[Hand], str, int]:
    """Sign three hundred officers in; each has an enterprise of an own grid for each of two visits."""
    with writing(engine) as conn:
        token = create_wall_token(conn, command_line(Role.ADMIN), "bench", None, now=now)[1]
        bound = _officers(conn, now.date())
        ids = sorted(bound)
        left = {who: _unvisited(conn, bound[who]) for who in ids}
        taken: set[int] = set()  # two officers may share a grid, never an enterprise
        like = conn.execute(sa.select(user).where(user.c.role == "officer").limit(1)).one()._asdict()
        hands = []
        for n in range(OFFICERS):
            who = ids[n % len(ids)]
            row = like | {"username": f"hand{n}", "officer_id": who, "must_change": False, "demo": True}
            row.pop("id")
            new = conn.execute(sa.insert(user).returning(user.c.id), row).scalar_one()
            cookie, csrf = _session(f"{new}.{row['session_epoch']}")
            two = [one for one in left[who] if one not in taken][-2:]
            taken.update(two)
            hands.append(Hand(cookie, csrf, tuple(two), ids[(n + 1) % len(ids)], new))
        before = conn.execute(sa.select(sa.func.count()).select_from(inspection)).scalar_one()
    return hands, token, before


def _officers(conn: sa.Connection, today: date) -> dict[int, list[int]]:
    known = conn.execute(sa.select(officer.c.id)).scalars()
    bound = {one: sorted(grids_of_officer(conn, one, today)) for one in known}
    return {one: grids for one, grids in bound.items() if grids}


def _unvisited(conn: sa.Connection, grids: list[int]) -> list[int]:
    """Return enterprises of some grids, those that were not visited lately last: they are taken first."""
    rows = conn.execute(
        sa.select(enterprise.c.id)
        .join(enterprise_profile, enterprise_profile.c.enterprise_id == enterprise.c.id)
        .where(enterprise.c.grid_id.in_(grids), enterprise.c.status == "operating")
        .order_by(enterprise_profile.c.last_visit_on.desc())
    )
    return list(rows.scalars())


def _session(who: str) -> tuple[str, str]:
    """Return the cookie of a session and its token, as the server would have made them."""
    app = flask.Flask("bench")
    app.secret_key = SECRET
    seen = int(time.time())
    with app.test_request_context():
        token = generate_csrf()
        kept = dict(flask.session) | {"_user_id": who, "_fresh": True, "since": seen, "seen": seen}
        made = app.session_interface.get_signing_serializer(app).dumps(kept)  # type: ignore[attr-defined]
    return f"gw_session={made}", token


@contextmanager
def _served(folder: Path, url: str) -> Iterator[Server]:
    server = Stored(folder / "gridward.db", free_port(), url_of_database=url)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _ask(
    server: Server, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, dict[str, str], str]:
    conn = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        conn.request(method, path, body=body, headers=headers)
        answer = conn.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace")
    except OSError as error:
        return 0, {}, repr(error)
    finally:
        conn.close()


def _visit(hand: Hand, now: datetime) -> dict[str, object]:
    code, listed = "pharmacy", checklists("zh-CN")["pharmacy"]
    return {
        "client_id": str(uuid.uuid4()), "kind": "routine", "method": "on_site",
        "finished_at": now.isoformat(), "conclusion": "pass", "officer2_id": hand.second, "checklist": code,
        "results": {item.code: "conforms" for item in listed.items},
    }  # fmt: skip


def _send(server: Server, hand: Hand, enterprise_id: int) -> tuple[int, float, str, Sequence[int]]:
    headers = {
        "Cookie": hand.cookie, "X-CSRFToken": hand.token, "Content-Type": "application/json",
        "X-Gridward-User": str(hand.user),
    }  # fmt: skip
    body = json.dumps(_visit(hand, server.ids["clock"].now()))
    start = perf_counter()
    status, _, said = _ask(server, "POST", f"/visit/{enterprise_id}", headers, body)
    taken = perf_counter() - start
    # a phone that did not hear the answer sends again: it must not count twice
    again, _, _ = _ask(server, "POST", f"/visit/{enterprise_id}", headers, body)
    return (status if again == status else again), taken, said, (200,)


def _at_once(acts: Sequence[Callable[[], tuple[int, float, str, Sequence[int]]]]) -> Answers:
    """Let each act begin in the same moment, each on its own thread."""
    answers, gate = Answers(), threading.Barrier(len(acts))

    def run(act: Callable[[], tuple[int, float, str, Sequence[int]]]) -> None:
        gate.wait()
        answers.add(*act())

    _together([lambda act=act: run(act) for act in acts])
    return answers


def _together(acts: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def _minute(server: Server, hands: list[Hand], token: str) -> tuple[Answers, Answers, Answers]:
    """Spread a visit of each officer over a minute, while walls and officers' pages ask for news."""
    visits, walls, officers = Answers(), Answers(), Answers()
    poll = _unread_poll(server, hands[0])
    start = perf_counter()

    def wait(until: float) -> None:
        time.sleep(max(0.0, start + until - perf_counter()))

    def visit(n: int, hand: Hand) -> None:
        wait(MINUTE_S * n / len(hands))
        visits.add(*_send(server, hand, hand.enterprises[1]))

    def watch(n: int) -> None:
        headers = {"Cookie": f"gw_wall={token}", "Accept-Encoding": "gzip"}
        for turn in range(MINUTE_S // WALL_EVERY_S):
            wait(WALL_EVERY_S * (turn + n / WALLS))
            asked = perf_counter()
            status, answered, said = _ask(server, "GET", "/wall/data.json", headers)
            walls.add(status, perf_counter() - asked, said, (200, 304))
            if mark := answered.get("ETag"):
                headers["If-None-Match"] = mark

    def look(n: int, hand: Hand) -> None:
        wait(OFFICER_EVERY_S * n / len(hands))
        headers = {"Cookie": hand.cookie, "X-CSRFToken": hand.token, "Content-Type": "application/json"}
        asked = perf_counter()
        status, _, said = _ask(server, "POST", "/_dash-update-component", headers, poll)
        officers.add(status, perf_counter() - asked, said, (200, 204))

    _together(
        [lambda n=n, hand=hand: visit(n, hand) for n, hand in enumerate(hands)]
        + [lambda n=n: watch(n) for n in range(WALLS)]
        + [lambda n=n, hand=hand: look(n, hand) for n, hand in enumerate(hands)]
    )
    return visits, walls, officers


def _unread_poll(server: Server, hand: Hand) -> str:
    """Return what an open page sends to learn whether there are new messages."""
    _, _, said = _ask(server, "GET", "/_dash-dependencies", {"Cookie": hand.cookie})
    wanted = {"id": "unread-timer", "property": "n_intervals"}
    [one] = [found for found in json.loads(said) if found["inputs"] == [wanted]]
    outputs = []
    for part in one["output"].strip(".").split("..."):
        name, _, prop = part.rpartition(".")
        outputs.append({"id": name, "property": prop})
    state = {"unread": 0, "url": "/my"}
    return json.dumps(
        {
            "output": one["output"], "outputs": outputs, "changedPropIds": ["unread-timer.n_intervals"],
            "inputs": [wanted | {"value": 1}],
            "state": [part | {"value": state.get(part["id"])} for part in one["state"]],
        }
    )  # fmt: skip


def _agree(engine: sa.Engine, store: str, now: datetime, before: int) -> Iterator[Figure]:
    """Count what was stored: none lost, none doubled, the wall is what the definition says."""
    with reading(engine) as conn:
        stored = conn.execute(sa.select(sa.func.count()).select_from(inspection)).scalar_one() - before
        entered = conn.execute(
            sa.select(sa.func.count(sa.distinct(inspection.c.source_id))).where(
                inspection.c.source == ENTERED
            )
        ).scalar_one()
        off = [one for one in quality.check(conn, now=now) if one.level == "error"]
    yield Figure(
        f"visits stored of 600 sent twice each, {store}", stored, "", 2 * OFFICERS, more_is_better=True
    )
    yield Figure(f"visits stored more than once, {store}", stored - entered, "", 0)
    yield Figure(f"figures that differ from the definition, or the log broken, {store}", len(off), "", 0)
