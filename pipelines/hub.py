"""What every step needs at hand: the home, its configuration, the lake, the business date.

    Hub.open(--home, --as-of) -> pull, conform, resolve, build, publish

Needs no secrets itself; ``warehouse_url`` holds the warehouse's password and is never printed.
Alone: ``Hub.open(Home.find()).connect()``.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from foundation.clock import business_date
from foundation.config import Config, load_config
from foundation.engine import connect
from foundation.home import Home
from foundation.lake import Lake
from foundation.postgres import EmbeddedPostgres
from schemas import FEEDS, Feed
from schemas.dropin import load_feeds


@dataclass(frozen=True)
class Hub:
    """One hub as one process sees it."""

    home: Home
    config: Config
    lake: Lake
    as_of: date

    @classmethod
    def open(cls, home: Home, as_of: date | None = None) -> "Hub":
        """Read the configuration; ``as_of`` is today in Asia/Shanghai unless given."""
        load_feeds(home.path / "feeds")
        config = load_config(home)
        config.check_names(FEEDS)
        return cls(home, config, Lake(home.lake), business_date(as_of))

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection of this step's own, set up by the engine's rules."""
        return connect(self.home, self.config.engine.memory_limit, self.config.engine.threads)

    def feeds(self) -> tuple[Feed, ...]:
        """The feeds of the departments that the configuration names."""
        known = self.config
        return tuple(
            feed
            for feed in FEEDS.values()
            if feed.department in known.departments or feed.id in known.feeds
        )

    def warehouse_url(self) -> str:
        """The configured warehouse, or the hub's own PostgreSQL, started if it is not running."""
        configured = self.config.warehouse.reveal_url()
        return configured or EmbeddedPostgres(self.home.postgres).start().url
