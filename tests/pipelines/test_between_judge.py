"""Rules between departments, run over the warehouse: counts agree, nothing unchanged runs again."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from looking import looking
from warehouse_county import add_visit, at, hub_in, small_county

from expectations import Outcome
from expectations.between import BETWEEN
from expectations.between.suites import rule_of
from expectations.docs import docs, site
from expectations.judge import results_folder
from foundation.engine import attach, run
from pipelines.between import judge_between
from pipelines.hub import Hub
from pipelines.warehouse.run import build

Rules = dict[str, str | None]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rules]:
    """The home of a hub after its first night, and the rules that ran in it."""
    county = small_county()
    add_visit(county, "visit-2", "r-li", "d-low", name="李娜", sex="1")
    hub = hub_in(tmp_path_factory.mktemp("first"))
    county.write(hub.lake)
    return hub.home.path, build(hub).rules


@pytest.fixture
def hub(tmp_path: Path, first: tuple[Path, Rules]) -> Hub:
    return hub_in(Path(shutil.copytree(first[0], tmp_path / "home")))


@pytest.fixture
def ran(first: tuple[Path, Rules]) -> Rules:
    return first[1]


def _outcomes(hub: Hub, ran: dict[str, Any]) -> dict[str, tuple[Outcome, int, int]]:
    return {
        result.rule: (result.outcome, result.broken, result.total)
        for report in judge_between(hub, ran, "night")
        for result in report.results
    }


def test_both_counts_agree_for_every_rule_between_departments(hub: Hub, ran: Rules) -> None:
    assert set(ran) == set(BETWEEN) and not any(ran.values())
    found = _outcomes(hub, ran)
    with looking() as con:
        attach(con, hub.lake, ["warehouse.discrepancy"])
        counted = dict(
            run(
                con,
                """select 'between.' || discrepancy_kind || '@' || other_feed, count(distinct _key)
                from (select *, unnest(other_record_keys) as _key from warehouse.discrepancy)
                group by all""",
            )
        )
    assert counted and counted == {rule: n for rule, (_, n, _) in found.items() if n}
    assert found["between.dead_and_paid@civil_affairs.assistance_payment"] == (Outcome.FAILED, 1, 1)


def test_what_was_never_delivered_could_not_be_judged(hub: Hub, ran: Rules) -> None:
    found = _outcomes(hub, ran)
    shop = found["between.dead_operator@city_management.shop"]
    assert shop == (Outcome.COULD_NOT_RUN, 0, 0)


def test_a_rule_runs_again_only_when_something_that_it_reads_has_changed(hub: Hub) -> None:
    before = _discrepancies(hub)
    assert build(hub).rules == {}
    county = small_county()
    county.row("city_management.case_step", step_id="S9", case_id="C1", seq=1,
               step="handle", case_step="handle", began_at=at("2026-01-01T00:00:00"))  # fmt: skip
    for row in county.rows["conformed.city_management_case_step"]:
        row.pop("step", None)
    county.write(hub.lake, "conformed.city_management_case_step")
    again = build(hub).rules
    assert "steps_out_of_order" in again and "dead_and_paid" not in again
    assert before and before == [r for r in _discrepancies(hub) if r[0] != "steps_out_of_order"]


def _discrepancies(hub: Hub) -> list[tuple[Any, ...]]:
    with looking() as con:
        attach(con, hub.lake, ["warehouse.discrepancy"])
        return run(con, "select * from warehouse.discrepancy order by all")


def test_a_rule_that_cannot_run_keeps_its_rows_and_says_so(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _discrepancies(hub)
    faulty = replace(BETWEEN["dead_and_paid"], sql="select no_such_column as other_feed")
    monkeypatch.setitem(BETWEEN, "dead_and_paid", faulty)
    from pipelines.warehouse import models

    models._ordered.cache_clear()
    try:
        ran = build(hub).rules
        assert ran["dead_and_paid"] and _discrepancies(hub) == before
        found = _outcomes(hub, ran)
        assert {
            outcome
            for rule, (outcome, _, _) in found.items()
            if rule_of(rule) == "between.dead_and_paid"
        } == {Outcome.COULD_NOT_RUN}
    finally:
        models._ordered.cache_clear()


def test_the_results_are_pages_without_values(hub: Hub, ran: Rules) -> None:
    reports = judge_between(hub, ran, "night")
    docs(hub.home, reports)
    kept = [
        json.loads(path.read_text())
        for report in reports
        for path in results_folder(hub.home, report.feed).glob("*.json")
    ]
    assert len(kept) == len(reports) == 5
    text = json.dumps(kept, ensure_ascii=False) + "".join(
        page.read_text() for page in site(hub.home).rglob("*.html")
    )
    assert (
        "死亡后仍领取待遇" in text
        and (site(hub.home) / "suites/between.civil_affairs.html").exists()
    )
    for value in ("李娜", "36213219400501001X", "2025-12-20", date(2025, 12, 22).isoformat()):
        assert value not in text
