"""The whole program as a process: it starts, restarts its worker, and leaves nothing behind."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from rich.console import Console

import app
from data.schema import user
from data.settings import BadSetting, Settings
from data.store import open_engine
from tests.factories import NOW

HERE = Path(app.__file__).parent
pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the started programs keep their compiled modules, so that only the first compiles them."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def env(sqlite_template: Path, tmp_path: Path, compiled: Path) -> dict[str, str]:
    shutil.copy(sqlite_template, tmp_path / "city.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        **os.environ,
        "GRIDWARD_DATABASE_URL": f"sqlite:///{tmp_path / 'city.db'}",
        "GRIDWARD_DATA": str(tmp_path),
        "GRIDWARD_PORT": str(port),
        "GRIDWARD_WORKERS": "1",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(compiled),
    }


@pytest.fixture
def start(env: dict[str, str]) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(HERE / "app.py")]
        process = subprocess.Popen(command, cwd=env["GRIDWARD_DATA"], env=env, stderr=subprocess.PIPE)
        running.append(process)
        wait_for(lambda: answers(env), "the server to answer")
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def answers(env: dict[str, str]) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{env['GRIDWARD_PORT']}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_for(what: Callable[[], object], words: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"waited {seconds} s for {words}"
        time.sleep(0.1)


def below(pid: int) -> dict[int, str]:
    """Return the processes below one, with their command lines."""
    found: dict[int, str] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
            command = Path(path.parent, "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if parent == pid:
            found |= {int(path.parent.name): command, **below(int(path.parent.name))}
    return found


def worker_of(pid: int) -> int | None:
    return next((one for one, command in below(pid).items() if "etl work" in command), None)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_worker_that_dies_is_started_again_and_ends_with_the_server(start, env):
    process = start()
    wait_for(lambda: worker_of(process.pid), "the worker")
    first = worker_of(process.pid)
    assert Path(f"/proc/{first}/cwd").resolve() == Path(env["GRIDWARD_DATA"]).resolve()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: worker_of(process.pid) not in (None, first), "another worker")
    others = below(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    wait_for(lambda: all(map(gone, others)), f"the end of {others}")


def test_a_web_process_forked_while_the_worker_starts_does_not_hold_its_watcher_up(monkeypatch):
    worker, begun = app.Worker(), threading.Event()

    def slow_start(*_: object, **__: object) -> None:
        # what subprocess does: the child's end of the pipe is closed by its start, ours here
        ours, theirs = os.pipe()
        begun.set()
        time.sleep(0.3)
        os.close(theirs)
        os.read(ours, 1)
        os.close(ours)

    monkeypatch.setattr(app.subprocess, "Popen", slow_start)
    watcher = threading.Thread(target=worker._launch, daemon=True)
    watcher.start()
    begun.wait()
    web_process = os.fork()
    if web_process == 0:
        time.sleep(60)
        os._exit(0)
    try:
        watcher.join(10)
        assert not watcher.is_alive()
    finally:
        os.kill(web_process, signal.SIGKILL)
        os.waitpid(web_process, 0)


def test_a_killed_server_leaves_nothing_behind_and_starts_again(start):
    process = start()
    wait_for(lambda: worker_of(process.pid), "the worker")
    others = below(process.pid)
    process.kill()
    wait_for(lambda: all(map(gone, others)), f"the end of {others}")
    start()


def test_a_bad_setting_ends_the_start_with_one_sentence(env):
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=HERE,
        env={**env, "GRIDWARD_PORT": "many"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and re.fullmatch(r"GRIDWARD_PORT: expected .*\n", done.stderr)


def test_demo_accounts_are_served_to_this_machine_only(env):
    engine = open_engine(env["GRIDWARD_DATABASE_URL"])
    with engine.begin() as conn:
        values = {"username": "demo", "name": "演示", "role": "leader", "password_hash": "x", "demo": True,
                  "created_at": NOW}  # fmt: skip
        conn.execute(sa.insert(user).values(values))
    for opening in ({"GRIDWARD_HOST": "0.0.0.0"}, {"GRIDWARD_PROXIES": "1"}, {"GRIDWARD_HOSTS": "a.example"}):
        with pytest.raises(BadSetting, match=r"demo accounts .* published"):
            app.create_app(Settings.from_env({**env, **opening}))
    assert app.create_app(Settings.from_env(env)) is not None
    engine.dispose()


@pytest.mark.parametrize(
    ("host", "hosts", "warned"),
    [
        ("0.0.0.0", "", True),
        ("0.0.0.0", "10.1.2.3", False),
        ("10.1.2.3", "", False),
        ("127.0.0.1", "", False),
    ],
)
def test_a_server_for_others_that_knows_no_name_of_its_own_says_so(env, host, hosts, warned):
    said = io.StringIO()
    env = {**env, "GRIDWARD_HOST": host, "GRIDWARD_HOSTS": hosts}
    app.prepare(Settings.from_env(env), Console(file=said, width=200))
    assert ("GRIDWARD_HOSTS" in said.getvalue()) == warned
    assert "http://0.0.0.0" not in said.getvalue()


def test_a_named_database_never_gets_the_demo_city(env):
    with Path(os.devnull).open("w") as nowhere:
        app.prepare(Settings.from_env(env), Console(file=nowhere))
    engine = open_engine(env["GRIDWARD_DATABASE_URL"])
    with engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(user)).scalar() == 0
    engine.dispose()
