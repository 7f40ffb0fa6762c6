"""The dictionary as a folder of HTML pages with a search of their own, which needs no server.

    content.pages -> templates -> <folder>/index.html, table/*.html, feed/*.html, ...

Alone: ``write_site(Hub.open(Home.find()), Path("docs"))``. Secrets: see content.py.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from foundation.errors import HubError
from pipelines.dictionary.content import Page, counted, pages
from pipelines.hub import Hub

KINDS = {
    "table": "仓库表 · tables",
    "question": "常用问题 · questions",
    "feed": "部门数据 · feeds",
    "codes": "代码表 · code lists",
}


def write_site(hub: Hub, folder: Path) -> Path:
    """Write every page and return the index. Without a warehouse the row counts are left out."""
    every, environment = pages(hub), _environment()
    shared = {"kinds": KINDS, "as_of": hub.as_of, "rows": _counts(hub)}
    for kind, group in groupby(every, key=lambda page: page.kind):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        template = environment.get_template("page.html.j2")
        for page in group:
            text = template.render(shared, page=page, root="../")
            (folder / page.href).write_text(text, encoding="utf-8")
    index = folder / "index.html"
    found = json.dumps([_entry(page) for page in every], ensure_ascii=False).replace("<", "\\u003c")
    template = environment.get_template("index.html.j2")
    index.write_text(template.render(shared, pages=every, found=found, root=""), encoding="utf-8")
    style = files("pipelines.dictionary").joinpath("style.css").read_text(encoding="utf-8")
    (folder / "style.css").write_text(style, encoding="utf-8")
    return index


def _counts(hub: Hub) -> Mapping[str, int]:
    try:
        return counted(hub.warehouse_url())
    except HubError:  # the pages are worth reading before anything is published
        return {}


def _entry(page: Page) -> dict[str, Any]:
    """A page as the search knows it: its names and its columns' names, in both languages."""
    columns = [f"{row.column.name} {row.column.title_zh}" for row in page.rows]
    words = [page.name, page.title, page.title_zh, *columns]
    return {"href": page.href, "name": page.name, "title": page.title_zh, "words": " ".join(words)}


def _environment() -> Environment:
    folder = files("pipelines.dictionary")
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
