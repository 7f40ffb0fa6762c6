"""`hub link`: which rows of any table are one thing, by a model in one file.

    MODEL (.toml, .py) + INPUT.parquet -> CLUSTERS.parquet (+ edges, golden values, parameters)

Needs no home and no secrets. A Python model is a program: run only your own.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from foundation.errors import ConfigError
from pipelines.cli.main import console, print_json

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("model", type=_FILE)
@click.argument("table", metavar="INPUT.parquet", type=_FILE)
@click.option("--output", type=_FILE, required=True, help="Where the clusters go, Parquet.")
@click.option("--edges", type=_FILE, help="Also write every scored link with its levels.")
@click.option("--golden", type=_FILE, help="Also write the surviving values of each cluster.")
@click.option("--parameters", type=_FILE, help="Reuse these weights; where there are none, keep.")
@click.option("--retrain", is_flag=True, help="Learn the weights anew and keep them.")
@click.option("--truth", help="Column of the input that says what is one thing; only measured.")
@click.option("--memory", default="4GB", show_default=True, help="DuckDB's memory limit.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def link(
    model: Path, table: Path, output: Path, edges: Path | None, golden: Path | None,
    parameters: Path | None, retrain: bool, truth: str | None, memory: str, as_json: bool,
) -> None:  # fmt: skip
    """Cluster the rows of a table by a MODEL; see docs/link.md. 通用记录关联"""
    from foundation.engine import connect
    from pipelines.link.check import check_truth
    from pipelines.link.declare import load_model
    from pipelines.link.run import Linking

    for file in filter(None, (output, edges, golden, parameters)):
        _folder_of(file)
    declared = load_model(model)
    check_truth(declared, str(model), truth)
    with (
        tempfile.TemporaryDirectory(prefix="hub-link-") as spill,
        connect(Path(spill), memory) as con,
    ):
        linking = Linking(con, declared, str(model))
        linking.read(table)
        linking.expect(truth)
        with console(as_json).status(f"linking {table.name}"):
            report = asdict(linking.link(parameters, retrain))
            report["truth"] = linking.measured(truth) if truth else None
            linking.write(output, edges, golden)
    if as_json:
        print_json(report)
    else:
        _tell(report, output)


def _folder_of(file: Path) -> None:
    """Found out before the work, not after it."""
    if not file.parent.is_dir():
        raise ConfigError(
            str(file), "its folder is not there", "nothing was linked", "make the folder first"
        )


def _tell(report: dict[str, Any], output: Path) -> None:
    out = console()
    out.print(f"{output}: {report['rows']:,} rows are {report['clusters']:,} clusters")
    out.print(f"  tied by identifiers {report['tied']:,}, contradicted {report['contradicted']:,}")
    out.print(f"  pairs compared {report['pairs']:,}: " + _counts(report["outcomes"]))
    if report["refused"]:
        out.print("  refused: " + _counts(report["refused"]))
    out.print(f"  weights {report['model_version']}: " + _counts(report["trained"]))
    if report["truth"]:
        out.print("  against the truth: " + _counts(report["truth"]))


def _counts(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
