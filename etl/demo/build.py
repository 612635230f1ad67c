"""Demo city → database: the same loader as for a real city, batch by batch as the years went."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pandas as pd
import sqlalchemy as sa

from data import figures
from data.access import Role, command_line
from data.clock import Clock
from data.store import reading, writing
from data.writes.demo import Account, open_demo, require_unused
from data.writes.demo_duties import give_duties
from data.writes.demo_history import tell_history
from data.writes.reference import create_database
from etl.demo.city import SEED, City, build_city, demo_day, plan_year
from etl.demo.days import CALENDAR, ZONE
from etl.demo.pace import Pace
from etl.demo.places import CITY, CITY_NAME, Places
from etl.load import publish

SOURCE = "demo"
LABEL = "演示数据"
PASSWORD = "gridward-demo"  # noqa: S105 - published on purpose: the server then refuses to let others in
SETTING = {
    "name": CITY_NAME, "name_en": "Shenyang",
    "title": "沈阳市药品监管网格", "title_en": "Shenyang drug supervision grids",
}  # fmt: skip
SUPERVISED = "210102"
Progress = Callable[[int, int], None]


@dataclass
class Summary:
    """What the demo city holds."""

    year: int
    today: date
    rows: dict[str, int] = field(default_factory=dict)  # kind of record → rows


@dataclass(frozen=True)
class _Batch:
    kind: str
    frame: pd.DataFrame
    at: datetime


def build_demo(
    engine: sa.Engine,
    *,
    year: int | None = None,
    today: date | None = None,
    now: datetime | None = None,
    seed: int = SEED,
    pace: Pace = "usual",
    progress: Progress | None = None,
) -> Summary:
    """Build the demo city into an empty database.

    Parameters
    ----------
    year : int, optional
        Plan year; without it the one of the next 30 November.
    today : date, optional
        The day on which the demo's clock stands; without it 21 November of the plan year.
    now : datetime, optional
        Aware: what happens later on the demo day has not happened. Without it the demo's clock.
    seed : int
        The same seed gives the same city.
    pace : {"usual", "ahead", "behind"}
        How far the inspections have come.
    progress : callable, optional
        Told ``(done, total)`` steps.

    Raises
    ------
    Refused
        ``demo_not_empty``.
    """
    year = year or (today.year if today else plan_year(Clock(str(ZONE)).today()))
    today = today or demo_day(year)
    now = (now or Clock(str(ZONE), today).now()).astimezone(ZONE)
    create_database(engine, now=now)
    with reading(engine) as conn:
        require_unused(conn)
    tell = progress or (lambda _done, _total: None)
    city = build_city(year=year, today=today, now=now, seed=seed, pace=pace)
    batches = list(_batches(city, year, now))
    tell(1, len(batches) + 2)
    viewer = command_line(Role.STEWARD)
    summary = Summary(year, today)
    for step, batch in enumerate(batches, start=2):
        result = publish(
            engine, viewer, batch.kind, batch.frame, source=SOURCE,
            filename=f"{LABEL}-{batch.kind}-{batch.at:%Y%m%d}.csv", sha256=_digest(batch.frame), now=batch.at,
        )  # fmt: skip
        summary.rows[batch.kind] = summary.rows.get(batch.kind, 0) + result.inserted
        tell(step, len(batches) + 2)
    with writing(engine) as conn:
        tell_history(
            conn, viewer, source=SOURCE, recorded=city.recorded, problem_events=city.problem_events,
            lead_events=city.lead_events, now=now,
        )  # fmt: skip
        open_demo(
            conn, command_line(Role.ADMIN), day=today, city=SETTING, label=LABEL,
            accounts=_accounts(city.places), password=PASSWORD, now=now,
        )  # fmt: skip
        figures.build(conn, as_of=today, now=now)
        give_duties(conn, command_line(Role.ADMIN), today=today, now=now)
    tell(len(batches) + 2, len(batches) + 2)
    return summary


def _batches(city: City, year: int, now: datetime) -> Iterator[_Batch]:
    """Order the city by when it came in, so that what was known on an earlier day can be asked for."""
    places = city.places
    start = _morning(date(year - 2, 1, 1))
    for kind in ("districts", "orgs", "grids", "officers"):
        yield _Batch(kind, getattr(places, kind), start)
    bindings = places.officer_grids
    for day in sorted(bindings["valid_from"].unique()):
        rows = bindings[bindings["valid_from"] == day].reset_index(drop=True)
        yield _Batch("officer_grids", rows, _morning(pd.Timestamp(day).date()))
    day = now.date()
    early = min(now, datetime.combine(day, time(7, 30), tzinfo=ZONE))  # all that was done before the demo day
    opened, before = city.enterprises["opened_on"], pd.Timestamp.min
    for at in [*_register_days(year, now), early]:
        until = pd.Timestamp(at.date())
        rows = city.enterprises[(opened > before) & (opened <= until)].reset_index(drop=True)
        if len(rows):
            yield _Batch("enterprises", rows, at)
        before = until
    since = {"inspections": "finished_on", "findings": "found_on", "leads": "received_on"}
    for of_today, at in ((False, early), (True, now)):
        for kind, column in since.items():
            frame: pd.DataFrame = getattr(city, kind)
            rows = frame[(frame[column] == pd.Timestamp(day)) == of_today].reset_index(drop=True)
            if len(rows):
                yield _Batch(kind, rows, at)


def _register_days(year: int, now: datetime) -> list[datetime]:
    """Say when the register was delivered: each January before, then each quarter of the plan year."""
    days = [date(year - 2, 1, 1), date(year - 1, 1, 1), *(date(year, month, 1) for month in (1, 4, 7, 10))]
    return [at for at in map(_morning, days) if at < now]


def _morning(day: date) -> datetime:
    return datetime.combine(CALENDAR.next_workday(day), time(9, 30), tzinfo=ZONE)


def _digest(frame: pd.DataFrame) -> str:
    """Hash the rows as a file of them would be hashed."""
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def _accounts(places: Places) -> list[Account]:
    own = places.grids.loc[places.grids["district"] == SUPERVISED, "code"].iloc[0]
    return [
        Account("leader", "演示局领导", Role.LEADER, CITY),
        Account("supervisor", "演示督导员", Role.SUPERVISOR, SUPERVISED),
        Account("officer", "演示网格员", Role.OFFICER, SUPERVISED, places.officer_of[own]),
        Account("officer2", "演示网格员二", Role.OFFICER, SUPERVISED, places.deputy_of[own]),
        Account("auditor", "演示审计员", Role.AUDITOR, CITY),
        Account("steward", "演示数据管理员", Role.STEWARD, CITY),
        Account("admin", "演示系统管理员", Role.ADMIN, CITY),
    ]
