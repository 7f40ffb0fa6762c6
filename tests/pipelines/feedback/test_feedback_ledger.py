"""Each matter is one item from the day it is seen to the day it is gone."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from told import REGISTER, VISIT, Told, told

from pipelines.cli.main import hub as command
from pipelines.feedback.run import feedback_status

PHONE, GRID, NOBODY = "phone.malformed", "code.grid_form", "identity.nobody"
# What a night makes of each key: the rules its row breaks, or that the row is gone.
NIGHT = st.dictionaries(
    st.sampled_from(["k1", "k2", "k3"]),
    st.one_of(st.none(), st.lists(st.sampled_from([PHONE, GRID]), unique=True), st.just([NOBODY])),
)


def _deliver(hub: Told, rows: dict[str, list[str]], number: int) -> None:
    hub.rows(
        VISIT,
        *(
            {
                "key": key,
                "name": f"{number}",
                ("errors" if NOBODY in broken else "warnings"): broken,
            }
            for key, broken in rows.items()
        ),
    )


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(NIGHT, min_size=2, max_size=4))
def test_what_is_open_is_what_is_wrong_and_each_closing_has_its_date(nights) -> None:
    with TemporaryDirectory() as folder:
        hub, rows = told(Path(folder)), {}
        before: set[tuple[str, str | None]] = set()
        for number, changes in enumerate(nights):
            rows = {k: v for k, v in {**rows, **changes}.items() if v is not None}
            _deliver(hub, rows, number)
            report = hub.night(number)
            wrong = {(rule, key) for key, broken in rows.items() for rule in broken}
            assert hub.open_matters() == wrong
            assert report.open_items == len(wrong)
            assert (report.opened, report.closed) == (len(wrong - before), len(before - wrong))
            state = hub.state()
            assert not hub.night(number + 1).files
            assert hub.state() == state
            before = wrong
        items = hub.items()
        assert len({(i["item_id"], i["opened_on"]) for i in items}) == len(items)
        ids = {(i["matter"], i["record_key"], i["item_id"]) for i in items}
        assert len(ids) == len({(m, k) for m, k, _ in ids})
        for item in items:
            assert (item["closed_on"] is None) == (item["closed_how"] is None)
            assert item["closed_on"] is None or item["closed_on"] >= item["opened_on"]


def test_why_an_item_is_gone_is_told_apart(tmp_path: Path) -> None:
    hub = told(tmp_path)
    keys = ("mended", "gone", "judged")
    hub.rows(VISIT, *({"key": key, "phone": "1", "warnings": [PHONE]} for key in keys))
    hub.night(0)
    hub.rows(VISIT, {"key": "mended", "phone": "2"}, {"key": "judged", "phone": "1"})
    hub.night(6)
    how = {item["record_key"]: item["closed_how"] for item in hub.items()}
    assert how == {"mended": "corrected", "gone": "removed", "judged": "rule_changed"}
    [status] = feedback_status(hub.hub)
    assert (status["closed_items"], status["corrected_items"]) == (3, 2)
    assert (status["median_days"], status["open_items"]) == (6.0, 0)


def test_a_matter_that_comes_back_is_the_same_item_and_counts_its_days_anew(tmp_path: Path) -> None:
    hub = told(tmp_path)
    for number, warnings in enumerate([[PHONE], [], [PHONE], []]):
        hub.rows(VISIT, {"key": "k", "phone": str(number), "warnings": warnings})
        hub.night(number)
    first, second = hub.items()
    assert first["item_id"] == second["item_id"]
    assert (second["opened_on"] - first["closed_on"]).days == 1


def test_a_row_that_is_still_wrong_otherwise_keeps_its_day_and_shows_its_new_value(
    tmp_path: Path,
) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "k", "phone": "12", "warnings": [PHONE]})
    hub.night(0)
    hub.rows(VISIT, {"key": "k", "phone": "34", "warnings": [PHONE]})
    report = hub.night(3)
    assert (report.opened, report.changed, report.closed) == (0, 1, 0)
    [item] = hub.items()
    assert item["own_value"].endswith("：34")
    [shown] = hub.book("community", 3)["提醒"]
    assert (shown["已历天数"], shown["状态"]) == (3, "未办结")


def test_a_feed_that_is_held_or_fails_is_an_item_until_it_delivers(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.states(**{VISIT.replace(".", "__"): "held", REGISTER.replace(".", "__"): "failed"})
    hub.night(0)
    assert {m for m, _ in hub.open_matters()} == {"feed.held", "feed.failed"}
    [shown] = hub.book("community", 0)["必须更正"]
    assert (shown["问题"], shown["本部门数据"]) == ("整批数据暂缓入库", "held message")
    hub.states()
    assert hub.night(2).closed == 2
    assert {item["closed_how"] for item in hub.items()} == {"corrected"}


def test_the_last_good_row_behind_a_bad_one_says_nothing_twice(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "k", "errors": [NOBODY]})
    table = hub.hub.lake.table("conformed", "community_resident_visit")
    stale = hub._row(VISIT, {"key": "k", "warnings": [PHONE]}) | {"_stale": True}
    hub._put(table.full_name, [stale], table.schema())
    hub.night(0)
    assert hub.open_matters() == {(NOBODY, "k")}


def test_files_are_written_before_the_ledger_so_a_kill_between_is_made_good(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "k", "phone": "12", "warnings": [PHONE]})
    hub.night(0)
    whole = hub.items(), hub.feed("community", 0)
    ledger = hub.hub.lake.table("hub", "feedback_item")
    hub._put(ledger.full_name, [], ledger.schema())  # as if the commit had not been made
    (hub.hub.home.feedback / ".sources").unlink()
    assert hub.night(0).opened == 1
    assert (hub.items(), hub.feed("community", 0)) == whole


def test_the_commands_write_the_files_and_tell_counts_and_no_value(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "k", "phone": "canary-phone", "warnings": [PHONE]})
    county = '[county]\ndivision_code = "360731"\nname = "于都县"\n'
    hub.hub.home.config_file.write_text(county, encoding="utf-8")
    words = ["--home", str(hub.hub.home.path), "--as-of", "2026-03-01", "feedback"]
    done = CliRunner().invoke(command, [*words, "run", "--json"])
    report = json.loads(done.stdout)
    assert (report["opened"], report["open_items"], list(report["files"])) == (1, 1, ["community"])
    shown = CliRunner().invoke(command, [*words, "status", "--json"])
    [row] = json.loads(shown.stdout)
    assert (row["department"], row["severity"], row["open_items"]) == ("community", "warning", 1)
    assert row["median_days"] is None
    assert Path(row["file"]).name == "2026-03-01.xlsx"
    table = CliRunner().invoke(command, [*words, "status"])
    assert "canary-phone" not in done.output + shown.output + table.output
