"""`hub model`: the weights by which residents are recognised; look at them, learn them anew.

    show             every level with m, u and bits
    report           one HTML page: weights, scores, thresholds, examples
    retrain          what learning anew would change; with --keep it is done

Needs no secrets.
"""

from typing import Any

import click

from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub


@click.group()
def model() -> None:
    """The residents' linkage model. 居民匹配模型"""


@model.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def show(settings: Settings, as_json: bool) -> None:
    """Every level of every comparison: m, u and match weight in bits. 查看匹配权重"""
    from pipelines.identity.model import RESIDENTS
    from pipelines.identity.report import current_parameters, weights

    hub = Hub.open(settings.home, settings.as_of)
    parameters = current_parameters(hub)
    rows = weights(RESIDENTS, parameters)
    if as_json:
        print_json({"version": parameters.version, "facts": parameters.facts, "levels": rows})
    else:
        show_rows(rows, as_json=False)


@model.command()
@click.pass_obj
def report(settings: Settings) -> None:
    """Write the model as one HTML page that needs no network. 生成模型报告"""
    from pipelines.identity.report import write_report

    console().print(str(write_report(Hub.open(settings.home, settings.as_of))), markup=False)


@model.command()
@click.option("--keep", is_flag=True, help="Use what was learned from the next sync on.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def retrain(settings: Settings, keep: bool, as_json: bool) -> None:
    """Learn the weights anew from today's records, and show what that changes. 重新训练

    Without --keep nothing is changed. With it, the next sync resolves everybody anew; stewards'
    decisions stay in force, and ids that change leave an event.
    """
    from pipelines.identity.model import RESIDENTS
    from pipelines.identity.report import changed_weights, crossing, current_parameters
    from pipelines.identity.run import retrain as learn

    with settings.home.lock(purpose="learning the model anew"):
        hub = Hub.open(settings.home, settings.as_of)
        old = current_parameters(hub)
        new = learn(hub, keep=keep)
        moved = changed_weights(RESIDENTS, old, new)
        outcome = {"kept": keep, "before": old.version, "after": new.version}
        outcome |= {"facts": new.facts, **crossing(hub, RESIDENTS, old, new)}
    _told(outcome, moved, as_json)


def _told(outcome: dict[str, Any], moved: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({**outcome, "levels": moved})
        return
    show_rows(moved, as_json=False)
    console().print(
        f"{outcome['pairs']:,} scored pairs: {outcome['newly_above']:,} would rise above the"
        f" threshold, {outcome['newly_below']:,} fall below it, by their levels.\n"
        + ("Kept: the next `hub sync` uses it." if outcome["kept"] else "Nothing was changed.")
    )
