"""Every question's answer beside the truth of a county without damage."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.answers import exact, scored
from pipelines.warehouse.answers import answers
from sandbox.score_answers import AnswerScore, truths

# Questions that follow from where people live. Even on clean data a list (assistance, a card) names
# the family's home for members who are away, and no other record says where they are. Who appears
# in one record without a number may stay a resident of his own.
ABOUT_HOMES = {
    "community_profile",
    "grid_profile",
    "grid_worker_load",
    "known_to_one_department",
    "register_and_residence_apart",
    "severely_disabled_above_third_floor",
    "tickets_per_hundred_residents",
    "warning_people_inside",
}


@pytest.fixture(scope="module")
def scores(warehouse: str, clean: Path) -> Mapping[str, AnswerScore]:
    return scored(warehouse, clean / "county")


def test_every_question_has_a_truth() -> None:
    assert truths().keys() == answers().keys()


@pytest.mark.parametrize("name", sorted(answers().keys() - ABOUT_HOMES))
def test_answer_is_the_truth_on_clean_data(scores: Mapping[str, AnswerScore], name: str) -> None:
    assert exact(scores[name]), scores[name]


@pytest.mark.parametrize("name", sorted(ABOUT_HOMES))
def test_answer_about_homes_misses_little_on_clean_data(
    scores: Mapping[str, AnswerScore], name: str
) -> None:
    score = scores[name]
    wrong, missing = score.rows - score.right, score.true_rows - score.right
    assert wrong <= max(1, 0.08 * score.rows), score
    assert missing <= max(1, 0.02 * score.true_rows), score


def test_most_questions_have_rows_in_the_county(scores: Mapping[str, AnswerScore]) -> None:
    """Where truth and answer are both empty, being equal says nothing."""
    empty = [name for name, score in scores.items() if not score.true_rows]
    assert len(empty) <= 12, empty
