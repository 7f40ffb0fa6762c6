"""The commands that look at a hub: what they print, and how they refuse."""

import csv
from pathlib import Path

import click
import pytest
from living_hub import LivingHub
from pyarrow import parquet

from pipelines.cli.main import hub as command
from schemas import FEEDS

README = Path(__file__).parents[3] / "README.md"
COUNT = "select count(*) as residents from api_v1.resident"
SOME = "select resident_id, name_masked from api_v1.resident order by resident_id limit 5"


def test_sql_prints_json(hub: LivingHub) -> None:
    [row] = hub.run("sql", "--json", COUNT).json
    assert row["residents"] > 1_400


def test_sums_and_averages_are_numbers(hub: LivingHub) -> None:
    told = "sum(n) as whole, avg(n) as mean, null::numeric as none, 'NaN'::numeric as odd"
    [row] = hub.run("sql", "--json", f"select {told} from generate_series(1, 4::bigint) as n").json
    assert row == {"whole": 10, "mean": 2.5, "none": None, "odd": "nan"}


def test_sql_prints_a_table(hub: LivingHub) -> None:
    done = hub.run("sql", COUNT)
    assert done.code == 0
    assert "residents" in done.out


def test_sql_writes_parquet_and_csv(hub: LivingHub, tmp_path: Path) -> None:
    for name in ("rows.parquet", "rows.csv"):
        assert hub.run("sql", SOME, "--output", str(tmp_path / name)).code == 0
    rows = parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        assert [row["resident_id"] for row in csv.DictReader(file)] == [
            row["resident_id"] for row in rows
        ]
    assert len(rows) == 5


def test_sql_refuses_an_unknown_ending(hub: LivingHub, tmp_path: Path) -> None:
    done = hub.run("sql", COUNT, "--output", str(tmp_path / "rows.xlsx"))
    assert done.code == 1
    assert "Nothing was written" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("delete from api_v1.resident",),
        ("delete from warehouse.resident", "--purpose", "测试只读"),
        ("select * from warehouse.nowhere", "--purpose", "测试只读"),
        ("select * from warehouse.nowhere",),
    ],
)
def test_sql_that_cannot_run_says_why(hub: LivingHub, words: tuple[str, ...]) -> None:
    done = hub.run("sql", *words)
    assert done.code == 1
    assert "hub sql" in done.err
    assert "Traceback" not in done.err


def test_status_is_json_for_machines(hub: LivingHub) -> None:
    rows = hub.run("status", "--json").json
    assert {row["feed"] for row in rows} == set(FEEDS)
    assert all(row["state"] in ("ok", "failed", "held") for row in rows)


def test_find_answers_with_masked_values(hub: LivingHub) -> None:
    [someone] = hub.run(
        "sql",
        "--json",
        "select id_no from warehouse.resident where length(id_no) = 18 order by 1 limit 1",
        "--purpose",
        "测试查找的掩码",
    ).json
    done = hub.run("find", "person", someone["id_no"], "--json")
    assert done.json
    assert someone["id_no"] not in done.out


def test_quarantine_and_status_speak_of_the_same_rows(hub: LivingHub) -> None:
    listed: dict[str, int] = {}
    for row in hub.run("quarantine", "list", "--json").json:
        listed[row["feed"]] = listed.get(row["feed"], 0) + row["rows"]
    status = hub.run("status", "--json").json
    held = {row["feed"]: row["quarantined"] for row in status if row["quarantined"]}
    assert listed.keys() == held.keys()
    # A row may break several rules, so the counts of the rules are no less than the rows.
    assert all(listed[feed] >= rows for feed, rows in held.items())


@pytest.mark.parametrize(
    "words", [("sync", "--feed", "community.nothing"), ("quarantine", "show", "community.nothing")]
)
def test_an_unknown_feed_is_refused_with_a_remedy(hub: LivingHub, words: tuple[str, ...]) -> None:
    done = hub.run(*words)
    assert done.code == 1
    assert "there is no feed of that name" in done.err
    assert "hub " in done.err
    assert "Traceback" not in done.err


def test_every_command_is_in_the_readme() -> None:
    said = README.read_text(encoding="utf-8")
    names = command.list_commands(click.Context(command))
    missing = [name for name in names if f"hub {name}" not in said]
    assert not missing
