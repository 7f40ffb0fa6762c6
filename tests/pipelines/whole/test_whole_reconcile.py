"""`hub sync --reconcile`: what a department changed behind its cursor's back comes in by itself."""

from typing import Any

import psycopg
import pytest
from living_hub import LivingHub

from foundation.postgres import EmbeddedPostgres
from sandbox.transports.exchanges import exchanges


@pytest.fixture(scope="module")
def reconciled(hub: LivingHub) -> dict[str, Any]:
    """A wish deleted, and another changed without its updated_at; then one reconciliation."""
    hub.sync("--feed", "community.wish")  # what an earlier night could not have is no finding
    schema = exchanges(hub.served.state)["community"].reading_url.username
    server = EmbeddedPostgres(hub.served.folder / "postgres")
    with psycopg.connect(server.url) as source:
        source.execute(f'set search_path = "{schema}"')
        oldest = "select wish_no from wish order by updated_at, wish_no"
        source.execute(f"delete from wish where wish_no = ({oldest} limit 1)")
        source.execute(f"update wish set content = '改' where wish_no = ({oldest} limit 1)")
    return hub.sync("--reconcile", "--feed", "community.wish")


def test_the_run_says_what_had_been_missed(reconciled: dict[str, Any]) -> None:
    assert reconciled["success"], reconciled["failure"]
    [found] = reconciled["reconciled"]
    counts = {name: found[name] for name in ("state", "missing", "changed", "deleted")}
    assert counts == {"state": "ok", "missing": 0, "changed": 1, "deleted": 1}


def test_only_the_missed_rows_were_taken(reconciled: dict[str, Any]) -> None:
    [row] = reconciled["feeds"]
    assert (row["appended"], row["changed"], row["removed"]) == (1, 1, 1)
    assert row["delivered"] > row["appended"]


def test_the_warehouse_has_it_the_same_night(reconciled: dict[str, Any], hub: LivingHub) -> None:
    there = hub.run("sql", "--json", "select count(*) as wishes from api_v1.wish").json
    status = {row["feed"]: row for row in hub.run("status", "--json").json}
    assert there == [{"wishes": status["community.wish"]["conformed"]}]
