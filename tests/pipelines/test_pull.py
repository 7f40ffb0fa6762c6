"""Pulling a feed into raw: what is new and only that, and what becomes of what cannot be read."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_hub import SmallHub, small_hub

from foundation.config import Source
from foundation.engine import attach, stream
from foundation.errors import SourceChanged, SourceError
from pipelines.conform.run import conform_feed
from pipelines.pull import pull_feed
from pipelines.quarantine import list_quarantine, replay, show_quarantine

WISH = {"wish_no": "w1", "wisher_name": "王芳", "updated_at": "2026-03-01 08:00:00"}


@pytest.fixture
def wishes(tmp_path: Path) -> SmallHub:
    return small_hub(tmp_path, "community.wish")


def _wishes(count: int) -> list[dict[str, str | None]]:
    return [{**WISH, "wish_no": f"w{n}"} for n in range(count)]


def test_a_second_pull_with_nothing_new_writes_nothing(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(3))
    wishes.night()
    before = wishes.versions()
    pulled, settled = wishes.night()
    assert (pulled.delivered, pulled.known, pulled.batch) == (3, 3, None)
    assert (settled.added, settled.changed, settled.removed) == (0, 0, 0)
    assert wishes.versions() == before


def test_only_the_changed_row_moves(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(5))
    wishes.night()
    rows = _wishes(5)
    rows[2] |= {"content": "书包", "updated_at": "2026-03-02 08:00:00"}
    wishes.deliver(rows)
    pulled, settled = wishes.night()
    assert (pulled.appended, settled.changed, settled.added) == (1, 1, 0)
    assert wishes.rows("conformed")["w2"]["content"] == "书包"


def test_a_row_that_a_later_one_overtakes_counts_as_known(wishes: SmallHub) -> None:
    wishes.deliver([WISH, {**WISH, "content": "later"}])
    pulled, settled = wishes.night()
    assert (pulled.delivered, pulled.known, pulled.repeated, settled.conformed) == (2, 1, 1, 1)
    assert wishes.rows("conformed")["w1"]["content"] == "later"
    assert [note.rule for note in settled.held.notes] == ["batch.keys_repeated"]


def test_an_unreachable_source_is_a_failure_and_the_state_stays(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(2))
    wishes.night()
    wishes.database.unlink()
    pulled, settled = wishes.night()
    assert isinstance(pulled.failure, SourceError)
    assert (pulled.delivered, settled.delivered) == (0, 0)
    assert set(wishes.rows("conformed")) == {"w0", "w1"}
    assert json.dumps(pulled.to_dict()) and json.dumps(settled.to_dict())


def test_a_missing_column_is_a_failure_that_names_it(wishes: SmallHub) -> None:
    wishes.deliver([WISH])
    with closing(sqlite3.connect(wishes.database)) as con, con:
        con.execute("alter table wish rename column phone to tel")
    pulled, _ = wishes.night()
    assert isinstance(pulled.failure, SourceChanged)
    assert "phone" in pulled.failure.what


def test_an_undeclared_column_is_kept_and_told(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "street": "长征"}], more_columns=("street",))
    pulled, settled = wishes.night()
    assert pulled.drift == ("street",)
    assert json.loads(wishes.rows("raw")["w1"]["_extra"]) == {"street": "长征"}
    assert [note.rule for note in settled.held.notes] == ["batch.columns_added"]


def test_a_row_with_a_nul_is_in_quarantine_until_it_is_mended(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "content": "a\0b"}, {**WISH, "wish_no": "w2"}])
    pulled, settled = wishes.night()
    assert (pulled.delivered, pulled.unreadable) == (2, 1)
    assert (settled.conformed, settled.quarantined) == (1, 1)
    assert wishes.rows("quarantine")["w1"]["_rules"] == ["text.nul_byte"]
    before = wishes.versions()
    wishes.night()
    assert wishes.versions() == before
    wishes.deliver([{**WISH, "content": "ab"}, {**WISH, "wish_no": "w2"}])
    _, settled = wishes.night()
    assert (settled.added, settled.reentered) == (1, 1)
    assert wishes.rows("quarantine") == {}


def test_a_row_without_a_key_is_in_quarantine_once(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "wish_no": None}])
    _, settled = wishes.night()
    assert (settled.quarantined, settled.broken["batch.key_missing"]) == (1, 1)
    pulled, _ = wishes.night()
    assert pulled.known == 1
    [row] = show_quarantine(wishes.hub, wishes.feed)
    assert row["wisher_name"] == "某某"
    assert show_quarantine(wishes.hub, wishes.feed, unmask=True)[0]["wisher_name"] == "王芳"
    assert [(count["rule"], count["rows"]) for count in list_quarantine(wishes.hub)] == [
        ("batch.key_missing", 1)
    ]


def test_a_full_pull_finds_deletions_of_a_cursor_feed(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(10))
    wishes.night()
    wishes.deliver(_wishes(9))
    assert wishes.night()[1].removed == 0
    assert wishes.night(full=True)[1].removed == 1
    assert set(wishes.rows("conformed")) == {f"w{n}" for n in range(9)}


def test_a_snapshot_that_shrank_is_held_and_released_by_a_whole_one(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "civil_affairs.elderly_allowance")
    people = [{"编号": f"e{n}", "姓名": "王芳"} for n in range(60)]
    hub.deliver(people)
    hub.night()
    hub.deliver(people[:5])
    _, settled = hub.night()
    assert [reason.rule for reason in settled.held.reasons] == ["batch.snapshot_shrunk"]
    assert len(hub.rows("conformed")) == 60
    before = hub.versions()
    _, settled = hub.night()
    assert settled.held and hub.versions() == before
    hub.deliver([*people, {"编号": "e60", "姓名": "李强"}])
    _, settled = hub.night()
    assert (bool(settled.held), settled.added, settled.removed) == (False, 1, 0)
    assert len(hub.rows("conformed")) == 61


def test_a_held_batch_can_be_accepted(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "civil_affairs.elderly_allowance")
    people = [{"编号": f"e{n}", "姓名": "王芳"} for n in range(60)]
    hub.deliver(people)
    hub.night()
    hub.deliver([*people[:4], {"编号": "new", "姓名": "李强"}])
    _, settled = hub.night()
    assert (settled.quarantined, settled.conformed) == (1, 0)
    assert [count["rule"] for count in list_quarantine(hub.hub)] == ["held"]
    assert replay(hub.hub, hub.feed, accept_held=True).removed == 56
    assert len(hub.rows("conformed")) == 5


def test_a_changed_rule_judges_the_feed_anew(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(3))
    wishes.night()
    table = wishes.hub.lake.table("conformed", wishes.feed.table)
    with wishes.hub.connect() as con:
        attach(con, wishes.hub.lake, [table.full_name])
        older = f"select * replace ('other rules' as _rules_version) from {table.full_name}"
        old = stream(con, older).read_all()
    table.replace(old)
    settled = conform_feed(wishes.hub, wishes.feed)
    assert settled.conformed == 3
    assert {row["_rules_version"] for row in wishes.rows("conformed").values()} != {"other rules"}
    before = wishes.versions()
    wishes.night()
    assert wishes.versions() == before


def _drop(folder: Path, name: str, lines: list[str]) -> None:
    body = "\r\n".join(lines).encode("gb18030") + b"\r\n"
    (folder / name).write_bytes(body)
    sha = hashlib.sha256(body).hexdigest()
    (folder / f"{name}.ok").write_text(f"rows={len(lines) - 1}\nsha256={sha}\n")


def test_a_file_that_holds_nothing_new_is_taken_once(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    hub = small_hub(tmp_path, "civil_affairs.cremation", Source("x", "files", {"url": str(folder)}))
    header = ",".join(hub.feed.sources)
    row = "c1,王芳,360731194001011234,女,2026-02-27,2026-02-28,贡江镇"
    _drop(folder, "cremation_20260227.csv", [header, row])
    assert hub.night()[1].added == 1
    _drop(folder, "cremation_20260228.csv", [header, row, row])
    pulled, settled = hub.night()
    assert (pulled.delivered, pulled.known, settled.changed) == (2, 2, 0)
    before = hub.versions()
    assert hub.night()[0].delivered == 0
    assert hub.versions() == before
    assert hub.rows("conformed")["c1"]["death_date_precision"] == "day"


def test_files_before_a_damaged_one_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    hub = small_hub(tmp_path, "civil_affairs.cremation", Source("x", "files", {"url": str(folder)}))
    header = ",".join(hub.feed.sources)
    _drop(folder, "cremation_20260227.csv", [header, "c1,王芳,,女,2026-02-27,2026-02-28,贡江镇"])
    _drop(folder, "cremation_20260228.csv", [header, "c2,王芳,,女,2026-02-27,2026-02-28,贡江镇"])
    (folder / "cremation_20260228.csv").write_bytes(b"cut short")
    pulled, settled = hub.night()
    assert pulled.failure is not None
    assert (pulled.delivered, settled.added) == (1, 1)


def test_great_expectations_counts_what_the_verdicts_count(wishes: SmallHub) -> None:
    wishes.deliver([*_wishes(2), {**WISH, "wish_no": None}])
    pulled = pull_feed(wishes.hub, wishes.feed)
    settled = conform_feed(wishes.hub, wishes.feed, pulled, run_id="a-run")
    assert settled.judged is not None
    assert settled.judged.broken == settled.broken
    assert json.dumps(settled.to_dict())
