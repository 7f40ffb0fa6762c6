"""Two trainings on the same rows are one model, in whatever order threads come by them."""

from typing import Any

import duckdb
import pytest
from splink import SettingsCreator

from pipelines.link.shares import RANDOM_NODES, random_u

ROWS = 20 * RANDOM_NODES


def settings() -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": "kind_l is null or kind_r is null", "is_null_level": True},
        {"sql_condition": "kind_l = kind_r", "label_for_charts": "same"},
        {"sql_condition": "ELSE", "label_for_charts": "different"},
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="node",
        comparisons=[{"output_column_name": "kind", "comparison_levels": levels}],
        blocking_rules_to_generate_predictions=[],
    ).create_settings_dict("duckdb")


def learned(order: str) -> dict[str, float | None]:
    """Of rows in this order, numbered as they lie."""
    with duckdb.connect(config={"threads": 4}) as con:
        con.execute(
            "create table nodes as select row_number() over () as node, * from"
            " (select range as key, hash(range * 7) % 3 as kind"
            f" from range({ROWS}) order by {order})"
        )
        return random_u(con, "nodes", "key", settings())["kind"]


def test_random_pairs_are_the_same_in_whatever_order_rows_lie() -> None:
    first = learned("key")
    assert first == learned("key desc") == learned("hash(key * 3)")
    assert first["same"] == pytest.approx(1 / 3, abs=0.02)
    assert first["different"] == pytest.approx(2 / 3, abs=0.02)
