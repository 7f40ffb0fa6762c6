"""`hub access` and `hub audit` on a warehouse that hub.toml names."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from access_county import PASSWORD, Warehouse
from click.testing import Result
from warehouse_county import GRID

Hub = Callable[..., Result]
_WHY = ("--by", "李主任", "--reason", "新任网格员")


def test_a_login_is_granted_looks_is_listed_audited_and_revoked(
    run: Hub, warehouse: Warehouse, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    grant = ("access", "grant", "t_new_worker", "--role", "grid_worker", "--scope", GRID)
    done = run(*grant, *_WHY, "--password-file", str(password))
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    listed = json.loads(run("access", "list", "--json").stdout)
    assert [one["scopes"] for one in listed if one["login"] == "t_new_worker"] == [[GRID]]
    with psycopg.connect(warehouse.url, user="t_new_worker", password=PASSWORD) as reader:
        reader.execute("select access.open_access('上门核实情况', 'resident:r-wang')")
    looks = json.loads(run("audit", "person", "r-wang", "--json").stdout)
    assert (looks[-1]["login"], looks[-1]["purpose"]) == ("t_new_worker", "上门核实情况")
    assert run("audit", "verify").exit_code == 0
    assert run("access", "revoke", "t_new_worker", *_WHY).exit_code == 0
    assert "t_new_worker" not in run("access", "list", "--json").stdout


def test_a_login_gets_a_new_password_while_it_reads(
    run: Hub, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, analyst = "t_new_analyst", ("access", "grant", "t_new_analyst", "--role", "analyst")
    monkeypatch.setenv("HUB_ACCESS_PASSWORD", PASSWORD)
    assert run(*analyst, *_WHY).exit_code == 0
    with psycopg.connect(warehouse.url, user=login, password=PASSWORD) as session:
        monkeypatch.setenv("HUB_ACCESS_PASSWORD", f"{PASSWORD}-anew")
        done = run("access", "password", login, *_WHY)
        assert done.exit_code == 0 and PASSWORD not in done.output
        assert session.execute("select count(*) > 0 from api_v1.resident").fetchall() == [(True,)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(warehouse.url, user=login, password=PASSWORD)
    psycopg.connect(warehouse.url, user=login, password=f"{PASSWORD}-anew").close()
    assert run("access", "password", "t_nobody", *_WHY).exit_code != 0
    assert run("access", "revoke", login, *_WHY).exit_code == 0


def test_a_broken_chain_ends_in_an_exit_code(run: Hub, warehouse: Warehouse) -> None:
    heads = warehouse.home.audit / "heads.jsonl"
    kept = heads.read_bytes() if heads.exists() else b""
    heads.write_bytes(kept + b'{"seq": 1, "hash": "00", "at": "2026-03-31T00:00:00+00:00"}\n')
    try:
        done = run("audit", "verify", "--json")
    finally:
        heads.write_bytes(kept)
    assert done.exit_code == 1
    assert "copied outside" in json.loads(done.stdout)[0]["fault"]
