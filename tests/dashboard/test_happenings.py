"""The timeline of an enterprise's file."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboard.components.happenings import timeline
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


def texts(part: Any) -> list[str]:
    """Return the words of a component in their order."""
    if isinstance(part, list | tuple):
        return [word for one in part for word in texts(one)]
    if part is None or isinstance(part, str):
        return [part] if part else []
    return texts(getattr(part, "children", None))
