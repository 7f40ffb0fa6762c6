"""Great Expectations and the verdicts agree; no value gets out; what could not run says so."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from candidates import AS_OF, feed_of, make_candidate
from cases import CASES, MAN, REGISTER, VISIT, WISH

from expectations import Outcome, rules_for
from expectations.docs import NIGHTS_KEPT, docs, site
from expectations.judge import judge, results_folder
from expectations.rule import Expectation, Kind, Part, Rule, Severity, bind, holds, on
from expectations.verdict import verdicts
from foundation.home import Home
from schemas import FEEDS

CANARIES = {
    "name": "金丝雀甲",
    "id_no": "3.62199E+17",
    "phone": "138000987654321",
    "address": "金丝",
    "tags_text": "金丝雀标签",
    "raw_visited_at": "金丝雀的时间",
    "raw_sex": "金丝雀性别",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "hub")


def _dirty_rows() -> dict[str, dict[str, dict[str, Any]]]:
    """All rows of all cases by feed, and a few of nothing but nulls."""
    rows: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for number, (_, feed, broken, near) in enumerate(CASES):
        rows[feed] |= {f"{number}b": broken, f"{number}n": near}
    return {feed: {**found, "0": {}, "00": {}} for feed, found in rows.items()}


@pytest.mark.parametrize("feed_id", sorted(_dirty_rows()))
def test_both_counts_agree_for_every_rule(
    con: duckdb.DuckDBPyConnection, home: Home, feed_id: str
) -> None:
    feed = feed_of(feed_id)
    make_candidate(con, feed, _dirty_rows()[feed_id])
    found = verdicts(con, feed, as_of=AS_OF)
    report = judge(con, feed, "candidate", home, AS_OF, "night")
    assert report.could_not_run == {}
    assert {result.rule: result.broken for result in report.results} == found.broken


def test_bits_that_the_verdicts_left_behind_say_the_same(
    con: duckdb.DuckDBPyConnection, home: Home
) -> None:
    feed = feed_of(REGISTER)
    make_candidate(con, feed, _dirty_rows()[REGISTER])
    found = verdicts(con, feed, as_of=AS_OF)
    report = judge(con, feed, "candidate", home, AS_OF, "night", found=found)
    assert {result.rule: result.broken for result in report.results} == found.broken


def test_native_expectations_do_a_third_of_the_work_and_more(home: Home) -> None:
    from expectations import suite

    checks = [check for feed in FEEDS.values() for check in rules_for(feed)]
    native = [check for check in checks if suite.native(check)]
    assert len(native) > len(checks) / 3
    assert len({str(suite.expectation_of(check).configuration.type) for check in native}) >= 6


def test_a_share_within_the_tolerance_passes(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    rows = {str(n): {"name": "王*明" if n < 2 else "王明"} for n in range(100)}
    make_candidate(con, feed_of(REGISTER), rows)
    for tolerance, outcome in ((0.02, Outcome.PASSED), (0.01, Outcome.FAILED)):
        masked = next(c for c in rules_for(feed_of(REGISTER)) if c.id == "name.masked")
        check = bind([replace(masked.rule, tolerance=tolerance)], feed_of(REGISTER))
        report = judge(con, feed_of(REGISTER), "candidate", home, AS_OF, "r", checks=check)
        assert [(r.outcome, r.broken, r.total) for r in report.results] == [(outcome, 2, 100)]


def _odd(id_: str, part: Part) -> Rule:
    return Rule(id_, Kind.BATCH, Severity.WARNING, "odd", "怪", "a test", on(WISH, part))


def test_a_rule_that_cannot_run_neither_passed_nor_failed(
    con: duckdb.DuckDBPyConnection, home: Home
) -> None:
    rules = [
        _odd("odd.column", holds("no_such_column > 0", "content")),
        _odd("odd.value", holds("content::date is not null", "content")),
        _odd("odd.native", Part(("content",), "content > 'a'", _greater("content"))),
        _odd("odd.absent", Part(("x",), "x > 'a'", _greater("x"))),
        _odd("odd.none", holds("content <> 'b'", "content")),
    ]
    checks = bind(rules, feed_of(WISH))
    make_candidate(con, feed_of(WISH), {"1": {"content": "金丝雀愿望"}})
    report = judge(con, feed_of(WISH), "candidate", home, AS_OF, "r", checks=checks)
    assert set(report.could_not_run) == {"odd.column", "odd.value", "odd.native", "odd.absent"}
    assert report.broken == {} and not report.success
    assert [r.rule for r in report.results if r.outcome is Outcome.PASSED] == ["odd.none"]
    docs(home)
    assert "金丝雀" not in "".join(_written(home))


def _greater(column: str) -> Expectation:
    """A number's limits on a text: Great Expectations raises, and would quote the value."""
    arguments = {"column": column, "min_value": 3, "max_value": 4}
    return Expectation("expect_column_values_to_be_between", arguments)


def _written(home: Home) -> Iterator[str]:
    for path in home.path.rglob("*"):
        if path.is_file():
            yield path.read_text(errors="replace")


def test_no_value_of_a_row_is_written_or_logged(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    make_candidate(con, feed_of(VISIT), {f"金丝雀{n}": CANARIES for n in range(50)})
    con.execute("alter table candidate drop column raw_birth_date")
    report = judge(con, feed_of(VISIT), "candidate", home, AS_OF, "canary")
    assert report.broken and not report.success
    docs(home, [report])
    said = capfd.readouterr()
    everything = "".join([*_written(home), caplog.text, said.out, said.err, repr(report)])
    for value in [*CANARIES.values(), "金丝雀"]:
        assert value not in everything


def test_an_empty_batch_is_not_judged(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    make_candidate(con, feed_of(VISIT), {})
    report = judge(con, feed_of(VISIT), "candidate", home, AS_OF, "night")
    assert report.rows == 0 and report.success
    assert len(report.results) == len(rules_for(feed_of(VISIT)))
    assert not results_folder(home, VISIT).exists()


def test_the_pages_open_without_a_network(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    make_candidate(con, feed_of(VISIT), {"1": {"name": "王*明", "id_no": MAN}})
    index = docs(home, [judge(con, feed_of(VISIT), "candidate", home, AS_OF, "night")])
    pages = list(site(home).rglob("*.html"))
    assert len(pages) == 3
    for page in pages:
        text = page.read_text()
        assert "<script" not in text
        assert not re.findall(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", text)
        for target in re.findall(r'href="([^"#]+)"', text):
            assert (page.parent / target).resolve().is_file(), f"{page}: {target}"
    assert "姓名被脱敏" in "".join(page.read_text() for page in pages if page != index)


def test_only_the_last_nights_are_kept(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    make_candidate(con, feed_of(WISH), {"1": {}})
    report = judge(con, feed_of(WISH), "candidate", home, AS_OF, "night")
    [night] = results_folder(home, WISH).glob("*.json")
    for day in range(1, NIGHTS_KEPT + 3):
        stamp = f"2026{1 + day // 28:02}{1 + day % 28:02}T180000Z"
        night.with_name(f"{stamp}.json").write_text(night.read_text())
    docs(home, [report])
    assert len(list(results_folder(home, WISH).glob("*.json"))) == NIGHTS_KEPT
    assert len(list((site(home) / "nights" / WISH).glob("*.html"))) == NIGHTS_KEPT


def test_a_page_is_made_once(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    make_candidate(con, feed_of(WISH), {"1": {}})
    docs(home, [judge(con, feed_of(WISH), "candidate", home, AS_OF, "night")])
    before = {path: path.stat().st_mtime_ns for path in site(home).rglob("*.*")}
    docs(home)
    assert {path: path.stat().st_mtime_ns for path in site(home).rglob("*.*")} == before


def test_a_report_is_plain_data(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    make_candidate(con, feed_of(WISH), {"1": {}})
    report = judge(con, feed_of(WISH), "candidate", home, AS_OF, "night")
    told = json.loads(json.dumps(report.to_dict()))
    assert told["feed"] == WISH and len(told["results"]) == len(rules_for(feed_of(WISH)))
