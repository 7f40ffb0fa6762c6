"""How right the warehouse's answers are, and how long each takes, on a clean and a dirty county.

    sandbox build -> hub sync -> answers.<question> (timed) -> sandbox.score_answers -> figures

Per question: rows that the hub shows, precision, recall, seconds. ``folder`` keeps the county and
the hub, and uses again what it finds there. Needs no secrets.
Alone: ``hub bench answers --residents 2000 --damage 0 --json``.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from adbc_driver_postgresql import dbapi

from benchmarks._served import served_hub
from foundation.postgres import EmbeddedPostgres
from pipelines.warehouse.reading import server_url
from sandbox.score_answers import AnswerScore, score_answers
from schemas.derive import quoted

_CROSSWALK = "department, feed, record_key, slot, resident_id"


def run(
    residents: int = 20_000, seed: int = 7, damage: float = 1.0, folder: str | None = None
) -> dict[str, Any]:
    """Measure; damage 0 is a clean county, whose answers must be the truth."""
    base = Path(folder or tempfile.mkdtemp(prefix="hub-bench-answers-"))
    hub = served_hub(base, residents, seed, damage)
    try:
        seconds: dict[str, float] = {}
        found = scored(hub.warehouse_url(), base / "county", seconds)
    finally:
        if folder is None:
            EmbeddedPostgres(hub.home.postgres).remove()
            shutil.rmtree(base, ignore_errors=True)
    return {
        "residents": residents,
        "damage": damage,
        "answers": {
            name: {**score.to_dict(), "seconds": seconds[name]} for name, score in found.items()
        },
        "below_1": sorted(name for name, score in found.items() if not exact(score)),
        "answers_max_s": max(seconds.values()),
    }


def exact(score: AnswerScore) -> bool:
    """Whether the hub shows the truth and nothing else."""
    return score.precision == 1 and score.recall == 1


def scored(
    url: str, county: Path, seconds: dict[str, float] | None = None
) -> Mapping[str, AnswerScore]:
    """The scores of all published answers; `seconds` is filled with how long each took."""
    with dbapi.connect(server_url(url)) as connection, connection.cursor() as cursor:

        def read(name: str, columns: tuple[str, ...]) -> pa.Table:
            shown = ", ".join(f"{quoted(column)}::text" for column in columns)
            began = time.monotonic()
            cursor.execute(f"select {shown} from answers.{quoted(name)}")
            table = cursor.fetch_arrow_table()
            if seconds is not None:
                seconds[name] = round(time.monotonic() - began, 3)
            return table

        cursor.execute(f"select {_CROSSWALK} from warehouse.crosswalk")
        return score_answers(county, cursor.fetch_arrow_table(), read)
