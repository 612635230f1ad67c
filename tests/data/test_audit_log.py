"""The audit log as it is read: who may, which rows, what is masked, whether the chain holds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from data import audit
from data.access import RIGHTS, Right, Role, Scope, Viewer
from data.errors import Denied
from data.reads.audit import AuditFilter, audit_choices, audit_page, audit_rows, chain_break, chain_head
from data.schema import audit as table
from data.store import reading, writing
from data.text import LANGUAGES, catalogue
from data.workflow import LEAD_MOVES, PROBLEM_MOVES
from tests.factories import TODAY, add_enterprise

ZONE = "Asia/Shanghai"
AUDITOR = Viewer("user:auditor", Role.AUDITOR, Scope(everything=True), user_id=1)
STEWARD = Viewer("user:steward", Role.STEWARD, Scope(everything=True))
LATE = datetime(2026, 11, 20, 23, 59, 59, tzinfo=ZoneInfo(ZONE))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(db: sa.Engine) -> sa.Engine:
    """Five rows around a local midnight."""
    with writing(db) as conn:
        shop = add_enterprise(conn, name="测试药店")
        audit.append(conn, STEWARD, "import.publish", "batch", 7, now=LATE - timedelta(days=3), rows=12)
        audit.append(
            conn, STEWARD, "placement.decide", "enterprise", shop, now=LATE, reason="店主 13812345678 来电"
        )
        audit.append(conn, AUDITOR, "export", "audit", "csv", now=LATE + timedelta(seconds=1), rows=3)
        audit.append(
            conn, STEWARD, "access.denied", "route", "POST x", now=LATE + timedelta(hours=1), success=False
        )
        audit.append(
            conn, STEWARD, "access.denied", "route", "POST y", now=LATE + timedelta(hours=2), success=False
        )
    return db


@pytest.mark.parametrize("role", list(Role))
def test_only_auditors_read_the_log(log: sa.Engine, role: Role):
    who = Viewer("user:x", role, Scope(everything=True))
    reads = (
        lambda conn: audit_page(conn, who, AuditFilter(), ZONE),
        lambda conn: list(audit_rows(conn, who, AuditFilter(), ZONE)),
        lambda conn: audit_choices(conn, who),
        lambda conn: chain_head(conn, who),
        lambda conn: chain_break(conn, who),
    )
    assert (Right.AUDIT_LOG in RIGHTS[role]) == (role is Role.AUDITOR)
    with reading(log) as conn:
        for read in reads:
            if role is Role.AUDITOR:
                read(conn)
            else:
                with pytest.raises(Denied):
                    read(conn)


def seqs(conn: sa.Connection, **wanted: object) -> list[int]:
    return [row.seq for row in audit_page(conn, AUDITOR, AuditFilter(**wanted), ZONE).rows]  # type: ignore[arg-type]


def test_each_filter_narrows_and_days_begin_at_local_midnight(log: sa.Engine):
    day = LATE.date()
    with reading(log) as conn:
        assert seqs(conn) == [5, 4, 3, 2, 1]
        assert seqs(conn, last=day) == [2, 1]
        assert seqs(conn, first=TODAY) == [5, 4, 3]
        assert seqs(conn, first=day, last=day) == [2]
        assert seqs(conn, actor="user:auditor") == [3]
        assert seqs(conn, action="access.denied") == [5, 4] == seqs(conn, success=False)
        assert seqs(conn, object_kind="batch", object_id="7") == [1]
        assert seqs(conn, object_kind="batch", object_id="8") == []
        known = audit_choices(conn, AUDITOR)
    assert known.actors == ["user:auditor", "user:steward"]
    assert known.object_kinds == ["audit", "batch", "enterprise", "route"]


def test_pages_follow_each_other_and_an_export_is_all_of_them(log: sa.Engine):
    with reading(log) as conn:
        pages = [audit_page(conn, AUDITOR, AuditFilter(), ZONE, offset=n, limit=2) for n in (0, 2, 4)]
        whole = list(audit_rows(conn, AUDITOR, AuditFilter(), ZONE))
    assert [row.seq for page in pages for row in page.rows] == [row.seq for row in whole]
    assert {page.total for page in pages} == {5}


def test_a_row_names_its_object_and_hides_what_is_personal(log: sa.Engine):
    with reading(log) as conn:
        [row] = audit_page(conn, AUDITOR, AuditFilter(action="placement.decide"), ZONE).rows
        stored = conn.execute(sa.select(table.c.detail).where(table.c.seq == row.seq)).scalar_one()
    assert row.object_name == "测试药店"
    assert "13812345678" in stored["reason"] and "13812345678" not in row.detail["reason"]
    assert row.detail["reason"].endswith("来电"), "what we name ourselves is shown but for what is personal"


def test_a_changed_row_breaks_the_chain_where_it_was_changed(log: sa.Engine):
    with reading(log) as conn:
        assert chain_break(conn, AUDITOR) is None
        assert chain_head(conn, AUDITOR).seq == 5
    with writing(log) as conn:
        conn.execute(sa.update(table).where(table.c.seq == 3).values(actor="user:nobody"))
    with reading(log) as conn:
        broken = chain_break(conn, AUDITOR)
    assert broken is not None and (broken.seq, broken.reason) == (3, "changed")


def test_every_act_and_every_object_has_a_word():
    found = set()
    for path in [*(ROOT / "data").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]:
        code = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'audit\.append\(\s*conn,\s*[\w.]+,\s*"([a-z_.]+)",\s*"([a-z_]+)"', code))
    assert len(found) > 15
    # verbs of the moves are named by the table of moves
    found |= {(f"problem.{verb}", "problem") for verb in PROBLEM_MOVES}
    found |= {(f"lead.{verb}", "lead") for verb in LEAD_MOVES}
    for language in LANGUAGES:
        known = catalogue(language)
        missing = [a for a, _ in found if f"terms.audit_action.{a}" not in known]
        missing += [o for _, o in found if f"terms.audit_object.{o}" not in known]
        assert missing == []
