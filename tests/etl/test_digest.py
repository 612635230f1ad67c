"""The daily digest: counts for each account, off by default, without a name in it."""

from __future__ import annotations

import smtplib
import socketserver
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.access import Role
from data.schema import user
from data.settings import BadSetting, Digest, Settings
from data.store import reading, writing
from data.writes import messages
from etl.digest import Letter, letters, send, write_files
from tests.factories import NOW, TODAY, add_enterprise, add_problem, add_user


def fill(db: sa.Engine) -> None:
    with writing(db) as conn:
        shop = add_enterprise(conn, name="不可外传大药房")
        known, gone = add_user(conn, Role.OFFICER, name="赵某某"), add_user(conn, Role.OFFICER)
        add_user(conn, Role.OFFICER)
        conn.execute(sa.update(user).where(user.c.id == known).values(username="../zhao", language="en"))
        conn.execute(sa.update(user).where(user.c.id == gone).values(active=False))
        for due in (1, 2):
            one = add_problem(conn, shop, TODAY)
            said = {"reason": "不可外传大药房照片不清"}
            messages.tell(conn, [known, gone], "returned", "problem", one, f"v{due}", said, now=NOW)
        messages.tell(conn, [known], "overdue", "problem", one, "a", now=NOW)
        messages.end(conn, "problem", one, kinds=("overdue",), now=NOW)


def test_a_letter_counts_what_is_open_and_names_nobody(db: sa.Engine, tmp_path: Path):
    fill(db)
    with reading(db) as conn:
        (found,) = letters(conn, TODAY)
    assert "Returned: 2" in found.body and "2 open messages, 2 of them unread" in found.body
    assert "Overdue" not in found.body
    for secret in ("不可外传", "赵", "zhao"):
        assert secret not in found.subject + found.body
    into = write_files([found], tmp_path / "digest", TODAY)
    (file,) = into.iterdir()
    assert into.parent.parent == tmp_path and file.parent == into
    assert stat.S_IMODE(into.stat().st_mode) == 0o700


class Relay(socketserver.StreamRequestHandler):
    """A mail relay that takes everything, but for nobody@, and keeps it."""

    taken: list[str] = []  # noqa: RUF012 - the test's own

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline().decode().strip():
            self.taken.append(line)
            if line.upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    self.taken.append(text)
            said = b"221 bye" if line.upper() == "QUIT" else b"250 ok"
            self.wfile.write((b"550 no such box" if "<nobody@" in line else said) + b"\r\n")


@pytest.fixture
def relay() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_relay_gets_one_letter_for_each_account_and_names_whom_it_does_not_know(
    sqlite_db: sa.Engine, relay: int
):
    fill(sqlite_db)
    with writing(sqlite_db) as conn:
        conn.execute(sa.update(user).where(user.c.username == "../zhao").values(username="zhao"))
    with reading(sqlite_db) as conn:
        written = letters(conn, TODAY)
    to = Digest(f"smtp://127.0.0.1:{relay}", "gridward@example.cn", "example.cn")
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="nobody@"):
        send([Letter("nobody", "s", "b"), *written], to, NOW)
    assert sum(line.startswith("rcpt TO:<zhao@example.cn>") for line in Relay.taken) == 1
    heads = {line.split(":")[0] for line in Relay.taken}
    assert heads >= {"From", "To", "Subject", "Date", "Message-ID"}


def test_a_password_never_travels_to_a_relay_in_clear(sqlite_db: sa.Engine, relay: int):
    Relay.taken.clear()
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send([], Digest(f"smtp://u:geheim@127.0.0.1:{relay}", "a@example.cn", "example.cn"), NOW)
    assert not any(line.upper().startswith("AUTH") for line in Relay.taken)


def test_the_settings_say_where_to_and_what_is_wrong_with_them():
    assert Settings.from_env({}).digest is None
    assert Settings.from_env({"GRIDWARD_DIGEST": "off"}).digest is None
    assert Settings.from_env({"GRIDWARD_DIGEST": "file"}).digest == Digest()
    known = {
        "GRIDWARD_DIGEST": "smtp://u:geheim@mail:25", "GRIDWARD_DIGEST_FROM": "a@b.cn",
        "GRIDWARD_DIGEST_DOMAIN": "b.cn",
    }  # fmt: skip
    assert Settings.from_env(known).digest == Digest("smtp://u:geheim@mail:25", "a@b.cn", "b.cn")
    for name, wrong in (("", "mail:25"), ("_FROM", "nobody"), ("_DOMAIN", "b cn")):
        with pytest.raises(BadSetting, match=f"GRIDWARD_DIGEST{name}") as said:
            Settings.from_env(known | {f"GRIDWARD_DIGEST{name}": wrong})
        assert "geheim" not in str(said.value)
    assert Settings.from_env({"GRIDWARD_MAP_APP": "Amap"}).map_app == "amap"
    with pytest.raises(BadSetting, match="GRIDWARD_MAP_APP"):
        Settings.from_env({"GRIDWARD_MAP_APP": "google"})
