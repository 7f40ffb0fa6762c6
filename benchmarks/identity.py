"""How well and how fast the hub tells who is who, beside Splink alone over the same mentions.

    sandbox (a seed and damage that nothing was tuned on) -> serve, deliver -> cleaned mentions
    -> resolve, Splink (each timed in its own process) -> sandbox.score -> a night, timed -> figures

Mentions and matched addresses are made before, for both. hub_s: ``resolve`` from mentions to
written crosswalk, training included; splink_s: train, predict, cluster, at the threshold that the
truth says is Splink's best. The night: days made true until 1 % of the rows changed, then
``resolve`` with the reading of the changed mentions. Medians of ``repeat`` runs. Needs no secrets.
Alone: ``hub bench identity --residents 20000 --repeat 1 --json``.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks._splink import MENTIONS_SQL, THRESHOLDS
from foundation.engine import attach
from foundation.home import Home
from pipelines.cli.county import COUNTY, DROP, STATE
from pipelines.deliver import deliver
from pipelines.hub import Hub
from pipelines.identity.households import build_households
from pipelines.identity.places import match_addresses
from pipelines.identity.run import update_mentions
from pipelines.scoring import score_hub
from sandbox.advance import advance
from sandbox.build import build_county
from sandbox.score import Match, Score, score
from sandbox.serve import serve
from sandbox.state import write_whole
from sandbox.toml import to_toml

# Other than those of the demo, the tests and the development of the model.
SEED, DAMAGE = 20_261, 2.0
CHANGED = 0.01


@dataclass(frozen=True)
class Step:
    """One timed process: seconds that it said, its peak memory, and all it said."""

    seconds: float
    peak_rss_mb: float
    said: dict[str, Any]


def run(
    residents: int = 1_000_000,
    seed: int = SEED,
    damage: float = DAMAGE,
    repeat: int = 3,
    goldenmatch: int = 0,
    folder: str | None = None,
) -> dict[str, Any]:
    """Measure; `folder` keeps the county and the hubs, else they are removed at the end.

    goldenmatch: 1 runs GoldenMatch as well, once, and adds what it did.
    """
    base = Path(folder or tempfile.mkdtemp(prefix="hub-bench-identity-"))
    home = Home(base / "home")
    county = home.sandbox / COUNTY
    if not (county / "county.json").exists():
        build_county(residents, seed, county, damage=damage)
    try:
        with _delivering(home, county) as served:
            bench = _Bench(base, home, county, repeat)
            figures = _measured(bench, served)
            return figures | ({"goldenmatch": bench.goldenmatch()} if goldenmatch else {})
    finally:
        if folder is None:
            shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _delivering(home: Home, county: Path) -> Iterator[Any]:
    with serve(county, state=home.sandbox / STATE, drop=home.sandbox / DROP) as served:
        write_whole(home.config_file, to_toml(served.sources()).encode())
        try:
            yield served
        finally:
            served.stop(purge=True)


def _measured(bench: "_Bench", served: Any) -> dict[str, Any]:
    day = date.fromisoformat(served.state.today)
    bench.deliver(day)
    full = bench.repeated("full", day)
    splink, rival = bench.splink(day)
    hub = bench.score(day)
    night_day = bench.next_days(day)
    before = bench.residents()
    night = bench.repeated("night", night_day)
    hub_s, splink_s = (median(step.seconds for step in steps) for steps in (full, splink))
    return {
        "mentions": bench.mentions,
        "hub_s": round(hub_s, 2),
        "splink_s": round(splink_s, 2),
        "ratio": round(hub_s / splink_s, 3),
        "incremental_ratio": round(median(step.seconds for step in night) / hub_s, 3),
        "peak_rss_mb": max(step.peak_rss_mb for step in (*full, *night)),
        "hub": _shares(hub.overall),
        "splink": _shares(rival.overall),
        "no_valid_id": {
            name: _shares(one.by_valid_id["none"])
            for name, one in (("hub", hub), ("splink", rival))
        },
        "by_damage": _by_damage(hub, rival),
        "address": hub.to_dict()["address"],
        "household": _shares(hub.households) if hub.households else None,
        "id_churn": bench.churn(before),
    }


class _Bench:
    """The homes of one run: the first holds the county and is resolved; copies repeat the steps."""

    def __init__(self, base: Path, home: Home, county: Path, repeat: int) -> None:
        self.base, self.home, self.county, self.repeat = base, home, county, repeat
        self.mentions = 0

    def hub(self, day: date | None = None) -> Hub:
        """The hub of the first home; reading what it has takes no day."""
        return Hub.open(self.home, day)

    def deliver(self, day: date) -> int:
        """Pull and conform all feeds, and make what both sides read; returns the new rows."""
        hub = self.hub(day)
        fresh = 0
        for feed in hub.feeds():
            done = deliver(hub, feed)
            if done.failure:
                raise done.failure
            fresh += done.appended
        match_addresses(hub)
        update_mentions(hub)
        self.mentions = self._count("mention")
        return fresh

    def next_days(self, day: date) -> date:
        """Make days true until CHANGED of the rows changed, and deliver them; returns the last."""
        every = sum(table.num_rows for table in self.hub(day).lake.tables("raw"))
        fresh = 0
        while fresh < CHANGED * every:
            day = advance(self.county, self.home.sandbox / STATE)
            hub = self.hub(day)
            fresh += sum(deliver(hub, feed).appended for feed in hub.feeds())
        match_addresses(self.hub(day))
        return day

    def repeated(self, name: str, day: date) -> list[Step]:
        """``resolve`` in copies of the home as it stands, at last in the home itself."""
        steps = []
        for number in range(1, self.repeat):
            copy = self.base / f"{name}-{number}"
            _copy(self.home.path, copy)
            steps.append(_resolve(copy, day))
            shutil.rmtree(copy)
        return [*steps, _resolve(self.home.path, day)]

    def splink(self, day: date) -> tuple[list[Step], Score]:
        """Splink alone, at the threshold of its best F1; and how right it was there."""
        table = self.base / "mentions.parquet"
        with self.hub(day).connect() as con:
            attach(con, self.hub(day).lake, ["identity.mention"])
            pq.write_table(con.sql(MENTIONS_SQL).to_arrow_table(), table)
        found = self.base / "splink"
        found.mkdir(exist_ok=True)
        _splink(table, found, THRESHOLDS[0], "all")
        scores = {at: self._scored(table, found / f"clusters-{at}.parquet") for at in THRESHOLDS}
        best = max(scores, key=lambda at: scores[at].overall.f1)
        return [_splink(table, found, best) for _ in range(self.repeat)], scores[best]

    def goldenmatch(self) -> dict[str, Any]:
        """GoldenMatch over the same mentions: its seconds, memory and how right it was."""
        table, folder = self.base / "mentions.parquet", self.base / "splink"
        step = _step("benchmarks._goldenmatch", str(table), str(folder))
        found = self._scored(table, folder / "goldenmatch.parquet")
        return {
            "seconds": round(step.seconds, 2),
            "peak_rss_mb": step.peak_rss_mb,
            **_shares(found.overall),
            "no_valid_id": _shares(found.by_valid_id["none"]),
        }

    def _scored(self, table: Path, file: Path) -> Score:
        columns = ["mention_id", "department", "feed", "record_key", "slot", "has_valid_id"]
        mentions = pq.read_table(table, columns=columns)
        clusters = pq.read_table(file)
        clusters = clusters.rename_columns(["mention_id", "resident_id"])
        resident = clusters["resident_id"].cast(pa.string())
        clusters = clusters.set_column(1, "resident_id", resident)
        return score(self.county / "truth", mentions.join(clusters, "mention_id"))

    def score(self, day: date) -> Score:
        """How right the hub was, households included."""
        build_households(self.hub(day))
        return score_hub(self.hub(day), self.county / "truth", None)

    def residents(self) -> tuple[int, pa.Table]:
        """How many residents there are, and the id of each mention."""
        hub = self.hub()
        with hub.connect() as con:
            attach(con, hub.lake, ["identity.crosswalk", "identity.lineage"])
            ids = con.sql("select mention_id, resident_id from identity.crosswalk").to_arrow_table()
            [(events,)] = con.sql("select count(*) from identity.lineage").fetchall()
        return int(events), ids

    def churn(self, before: tuple[int, pa.Table]) -> float:
        """The share of last night's residents whose id has an event; raises AssertionError where
        an id changed without one."""
        hub = self.hub()
        with hub.connect() as con:
            attach(con, hub.lake, ["identity.crosswalk", "identity.lineage"])
            con.register("before", before[1])
            con.execute(
                "create temp table told as select * from identity.lineage"
                " where old_resident_id is not null and recorded_at >"
                " (select max(recorded_at) from (select recorded_at from identity.lineage"
                f" order by recorded_at limit {before[0]}))"
            )
            [(silent, share)] = con.sql(_CHURN).fetchall()
        assert not silent, f"{silent} ids changed without an event"
        return round(float(share), 6)

    def _count(self, name: str) -> int:
        hub = self.hub()
        with hub.connect() as con:
            attach(con, hub.lake, [f"identity.{name}"])
            [(count,)] = con.sql(f"select count(*) from identity.{name}").fetchall()
        return int(count)


_CHURN = """
with changed as (
  select distinct b.resident_id as old_id, n.resident_id as new_id
  from before b join identity.crosswalk n using (mention_id) where b.resident_id <> n.resident_id
)
select
  (select count(*) from changed c
   anti join told t on t.old_resident_id = c.old_id and t.new_resident_id = c.new_id),
  (select count(distinct old_resident_id) from told)
    / (select count(distinct resident_id) from before)
"""


def _resolve(home: Path, day: date) -> Step:
    return _step("benchmarks._identity_steps", str(home), day.isoformat())


def _splink(table: Path, folder: Path, threshold: float, *more: str) -> Step:
    return _step("benchmarks._splink", str(table), str(folder), str(threshold), *more)


def _step(module: str, *words: str) -> Step:
    """Run a module in a process of its own; it prints JSON with ``seconds``."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, "-m", module, *words], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        if status:
            raise RuntimeError(f"{module} ended with status {status}")
        said = json.load(output)
    return Step(float(said["seconds"]), round(usage.ru_maxrss / 1024, 1), said)


def _copy(home: Path, target: Path) -> None:
    """A home that shares its files with another: Delta never changes a file in place."""
    for name in ("lake", "identity"):
        if (home / name).exists():
            shutil.copytree(home / name, target / name, copy_function=os.link)
    shutil.copy(home / "hub.toml", target / "hub.toml")


def _shares(match: Match) -> dict[str, float]:
    said = match.to_dict()
    return {name: said[name] for name in ("precision", "recall", "f1", "bcubed_f1")}


def _by_damage(hub: Score, splink: Score) -> dict[str, Any]:
    """Every kind of damage, the hub's worst first."""
    worst = sorted(hub.by_damage, key=lambda kind: hub.by_damage[kind].f1)
    return {
        kind: {
            "mentions": hub.by_damage[kind].mentions,
            "hub": _shares(hub.by_damage[kind]),
            "splink": _shares(splink.by_damage[kind]),
        }
        for kind in worst
    }
