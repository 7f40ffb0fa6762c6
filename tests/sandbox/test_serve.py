"""Serving a county: each transport keeps its contract, read by plain clients."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from hand_made import make_county
from plain_clients import Emergency, Start, city, city_rows, query, read_secret, section

from foundation.errors import HubError
from sandbox.serve import Served, describe, purge_shared, serve
from sandbox.toml import to_toml
from sandbox.transports.mariadb import connect


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Served:  # type: ignore[misc]
    """One county on the air for the tests that only read."""
    place = tmp_path_factory.mktemp("served")
    county = make_county(place / "county")
    with serve(
        county,
        state=place / "state",
        drop=place / "drop",
        postgres_url=postgres_url,
        mariadb_url="",
    ) as served:
        yield served
        served.stop(purge=True)


def test_public_security_has_its_tables_under_their_own_names(served: Served) -> None:
    rows = query(served, "public_security", 'select "RYNBID", "GXSJ" from "T_CZRK" order by 1')
    assert len(rows) == 7
    assert rows[0] == ("RYNBID001", datetime(2025, 12, 31, 8, 0, 1))
    assert query(served, "public_security", 'select count(*) from "T_BZDZ"') == [(7,)]


def test_a_table_has_its_key_and_an_index_on_its_cursor(served: Served) -> None:
    options = section(served, "public_security")
    url = sa.make_url(options["url"]).set(password=read_secret(options, "password"))
    inspector = sa.inspect(sa.create_engine(url, poolclass=sa.NullPool))
    assert inspector.get_pk_constraint("T_CZRK")["constrained_columns"] == ["RYNBID"]
    assert ["GXSJ", "RYNBID"] in [
        index["column_names"] for index in inspector.get_indexes("T_CZRK")
    ]
    assert str(inspector.get_columns("T_BZDZ")[12]["type"]) == "DOUBLE PRECISION"


def test_the_hub_may_read_the_tables_and_nothing_else(served: Served) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        query(served, "public_security", 'delete from "T_CZRK" where "RYNBID" = \'x\' returning 1')
    with pytest.raises(sa.exc.DBAPIError):
        query(served, "public_security", "select * from sandbox_marker")


def test_community_stands_on_postgresql_where_there_is_no_mariadb(served: Served) -> None:
    assert section(served, "community")["url"].startswith("postgresql")
    rows = query(
        served,
        "community",
        "select parties, meetings from deliberation where topic_no = 'topic_no001'",
    )
    assert json.loads(rows[0][0]) == ["甲", "乙1"]
    assert rows[0][1] == 1


def test_community_stands_on_mariadb_where_there_is_one(start: Start, mariadb_url: str) -> None:
    served = start(mariadb_url=mariadb_url)
    assert section(served, "community")["url"].startswith("mysql+pymysql://")
    rows = query(
        served, "community", "select topic_no, parties, updated_at from deliberation order by 1"
    )
    assert rows[0] == ("topic_no001", '["甲","乙1"]', datetime(2025, 12, 31, 8, 0, 1))
    assert query(served, "community", "select count(*) from `request`") == [(7,)]


def test_city_management_pages_with_a_total(served: Served) -> None:
    first = city(served, "/api/v1/cases", page=1, pageSize=3).json()
    assert (first["code"], first["data"]["total"]) == (0, 7)
    assert [row["caseId"] for row in first["data"]["list"]] == [
        "caseId001",
        "caseId002",
        "caseId003",
    ]
    assert first["data"]["list"][0]["lon"] == 116.25
    assert len(city_rows(served, "/api/v1/cases", 3)) == 7
    assert city(served, "/api/v1/cases", page=4, pageSize=3).json()["data"]["list"] == []


def test_updated_since_is_inclusive(served: Served) -> None:
    rows = city_rows(served, "/api/v1/components", 5, updatedSince="2025-12-31T08:00:05")
    assert [row["objId"] for row in rows] == ["objId005", "objId006", "objId007"]


@pytest.mark.parametrize("endpoint", ["cases", "case-steps", "components", "video-alerts", "shops"])
def test_every_endpoint_of_city_management_answers(served: Served, endpoint: str) -> None:
    assert len(city_rows(served, f"/api/v1/{endpoint}", 5000)) == 7


def test_a_wrong_parameter_is_a_nonzero_code_with_http_200(served: Served) -> None:
    answer = city(served, "/api/v1/cases", page=1, pageSize=5001)
    assert (answer.status_code, answer.json()["code"]) == (200, 40001)


def test_an_unsigned_or_old_request_is_refused(served: Served) -> None:
    url = section(served, "city_management")["base_url"] + "/api/v1/cases"
    assert requests.get(url, timeout=5).status_code == 401
    assert city(served, "/api/v1/cases", skew=-290).status_code == 200
    assert city(served, "/api/v1/cases", skew=-400).status_code == 401


def test_emergency_wants_a_token(served: Served) -> None:
    client = Emergency(served)
    refused = client.get("/hazard-sites")
    assert (refused.status_code, refused.json()) == (401, {"error": "invalid_token"})
    assert client.login().json()["token_type"] == "Bearer"
    assert client.get("/hazard-sites").status_code == 200


def test_the_token_is_also_given_for_http_basic(served: Served) -> None:
    client = Emergency(served)
    url, secret = client.url + client.auth["token_path"], read_secret(client.auth, "client_secret")
    form = {"grant_type": "client_credentials"}
    assert requests.post(url, data=form, auth=("hub", secret), timeout=5).status_code == 200
    assert requests.post(url, data=form, auth=("hub", "no"), timeout=5).status_code == 401


def test_the_cursor_leads_through_all_rows_and_stays_at_the_end(served: Served) -> None:
    client = Emergency(served)
    rows, cursor = client.rows("/warnings", 3)
    assert [row["identifier"] for row in rows] == [f"identifier{n:03d}" for n in range(1, 8)]
    assert rows[0]["geocodes"] == ["甲", "乙1"]
    assert client.rows("/warnings", 3, cursor) == ([], cursor)


def test_a_cursor_of_another_endpoint_is_refused(served: Served) -> None:
    client = Emergency(served)
    _, cursor = client.rows("/warnings", 3)
    assert client.get("/shelters", cursor=cursor).status_code == 400
    assert client.get("/shelters", cursor="nonsense").status_code == 400


def test_civil_affairs_come_as_gb18030_csv_with_a_manifest(served: Served) -> None:
    folder = Path(section(served, "civil_affairs")["url"])
    path = folder / "cremation_20260101.csv"
    manifest = dict(line.split("=") for line in Path(f"{path}.ok").read_text().splitlines())
    assert manifest == {"rows": "7", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    lines = path.read_bytes().decode("gb18030").split("\r\n")
    assert lines[0].startswith("火化证号,姓名")
    assert (len(lines), lines[-1]) == (9, "")
    assert not list(folder.glob(".*"))


def test_evacuation_cards_are_dropped_in_emergencys_own_folder(served: Served) -> None:
    options = served.sources()["feeds"]["emergency.evacuation_card"]
    assert options["transport"] == "files"
    assert (Path(options["url"]) / "evacuation_card_20260101.xlsx.ok").exists()


def test_secrets_are_files_of_their_owner_and_never_inline(served: Served) -> None:
    text = to_toml(served.sources())
    assert tomllib.loads(text) == served.sources()
    for path in (served.state.folder / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text() not in text + describe(served)


def test_a_second_server_on_one_state_is_refused(served: Served) -> None:
    state = served.state
    with pytest.raises(HubError, match="being served already"):
        serve(state.county, state=state.folder, drop=state.drop, mariadb_url="")


def test_serving_again_loads_nothing_anew(start: Start) -> None:
    served = start()
    statement = 'select min(xmin::text) from "T_CZRK"'
    before = query(served, "public_security", statement)
    written = {path: path.stat().st_mtime_ns for path in Path(served.state.drop).rglob("*")}
    served.stop()
    again = start()
    assert query(again, "public_security", statement) == before
    assert {path: path.stat().st_mtime_ns for path in Path(again.state.drop).rglob("*")} == written


def test_stopping_leaves_no_process_and_no_open_port(start: Start) -> None:
    served = start(only="city_management")
    url = section(served, "city_management")["base_url"]
    served.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


FOREGROUND = """
import sys
from pathlib import Path
from sandbox.serve import serve_forever
place = Path(sys.argv[1])
serve_forever(
    place / "county", state=place / "state", drop=place / "drop",
    write_config=place / "hub.toml", say=lambda text: print(text, flush=True),
)
"""


@contextmanager
def foreground(place: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A county without databases, served by a process of its own; yields it and its address."""
    make_county(place / "county", only="city_management")
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "于都县 on 2026-01-01\n"
        url = server.stdout.readline().split()[-1]
        server.stdout.readline()
        yield server, url


def test_in_the_foreground_it_ends_on_sigterm_and_writes_its_config(tmp_path: Path) -> None:
    with foreground(tmp_path) as (server, url):
        written = tomllib.loads((tmp_path / "hub.toml").read_text())
        assert written["departments"]["city_management"]["base_url"] == url
        assert requests.get(url + "/api/v1/cases", timeout=5).status_code == 401
        server.terminate()
        assert server.wait(20) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_the_http_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with foreground(tmp_path) as (server, url):
        assert server.stderr is not None
        server.kill()
        server.stderr.read()  # ends when the last that holds the pipe, the HTTP server, is gone
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with serve(tmp_path / "county", state=tmp_path / "state", drop=tmp_path / "drop") as again:
        assert len(city_rows(again, "/api/v1/cases", 9)) == 7


def test_what_is_left_on_mariadb_is_purged_after_the_county_stopped(
    start: Start, mariadb_url: str
) -> None:
    served = start(mariadb_url=mariadb_url, only="community")
    with pytest.raises(HubError, match="being served"):
        purge_shared(served.folder)
    served.stop()
    [name] = purge_shared(served.folder)
    with closing(connect(mariadb_url)) as con, con.cursor() as cursor:
        cursor.execute("show databases like %s", (name,))
        assert not cursor.fetchall()
        cursor.execute("select user from mysql.user where user = %s", (name[-32:],))
        assert not cursor.fetchall()
    assert purge_shared(served.folder) == [name]  # again is no error
