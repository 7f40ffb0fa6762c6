"""`hub contract`: whether api_v1 still keeps what the last release promised its readers.

    check, cut -> pipelines.publish.released -> schemas/releases/<release>.json

Secrets: the warehouse's URL.
"""

import click

from pipelines.cli.main import Settings, console, print_json


@click.group()
def contract() -> None:
    """What readers of api_v1 may rely on. 对外接口约定"""


@contract.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def check(settings: Settings, as_json: bool) -> None:
    """Compare api_v1 with the last release; a removed or retyped column fails. 核对接口约定"""
    from pipelines.hub import Hub
    from pipelines.publish.released import broken, last_release, promised

    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    release, before = last_release()
    complaints = broken(before, promised(url))
    if as_json:
        print_json({"release": release, "broken": complaints})
    else:
        for complaint in complaints:
            console().print(complaint, markup=False)
        console().print(f"{release}: {len(complaints)} broken", markup=False)
    if complaints:
        raise click.exceptions.Exit(1)


@contract.command()
@click.argument("release")
@click.pass_obj
def cut(settings: Settings, release: str) -> None:
    """Write down what RELEASE promises, from the published warehouse. 发布新版约定"""
    from pipelines.hub import Hub
    from pipelines.publish import released

    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    console().print(str(released.cut(release, released.promised(url))), markup=False)
