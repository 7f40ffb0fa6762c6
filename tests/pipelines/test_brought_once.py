"""What a night brought is counted once, whenever the night was killed; so are rules between."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from killed import Killed, killed_at
from small_hub import SmallHub, small_hub
from warehouse_county import hub_in, small_county

from foundation.config import Source
from pipelines.brought import collect, note
from pipelines.defs.between import judge_and_keep
from pipelines.deliver import deliver
from pipelines.history import FEED_NIGHT, RULE_NIGHT, keep_nights, trends
from pipelines.hub import Hub
from pipelines.quarantine import discard_unreadable
from pipelines.records import Row, stored
from pipelines.rule_results import RULE_RESULT
from pipelines.status import FEED_STATUS, record_deliveries
from pipelines.warehouse import ruled
from pipelines.warehouse.run import build

VISIT, CREMATION = "community.resident_visit", "civil_affairs.cremation"
COMMITS = 5  # raw, quarantine, conformed; then how the feed stands, and its night
UNSURE = ("last_success_at", "last_batch")


def _by_cursor(folder: Path) -> SmallHub:
    return small_hub(folder, VISIT)


def _by_file(folder: Path) -> SmallHub:
    (folder / "drop").mkdir()
    return small_hub(folder, CREMATION, Source("x", "files", {"url": str(folder / "drop")}))


def _rows(hub: SmallHub, keys: str) -> list[dict[str, str | None]]:
    """A row a key, the last of which is an error."""
    values = dict.fromkeys(hub.feed.sources, "1") | {hub.feed.key[0]: None}
    cursor = {hub.feed.cursor: "2026-03-01 08:00:00"} if hub.feed.cursor else {}
    names = {column.name: column.source for column in hub.feed.columns}
    return [
        values | cursor | {hub.feed.key[0]: key, names["name"]: None if key == keys[-1] else "王芳"}
        for key in keys
    ]


def _bring(hub: SmallHub, keys: str) -> None:
    if hub.feed.id == VISIT:
        hub.deliver(_rows(hub, keys))
        return
    lines = [",".join(hub.feed.sources)]
    lines += [",".join(value or "" for value in row.values()) for row in _rows(hub, keys)]
    body = "\r\n".join([*lines, ""]).encode("gb18030")
    file = hub.database.parent / "drop" / f"cremation_2026022{len(keys)}.csv"
    file.write_bytes(body)
    told = f"rows={len(keys)}\nsha256={hashlib.sha256(body).hexdigest()}\n"
    file.with_name(f"{file.name}.ok").write_text(told)


def _night(hub: SmallHub) -> None:
    """What a department's step does with one feed."""
    delivery = deliver(hub.hub, hub.feed)
    record_deliveries(hub.hub, [delivery], "a-night")
    keep_nights(hub.hub, [delivery])


def _kept(hub: SmallHub) -> list[list[Row]]:
    return [
        [{name: value for name, value in row.items() if name not in UNSURE} for row in rows]
        for rows in (stored(hub.hub, FEED_STATUS), stored(hub.hub, FEED_NIGHT))
    ]


def _two_nights(hub: SmallHub, kill: Callable[[], None] | None = None) -> SmallHub:
    _bring(hub, "abc")
    _night(hub)
    _bring(hub, "abcdefg")
    if kill:
        kill()
    _night(hub)
    return hub


@pytest.mark.parametrize("made", [_by_cursor, _by_file])
def test_a_night_that_is_killed_brought_what_an_undisturbed_one_did(
    tmp_path: Path, made: Callable[[Path], SmallHub]
) -> None:
    def home(name: str) -> SmallHub:
        (tmp_path / name).mkdir()
        return made(tmp_path / name)

    calm = _kept(_two_nights(home("calm")))
    [night] = calm[1]
    assert night["appended"] == 8  # three; then four and one that was mended
    for commit in range(1, COMMITS + 1):
        hub = home(str(commit))

        def kill(hub: SmallHub = hub, commit: int = commit) -> None:
            for after in (False, True):
                with killed_at(commit, after):
                    _night(hub)

        assert _kept(_two_nights(hub, kill)) == calm, commit
        assert not list((hub.hub.home.runs / "brought").iterdir())


def test_a_resumed_night_is_not_told_as_a_night_without_rows(tmp_path: Path) -> None:
    hub = _by_cursor(tmp_path)
    _bring(hub, "abc")
    with killed_at(1, after=True):
        _night(hub)
    _night(hub)
    [(_, rows)] = trends(hub.hub, [VISIT])[VISIT].sizes
    assert rows == 3


def test_a_kill_before_the_notes_are_forgotten_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    hub = _by_cursor(tmp_path)
    _bring(hub, "abc")
    monkeypatch.setattr("pipelines.history.forget_brought", die)
    with pytest.raises(Killed):
        _night(hub)
    monkeypatch.undo()
    before = _kept(hub)
    assert len(collect(hub.hub)) == 1
    _night(hub)
    assert _kept(hub) == before and not collect(hub.hub)


def test_what_was_noted_and_never_committed_passes_for_no_later_batch(tmp_path: Path) -> None:
    hub = _by_cursor(tmp_path)
    _bring(hub, "abc")
    _night(hub)
    note(hub.hub, VISIT, 2, 900, 900)  # and killed
    discard_unreadable(hub.hub, hub.feed)
    _night(hub)
    assert [row["appended"] for row in stored(hub.hub, FEED_NIGHT)] == [3]


def _judged(hub: Hub) -> list[list[Row]]:
    found = [stored(hub, table) for table in (RULE_RESULT, RULE_NIGHT)]
    return [sorted(rows, key=lambda row: (row["feed"], row["rule_id"])) for rows in found]


def test_rules_between_departments_whose_night_was_killed_are_judged_by_the_next_run(
    tmp_path: Path,
) -> None:
    stormy = hub_in(tmp_path / "stormy")
    small_county().write(stormy.lake)
    ran = build(stormy).rules  # and killed
    calm = hub_in(Path(shutil.copytree(stormy.home.path, tmp_path / "calm")))
    judge_and_keep(calm, ran, "a-night")
    expected = _judged(calm)
    assert all(expected)
    for commit, after in ((1, False), (1, True), (2, False), (2, True)):
        assert ran == ruled.noted(stormy.home) and build(stormy).rules == {}
        with killed_at(commit, after):
            judge_and_keep(stormy, {}, "a-night")
        if _judged(stormy)[1]:
            break
    judge_and_keep(stormy, build(stormy).rules, "a-night")
    assert _judged(stormy) == expected and not ruled.noted(stormy.home)
