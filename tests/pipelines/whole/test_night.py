"""Whole nights by the command line: from the departments to PostgreSQL."""

from living_hub import Night

from sandbox.county import County
from schemas import FEEDS

BROKEN = "community"


def test_first_night_takes_every_feed(first_night: Night) -> None:
    assert first_night.outcome["success"], first_night.outcome["failure"]
    assert first_night.outcome["code"] == 0
    assert {name: row["state"] for name, row in first_night.feeds.items()} == dict.fromkeys(
        FEEDS, "ok"
    )


def test_rows_balance_to_the_row(first_night: Night) -> None:
    for name, row in first_night.feeds.items():
        assert row["delivered"] == row["known"] + row["conformed"] + row["quarantined"], name
    assert sum(row["delivered"] for row in first_night.feeds.values()) > 5_000


def test_all_that_the_departments_hold_arrives(first_night: Night) -> None:
    county = County(first_night.hub.county)
    there = {f.id: county.current(f.id, county.as_of).num_rows for f in county.feeds()}
    came = {name: first_night.feeds[name]["delivered"] for name in there}
    # What is delivered as files may hold rows twice: dirt that a table with a key cannot.
    short = {name: (came[name], rows) for name, rows in there.items() if came[name] < rows}
    assert not short


def test_first_night_publishes_people_homes_and_answers(first_night: Night) -> None:
    rows = {table: len(found) for table, found in first_night.written_after.items()}
    for table in ("resident", "household", "dwelling", "crosswalk", "ticket", "freshness"):
        assert rows[table] > 0, table
    assert 1_400 < rows["resident"] < 4_000


def test_night_with_nothing_new_writes_no_row(quiet_night: Night) -> None:
    assert quiet_night.outcome["success"], quiet_night.outcome["failure"]
    brought = ("appended", "conformed", "quarantined", "added", "changed", "removed")
    moved = {n: r for n, r in quiet_night.feeds.items() if any(r[name] for name in brought)}
    assert not moved
    changed = {
        name: (quiet_night.lake_before.get(name), now)
        for name, now in quiet_night.lake_after.items()
        if quiet_night.lake_before.get(name) != now
    }
    assert not changed
    assert quiet_night.rewritten() == {}


def test_only_what_the_day_changed_moves(broken_night: Night) -> None:
    county = County(broken_night.hub.county)
    due = {
        feed.id: changes.num_rows
        for feed in county.feeds()
        if (changes := county.changes(feed.id, broken_night.day)) is not None
    }
    moved = {n: r["appended"] for n, r in broken_night.feeds.items() if r["appended"]}
    assert moved
    assert moved.keys() <= due.keys()
    too_many = {n: (rows, due[n]) for n, rows in moved.items() if rows > due[n]}
    assert not too_many


def test_publishing_writes_only_differences(broken_night: Night) -> None:
    rewritten = broken_night.rewritten()
    assert rewritten
    total = sum(len(rows) for rows in broken_night.written_after.values())
    assert sum(rewritten.values()) < total / 4
    static = {"division", "grid"}
    assert not static & rewritten.keys()


def test_broken_department_fails_the_night_by_name(broken_night: Night) -> None:
    assert broken_night.outcome["code"] == 1
    assert not broken_night.outcome["success"]
    states = {name: row["state"] for name, row in broken_night.feeds.items()}
    assert states == {name: "failed" if name.startswith(f"{BROKEN}.") else "ok" for name in FEEDS}
    assert f"{BROKEN}." in broken_night.outcome["failure"]


def test_broken_department_says_what_to_do(broken_night: Night) -> None:
    message = broken_night.feeds[f"{BROKEN}.wish"]["message"]
    assert "feed keeps" in message or "keeps its last" in message
    assert message.count("\n") < 8


def test_broken_department_keeps_its_tables_and_others_go_on(broken_night: Night) -> None:
    for name, now in broken_night.lake_after.items():
        zone, table = name.split(".", 1)
        if zone in ("raw", "conformed") and table.startswith(f"{BROKEN}_"):
            assert now == broken_night.lake_before[name], name
    assert sum(row["appended"] for row in broken_night.feeds.values()) > 0
    assert broken_night.rewritten()
    kept = len(broken_night.written_before["resident"])
    assert len(broken_night.written_after["resident"]) > 0.95 * kept


def test_broken_department_is_stale_since_that_night(broken_night: Night) -> None:
    status = broken_night.hub.run("status", "--json").json
    stale = {row["feed"]: row["stale_since"] for row in status if row["stale_since"]}
    assert stale == {name: broken_night.day for name in FEEDS if name.startswith(f"{BROKEN}.")}
