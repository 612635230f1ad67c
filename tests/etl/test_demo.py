from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from stdnum.cn import uscc

from data import coverage, plans, quality
from data.access import Role, command_line, viewer_of_user
from data.audit import verify
from data.errors import Refused
from data.passwords import verify_password
from data.reads.labels import setting
from data.schema import enterprise, inspection, lead_event, problem, problem_event, user
from data.store import reading
from etl.demo import PASSWORD, City, build_city, build_demo, demo_day, plan_year
from etl.demo.codes import credit_codes
from etl.demo.flaws import UNPLACED
from etl.demo.oddities import MANY
from etl.demo.places import GRIDS, shares
from geo.check import check_coverage
from geo.crs import Extent, suspicion
from geo.locate import Locator

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 15, 40, tzinfo=ZONE)
RETAIL, VACCINATION = ("chain_store", "independent_pharmacy"), ("cdc", "vaccination_unit")
QUALIFYING = ("routine", "special", "gsp", "permit", "for_cause", "unannounced", "cross", "joint")


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(year=2026, today=DAY, now=NOW)


@pytest.fixture(scope="module")
def grids(city: City) -> gpd.GeoDataFrame:
    frame = city.places.grids
    return gpd.GeoDataFrame({"code": frame["code"]}, geometry=list(frame["geometry"]), crs=4326)


def done_share(city: City) -> pd.Series:
    """Share of the headline's enterprises visited in the plan year, by declared grid."""
    frame = city.enterprises[city.enterprises["category"].isin(RETAIL + VACCINATION)]
    visits = city.inspections
    seen = visits.loc[
        (visits["finished_on"] >= "2026-01-01")
        & visits["kind"].isin(QUALIFYING)
        & visits["unable_reason"].isna(),
        "enterprise",
    ]
    return frame["source_id"].isin(seen).groupby(frame["grid"]).mean()


def test_the_city_has_the_numbers_of_the_customers_report(city: City) -> None:
    count = Counter(city.enterprises["category"])
    assert count["chain_store"] + count["independent_pharmacy"] == 5549
    assert count["cdc"] + count["vaccination_unit"] == 309
    assert count["cdc"] == 14
    assert len(city.places.grids) == GRIDS == 81
    assert len(city.places.districts) == 13
    headline = city.enterprises[city.enterprises["category"].isin(RETAIL + VACCINATION)]
    assert len(headline) == 5858
    assert set(headline["status"]) == {"operating"}
    assert sum("online_retail" in scopes for scopes in headline["scopes"]) == 620


def test_the_same_arguments_give_the_same_city(city: City) -> None:
    again = build_city(year=2026, today=DAY, now=NOW)
    for field in fields(City):
        one, two = getattr(city, field.name), getattr(again, field.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, two)
        elif field.name == "places":
            pd.testing.assert_frame_equal(
                one.grids.drop(columns="geometry"), two.grids.drop(columns="geometry")
            )
            assert [s.wkb for s in one.grids["geometry"]] == [s.wkb for s in two.grids["geometry"]]
            pd.testing.assert_frame_equal(one.officer_grids, two.officer_grids)
        else:
            assert one == two


def test_every_code_is_valid_unique_and_carries_its_district(city: City) -> None:
    codes = city.enterprises["uscc"]
    assert all(uscc.is_valid(code) for code in codes)
    assert codes.is_unique
    assert all(c[2:8] == d for c, d in zip(codes, city.enterprises["district"], strict=True))
    numbers = city.enterprises["licence_number"].dropna()
    assert numbers.is_unique
    drug = city.enterprises.loc[city.enterprises["licence_kind"] == "drug", "licence_number"]
    assert drug.str.fullmatch(r"辽[ABCD][AB]024\d{4}").all()


def test_codes_carry_the_inner_check_of_the_organisation_code() -> None:
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    for code in credit_codes(["91", "12"] * 300, ["210102"] * 600, np.random.default_rng(3)):
        total = sum(int(c, 36) * w for c, w in zip(code[8:16], weights, strict=True))
        check = 11 - total % 11
        assert code[16] == {10: "X", 11: "0"}.get(check, str(check))


def test_every_enterprise_has_name_district_and_licence_dates_that_fit(city: City) -> None:
    frame = city.enterprises
    assert frame["name"].is_unique
    assert not frame["district"].isna().any()
    held = frame.dropna(subset=["licence_number"])
    assert (held["licence_from"] >= held["opened_on"]).all()
    left = (held["licence_to"] - pd.Timestamp(DAY)).dt.days
    assert (left < 0).sum() > 0
    assert left.between(0, 30).sum() > 5
    assert left.between(0, 180).sum() > 100


def test_grids_cover_the_districts_without_gap_and_follow_the_density(
    city: City, grids: gpd.GeoDataFrame
) -> None:
    districts = city.places.districts
    parents = gpd.GeoDataFrame({"code": districts["code"]}, geometry=list(districts["geometry"]), crs=4326)
    assert check_coverage(grids, parents=parents) == []
    frame = city.places.grids
    assert frame["code"].str.fullmatch(r"\d{12}").all()
    assert (frame["code"].str[:6] == frame["district"]).all()
    assert frame["name"].is_unique
    count = Counter(frame["district"])
    assert min(count.values()) >= 2
    metric = grids.to_crs(4550).area / 1e6
    middle = metric[frame["district"].isin(["210102", "210103"])]
    assert middle.median() * 20 < metric[frame["district"].isin(["210123", "210124"])].median()


def test_each_grid_has_enterprises_one_officer_and_another_who_stands_in(city: City) -> None:
    frame = city.places.grids
    per_grid = Counter(city.enterprises["grid"].dropna())
    assert min(per_grid[code] for code in frame["code"]) >= 20
    bindings = city.places.officer_grids
    assert bindings["officer"].isin(city.places.officers["source_id"]).all()
    now = bindings.sort_values("valid_from").groupby(["grid", "duty"]).last()["officer"].unstack()
    assert len(now) == 81
    assert now["A"].is_unique
    assert (now["A"] != now["B"]).all()
    assert city.places.officers["name"].str.startswith("演示").all()


def test_unplaced_enterprises_have_reasons_that_the_detector_agrees_with(
    city: City, grids: gpd.GeoDataFrame
) -> None:
    frame = city.enterprises
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    label = suspicion(lon, lat, Extent.of(grids))
    inside = Locator(grids).locate(lon, lat).grid >= 0
    assert Counter(label) == {
        "": len(frame) - 11, "missing": 5, "zero": 2, "swapped": 2, "gcj02": 2
    }  # fmt: skip
    unplaced = ~inside | (label != "")
    assert unplaced.sum() == UNPLACED == 14
    assert frame.loc[unplaced, "grid"].isna().all()
    assert frame.loc[~unplaced, "grid"].notna().all()


def test_visits_have_the_rhythm_of_an_office(city: City) -> None:
    days = city.inspections["finished_on"]
    year = days[(days >= "2026-01-01") & (days < pd.Timestamp(DAY))]
    feasts = [d for d in year.dt.date if d in chinese_calendar.constants.holidays]
    assert 0 < len(feasts) <= 10, "only the few suspicious ones"
    asked = year[city.inspections["kind"].reindex(year.index) != "recheck"]  # these fall due on Mondays too
    per_weekday = Counter(asked.dt.day_of_week)
    assert per_weekday[2] > 1.3 * per_weekday[0] and per_weekday[2] > 1.3 * per_weekday[4]
    assert per_weekday[5] + per_weekday[6] < 0.06 * len(year)
    recorded = pd.Series(city.recorded)
    finished = city.inspections.set_index("source_id")["finished_at"]
    delay = recorded.reindex(finished.index) - finished
    assert (delay >= timedelta(0)).all()
    assert 0.02 < (delay > timedelta(hours=20)).mean() < 0.05
    assert recorded.max() <= NOW


def test_the_demo_day_goes_on_until_now_and_no_further() -> None:
    morning = build_city(year=2026, today=DAY, now=NOW.replace(hour=10, minute=0))
    night = build_city(year=2026, today=DAY, now=NOW.replace(hour=5))
    today = morning.inspections[morning.inspections["finished_on"] == pd.Timestamp(DAY)]
    assert len(today) > 2
    assert today["finished_at"].max() <= pd.Timestamp(NOW.replace(hour=10, minute=0))
    assert not (night.inspections["finished_on"] == pd.Timestamp(DAY)).any()
    for event in (*morning.problem_events, *morning.lead_events):
        assert event["at"] <= NOW.replace(hour=10, minute=0)


def test_the_city_is_behind_with_laggards_and_finished_grids(city: City) -> None:
    share = done_share(city)
    assert 0.80 < share.mean() < 0.87
    assert share.min() < 0.55
    assert (share > 0.99).sum() >= 4
    centre = share[share.index.str[:6].isin(["210102", "210105"])]
    assert (centre < 0.75).sum() >= 2


def test_presets_make_a_city_ahead_and_one_behind() -> None:
    ahead = build_city(year=2026, today=DAY, now=NOW, pace="ahead")
    behind = build_city(year=2026, today=DAY, now=NOW, pace="behind")
    assert done_share(ahead).mean() > 0.97
    assert 0.6 < done_share(behind).mean() < 0.78


def test_problems_end_where_their_steps_end(city: City) -> None:
    last = {event["owner"]: event for event in city.problem_events}
    findings = city.findings.set_index("source_id")
    assert set(last) == set(findings.index)
    assert all(last[owner]["to_state"] == state for owner, state in findings["problem_state"].items())
    closed = findings["problem_state"] == "closed_out"
    assert (closed == findings["closed_on"].notna()).all()
    states = Counter(findings["problem_state"])
    assert all(states[s] for s in ("ordered", "replied", "awaiting_recheck", "recheck_passed", "filed"))
    assert findings["text"].nunique() >= 50
    assert set(findings["inspection"]) <= set(city.inspections["source_id"])


def test_nothing_is_found_by_a_visit_that_found_everything_in_order(city: City) -> None:
    ended = city.inspections.set_index("source_id")["conclusion"]
    assert set(city.findings["inspection"].map(ended)) == {"rectify", "fail"}


def test_a_problem_is_closed_by_somebody_who_was_not_there_and_on_another_day(city: City) -> None:
    visits = city.inspections.set_index("source_id")
    of = city.findings.set_index("source_id")["inspection"]
    closed = [event for event in city.problem_events if event["to_state"] == "closed_out"]
    assert len(closed) > 3000
    heads = set(city.places.head_of.values())
    assert not heads & set(city.places.officer_grids["officer"])
    for event in closed:
        visit = visits.loc[of[event["owner"]]]
        assert event["officer"] in heads - {visit["officer"], visit["officer2"]}
        assert event["at"].date() > visit["finished_on"].date()


@pytest.mark.parametrize("hour", [5, 9, 10, 20])
def test_what_just_happened_is_spread_over_the_day_at_any_hour(hour: int) -> None:
    now = NOW.replace(hour=hour, minute=33)
    made = build_city(year=2026, today=DAY, now=now)
    for events in (made.problem_events, made.lead_events):
        latest = [event["at"] for event in events[-30:]]
        assert latest[-1] < now
        alike = Counter(f"{at:%d %H:%M}" for at in latest)
        assert max(alike.values()) <= 8, "findings of one visit go together, nothing else does"
        assert latest[0] < now - timedelta(minutes=20)
    if hour < 9:
        today = [event for event in made.lead_events if event["at"].date() == DAY]
        assert {event["to_state"] for event in today} <= {"registered"}


def test_leads_stand_in_every_state_and_some_are_overdue(city: City) -> None:
    leads = city.leads
    assert len(set(leads["state"])) == 8
    assert len(set(leads["channel"])) == 8
    still = leads[leads["state"] != "closed_out"]
    assert 35 <= len(still) <= 60
    assert 3 <= (still["due_on"] < pd.Timestamp(DAY)).sum() <= 20
    ended = leads[leads["state"] == "closed_out"]
    assert ended[["outcome", "disposal", "closed_on"]].notna().all().all()
    assert still["disposal"].isna().sum() > 0
    assert (leads["state_since"] >= leads["received_on"]).all()


def test_a_few_visits_look_untrue(city: City) -> None:
    visits = city.inspections
    per_day = visits.groupby(["officer", "finished_on"]).size()
    assert per_day.max() <= 13, "more can be believed of nobody, and moves a grid by leaps"
    spots = visits.dropna(subset=["lon"]).groupby(["officer", "lon", "lat"])["enterprise"].nunique()
    assert (spots >= 15).sum() == 1
    assert ((spots >= MANY) & (spots < 15)).sum() == 1
    first = visits[visits["finished_on"] >= "2026-01-01"].groupby("enterprise")["finished_on"].min()
    frame = city.enterprises[city.enterprises["category"].isin(RETAIL + VACCINATION)]
    leaps = frame.assign(first=frame["source_id"].map(first)).groupby(["grid", "first"]).size()
    assert (leaps / frame.groupby("grid").size()).max() < 0.2


def test_grids_are_shared_out_by_largest_remainders() -> None:
    assert shares({"a": 100, "b": 1, "c": 1}, total=10) == {"a": 6, "b": 2, "c": 2}
    assert sum(shares({str(i): i * i + 1 for i in range(13)}).values()) == 81


def test_the_plan_year_is_that_of_the_next_deadline() -> None:
    assert plan_year(date(2026, 11, 30)) == 2026
    assert plan_year(date(2026, 12, 1)) == 2027
    assert demo_day(2027) == date(2027, 11, 21)


def test_a_year_without_announced_holidays_can_be_built() -> None:
    day = date(2027, 11, 21)
    made = build_city(year=2027, today=day, now=datetime(2027, 11, 21, 12, tzinfo=ZONE))
    assert len(made.enterprises[made.enterprises["category"].isin(RETAIL + VACCINATION)]) == 5858


def test_the_published_city_owes_5858_and_remembers_what_was_known(db: sa.Engine) -> None:
    summary = build_demo(db, year=2026, today=DAY, now=NOW)
    assert summary.rows["enterprises"] == 5918
    with reading(db) as conn:
        viewer = command_line(Role.LEADER)
        headline = plans.headline(conn)
        rows = coverage.coverage(conn, headline, DAY, NOW, viewer=viewer)
        assert sum(row.due for row in rows) == 5858
        assert len({row.grid_id for row in rows if row.grid_id}) == 81
        assert sum(row.due for row in rows if row.unplaced_reason) == 14
        done = sum(row.done for row in rows)
        assert 0.80 < done / 5858 < 0.87
        summer = date(2026, 7, 1)
        known = coverage.coverage(
            conn, headline, summer, datetime(2026, 7, 1, 20, tzinfo=ZONE), viewer=viewer
        )
        later = coverage.coverage(conn, headline, summer, NOW, viewer=viewer)
        assert 5700 < sum(row.due for row in known) < 5858
        assert 0 < sum(row.done for row in known) < sum(row.done for row in later) < done
        if conn.dialect.name == "sqlite":  # once is enough: what it checks does not depend on the database
            assert quality.check(conn, now=NOW) == []
        assert verify(conn) is None
        assert setting(conn, "demo")["day"] == "2026-11-21"
        assert conn.execute(sa.select(sa.func.max(inspection.c.recorded_at))).scalar_one() <= NOW
        states = conn.execute(
            sa.select(problem.c.id).where(
                problem.c.state
                != sa.select(problem_event.c.to_state)
                .where(problem_event.c.problem_id == problem.c.id)
                .order_by(problem_event.c.id.desc())
                .limit(1)
                .scalar_subquery()
            )
        ).all()
        assert states == []
        times = conn.execute(sa.select(lead_event.c.at).order_by(lead_event.c.id)).scalars().all()
        assert times == sorted(times)
        accounts = conn.execute(sa.select(user).order_by(user.c.id)).all()
        assert [a.username for a in accounts] == [
            "leader", "supervisor", "officer", "officer2", "auditor", "steward", "admin"
        ]  # fmt: skip
        assert all(a.demo and not a.must_change for a in accounts)
        assert verify_password(accounts[0].password_hash, PASSWORD)
        officer = viewer_of_user(conn, accounts[2].id, DAY)
        assert officer is not None and officer.scope.grids
        in_centre = viewer_of_user(conn, accounts[1].id, DAY)
        assert in_centre is not None and officer.scope.grids <= in_centre.scope.grids
        before = conn.execute(sa.select(sa.func.count()).select_from(enterprise)).scalar_one()
    with pytest.raises(Refused, match="demo_not_empty"):
        build_demo(db, year=2026, today=DAY, now=NOW)
    with reading(db) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(enterprise)).scalar_one() == before
