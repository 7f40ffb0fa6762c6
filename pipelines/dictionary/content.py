"""What the dictionary says, as plain values: it only puts together what is declared elsewhere.

    schemas, expectations, lineage, answers, hub.feed_status, counts of PostgreSQL -> Content

Holds no value of a row: of data only counts and dates. Secrets: the warehouse's password.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.sql import SQL, Identifier

from expectations.between import BETWEEN
from expectations.registry import rules_for
from pipelines.hub import Hub
from pipelines.publish.contract import shown
from pipelines.status import feed_status
from pipelines.warehouse.answers import Answer, answers
from pipelines.warehouse.lineage import lineage, origins
from pipelines.warehouse.reading import reading
from schemas import FEEDS, Feed
from schemas.codes import CODE_LISTS
from schemas.feeds import DEPARTMENTS
from schemas.model import CodeList, Column, Table
from schemas.warehouse import TABLES


@dataclass(frozen=True)
class Row:
    """A column as the pages show it: its declaration, where it comes from, who may see it."""

    column: Column
    is_key: bool
    is_shown: bool = True
    sources: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    reference: str | None = None


@dataclass(frozen=True)
class Page:
    """A page about a table, a feed, a question or a code list."""

    kind: str
    name: str
    title: str
    title_zh: str
    rows: tuple[Row, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def href(self) -> str:
        """Its file, from the site's root."""
        return f"{self.kind}/{self.name}.html"


def pages(hub: Hub) -> list[Page]:
    """Every page of the site, in the order of its index."""
    standing = {str(row["feed"]): row for row in feed_status(hub)}
    return [
        *(_table(table) for table in TABLES.values()),
        *(_question(answer) for answer in answers().values()),
        *(_feed(feed, standing.get(feed.id, {})) for feed in FEEDS.values()),
        *(_codes(codes) for codes in CODE_LISTS.values()),
    ]


def counted(url: str) -> dict[str, int]:
    """Rows of each published table and question, by ``schema.name``: the sample queries, as run.

    Raises WarehouseError when the server cannot be reached or nothing is published.
    """
    views = [("api_v1", name) for name in TABLES] + [("answers", name) for name in answers()]
    with reading(url) as connection:
        return {
            f"{schema}.{name}": connection.execute(
                SQL("select count(*) as rows from {}").format(Identifier(schema, name))
            ).fetchall()[0]["rows"]
            for schema, name in views
        }


def _table(table: Table) -> Page:
    visible = {column.name for column in shown(table)}
    below = lineage().get(table.id, {})
    rows = (
        Row(
            column,
            column.name in table.key,
            column.name in visible,
            _written(below.get(column.name, ())),
            _written(origins(table.id, column.name)),
            table.references.get(column.name),
        )
        for column in table.columns
    )
    facts = {"view": f"api_v1.{table.name}", "key": table.key, "used_by": _users(table.name)}
    return Page("table", table.name, table.grain, table.title_zh, tuple(rows), facts)


def _written(sources: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{table}.{column}" for table, column in sources)


def _users(table: str) -> list[str]:
    """The questions that read a table."""
    return [one.name for one in answers().values() if f"warehouse.{table} " in f"{one.sql} "]


def _question(answer: Answer) -> Page:
    facts = {
        "view": f"answers.{answer.name}",
        "definition": answer.definition,
        "definition_zh": answer.definition_zh,
        "sensitive": answer.is_sensitive,
        "sql": answer.sql,
    }
    return Page("question", answer.name, answer.title, answer.title_zh, (), facts)


def _feed(feed: Feed, standing: Mapping[str, Any]) -> Page:
    rows = tuple(Row(column, column.source in feed.key) for column in feed.columns)
    rules = [check.rule for check in rules_for(feed)]
    between = [
        rule for rule in BETWEEN.values() if feed.id in {side.other_feed for side in rule.sides}
    ]
    facts = {
        "department": DEPARTMENTS[feed.department],
        "delivery": f"{feed.transport}, {feed.delivery.value}: {feed.source}",
        "rules": [(r.id, r.severity.value, r.title, r.title_zh) for r in rules],
        "between": [(r.id, r.title, r.title_zh) for r in between],
        "standing": {k: v for k, v in standing.items() if k not in ("feed", "message")},
    }
    return Page("feed", feed.id, feed.title, feed.title_zh, rows, facts)


def _codes(codes: CodeList) -> Page:
    facts = {"standard": codes.standard, "open": codes.open_ended, "codes": dict(codes.codes)}
    return Page("codes", codes.name, codes.title, codes.title_zh, (), facts)
