"""`hub why` and `hub review`: why two records are one person, and what people decide.

    why A B          the path of links between two mentions, with rule or weights
    review           doubtful matches, the most consequential first; decisions by name and reason

A mention is written DEPARTMENT.FEED|RECORD_KEY|SLOT, or as its number. Needs no secrets.
"""

from typing import TYPE_CHECKING, Any

import click

from foundation.errors import ConfigError
from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub

if TYPE_CHECKING:
    from pipelines.identity.steward import Why


@click.command()
@click.argument("mention_a")
@click.argument("mention_b")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def why(settings: Settings, mention_a: str, mention_b: str, as_json: bool) -> None:
    """Why two mentions are, or are not, the same person. 为何是同一人"""
    from pipelines.identity.steward import mention_id
    from pipelines.identity.steward import why as explain

    hub = Hub.open(settings.home, settings.as_of)
    answer = explain(hub, mention_id(hub, mention_a), mention_id(hub, mention_b))
    if as_json:
        print_json(answer.to_dict())
    else:
        console().print(_told(answer), markup=False)


def _told(answer: "Why") -> str:
    """The links between two mentions, or what stands between them, a line each."""
    opening = "the same person 同一人" if answer.is_same else "not the same person 非同一人"
    lines = [f"{answer.left} and {answer.right}: {opening}"]
    for step in answer.path or answer.against:
        weight = "" if step.weight is None else f", {step.weight:.2f} bits"
        lines.append(f"  {step.left} - {step.right}: {step.how}{weight}")
        lines += [
            f"      {name}" + (f"  {bits:+.2f}" if bits else "") for name, bits in step.evidence
        ]
    return "\n".join(lines)


@click.group()
def review() -> None:
    """Doubtful matches for a person to decide. 人工复核"""


@review.command("list")
@click.option("--limit", default=20, show_default=True, help="Tasks at the most.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def list_(settings: Settings, limit: int, as_json: bool) -> None:
    """Open tasks, those that most records depend on first."""
    from pipelines.identity.steward import review_tasks

    hub = Hub.open(settings.home, settings.as_of)
    show_rows(review_tasks(hub, limit), as_json)


@review.command()
@click.argument("task")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def show(settings: Settings, task: str, as_json: bool) -> None:
    """The evidence of one TASK."""
    show_rows([_task(Hub.open(settings.home, settings.as_of), task)], as_json)


@review.command()
@click.argument("task")
@click.argument("verdict", type=click.Choice(["same", "not_same"]))
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def decide(settings: Settings, task: str, verdict: str, by: str, reason: str) -> None:
    """Decide one TASK; the next sync follows the decision."""
    from pipelines.identity.steward import decide as record

    with settings.home.lock(purpose="recording a decision"):
        hub = Hub.open(settings.home, settings.as_of)
        found = _task(hub, task)
        left, right = found["left_mention_id"], found["right_mention_id"]
        decision = record(hub, left, right, verdict, by=by, reason=reason)
    console().print(f"decision {decision} is recorded; the next sync follows it")


@review.command()
@click.argument("decision")
@click.option("--by", required=True, help="Who withdraws it.")
@click.pass_obj
def withdraw(settings: Settings, decision: str, by: str) -> None:
    """Withdraw a DECISION; it stays on record."""
    from pipelines.identity.steward import withdraw as take_back

    with settings.home.lock(purpose="withdrawing a decision"):
        take_back(Hub.open(settings.home, settings.as_of), decision, by=by)
    console().print(f"decision {decision} is withdrawn; the next sync follows")


def _task(hub: Hub, task: str) -> dict[str, Any]:
    from pipelines.identity.steward import review_tasks

    for found in review_tasks(hub, limit=1, task_id=task):
        return found
    raise ConfigError(
        task, "there is no open task of that id", "nothing was changed", "see `hub review list`"
    )
