"""`hub docs`: the data dictionary as pages that open without a network.

    declarations, lineage, counts -> <home>/docs/dictionary/index.html

Secrets: the warehouse's password, when it is not the hub's own.
"""

from pathlib import Path

import click

from pipelines.cli.main import Settings, console


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="Folder. [default: in the home]")
@click.pass_obj
def docs(settings: Settings, output: Path | None) -> None:
    """Write the data dictionary: tables, columns, lineage, rules, questions. 生成数据字典"""
    from pipelines.dictionary.site import write_site
    from pipelines.hub import Hub

    hub = Hub.open(settings.home, settings.as_of)
    folder = output or settings.home.path / "docs" / "dictionary"
    console().print(str(write_site(hub, folder)), markup=False)
