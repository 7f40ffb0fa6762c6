"""GoldenMatch alone over the hub's cleaned mentions, for counties of some 20,000 residents.

    mentions.parquet -> one Fellegi-Sunter matchkey, multi-pass blocking -> clusters.parquet

The same columns and blocks that Splink gets; its own EM and its own threshold. Needs no secrets.
Alone: ``python -m benchmarks._goldenmatch MENTIONS FOLDER``.
"""

import contextlib
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks._splink import BLOCKS

FIELDS: tuple[dict[str, Any], ...] = (
    {"field": "name", "scorer": "jaro_winkler", "partial_threshold": 0.6, "tf_adjustment": True},
    {"field": "sound", "scorer": "exact", "levels": 2},
    {"field": "birth", "scorer": "levenshtein", "partial_threshold": 0.85},
    {"field": "sex", "scorer": "exact", "levels": 2},
    {"field": "paper", "scorer": "levenshtein", "partial_threshold": 0.9},
    {"field": "phone", "scorer": "exact", "levels": 2},
    {"field": "home", "scorer": "exact", "levels": 2},
)
_TEXT = (
    "name", "sound", "glyphs", "surname_sound", "sex", "birth", "paper", "person_no", "phone",
    "home", "dwelling", "family",
)  # fmt: skip


def main(mentions: str, folder: str) -> dict[str, Any]:
    """Deduplicate; writes goldenmatch.parquet (mention_id, cluster_id) into the folder."""
    import goldenmatch

    columns = ", ".join(f"{name}::varchar as {name}" for name in _TEXT)
    sql = f"select mention_id, {columns} from read_parquet('{mentions}') order by mention_id"
    with duckdb.connect() as con:
        table = con.sql(sql).to_arrow_table()
    began = perf_counter()
    found = goldenmatch.dedupe_df(table.drop_columns(["mention_id"]), config=_config(goldenmatch))
    seconds = perf_counter() - began
    pq.write_table(
        _clusters(table["mention_id"], found.clusters), Path(folder) / "goldenmatch.parquet"
    )
    return {"seconds": seconds}


def _config(goldenmatch: Any) -> Any:
    fields = [goldenmatch.MatchkeyField(**{"levels": 3, **one}) for one in FIELDS]
    blocks = [goldenmatch.BlockingKeyConfig(fields=list(values)) for values in BLOCKS]
    return goldenmatch.GoldenMatchConfig(
        matchkeys=[goldenmatch.MatchkeyConfig(name="person", type="probabilistic", fields=fields)],
        blocking=goldenmatch.BlockingConfig(
            strategy="multi_pass", keys=[], passes=blocks, max_block_size=200, skip_oversized=True
        ),
    )


def _clusters(ids: pa.ChunkedArray, clusters: dict[int, dict[str, Any]]) -> pa.Table:
    """The cluster of each row; a row in none is its own."""
    label = [-1 - place for place in range(len(ids))]
    for number, one in clusters.items():
        for place in one["members"]:
            label[place] = number
    return pa.table({"mention_id": ids, "cluster_id": label})


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        made = main(sys.argv[1], sys.argv[2])
    print(json.dumps(made))
