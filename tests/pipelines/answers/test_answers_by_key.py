"""A question that is asked by key has a plan that reads no resident-sized table whole."""

from typing import Any

import psycopg
import pytest

from pipelines.warehouse.reading import server_url

# As many rows as there are residents, or more.
LARGE = {
    "resident",
    "residency",
    "dwelling",
    "household",
    "household_member",
    "hazard_exposure",
    "evacuation_card_member",
    "benefit_grant",
    "benefit_payment",
    "ticket",
    "wish",
    "resident_tag",
    "rental",
}
# What each is asked by, and a value of it.
DWELLING = "select min(dwelling_id) from warehouse.dwelling"
RESIDENT = "select min(resident_id) from warehouse.resident"
GRID = "select min(grid_code) from warehouse.grid"
COMMUNITY = "select min(community_code) from warehouse.grid"
WORKER = "select min(worker_no) from warehouse.grid"
BY_KEY = {
    "who_lives_here": ("dwelling_id", DWELLING),
    "where_resident_lives": ("resident_id", RESIDENT),
    "grid_profile": ("grid_code", GRID),
    "community_profile": ("community_code", COMMUNITY),
    "warning_people_inside": ("community_code", COMMUNITY),
    "grid_worker_load": ("worker_no", WORKER),
    "dead_and_yet_paid": ("resident_id", RESIDENT),
    "moved_out_with_running_grant": ("resident_id", RESIDENT),
    "over_80_without_allowance": ("resident_id", RESIDENT),
    "over_80_alone_in_hazard_zone": ("resident_id", RESIDENT),
    "exposed_without_card": ("resident_id", RESIDENT),
    "severely_disabled_without_care_subsidy": ("resident_id", RESIDENT),
    "key_persons_not_visited": ("resident_id", RESIDENT),
    "benefits_that_exclude_each_other": ("resident_id", RESIDENT),
    "known_to_one_department": ("grid_code", GRID),
}


@pytest.mark.parametrize("name", BY_KEY)
def test_asked_by_key_reads_no_large_table_whole(warehouse: str, name: str) -> None:
    """On a small county scans are cheap: they are priced out, so that what is left has no index."""
    column, value = BY_KEY[name]
    with psycopg.connect(server_url(warehouse)) as connection:
        [(key,)] = connection.execute(value).fetchall()
        for scan in ("seqscan", "mergejoin", "hashjoin"):
            connection.execute(f"set enable_{scan} = off")
        sql = f"explain (format json) select * from answers.{name} where {column} = '{key}'"
        [(plans,)] = connection.execute(sql).fetchall()
    scanned = {node["Relation Name"] for node in _nodes(plans[0]["Plan"]) if _is_whole(node)}
    assert not scanned & LARGE


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]


def _is_whole(node: dict[str, Any]) -> bool:
    """A scan of all rows: sequential, or through an index without a condition."""
    if node["Node Type"] == "Seq Scan":
        return True
    scan = node["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
    return scan and "Index Cond" not in node and "Relation Name" in node
