"""`hub export`: the published tables as open files, Delta and one DuckDB file, masked.

    lake snapshot -> <home>/open/delta/<table>, manifest.json, warehouse.duckdb

Needs no secrets.
"""

from pathlib import Path

import click

from pipelines.cli.main import Settings, console, print_json


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="Folder. [default: in the home]")
@click.option("--sensitive", is_flag=True, help="With tags, benefits, disabilities and such.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def export(settings: Settings, output: Path | None, sensitive: bool, as_json: bool) -> None:
    """The published tables as Delta and one DuckDB file, masked. 导出开放文件（脱敏）"""
    from pipelines.hub import Hub
    from pipelines.publish.open_files import write_open_files

    with settings.home.lock(purpose="writing open files"):
        hub = Hub.open(settings.home, settings.as_of)
        report = write_open_files(hub, output or settings.home.path / "open", sensitive)
    if as_json:
        print_json(report.to_dict())
        return
    console().print(
        f"{report.folder}: {report.tables} tables of {report.as_of}, {len(report.written)} written",
        markup=False,
    )
