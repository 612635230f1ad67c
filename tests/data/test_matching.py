"""Whom a lead may be about: exact codes first, likenesses with their reasons, never a silent guess."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from data.access import Role
from data.errors import Denied
from data.reads import matching, matching_pool
from data.reads.matching import Candidate, candidate, candidates, exact_matches
from data.reads.matching_pool import core
from data.schema import lead_event
from data.store import writing
from data.writes.leads import match, register
from data.writes.leads_given import NewLead
from tests.factories import NOW, TODAY, add_district, add_enterprise, add_grid, add_licence, viewer

USCC, OTHER = "91210102MA0000001X", "91210102MA0000002X"


def city(conn: sa.Connection) -> dict[str, int]:
    add_district(conn, "210102")
    add_district(conn, "210103")
    grid = add_grid(conn, "210102001001", "210102")
    far = add_grid(conn, "210103001001", "210103")
    made = {
        "a": add_enterprise(conn, grid_id=grid, district_code="210102", name="沈阳康泽大药房有限公司",
                            uscc=USCC, address="和平区南京南街12号"),
        "b": add_enterprise(conn, grid_id=grid, district_code="210102", name="沈阳康泽堂药店", uscc=OTHER,
                            address="和平区太原街8号"),
        "c": add_enterprise(conn, grid_id=far, district_code="210103", name="沈阳康泽大药房沈河店",
                            address="沈河区中街路3号"),
        "d": add_enterprise(conn, grid_id=grid, district_code="210102", name="百信医药连锁第七分店",
                            address="和平区十一纬路77号"),
    }  # fmt: skip
    add_licence(conn, made["d"], "辽CB0240007")
    return made


def asked(conn: sa.Connection, who: Any = None, **said: Any) -> list[Candidate]:
    new = NewLead("complaint", said.pop("title", "反映药店问题"), TODAY, **said)
    n = register(conn, viewer(Role.LEADER), new, client_id=str(sorted(said.items())), now=NOW)
    return candidates(conn, who or viewer(Role.LEADER), n)


def test_an_exact_code_is_certain_but_nothing_is_matched(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = city(conn)
        first = asked(conn, uscc=USCC.lower())[0]
        assert (first.enterprise_id, first.score, first.certain, first.basis) == (
            made["a"],
            100,
            True,
            "uscc",
        )
        told = asked(conn, text=f"该店信用代码{USCC}，请查")[0]
        assert (told.enterprise_id, told.certain) == (made["a"], True)


def test_a_licence_number_inside_a_sentence_is_found(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = city(conn)
        for said in ("许可证号辽CB0240007的药店", "辽CB0240007"):
            first = asked(conn, text=said)[0]
            assert (first.enterprise_id, first.basis, first.certain) == (made["d"], "licence", True)


def test_a_code_that_two_enterprises_have_is_not_certain(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        twin = add_enterprise(conn, district_code="210102", name="同码分店", uscc=USCC)
        found = asked(conn, uscc=USCC)
        assert {c.enterprise_id for c in found[:2]} == {made["a"], twin}
        assert not any(c.certain for c in found)
        assert exact_matches(conn, {1: (USCC, None)}) == {}


def test_codes_that_contradict_each_other_make_nothing_certain(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
        found = asked(conn, uscc=USCC, licence="辽CB0240007")
        assert [c.score for c in found[:2]] == [100, 100] and not any(c.certain for c in found)
        assert exact_matches(conn, {1: (USCC, "辽CB0240007")}) == {}


def test_a_like_name_is_a_candidate_with_its_reason_and_never_certain(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        found = asked(conn, subject="康泽大药房", address="和平区南京南街12号", district="210102")
        assert found[0].enterprise_id == made["a"]
        assert {basis for basis, _ in found[0].reasons} == {"name", "address", "place"}
        assert found[0].score < 100 and not any(c.certain for c in found)
        assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_another_district_speaks_against_a_like_name(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        by_id = {c.enterprise_id: c.score for c in asked(conn, subject="沈阳康泽大药房", district="210103")}
        assert by_id[made["c"]] > by_id.get(made["b"], 0)


def test_a_full_name_in_the_words_of_the_report_counts(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        assert asked(conn, text="在百信医药连锁第七分店购药未开具小票")[0].enterprise_id == made["d"]


def test_a_report_that_names_nobody_has_no_candidates(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
        assert asked(conn, subject="药店") == []
        assert asked(conn, text="附近有人卖假药") == []


def test_nobody_is_shown_enterprises_outside_their_scope(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        far = viewer(Role.SUPERVISOR, districts=("210103",), grids=(2,))
        n = register(
            conn, viewer(Role.LEADER), NewLead("complaint", "x", TODAY, uscc=USCC, district="210103"),
            client_id="far", now=NOW,
        )  # fmt: skip
        assert made["a"] not in {c.enterprise_id for c in candidates(conn, far, n)}
        with pytest.raises(Denied):
            candidates(conn, viewer(Role.WALL), n)


@given(st.text(max_size=40))
def test_the_core_of_a_name_is_never_longer_and_stays_itself(name: str) -> None:
    assert len(core(name)) <= len(name)
    assert core(core(name)) == core(name) or len(core(core(name))) < len(core(name))


def many(conn: sa.Connection) -> dict[str, int]:
    """Make four hundred like-named stores in two cities, and four that reports will name."""
    for code in ("210102", "320102"):
        add_district(conn, code)
    roads, brands = ("太原街", "南京南街", "十一纬路", "中街路"), ("康泰", "百和", "仁信", "同善", "济民")
    for n in range(400):
        add_enterprise(
            conn, district_code="210102" if n % 2 else "320102", address=f"{roads[n % 4]}{n}号",
            name=f"{'沈阳' if n % 2 else '南宁'}{brands[n % 5]}大药房连锁有限公司第{n}分店",
        )  # fmt: skip
    told = {
        "沈阳鑫瑞德大药房有限公司": "和平区长白西路58号",
        "南宁聚仁堂大药房连锁有限公司第三十六分店": "长乐里甲9号",
        "沈阳市颐寿药店": "沈河区万柳塘路71号",
        "沈阳嘉济医药连锁有限公司（泰山路店）": "皇姑区泰山路20号",
    }
    return {
        name: add_enterprise(conn, district_code="210102", name=name, address=address)
        for name, address in told.items()
    }


@pytest.mark.parametrize("whole", [True, False], ids=["city", "nation"])
def test_names_written_otherwise_are_recalled_also_where_not_all_are_compared(
    db: sa.Engine, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    if not whole:  # what holds for a nation, with hundreds
        monkeypatch.setattr(matching_pool, "AT_ONCE", 10)
        monkeypatch.setattr(matching_pool, "HITS", 12)
    with writing(db) as conn:
        made = many(conn)
        reports: list[tuple[str, dict[str, str]]] = [
            ("沈阳鑫瑞德大药房有限公司", {"subject": "沈阳鑫瑞得大药房"}),  # one sign wrong
            ("沈阳鑫瑞德大药房有限公司", {"subject": "鑫瑞德药店"}),  # abbreviated
            ("沈阳鑫瑞德大药房有限公司", {"subject": "沈阳（鑫瑞德）大药房"}),  # bracketed
            ("沈阳鑫瑞德大药房有限公司", {"text": "在沈阳鑫瑞德大药房有限公司购药未开小票"}),
            ("沈阳鑫瑞德大药房有限公司", {"address": "长白西路58号"}),
            ("南宁聚仁堂大药房连锁有限公司第三十六分店", {"subject": "聚仁堂第三十六分店"}),
            (
                "南宁聚仁堂大药房连锁有限公司第三十六分店",
                {"subject": "南宁聚人堂大药房36店", "address": "长乐里9号"},
            ),
            ("沈阳市颐寿药店", {"subject": "颐寿大药房", "address": "万柳塘路71号"}),
            ("沈阳市颐寿药店", {"subject": "沈阳市怡寿药店", "address": "沈河区万柳塘71号"}),
            ("沈阳嘉济医药连锁有限公司（泰山路店）", {"subject": "嘉济医药泰山路店"}),
            ("沈阳嘉济医药连锁有限公司（泰山路店）", {"subject": "沈阳佳济(泰山路店)", "district": "210102"}),
        ]  # fmt: skip
        for name, said in reports:
            assert made[name] in [one.enterprise_id for one in asked(conn, **said)], said


def test_a_code_found_in_a_nation_needs_no_likeness(
    sqlite_db: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        monkeypatch.setattr(matching, "pools", lambda *_: pytest.fail("looked for likenesses"))
        assert [c.enterprise_id for c in asked(conn, uscc=USCC, subject="康泽堂")] == [made["a"]]
        assert [c.enterprise_id for c in asked(conn, licence="辽cb0240007")] == [made["d"]]


def test_parts_of_a_name_are_rare_and_apart_and_unheard_of_ones_come_last() -> None:
    known = ["沈阳康泰", "沈阳百和", "沈阳仁信", "沈阳康乐"]
    assert matching_pool.rare("沈阳锟康犇泰", known, 1, 2) == ["泰", "锟"]
    assert matching_pool.rare("沈阳", known, 1, 3) == []


def test_who_is_chosen_is_compared_alone_and_keeps_what_speaks_for_it(
    sqlite_db: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = viewer(Role.LEADER)
    with writing(sqlite_db) as conn:
        made = city(conn)
        told: list[dict[str, Any]] = [
            {"subject": "康泽大药房", "address": "和平区南京南街12号", "district": "210102"}, {"uscc": OTHER},
            {"text": "沈阳康泽堂药店与辽CB0240007"},
            {"subject": "百信医药连锁第七分店", "district": "210103"},
        ]  # fmt: skip
        offered = {}
        for n, said in enumerate(told, start=1):
            for one in asked(conn, **said):
                offered[n, one.enterprise_id] = one
        assert len(offered) > 4

        def never(*_: Any) -> Any:
            raise AssertionError("the others are read while the lead is held")

        monkeypatch.setattr(matching, "pools", never)
        for n in range(1, 5):
            for number in made.values():
                assert candidate(conn, leader, n, number) == offered.get((n, number)), (n, number)
        match(conn, leader, 1, made["a"], version=1, now=NOW)
        match(conn, leader, 2, made["d"], version=1, now=NOW)  # whom the code does not name
        kept = sa.select(lead_event.c.details).where(lead_event.c.verb == "match").order_by(lead_event.c.id)
        first, second = conn.execute(kept).scalars()
    assert (first["basis"], first["score"]) == (offered[1, made["a"]].basis, offered[1, made["a"]].score)
    assert second["basis"] == "person" and "score" not in second
