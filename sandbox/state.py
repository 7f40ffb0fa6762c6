"""What a served county remembers: which day is true, where everything is, which faults are on.

    serve, advance ── State.save ──► STATE/state.json ──► HTTP server (watches), serve, advance

Secrets lie beside it in STATE/secrets/, files of mode 0600; state.json holds none.
Alone: ``python -c "from sandbox.state import State; print(State.load('STATE').day)"``.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from foundation.errors import ConfigError
from sandbox.faults import Faults


@dataclass
class State:
    """One serve's state. ``pages`` names the encoded pages of each REST feed that are true now."""

    folder: Path
    county: str
    drop: str
    today: str
    id: str = field(default_factory=lambda: secrets.token_hex(3))
    faults: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: str | Path, county: Path, as_of: date, drop: str | Path) -> State:
        """The state kept in ``folder``, or a new one that begins at the county's ``as_of``."""
        place, files = private_folder(Path(folder).absolute()), str(Path(drop).absolute())
        if not (place / "state.json").exists():
            return cls(place, str(county), files, as_of.isoformat())
        state = cls.load(place)
        state.check_county(county)
        state.drop = files
        return state

    @classmethod
    def load(cls, folder: str | Path) -> State:
        """Read the state. Raises ConfigError when nothing was ever served from it."""
        place = Path(folder).absolute()
        try:
            return cls(folder=place, **json.loads((place / "state.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            raise ConfigError(
                str(place),
                "no county was served from this state folder",
                "nothing was changed",
                "run `hub sandbox serve DIR` first, with the same --state",
            ) from None

    def save(self) -> None:
        """Write state.json at once and whole: a reader sees the old or the new one."""
        kept = {name: value for name, value in asdict(self).items() if name != "folder"}
        write_whole(
            self.folder / "state.json", json.dumps(kept, ensure_ascii=False, indent=1).encode()
        )

    @property
    def day(self) -> date:
        """The day that is true now."""
        return date.fromisoformat(self.today)

    def check_county(self, county: Path) -> None:
        """Raise ConfigError when this state belongs to another county."""
        if self.county != str(county):
            raise ConfigError(
                str(self.folder),
                f"this state belongs to the county {self.county}",
                "nothing was changed",
                "give another state folder, or remove this one",
            )

    def switch(self, faults: Faults) -> None:
        """Have these faults on instead of those before; a running HTTP server counts anew."""
        self.faults = faults.texts()
        self.save()

    def secret(self, name: str) -> str:
        """The secret of this name, made at first use."""
        path = self.secret_path(name)
        if not path.exists():
            self.keep_secret(name, secrets.token_urlsafe(24))
        return path.read_text("utf-8")

    def secret_path(self, name: str) -> Path:
        """Where a secret is kept."""
        return private_folder(self.folder / "secrets") / name

    def keep_secret(self, name: str, text: str) -> Path:
        """Write a secret to its file (0600) and return the path, for ``{file = ...}``."""
        path = self.secret_path(name)
        write_whole(path, text.encode())
        return path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One of serve and advance at a time; a killed holder frees it."""
        with (self.folder / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 under a hidden name, then rename it."""
    draft = path.with_name(f".{path.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    draft.replace(path)
