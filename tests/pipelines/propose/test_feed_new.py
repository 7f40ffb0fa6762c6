"""A source that nobody has declared is looked at, declared, tried, and one of the hub's feeds."""

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from newcomer import HEADERS, doses, endpoint, home_of, hub, written

from foundation.errors import ConfigError, HubError
from foundation.home import Home
from pipelines.hub import Hub
from pipelines.identity.mentions import mention_feeds, union_sql
from pipelines.warehouse.survivorship import observed_sql
from schemas import FEEDS
from schemas.dropin import load_feeds

NAME = "health.dose"
POSTGRES = os.environ.get("HUB_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")
WHO = {
    "self": {"name": "name", "id_no": "id_no", "sex": "sex", "birth_date": "birth_date",
             "address": "address"},
    "guardian": {"name": "guardian_name", "phone": "guardian_phone"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_feeds() -> Iterator[None]:
    yield
    load_feeds(Path("/nowhere"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_of(tmp_path)


def _declared(home: Path, name: str = NAME) -> dict[str, Any]:
    return tomllib.loads((home / "feeds" / f"{name}.toml").read_text(encoding="utf-8"))


def _tried(home: Path, name: str = NAME) -> dict[str, Any]:
    done = hub(home, "feed", "try", name, "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _people(declared: dict[str, Any]) -> dict[str, Any]:
    return {one.pop("slot"): one for one in declared["people"]}


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        *(("csv", name) for name in ("gb18030", "utf-8", "utf-8-sig", "utf-16")),
        ("xlsx", ""),
        ("jsonl", ""),
        ("parquet", ""),
    ],
)
def test_a_file_in_any_format_is_declared_handed_in_and_tried(
    home: Path, tmp_path: Path, form: str, encoding: str
) -> None:
    path = written(tmp_path, form, doses(), encoding)
    done = hub(home, "feed", "new", NAME, str(path), "--department-zh", "卫健")
    assert done.exit_code == 0, done.output
    declared = _declared(home)
    assert (declared["key"], declared["delivery"]) == (["接种流水号"], "snapshot")
    assert _people(declared) == WHO
    types = {column["source"]: column.get("type") for column in declared["columns"]}
    assert sorted(types) == sorted(HEADERS)
    assert (types["剂次"], types["接种日期"], types["更新时间"]) == ("integer", "date", "timestamp")
    trial = _tried(home)
    assert (trial["state"], trial["delivered"], trial["balanced"]) == ("ok", 40, True)
    assert trial["people"]["self"] == {"named": 40, "with_number": 40}
    assert trial["drift"] == []


def test_what_is_sensitive_and_what_is_a_code_is_recognised(home: Path, tmp_path: Path) -> None:
    hub(home, "feed", "new", NAME, str(written(tmp_path, "csv", doses())))
    columns = {column["source"]: column for column in _declared(home)["columns"]}
    assert columns["性别"]["codes"] == "sex"
    assert columns["性别"]["map"] == {"男": "1", "女": "2"}  # the list says 男性 and 女性
    assert columns["疫苗名称"]["sensitivity"] == "sensitive"
    for name in ("受种者姓名", "身份证号", "监护人电话", "现住址", "出生日期"):
        assert columns[name]["sensitivity"] == "personal"


def test_no_value_of_a_row_is_printed_or_declared(home: Path, tmp_path: Path) -> None:
    rows = doses()
    done = hub(home, "feed", "new", NAME, str(written(tmp_path, "csv", rows)), "--try")
    said = done.output + (home / "feeds" / f"{NAME}.toml").read_text(encoding="utf-8")
    for row in rows:
        for name in ("受种者姓名", "身份证号", "监护人电话", "现住址", "疫苗名称"):
            assert row[name] not in said


def test_the_next_file_is_handed_in_by_hand(home: Path, tmp_path: Path) -> None:
    hub(home, "feed", "new", NAME, str(written(tmp_path, "csv", doses())))
    more = written(tmp_path, "csv", doses(50))
    assert hub(home, "feed", "hand-in", NAME, str(more), "--date", "2026-07-01").exit_code == 0
    names = sorted(path.name for path in (home / "drop" / "health").glob("*.csv"))
    assert names == ["dose_20260701.csv", "dose_20260701_02.csv"]
    assert _tried(home)["delivered"] == 50


def _sqlite(folder: Path, rows: list[dict[str, Any]], key: str) -> str:
    with closing(sqlite3.connect(folder / "health.db")) as con, con:
        columns = ", ".join(f'"{name}" text' for name in HEADERS)
        con.execute(f"create table 接种 ({columns}{key})")
        marks = ", ".join("?" for _ in HEADERS)
        con.executemany(f"insert into 接种 values ({marks})", [list(row.values()) for row in rows])
    return f"sqlite:///{folder / 'health.db'}"


def test_a_table_brings_its_key_and_is_followed_by_its_time_of_change(
    home: Path, tmp_path: Path
) -> None:
    url = _sqlite(tmp_path, doses(), ', primary key ("接种流水号")')
    assert hub(home, "feed", "new", NAME, url, "--table", "接种").exit_code == 0
    declared = _declared(home)
    assert (declared["delivery"], declared["cursor"]) == ("cursor", "更新时间")
    trial = _tried(home)
    assert (trial["delivered"], trial["conformed"]) == (40, 40)
    assert trial["again_delivered"] == trial["again_known"] < 40


def test_a_table_that_is_not_said_is_asked_for_with_the_names(home: Path, tmp_path: Path) -> None:
    done = hub(home, "feed", "new", NAME, _sqlite(tmp_path, doses(), ""))
    assert isinstance(done.exception, ConfigError)
    assert "--table, one of: 接种" in str(done.exception)


def test_two_columns_are_the_key_where_no_single_one_is(home: Path, tmp_path: Path) -> None:
    same = {"监护人电话": "13900000000", "身份证号": "36073120100101001X", "现住址": ""}
    rows = [
        {**row, **same, "接种流水号": f"N{n % 20}", "剂次": str(n // 20)}
        for n, row in enumerate(doses())
    ]
    hub(home, "feed", "new", NAME, str(written(tmp_path, "csv", rows)))
    assert len(_declared(home)["key"]) == 2
    assert _tried(home)["conformed"] == 40


def test_a_rows_place_in_the_list_is_no_key_where_there_is_another(
    home: Path, tmp_path: Path
) -> None:
    listed = [{**row, "接种流水号": f"{n}"} for n, row in enumerate(doses(), 1)]
    hub(home, "feed", "new", NAME, str(_numbered(tmp_path, listed)))
    assert _declared(home)["key"] == ["身份证号"]
    nobody = [{**row, "身份证号": ""} for row in listed]
    done = hub(home, "feed", "new", NAME, str(_numbered(tmp_path, nobody)), "--replace")
    assert _declared(home)["key"] == ["序号"] and "place in the list" in done.output


def _numbered(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = written(folder, "csv", rows)
    headed = path.read_text("gb18030").replace("接种流水号", "序号")
    path.write_text(headed, "gb18030", newline="")
    return path


def test_rows_that_nothing_tells_apart_need_a_key_from_the_user(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path, "csv", doses(10) + doses(10))
    done = hub(home, "feed", "new", NAME, str(path))
    assert isinstance(done.exception, ConfigError)
    assert "--key" in done.exception.remedy
    assert not (home / "feeds" / f"{NAME}.toml").exists()


def test_comments_of_a_database_are_the_titles(home: Path) -> None:
    name = f"hub_newcomer_{os.getpid()}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers")
    with server:
        server.execute(f"create database {name}")
    try:
        url = POSTGRES.rsplit("/", 1)[0] + f"/{name}"
        with psycopg.connect(url) as con:
            con.execute(
                "create table zl (bh text primary key, czr_xm text, czr_sfzh text,"
                " tenant_name text, dz text, zt char(1), mj numeric(8,2), gxsj timestamp)"
            )
            titles = {
                "bh": "备案编号",
                "czr_xm": "出租人姓名",
                "zt": "备案状态",
                "czr_sfzh": "出租人身份证号",
                "dz": "房屋坐落",
            }
            for column, title in titles.items():
                con.execute(f"comment on column zl.{column} is '{title}'")
            with con.cursor() as cursor:
                cursor.executemany(
                    "insert into zl values (%s, %s, %s, %s, %s, %s, 60.5, '2026-06-01')",
                    [(f"B{n}", d["受种者姓名"], d["身份证号"], d["监护人姓名"], d["现住址"], n % 2)
                     for n, d in enumerate(doses())],
                )  # fmt: skip
        with_driver = url.replace("postgresql://", "postgresql+psycopg://")
        hub(home, "feed", "new", "housing.letting", with_driver, "--table", "zl")
        declared = _declared(home, "housing.letting")
        columns = {column["source"]: column for column in declared["columns"]}
        assert columns["bh"]["title_zh"] == "备案编号"
        assert (columns["zt"]["type"], columns["mj"]["type"]) == ("text", "decimal")
        people = _people(declared)
        assert people["landlord"] == {"name": "landlord_name", "id_no": "landlord_id_no"}
        assert people["tenant"] == {"name": "tenant_name", "address": "address"}
        assert _tried(home, "housing.letting")["conformed"] == 40
    finally:
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize(
    ("style", "delivery"),
    [("numbered", "cursor"), ("from_zero", "snapshot"), ("link", "snapshot"), ("whole", "snapshot"),
     ("cursor", "cursor")],
)  # fmt: skip
def test_an_endpoint_shows_how_it_pages(home: Path, style: str, delivery: str) -> None:
    with endpoint(style, doses(45)) as url:
        done = hub(home, "feed", "new", NAME, url)
        assert done.exit_code == 0, (done.output, done.exception)
        assert _declared(home)["delivery"] == delivery
        trial = _tried(home)
    assert (trial["state"], trial["delivered"], trial["message"]) == ("ok", 45, None)


def test_a_secret_is_named_and_never_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSE_TOKEN", "canary-token")
    with endpoint("numbered", doses(), token="canary-token") as url:
        words = ("--option", "auth.kind=bearer", "--secret", "auth.token=env:DOSE_TOKEN")
        done = hub(home, "feed", "new", NAME, url, *words)
        assert done.exit_code == 0, (done.output, done.exception)
        assert _tried(home)["delivered"] == 40
    assert _declared(home)["source"]["auth"]["token"] == {"env": "DOSE_TOKEN"}
    assert "canary-token" not in done.output + (home / f"feeds/{NAME}.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("source", "more"),
    [
        ("postgresql://me:canary@127.0.0.1/x", ()),
        ("sftp://me:canary@127.0.0.1/out/doses.csv", ()),
        ("http://127.0.0.1:1/doses", ("--option", "auth.token=canary")),
    ],
)
def test_a_secret_in_clear_is_refused(home: Path, source: str, more: tuple[str, ...]) -> None:
    done = hub(home, "feed", "new", NAME, source, *more)
    assert isinstance(done.exception, ConfigError)
    assert "canary" not in str(done.exception)
    assert "--secret" in done.exception.remedy


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgresql://me@127.0.0.1:1/none", "does not answer"),
        ("http://127.0.0.1:1/none", "does not answer"),
        ("/nowhere/at/all.csv", "not there"),
        ("/nowhere/at/all.docx", "known format"),
    ],
)
def test_a_source_that_cannot_be_looked_at_is_said_and_nothing_is_written(
    home: Path, source: str, said: str
) -> None:
    done = hub(home, "feed", "new", NAME, source, "--table", "t")
    assert isinstance(done.exception, HubError)
    assert said in str(done.exception)
    assert not list((home / "feeds").glob("*.toml"))


def test_a_declaration_is_not_overwritten_unasked_and_printing_writes_nothing(
    home: Path, tmp_path: Path
) -> None:
    path = str(written(tmp_path, "csv", doses()))
    assert hub(home, "feed", "new", NAME, path, "--print").exit_code == 0
    assert not list((home / "feeds").glob("*.toml"))
    assert not (home / "drop").exists()
    hub(home, "feed", "new", NAME, path)
    again = hub(home, "feed", "new", NAME, path)
    assert "--replace" in str(again.exception)
    taken = hub(home, "feed", "new", "community.wish", path)
    assert "already" in str(taken.exception)


def test_a_declared_feed_is_one_of_the_hubs_in_mentions_golden_values_and_dagster(
    home: Path, tmp_path: Path
) -> None:
    hub(home, "feed", "new", NAME, str(written(tmp_path, "csv", doses())))
    Hub.open(Home(home))
    assert NAME in FEEDS
    assert "health_dose" in union_sql(mention_feeds())
    assert "health_dose" in observed_sql()
    code = (
        "from pipelines.definitions import defs;"
        "keys = {k.to_user_string() for k in defs.resolve_asset_graph().get_all_asset_keys()};"
        "print('conformed/health_dose' in keys, 'source/health/dose' in keys)"
    )
    env = {**os.environ, "HUB_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"], done.stderr
