"""When a delivery may replace what is known, and when it is held."""

from candidates import feed_of
from hypothesis import given
from hypothesis import strategies as st

from expectations.batch import BATCH_RULES, BatchFacts, judge_batch
from expectations.rule import Severity

SNAPSHOT = feed_of("civil_affairs.elderly_allowance")
CURSOR = feed_of("public_security.resident_register")


def _reasons(facts: BatchFacts) -> list[str]:
    return [finding.rule for finding in judge_batch(facts).reasons]


def _notes(facts: BatchFacts) -> list[str]:
    return [finding.rule for finding in judge_batch(facts).notes]


def test_a_snapshot_that_shrank_too_far_is_held() -> None:
    assert _reasons(BatchFacts(SNAPSHOT, 79, previous=100, removed=21)) == ["batch.snapshot_shrunk"]
    assert _reasons(BatchFacts(SNAPSHOT, 80, previous=100, removed=20)) == []


def test_a_small_snapshot_may_lose_a_few_rows() -> None:
    assert _reasons(BatchFacts(SNAPSHOT, 1, previous=10, removed=9)) == []


def test_an_empty_snapshot_is_held_unless_nothing_was_known() -> None:
    assert _reasons(BatchFacts(SNAPSHOT, 0, previous=3, removed=3)) == ["batch.snapshot_empty"]
    assert _reasons(BatchFacts(SNAPSHOT, 0)) == []


def test_an_increment_removes_nothing_and_is_not_held_for_its_size() -> None:
    assert _reasons(BatchFacts(CURSOR, 0, previous=1000)) == []


def test_a_full_read_of_a_cursor_feed_is_judged_like_a_snapshot() -> None:
    facts = BatchFacts(CURSOR, 500, previous=1000, removed=500, is_full=True)
    assert _reasons(facts) == ["batch.snapshot_shrunk"]


def test_missing_columns_hold_and_added_ones_are_noted() -> None:
    facts = BatchFacts(CURSOR, 10, missing_columns=("LXDH",), added_columns=("XXX",))
    assert _reasons(facts) == ["batch.columns_missing"]
    assert _notes(facts) == ["batch.columns_added"]
    assert _reasons(BatchFacts(CURSOR, 10, missing_columns=("RYNBID",))) == [
        "batch.key_column_missing"
    ]


def test_too_many_errors_hold_a_batch_and_a_few_do_not() -> None:
    assert _reasons(BatchFacts(CURSOR, 100, judged=100, errors=21)) == ["batch.too_many_errors"]
    assert _reasons(BatchFacts(CURSOR, 100, judged=100, errors=20)) == []
    assert _reasons(BatchFacts(CURSOR, 10, judged=10, errors=10)) == []


def test_lines_that_cannot_be_parsed_hold_only_when_they_are_many() -> None:
    assert _reasons(BatchFacts(SNAPSHOT, 100, unreadable=20)) == ["batch.unreadable_lines"]
    assert _notes(BatchFacts(SNAPSHOT, 100, unreadable=1)) == ["batch.some_unreadable"]


def test_repeated_keys_are_noted() -> None:
    assert _notes(BatchFacts(CURSOR, 100, duplicate_keys=3)) == ["batch.keys_repeated"]


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_batch_is_held_for_errors_only(delivered: int, previous: int, unreadable: int) -> None:
    removed = max(previous - delivered, 0)
    held = judge_batch(
        BatchFacts(SNAPSHOT, delivered, previous, removed, unreadable=min(unreadable, delivered))
    )
    assert bool(held) == bool(held.reasons)
    for finding in held.reasons:
        assert BATCH_RULES[finding.rule].severity is Severity.ERROR
    for finding in held.notes:
        assert BATCH_RULES[finding.rule].severity is Severity.WARNING
