"""The Data Docs: what each feed's rules are and how its last nights went, as pages to open offline.

    docs/gx/results/<feed>/*.json -> Great Expectations' renderers -> docs/gx/site/index.html

The pages are Great Expectations' own, with the links to content networks taken out and the styles
beside them. A page is made once; only the last nights are kept. Needs no secrets.
Alone: ``docs(Home.find())``.
"""

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from expectations.between import suites
from expectations.judge import results_folder
from expectations.registry import rules_for, rules_version
from expectations.report import SuiteReport
from expectations.rule import Check
from foundation.home import Home
from schemas import FEEDS, Feed
from schemas.feeds import DEPARTMENTS

NIGHTS_KEPT = 30
NIGHTS_SHOWN = 7
_OUTSIDE = re.compile(
    r"""<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|<!--.*?-->""", re.S
)
_LEFT_OVER = re.compile(r"""<a\b[^>]*href="https?://[^"]*"[^>]*>(.*?)</a>""", re.S)


@dataclass(frozen=True)
class _Suite:
    """What has pages of its own: a feed, or a department's rules between departments."""

    id: str
    title_zh: str
    judged: str
    checks: Callable[[], tuple[Check, ...]]
    version: Callable[[], str]


def _of_feed(feed: Feed) -> _Suite:
    return _Suite(
        feed.id,
        feed.title_zh,
        f"conformed.{feed.table}",
        lambda: rules_for(feed),
        lambda: rules_version(feed),
    )


def _of_department(department: str) -> _Suite:
    return _Suite(
        suites.suite_id(department),
        f"部门间规则：{DEPARTMENTS[department]}",
        f"conformed.{department}_*",
        lambda: suites.checks_of(department),
        lambda: suites.version(department),
    )


def _suites() -> list[_Suite]:
    return [*map(_of_feed, FEEDS.values()), *map(_of_department, DEPARTMENTS)]


def site(home: Home) -> Path:
    """The folder of the site."""
    return home.docs / "gx" / "site"


def docs(home: Home, reports: Iterable[SuiteReport] | None = None) -> Path:
    """Make what pages are missing and the index; returns the index.

    ``reports``: only these feeds' pages are looked at, else those of every feed ever judged.
    """
    judged = None if reports is None else {report.feed for report in reports if report.rows}
    shown = [one for one in _suites() if judged is None or one.id in judged]
    target = site(home)
    _write(target / "static" / "docs.css", files("expectations").joinpath("docs.css").read_text())
    for one in shown:
        _pages(home, one)
    index = target / "index.html"
    _write(index, _index(home))
    return index


def _nights(home: Home, one: _Suite) -> list[Path]:
    """The results of a suite that are kept, oldest first; what is older goes, with its page."""
    found = sorted(results_folder(home, one.id).glob("[0-9]*.json"))
    for old in found[:-NIGHTS_KEPT]:
        old.unlink()
        _page(home, one, old).unlink(missing_ok=True)
    return found[-NIGHTS_KEPT:]


def _page(home: Home, one: _Suite, night: Path) -> Path:
    return site(home) / "nights" / one.id / f"{night.stem}.html"


def _pages(home: Home, one: _Suite) -> None:
    missing = [night for night in _nights(home, one) if not _page(home, one, night).exists()]
    if not missing:
        return
    from expectations import suite

    for night in missing:
        kept = json.loads(night.read_text())
        _write(_page(home, one, night), _offline(suite.result_page(kept["result"]), one))
    rules = site(home) / "suites" / f"{one.id}.html"
    mark = f"<!-- rules {one.version()} -->\n"
    if not rules.exists() or not rules.read_text().startswith(mark):
        _write(rules, mark + _offline(suite.suite_page(one.id, one.checks()), one, depth=1))


def _offline(page: str, one: _Suite, depth: int = 2) -> str:
    """A page of Great Expectations with nothing from outside, and links that lead somewhere."""
    up = "../" * depth
    page = _LEFT_OVER.sub(r"\1", _OUTSIDE.sub("", page))
    page = re.sub(r'href="(\.\./)*index\.html"', f'href="{up}index.html"', page)
    page = re.sub(r'href="(\.\./)*expectations/[^"]*"', f'href="{up}suites/{one.id}.html"', page)
    style = f'<link rel="stylesheet" href="{up}static/docs.css">'
    title = f"<title>{html.escape(one.title_zh)} {one.id}</title>"
    page = re.sub(r"<title>.*?</title>", "", page, flags=re.S)
    page = page.replace("Data asset: None", f"Data asset: {one.judged}")
    return page.replace("</head>", f"{title}{style}</head>", 1)


def _index(home: Home) -> str:
    rows = "".join(_index_row(home, one) for one in _suites())
    return (
        '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8">'
        "<title>数据质量 Data quality</title>"
        '<link rel="stylesheet" href="static/docs.css"></head><body><div class="container-fluid">'
        "<h1>数据质量 Data quality</h1>"
        '<p class="lead">每个交付表最近一次检查的结果；只有计数，没有个人数据。'
        "The last judgement of every suite: counts only, no personal data.</p>"
        '<table class="plain"><thead><tr><th>交付表 Feed</th><th>行数 Rows</th><th>规则 Rules</th>'
        "<th>未通过 Failed</th><th>未能运行 Could not run</th><th>历次检查 Nights</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></body></html>"
    )


def _index_row(home: Home, one: _Suite) -> str:
    nights = _nights(home, one)
    name = f"{html.escape(one.title_zh)} <code>{one.id}</code>"
    if not nights:
        never = '<td colspan="5">尚未检查 not judged yet</td>'
        return f'<tr class="text-muted"><td>{name}</td>{never}</tr>'
    results: list[dict[str, Any]] = json.loads(nights[-1].read_text())["result"]["results"]
    broken_down = [r for r in results if r["exception_info"].get("raised_exception")]
    failed = [r for r in results if not r["success"] and r not in broken_down]
    rows = max((r["result"].get("element_count") or 0 for r in results), default=0)
    links = " ".join(
        f'<a href="nights/{one.id}/{night.stem}.html">{_day(night)}</a>'
        for night in reversed(nights[-NIGHTS_SHOWN:])
    )
    colour = "text-success" if not failed and not broken_down else "text-warning"
    return (
        f'<tr><td><a href="suites/{one.id}.html">{name}</a></td><td class="n">{rows}</td>'
        f'<td class="n">{len(results)}</td><td class="n {colour}">{len(failed)}</td>'
        f'<td class="n">{len(broken_down)}</td><td>{links}</td></tr>'
    )


def _day(night: Path) -> str:
    stamp = night.stem
    return f"{stamp[0:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[9:11]}:{stamp[11:13]}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text)
    draft.replace(path)
