"""What each role finds by looking everywhere: masks, its own rows, and nothing of who is hidden."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from access_county import GRANTS, HIDDEN, LIMITED, OWN, Warehouse
from warehouse_county import GRID

Ask = Callable[..., list[tuple[Any, ...]]]
_RELATIONS = """select n.nspname, c.relname from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'p')
        and n.nspname = any(%s)"""
OURS = ["warehouse", "api_v1", "answers", "access", "own_v1", "public"]
# What a number is once parts of it are taken: the digits behind the first six, a phone's last four.
PARTS = (HIDDEN[1][6:], OWN[2][6:], "0654321", "0000009", "E1234")

FORBIDDEN = (
    "copy warehouse.resident to stdout",
    "copy (select * from warehouse.resident) to stdout",
    "copy access.login to program 'cat'",
    "create table public.mine as select * from warehouse.resident",
    "select * from pg_read_file('postgresql.conf')",
    "select * from pg_statistic",
    "select * from pg_authid",
    "set role hub",
    "set session authorization hub",
    "alter view own_v1.resident set (security_barrier = false)",
    "create or replace function access.grids() returns text[] language sql as 'select null'",
    "create function own_v1.f() returns int language sql as 'select 1'",
    "insert into access.login_scope values (session_user, '360731001002001')",
    "update access.login set is_sensitive = true",
    "select access.append('open', 'a purpose', 'grid:x', '{}', now())",
    "select access.residents_of('resident:r-hidden')",
    "grant hub_sensitive to current_user",
    "drop trigger append_only on access.log",
    "begin; lock table warehouse.resident",
)


def everything(connection: psycopg.Connection[Any], schemas: list[str]) -> dict[str, str]:
    """The text of every row of every table and view that the login can read."""
    seen: dict[str, str] = {}
    for schema, name in connection.execute(_RELATIONS, [schemas]).fetchall():
        try:
            rows = connection.execute(f'select t::text from {schema}."{name}" as t').fetchall()
        except psycopg.Error as error:
            seen[f"{schema}.{name} (error)"] = str(error)
            continue
        seen[f"{schema}.{name}"] = "\n".join(str(row[0]) for row in rows)
    return seen


@pytest.mark.parametrize("role", GRANTS)
def test_canaries_are_nowhere_a_role_may_look(warehouse: Warehouse, role: str) -> None:
    with warehouse.as_role(role) as connection:
        # What the server tells of itself is the same to all that are limited by row.
        server = ["pg_catalog", "information_schema"] if role == "carer" else []
        seen = everything(connection, OURS + server)
    for place, text in seen.items():
        for canary in (*HIDDEN, *OWN, *PARTS):
            assert canary not in text, place
    if role in LIMITED and role != "department":
        for place, text in seen.items():
            assert "r-hidden" not in text and "d-hidden" not in text, place


@pytest.mark.parametrize("role", GRANTS)
def test_no_role_reads_a_base_table_or_writes_anything(warehouse: Warehouse, role: str) -> None:
    with warehouse.as_role(role) as connection:
        for name, privilege in connection.execute(
            """select c.oid::regclass::text, p.privilege from pg_class as c
            join pg_namespace as n on n.oid = c.relnamespace
            cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'])
                as p(privilege)
            where c.relkind in ('r', 'v') and has_table_privilege(c.oid, p.privilege)
                and n.nspname not in ('pg_catalog', 'information_schema')"""
        ).fetchall():
            assert privilege == "SELECT", name
            assert name.startswith(("api_v1.", "answers.", "own_v1.", "access.audit")), name
            assert name != "access.audit" or role == "auditor"


def test_a_grid_worker_sees_the_own_grid_and_no_other(ask: Ask) -> None:
    assert ask("grid_worker", "select resident_id from own_v1.resident order by 1") == [
        ("r-wang",), ("r-zhang",)
    ]  # fmt: skip
    assert ask("grid_worker", "select distinct grid_code from own_v1.ticket") == [(GRID,)]


def test_a_department_sees_whom_it_delivered_and_no_other(ask: Ask) -> None:
    names = ask("department", "select resident_id from own_v1.resident order by 1")
    assert names == [("r-hidden",), ("r-li",), ("r-zhang",)]
    assert ask("department", "select count(*) from own_v1.disability") == [(2,)]
    assert ask("emergency", "select count(*) from own_v1.disability") == [(0,)]
    assert ask("department", "select count(*) from own_v1.residency") == [(0,)]


def test_sensitive_tables_take_a_grant_of_their_own(ask: Ask) -> None:
    assert ask("grid_worker", "select * from own_v1.resident_tag") == []
    assert ask("carer", "select distinct resident_id from own_v1.resident_tag") == [("r-zhang",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask("analyst", "select * from api_v1.resident_tag")
    assert ask("trusted", "select count(*) > 2 from api_v1.resident_tag") == [(True,)]


def test_a_passport_is_masked_but_for_its_first_letter(ask: Ask) -> None:
    masked = "select id_no_masked from own_v1.{} where resident_id = 'r-wang'"
    for table in ("resident", "identifier"):
        assert ask("grid_worker", masked.format(table)) == [("E********",)], table


def test_questions_are_answered_for_the_own_grid(ask: Ask) -> None:
    assert ask("grid_worker", "select grid_code from own_v1.grid_profile") == [(GRID,)]
    inside = "select distinct resident_id from own_v1.warning_people_inside order by 1"
    assert ask("grid_worker", inside) == []
    assert ask("carer", inside) == [("r-wang",), ("r-zhang",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask("grid_worker", "select * from answers.grid_profile")


def test_the_change_feed_tells_no_tag_to_who_may_not_see_tags(
    warehouse: Warehouse, ask: Ask
) -> None:
    with warehouse.owner() as owner:
        owner.execute(
            """insert into warehouse.change_feed (snapshot, table_name, op, key)
            values (1, 'resident_tag', 'upsert', '{"resident_id": "r-zhang", "tag": "x"}')"""
        )
    tags = "select count(*) from api_v1.change where table_name = 'resident_tag' and op = 'upsert'"
    assert ask("analyst", tags) == [(0,)]
    assert ask("trusted", tags) == [(1,)]


@pytest.mark.parametrize("role", LIMITED)
def test_explain_counts_only_what_is_shown(ask: Ask, role: str) -> None:
    plan = "\n".join(
        line
        for (line,) in ask(role, "explain (analyze, verbose, costs) select * from own_v1.resident")
    )
    assert "Function Scan" in plan
    assert "warehouse." not in plan and "Removed" not in plan
    [(shown,)] = ask(role, "select count(*) from own_v1.resident")
    assert f"rows={shown}" in plan


@pytest.mark.parametrize("role", ["grid_worker", "community", "emergency"])
@pytest.mark.parametrize(
    "sql",
    [
        "select 1 / (resident_id <> 'r-hidden')::int from own_v1.resident",
        "select resident_id::int from own_v1.resident where resident_id = 'r-hidden'",
        "select * from own_v1.resident order by (resident_id = 'r-hidden') desc limit 1",
        "select string_agg(r::text, ',') from own_v1.resident as r",
        "select query_to_xml('select * from own_v1.resident', true, true, '')::text",
        "select row_to_json(r)::text from own_v1.resident as r",
        "select database_to_xml(true, true, '')::text",
        "select d::text from own_v1.resident_name as n join own_v1.dwelling as d on true",
    ],
)
def test_casts_functions_and_joins_tell_nothing_of_who_is_hidden(
    ask: Ask, role: str, sql: str
) -> None:
    try:
        said = str(ask(role, sql))
    except psycopg.Error as error:
        said = str(error)
    assert not any(canary in said for canary in (*HIDDEN, *OWN))
    if "r-hidden" not in sql:
        assert "r-hidden" not in said


def test_a_cheap_function_of_the_readers_own_meets_no_hidden_row(warehouse: Warehouse) -> None:
    heard: list[str] = []
    with warehouse.as_role("grid_worker") as reader:
        reader.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        reader.execute(
            """create function pg_temp.leak(text) returns boolean language plpgsql cost 0.0000001
            as $$ begin raise notice '%', $1; return true; end $$"""
        )
        reader.execute(
            "select 1 from own_v1.resident where pg_temp.leak(resident_id) and grid_code <> ''"
        )
        reader.execute("select 1 from own_v1.dwelling where pg_temp.leak(dwelling_id)")
    assert "r-zhang" in heard and "d-high" in heard
    assert not any("hidden" in text for text in heard)


@pytest.mark.parametrize("role", GRANTS)
def test_what_no_role_may_do(warehouse: Warehouse, role: str) -> None:
    forbidden = FORBIDDEN if role == "trusted" else (*FORBIDDEN, "set role hub_sensitive")
    with warehouse.as_role(role) as connection:
        for sql in forbidden:
            with pytest.raises(psycopg.Error) as refused:
                connection.execute(sql)
            assert refused.value.sqlstate in ("42501", "3F000"), sql
            connection.execute("rollback")


def test_no_setting_or_search_path_changes_who_one_is(warehouse: Warehouse) -> None:
    with warehouse.as_role("grid_worker") as reader:
        reader.execute("set role hub_grid_worker")
        reader.execute("create temp table login (login text, role text, is_sensitive boolean)")
        reader.execute("insert into login values ('t_grid_worker', 'steward', true)")
        reader.execute(
            "create function pg_temp.cardinality(text[]) returns int language sql as 'select 1'"
        )
        reader.execute("set search_path = pg_temp, access, own_v1")
        for name in ("hub.scope", "access.login", "app.login"):
            reader.execute(f"set {name} = 'r-hidden'")
        assert reader.execute("select count(*) from own_v1.resident").fetchall() == [(2,)]
        assert reader.execute("select count(*) from own_v1.resident_tag").fetchall() == [(0,)]


def test_functions_with_the_owners_rights_fix_their_path_and_are_not_everybodys(
    warehouse: Warehouse,
) -> None:
    with warehouse.owner() as owner:
        open_ones = owner.execute(
            """select p.oid::regprocedure::text from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
            where n.nspname in ('access', 'own_v1', 'api_v1', 'warehouse') and (
                has_function_privilege('public', p.oid, 'execute')
                or not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false))"""
        ).fetchall()
    assert open_ones == []
