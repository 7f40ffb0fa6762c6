"""`hub status`, `hub find`, `hub sql`: looking at what the hub holds.

    lake -> status      PostgreSQL -> find, sql

Secrets: the warehouse's URL, when it is not the hub's own PostgreSQL.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from foundation.errors import ConfigError
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub

_FIRST = ("resident_id", "name", "role")  # members of a dict that need no name beside them
WIDE = 6  # columns that a terminal of 80 characters can still show beside each other


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """How each feed stands. 各来源状态"""
    from pipelines.status import feed_status

    rows = feed_status(Hub.open(settings.home, settings.as_of))
    if as_json:
        print_json(rows)
        return
    holder = settings.home.lock_holder()
    if holder:
        console().print(f"process {holder.get('pid')} is {holder.get('purpose')} now")
    shown = ("feed", "state", "night", "conformed", "quarantined", "message")
    console().print(_rows_table([{name: row[name] for name in shown} for row in rows]))


@click.command()
@click.argument("what", type=click.Choice(["person", "house"]))
@click.argument("words", nargs=-1)
@click.option("--id", "old_id", help="A resident id, of now or before. 居民标识（含旧标识）")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def find(
    settings: Settings, what: str, words: tuple[str, ...], old_id: str | None, as_json: bool
) -> None:
    """Find a person by name, id number or phone, or a house by its address. 查人查房

    With --id follows a resident id that a program stored once: whom it was merged into, who was
    split off. Shows masked values: who may see more asks the warehouse under a purpose.
    """
    from pipelines.warehouse.find import find_house, find_person, follow_person

    if bool(words) == bool(old_id) or (old_id and what == "house"):
        raise click.UsageError("say WORDS, or --id with person")
    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    if old_id:
        show_rows(follow_person(url, old_id), as_json)
        return
    rows = (find_person if what == "person" else find_house)(url, " ".join(words))
    show_rows(rows, as_json)


@click.command()
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as a JSON list.")
@click.option("--output", type=click.Path(path_type=Path), help="Write FILE.parquet or FILE.csv.")
@click.option("--purpose", help="Read base tables too; why is kept in the audit log.")
@click.pass_obj
def sql(
    settings: Settings, query: str, as_json: bool, output: Path | None, purpose: str | None
) -> None:
    """Run one query on the warehouse, reading only. 查询

    It sees the masked views. With --purpose it sees the base tables, unmasked, and is on record.
    """
    from pipelines.access.watched import query_watched
    from pipelines.publish.contract import SENSITIVE_READER
    from pipelines.publish.query import query_arrow

    write = _writer(output) if output else None
    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    if purpose is None:
        rows = query_arrow(url, query, SENSITIVE_READER)
    else:
        rows = query_watched(settings.home, url, query, purpose)
    if write:
        write(rows)
        console(as_json).print(f"{rows.num_rows:,} rows in {output}")
        return
    show_rows(rows.to_pylist(), as_json)


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def address(settings: Settings, text: str, as_json: bool) -> None:
    """Show how an address is read, and which standard addresses fit. 地址解析"""
    from pipelines.identity.places import explain_address

    answer = explain_address(Hub.open(settings.home, settings.as_of), text)
    print_json(answer.to_dict()) if as_json else console().print(str(answer), markup=False)


def _writer(output: Path) -> Callable[[Any], None]:
    """What writes a table into the file; told from its name, before any query runs."""
    if output.suffix == ".parquet":
        from pyarrow import parquet

        return lambda rows: parquet.write_table(rows, output)
    if output.suffix == ".csv":
        from pyarrow import csv

        return lambda rows: csv.write_csv(rows, output)
    raise ConfigError(
        str(output), "the name ends in neither .parquet nor .csv",
        "nothing was written, and the query was not run",
        "name the file so that its ending says the format",
    )  # fmt: skip


def show_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows as a table, or as a JSON list."""
    if as_json:
        print_json(list(rows))
    elif rows and len(rows[0]) > WIDE:
        for row in rows:
            console().print(_row_card(row))
    else:
        console().print(_rows_table(rows) if rows else "no rows 无结果")


def _row_card(row: dict[str, Any]) -> Table:
    """One wide row, a line a value."""
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in row.items():
        if value is not None:
            table.add_row(name, _told(value))
    return table


def _told(value: Any) -> str:
    """A value for people to read: a list item by item, a dict by its values."""
    if isinstance(value, list):
        return "\n".join(map(_told, value)) or "-"
    if isinstance(value, dict):
        first = {name: value[name] for name in _FIRST if name in value}
        members = {**first, **value}.items()
        return "  ".join(filter(None, (_member(name, item) for name, item in members)))
    return "" if value is None else str(value)


def _member(name: str, value: Any) -> str:
    """A member by its value alone where that speaks for itself; what is not so is not said."""
    if isinstance(value, bool) or value is None:
        return name.removeprefix("is_") if value else ""
    return _told(value) if name in _FIRST else f"{name} {_told(value)}"


def _rows_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table()
    for name in rows[0] if rows else ():
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(_told, row.values()))
    return table
