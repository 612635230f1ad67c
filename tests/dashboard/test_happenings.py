"""The timeline of an enterprise's file."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboard.components.happenings import _finding_line, activity_cells, timeline
from dashboard.services import View
from data.reads.timeline import Activity
from tests.factories import NOW, viewer


def fact(group: str, day: date | None, *, first: bool = True) -> Activity:
    # rows of different tables have the same ids
    data: dict[str, Any] = {"group": group, "changed": ["name"], "first": first, "reason": "import"}
    return Activity("fact", day, None, 1, data)


def test_each_fact_is_told_though_rows_of_its_tables_share_their_ids():
    day = date(2017, 2, 5)
    facts = [
        fact("identity", date(2026, 6, 1), first=False),
        fact("status", day),
        fact("identity", None),
        fact("scopes", None),
    ]
    made = timeline(View(viewer(), NOW, "zh-CN"), facts)
    told = ["".join(texts(event.children[2])) for event in made.children]
    assert told == ["基本信息 名称", "建档 经营状态", "建档 基本信息、经营范围与风险"]


def test_english_lists_and_asides_are_set_as_english_is():
    (event,) = timeline(View(viewer(), NOW, "en"), [fact("identity", None), fact("scopes", None)]).children
    assert "".join(texts(event.children[2])) == "First recorded Identity, Scopes and risk"
    data = {"severity": "minor", "text": "no list", "item_code": "YD01.1"}
    assert _finding_line(View(viewer(), NOW, "en"), data) == "Finding (Minor) no list"
    assert _finding_line(View(viewer(), NOW, "zh-CN"), data) == "不符合项（一般）no list"


def step(verb: str, due_on: str | None) -> Activity:
    data = {"verb": verb, "to_state": "ordered", "due_on": due_on, "officer": None, "note": None}
    return Activity("problem", NOW.date(), NOW, 1, {**data, "text": "阴凉柜超温", "problem_id": 7})


def test_a_step_of_a_problem_tells_its_own_time_and_leads_to_the_problem():
    view = View(viewer(), NOW, "zh-CN")
    (event,) = timeline(view, [step("order", "2026-12-11")]).children
    assert NOW.strftime("%H:%M") in texts(event) and "期限 2026-12-11" in texts(event)
    assert "/problems/7" in str(event)


def test_a_row_of_the_export_is_words_alone():
    cells = activity_cells(View(viewer(), NOW, "zh-CN"), step("order", "2026-12-11"))
    assert cells[3] == "阴凉柜超温；期限 2026-12-11"
    assert "(" not in "".join(str(cell) for cell in cells[1:])


def texts(part: Any) -> list[str]:
    """Return the words of a component in their order."""
    if isinstance(part, list | tuple):
        return [word for one in part for word in texts(one)]
    if part is None or isinstance(part, str):
        return [part] if part else []
    return texts(getattr(part, "children", None))
