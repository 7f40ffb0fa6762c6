"""A county's nights with the sync killed at random moments, beside a twin that nobody disturbs.

    county, served ─┬─ calm home:   sync ────────────────────────────► tables ┐
                    └─ stormy home: sync ✗ kill -9, sync ✗, ... sync ► tables ┴ compared
                                    a reader polls its PostgreSQL throughout

Every night both hubs sync the same day; the stormy one is killed, at moments drawn uniformly over
the time that the twin took, and then run again until it completes. Needs no secrets.
Alone: ``hub bench chaos --kills 100 --json``; ``hub bench chaos --kills 10 --nights 2`` to try it.
"""

import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks._compare import differences
from benchmarks._reader import Reader
from benchmarks._syncs import Attempt, Syncs
from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from sandbox.advance import advance
from sandbox.build import build_county
from sandbox.serve import Served, serve
from sandbox.state import write_whole
from sandbox.toml import to_toml

FIRST_DAY = date(2026, 6, 30)
# Of the kills: how many take the database server with them, as a power cut does. Once in so many
# nights the server alone is killed, and the sync must see to it by itself.
POWER_CUTS, SERVER_NIGHTS = 0.15, 3
PATIENCE = 4  # attempts that fail without having been killed


@dataclass
class Storm:
    """The stormy hub's story: what was done to it, and how its nights ended."""

    syncs: Syncs
    home: Home
    dice: random.Random
    kills: int = 0
    commit_kills: int = 0
    power_cuts: int = 0
    server_kills: int = 0
    failed_attempts: int = 0
    unbalanced: list[str] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)

    def night(self, day: str, kills: int, commit_kills: int, twin: Attempt) -> None:
        """Kill until there were so many, each time starting anew, and let the sync end then.

        A sync that is done before its moment comes was lucky: it is started again for the next.
        """
        while self.kills < kills:
            moment = self.dice.uniform(0.0, twin.seconds)
            attempt = self.syncs.run(self.home, day, moment)
            self.kills += attempt.was_killed
            self._end(attempt, day)
        while self.commit_kills < commit_kills:
            commit = self.dice.randint(2, 2 * max(twin.commits, 1) + 1) / 2
            self.commit_kills += 1
            self._end(self.syncs.run(self.home, day, commit=commit), day)
        for _ in range(PATIENCE):
            attempt = self.syncs.run(self.home, day)
            self._end(attempt, day)
            if attempt.succeeded:
                return
        raise RuntimeError(f"{day} did not complete: {attempt.complaint}")

    def kill_server(self, day: str, seconds: float) -> None:
        """Kill the database server under a running sync, which goes on alone."""
        moment = self.dice.uniform(0.3 * seconds, seconds)
        attempt = self.syncs.run(self.home, day, moment, victim="server")
        self.server_kills += 1
        self._end(attempt, day)

    def _end(self, attempt: Attempt, day: str) -> None:
        if attempt.was_killed:
            self.stages[attempt.last_words] += 1
            if self.dice.random() < POWER_CUTS:
                self.power_cuts += self.syncs.kill_server(self.home)
        elif attempt.succeeded:
            self.unbalanced += [f"{day} {feed}" for feed in attempt.unbalanced]
        else:
            self.failed_attempts += 1


def run(
    kills: int = 100,
    residents: int = 800,
    nights: int = 10,
    seed: int = 11,
    commit_kills: int = 20,
    folder: str | None = None,
) -> dict[str, Any]:
    """Live the nights; `folder` keeps county and hubs, else they are removed at the end.

    commit_kills: so many more, each just before or after a random commit to a table.

    lost, doubled: rows of any table that only the twin has, or only the disturbed hub. torn_reads:
    reads that saw half a publication. nights: those that completed, the first load among them.
    """
    signal.signal(signal.SIGTERM, _leave)  # so that what was started is ended, too
    base = Path(folder or tempfile.mkdtemp(prefix="hub-chaos-"))
    county = base / "county"
    build_county(residents, seed, county, days=nights, as_of=FIRST_DAY)
    calm, stormy = Home(base / "calm"), Home(base / "stormy")
    try:
        with serve(county, state=base / "state", drop=base / "drop") as served:
            try:
                storm = Storm(Syncs(base), stormy, random.Random(seed))
                return _lived(served, storm, calm, (kills, commit_kills), nights)
            finally:
                served.stop(purge=True)
    finally:
        if folder is None:
            for home in (calm, stormy):
                EmbeddedPostgres(home.postgres).remove()
            shutil.rmtree(base, ignore_errors=True)


def _leave(*_: object) -> None:
    raise SystemExit(143)


def _lived(
    served: Served, storm: Storm, calm: Home, kills: tuple[int, int], nights: int
) -> dict[str, Any]:
    syncs, sections = storm.syncs, to_toml(served.sources()).encode()
    for home in (calm, storm.home):
        home.lake  # noqa: B018 - makes the home
        write_whole(home.config_file, sections)
    unbalanced: list[str] = []
    with Reader(storm.home, syncs.folder) as reader:
        for number in range(nights + 1):
            if number:
                advance(served.state.county, served.folder)
            day = served.state.today
            twin = syncs.run(calm, day)
            if not twin.succeeded:
                raise RuntimeError(f"the undisturbed night of {day} failed: {twin.complaint}")
            unbalanced += [f"{day} {feed}" for feed in twin.unbalanced]
            if number % SERVER_NIGHTS == 1:
                storm.kill_server(day, twin.seconds)
            due, due_at_commits = (round(n * (number + 1) / (nights + 1)) for n in kills)
            storm.night(day, due, due_at_commits, twin)
            print(f"{day}: {twin.seconds:.1f} s, {storm.kills} kills so far", file=sys.stderr)
    found = differences(calm, storm.home)
    return {
        "kills": storm.kills,
        "nights": nights + 1,
        "lost": sum(lost for lost, _ in found.values()),
        "doubled": sum(doubled for _, doubled in found.values()),
        "balanced": not (storm.unbalanced or unbalanced),
        "torn_reads": len(reader.torn),
        "commit_kills": storm.commit_kills,
        "power_cuts": storm.power_cuts,
        "server_kills": storm.server_kills,
        "failed_attempts": storm.failed_attempts,
        "reads": reader.reads,
        "publications_seen": reader.publications,
        "killed_during": dict(storm.stages.most_common()),
        "differing_tables": found,
        "unbalanced": storm.unbalanced + unbalanced,
        "torn": reader.torn[:20],
    }
