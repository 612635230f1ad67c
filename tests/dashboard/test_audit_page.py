"""``/audit``: what its addresses show, what is exported, and who is turned away."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from dashboard.components.auditwords import plain_cells
from dashboard.pages import audit as page
from dashboard.services import Services, View
from data import audit, sheets
from data.access import Role, Scope, Viewer
from data.reads.audit import CHUNK, AuditRow
from data.schema import audit as table
from data.store import writing
from data.text import LANGUAGES
from tests.dashboard.conftest import House, fire
from tests.factories import NOW

CODES = re.compile(r"[a-z]+_[a-z]+|[a-z]\.[a-z]")
AUDITOR = Viewer("user:auditor", Role.AUDITOR, Scope(everything=True), user_id=1)
SEARCHES = (
    "", "?page=2", "?page=99999999", "?page=x", "?from=2026-11-01&to=2026-11-30", "?action=login",
    "?actor=cli", "?kind=enterprise&id=1", "?result=refused", "?action=no-such",
)  # fmt: skip


@pytest.fixture
def busy(house: House) -> House:
    """A log with every kind of detail, longer than a page."""
    with writing(house.engine) as conn:
        audit.append(
            conn, AUDITOR, "placement.decide", "enterprise", 1, now=NOW, before=None, after=3, reason="核实"
        )
        audit.append(
            conn, AUDITOR, "plan.change", "plan", "annual-all", now=NOW,
            before={"visits": 1, "kinds": ["routine"]}, after={"visits": 2, "kinds": ["routine", "gsp"]},
        )  # fmt: skip
        audit.append(conn, AUDITOR, "inspection.record", "inspection", 4, now=NOW, enterprise=2)
        audit.append(conn, AUDITOR, "access.denied", "route", "POST x", now=NOW, success=False, path="/x")
        for number in range(60):
            audit.append(conn, AUDITOR, "job.submit", "job", number, now=NOW, nested={"a": [1, True, None]})
    return house


def shown(house: House, search: str = "", language: str = "zh-CN") -> str:
    services: Services = house.server.extensions["gridward"]["services"]
    return repr(page.layout(View(AUDITOR, NOW, language), services, search=search))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_address_of_the_log_renders(busy: House, language: str):
    for search in SEARCHES:
        assert shown(busy, search, language)


def test_a_row_tells_its_act_in_words_and_leads_to_its_object(busy: House):
    told = shown(busy, "?action=plan.change")
    assert "修改计划" in told and "1 → 2" in told and "/plans?plan=annual-all" in told
    assert "/enterprises/1" in shown(busy, "?action=placement.decide")
    assert "/enterprises/2" in shown(busy, "?kind=inspection")
    assert "POST x" in shown(busy, "?result=refused") and "未成" in shown(busy, "?result=refused")


def test_the_export_holds_what_the_address_asks_for_and_is_itself_on_record(busy: House):
    client = busy.sign_in("auditor")
    lines = client.get("/export/audit.csv?action=job.submit").text.strip().splitlines()
    assert len(lines) == 61
    assert client.get("/export/audit.csv?actoin=job.submit").status_code == 422
    [row] = busy.audit("export")
    assert (row.object_kind, row.detail["rows"]) == ("audit", 60)


@pytest.mark.parametrize(
    ("act", "kind", "detail", "words"),
    [
        ("inspection.record", "inspection", {"kind": "routine", "conclusion": "rectify"}, ("日常检查",)),
        ("lead.register", "lead", {"channel": "complaint", "reporter": True}, ("投诉举报", "反映人信息：是")),
        ("lead.conclude", "lead", {"outcome": "partly", "state": ["investigating", "investigated"]},
         ("部分属实", "核查中 → 核查完毕")),
        ("lead.match", "lead", {"basis": "name", "enterprise": [None, 7]}, ("名称相近", "— → 7")),
        ("lead.dispose", "lead", {"disposal": "correction_order"}, ("责令改正",)),
        ("lead.amend", "lead", {"fields": ["title", "address"]}, ("标题、地址",)),
        ("problem.order", "problem", {"before": "found", "after": "ordered", "details": {"kind": "term"}},
         ("之前：发现", "之后：已下达整改", "限期整改")),
        ("import.publish", "batch", {"kind": "officer_grids"}, ("网格员绑定",)),
        ("plan.change", "plan", {"before": {"kinds": ["routine"]}, "after": {"kinds": ["special"]}},
         ("日常检查 → 专项检查",)),
        ("question.accepted", "question", {"kind": "point"}, ("登记点位",)),
        ("message.acknowledge", "lead", {"kind": "overdue"}, ("逾期",)),
        ("paper.decide", "paper", {"kind": "order", "after": "approved"}, ("责令改正通知书", "已批准")),
        ("org.change", "org", {"before": {"kind": "station"}, "after": {"kind": "district"}}, ("所 → ",)),
        ("attachment.keep", "attachment", {"what": "signature"}, ("签名",)),
    ],
)  # fmt: skip
def test_details_are_told_in_words_and_not_in_codes(
    act: str, kind: str, detail: dict[str, object], words: tuple[str, ...]
):
    row = AuditRow(1, NOW, "user:a", "officer", act, kind, "1", None, True, detail, "0" * 64)
    for language in LANGUAGES:
        told = plain_cells(View(AUDITOR, NOW, language), row)
        assert not CODES.search("".join(str(told[name]) for name in ("action", "detail"))), told
        if language == "zh-CN":
            assert all(word in told["detail"] for word in words), told["detail"]


def test_an_export_of_any_length_is_made_part_by_part(house: House, monkeypatch: pytest.MonkeyPatch):
    with writing(house.engine) as conn:
        for number in range(3 * CHUNK):
            audit.append(conn, AUDITOR, "job.submit", "job", number, now=NOW, kind="import")
    made = 0

    def counted(view: View, row: AuditRow) -> dict[str, object]:
        nonlocal made
        made += 1
        return plain_cells(view, row)

    monkeypatch.setattr("dashboard.components.auditwords.plain_cells", counted)
    client = house.sign_in("auditor")
    answer = client.get("/export/audit.csv?action=job.submit", buffered=False)
    parts = iter(answer.response)
    assert next(parts) and next(parts)
    assert made <= CHUNK + 1  # what is not asked for yet is not made yet
    assert b"".join(parts).count(b"\n") == 2 * CHUNK
    book = client.get("/export/audit.xlsx?action=job.submit", buffered=False)
    sizes = [len(part) for part in book.response]
    assert len(sizes) > 1 and max(sizes) <= sheets.PART


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.WALL, Role.AUDITOR)])
def test_others_get_403_and_a_row_in_the_log(house: House, role: Role):
    client = house.sign_in(str(role))
    client.get("/password")
    assert client.get("/audit").status_code == 403
    assert client.get("/export/audit.csv").status_code == 403
    assert client.get("/api/v1/audit").status_code == 403
    answer = fire(client, house, "audit-chain.children", {"audit-verify.n_clicks": 1})
    assert answer.status_code == 403
    paths = {row.detail["path"] for row in house.audit("access.denied")}
    assert {"/audit", "/export/audit.csv", "/api/v1/audit"} <= paths


def test_the_page_says_whether_the_chain_holds(busy: House):
    client = busy.sign_in("auditor")
    client.get("/audit")

    def said() -> str:
        return fire(client, busy, "audit-chain.children", {"audit-verify.n_clicks": 1}).get_data(as_text=True)

    assert "日志链完整" in said()
    with writing(busy.engine) as conn:
        conn.execute(sa.delete(table).where(table.c.seq == 9))
    assert "断裂" in said() and "第 9 条" in said()
