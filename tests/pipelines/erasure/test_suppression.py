"""Who was erased does not come back: rows are counted, not stored; shared rows lose only them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from small_hub import SmallHub, small_hub

from connectors import Batch
from connectors.base import Unreadable
from foundation.engine import run
from foundation.errors import ConfigError
from pipelines.conform.run import conform_feed
from pipelines.erasure.match import attach_matching, suppress
from pipelines.erasure.records import erase_records
from pipelines.erasure.suppressed import Suppressed, exchange_key, keep, prepared, suppressed
from pipelines.intake import Intake

ERASED, OTHER = "360731198711224416", "36073119900307002X"
VISITOR = "public_security.floating_population"
COUPLE = "civil_affairs.marriage_registration"
AT = "2026-02-01 08:00:00"


def visitor(no: str, number: str | None, name: str, **more: str) -> dict[str, str | None]:
    return {"DJBH": no, "ZJLXDM": "111", "ZJHM": number, "XM": name, "GXSJ": AT, **more}


def couple(no: str, husband: str | None, wife: str) -> dict[str, str | None]:
    return {
        "登记编号": no, "男方姓名": "欧阳不见" if husband else None, "男方身份证号": husband,
        "女方姓名": "王芳", "女方身份证号": wife,
    }  # fmt: skip


def listed(hub: SmallHub, *said: tuple[str, str]) -> Suppressed:
    now = prepared(hub.hub.home).with_said(said)
    keep(hub.hub.home, now)
    return now


def erase(hub: SmallHub) -> int:
    """What an erasure does in one feed."""
    with hub.hub.connect() as con:
        attach_matching(con, suppressed(hub.hub.home))
        keys = erase_records(con, hub.hub, hub.feed)
    conform_feed(hub.hub, hub.feed)
    return keys


def cells(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What rows say, in one order, without when they came."""
    own = [
        {k: v for k, v in row.items() if k not in ("_batch", "_row", "_received_at", "_cursor")}
        for row in rows
        if row["_op"] != "C"
    ]
    return sorted(own, key=lambda row: json.dumps(row, sort_keys=True, default=str))


@pytest.mark.parametrize(
    "written", [ERASED, "３６０７３１１９８７１１２２４４１６", "360731 19871122 4416"]
)
def test_rows_of_the_erased_are_counted_and_not_stored(tmp_path: Path, written: str) -> None:
    hub = small_hub(tmp_path, VISITOR)
    listed(hub, ("number", ERASED))
    hub.deliver([visitor("1", written, "欧阳不见"), visitor("2", OTHER, "王芳")])
    pulled, settled = hub.night()
    assert (pulled.delivered, pulled.suppressed, settled.suppressed) == (2, 1, 1)
    assert [row["_key"] for row in hub.raw()] == ["2"]
    again, _ = hub.night(full=True)
    assert (again.delivered, again.suppressed, again.known, again.appended) == (2, 1, 1, 0)


def test_a_shared_row_loses_only_the_erased_and_is_known_the_next_night(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, COUPLE)
    listed(hub, ("number", ERASED))
    hub.deliver([couple("M1", ERASED, OTHER)])
    pulled, _ = hub.night()
    assert (pulled.suppressed, pulled.appended) == (0, 1)
    [row] = hub.raw()
    assert (row["男方姓名"], row["男方身份证号"], row["女方身份证号"]) == (None, None, OTHER)
    again, _ = hub.night(full=True)
    assert (again.known, again.appended) == (1, 0)


def test_a_record_that_passed_to_another_person_is_taken_in(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, VISITOR)
    listed(hub, ("record", f"{VISITOR}|1|self|"))
    hub.deliver([visitor("1", None, "欧阳不见")])
    assert hub.night()[0].suppressed == 1
    hub.deliver([visitor("1", OTHER, "王芳")])
    pulled, _ = hub.night(full=True)
    assert (pulled.suppressed, pulled.appended) == (0, 1)


@pytest.mark.parametrize("feed", [VISITOR, COUPLE])
def test_raw_after_an_erasure_is_as_if_the_person_had_never_come(tmp_path: Path, feed: str) -> None:
    before, never = (small_hub(tmp_path / name, feed) for name in ("before", "never"))
    row = visitor if feed == VISITOR else couple
    nights: list[list[dict[str, str | None]]] = (
        [
            [row("1", ERASED, "欧阳不见"), row("2", OTHER, "王芳")],
            [row("1", ERASED, "欧阳不可见"), row("2", OTHER, "王方"), row("3", OTHER, "王芳")],
        ]
        if feed == VISITOR
        else [[couple("1", ERASED, OTHER)], [couple("1", ERASED, OTHER), couple("2", None, OTHER)]]
    )
    listed(never, ("number", ERASED))
    for rows in nights:
        for hub in (before, never):
            hub.deliver(rows)
            hub.night(full=True)
    listed(before, ("number", ERASED))
    assert erase(before) == 1
    assert cells(before.raw()) == cells(never.raw())
    assert before.rows("conformed").keys() == never.rows("conformed").keys()
    assert erase(before) == 0
    again, _ = before.night(full=True)
    assert again.appended == 0 and again.removed == 0


def test_the_cursor_outlives_the_last_batchs_only_row(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, VISITOR)
    hub.deliver([visitor("2", OTHER, "王芳")])
    hub.night()
    hub.deliver([visitor("1", ERASED, "欧阳不见", GXSJ="2026-02-20 08:00:00")])
    first, _ = hub.night()
    listed(hub, ("number", ERASED))
    erase(hub)
    hub.deliver([])
    after, _ = hub.night()
    assert after.cursor == first.cursor is not None


def test_an_unreadable_line_with_the_number_is_not_kept(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, VISITOR)
    nobody = pa.record_batch({name: pa.array([], pa.string()) for name in hub.feed.sources})
    lines = [Unreadable("2", "a quote is open", f'1,"{ERASED}', "batch.x") for _ in range(2)]
    lines.append(Unreadable("3", "a quote is open", f'2,"{OTHER}', "batch.x"))
    with hub.hub.connect() as con:
        intake = Intake(con, hub.feed, None)
        intake.take(Batch(nobody, None, tuple(lines), "file.csv"))
        intake.finish(is_broken_off=False)
        assert suppress(con, hub.feed, listed(hub, ("number", ERASED))) == 2
        assert run(con, "select count(*) from delivered") == [(1,)]


def test_keys_are_exchanged_and_old_entries_still_hold(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, VISITOR)
    listed(hub, ("number", ERASED))
    exchange_key(hub.hub.home)
    now = listed(hub, ("number", OTHER))
    assert len({entry.key_id for entry in now.entries}) == 2
    hub.deliver([visitor("1", ERASED, "欧阳不见"), visitor("2", OTHER, "王芳")])
    assert hub.night()[0].suppressed == 2
    text = (hub.hub.home.erasure / "suppressed.json").read_text()
    assert ERASED not in text and OTHER not in text


def test_without_its_key_nothing_is_pulled(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, VISITOR)
    listed(hub, ("number", ERASED))
    (hub.hub.home.secrets / "suppression_key").unlink()
    hub.deliver([visitor("1", ERASED, "欧阳不见")])
    with pytest.raises(ConfigError, match="erased"):
        hub.night()
    assert hub.versions() == {}
