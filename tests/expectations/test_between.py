"""Every rule between departments on what breaks it and what nearly does; what they may not say."""

import re
from datetime import timedelta

import pytest
from between_cases import CASES
from between_world import AS_OF, World, ago, at

from expectations import RULES
from expectations.between import BETWEEN
from expectations.registry import catalogue
from schemas import FEEDS
from schemas.model import Sensitivity


@pytest.fixture(scope="module")
def found() -> dict[str, list[dict[str, object]]]:
    world = World()
    for kind, said in CASES.items():
        said(world, f"{kind}-broken", True)
        said(world, f"{kind}-near", False)
    return world.found()


@pytest.mark.parametrize("kind", BETWEEN)
def test_a_rule_finds_what_breaks_it_and_not_what_nearly_does(
    found: dict[str, list[dict[str, object]]], kind: str
) -> None:
    subjects = {row["subject"] for row in found[kind]}
    assert f"{kind}-broken" in _own(subjects, kind) and f"{kind}-near" not in _own(subjects, kind)


def _own(subjects: set[object], kind: str) -> set[str]:
    """The case's residents, wherever in a record's key they stand."""
    return {
        tag
        for subject in map(str, subjects)
        for tag in (f"{kind}-broken", f"{kind}-near")
        if tag in subject
    }


def test_every_rule_has_a_case() -> None:
    assert set(BETWEEN) == set(CASES)
    assert not {rule.id for rule in BETWEEN.values()} & set(RULES)


def test_the_catalogue_says_of_every_rule_to_which_departments_it_goes_back() -> None:
    entries = catalogue()
    assert len({entry["rule"] for entry in entries}) == len(entries) == len(RULES) + len(BETWEEN)
    for entry in entries:
        assert entry["departments"] and entry["severity"] in ("error", "warning")
        assert 0 <= float(str(entry["tolerance"])) < 1, entry["rule"]


def test_a_discrepancy_names_the_feeds_that_its_rule_declares(
    found: dict[str, list[dict[str, object]]],
) -> None:
    for kind, rows in found.items():
        sides = {(side.feed, side.other_feed) for side in BETWEEN[kind].sides}
        for row in rows:
            assert (row["feed"], row["other_feed"]) in sides, kind
            assert str(row["other_feed"]).startswith(f"{row['department']}.")
            assert row["discrepancy_kind"] == kind and row["other_record_keys"]


def test_a_subject_is_a_resident_or_a_key_that_is_not_personal(
    found: dict[str, list[dict[str, object]]],
) -> None:
    for kind, rows in found.items():
        for row in rows:
            if row["resident_id"] is not None:
                assert row["subject"] == row["resident_id"]
                continue
            feed = FEEDS[str(row["other_feed"])]
            levels = {feed.column(name).sensitivity for name in feed.key_names}
            assert levels <= {Sensitivity.PUBLIC, Sensitivity.INTERNAL}, kind


def test_every_rule_is_told_in_both_languages_and_says_whose_fault_is_likely() -> None:
    for rule in BETWEEN.values():
        assert re.search("[一-鿿]", rule.title_zh) and len(rule.fault) > 20 and len(rule.why) > 10
        assert 0 <= rule.tolerance < 0.5


def _referring(updated: int) -> World:
    world = World()
    world.row("city_management.case", "c", component_code="new", updated_at=at(ago(updated)))
    return world


def test_a_reference_waits_until_the_feed_that_it_names_was_read() -> None:
    component = "city_management.component"
    assert len(_referring(1).found("case_component")["case_component"]) == 1
    today = _referring(0)
    assert today.found("case_component")["case_component"] == []
    behind = _referring(1)
    behind.status(component, AS_OF - timedelta(days=1))  # an events run did not read components
    assert behind.found("case_component")["case_component"] == []
    failed = _referring(3)
    failed.status(component, state="failed", stale_since=ago(2))
    assert failed.found("case_component")["case_component"] == []
    never = _referring(3)
    never.status(component, state="failed", stale_since=ago(2), last_success_at=None)
    assert never.found("case_component")["case_component"] == []


def test_what_lies_in_quarantine_is_there() -> None:
    world = _referring(1)
    world.add("quarantine.city_management_component", _key="new")
    assert world.found("case_component")["case_component"] == []


def test_order_of_rows_does_not_matter() -> None:
    world, turned = World(), World()
    for said in CASES.values():
        said(world, "x", True)
    turned.rows = {name: list(reversed(rows)) for name, rows in world.rows.items()}
    one, other = world.found(), turned.found()
    for kind in BETWEEN:
        assert sorted(map(str, one[kind])) == sorted(map(str, other[kind])), kind
