"""Lines that cannot be read wait in quarantine until they are mended, and no longer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from small_hub import SmallHub, small_hub

from foundation.config import Source
from pipelines.quarantine import discard_unreadable

GOOD = "HH2026000001,王芳,360731194001011234,女,2026-02-27,2026-02-28,贡江镇"
BROKEN = "HH2026000002,李强,360731,194001011234,男,2026-02-27,2026-02-28,贡江镇"  # a comma too many
MENDED = "HH2026000002,李强,360731194001011234,男,2026-02-27,2026-02-28,贡江镇"
OTHER = "HH2026000003,张敏,360731194001011234,女,2026-02-27,2026-02-28,贡江镇"


@pytest.fixture
def cremations(tmp_path: Path) -> SmallHub:
    (tmp_path / "drop").mkdir()
    source = Source("x", "files", {"url": str(tmp_path / "drop")})
    return small_hub(tmp_path, "civil_affairs.cremation", source)


def _drop(hub: SmallHub, name: str, *lines: str) -> None:
    folder = hub.database.parent / "drop"
    body = "\r\n".join([",".join(hub.feed.sources), *lines, ""]).encode("gb18030")
    (folder / name).write_bytes(body)
    sha = hashlib.sha256(body).hexdigest()
    (folder / f"{name}.ok").write_text(f"rows={len(lines)}\nsha256={sha}\n")


def _first_night(hub: SmallHub) -> None:
    _drop(hub, "cremation_20260227.csv", GOOD, BROKEN)
    pulled, settled = hub.night()
    assert (pulled.delivered, pulled.unreadable) == (2, 1)
    assert (settled.conformed, settled.quarantined) == (1, 1)
    [row] = hub.rows("quarantine").values()
    assert row["_rules"] == ["batch.unreadable_line"]


def test_a_line_leaves_when_the_row_of_its_key_arrives(cremations: SmallHub) -> None:
    _first_night(cremations)
    _drop(cremations, "cremation_20260227_02.csv", MENDED)
    pulled, settled = cremations.night()
    assert (pulled.appended, pulled.removed, settled.added) == (1, 1, 1)
    assert cremations.rows("quarantine") == {}
    assert set(cremations.rows("conformed")) == {"HH2026000001", "HH2026000002"}


def test_a_line_stays_when_rows_of_other_keys_arrive(cremations: SmallHub) -> None:
    _first_night(cremations)
    _drop(cremations, "cremation_20260228.csv", OTHER)
    cremations.night()
    assert len(cremations.rows("quarantine")) == 1


def test_a_line_leaves_when_its_file_comes_again_without_it(cremations: SmallHub) -> None:
    _first_night(cremations)
    _drop(cremations, "cremation_20260227.csv", GOOD)
    pulled, _ = cremations.night()
    assert (pulled.known, pulled.removed) == (1, 1)
    assert cremations.rows("quarantine") == {}


def test_a_line_stays_when_its_file_comes_again_with_it(cremations: SmallHub) -> None:
    _first_night(cremations)
    _drop(cremations, "cremation_20260227.csv", GOOD, BROKEN, OTHER)
    pulled, _ = cremations.night()
    assert (pulled.known, pulled.appended) == (2, 1)
    assert len(cremations.rows("quarantine")) == 1


def test_a_line_that_is_mended_in_the_same_pull_is_known(cremations: SmallHub) -> None:
    _drop(cremations, "cremation_20260227.csv", GOOD, BROKEN)
    _drop(cremations, "cremation_20260228.csv", MENDED)
    pulled, settled = cremations.night()
    assert (pulled.delivered, pulled.known, settled.conformed) == (3, 1, 2)
    assert cremations.rows("quarantine") == {}


def test_a_broken_line_after_the_row_of_its_key_stays(cremations: SmallHub) -> None:
    _drop(cremations, "cremation_20260227.csv", MENDED)
    _drop(cremations, "cremation_20260228.csv", BROKEN)
    _, settled = cremations.night()
    assert (settled.conformed, settled.quarantined) == (1, 1)
    assert len(cremations.rows("quarantine")) == 1


def test_a_steward_discards_what_is_settled_otherwise(cremations: SmallHub) -> None:
    _first_night(cremations)
    assert discard_unreadable(cremations.hub, cremations.feed) == 1
    assert cremations.rows("quarantine") == {}
    assert set(cremations.rows("conformed")) == {"HH2026000001"}
    before = cremations.versions()
    cremations.night()
    assert discard_unreadable(cremations.hub, cremations.feed) == 0
    assert cremations.versions() == before
    ops = [row["_op"] for row in cremations.raw()]
    assert sorted(ops) == ["D", "U", "X"]  # what was delivered stays on record
