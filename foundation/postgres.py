"""The embedded warehouse: a real PostgreSQL from a wheel, started by us with our own rules.

    EmbeddedPostgres(home.postgres).start() -> url -> SQLAlchemy, psycopg, ADBC

Password logins (scram-sha-256) on loopback TCP, a peer map on a private socket, no row value in its
log, bulk loads without WAL, and every commit durable. Survives kill -9 of anything.
Secrets: the superuser's password is generated into the home's .secrets/postgres_password.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe

import psycopg
from psycopg import sql

from foundation.errors import WarehouseError
from foundation.home import generated_secret, write_private
from foundation.postgres_install import Account, account, base_folder, binaries, left_behind
from foundation.redact import safe_exception

USER, DATABASE = "hub", "warehouse"
_LONGEST_SOCKET = 107  # bytes of a socket's path, by the kernel's sockaddr_un
_SETTINGS = """\
# Written by the hub at every start; edits are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 60
timezone = 'UTC'
# Bulk loads: a table made and filled in one transaction writes no WAL.
wal_level = minimal
max_wal_senders = 0
max_wal_size = '4GB'
# A night's segments are written once: filled with zeros first, each would be written and waited for
# twice. A full disk stops the server either way.
wal_init_zero = off
checkpoint_timeout = '15min'
# The pages that a night touches stay until the checkpoint; one put out before waits for the log.
shared_buffers = '{buffers}MB'
dynamic_shared_memory_type = {shared}
work_mem = '32MB'
maintenance_work_mem = '512MB'
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
# The log must not hold row values: no statements, no details, and no ERROR lines, whose text quotes
# values.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_min_duration_statement = -1
log_parameter_max_length_on_error = 0
log_timezone = 'UTC'
"""
_ACCESS = "local all {user} peer map=hub\nhost all all 127.0.0.1/32 scram-sha-256\n"


class EmbeddedPostgres:
    """One server for one home. `folder`: home.postgres; port 0: a free one, remembered from then
    on."""

    def __init__(self, folder: Path, port: int = 0, secrets: Path | None = None) -> None:
        self.folder = folder.absolute()
        self._wanted_port = port
        self._secrets = secrets or self.folder.parent / ".secrets"

    @property
    def data(self) -> Path:
        """The data folder; below the home, or for a hub run by root below /var/lib/resident-hub."""
        return self._base() / "data"

    @property
    def port(self) -> int:
        """The port that it listens on, or listened on last. Raises WarehouseError if never
        started."""
        try:
            return int((self.folder / "port").read_text(encoding="ascii"))
        except FileNotFoundError:
            raise _not_started("it was never started", "run `hub sync` or start() first") from None

    @property
    def url(self) -> str:
        """postgresql://hub:<password>@127.0.0.1:<port>/warehouse. Holds the password: never log
        it."""
        return f"postgresql://{USER}:{self._password()}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def is_running(self) -> bool:
        """Whether its server is alive and ready."""
        return _postmaster(self.data) is not None

    def start(self) -> EmbeddedPostgres:
        """Start the server unless it runs; make the data folder and the database at first. Takes
        about a second."""
        with self._exclusive():
            self._ensure_running()
            self._end_rotation()
            try:
                self._make_database()
            except WarehouseError:
                if self.is_running:
                    raise
                # It was just dying of a kill, and looked alive.
                self._ensure_running()
                self._make_database()
            self._write_passfile()
        return self

    def stop(self) -> None:
        """Stop it if it runs: open transactions are rolled back, the data is written out."""
        with self._exclusive():
            if _postmaster(self.data) is None:
                return
            user = account()
            code, said = user.run(
                [
                    binaries(user, self._major()) / "pg_ctl",
                    "stop",
                    "-D",
                    self.data,
                    "-m",
                    "fast",
                    "-w",
                    "-t",
                    "60",
                ]
            )
            if code:
                raise _not_started(
                    f"it did not stop ({said})", "look at the processes of that data folder"
                )

    def rotate_password(self) -> None:
        """Give the owner's role a new password. Sessions stay open; whoever connects reads the new
        one from its file. Killed in between, the next start settles which one is valid."""
        with self._exclusive():
            self._ensure_running()
            self._end_rotation()
            new = token_urlsafe(32)
            write_private(self._next_password, new)
            with psycopg.connect(self.url, autocommit=True) as connection:
                verifier = connection.pgconn.encrypt_password(
                    new.encode(), USER.encode(), b"scram-sha-256"
                ).decode()
                connection.execute(
                    sql.SQL("alter role {} password {}").format(
                        sql.Identifier(USER), sql.Literal(verifier)
                    )
                )
            self._end_rotation()
            self._write_passfile()

    def remove(self) -> None:
        """Stop it and delete its data for good, wherever it lies."""
        self.stop()
        shutil.rmtree(self._base(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql_command(self) -> str:
        """A shell line that opens psql; the password comes from a file that only this user can
        read."""
        program = shlex.quote(str(binaries(account()) / "psql"))
        where = f"-h 127.0.0.1 -p {self.port} -U {USER} {DATABASE}"
        return f"PGPASSFILE={shlex.quote(str(self._passfile))} {program} {where}"

    @property
    def _passfile(self) -> Path:
        return self._secrets / "pgpass"

    def _password(self) -> str:
        return generated_secret(self._secrets, "postgres_password")

    @property
    def _next_password(self) -> Path:
        return self._secrets / "postgres_password.new"

    def _end_rotation(self) -> None:
        """Keep the newer of two passwords if the server has it already, else forget it."""
        draft = self._next_password
        if not draft.exists():
            return
        new = draft.read_text(encoding="ascii").strip()
        try:
            psycopg.connect(self.url.replace(self._password(), new)).close()
        except psycopg.OperationalError:
            draft.unlink()
        else:
            draft.replace(self._secrets / "postgres_password")

    def _base(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return base_folder(self.folder, account())

    def _major(self) -> str | None:
        try:
            return (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One process at a time starts or stops this server."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.folder / ".starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _ensure_running(self) -> None:
        if _settle(self.data):
            return
        user = account()
        self._end_those_left_behind(user)
        _clear_stale(self._base())
        self._make_data(user)
        self._launch(user)

    def _end_those_left_behind(self, user: Account) -> None:
        """End the servers of homes that were removed by hand from this path; their data stays."""
        for data in left_behind(self.folder, self._base()) if user.other else ():
            if (pid := _postmaster(data)) is not None:
                os.kill(pid, signal.SIGINT)

    def _make_data(self, user: Account) -> None:
        """initdb into a draft and rename it: a data folder that exists is whole."""
        if self._major() is not None:
            return
        base = self._base()
        draft, password = base / "data.new", base / "password.new"
        shutil.rmtree(draft, ignore_errors=True)
        write_private(password, self._password())
        if user.other:
            os.chown(password, user.uid, user.gid)
        try:
            code, said = user.run(_initdb(binaries(user), draft, password))
        finally:
            password.unlink()
        if code:
            raise _not_started(
                f"its data folder could not be made ({said})", f"look at {base} and free disk space"
            )
        draft.rename(self.data)

    def _launch(self, user: Account) -> None:
        """Write the settings and start; a port that was taken in between is exchanged for
        another."""
        program = binaries(user, self._major()) / "pg_ctl"
        self._write_access(user)
        said = ""
        for attempt in range(3):
            port = self._choose_port(fresh=attempt > 0)
            self._write_settings(user, port)
            log = self._base() / "postgresql.log"
            code, said = user.run(
                [program, "start", "-D", self.data, "-l", log, "-w", "-t", "120"], timeout=150
            )
            if code == 0:
                (self.folder / "port").write_text(str(port), encoding="ascii")
                return
        raise _not_started(f"pg_ctl says: {said}", f"see {self._base() / 'postgresql.log'}")

    def _choose_port(self, fresh: bool) -> int:
        """The configured port, else the remembered one if it is free, else any free one."""
        if self._wanted_port:
            return self._wanted_port
        note = self.folder / "port"
        if not fresh and note.exists() and _is_free(port := int(note.read_text(encoding="ascii"))):
            return port
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def _write_settings(self, user: Account, port: int) -> None:
        place = user.own(self._base() / "socket")
        # A path too long for a socket leaves TCP alone, rather than a socket in a folder that
        # others can enter.
        fits = len(os.fsencode(place / f".s.PGSQL.{port}.lock")) <= _LONGEST_SOCKET
        socket_folder = str(place).replace("'", "''") if fits else ""
        text = _SETTINGS.format(
            port=port, socket=socket_folder, shared=_shared_memory(), buffers=_buffers_mb()
        )
        _hand_over(self.data / "postgresql.conf", text, user)

    def _write_access(self, user: Account) -> None:
        _hand_over(self.data / "pg_hba.conf", _ACCESS.format(user=USER), user)
        names = {user.name, "root"} if user.other else {user.name}
        _hand_over(
            self.data / "pg_ident.conf",
            "".join(f'hub "{name}" {USER}\n' for name in sorted(names)),
            user,
        )

    def _make_database(self) -> None:
        try:
            with psycopg.connect(
                self.url.rsplit("/", 1)[0] + "/postgres", autocommit=True
            ) as connection:
                known = connection.execute(
                    "select from pg_database where datname = %s", [DATABASE]
                ).fetchall()
                if not known:
                    connection.execute(f"create database {DATABASE}")
        except psycopg.Error as error:
            raise _not_started(
                f"it runs and refuses us ({safe_exception(error)})",
                f"put back {self._secrets / 'postgres_password'} from the backup",
            ) from None

    def _write_passfile(self) -> None:
        write_private(self._passfile, f"127.0.0.1:{self.port}:*:{USER}:{self._password()}\n")


def _initdb(programs: Path, target: Path, password: Path) -> list[str | Path]:
    return [
        programs / "initdb",
        *("-D", target, "--username", USER, "--pwfile", password),
        *("--auth-local", "peer", "--auth-host", "scram-sha-256"),
        # One collation on every machine: by code point, with Unicode's own upper and lower case.
        *(
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
        ),
    ]


def _postmaster(data: Path) -> int | None:
    """The pid of the living server of this data folder; a stale or foreign pid counts as none."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="ascii", errors="replace").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return (
        pid if pid in _processes(data) and len(lines) >= 8 and lines[7].strip() == "ready" else None
    )


def _processes(data: Path) -> list[int]:
    """Every PostgreSQL process of this data folder: each has it as its working folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:  # gone meanwhile, or another user's
            continue
    return found


def _settle(data: Path, seconds: float = 60) -> bool:
    """Wait until the data folder's processes are a ready server (True) or gone (False).

    A server may be starting; after a killed postmaster its backends end by themselves within
    moments, and starting before would be refused.
    """
    deadline = time.monotonic() + seconds
    while left := _processes(data):
        if _postmaster(data) is not None:
            return True
        if time.monotonic() > deadline:
            raise _not_started(
                f"processes {left} still use its data and do not answer", "end those processes"
            )
        time.sleep(0.05)
    return False


def _clear_stale(base: Path) -> None:
    """Remove what a killed server left: its pid may belong to another program by now, which would
    make PostgreSQL refuse to start. Only after `_settle` has found no process."""
    (base / "data" / "postmaster.pid").unlink(missing_ok=True)
    for stale in (base / "socket").glob(".s.PGSQL.*"):
        stale.unlink()


def _shared_memory() -> str:
    """Where parallel work shares memory: /dev/shm, or files where that is small (containers)."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return "mmap"
    return "posix" if room.f_bavail * room.f_frsize > 2 * 1024**3 else "mmap"


def _buffers_mb() -> int:
    """An eighth of the memory that this machine or container has, from 128 to 2,048 MB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no such file, or "max"
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(max(memory // 8 // 1024**2, 128), 2_048)


def _hand_over(path: Path, text: str, user: Account) -> None:
    write_private(path, text)
    if user.other:
        os.chown(path, user.uid, user.gid)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _not_started(what: str, remedy: str) -> WarehouseError:
    return WarehouseError("embedded PostgreSQL", what, "its data is untouched", remedy)
