"""api_v1 only grows: a column that is gone or of another type breaks what a release promised."""

from pathlib import Path

import psycopg
import pytest
from warehouse_county import hub_in

from foundation.errors import ConfigError
from pipelines.publish.postgres import publish
from pipelines.publish.released import broken, cut, last_release, promised

BEFORE = {"resident": {"resident_id": "text", "birth_year": "bigint"}}


def test_what_is_published_keeps_the_last_releases_promise(served: str) -> None:
    release, before = last_release()
    assert len(before) > 40, release
    assert broken(before, promised(served)) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("alter view api_v1.shelter rename column name to title", "shelter: name (text) is gone"),
        ("drop view api_v1.shelter cascade", "shelter: name (text) is gone"),
        (
            "drop function api_v1.household_believed_on",
            "household_believed_on(): argument (night date) is gone",
        ),
    ],
)
def test_what_a_database_no_longer_offers_is_told(
    built: Path, url: str, change: str, complaint: str
) -> None:
    publish(hub_in(built), url)
    with psycopg.connect(url) as connection:
        connection.execute(change)
    _, before = last_release()
    assert f"api_v1.{complaint}" in broken(before, promised(url))


def test_a_new_column_or_view_breaks_nothing_and_a_retyped_column_does() -> None:
    grown = {"resident": {**BEFORE["resident"], "sex": "text"}, "shop": {"shop_id": "text"}}
    assert broken(BEFORE, grown) == []
    retyped = {"resident": {"resident_id": "text", "birth_year": "text"}}
    assert broken(BEFORE, retyped) == ["api_v1.resident: birth_year was bigint and is text"]


def test_a_release_is_cut_once_and_the_last_one_counts(tmp_path: Path) -> None:
    cut("0.9", {"old": {}}, tmp_path)
    cut("0.10", BEFORE, tmp_path)
    assert last_release(tmp_path) == ("0.10", BEFORE)
    with pytest.raises(ConfigError, match="no later than the last release"):
        cut("0.10", {}, tmp_path)
    with pytest.raises(ConfigError, match="numbers and dots"):
        cut("next", {}, tmp_path)
