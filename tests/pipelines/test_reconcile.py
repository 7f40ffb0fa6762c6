"""Comparing a feed with the whole of its source: what increments missed comes in, counted."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_hub import SmallHub, small_hub

from foundation.config import Source
from pipelines.conform.run import ConformReport, conform_feed
from pipelines.pull import PullReport, pull_feed
from pipelines.reconcile import Compared, last_findings, record

OLD, NEW = "2026-02-01 08:00:00", "2026-03-01 08:00:00"


@pytest.fixture
def wishes(tmp_path: Path) -> SmallHub:
    hub = small_hub(tmp_path, "community.wish")
    hub.deliver([_wish(n, OLD) for n in range(19)] + [_wish(19, NEW)])
    hub.night()
    return hub


def _wish(number: int, updated_at: str, content: str = "米") -> dict[str, str | None]:
    return {
        "wish_no": f"w{number}",
        "wisher_name": "王芳",
        "content": content,
        "updated_at": updated_at,
    }


def _at_source(hub: SmallHub, *statements: str) -> None:
    """Change single rows of the department's table, as its own clerks would."""
    with closing(sqlite3.connect(hub.database)) as con, con:
        for statement in statements:
            con.execute(statement)


def _reconcile(hub: SmallHub) -> tuple[Compared, PullReport, ConformReport]:
    pulled = pull_feed(hub.hub, hub.feed, reconcile=True)
    settled = conform_feed(hub.hub, hub.feed, pulled)
    assert pulled.compared is not None
    assert settled.balanced
    return pulled.compared, pulled, settled


def _late_wish(hub: SmallHub) -> str:
    names = ", ".join(f'"{name}"' for name in hub.feed.sources)
    late = _wish(99, OLD)
    values = ", ".join(
        "null" if late.get(name) is None else f"'{late[name]}'" for name in hub.feed.sources
    )
    return f"insert into wish ({names}) values ({values})"


def test_what_increments_cannot_see_is_found_and_taken_over(wishes: SmallHub) -> None:
    _at_source(
        wishes,
        "delete from wish where wish_no = 'w3'",
        "update wish set content = '书包' where wish_no = 'w5'",
        _late_wish(wishes),
    )
    pulled, _ = wishes.night()
    assert pulled.appended == 0  # the increment sees nothing of it
    found, pulled, settled = _reconcile(wishes)
    assert found == Compared(compared=20, new=0, missing=1, changed=1, deleted=1)
    assert (settled.added, settled.changed, settled.removed) == (1, 1, 1)
    rows = wishes.rows("conformed")
    assert "w3" not in rows
    assert rows["w5"]["content"] == "书包"
    assert "w99" in rows


def test_unchanged_rows_are_not_written_again(wishes: SmallHub) -> None:
    _at_source(wishes, "update wish set content = '书包' where wish_no = 'w5'")
    _, pulled, _ = _reconcile(wishes)
    assert (pulled.delivered, pulled.known, pulled.appended) == (20, 19, 1)
    before = wishes.versions()
    found, pulled, _ = _reconcile(wishes)
    assert (found.missed, pulled.batch) == (0, None)
    assert wishes.versions() == before


def test_what_the_next_increment_would_bring_is_new_and_not_missed(wishes: SmallHub) -> None:
    later = "2026-03-02 08:00:00"
    _at_source(
        wishes, f"update wish set content = '书包', updated_at = '{later}' where wish_no = 'w5'"
    )
    found, _, settled = _reconcile(wishes)
    assert (found.new, found.missed, settled.changed) == (1, 0, 1)


def test_a_row_without_a_cursor_value_is_one_that_increments_miss(wishes: SmallHub) -> None:
    _at_source(wishes, "update wish set updated_at = null, content = '书包' where wish_no = 'w5'")
    assert _reconcile(wishes)[0].changed == 1


def test_the_first_read_misses_nothing(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.wish")
    hub.deliver([_wish(1, OLD)])
    found, _, _ = _reconcile(hub)
    assert found == Compared(compared=1, new=1)


def test_rows_of_a_feed_that_only_adds_stay_when_they_are_no_longer_listed(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.service_use")
    key, at = hub.feed.key[0], str(hub.feed.cursor)
    hub.deliver([{key: "u1", at: OLD}, {key: "u2", at: NEW}])
    hub.night()
    hub.deliver([{key: "u2", at: NEW}, {key: "u0", at: OLD}])
    found, _, settled = _reconcile(hub)
    assert (found.missing, found.deleted, found.unlisted, settled.removed) == (1, 0, 1, 0)


def test_a_source_that_cannot_be_read_is_compared_with_nothing(wishes: SmallHub) -> None:
    wishes.database.unlink()
    pulled = pull_feed(wishes.hub, wishes.feed, reconcile=True)
    assert (pulled.compared, pulled.removed, pulled.batch) == (None, 0, None)
    assert pulled.failure is not None


def test_a_source_that_lost_most_of_its_rows_is_held(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.wish")
    hub.deliver([_wish(n, OLD) for n in range(60)])
    hub.night()
    hub.deliver([_wish(n, OLD) for n in range(5)])
    found, _, settled = _reconcile(hub)
    assert found.deleted == 55
    assert settled.held
    assert len(hub.rows("conformed")) == 60


def _drop(folder: Path, name: str, lines: list[str]) -> None:
    body = "\r\n".join(lines).encode("gb18030") + b"\r\n"
    (folder / name).write_bytes(body)
    sha = hashlib.sha256(body).hexdigest()
    (folder / f"{name}.ok").write_text(f"rows={len(lines) - 1}\nsha256={sha}\n")


def test_files_are_listed_and_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    hub = small_hub(tmp_path, "civil_affairs.cremation", Source("x", "files", {"url": str(folder)}))
    header = ",".join(hub.feed.sources)
    _drop(folder, "cremation_20260226.csv", [header, "c1,王芳,,女,2026-02-26,2026-02-27,贡江镇"])
    _drop(folder, "cremation_20260227.csv", [header, "c2,王芳,,女,2026-02-27,2026-02-28,贡江镇"])
    hub.night()
    _drop(folder, "cremation_20260228.csv", [header, "c3,王芳,,女,2026-02-28,2026-02-28,贡江镇"])
    found, pulled, settled = _reconcile(hub)
    assert found == Compared(compared=3, new=1)
    assert (pulled.delivered, pulled.known, settled.added) == (3, 2, 1)
    before = hub.versions()
    assert _reconcile(hub)[0].missed == 0
    assert hub.versions() == before


def test_a_snapshot_feed_is_pulled_as_ever(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "civil_affairs.elderly_allowance")
    hub.deliver([{"编号": "e1", "姓名": "王芳"}])
    assert pull_feed(hub.hub, hub.feed, reconcile=True).compared is None


def test_what_a_night_found_is_kept_when_it_runs_again(wishes: SmallHub) -> None:
    _at_source(wishes, "delete from wish where wish_no = 'w3'")
    found, _, _ = _reconcile(wishes)  # and here the run is killed
    again, _, _ = _reconcile(wishes)
    assert (found.deleted, again.deleted) == (1, 0)
    record(wishes.hub, [(wishes.feed, "held", again)])
    [row] = last_findings(wishes.hub)
    said = {name: row[name] for name in ("feed", "night", "state", "compared", "deleted")}
    assert said == {
        "feed": "community.wish",
        "night": wishes.hub.as_of,
        "state": "held",
        "compared": 19,
        "deleted": 1,
    }
