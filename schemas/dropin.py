"""Feeds that are not in the repository: one TOML file each, in the home's folder ``feeds``.

    <home>/feeds/<department>.<feed>.toml -> read_feed -> Feed -> FEEDS, DEPARTMENTS

It says the same as a declaration in ``schemas/feeds/``; how the feed is delivered stands in its
``[source]``, which foundation.config reads. `hub feed new` writes such a file. Needs no secrets.
Alone: ``python -c "from schemas.dropin import read_feed; print(read_feed(path))"``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from foundation.errors import ConfigError
from schemas.codes import CODE_LISTS
from schemas.feeds import DEPARTMENTS, FEEDS
from schemas.model import Column, Delivery, Feed, Frozen, Sensitivity, Slot, Type

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TOP = {
    *("department_zh", "title", "title_zh", "delivery", "key", "cursor", "lookback_days"),
    *("shrink_limit", "is_event", "columns", "people", "source"),
}
_COLUMN = {
    *("source", "name", "type", "title", "title_zh", "sensitivity", "codes", "map", "fuzzy"),
    *("unit", "standard", "optional", "shareable_with"),
}
_BUILT_IN = frozenset(FEEDS), frozenset(DEPARTMENTS)


def load_feeds(folder: Path) -> tuple[str, ...]:
    """Make FEEDS and DEPARTMENTS the repository's own and those declared in ``folder``.

    Both are changed in place, so that whoever imported them sees it. Raises ConfigError for a
    declaration that is wrong; then nothing has changed.
    """
    declared = [read_feed(path) for path in sorted(folder.glob("*.toml"))]
    feeds = {feed.id: feed for feed, _ in declared}
    titles: dict[str, str] = {}
    for feed, title in declared:
        if feed.department not in _BUILT_IN[1] and (title or feed.department not in titles):
            titles[feed.department] = title or feed.department
    _become(FEEDS, _BUILT_IN[0], feeds)
    _become(DEPARTMENTS, _BUILT_IN[1], titles)
    return tuple(feeds)


def _become(known: dict[str, Any], own: Iterable[str], more: Mapping[str, Any]) -> None:
    """Leave ``known`` alone where it says the same: another thread may be reading it."""
    extra = {name: value for name, value in known.items() if name not in own}
    if extra != more:
        for name in set(extra) - set(more):
            del known[name]
        known.update(more)


def read_feed(path: Path) -> tuple[Feed, str | None]:
    """The feed that a file declares, and the department's Chinese name. Raises ConfigError."""
    department, _, name = path.stem.partition(".")
    where = f"feeds/{path.name}"
    if not (_NAME.fullmatch(department) and _NAME.fullmatch(name)):
        raise _wrong(where, "its name is not <department>.<feed>.toml, in lower-case ASCII")
    if f"{department}.{name}" in _BUILT_IN[0]:
        raise _wrong(where, f"the hub has a feed {department}.{name} of its own")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise _wrong(where, "it cannot be read as UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)", str(error))
        raise _wrong(where, f"it is not TOML {place[0] if place else ''}".strip()) from None
    try:
        return _feed(department, name, raw), raw.get("department_zh")
    except (ValueError, TypeError) as error:  # Feed's own check of the declaration
        raise _wrong(where, str(error).removeprefix(f"{department}.{name}: ")) from None


def _feed(department: str, name: str, raw: Mapping[str, Any]) -> Feed:
    _only(raw, _TOP)
    if not raw.get("key") or not raw.get("columns"):
        raise ValueError("key or columns are missing")
    columns = tuple(_column(one) for one in raw["columns"])
    source = raw.get("source", {})
    return Feed(
        department,
        name,
        str(raw.get("title", name.replace("_", " "))),
        str(raw.get("title_zh", name)),
        str(source.get("transport", "files")),
        str(source.get("table") or source.get("path") or name),
        tuple(raw["key"]),
        columns,
        Delivery(raw.get("delivery", "snapshot")),
        cursor=raw.get("cursor"),
        mentions=tuple(Slot(**person) for person in raw.get("people", ())),
        lookback=timedelta(days=float(raw.get("lookback_days", 2))),
        shrink_limit=float(raw.get("shrink_limit", 0.2)),
        is_event=bool(raw.get("is_event", False)),
    )


def _column(raw: Mapping[str, Any]) -> Column:
    _only(raw, _COLUMN)
    if not raw.get("source") or not _NAME.fullmatch(str(raw.get("name", ""))):
        raise ValueError("a column lacks source, or a name in lower-case ASCII")
    codes = raw.get("codes")
    if codes is not None and codes not in CODE_LISTS:
        raise ValueError(f"column {raw['name']}: there is no code list {codes!r}")
    kind = Type(raw.get("type", "text"))
    if (kind is Type.CODE) != (codes is not None):
        raise ValueError(f"column {raw['name']}: type code and codes go together")
    listed = CODE_LISTS[codes] if codes else None
    # A name of the list always stands for its code, whichever of them a sample happened to show.
    named = {title: code for code, title in listed.codes.items()} if listed else {}
    return Column(
        str(raw["source"]),
        str(raw["name"]),
        kind,
        str(raw.get("title") or (listed.title if listed else raw["name"].replace("_", " "))),
        str(raw.get("title_zh", raw["source"])),
        Sensitivity(raw.get("sensitivity", "sensitive")),
        code_list=codes,
        code_map=Frozen(named | {str(k): str(v) for k, v in raw.get("map", {}).items()}),
        fuzzy=bool(raw.get("fuzzy", False)),
        unit=raw.get("unit"),
        standard=raw.get("standard") or (listed.standard if listed else None),
        optional=bool(raw.get("optional", False)),
        shareable_with=frozenset(raw.get("shareable_with", ())),
    )


def _only(raw: Mapping[str, Any], known: Iterable[str]) -> None:
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is not known; known are {', '.join(sorted(known))}")


def _wrong(where: str, what: str) -> ConfigError:
    return ConfigError(
        where,
        what,
        "nothing was run",
        "correct the file, or see `hub feed new --help` and docs/add-a-department.md",
    )
