"""Unmasked data: only under a purpose that is on record, only for whom one may see, never else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from access_county import GRANTS, HIDDEN, OTHER_GRID, OWN, PASSWORD, Warehouse
from warehouse_county import COMMUNITY, GRID

from foundation.errors import ConfigError
from pipelines.access.audit import copy_head, looks_at, verify
from pipelines.access.logins import Grant, grant, logins, revoke
from pipelines.publish.query import query_arrow
from pipelines.warehouse.find import find_house, find_person

Ask = Callable[..., list[tuple[Any, ...]]]
OPEN = "select access.open_access(%s, %s)"
READ = "select * from access.read_access(%s)"
REFUSED = psycopg.errors.InsufficientPrivilege


def opened(ask: Ask, role: str, scope: str, purpose: str = "上门核实独居老人") -> int:
    """A ticket, in a transaction of its own."""
    [(ticket,)] = ask(role, OPEN, purpose, scope)
    return int(ticket)


def test_a_ticket_that_is_on_record_shows_the_own_residents(ask: Ask) -> None:
    ticket = opened(ask, "grid_worker", f"grid:{GRID}")
    rows = ask("grid_worker", READ, ticket)
    assert [row[0] for row in rows] == ["r-wang", "r-zhang"]
    assert rows[1][1] in OWN[:2] and OWN[5] in rows[1][6]


def test_a_grid_worker_gets_no_id_number_and_a_community_does(ask: Ask) -> None:
    shown = {}
    for role in ("grid_worker", "community"):
        [row] = ask(role, READ, opened(ask, role, "resident:r-zhang"))
        shown[role] = row[4]
    assert shown == {"grid_worker": None, "community": OWN[2]}


@pytest.mark.parametrize(
    "scope", ["resident:r-hidden", "dwelling:d-hidden", f"grid:{OTHER_GRID}", "resident:nobody"]
)
def test_who_is_hidden_stays_hidden_and_the_attempt_is_on_record(
    warehouse: Warehouse, ask: Ask, scope: str
) -> None:
    ticket = opened(ask, "grid_worker", scope)
    assert ask("grid_worker", READ, ticket) == []
    with warehouse.owner() as owner:
        logged = "select login, scope, resident_ids from access.log where seq = %s"
        assert owner.execute(logged, [ticket]).fetchall() == [("t_grid_worker", scope, [])]


def test_a_department_opens_whom_it_delivered(ask: Ask) -> None:
    [row] = ask("department", READ, opened(ask, "department", "resident:r-hidden,r-worker"))
    assert row[4] == HIDDEN[1]
    assert ask("emergency", READ, opened(ask, "emergency", "resident:r-hidden")) == []


@pytest.mark.parametrize("role", ["analyst", "trusted", "auditor"])
def test_roles_that_need_no_person_open_none(ask: Ask, role: str) -> None:
    with pytest.raises(REFUSED):
        opened(ask, role, "resident:r-zhang")


@pytest.mark.parametrize(
    ("purpose", "scope"),
    [
        (None, "resident:r-zhang"),
        ("   x   ", "resident:r-zhang"),
        ("check 36213219400501001X", "resident:r-zhang"),
        ("上门核实老人", None),
        ("上门核实老人", "everybody"),
        ("上门核实老人", "resident:36213219400501001X"),
        ("上门核实老人", "resident:r-zhang' or true --"),
    ],
)
def test_without_a_purpose_and_a_scope_nothing_is_opened(
    ask: Ask, purpose: str | None, scope: str | None
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        ask("steward", OPEN, purpose, scope)


def test_nothing_is_read_in_the_transaction_that_opens(warehouse: Warehouse) -> None:
    with warehouse.as_role("steward", autocommit=False) as reader:
        [(ticket,)] = reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"]).fetchall()
        with pytest.raises(REFUSED, match="not on record"):
            reader.execute(READ, [ticket])


def test_an_opening_that_is_rolled_back_opens_nothing(warehouse: Warehouse) -> None:
    with warehouse.as_role("steward") as reader:
        reader.execute("begin")
        [(ticket,)] = reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"]).fetchall()
        reader.execute("rollback")
        with pytest.raises(REFUSED):
            reader.execute(READ, [ticket])
        reader.execute("begin")
        reader.execute("savepoint before")
        [(ticket,)] = reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"]).fetchall()
        reader.execute("rollback to savepoint before")
        reader.execute("commit")
        with pytest.raises(REFUSED):
            reader.execute(READ, [ticket])


def test_a_read_that_is_rolled_back_stays_on_record(warehouse: Warehouse, ask: Ask) -> None:
    ticket = opened(ask, "steward", "resident:r-zhang", purpose="核对重复档案")
    with warehouse.as_role("steward") as reader:
        reader.execute("begin")
        assert len(reader.execute(READ, [ticket]).fetchall()) == 1
        reader.execute("rollback")
    looks = looks_at(warehouse.url, "r-zhang")
    assert (looks[-1]["seq"], looks[-1]["login"]) == (ticket, "t_steward")
    assert looks[-1]["purpose"] == "核对重复档案"


def test_a_look_under_an_id_that_was_merged_is_found_under_the_new_one(
    warehouse: Warehouse, ask: Ask
) -> None:
    ticket = opened(ask, "steward", "resident:r-zhang")
    with warehouse.owner() as owner:
        owner.execute(
            """insert into warehouse.resident_lineage
                (lineage_id, event, old_resident_id, new_resident_id)
            values ('l1', 'merge', 'r-zhang', 'r-merged')"""
        )
    assert ticket in {look["seq"] for look in looks_at(warehouse.url, "r-merged")}


def test_a_commit_that_did_not_wait_for_the_disk_is_waited_for(warehouse: Warehouse) -> None:
    with warehouse.as_role("steward") as reader:
        reader.execute("set synchronous_commit = off")
        [(ticket,)] = reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"]).fetchall()
        [(at,)] = reader.execute("select pg_current_wal_insert_lsn()").fetchall()
        assert len(reader.execute(READ, [ticket]).fetchall()) == 1
        on_disk = "select pg_current_wal_flush_lsn() >= %s::pg_lsn - 40"
        assert reader.execute(on_disk, [at]).fetchall() == [(True,)]


def test_a_ticket_is_its_owners_only_and_ends(warehouse: Warehouse, ask: Ask) -> None:
    ticket = opened(ask, "steward", "resident:r-zhang")
    with pytest.raises(REFUSED):
        ask("community", READ, ticket)
    with (
        warehouse.owner() as owner,
        altered(
            owner, f"update access.log set expires_at = now() - interval '1 s' where seq = {ticket}"
        ),
        pytest.raises(REFUSED),
    ):
        ask("steward", READ, ticket)


@pytest.mark.parametrize(
    "broken",
    [
        "alter table access.log add constraint full_disk check (false) not valid",
        "alter table access.log rename to log_elsewhere",
    ],
)
def test_where_nothing_can_be_logged_nothing_is_read(
    warehouse: Warehouse, ask: Ask, broken: str
) -> None:
    repair = {
        "add": "alter table access.log drop constraint full_disk",
        "ren": "alter table access.log_elsewhere rename to log",
    }
    with warehouse.owner() as owner:
        owner.execute(broken)
        try:
            with pytest.raises(psycopg.Error):
                opened(ask, "steward", "resident:r-zhang")
        finally:
            owner.execute(repair[broken.split("access.log ")[1][:3]])
    with warehouse.as_role("steward") as reader:
        reader.execute("set default_transaction_read_only = on")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"])


def test_a_log_that_somebody_holds_opens_nothing(warehouse: Warehouse) -> None:
    with warehouse.as_role("steward") as holder, warehouse.as_role("community") as reader:
        holder.execute("begin")
        holder.execute(OPEN, ["上门核实老人", "resident:r-zhang"])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"])


def test_a_stale_snapshot_cannot_fork_the_chain(warehouse: Warehouse, ask: Ask) -> None:
    with warehouse.as_role("community") as reader:
        reader.execute("begin isolation level repeatable read")
        reader.execute("select count(*) from own_v1.resident")
        opened(ask, "steward", "resident:r-zhang")
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            reader.execute(OPEN, ["上门核实老人", "resident:r-zhang"])
        assert OWN[2] not in str(refused.value)
    assert verify(warehouse.home, warehouse.url) == []


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("update access.log set purpose = 'nothing' where seq = 5", "changed"),
        ("update access.log set resident_ids = '{}' where seq = (select max(seq) from access.log)",
         "changed"),
        ("delete from access.log where seq = 5", "does not follow the entry before"),
        ("delete from access.log where seq = 1", "does not follow the entry before"),
        ("delete from access.log where seq = (select max(seq) from access.log)", "copied outside"),
    ],
)  # fmt: skip
def test_tampering_with_the_log_is_found(
    warehouse: Warehouse, ask: Ask, tampering: str, fault: str
) -> None:
    opened(ask, "steward", "resident:r-zhang")
    copy_head(warehouse.home, warehouse.url)
    assert verify(warehouse.home, warehouse.url) == []
    with warehouse.owner() as owner, altered(owner, tampering):
        assert any(fault in found["fault"] for found in verify(warehouse.home, warehouse.url))
    assert verify(warehouse.home, warehouse.url) == []


def test_a_chain_that_its_owner_wrote_anew_is_told_by_its_copied_head(
    warehouse: Warehouse, ask: Ask
) -> None:
    opened(ask, "steward", "resident:r-zhang")
    copy_head(warehouse.home, warehouse.url)
    anew = """do $$ declare entry access.log; before bytea := sha256('resident-hub audit'); begin
        update access.log set previous = sha256(hash);
        for entry in select * from access.log order by seq loop
            entry.previous := before;
            if entry.seq = 5 then entry.purpose := 'nothing'; end if;
            before := access.digest(entry);
            update access.log set previous = entry.previous, hash = before,
                purpose = entry.purpose where seq = entry.seq;
        end loop; end $$"""
    with warehouse.owner() as owner, altered(owner, anew):
        [(faults,)] = owner.execute("select count(*) from access.verify_audit()").fetchall()
        assert faults == 0
        assert verify(warehouse.home, warehouse.url) != []


def test_an_unchanged_head_is_copied_once(warehouse: Warehouse) -> None:
    copy_head(warehouse.home, warehouse.url)
    before = (warehouse.home.audit / "heads.jsonl").read_bytes()
    copy_head(warehouse.home, warehouse.url)
    assert (warehouse.home.audit / "heads.jsonl").read_bytes() == before


def test_the_log_is_not_changed_by_slip(warehouse: Warehouse) -> None:
    with warehouse.owner() as owner:
        for slip in ("update access.log set seq = seq", "delete from access.log",
                     "truncate access.log"):  # fmt: skip
            with pytest.raises(REFUSED):
                owner.execute(slip)


def test_an_auditor_sees_who_looked_and_nobodys_data(ask: Ask) -> None:
    ticket = opened(ask, "steward", "resident:r-zhang", purpose="核对重复档案")
    seen = ask("auditor", "select login, purpose from access.audit where seq = %s", ticket)
    assert seen == [("t_steward", "核对重复档案")]
    assert ask("auditor", "select * from access.verify_audit()") == []
    with pytest.raises(REFUSED):
        ask("auditor", "select * from api_v1.resident")


def test_a_revoked_login_reads_nothing_and_its_session_ends(warehouse: Warehouse) -> None:
    one = Grant("t_leaver", "grid_worker", (GRID,), False, "test", "leaves soon")
    grant(warehouse.url, one, PASSWORD)
    with psycopg.connect(
        warehouse.url, user="t_leaver", password=PASSWORD, autocommit=True
    ) as session:
        [(ticket,)] = session.execute(OPEN, ["上门核实老人", "resident:r-zhang"]).fetchall()
        revoke(warehouse.url, "t_leaver", "test", "has left")
        with pytest.raises(psycopg.OperationalError):
            session.execute(READ, [ticket])
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(warehouse.url, user="t_leaver", password=PASSWORD)
    assert "t_leaver" not in {row["login"] for row in logins(warehouse.url)}


def test_a_grant_anew_takes_what_was_given_before(warehouse: Warehouse, ask: Ask) -> None:
    grant(warehouse.url, Grant("t_mover", "analyst", (), True, "test", "first"), PASSWORD)
    moved = Grant("t_mover", "community", (COMMUNITY,), False, "test", "then")
    grant(warehouse.url, moved, None)
    with psycopg.connect(warehouse.url, user="t_mover", password=PASSWORD) as session:
        with pytest.raises(REFUSED), session.transaction():
            session.execute("select * from api_v1.resident")
        assert session.execute("select count(*) from own_v1.resident").fetchall() == [(2,)]
    assert {row["login"]: row["role"] for row in logins(warehouse.url)}["t_mover"] == "community"
    revoke(warehouse.url, "t_mover", "test", "done")


@pytest.mark.parametrize(
    "wrong",
    [
        Grant("hub", "analyst", (), False, "t", "the owner"),
        Grant('x"; drop role hub; --', "analyst", (), False, "t", "injection"),
        Grant("t_new", "owner", (), False, "t", "no such role"),
        Grant("t_new", "grid_worker", (), False, "t", "no scope"),
        Grant("t_new", "grid_worker", ("%",), False, "t", "no such grid"),
        Grant("t_new", "analyst", (GRID,), False, "t", "a scope too many"),
        Grant("t_new", "analyst", (), False, "t", "no password"),
    ],
)
def test_a_grant_that_cannot_be_changes_nothing(warehouse: Warehouse, wrong: Grant) -> None:
    with pytest.raises(ConfigError, match="othing was granted"):
        grant(warehouse.url, wrong, None)
    assert len(logins(warehouse.url)) == len(GRANTS)


def test_a_password_is_in_no_statement_and_a_superuser_is_not_taken(warehouse: Warehouse) -> None:
    with warehouse.owner() as owner:
        [(stored,)] = owner.execute(
            "select rolpassword from pg_authid where rolname = 't_analyst'"
        ).fetchall()
        assert stored.startswith("SCRAM-SHA-256$")
        owner.execute("create role t_root superuser")
        try:
            with pytest.raises(ConfigError, match="privileges"):
                grant(warehouse.url, Grant("t_root", "analyst", (), False, "t", "x"), PASSWORD)
        finally:
            owner.execute("drop role t_root")


@pytest.mark.parametrize(
    "text", ["' or '1'='1", "x' union select id_no from warehouse.resident --", "$$||id_no||$$",
             "1000000' or true--", "%欧阳%", "\\' or 1=1 --", "{condition}", "%(query)s"]
)  # fmt: skip
def test_hub_find_is_no_way_into_the_statement(warehouse: Warehouse, text: str) -> None:
    assert find_person(warehouse.url, text) == []
    assert find_house(warehouse.url, text) == []


def test_the_operators_query_works_as_before(warehouse: Warehouse) -> None:
    rows = query_arrow(warehouse.url, "select resident_id from api_v1.resident").to_pylist()
    assert {"resident_id": "r-hidden"} in rows


@contextmanager
def altered(owner: psycopg.Connection[Any], sql: str) -> Iterator[None]:
    """The log as somebody with the owner's rights left it, and after that as it was."""
    owner.execute("create temp table kept as select * from access.log")
    owner.execute("alter table access.log disable trigger append_only")
    try:
        owner.execute(sql)
        yield
    finally:
        owner.execute("delete from access.log")
        owner.execute("insert into access.log select * from kept order by seq")
        owner.execute("alter table access.log enable trigger append_only")
        owner.execute("drop table kept")
