"""Every question's answer beside the truth of a county without damage."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.answers import exact, scored
from pipelines.warehouse.answers import answers
from sandbox.score_answers import AnswerScore, truths


@pytest.fixture(scope="module")
def scores(warehouse: str, clean: Path) -> Mapping[str, AnswerScore]:
    return scored(warehouse, clean / "county")


def test_every_question_has_a_truth() -> None:
    assert truths().keys() == answers().keys()


@pytest.mark.parametrize("name", sorted(answers()))
def test_answer_is_the_truth_on_clean_data(scores: Mapping[str, AnswerScore], name: str) -> None:
    assert exact(scores[name]), scores[name]


def test_most_questions_have_rows_in_the_county(scores: Mapping[str, AnswerScore]) -> None:
    """Where truth and answer are both empty, being equal says nothing."""
    empty = [name for name, score in scores.items() if not score.true_rows]
    assert len(empty) <= 12, empty
