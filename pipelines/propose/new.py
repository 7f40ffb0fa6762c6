"""A proposal from end to end: look, propose, hand the first file in, write it down.

    Wish -> look -> propose -> Made(text of the declaration)

Secrets: those of the source, to look at it; written are references only. Used by `hub feed new`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors import Pull
from foundation.config import parse_config
from foundation.engine import connect
from foundation.errors import ConfigError
from foundation.home import Home
from pipelines.hub import Hub
from pipelines.propose.declare import propose
from pipelines.propose.file import hand_in
from pipelines.propose.look import look
from pipelines.propose.write import as_toml
from schemas.feeds import DEPARTMENTS
from schemas.model import Feed


@dataclass(frozen=True)
class Wish:
    """What the user said. options: with secrets in clear; written: with references instead."""

    name: str
    source: str
    options: dict[str, Any]
    written: dict[str, Any]
    department_zh: str | None
    title_zh: str | None
    key: tuple[str, ...]
    cursor: str | None
    delivery: str | None
    day: date


@dataclass(frozen=True)
class Made:
    """The declaration, and where the first file was handed in."""

    text: str
    handed_in: Path | None = None


def propose_feed(home: Home, wish: Wish, *, keep: bool) -> Made:
    """Look at the source and propose. ``keep``: a local file is handed in to the home's drop."""
    _refuse_secrets(home, wish)
    sample = look(wish.name, wish.source, wish.options)
    with connect(home, "1GB") as con:
        proposal = propose(con, sample, key=wish.key, cursor=wish.cursor, delivery=wish.delivery)
    department, _, feed = wish.name.partition(".")
    found = {**sample.options, **wish.written}
    handed_in = None
    if sample.file is not None:
        found["url"] = str(home.path / "drop" / department)
        if keep:
            names = tuple(column.source for column in proposal.columns)
            pull = Pull(names, proposal.key, required=())
            encoding = str(found.get("encoding", "utf-8"))
            handed_in = hand_in(
                home, department, feed, pull, sample.file, f"{wish.day:%Y%m%d}", encoding
            )
    elif sample.transport == "files" and "://" not in str(found["url"]):
        found["url"] = str(Path(found["url"]).absolute())
    text = as_toml(
        proposal,
        sample,
        found,
        department_zh=wish.department_zh or DEPARTMENTS.get(department, department),
        title=feed.replace("_", " "),
        title_zh=wish.title_zh or feed,
        made_on=wish.day.isoformat(),
    )
    return Made(text, handed_in)


def _refuse_secrets(home: Home, wish: Wish) -> None:
    """Nothing is looked at with a secret that was typed: it would be written down."""
    county = {"division_code": "000000", "name": "-"}
    section = {"transport": "files", "url": wish.source, **wish.written}
    try:
        parse_config({"county": county, "feeds": {wish.name: section}}, home)
    except ConfigError as error:
        remedy = "say --secret NAME=env:VARIABLE or --secret NAME=file:PATH instead"
        raise ConfigError(wish.name, error.what, "nothing was written", remedy) from None


def hand_in_file(hub: Hub, feed: Feed, path: Path, day: date) -> Path:
    """Put a file into the home's drop folder for a feed that is delivered there."""
    source = hub.config.source(feed.id)
    folder = hub.home.drop / feed.department
    if source.transport != "files" or Path(str(source.options.get("url", ""))) != folder:
        raise ConfigError(
            feed.id,
            "it is not delivered by hand",
            "nothing was handed in",
            f"its source must have url = {str(folder)!r}",
        )
    pull = Pull(feed.sources, feed.key, required=())
    encoding = str(source.options.get("encoding", "gb18030"))
    return hand_in(hub.home, feed.department, feed.name, pull, path, f"{day:%Y%m%d}", encoding)
