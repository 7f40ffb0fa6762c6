"""Rows leave quarantine when they are mended or a rule changes, and every row is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_hub import SmallHub, small_hub

from expectations.registry import RULES
from expectations.rule import Severity
from pipelines.quarantine import list_quarantine, replay

FEED = "civil_affairs.elderly_allowance"
NOBODY, PHONE = "identity.nobody", "phone.malformed"
KEYS = ["k1", "k2", "k3"]
# What a row may be: right in one of two ways, nobody, or with a phone that a rule calls an error.
ROW = st.sampled_from(["right", "right too", NOBODY, PHONE, None])
NIGHTS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(KEYS), ROW), st.sampled_from(list(Severity))),
    min_size=2,
    max_size=4,
)


def _row(hub: SmallHub, key: str, state: str) -> dict[str, str | None]:
    cells = {
        "name": None if state == NOBODY else "王芳",
        "phone": "abc" if state == PHONE else "13800000000",
        "address": state,
    }
    row = {column.source: cells.get(column.name) for column in hub.feed.columns}
    return {**row, hub.feed.key[0]: key}


def _judged(mp: pytest.MonkeyPatch, severity: Severity) -> None:
    mp.setitem(RULES, PHONE, replace(RULES[PHONE], severity=severity))


def _is_bad(state: str, severity: Severity) -> bool:
    return state == NOBODY or (state == PHONE and severity is Severity.ERROR)


def _agrees(hub: SmallHub, lives: dict[str, list[str]], severity: Severity) -> None:
    """Each key is in quarantine or current, not both; its last good row stays, marked stale."""
    bad = {key: states[-1] for key, states in lives.items() if _is_bad(states[-1], severity)}
    good = {
        key: [state for state in states if not _is_bad(state, severity)][-1:]
        for key, states in lives.items()
    }
    conformed, quarantined = hub.rows("conformed"), hub.rows("quarantine")
    assert {key: row["_rules"] for key, row in quarantined.items()} == {
        key: [state] for key, state in bad.items()
    }
    assert {key: row["address"] for key, row in conformed.items()} == {
        key: states[0] for key, states in good.items() if states
    }
    assert {key for key, row in conformed.items() if row["_stale"]} == bad.keys() & conformed.keys()
    current = sum(not row["_stale"] for row in conformed.values())
    assert current + len(quarantined) == len(lives)
    listed = {row["rule"]: row["rows"] for row in list_quarantine(hub.hub, (hub.feed,))}
    assert listed == Counter(bad.values())


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(NIGHTS)
def test_through_any_nights_and_rule_changes_every_row_is_where_it_belongs(nights) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as mp:
        hub = small_hub(Path(folder), FEED)
        lives: dict[str, list[str]] = {}
        for changes, severity in [({"anchor": "right"}, Severity.WARNING), *nights]:
            for key, state in changes.items():
                if state is None:
                    lives.pop(key, None)
                elif lives.get(key, [None])[-1] != state:
                    lives.setdefault(key, []).append(state)
            _judged(mp, severity)
            hub.deliver([_row(hub, key, states[-1]) for key, states in lives.items()])
            hub.night()  # asserts the balance
            _agrees(hub, lives, severity)
            before = hub.versions()
            assert replay(hub.hub, hub.feed).reentered == 0
            _agrees(hub, lives, severity)
            hub.night()
            assert {k: v for k, v in hub.versions().items() if k.startswith("raw")} == {
                k: v for k, v in before.items() if k.startswith("raw")
            }


def test_a_mended_row_re_enters_and_counts_once(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, FEED)
    rows = {key: _row(hub, key, NOBODY if key == "k1" else "right") for key in KEYS}
    hub.deliver(rows.values())
    _, first = hub.night()
    assert (first.conformed, first.quarantined) == (2, 1)
    rows["k1"] = _row(hub, "k1", "right")
    hub.deliver(rows.values())
    pulled, second = hub.night()
    assert (pulled.delivered, pulled.known, second.conformed) == (3, 2, 1)
    assert (second.reentered, second.quarantined) == (1, 0)
    assert not hub.rows("quarantine")


def test_rows_re_enter_by_replay_when_a_rule_is_relaxed_and_leave_when_it_is_tightened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = small_hub(tmp_path, FEED)
    _judged(monkeypatch, Severity.ERROR)
    hub.deliver([_row(hub, "k1", PHONE), _row(hub, "k2", "right")])
    hub.night()
    assert set(hub.rows("quarantine")) == {"k1"}
    since = hub.rows("quarantine")["k1"]["_since"]
    _judged(monkeypatch, Severity.WARNING)
    report = replay(hub.hub, hub.feed)
    assert (report.reentered, report.conformed, report.quarantined) == (1, 2, 0)
    assert PHONE in hub.rows("conformed")["k1"]["_warnings"]
    _judged(monkeypatch, Severity.ERROR)
    hub.night()
    assert set(hub.rows("quarantine")) == {"k1"}
    assert hub.rows("quarantine")["k1"]["_since"] > since
    assert set(hub.rows("conformed")) == {"k2"}
