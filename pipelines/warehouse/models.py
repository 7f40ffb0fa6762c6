"""The models: which SQL makes which table, from what, in which order.

    sql/*.sql + schemas.warehouse.TABLES -> Model(name, sql, inputs) -> ordered()

Names are ``zone.table``; ``stage.*`` exist only while the warehouse is built. A model that can be
built in parts says in its header what its grain is (reach.py tells how that is used):

    -- grain: ticket_id
    -- of conformed.community_request: 'community|' || request_no

A model that reads the business date and can be built in parts all the same says which day of a
record it compares with that date:

    -- due conformed.community_grid_worker: valid_to

Needs no secrets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter

import pyarrow as pa

from expectations.between import BETWEEN, SHARED
from expectations.between.rule import model_sql
from foundation.engine import read_sql
from pipelines.warehouse.survivorship import observed_sql
from schemas import FEEDS
from schemas.derive import UTC_INSTANT, conformed_schema, quarantine_schema, table_schema
from schemas.identity import IDENTITY_TABLES
from schemas.model import Table
from schemas.places import PLACE_TABLES
from schemas.warehouse import HISTORY, TABLES

STAGES = ("appearance", "golden", "placed")
RULE_STAGE = "stage.between_"
_NAMED = re.compile(r"\b(conformed|quarantine|identity|hub|parameter|stage|warehouse)\.(\w+)")
_COMMENT = re.compile(r"--[^\n]*")
_GRAIN = re.compile(r"^-- grain: (\w+)$", re.MULTILINE)
_OF = re.compile(r"^-- of ([\w.]+): (.+)$", re.MULTILINE)
_DUE = re.compile(r"^-- due ([\w.]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Model:
    """One SELECT and the tables that it reads. ``table`` is None for a stage."""

    name: str
    sql: str
    table: Table | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """``zone.table`` of everything that the SQL reads, in order of name."""
        found = {".".join(match) for match in _NAMED.findall(_COMMENT.sub("", self.sql))}
        return tuple(sorted(found - {self.name}))

    @cached_property
    def grain(self) -> str | None:
        """The column by whose values its rows can be built apart; None if only as a whole."""
        found = _GRAIN.search(self.sql)
        return found[1] if found else None

    @cached_property
    def of(self) -> dict[str, str]:
        """By input, the SQL for the grain's value of the rows that one row of the input makes."""
        return dict(_OF.findall(self.sql))

    @cached_property
    def due(self) -> tuple[tuple[str, str], ...]:
        """Inputs, each with the SQL of a day of its rows: what the model says of their people turns
        on that business date or on the next, and on no other while the inputs stay."""
        return tuple(_DUE.findall(self.sql))

    def reading(self, names: Mapping[str, str]) -> str:
        """Its SQL with other relations in the place of those inputs."""
        bare = _COMMENT.sub("", self.sql)
        return _NAMED.sub(lambda found: names.get(found[0], found[0]), bare)


def ordered() -> tuple[Model, ...]:
    """Every model, each after those that it reads."""
    return _ordered(observed_sql())  # the one model that follows from the feeds


@cache
def _ordered(observed: str) -> tuple[Model, ...]:
    models = {model.name: model for model in _models(observed)}
    graph = {name: [one for one in model.inputs if one in models] for name, model in models.items()}
    return tuple(models[name] for name in TopologicalSorter(graph).static_order())


def _models(observed: str) -> list[Model]:
    stages = [Model(f"stage.{name}", _sql(name)) for name in STAGES]
    tables = [Model(table.id, _sql(table.name), table) for table in _modelled()]
    shared = [Model(name, sql) for name, sql in SHARED.items()]
    rules = [Model(RULE_STAGE + rule.kind, model_sql(rule)) for rule in BETWEEN.values()]
    every = Model("stage.contradiction", _every(rules))
    return [Model("stage.observed", observed), *stages, *shared, *rules, every, *tables]


def _modelled() -> list[Table]:
    """The tables that are made by SQL: all but the ledgers, which come of their changes."""
    ledgers = {ledger.name for ledger in HISTORY.values()}
    return [table for table in TABLES.values() if table.name not in ledgers]


def _every(rules: list[Model]) -> str:
    parts = (f"select * from {rule.name}" for rule in rules)
    return "-- One row a discrepancy, of every rule.\n" + "\nunion all\n".join(parts)


def _sql(name: str) -> str:
    return read_sql("pipelines.warehouse", f"sql/{name}")


def lake_inputs() -> dict[str, pa.Schema]:
    """The lake tables of other zones that models read, with their declared schemas."""
    known = {f"conformed.{feed.table}": conformed_schema(feed) for feed in FEEDS.values()}
    known |= {f"quarantine.{feed.table}": quarantine_schema(feed) for feed in FEEDS.values()}
    known |= {table.id: table_schema(table) for table in (*IDENTITY_TABLES.values(), *PLACE_TABLES)}
    known = {**_READ, **known}
    read = {name for model in ordered() for name in model.inputs}
    return {name: known[name] for name in sorted(read) if not name.startswith(_OWN)}


_OWN = ("warehouse.", "stage.", "parameter.")
_TEXT = pa.string()
# Tables of other steps, as far as models read them: an empty view where a step has not run.
_READ = {
    "hub.feed_status": pa.schema(
        [("feed", _TEXT), ("night", pa.date32()), ("state", _TEXT), ("stale_since", pa.date32())]
        + [("last_success_at", UTC_INSTANT)]
        + [(name, pa.int64()) for name in ("delivered", "conformed", "quarantined")]
    ),
    "hub.rule_result": pa.schema(
        [(name, _TEXT) for name in ("feed", "rule_id", "outcome")]
        + [("night", pa.date32()), ("broken", pa.int64()), ("total", pa.int64())]
    ),
}
