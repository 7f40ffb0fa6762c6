"""Reading originals from the command line: masked without a purpose, on record with one."""

import json
from collections.abc import Callable

import psycopg
import pytest
from access_county import HIDDEN, Warehouse
from click.testing import Result

from foundation.errors import HubError

Hub = Callable[..., Result]
WHOLE = "select resident_id, id_no from warehouse.resident where resident_id = 'r-hidden'"


def _log(warehouse: Warehouse) -> list[tuple[str, str, str, list[str]]]:
    with warehouse.owner() as connection:
        return connection.execute(
            "select action, purpose, scope, resident_ids from access.log order by seq"
        ).fetchall()


def test_hub_sql_sees_the_masked_views_only(run: Hub, warehouse: Warehouse) -> None:
    before = _log(warehouse)
    assert run("sql", "select * from api_v1.resident_tag").exit_code == 0
    refused = run("sql", WHOLE)
    assert isinstance(refused.exception, HubError) and "permission" in str(refused.exception)
    assert HIDDEN[1] not in refused.output
    assert _log(warehouse) == before


def test_hub_sql_with_a_purpose_is_on_record_and_whom_it_showed(
    run: Hub, warehouse: Warehouse
) -> None:
    done = run("sql", WHOLE, "--json", "--purpose", "核对重号居民")
    assert json.loads(done.stdout)[0]["id_no"] == HIDDEN[1]
    asked, shown = _log(warehouse)[-2:]
    assert (asked[0], shown[0], shown[3]) == ("sql", "sql_rows", ["r-hidden"])
    assert asked[1].startswith("核对重号居民; by ") and asked[2] == shown[2]
    looks = json.loads(run("audit", "person", "r-hidden", "--json").stdout)
    assert looks[-1]["action"] == "sql_rows"


@pytest.mark.parametrize("purpose", ["", "看看", f"找 {HIDDEN[1]}"])
def test_no_purpose_or_a_persons_number_opens_nothing(
    run: Hub, warehouse: Warehouse, purpose: str
) -> None:
    before = _log(warehouse)
    for words in (
        ("sql", WHOLE, "--purpose", purpose),
        ("quarantine", "show", "community.wish", "--unmask", "--purpose", purpose),
    ):
        refused = run(*words)
        assert isinstance(refused.exception, HubError) and HIDDEN[1] not in refused.output
    assert isinstance(run("quarantine", "show", "community.wish", "--unmask").exception, HubError)
    assert _log(warehouse) == before


def test_unmasked_quarantine_is_on_record(run: Hub, warehouse: Warehouse) -> None:
    words = ("quarantine", "show", "community.wish", "--unmask", "--purpose", "核对隔离原因")
    assert run(*words).exit_code == 0
    action, purpose, scope, _ = _log(warehouse)[-1]
    assert (action, scope.strip()) == ("quarantine", "community.wish")
    assert purpose.startswith("核对隔离原因")


def test_where_the_log_is_held_nothing_unmasked_is_shown(run: Hub, warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.url) as holder:
        holder.execute("lock table access.log in share row exclusive mode")
        shown = run("sql", WHOLE, "--purpose", "核对重号居民")
        words = ("quarantine", "show", "community.wish", "--unmask", "--purpose", "核对隔离原因")
        rows = run(*words)
    for refused in (shown, rows):
        assert isinstance(refused.exception, HubError) and HIDDEN[1] not in refused.output
        assert "not opened" in str(refused.exception)
