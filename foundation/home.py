"""The hub's home: one folder that holds everything the hub writes, readable by its owner only.

    Home.find(--home) or $HUB_HOME or ./.hub
      lake/ postgres/ dagster/ docs/ spill/ sandbox/ .secrets/ hub.toml .lock

`lock()` is the one writer's flock: the kernel frees it when the holder dies, however it dies.
Secrets: generated ones are kept in .secrets/, files of mode 0600.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.clock import utc_now
from foundation.errors import ConfigError, LockedError

_OURS = {
    *("lake", "postgres", "dagster", "docs", "spill", "sandbox", ".secrets", "hub.toml", ".lock"),
    *("runs", "identity", "county", "counties", "backup", "feeds", "feedback", "drop", "audit"),
    *("open", "erasure"),
}


class Home:
    """Paths below one hub's home. Each property makes its folder (0700) when first asked for."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser().absolute()

    @classmethod
    def find(cls, cli_value: str | os.PathLike[str] | None = None) -> Home:
        """The command line's value, else $HUB_HOME, else ./.hub."""
        return cls(cli_value or os.environ.get("HUB_HOME") or ".hub")

    def __repr__(self) -> str:
        return f"Home({str(self.path)!r})"

    @property
    def config_file(self) -> Path:
        """hub.toml"""
        return self.path / "hub.toml"

    @property
    def lake(self) -> Path:
        """The Delta tables."""
        return self._folder("lake")

    @property
    def postgres(self) -> Path:
        """The embedded warehouse's folder."""
        return self._folder("postgres")

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self._folder("dagster")

    @property
    def docs(self) -> Path:
        """Data Docs, data dictionary and plots."""
        return self._folder("docs")

    @property
    def spill(self) -> Path:
        """DuckDB's overflow; wiped when the lock is taken."""
        return self._folder("spill")

    @property
    def runs(self) -> Path:
        """What each of the last runs brought, in counts."""
        return self._folder("runs")

    @property
    def feeds(self) -> Path:
        """Declarations of feeds that are not in the repository, one TOML file each."""
        return self._folder("feeds")

    @property
    def feedback(self) -> Path:
        """What goes back to the departments, a folder each."""
        return self._folder("feedback")

    @property
    def audit(self) -> Path:
        """Heads of the warehouse's audit chain, kept outside of it."""
        return self._folder("audit")

    @property
    def erasure(self) -> Path:
        """Who was erased, as keyed hashes, with the proofs."""
        return self._folder("erasure")

    @property
    def drop(self) -> Path:
        """Files that were handed in by hand, a folder a department."""
        return self._folder("drop")

    @property
    def sandbox(self) -> Path:
        """The synthetic county."""
        return self._folder("sandbox")

    @property
    def secrets(self) -> Path:
        """Generated secrets, files of mode 0600."""
        return self._folder(".secrets")

    def _folder(self, name: str) -> Path:
        """Make `name` below the home, and the home itself, both 0700 from the first moment."""
        try:
            self._own_home()
            return _private_folder(self.path / name)
        except OSError as error:
            raise ConfigError(
                str(self.path / name),
                f"the folder cannot be made or used ({error.strerror})",
                "nothing was written",
                "choose another home (--home or HUB_HOME), or let this user write there",
            ) from None

    def _own_home(self) -> None:
        """Make the home, or close one that is ours; another folder with things in it is left as
        it is."""
        if self.path.is_dir() and self.path.stat().st_mode & 0o077:
            strange = {entry.name for entry in self.path.iterdir()} - _OURS
            if strange:
                raise ConfigError(
                    str(self.path),
                    f"it is open to others and holds {len(strange)} things that are not the hub's",
                    "nothing was written",
                    "choose another home, or close this folder yourself with chmod 700",
                )
        _private_folder(self.path)

    def secret(self, name: str) -> str:
        """The generated secret `name`: 43 URL-safe characters, made at first use, the same ever
        after."""
        return generated_secret(self.secrets, name)

    def process_spill(self) -> Path:
        """This process's own folder below spill/."""
        return _private_folder(self.spill / str(os.getpid()))

    def wipe_spill(self) -> None:
        """Remove what dead processes spilled; folders of living ones are left to them."""
        for entry in self.spill.iterdir():
            if entry.name.isdigit() and _is_alive(int(entry.name)):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)

    @contextmanager
    def lock(self, blocking: bool = False, purpose: str = "writing") -> Iterator[None]:
        """Be the one writer. Wipes dead processes' spill. Not re-entrant.

        Raises LockedError that says who holds the lock, unless `blocking`, which waits.
        """
        self._folder(".")
        handle = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(handle, blocking, self.path)
            _sign(handle, purpose)
            self.wipe_spill()
            yield
        finally:
            os.close(
                handle
            )  # closing frees the flock; the signature stays and means nothing without it

    def lock_holder(self) -> dict[str, str] | None:
        """Who holds the lock now (pid, purpose, since), or None."""
        path = self.path / ".lock"
        if not path.exists():
            return None
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            return _signature(handle)
        finally:
            os.close(handle)


def generated_secret(folder: Path, name: str) -> str:
    """The secret kept in folder/name, generated if it is not there: 43 URL-safe characters."""
    target = folder / name
    if not target.exists():
        _private_folder(folder)
        _write_once(target, secrets.token_urlsafe(32))
    return target.read_text(encoding="ascii").strip()


def write_private(target: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    draft = _draft(target, text)
    draft.replace(target)


def _private_folder(path: Path) -> Path:
    """Make the folder 0700, or make it so."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def _write_once(target: Path, text: str) -> None:
    """Create `target` whole, or leave the one that is there: two starters agree on one secret."""
    draft = _draft(target, text + "\n")
    try:
        os.link(draft, target)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(target: Path, text: str) -> Path:
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _take(handle: int, blocking: bool, home: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
    except BlockingIOError:
        who = _signature(handle)
        raise LockedError(
            str(home),
            f"process {who.get('pid', '?')} has been {who.get('purpose', 'writing')} "
            f"since {who.get('since', '?')}",
            "this command wrote nothing",
            "wait until it has finished, or stop that process: the lock is freed when it ends",
        ) from None


def _sign(handle: int, purpose: str) -> None:
    since = utc_now().isoformat(timespec="seconds")
    os.ftruncate(handle, 0)
    os.pwrite(
        handle,
        json.dumps({"pid": str(os.getpid()), "purpose": purpose, "since": since}).encode(),
        0,
    )


def _signature(handle: int) -> dict[str, str]:
    try:
        found = json.loads(os.pread(handle, 4096, 0))
    except ValueError:  # the holder is just signing
        return {}
    return {str(key): str(value) for key, value in found.items()}
