"""From a department's options to a connector.

    make(transport, options, feed) -> SqlConnector | RestConnector | FilesConnector

The options of each transport are listed at the head of its module; secrets among them arrive
resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors import files, rest, sql
from connectors.base import NOTHING_TAKEN, Connector, FeedLike
from foundation.errors import ConfigError


def make(transport: str, options: Mapping[str, Any], feed: FeedLike) -> Connector:
    """A connector for one feed. transport: sql, rest or files; raises ConfigError for wrong
    options.
    """
    where = f"{feed.department}.{feed.name}"
    if transport == "sql":
        return sql.from_options(dict(options), where, feed.source)
    if transport == "rest":
        return rest.from_options(dict(options), where, feed.source)
    if transport == "files":
        return files.from_options(dict(options), where, feed.name)
    raise ConfigError(
        where,
        f"transport {transport} is unknown",
        NOTHING_TAKEN,
        "use sql, rest or files in hub.toml",
    )
