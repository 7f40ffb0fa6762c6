"""Which columns each warehouse column comes from, read off the models' own SQL.

    sql/*.sql -> sqlglot -> stages resolved -> lineage.tsv -> Dagster, the data dictionary

The file beside this module is made by ``python -m pipelines.warehouse.lineage``, since reading
sixty statements takes seconds; a test holds it against the models. It says where a value comes
from, not what a row was filtered or joined by. Needs no secrets.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.models import Model, lake_inputs, ordered
from schemas import FEEDS
from schemas.model import Table
from schemas.warehouse import HISTORY, TABLES

if TYPE_CHECKING:
    from sqlglot.lineage import Node

_FILE = "lineage.tsv"
_HEADER = ("table", "column", "source_table", "source_column")

Source = tuple[str, str]
"""``zone.table`` and a column of it."""
Lineage = dict[str, dict[str, tuple[Source, ...]]]
"""By ``zone.table`` and column, the columns of other tables that it is made from, in order."""
Shapes = dict[str, dict[str, dict[str, str]]]
"""By zone, table and column a type: what sqlglot wants to know of a table."""


@cache
def lineage() -> Lineage:
    """The lineage of every warehouse table, as the file has it."""
    text = files("pipelines.warehouse").joinpath(_FILE).read_text(encoding="utf-8")
    found: dict[str, dict[str, list[Source]]] = {}
    for row in csv.DictReader(io.StringIO(text), delimiter="\t"):
        sources = found.setdefault(row["table"], {}).setdefault(row["column"], [])
        if row["source_table"]:
            sources.append((row["source_table"], row["source_column"]))
    return {t: {c: tuple(s) for c, s in columns.items()} for t, columns in found.items()}


def origins(table: str, column: str) -> tuple[Source, ...]:
    """The columns outside the warehouse that a column goes back to, through other tables of it."""
    seen, pending, found = set[Source](), [(table, column)], set[Source]()
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        below = lineage().get(one[0])
        further = _mentioned(one) if below is None else below.get(one[1], ())
        pending += further
        if below is None and not further:
            found.add(one)
    return tuple(sorted(found))


def _mentioned(source: Source) -> tuple[Source, ...]:
    """What a mention says comes from the columns that the feeds' slots name."""
    table, column = source
    if table != "identity.mention" or column in ("slot", "sex_is", "id_length"):
        return ()
    return tuple(
        (f"conformed.{feed.table}", name)
        for feed in FEEDS.values()
        for slot in feed.mentions
        if (name := getattr(slot, column, None))
    )


def computed() -> Lineage:
    """The lineage, read anew from the SQL. About six seconds."""
    shapes: Shapes = {}
    for name, schema in lake_inputs().items():
        _add(shapes, name, schema.names)
    direct: Lineage = {}
    for model in ordered():
        direct[model.name] = _direct(model, shapes)
        _add(shapes, model.name, direct[model.name])
    found = {
        model.name: {
            column.name: _without_stages(direct, direct[model.name].get(column.name, ()))
            for column in model.table.columns
        }
        for model in ordered()
        if model.table
    }
    return found | {ledger.id: _recorded(TABLES[name], ledger) for name, ledger in HISTORY.items()}


def _recorded(table: Table, ledger: Table) -> dict[str, tuple[Source, ...]]:
    """A ledger holds what its table held; when that was so is the hub's own."""
    held = {column.name for column in table.columns}
    return {
        column.name: ((table.id, column.name),) if column.name in held else ()
        for column in ledger.columns
    }


def _add(shapes: Shapes, name: str, columns: Iterable[str]) -> None:
    zone, table = name.split(".")
    shapes.setdefault(zone, {})[table] = dict.fromkeys(columns, "text")


def _direct(model: Model, shapes: Shapes) -> dict[str, tuple[Source, ...]]:
    from sqlglot.lineage import lineage as lineage_of

    nodes = lineage_of(None, model.sql, shapes, dialect="duckdb", copy=False)
    return {column: tuple(sorted(set(_leaves(node)))) for column, node in nodes.items()}


def _leaves(node: "Node") -> Iterator[Source]:
    """The columns of tables, not of subqueries, at which a column's way ends."""
    from sqlglot.expressions import Table as Named

    for leaf in node.walk():
        table = leaf.expression
        if isinstance(table, Named) and table.db:
            yield f"{table.db}.{table.name}", leaf.name.rpartition(".")[2].strip('"')


def _without_stages(direct: Lineage, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Stages are no tables: what they read stands in their place."""
    return tuple(sorted(set(_through(direct, sources))))


def _through(direct: Lineage, sources: tuple[Source, ...]) -> Iterator[Source]:
    for table, column in sources:
        if table.startswith("stage."):
            yield from _through(direct, direct[table].get(column, ()))
        elif not table.startswith("parameter."):
            yield table, column


def write(target: Path) -> None:
    """Write the file anew; a column of constants has one line without a source."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter="\t", lineterminator="\n")
    lines.writerow(_HEADER)
    for table, columns in sorted(computed().items()):
        for column, sources in columns.items():
            lines.writerows((table, column, *source) for source in sources or [("", "")])
    target.write_text(out.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).with_name(_FILE))
