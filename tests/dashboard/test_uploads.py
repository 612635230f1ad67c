"""Uploads: what is taken, how large, and that a trial whose file is erased is refused with what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from dashboard import uploads
from data import jobs
from data.access import Role, Viewer
from data.errors import Refused
from data.schema import job
from data.store import writing
from data.text import LANGUAGES
from tests.dashboard.conftest import House, fire
from tests.factories import NOW


def test_a_trial_whose_file_is_erased_is_not_put_into_the_queue_again(house: House):
    client, steward = (
        house.sign_in("steward"),
        Viewer("user:steward", Role.STEWARD, user_id=house.ids["steward"]),
    )
    client.get("/")
    folder = house.settings.uploads
    path = uploads.find(folder, steward.actor, uploads.keep(folder, steward.actor, "名单.csv", "data:,YQ=="))
    with writing(house.engine) as conn:
        trial = jobs.submit(conn, steward, "import", {"path": str(path), "dry_run": True}, now=NOW)

    def publish() -> str:
        values = {"imports-confirm.n_clicks": 1, "imports-job.data": trial}
        return fire(client, house, "imports-job.data", values, changed="imports-confirm.n_clicks").text

    assert "upload" not in publish()
    shutil.rmtree(path.parent)
    said = publish()
    assert "重新" in said, said
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(job)).scalar() == 2


def test_what_may_be_uploaded_is_one_number_everywhere(read_only_house: House):
    root = Path(__file__).parents[2]
    assert read_only_house.server.config["MAX_CONTENT_LENGTH"] == uploads.MAX_BODY
    (proxy,) = re.findall(r"client_max_body_size (\d+)m;", (root / "docs/operations.md").read_text("utf-8"))
    assert uploads.MAX_BODY <= int(proxy) * 1024 * 1024 < uploads.MAX_BODY + 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("who", "path", "words"),
    [
        ("steward", "/_dash-update-component", ("文件超过 40 MB", "file exceeds 40 MB")),
        ("officer", "/_dash-update-component", ("照片合计超过 40 MB", "photos sent at once exceed 40 MB")),
        ("officer", "/visit/attachments", ("照片不超过 12 MB", "photo may have at most 12 MB")),
        ("officer", "/visit/1", ("检查记录的文字超过 54 MB", "words of the record exceed 54 MB")),
        ("officer", "/api/v1/leads", ("每次请求只登记一条线索", "One request registers one lead")),
        ("officer", "/preferences", ("提交的内容超过 54 MB", "What was sent exceeds 54 MB")),
    ],
)
def test_what_is_too_large_is_named_with_its_limit_and_what_to_do(
    read_only_house: House, who: str, path: str, words: tuple[str, str]
):
    client = read_only_house.sign_in(who)
    client.get("/password")
    token = client.get_cookie("_csrf_token").value
    for language, said in zip(LANGUAGES, words, strict=True):
        client.set_cookie("gw_language", language)
        answer = client.post(
            path, data=b"{}", content_type="application/json",
            headers={"X-CSRFToken": token, "X-Gridward-User": str(read_only_house.ids[who])},
            environ_overrides={"CONTENT_LENGTH": str(uploads.MAX_BODY + 1)},
        )  # fmt: skip
        assert answer.status_code == 413 and said in answer.json["error"]["message"], answer.text


@pytest.mark.parametrize("name", ["边界.zip", "边界.gpkg", "../../x/网格.geojson", "店.XLSX"])
def test_every_format_that_is_promised_can_be_uploaded(tmp_path: Path, name: str):
    token = uploads.keep(tmp_path, "user:a", name, "data:;base64,AAAA")
    kept = uploads.find(tmp_path, "user:a", token)
    assert kept.is_relative_to(tmp_path) and kept.parent.name == token


def test_a_program_is_not_taken(tmp_path: Path):
    with pytest.raises(Refused):
        uploads.keep(tmp_path, "user:a", "a.exe", "data:;base64,AAAA")
