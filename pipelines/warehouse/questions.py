"""The questions' answers, counted and sampled: for the demo's summary and for the curious.

    answers.<question> in PostgreSQL -> Counted(name, title, title_zh, count, sample)

Samples show what the views show: ids and masked names. Secrets: the password in the url.
Alone: ``questions(hub.warehouse_url())``.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from pipelines.warehouse.answers import answers
from pipelines.warehouse.reading import reading


@dataclass(frozen=True)
class Counted:
    """One question: how many rows answer it, and the first few of them."""

    name: str
    title: str
    title_zh: str
    count: int
    sample: list[dict[str, Any]] = field(default_factory=list)


def questions(url: str, sample: int = 3) -> list[Counted]:
    """Every question of the published contract, in order of name, with up to `sample` rows.

    Raises WarehouseError when the server cannot be reached or nothing is published.
    """
    with reading(url) as connection:
        return [
            Counted(one.name, one.title, one.title_zh, *_asked(connection, one.name, sample))
            for one in answers().values()
        ]


def _asked(
    connection: psycopg.Connection[dict[str, Any]], name: str, sample: int
) -> tuple[int, list[dict[str, Any]]]:
    view = Identifier("answers", name)
    asked = SQL("with found as materialized (select * from {}) ").format(view)
    count = asked + SQL("select count(*) as rows from found")
    rows = SQL("select * from {} limit {}").format(view, Literal(sample))
    [counted] = connection.execute(count).fetchall()
    return int(counted["rows"]), connection.execute(rows).fetchall() if counted["rows"] else []
