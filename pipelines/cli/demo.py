"""`hub demo`: a county, its departments, one night, and what came of it.

    sandbox build -> sandbox serve -> nightly_sync -> summary

Everything lives in the hub's home and on loopback. Needs no secrets.
"""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from pipelines.cli.county import COUNTY, serve_in_background
from pipelines.cli.main import Settings, console, print_json
from pipelines.cli.sync import feed_table, run_sync
from pipelines.hub import Hub

SAMPLE_QUESTIONS = (
    "dead_and_yet_paid",
    "over_80_alone_in_hazard_zone",
    "moved_out_with_running_grant",
)
COUNTED = {
    "residents 居民": "resident",
    "households 户": "household",
    "dwellings 住房": "dwelling",
    "mentions 提及": "crosswalk",
    "discrepancies 矛盾": "discrepancy",
}


@click.command()
@click.option("--residents", default=20_000, show_default=True, help="Registered residents.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same county.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def demo(settings: Settings, residents: int, seed: int, as_json: bool) -> None:
    """Bring up a synthetic county, sync it once, and say what came of it. 演示"""
    out = console(as_json)
    county = _county(settings.home, residents, seed, out)
    with out.status("the departments begin to deliver"):
        serve_in_background(settings.home)
    settings.as_of = settings.as_of or _as_of(county)
    outcome = run_sync(settings, "nightly_sync", as_json=as_json)
    summary = summarise(settings, county) | {"sync": outcome}
    if as_json:
        print_json(summary)
    else:
        _print(summary, settings)
    sys.exit(0 if outcome["success"] else 1)


def _county(home: Home, residents: int, seed: int, out: Any) -> Path:
    """The home's county, built if it is not there."""
    folder = home.sandbox / COUNTY
    if not (folder / "county.json").exists():
        from sandbox.build import build_county

        with out.status(f"building a county of {residents:,} residents"):
            build_county(residents, seed, folder)
    return folder


def _as_of(county: Path) -> date:
    from sandbox.county import County

    return County(county).as_of


def summarise(settings: Settings, county: Path) -> dict[str, Any]:
    """What the warehouse holds, how right it is against the county's truth, what it answers."""
    from pipelines.scoring import score_hub
    from pipelines.warehouse.questions import questions

    hub = Hub.open(settings.home, settings.as_of)
    url = hub.warehouse_url()
    return {
        "counts": _counts(url),
        "score": score_hub(hub, county / "truth", settings.as_of).to_dict(),
        "questions": [vars(question) for question in questions(url)],
    }


def _counts(url: str) -> dict[str, int]:
    from pipelines.publish.query import query_arrow

    selects = (f"select '{k}' as t, count(*) as n from warehouse.{t}" for k, t in COUNTED.items())
    sql = " union all ".join(selects)
    return {row["t"]: row["n"] for row in query_arrow(url, sql).to_pylist()}


def _print(summary: dict[str, Any], settings: Settings) -> None:
    out = console()
    outcome = summary["sync"]
    out.print(feed_table(outcome["feeds"]))
    out.print(
        "  ".join(f"[bold]{count:,}[/bold] {name}" for name, count in summary["counts"].items())
    )
    out.print(_score_table(summary["score"]))
    out.print(_question_table(summary["questions"]))
    for question in _samples(summary["questions"]):
        out.print(f"[bold]{question['title_zh']}[/bold] {question['title']}")
        for row in question["sample"]:
            out.print("   " + "  ".join(f"{k}={v}" for k, v in row.items() if v is not None))
    out.print(f"\nthe sync took {outcome['seconds']} s; what to do next 下一步:")
    out.print("  hub ui                      the asset graph, checks and runs")
    out.print(f"  {EmbeddedPostgres(settings.home.postgres).psql_command()}")
    out.print("  hub sandbox advance         makes the next day true; then hub sync")
    out.print("  hub down                    ends the county and the database")
    if outcome["failure"]:
        out.print(f"[red]failed:[/red] {outcome['failure']}")


def _score_table(score: dict[str, Any]) -> Table:
    table = Table(title="matches against the truth  与真值比对")
    for name in ("mentions of", "mentions", "precision", "recall", "B-cubed F1"):
        table.add_column(name, justify="left" if name == "mentions of" else "right")
    groups = {"all": {"all departments": score["overall"]}}
    groups |= {"department": score["by_department"], "damage": score["by_damage"]}
    for rows in groups.values():
        for name, match in rows.items():
            shares = (f"{match[n]:.4f}" for n in ("precision", "recall", "bcubed_f1"))
            table.add_row(name, f"{match['mentions']:,}", *shares)
        table.add_section()
    return table


def _question_table(questions: list[dict[str, Any]]) -> Table:
    table = Table(title="questions answered (schema answers)  问题")
    for name in ("view", "question", "问题", "rows"):
        table.add_column(name, justify="right" if name == "rows" else "left")
    for q in questions:
        table.add_row(q["name"], q["title"], q["title_zh"], f"{q['count']:,}")
    return table


def _samples(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Three questions with sample rows: the urgent ones if they have any."""
    answered = [q for q in questions if q["count"]]
    answered.sort(key=lambda q: q["name"] not in SAMPLE_QUESTIONS)
    return answered[:3]
