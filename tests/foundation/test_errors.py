"""Errors read as four sentences."""

import pickle

from foundation.errors import SourceDenied, SourceError, SourceUnreachable


def test_an_error_reads_as_sentences_and_as_parts() -> None:
    error = SourceDenied(
        "civil_affairs.cremation",
        "the key was refused",
        "yesterday's state stays",
        "ask for a new key.",
    )
    assert str(error) == (
        "civil_affairs.cremation: the key was refused. Yesterday's state stays. Ask for a new key."
    )
    assert error.as_dict()["error"] == "SourceDenied"


def test_only_what_may_heal_by_itself_is_retryable() -> None:
    parts = ("feed", "what", "outcome", "remedy")
    assert SourceUnreachable(*parts).retryable
    assert not SourceDenied(*parts).retryable
    assert SourceError(*parts, retryable=True).retryable


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(
        pickle.dumps(SourceError("feed", "what", "outcome", "remedy", retryable=True))
    )
    assert (error.where, error.retryable) == ("feed", True)
