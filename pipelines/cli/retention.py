"""`hub retention`: let go now what hub.toml says has been kept long enough.

    hub retention -> pipelines.retention -> counts

Secrets: the warehouse's URL.
"""

import click

from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def retention(settings: Settings, as_json: bool) -> None:
    """Let go what was kept long enough; the night does so once a week. 清理超期数据"""
    from pipelines.defs.runs import forget_runs_of
    from pipelines.hub import Hub
    from pipelines.retention import apply_retention

    with settings.home.lock(purpose="letting go what was kept long enough"):
        hub = Hub.open(settings.home, settings.as_of)
        went = apply_retention(hub, hub.warehouse_url(), now=True)
        went |= {"runs": forget_runs_of(hub)}
    if as_json:
        print_json(went)
    else:
        show_rows([{"what": name, "went": count} for name, count in went.items()], False)
