"""Syncs in processes of their own that may be killed at a given moment, started without delay.

    Syncs (fork server with the hub imported) -> `hub sync --json` in a fork -> Attempt

Importing the hub takes most of a small night; a fork has it already, so that kills fall where
something is being done. Needs no secrets. Used by benchmarks.chaos.
"""

import json
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from foundation.home import Home
from foundation.lake_table import LakeTable
from foundation.postgres import EmbeddedPostgres

Victim = Literal["sync", "server"]
IMPORTED = ["pipelines.cli.sync", "pipelines.definitions", "pipelines.defs.launch", "splink"]


@dataclass(frozen=True)
class Attempt:
    """One sync: seconds that it lived, whether it was killed, what it printed if it was not.

    commits: those of its tables; last_words: the step that it was at.
    """

    seconds: float
    was_killed: bool
    said: dict[str, Any]
    complaint: str
    last_words: str
    commits: int

    @property
    def succeeded(self) -> bool:
        """It ended by itself, and well."""
        return bool(self.said.get("success"))

    @property
    def unbalanced(self) -> list[str]:
        """Feeds where delivered is not known + conformed + quarantined + suppressed."""
        return [
            row["feed"]
            for row in self.said.get("feeds", [])
            if row["delivered"]
            != row["known"] + row["conformed"] + row["quarantined"] + row["suppressed"]
        ]


class Syncs:
    """Starts syncs. `folder` holds what they print; the fork server ends with this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(IMPORTED)

    def run(
        self,
        home: Home,
        day: str,
        moment: float | None = None,
        victim: Victim = "sync",
        commit: float = 0,
    ) -> Attempt:
        """`hub --as-of day sync --json`; after ``moment`` seconds the victim is killed.

        commit: the sync dies before that commit to a table, or at n.5 just after commit n.
        """
        out, err, step = (self.folder / name for name in ("sync.out", "sync.err", "sync.step"))
        commits = self.folder / "sync.commits"
        step.write_text("starting")
        commits.write_text("")
        words = ["--home", str(home.path), "--as-of", day, "sync", "--json"]
        process = self._context.Process(target=_hub, args=(words, out, err, step, commits, commit))
        began = time.monotonic()
        process.start()
        try:
            if moment is not None:
                self._strike(process, home, moment, victim)
            process.join()
        finally:
            process.kill()  # if we were interrupted; nothing happens to one that ended
        was_killed = process.exitcode == -signal.SIGKILL
        text = out.read_text() if out.exists() else ""
        said = json.loads(text) if text.startswith("{") and not was_killed else {}
        complaint = str(said.get("failure") or err.read_text()[-500:] if err.exists() else "")
        seconds = time.monotonic() - began
        done = len(commits.read_text())
        return Attempt(seconds, was_killed, said, complaint, step.read_text(), done)

    def _strike(self, process: BaseProcess, home: Home, moment: float, victim: Victim) -> None:
        process.join(moment)
        if victim == "server":
            self.kill_server(home)
        elif process.is_alive():
            process.kill()

    def kill_server(self, home: Home) -> bool:
        """Kill -9 the home's database server; False if none runs."""
        try:
            pid = (EmbeddedPostgres(home.postgres).data / "postmaster.pid").read_text().split()[0]
            os.kill(int(pid), signal.SIGKILL)
        except (FileNotFoundError, IndexError, ProcessLookupError):
            return False
        return True


def _hub(words: list[str], out: Path, err: Path, step: Path, commits: Path, last: float) -> None:
    """The child: `hub` with its output in files, the present step and the commits in others."""
    for number, path in ((1, out), (2, err)):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    import logging

    from pipelines.cli.main import main

    class _Steps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            step.write_text(record.getMessage().split(":")[0])

    logging.getLogger("resident_hub.run").addHandler(_Steps())
    _count_commits(commits, last)
    try:
        main(words)
    finally:
        sys.stdout.flush()


def _count_commits(commits: Path, last: float) -> None:
    """Note every commit to a table; the process kills itself where it was told to."""
    write = LakeTable._write
    done = 0

    def counted(table: LakeTable, *arguments: Any) -> None:
        nonlocal done
        if done + 1 == last:
            os.kill(os.getpid(), signal.SIGKILL)
        write(table, *arguments)
        done += 1
        with commits.open("a") as file:
            file.write(".")
        if done + 0.5 == last:
            os.kill(os.getpid(), signal.SIGKILL)

    LakeTable._write = counted  # type: ignore[method-assign, assignment]
