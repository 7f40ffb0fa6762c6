"""`hub bench`: the figures that the project claims, measured on this machine.

    benchmarks/<name>.py: run(**options) -> dict -> JSON

Needs no secrets.
"""

import importlib
import inspect
import pkgutil
from typing import Any

import click

import benchmarks
from pipelines.cli.main import console, print_json

# Modules whose names begin with an underscore are parts of others.
NAMES = tuple(
    module.name
    for module in pkgutil.iter_modules(benchmarks.__path__)
    if not module.name.startswith("_")
)


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def bench(ctx: click.Context, name: str, as_json: bool) -> None:
    """Measure NAME on this machine; its own options follow, such as --residents 20000. 基准测试"""
    run = importlib.import_module(f"benchmarks.{name}").run
    figures: dict[str, Any] = run(**_options(run, ctx.args))
    if as_json:
        print_json(figures)
        return
    for key, value in figures.items():
        console().print(f"{key:<20} {value}")


def _options(run: Any, arguments: list[str]) -> dict[str, Any]:
    """``--residents 20000`` as a keyword of the benchmark, in the type of its default."""
    known = inspect.signature(run).parameters
    options: dict[str, Any] = {}
    for flag, value in zip(arguments[::2], arguments[1::2], strict=False):
        name = flag.removeprefix("--").replace("-", "_")
        if name not in known or len(arguments) % 2:
            raise click.UsageError(f"{flag}: options are {', '.join(f'--{n}' for n in known)}")
        default = known[name].default
        options[name] = type(default)(value) if default is not None else value
    return options
