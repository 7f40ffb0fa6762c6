"""The dashboard of docs/superset: its datasets are as the views are, and a Superset takes it."""

import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from access_county import GRANTS, PASSWORD, Warehouse
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

FOLDER = Path(__file__).parents[3] / "docs" / "superset"
SUPERSET = os.environ.get("HUB_TEST_SUPERSET", "")
# Runs within Superset: every chart's own columns and metrics, asked through its dataset.
ASK = """
from superset.app import create_app
with create_app().app_context():
    from superset.extensions import db
    from superset.models.slice import Slice
    for chart in db.session.query(Slice):
        form = chart.form_data
        metrics = form.get("metrics") or [form["metric"]]
        axis = [form["x_axis"]] if form.get("x_axis") else []
        found = chart.datasource.query(dict(
            columns=axis + form.get("groupby", []), metrics=metrics, granularity=None,
            from_dttm=None, to_dttm=None, is_timeseries=False, filter=[], extras={}, row_limit=100,
        ))
        print("CHART", chart.slice_name, found.error_message or "", len(found.df), sep="|")
"""


def declared(kind: str) -> list[dict[str, Any]]:
    """The YAML files of a folder of the import file."""
    return [yaml.safe_load(p.read_text("utf-8")) for p in sorted((FOLDER / kind).rglob("*.yaml"))]


def test_every_dataset_is_as_an_analyst_sees_the_view(warehouse: Warehouse) -> None:
    with warehouse.as_role("analyst") as connection:
        for one in declared("datasets"):
            named = [sql.Identifier(column["column_name"]) for column in one["columns"]]
            metrics = [sql.SQL(metric["expression"]) for metric in one["metrics"]]
            view = sql.Identifier(one["schema"], one["table_name"])
            for shown in (named, metrics):
                asked = sql.SQL("select {} from {}").format(sql.SQL(", ").join(shown), view)
                assert connection.execute(asked).description is not None


def test_every_chart_names_what_its_dataset_has() -> None:
    datasets = {one["uuid"]: one for one in declared("datasets")}
    for chart in declared("charts"):
        dataset, said = datasets[chart["dataset_uuid"]], chart["params"]
        columns = {column["column_name"] for column in dataset["columns"]}
        metrics = {metric["metric_name"] for metric in dataset["metrics"]}
        assert {*said.get("groupby", []), said.get("x_axis", min(columns))} <= columns
        assert set(said.get("metrics", [])) | ({said["metric"]} if "metric" in said else set())
        assert {*said.get("metrics", []), said.get("metric", min(metrics))} <= metrics
    placed = declared("dashboards")[0]["position"].values()
    on_it = {
        one["meta"]["uuid"] for one in placed if isinstance(one, dict) and one["type"] == "CHART"
    }
    assert on_it == {chart["uuid"] for chart in declared("charts")}


@pytest.mark.skipif(not SUPERSET, reason="HUB_TEST_SUPERSET names no environment with Superset")
def test_superset_takes_the_dashboard_and_every_chart_is_answered(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    config = tmp_path / "superset_config.py"
    config.write_text(
        f"SECRET_KEY = {secrets.token_urlsafe(42)!r}\n"
        f"SQLALCHEMY_DATABASE_URI = 'sqlite:///{tmp_path}/superset.db'\n"
    )
    where, login = conninfo_to_dict(warehouse.url), GRANTS["analyst"].login
    passfile = tmp_path / "pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"*:*:*:{login}:{PASSWORD}\n", encoding="ascii")
    env = {
        **os.environ, "SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(tmp_path),
        "PGHOST": str(where["host"]), "PGPORT": str(where["port"]), "PGUSER": login,
        "PGDATABASE": str(where["dbname"]), "PGPASSFILE": str(passfile),
    }  # fmt: skip

    def run(*words: str) -> str:
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    superset, bundle = f"{SUPERSET}/bin/superset", str(tmp_path / "community.zip")
    who = "--username admin --firstname a --lastname b --email a@example.org --password admin"
    run("sh", str(FOLDER / "zip.sh"), bundle)
    run(superset, "db", "upgrade")
    run(superset, "init")
    run(superset, "fab", "create-admin", *who.split())
    run(superset, "import-dashboards", "-p", bundle, "-u", "admin")
    lines = [
        line for line in run(f"{SUPERSET}/bin/python", "-c", ASK).splitlines() if "CHART|" in line
    ]
    assert len(lines) == len(declared("charts"))
    # A county this small has no household over eighty: such a chart shows 0, or no bar.
    assert not [line for line in lines if line.split("|")[2]]
