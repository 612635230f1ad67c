"""A trial's file is erased after a week: publishing it then is refused with what to do."""

from __future__ import annotations

import shutil

import sqlalchemy as sa

from dashboard import uploads
from data import jobs
from data.access import Role, Viewer
from data.schema import job
from data.store import writing
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
        values = {"imports-confirm.submit_n_clicks": 1, "imports-job.data": trial}
        return fire(client, house, "imports-job.data", values, changed="imports-confirm.submit_n_clicks").text

    assert "upload" not in publish()
    shutil.rmtree(path.parent)
    said = publish()
    assert "重新" in said, said
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(job)).scalar() == 2
