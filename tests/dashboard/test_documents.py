"""Papers of an inspection: filled in, drafts until approved, for those who may see the visit."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document as Word
from PIL import Image

from data.access import Role
from data.checklists import checklists
from data.documents.content import rectification_order, visit_record
from data.documents.parts import BLANK
from data.documents.pdf import pdf
from data.documents.word import docx
from data.errors import Denied, NotFound
from data.schema import attachment, fact_identity, finding, inspection, problem, problem_event, rectification
from data.store import reading, writing
from data.writes.inspections import record, supersede
from data.writes.problems_many import order_many
from data.writes.visit import Finding, Visit
from tests.dashboard.conftest import House
from tests.factories import LOADED, NOW, TODAY, make_city, viewer

EVIL = '#panic("x") $x$ *b* <script>'


def words(body: bytes) -> str:
    """Return what a Word file says, table by table and line by line."""
    word = Word(io.BytesIO(body))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    head = [one.text for section in word.sections for one in section.header.paragraphs]
    return "\n".join([*head, *(one.text for one in word.paragraphs), *cells])


@pytest.fixture
def visited(sqlite_db: sa.Engine) -> tuple[sa.Engine, Any, int]:
    with writing(sqlite_db) as conn:
        made = make_city(conn, visited=0)
        shop = made.by_grid[made.grids[0]][0]
        own = sa.update(fact_identity).where(fact_identity.c.enterprise_id == shop)
        conn.execute(own.values(name=f"润德药房{EVIL}"))
        results = {item.code: "conforms" for item in checklists("en")["vaccine"].items} | {"YM.3": "fails"}
        visit = Visit(
            "routine", NOW - timedelta(minutes=5), "rectify", officer2_id=made.officers[1],
            checklist="vaccine", results=results, opinion="无\x0b异议",
            arrived_at=NOW - timedelta(minutes=50),
            findings=(Finding("major", "冷链断链 #set page(fill: red)", "YM.3", "第三十七条"),),
        )  # fmt: skip
        who = viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0])
        new = record(conn, who, shop, visit, client_id="c1", now=NOW)
    return sqlite_db, made, new


def test_the_record_says_what_was_found_and_that_it_is_a_draft(visited: tuple[sa.Engine, Any, int]) -> None:
    db, _, new = visited
    with reading(db) as conn:
        paper = visit_record(conn, viewer(), new, "zh-CN")
    said = words(docx(paper))
    for part in ("草稿", "现场检查记录", "润德药房", "冷链断链", "第三十七条", "网格员00", "网格员01",
                 "无异议", "2026年11月21日 08:40 — 2026年11月21日 09:25", "待整改后评定", "检查地点",
                 "出示执法证件", "见证人签字"):  # fmt: skip
        assert part in said, part
    [items] = [one for one in paper.tables if one.heads[0] == "条款号"]
    assert [(row[0], row[2]) for row in items.rows] == [("YM.3", "不符合")], "those that conform are counted"
    assert EVIL in said and pdf(paper).startswith(b"%PDF-")
    with writing(db) as conn:
        conn.execute(sa.update(inspection).values(method="online"))
        assert "出示执法证件" not in words(docx(visit_record(conn, viewer(), new, "zh-CN"))), (
            "to nobody there"
        )


def test_a_signature_is_drawn_on_its_line_and_is_part_of_what_the_record_says(
    visited: tuple[sa.Engine, Any, int],
) -> None:
    db, made, new = visited
    out = io.BytesIO()
    Image.new("RGBA", (320, 120), "navy").save(out, "PNG")
    drawn = out.getvalue()
    with writing(db) as conn:
        before = visit_record(conn, viewer(), new, "zh-CN")
        row = {
            "client_id": "sign-1", "object": "inspection", "object_id": new, "what": "signature", "size": 1,
            "name": "sign", "media": "image/png", "sha256": "5" * 64, "recorded_at": NOW,
        }  # fmt: skip
        conn.execute(sa.insert(attachment), row)
        paper = visit_record(conn, viewer(), new, "zh-CN")
    assert (before.signed, paper.signed) == ("", "5" * 64) and before.seal != paper.seal
    word = Word(io.BytesIO(docx(paper, drawn)))
    [line] = [one for one in word.paragraphs if one.text.startswith("被检查单位签字")]
    assert line._p.xpath(".//pic:pic") and len(word.inline_shapes) == 1
    with writing(db) as conn:
        second = conn.execute(sa.select(inspection.c.officer2_id).where(inspection.c.id == new)).scalar_one()
        right = Visit("routine", NOW - timedelta(minutes=5), "other", officer2_id=second, opinion="有异议")
        who = viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0])
        corrected = supersede(conn, who, new, right, reason="意见录错", client_id="c2", now=NOW)
        assert visit_record(conn, viewer(), corrected, "zh-CN").signed == "", "nobody signed the correction"
    assert b"/Subtype/Image" in pdf(paper, drawn) and b"/Subtype/Image" not in pdf(paper)


def test_the_record_says_what_was_noted_of_items_that_conform(visited: tuple[sa.Engine, Any, int]) -> None:
    db, _, new = visited
    with writing(db) as conn:
        details = conn.execute(sa.select(inspection.c.details).where(inspection.c.id == new)).scalar_one()
        noted = {**details, "notes": {"YM.1": "票据齐全", "YM.3": "已在问题中说明"}}
        conn.execute(sa.update(inspection).where(inspection.c.id == new).values(details=noted))
        row = {
            "client_id": "photo-1", "object": "inspection", "object_id": new, "what": "photo", "size": 1,
            "item_code": "YM.2", "name": "p", "media": "image/jpeg", "sha256": "6" * 64, "recorded_at": NOW,
        }  # fmt: skip
        conn.execute(sa.insert(attachment), row)
        paper = visit_record(conn, viewer(), new, "zh-CN")
    [notes] = [one for one in paper.tables if one.title == "检查项备注"]
    said = [(row[0][:4], *row[1:]) for row in notes.rows]
    assert said == [("YM.1", "符合", "票据齐全", "—"), ("YM.2", "符合", "—", "1"),
                    ("YM.3", "不符合", "已在问题中说明", "—")]  # fmt: skip
    assert "票据齐全" in words(docx(paper)) and pdf(paper).startswith(b"%PDF-")


def test_a_paper_is_for_those_who_may_see_the_visit(visited: tuple[sa.Engine, Any, int]) -> None:
    db, made, new = visited
    with reading(db) as conn:
        for who in (viewer(Role.STEWARD), viewer(Role.OFFICER, grids=(made.grids[1],))):
            with pytest.raises(Denied):
                visit_record(conn, who, new, "zh-CN")
        with pytest.raises(NotFound, match="inspection_unknown"):
            visit_record(conn, viewer(), 10**6, "zh-CN")


def test_an_order_is_printed_once_something_was_ordered(visited: tuple[sa.Engine, Any, int]) -> None:
    db, _, _ = visited
    with writing(db) as conn:
        one = conn.execute(sa.select(problem.c.id)).scalar_one()
        blank = {"problem_id": one, "round": 1, "kind": "term", "recorded_at": LOADED}
        made = conn.execute(sa.insert(rectification).returning(rectification.c.id), blank).scalar_one()
        for number in (made, 10**6, 2**70):
            with pytest.raises(NotFound, match="order_none"):
                rectification_order(conn, viewer(), number, "zh-CN")
        ordered = {"ordered_on": TODAY, "due_on": TODAY + timedelta(days=19)}
        conn.execute(sa.update(rectification).values(ordered))
        paper = rectification_order(conn, viewer(), made, "zh-CN")
        conn.execute(sa.update(finding).values(clause=None))
        table = rectification_order(conn, viewer(), made, "zh-CN").tables[0]
        row = dict(zip(table.heads, table.rows[0], strict=True))
        assert row["检查项"] == "YM.3" and row["违反条款"] == BLANK, "a number of ours is no clause of law"
        told = {"problem_id": one, "at": NOW, "to_state": "ordered", "verb": "order", "recorded_at": NOW}
        conn.execute(sa.insert(problem_event).values(**told, details={"clause": "GSP 第十二条"}))
        table = rectification_order(conn, viewer(), made, "zh-CN").tables[0]
        assert table.rows[0][table.heads.index("违反条款")] == "GSP 第十二条"
    said = words(docx(paper))
    for part in (
        "草稿",
        "责令改正通知书",
        "市监责改〔2026〕",
        "2026年12月10日前（含当日）改正",
        "依据____",
        "冷链断链",
    ):
        assert part in said, part
    assert pdf(paper).startswith(b"%PDF-")


def test_a_visit_leads_to_the_form_that_orders_all_it_found_and_each_round_to_one_paper(house: House):
    made, client = house.ids["city"], house.sign_in("leader")
    who = viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0])
    found = tuple(Finding("minor", f"不符合{n}") for n in range(2))
    visit = Visit("routine", NOW - timedelta(minutes=5), "rectify", officer2_id=made.officers[1],
                  findings=found, over_cap_reason="专项")  # fmt: skip
    with writing(house.engine) as conn:
        new = record(conn, who, made.by_grid[made.grids[0]][0], visit, client_id="two", now=NOW)
        ids = conn.execute(sa.select(problem.c.id).order_by(problem.c.id.desc()).limit(2)).scalars().all()
    way = client.get(f"/documents/visit/{new}/order")
    assert (way.status_code, way.location) == (302, f"/problems/{ids[1]}?act=order")
    with writing(house.engine) as conn:
        order_many(conn, who, dict.fromkeys(ids, 1), kind="term", now=NOW)
        rounds = sa.select(rectification.c.id).where(rectification.c.problem_id.in_(ids))
        head, member = conn.execute(rounds.order_by(rectification.c.id)).scalars()
    assert client.get(f"/documents/visit/{new}/order").location == "/problems?state=found"
    answer = client.get(f"/documents/order/{member}.docx")
    assert f"order-{head}.docx" in answer.headers["Content-Disposition"]
    assert all(one.text in words(answer.data) for one in found)
    assert client.get("/documents/visit/987654/order").status_code == 404
    assert house.sign_in("steward").get(f"/documents/visit/{new}/order").status_code == 403


@pytest.mark.parametrize(("form", "start"), [("pdf", b"%PDF-"), ("docx", b"PK")])
def test_a_paper_comes_as_a_download_and_is_on_record(house: House, form: str, start: bytes):
    number = 1  # the first visit of the made city
    answer = house.sign_in("auditor").get(f"/documents/visit/{number}.{form}")
    assert answer.status_code == 200 and answer.data.startswith(start)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert [row.object_kind for row in house.audit("export")] == ["paper-visit"]
    assert house.sign_in("steward").get(f"/documents/visit/{number}.{form}").status_code == 403
    assert house.sign_in("leader").get(f"/documents/visit/{number}.exe").status_code == 404
    assert house.client().get(f"/documents/visit/{number}.{form}").status_code == 302
