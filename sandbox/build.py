"""Builds a synthetic county: what every department delivers, day by day, and the truth beside it.

    build_world ──> departments/*.py (a Draft a feed) ──> broken.py ──> <department>/<feed>.parquet,
            days/<date>/..., truth/...

The same seed gives the same county byte for byte. Needs no secret.
Alone: python -c "from pathlib import Path; from sandbox.build import build_county;
print(build_county(2000, 7, Path('county')))"
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from foundation.errors import ConfigError
from sandbox.broken import break_rows
from sandbox.departments import BUILDERS
from sandbox.divisions import COUNTY_CODE, COUNTY_NAME
from sandbox.draft import Draft
from sandbox.truth import TruthFiles, draft_truth, world_truth
from sandbox.world import World, build_world
from schemas import FEEDS

Progress = Callable[[str, int, int], None]  # (what is done now, steps done, steps in all)
LEAST_RESIDENTS = 200


@dataclass(frozen=True)
class CountySummary:
    """What was built: rows of each feed at the base and on the later days, and how many mentions
    and damages.
    """

    folder: Path
    residents: int
    as_of: date
    days: tuple[date, ...]
    rows: dict[str, int] = field(default_factory=dict)
    day_rows: dict[str, int] = field(default_factory=dict)
    mentions: int = 0
    damages: int = 0


def build_county(
    residents: int,
    seed: int,
    folder: Path,
    *,
    days: int = 10,
    damage: float = 1.0,
    as_of: date = date(2026, 6, 30),
    progress: Progress | None = None,
) -> CountySummary:
    """Write a county folder of `residents` people into a folder that is new or empty.

    `damage` multiplies the rate of every kind of dirt (0: a clean county). Raises ConfigError if
    the folder holds
    something or there are too few residents.
    """
    _check(residents, folder)
    first = (as_of - date(1970, 1, 1)).days
    dates = [as_of + timedelta(days=d) for d in range(days + 1)]
    report = progress or (lambda what, done, of: None)
    report("population", 0, len(BUILDERS) + 1)
    world = build_world(residents, seed, first, days, damage)
    truth = TruthFiles(folder, [d.isoformat() for d in dates])
    counts: dict[str, list[int]] = {"mentions": [], "damages": []}

    def sink(day: int, file: str, rows: pa.Table) -> None:
        truth.write(day, file, rows)
        if day == 0 and file in counts:
            counts[file].append(rows.num_rows)

    rows, day_rows = {}, {}
    for step, build in enumerate(BUILDERS, 1):
        report(build.__name__, step, len(BUILDERS) + 1)
        for draft in build(world):
            break_rows(world, draft)
            rows[draft.id], day_rows[draft.id] = _write(world, draft, folder, dates)
            draft_truth(world, draft, sink)
    world_truth(world, sink)
    truth.close()
    _about(folder, dates)
    report("done", len(BUILDERS) + 1, len(BUILDERS) + 1)
    return CountySummary(
        folder,
        residents,
        as_of,
        tuple(dates[1:]),
        rows,
        day_rows,
        sum(counts["mentions"]),
        sum(counts["damages"]),
    )


def _check(residents: int, folder: Path) -> None:
    if residents < LEAST_RESIDENTS:
        raise ConfigError(
            "sandbox build",
            f"a county of {residents} residents is too small",
            "nothing was written",
            f"ask for {LEAST_RESIDENTS} or more",
        )
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(
            f"sandbox build: {folder}",
            "the folder is not empty",
            "nothing was written and nothing in it was touched",
            "name a new folder, or empty this one",
        )
    folder.mkdir(parents=True, exist_ok=True)


def _about(folder: Path, dates: list[date]) -> None:
    about = {
        "division_code": COUNTY_CODE,
        "name": COUNTY_NAME,
        "as_of": dates[0].isoformat(),
        "days": [d.isoformat() for d in dates[1:]],
    }
    (folder / "county.json").write_text(
        json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def _write(w: World, draft: Draft, folder: Path, dates: list[date]) -> tuple[int, int]:
    """Write a feed's base file and its files of later days; returns the rows of each."""
    base = (draft.appears == 0).nonzero()[0]
    columns = list(FEEDS[draft.id].sources)
    file = f"{draft.department}/{draft.feed}.parquet"
    table = draft.table(None if len(base) == len(draft) else base, 0)
    _parquet(table.select(columns), folder / file)
    later = 0
    for day in range(1, w.days + 1):
        table = draft.day_table(day)
        if table.num_rows:
            _parquet(
                table.select([*columns, "__op"]), folder / "days" / dates[day].isoformat() / file
            )
            later += table.num_rows
    return len(base), later


def _parquet(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=1 << 18)
