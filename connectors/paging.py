"""How a REST source cuts its rows into pages, and what its answers look like: data, not code.

    options -> PageNumbers | Offsets | Cursors | Links, Envelope -> connectors.rest

Needs no secrets. Alone: `Envelope().rows({"data": {"list": []}})`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import NOTHING_TAKEN
from foundation.errors import ConfigError


@dataclass(frozen=True)
class PageNumbers:
    """Numbered pages. `since` filters on the cursor column, inclusive; rows come sorted by it."""

    page: str = "page"
    size: str = "pageSize"
    since: str | None = "updatedSince"
    first: int = 1

    def params(self, page: int, position: int, size: int) -> dict[str, str]:
        """The query of one page; `position` rows came before it."""
        return {self.page: str(self.first + page), self.size: str(size)}


@dataclass(frozen=True)
class Offsets:
    """Pages by the number of rows before them."""

    offset: str = "offset"
    size: str = "limit"
    since: str | None = "updatedSince"

    def params(self, page: int, position: int, size: int) -> dict[str, str]:
        """The query of one page."""
        return {self.offset: str(position), self.size: str(size)}


@dataclass(frozen=True)
class Cursors:
    """An opaque cursor that each page names for the next; the last one resumes later; 410 when it
    has expired.

    verify: read more than one page twice, since no total tells whether a row slipped between two.
    """

    cursor: str = "cursor"
    size: str = "limit"
    next: str = "nextCursor"
    verify: bool = True


@dataclass(frozen=True)
class Links:
    """Each page links to the next: `rel=next` of the Link header, or an address in the body at
    `next`.
    """

    size: str = "limit"
    next: str | None = None
    since: str | None = "updatedSince"


Paging = PageNumbers | Offsets | Cursors | Links
STYLES: dict[str, type[Paging]] = {
    "page": PageNumbers,
    "offset": Offsets,
    "cursor": Cursors,
    "link": Links,
}


@dataclass(frozen=True)
class Envelope:
    """Where in an answer things are, as dotted paths; an empty path is the answer itself.

    list: the rows. total: how many rows the filter leaves, over all pages. code: must be one of
        `ok`.
    """

    list: str = "data.list"
    total: str | None = "data.total"
    code: str | None = "code"
    ok: tuple[str, ...] = ("0",)


PLAIN = Envelope("items", None, None)


def dig(answer: Any, path: str) -> Any:
    """The value at a dotted path; raises KeyError when something on the way is missing or of
    another shape.
    """
    for step in path.split(".") if path else ():
        if not isinstance(answer, dict) or step not in answer:
            raise KeyError(step)
        answer = answer[step]
    return answer


def paging_of(options: Any, where: str) -> Paging:
    """`"page"` or `{style = "page", size = "per_page"}`; raises ConfigError for an unknown style or
    name.
    """
    settings: dict[str, Any] = (
        dict(options) if isinstance(options, Mapping) else {"style": options or "page"}
    )
    style = STYLES.get(str(settings.pop("style", "page")))
    try:
        if style is not None:
            return style(**settings)
    except TypeError:
        pass
    raise ConfigError(
        where,
        "paging is not understood",
        NOTHING_TAKEN,
        "use style page, offset, cursor or link, and its names",
    )


def envelope_of(options: Any, paging: Paging, where: str) -> Envelope:
    """The envelope of the options; by default that of feeds.md for the style."""
    if options is None:
        return Envelope() if isinstance(paging, PageNumbers) else PLAIN
    try:
        settings = dict(options)
        if "ok" in settings:
            settings["ok"] = tuple(str(value) for value in settings["ok"])
        return Envelope(**{"total": None, "code": None, **settings})
    except TypeError:
        raise ConfigError(
            where, "envelope is not understood", NOTHING_TAKEN, "use list, total, code and ok"
        ) from None
