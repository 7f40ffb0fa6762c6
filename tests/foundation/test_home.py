"""The home, its lock and its generated secrets."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.errors import ConfigError, LockedError
from foundation.home import Home

HOLD = """
import sys
from foundation.home import Home
with Home(sys.argv[1]).lock(purpose="syncing"):
    print("held", flush=True)
    sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "hub")


def test_every_folder_is_readable_by_its_owner_only(home: Home) -> None:
    for folder in (
        home.lake,
        home.postgres,
        home.dagster,
        home.docs,
        home.spill,
        home.secrets,
        home.sandbox,
    ):
        assert mode(folder) == 0o700
    assert mode(home.path) == 0o700


def test_the_command_line_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_HOME", raising=False)
    assert Home.find().path == tmp_path / ".hub"
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "env"))
    assert Home.find().path == tmp_path / "env"
    assert Home.find(str(tmp_path / "cli")).path == tmp_path / "cli"


def test_a_folder_that_is_not_the_hubs_is_not_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(ConfigError, match="not the hub's"):
        _ = Home(tmp_path).lake
    assert mode(tmp_path) == 0o755


def test_a_generated_secret_stays_the_same_and_private(home: Home) -> None:
    secret = home.secret("key")
    assert len(secret) == 43
    assert Home(home.path).secret("key") == secret
    assert mode(home.secrets / "key") == 0o600


def test_a_second_writer_is_told_who_holds_the_lock_and_a_kill_frees_it(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with (
        pytest.raises(LockedError, match=f"process {holder.pid} has been syncing since"),
        home.lock(),
    ):
        pass
    assert (home.lock_holder() or {})["pid"] == str(holder.pid)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert home.lock_holder() is None
    with home.lock():
        assert (home.lock_holder() or {})["pid"] == str(os.getpid())
    assert home.lock_holder() is None


def test_taking_the_lock_wipes_what_dead_processes_spilled_and_spares_the_living(
    home: Home,
) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead, mine = home.spill / str(ended.pid), home.process_spill()
    dead.mkdir()
    (dead / "rows.tmp").write_text("张三")
    (home.spill / "stray").write_text("张三")
    with home.lock():
        assert list(home.spill.iterdir()) == [mine]
