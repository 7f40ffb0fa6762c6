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
    power_cuts: int = 0
    server_kills: int = 0
    failed_attempts: int = 0
    unbalanced: list[str] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)

    def night(self, day: str, kills: int, seconds: float) -> None:
        """Kill so many times, each time starting anew, and then let the sync come to its end.

        A sync that is done before its moment comes was lucky: it is started again for the next.
        """
        while self.kills < kills:
            self._end(self.syncs.run(self.home, day, self.dice.uniform(0.0, seconds)), day)
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
            self.kills += 1
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
    folder: str | None = None,
) -> dict[str, Any]:
    """Live the nights; `folder` keeps county and hubs, else they are removed at the end.

    lost, doubled: rows of any table that only the twin has, or only the disturbed hub. torn_reads:
    reads that saw half a publication. nights: those that completed, the first load among them.
    """
    base = Path(folder or tempfile.mkdtemp(prefix="hub-chaos-"))
    county = base / "county"
    build_county(residents, seed, county, days=nights, as_of=FIRST_DAY)
    calm, stormy = Home(base / "calm"), Home(base / "stormy")
    try:
        with serve(county, state=base / "state", drop=base / "drop") as served:
            try:
                return _lived(served, Syncs(base), calm, stormy, kills, nights, seed)
            finally:
                served.stop(purge=True)
    finally:
        if folder is None:
            for home in (calm, stormy):
                EmbeddedPostgres(home.postgres).remove()
            shutil.rmtree(base, ignore_errors=True)


def _lived(
    served: Served, syncs: Syncs, calm: Home, stormy: Home, kills: int, nights: int, seed: int
) -> dict[str, Any]:
    dice = random.Random(seed)
    storm = Storm(syncs, stormy, dice)
    sections = to_toml(served.sources()).encode()
    for home in (calm, stormy):
        home.lake  # noqa: B018 - makes the home
        write_whole(home.config_file, sections)
    unbalanced: list[str] = []
    with Reader(stormy, syncs.folder) as reader:
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
            due = round(kills * (number + 1) / (nights + 1))
            storm.night(day, due, twin.seconds)
    found = differences(calm, stormy)
    return {
        "kills": storm.kills,
        "nights": nights + 1,
        "lost": sum(lost for lost, _ in found.values()),
        "doubled": sum(doubled for _, doubled in found.values()),
        "balanced": not (storm.unbalanced or unbalanced),
        "torn_reads": len(reader.torn),
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
