"""What an officer enters of a visit: the rules it keeps, what it sets off, and its photos."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image, ImageOps

from data import audit, figures
from data.access import Role, Viewer
from data.backup import MANIFEST, backup, restore
from data.caps import cap_states
from data.checklists import checklists, proposed
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.attachments import attachment_row
from data.reads.city import city
from data.reads.enterprise import enterprise_file
from data.reads.questions import questions
from data.reads.visit_form import visit_form
from data.schema import (
    attachment,
    enterprise,
    fact_grid_officer,
    fact_grid_shape,
    inspection,
    lead,
    lead_event,
    message,
    officer,
    problem,
    question,
    setting,
)
from data.schema import audit as audit_table
from data.store import open_engine, reading, writing
from data.writes.attachments import Picture, encode, note, path_of, store
from data.writes.inspections import record, supersede
from data.writes.questions import accept_point, accept_status, refuse
from data.writes.rechecks import Recheck
from data.writes.visit import Finding, Visit
from tests.factories import (
    NOW,
    TODAY,
    MadeCity,
    add_enterprise,
    add_inspection,
    add_lead,
    add_user,
    bind_officer,
    make_city,
    viewer,
)

VISIT = Visit("routine", NOW - timedelta(minutes=5), conclusion="pass")
VACCINE = {item.code: "conforms" for item in checklists("en")["vaccine"].items}


def prepared(db: sa.Engine) -> tuple[MadeCity, int, Viewer, Visit]:
    """Return a city, an enterprise at 123.4, 41.8, its officer, and a plain visit to it by two."""
    with writing(db) as conn:
        made = make_city(conn, visited=0)
        account = add_user(conn, Role.OFFICER, officer_id=made.officers[0])
    who = replace(viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0]), user_id=account)
    return made, made.by_grid[made.grids[0]][0], who, replace(VISIT, officer2_id=made.officers[1])


def enter(db: sa.Engine, who: Viewer, shop: int, visit: Visit, client_id: str = "client-1") -> Any:
    with writing(db) as conn:
        new = record(conn, who, shop, visit, client_id=client_id, now=NOW)
    with reading(db) as conn:
        return conn.execute(sa.select(inspection).where(inspection.c.id == new)).one()


def photo(colour: str = "teal", size: tuple[int, int] = (800, 600), form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def attach(db: sa.Engine, who: Viewer, folder: Path, client_id: str, body: bytes | None = None) -> Picture:
    picture = encode(body or photo(), "photo")
    store(folder, picture)
    with writing(db) as conn:
        note(conn, who, picture, client_id=client_id, what="photo", name="现场.jpg", now=NOW)
    return picture


# --- rules


def test_an_inspection_needs_a_second_officer_but_one_may_find_nobody(db: sa.Engine) -> None:
    _, shop, who, _ = prepared(db)
    with pytest.raises(Refused, match="visit_second_officer"):
        enter(db, who, shop, VISIT)
    found = enter(db, who, shop, replace(VISIT, conclusion=None, unable_reason="closed"))
    assert found.unable_reason == "closed" and found.grade == 0


def test_a_second_officer_whom_nobody_knows_is_refused(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    with pytest.raises(Refused, match="visit_officer_unknown"):
        enter(db, who, shop, replace(visit, officer2_id=10**9))
    old = enter(db, who, shop, visit).id
    with writing(db) as conn:
        wrong = replace(visit, officer2_id=10**9)
        with pytest.raises(Refused, match="visit_officer_unknown"):
            supersede(conn, who, old, wrong, reason="误填", client_id="client-2", now=NOW)
        conn.execute(sa.update(officer).where(officer.c.id == visit.officer2_id).values(active=False))
        supersede(conn, who, old, visit, reason="意见漏填", client_id="client-2", now=NOW)  # has left since


def test_a_position_far_from_the_registered_point_needs_a_reason_that_stays(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    away = replace(visit, lon=123.4, lat=41.803)
    with pytest.raises(Refused, match="visit_far") as told:
        enter(db, who, shop, away)
    assert told.value.field == "far_reason" and told.value.params["distance"] == 333
    found = enter(db, who, shop, replace(away, far_reason="门店在商场地下，定位漂移"))
    assert found.details["far_reason"].startswith("门店") and 330 < found.distance_m < 336


def test_a_look_at_web_pages_need_not_be_near(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    enter(db, who, shop, replace(visit, method="online", lon=120.0, lat=40.0))


def test_a_checklist_is_answered_whole_and_each_failed_item_has_its_finding(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    listed = replace(visit, checklist="vaccine", results=VACCINE)
    with pytest.raises(Refused, match="visit_items_left") as told:
        enter(db, who, shop, replace(listed, results={"YM.1": "conforms"}))
    assert told.value.field == "item:YM.2" and told.value.params == {"n": 7}
    with pytest.raises(Refused, match="visit_item_finding") as told:
        enter(db, who, shop, replace(listed, results={**VACCINE, "YM.3": "fails"}))
    assert told.value.field == "item:YM.3"
    with pytest.raises(Refused, match="visit_word"):
        enter(db, who, shop, replace(listed, results={**VACCINE, "YM.99": "conforms"}))
    with pytest.raises(Refused, match="visit_word"):
        enter(db, who, shop, replace(listed, results=VACCINE, notes={"YM.99": "票据齐全"}))
    failed = replace(
        listed, results={**VACCINE, "YM.3": "fails"}, conclusion="rectify", notes={"YM.1": "票据齐全"},
        findings=(Finding("major", "冷链断链", "YM.3", "《疫苗管理法》"), Finding("minor", "台账不全")),
    )  # fmt: skip
    found = enter(db, who, shop, failed)
    assert found.details["list"] == "vaccine" and found.details["checklist"]["YM.3"] == "fails"
    assert found.details["notes"] == {"YM.1": "票据齐全"} and found.grade == 1
    with reading(db) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(problem)).scalar() == 2
        assert city(conn, viewer()).grids[0].counts.open_problems == 2
        assert audit.verify(conn) is None


def test_a_visit_that_found_nobody_has_no_findings(db: sa.Engine) -> None:
    _, shop, who, _ = prepared(db)
    gone = replace(VISIT, conclusion=None, unable_reason="moved", findings=(Finding("minor", "x"),))
    with pytest.raises(Refused, match="visit_unable_findings"):
        enter(db, who, shop, gone)


def test_what_no_visit_can_say_is_refused(sqlite_db: sa.Engine) -> None:
    _, shop, who, visit = prepared(sqlite_db)
    gone, wrong = replace(VISIT, conclusion=None, unable_reason="closed"), (Finding("minor", "过期药品"),)
    cases = [
        (replace(gone, rechecks={1: Recheck(True)}), "visit_unable_rechecks", "unable_reason"),
        (replace(visit, findings=wrong), "visit_pass_findings", "conclusion"),
        (replace(visit, results={"YM.1": "conforms"}), "visit_word", "checklist"),
        (replace(visit, checklist="vaccine", results=VACCINE, conclusion="rectify",
                 findings=(Finding("minor", "x", "YD01.1"),)), "visit_word", "checklist"),
        (replace(visit, findings=(Finding("minor", "x", "9" * 101),)), "visit_text_long", "checklist"),
        (replace(visit, lon=123.4), "visit_malformed", "arrived_at"),
    ]  # fmt: skip
    for said, code, field in cases:
        with pytest.raises(Refused, match=code) as told:
            enter(sqlite_db, who, shop, said)
        assert told.value.field == field
    with pytest.raises(Refused, match="visit_client_id"):
        enter(sqlite_db, who, shop, visit, "c" * 101)


def test_a_cross_check_is_another_grids(db: sa.Engine) -> None:
    made, shop, who, visit = prepared(db)
    crossed = replace(visit, kind="cross")
    with writing(db) as conn:
        conn.execute(sa.delete(fact_grid_officer))
    assert enter(db, who, shop, crossed).kind == "cross", "nobody here answers for the grid"
    with writing(db) as conn:
        bind_officer(conn, made.grids[0], who.officer_id or 0)
    with pytest.raises(Refused, match="visit_cross_own"):
        enter(db, who, shop, crossed, "client-2")


def test_a_text_without_end_is_refused(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    with pytest.raises(Refused, match="visit_text_long"):
        enter(db, who, shop, replace(visit, opinion="好" * 2001))


# --- caps


def test_a_visit_beyond_the_caps_needs_a_reason_that_stays(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    enter(db, who, shop, visit)
    with pytest.raises(Refused, match="visit_over_cap") as told:
        enter(db, who, shop, visit, "client-2")
    assert told.value.params == {"day": 1, "week": 1, "month": 1}
    found = enter(db, who, shop, replace(visit, over_cap_reason="群众举报，须当日核查"), "client-2")
    assert found.details["over_cap_reason"] == "群众举报，须当日核查"
    with reading(db) as conn:
        logged = [row.detail for row in conn.execute(sa.select(audit_table).order_by(audit_table.c.seq))]
        assert "群众" not in str(logged) and (logged[-1]["over_cap"], logged[-1]["far"]) == (True, False)
        said = [
            one.data.get("over_cap_reason") for one in enterprise_file(conn, viewer(), shop, TODAY).timeline
        ]
    assert "群众举报，须当日核查" in said


def test_the_same_visit_sent_again_is_not_stopped_by_the_cap_that_it_fills(db: sa.Engine) -> None:
    _, shop, who, visit = prepared(db)
    assert enter(db, who, shop, visit).id == enter(db, who, shop, visit).id


def test_caps_count_what_cost_the_enterprise_a_visit(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn, visited=0)
        free, recent, full, other, old = made.enterprises[:5]
        add_inspection(conn, recent, TODAY - timedelta(days=7))
        for days in (2, 6):
            add_inspection(conn, full, TODAY - timedelta(days=days))
        add_inspection(conn, other, TODAY, kind="recheck")
        add_inspection(conn, other, TODAY, kind="online_patrol")
        add_inspection(conn, other, TODAY, method="online")
        add_inspection(conn, other, TODAY, conclusion=None, unable_reason="closed")
        add_inspection(conn, old, TODAY - timedelta(days=30))
        states = cap_states(conn, [free, recent, full, other, old], TODAY)
        assert [states[one].state for one in (free, recent, full, other, old)] == [
            "free", "recent", "explain", "free", "free",
        ]  # fmt: skip
        assert states[full].week == 2 and states[full].last_on == TODAY - timedelta(days=2)
        assert (states[full].hit, states[full].most) == ("week", 2) and states[recent].hit is None
        conn.execute(sa.insert(setting), {"key": "visit_caps", "value": {"week": None, "month": 3}})
        assert cap_states(conn, [full], TODAY)[full].state == "recent"


# --- attachments and grade


def test_a_visit_with_photo_near_the_registered_point_is_evidence(db: sa.Engine, tmp_path: Path) -> None:
    _, shop, who, visit = prepared(db)
    picture = attach(db, who, tmp_path, "photo-000001")
    whole = replace(visit, checklist="vaccine", results=VACCINE, lon=123.4, lat=41.801)
    assert enter(db, who, shop, replace(whole, attachments=("photo-000001",))).grade == 2
    assert path_of(tmp_path, picture.sha256).read_bytes() == picture.body
    with reading(db) as conn:
        row = conn.execute(sa.select(attachment)).one()
        assert (row.object, row.name, row.media) == ("inspection", "现场.jpg", "image/jpeg")
        assert attachment_row(conn, who, row.id).sha256 == picture.sha256
        story = enterprise_file(conn, viewer(), shop, TODAY).timeline
        [visited] = [one.data for one in story if one.kind == "inspection"]
        assert [one["id"] for one in visited["attachments"]] == [row.id]


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({"attachments": ()}, 1),
        ({"lon": 123.4, "lat": 41.803, "far_reason": "漂移"}, 1),
        ({"lon": None, "lat": None}, 1),
        ({"lon": None, "lat": None, "method": "online"}, 2),
        ({"checklist": None, "results": {}}, 0),
    ],
)
def test_the_grade_says_what_the_record_proves(
    sqlite_db: sa.Engine, tmp_path: Path, changes: dict[str, Any], grade: int
) -> None:
    _, shop, who, visit = prepared(sqlite_db)
    attach(sqlite_db, who, tmp_path, "photo-000001")
    whole = replace(
        visit, checklist="vaccine", results=VACCINE, lon=123.4, lat=41.801, attachments=("photo-000001",)
    )
    assert enter(sqlite_db, who, shop, replace(whole, **changes)).grade == grade


def test_a_corrected_visit_proves_what_it_proved(db: sa.Engine, tmp_path: Path) -> None:
    _, shop, who, visit = prepared(db)
    attach(db, who, tmp_path, "photo-000001")
    whole = replace(visit, checklist="vaccine", results=VACCINE, lon=123.4, lat=41.801)
    at = enter(db, who, shop, replace(whole, attachments=("photo-000001",))).id
    for n in (2, 3):
        with writing(db) as conn:
            at = supersede(conn, who, at, whole, reason="意见漏填", client_id=f"client-{n}", now=NOW)
    with reading(db) as conn:
        assert conn.execute(sa.select(inspection.c.grade).where(inspection.c.id == at)).scalar() == 2


def test_a_photo_that_did_not_arrive_stops_the_visit_whole(db: sa.Engine, tmp_path: Path) -> None:
    made, shop, who, visit = prepared(db)
    with writing(db) as conn:
        account = add_user(conn, Role.OFFICER, officer_id=made.officers[1])
    another = replace(who, user_id=account, officer_id=made.officers[1])
    attach(db, another, tmp_path, "photo-others")
    for missing in ("photo-never-sent", "photo-others"):
        with pytest.raises(Refused, match="attachment_missing"):
            enter(db, who, shop, replace(visit, attachments=(missing,)))
    attach(db, who, tmp_path, "photo-000001")
    enter(db, who, shop, replace(visit, attachments=("photo-000001",)))
    again = replace(visit, attachments=("photo-000001",), over_cap_reason="复核")
    with pytest.raises(Refused, match="attachment_missing"):
        enter(db, who, shop, again, "client-2")
    with reading(db) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(inspection)).scalar() == 1


def test_an_upload_sent_again_is_one_row_and_nobody_elses(db: sa.Engine, tmp_path: Path) -> None:
    _, _, who, _ = prepared(db)
    attach(db, who, tmp_path, "photo-000001")
    attach(db, who, tmp_path, "photo-000001")
    with reading(db) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(attachment)).scalar() == 1
    with pytest.raises(Conflict, match="attachment_resent"):
        attach(db, replace(who, user_id=None), tmp_path, "photo-000001")
    with pytest.raises(Refused, match="attachment_client_id"):
        attach(db, who, tmp_path, "../../etc")


def test_an_unused_photo_is_its_senders_alone_and_a_used_one_its_places(
    db: sa.Engine, tmp_path: Path
) -> None:
    made, shop, who, visit = prepared(db)
    attach(db, who, tmp_path, "photo-000001")
    stranger = viewer(Role.OFFICER, grids=(made.grids[1],), officer_id=made.officers[1])
    with reading(db) as conn:
        one = conn.execute(sa.select(attachment.c.id)).scalar_one()
        with pytest.raises(Denied):
            attachment_row(conn, viewer(), one)
        with pytest.raises(NotFound):
            attachment_row(conn, who, 10**6)
    enter(db, who, shop, replace(visit, attachments=("photo-000001",)))
    with reading(db) as conn:
        assert attachment_row(conn, viewer(), one).id == one
        with pytest.raises(Denied):
            attachment_row(conn, stranger, one)


def test_a_picture_is_drawn_anew_without_what_it_carried() -> None:
    tagged = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script> 41.8N 123.4E"
    Image.new("RGB", (3000, 1000), "teal").save(tagged, "JPEG", exif=exif, comment=b"#!/bin/sh")
    made = encode(tagged.getvalue() + b"<?php system('id'); ?>", "photo")
    drawn = Image.open(io.BytesIO(made.body))
    assert drawn.format == "JPEG" and max(drawn.size) <= 2048 and not drawn.getexif()
    assert not any(word in made.body for word in (b"script", b"php", b"/bin/sh"))


@pytest.mark.parametrize("held", range(1, 9))
def test_a_turned_photo_stands_upright_whatever_else_the_camera_noted(held: int) -> None:
    corner, exif = Image.new("RGB", (80, 40), "black"), Image.Exif()
    corner.paste("red", (0, 0, 40, 20))
    exif[0x0112], exif[0x011A] = held, 72.0

    def red_spots(body: bytes) -> list[bool]:
        one = ImageOps.exif_transpose(Image.open(io.BytesIO(body)))
        return [
            one.getpixel((x * one.width // 6, y * one.height // 6))[0] > 128 for x in (1, 5) for y in (1, 5)
        ]

    tagged = io.BytesIO()
    corner.save(tagged, "JPEG", exif=exif)
    # a fraction that says it is a text: nobody can write it again
    broken = tagged.getvalue().replace(b"\x01\x1a\x00\x05", b"\x01\x1a\x00\x02")
    upright = red_spots(tagged.getvalue())
    assert sum(upright) == 1 and broken != tagged.getvalue()
    for body in (tagged.getvalue(), broken):
        assert red_spots(encode(body, "photo").body) == upright


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_pictures_become_jpeg_and_a_signature_png(form: str) -> None:
    assert encode(photo(form=form), "photo").media == "image/jpeg"
    assert encode(photo(form=form), "signature").media == "image/png"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "attachment_kind"),
        (b"MZ\x90\x00" + b"\x00" * 500, "attachment_kind"),
        (b"#!/bin/sh\nrm -rf /\n", "attachment_kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "attachment_kind"),
        (photo(form="GIF"), "attachment_kind"),
        (photo()[:400], "attachment_broken"),
        (b"\xff\xd8\xff" + b"\x00" * (12 * 1024 * 1024), "attachment_large"),
    ],
    ids=["nothing", "windows program", "script", "svg", "gif", "cut off", "too large"],
)
def test_what_is_no_photo_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        encode(body, "photo")


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    with pytest.raises(Refused, match=r"attachment_pixels|attachment_broken"):
        encode(bomb.getvalue(), "photo")


def test_a_stored_file_is_nobodys_program_and_comes_back_when_it_was_lost(tmp_path: Path) -> None:
    picture = encode(photo(), "photo")
    store(tmp_path, picture)
    path = path_of(tmp_path, picture.sha256)
    assert path.stat().st_mode & 0o777 == 0o600 and path.suffix == ""
    assert [one.name for one in path.parent.iterdir()] == [picture.sha256]
    path.unlink()
    store(tmp_path, picture)
    assert path.read_bytes() == picture.body


def test_photos_come_back_from_a_backup_and_one_that_was_changed_is_refused(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    _, _, who, _ = prepared(sqlite_db)
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "b.zip"
    kept, lost = attach(sqlite_db, who, here, "photo-000001"), encode(photo("red"), "photo")
    with writing(sqlite_db) as conn:
        note(conn, who, lost, client_id="photo-000002", what="photo", name="b.jpg", now=NOW)
    backup(sqlite_db, file, now=NOW, data=here)
    empty = open_engine(f"sqlite:///{tmp_path / 'restored.db'}")
    restore(empty, file, data=there)
    assert path_of(there, kept.sha256).read_bytes() == kept.body
    with zipfile.ZipFile(file) as pack:
        assert json.loads(pack.read(MANIFEST))["attachments"] == {"files": 1, "lost": 1}
    with zipfile.ZipFile(file, "a") as pack:
        pack.writestr(f"attachments/{lost.sha256}", b"something else")
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(Refused, match="backup_damaged"):
        restore(other, file, data=tmp_path / "third")


# --- questions


def test_a_shop_found_closed_is_asked_of_the_steward_once(db: sa.Engine) -> None:
    _, shop, who, _ = prepared(db)
    with writing(db) as conn:
        add_user(conn, Role.STEWARD)
    gone = replace(VISIT, conclusion=None, unable_reason="closed", note="卷帘门紧闭，电话13900001111")
    enter(db, who, shop, gone, "client-1")
    enter(db, who, shop, gone, "client-2")
    with reading(db) as conn:
        [row] = questions(conn, viewer(Role.STEWARD))
        assert (row["kind"], row["asked"]["unable_reason"], row["officer"]) == (
            "status",
            "closed",
            "网格员00",
        )
        assert "13900001111" not in row["asked"]["note"]
        assert conn.execute(sa.select(message.c.kind)).scalars().all() == ["asked"]
        assert city(conn, viewer()).grids[0].counts.done == 0


def test_a_correction_asks_what_is_new_in_it_and_nothing_twice(db: sa.Engine) -> None:
    made, shop, who, visit = prepared(db)
    with writing(db) as conn:
        about, more = (add_lead(conn, enterprise_id=shop, grid_id=made.grids[0]) for _ in range(2))
    at = enter(db, who, shop, replace(visit, leads=(about,))).id
    again = replace(visit, leads=(about, more), lon=123.4, lat=41.8, point=(123.41, 41.8), point_note="隔壁")
    gone = replace(VISIT, conclusion=None, unable_reason="closed", point=(123.41, 41.8))
    with writing(db) as conn:
        for n, said in enumerate((again, gone, replace(gone, note="无人"))):
            at = supersede(conn, who, at, said, reason="误填", client_id=f"correction-{n}", now=NOW)
        kinds = conn.execute(sa.select(question.c.kind).order_by(question.c.id)).scalars().all()
        assert kinds == ["point", "status"]
        conn.execute(sa.update(question).values(state="refused"))
        supersede(conn, who, at, replace(gone, note="仍无人"), reason="误填", client_id="last", now=NOW)
        assert len(conn.execute(sa.select(question.c.id)).all()) == 2
        noted = conn.execute(sa.select(lead_event.c.lead_id).order_by(lead_event.c.id)).scalars().all()
        assert noted == [about, more]
        assert audit.verify(conn) is None


def test_a_point_seen_while_another_is_asked_of_stays_with_its_visit(sqlite_db: sa.Engine) -> None:
    _, shop, who, visit = prepared(sqlite_db)
    visit = replace(visit, over_cap_reason="复核")
    for n, lon in enumerate((123.4001, 123.4002)):
        said = replace(
            visit, lon=lon, lat=41.8, point=(lon, 41.8), point_note=f"门{n}", over_cap_reason="复核"
        )
        kept = enter(sqlite_db, who, shop, said, f"client-{n}").details
        assert (kept["point"], kept["point_note"]) == ([lon, 41.8], f"门{n}")


def test_a_refused_entry_does_not_doubt_the_status(db: sa.Engine) -> None:
    _, shop, who, _ = prepared(db)
    enter(db, who, shop, replace(VISIT, conclusion=None, unable_reason="refused"))
    with reading(db) as conn:
        assert conn.execute(sa.select(question)).all() == []


def test_an_accepted_status_takes_the_enterprise_out_of_what_is_due(db: sa.Engine) -> None:
    _, shop, who, _ = prepared(db)
    enter(db, who, shop, replace(VISIT, conclusion=None, unable_reason="closed"))
    steward = viewer(Role.STEWARD)
    with writing(db) as conn:
        [row] = questions(conn, steward)
        before = city(conn, viewer()).grids[0].counts.due
        with pytest.raises(NotFound, match="status_unknown"):
            accept_status(conn, steward, row["id"], "vanished", now=NOW)
        with pytest.raises(Denied):
            accept_status(conn, who, row["id"], "closed", now=NOW)
        accept_status(conn, steward, row["id"], "closed", now=NOW)
        assert (
            conn.execute(sa.select(enterprise.c.status).where(enterprise.c.id == shop)).scalar() == "closed"
        )
        assert city(conn, viewer()).grids[0].counts.due == before - 1
        told = conn.execute(sa.select(message.c.kind).where(message.c.ended_at.is_(None))).scalars().all()
        assert told == ["answered"]
        with pytest.raises(Conflict, match="question_answered"):
            refuse(conn, steward, row["id"], "不同意", now=NOW)
    with writing(db) as conn:
        kept = city(conn, viewer())
        figures.rebuild(conn, now=NOW)
        assert city(conn, viewer()).grids == kept.grids
        assert audit.verify(conn) is None


def test_a_refused_question_leaves_the_facts_and_says_why(db: sa.Engine) -> None:
    _, shop, who, _ = prepared(db)
    enter(db, who, shop, replace(VISIT, conclusion=None, unable_reason="moved"))
    steward = viewer(Role.STEWARD)
    with writing(db) as conn:
        [row] = questions(conn, steward)
        with pytest.raises(Refused, match="reason_missing"):
            refuse(conn, steward, row["id"], "  ", now=NOW)
        refuse(conn, steward, row["id"], "许可证未变更地址", now=NOW)
        assert questions(conn, steward) == []
        answered = conn.execute(sa.select(question.c.state, question.c.answer)).one()
        status = conn.execute(sa.select(enterprise.c.status).where(enterprise.c.id == shop)).scalar()
        assert (*answered, status) == ("refused", "许可证未变更地址", "operating")


def test_an_accepted_point_moves_the_enterprise_and_its_grid(db: sa.Engine) -> None:
    import shapely

    made, shop, who, visit = prepared(db)
    with writing(db) as conn:
        for place, grid_id in enumerate(made.grids[:2]):
            box = shapely.box(123.39 + place, 41.79, 123.41 + place, 41.81)
            values = {"grid_id": grid_id, "valid_from": TODAY - timedelta(days=99), "geom": box.wkb}
            conn.execute(sa.insert(fact_grid_shape), {**values, "recorded_at": NOW - timedelta(days=99)})
    moved = replace(
        visit,
        lon=124.4,
        lat=41.8,
        far_reason="登记点有误",
        point=(124.4, 41.8),
        point_note="已搬至隔壁，电话13812345678",
    )
    enter(db, who, shop, moved)
    with writing(db) as conn:
        [row] = questions(conn, viewer(Role.STEWARD))
        assert row["kind"] == "point" and row["asked"]["distance_m"] > 80_000
        assert row["asked"]["note"].startswith("已搬至隔壁") and "13812345678" not in row["asked"]["note"]
        accept_point(conn, viewer(Role.STEWARD), row["id"], now=NOW)
        now = conn.execute(sa.select(enterprise).where(enterprise.c.id == shop)).one()
        assert (now.lon, now.lat, now.grid_id, now.basis) == (124.4, 41.8, made.grids[1], "point")
        kept = city(conn, viewer())
        figures.rebuild(conn, now=NOW)
        assert city(conn, viewer()).grids == kept.grids


# --- leads, the form's start


def test_a_visit_stands_in_the_story_of_the_lead_it_looked_into(db: sa.Engine) -> None:
    made, shop, who, visit = prepared(db)
    with writing(db) as conn:
        mine = add_lead(conn, enterprise_id=shop, grid_id=made.grids[0])
        theirs = add_lead(conn, enterprise_id=made.enterprises[-1])
    with pytest.raises(Refused, match="visit_lead_unknown"):
        enter(db, who, shop, replace(visit, leads=(mine, theirs)))
    found = enter(db, who, shop, replace(visit, leads=(mine,)))
    with reading(db) as conn:
        event = conn.execute(sa.select(lead_event)).one()
        assert (event.lead_id, event.verb, event.details) == (mine, "visit", {"inspection": found.id})
        row = conn.execute(sa.select(lead).where(lead.c.id == mine)).one()
        assert (row.inspection_id, row.state, row.version) == (found.id, "assigned", 1)


def test_the_form_opens_with_who_came_along_last_and_what_is_open(db: sa.Engine) -> None:
    made, shop, who, visit = prepared(db)
    enter(db, who, shop, replace(visit, conclusion="rectify", findings=(Finding("minor", "缺记录"),)))
    with reading(db) as conn:
        found = visit_form(conn, who, shop, TODAY)
        assert found.second == made.officers[1] and found.me["id"] == made.officers[0]
        assert [one["text"] for one in found.problems] == ["缺记录"]
        assert found.cap.state == "explain"
        assert found.lists["on_site"]["routine"] == ["pharmacy"]
        assert found.lists["on_site"]["cross"][0] == "cross_retail"
        with pytest.raises(Denied):
            visit_form(conn, viewer(Role.STEWARD), shop, TODAY)
        with pytest.raises(Denied):
            visit_form(conn, who, made.by_grid[made.grids[1]][0], TODAY)


def test_each_kind_of_enterprise_has_its_list() -> None:
    assert proposed(["vaccination_unit", "vaccination"], (), "routine", "on_site") == ["vaccine"]
    assert proposed(["chain_store", "retail"], ("online_retail",), "routine", "on_site") == [
        "pharmacy",
        "online",
    ]
    assert proposed(["chain_store", "retail"], ("online_retail",), "online_patrol", "online")[0] == "online"
    assert proposed(["manufacturer"], (), "routine", "on_site") == []


def test_the_lists_have_what_their_sources_say_and_each_item_once() -> None:
    for language in ("zh-CN", "en"):
        lists = checklists(language)
        assert [len(lists["online"].sections), len(lists["pharmacy"].sections)] == [8, 15]
        assert len(lists["vaccine"].items) == 8
        codes = [item.code for one in lists.values() for item in one.items]
        assert len(codes) == len(set(codes))
        assert all(one.source and one.evidence in "VSTKD" for one in lists.values())


def test_an_enterprise_without_point_can_be_visited_but_proves_no_place(db: sa.Engine) -> None:
    made, _, who, visit = prepared(db)
    with writing(db) as conn:
        lost = add_enterprise(conn, grid_id=made.grids[0])
        figures.rebuild(conn, now=NOW)
    found = enter(db, who, lost, replace(visit, lon=123.4, lat=41.8, checklist="vaccine", results=VACCINE))
    assert found.distance_m is None and found.grade == 1
