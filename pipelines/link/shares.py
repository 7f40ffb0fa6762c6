"""What Splink counts of a model's levels, the same whenever it is asked.

    nodes -> RANDOM_NODES of them -> Splink: all their pairs -> u by level
    a trained linker -> shares by level

Splink's own sample follows the order in which threads come by, and its chunks, of which it counts
as many as it needs, the nodes' numbers: two trainings on the same rows would be two models. No
secrets.
"""

import logging
from typing import Any

import duckdb

from foundation.engine import run

RANDOM_NODES = 1_000
RANDOM_PAIRS = RANDOM_NODES * (RANDOM_NODES - 1) // 2

Shares = dict[str, dict[str, float | None]]


def random_u(
    con: duckdb.DuckDBPyConnection, relation: str, key: str, settings: dict[str, Any]
) -> Shares:
    """u by comparison and level among all pairs of RANDOM_NODES rows of ``relation``, drawn by the
    hash of their ``key``, and numbered so as ``node``; None for a level that no pair has."""
    from splink import DuckDBAPI, Linker  # a quarter of a second, and only training needs it

    run(
        con,
        "create or replace temp table random_node as"
        " select * exclude (_place) replace (_place as node)"
        f" from (select *, row_number() over (order by hash({key}), {key}) as _place"
        f" from {relation}) where _place <= {RANDOM_NODES}",
    )
    nodes = DuckDBAPI(connection=con).register("random_node")
    linker = Linker(nodes, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=2 * RANDOM_PAIRS)  # all of them
    return shares(linker, "u_probability")


def shares(linker: Any, key: str) -> Shares:
    """m_probability or u_probability by comparison and level, without the levels of nothing."""
    return {
        one["output_column_name"]: {
            level["label_for_charts"]: level.get(key)
            for level in one["comparison_levels"]
            if not level.get("is_null_level")
        }
        for one in linker.misc.save_model_to_json()["comparisons"]
    }
