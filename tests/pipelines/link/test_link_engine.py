"""The engine's behaviour on small tables: ties, contradictions, constraints, competition, order."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from little import BOOKS, book, frozen, linked, write

from foundation.engine import read_sql
from foundation.errors import ConfigError
from pipelines.link import Blocking, Column, OneOf, OnePer, Strong, Within, list_intersection
from pipelines.link.run import Linking


def test_rows_with_one_identifier_are_tied_though_they_look_little_alike(tmp_path: Path) -> None:
    rows = [book("a", "Moby Dick", isbn="1"), book("b", "Moby Dick, or the Whale", None, isbn="1")]
    clusters, report = linked(rows, tmp_path)
    assert clusters == {frozenset("ab")}
    assert report.tied == 1


def test_one_identifier_on_two_things_does_not_join_them(tmp_path: Path) -> None:
    rows = [book("a", "Moby Dick", isbn="1"), book("b", "Zen", isbn="1"), book("c", "Moby Dick")]
    clusters, report = linked(rows, tmp_path)
    assert clusters == {frozenset("ac"), frozenset("b")}
    assert report.contradicted == 1


def test_a_row_that_says_nothing_does_not_bridge_two_that_contradict(tmp_path: Path) -> None:
    rows = [
        book("a", "Moby Dick", isbn="1"),
        book("b", "Moby Dick", isbn="1", year=1991),
        book("c", "Zen", isbn="1"),
        {**book("d", "x", isbn="1"), "title": None},
    ]
    clusters, _ = linked(rows, tmp_path)
    assert frozenset("c") in clusters


def test_an_identifier_that_everybody_shares_ties_nobody(tmp_path: Path) -> None:
    model = replace(BOOKS, strong=(Strong(("isbn",), cap=3),), constraints=(), blocking=())
    model = replace(model, comparisons=(), blocking=())
    rows = [book(f"{i}", f"title {i}", isbn="0000") for i in range(4)]
    clusters, report = linked(rows, tmp_path, model)
    assert len(clusters) == 4
    assert report.too_common == 1


def test_two_identifiers_are_never_in_one_cluster(tmp_path: Path) -> None:
    rows = [
        book("a", "Moby Dick", isbn="1"),
        book("b", "Moby Dick", isbn="2"),
        book("c", "Moby Dick"),
    ]
    clusters, _ = linked(rows, tmp_path)
    assert sum(len(one & set("ab")) == 2 for one in clusters) == 0


def test_a_row_with_two_equal_candidates_joins_neither_where_they_compete(tmp_path: Path) -> None:
    rows = [
        book("a", "Moby Dick", isbn="1"),
        book("b", "Moby Dick", isbn="2"),
        book("c", "Moby Dick"),
    ]
    model = replace(BOOKS, constraints=(OneOf("isbn", competes=True),))
    clusters, report = linked(rows, tmp_path, model)
    assert frozenset("c") in clusters
    assert report.outcomes["weak"] == 2


def test_values_too_far_apart_stay_apart_even_through_a_middle(tmp_path: Path) -> None:
    rows = [book(str(y), "Moby Dick", year=y) for y in (1990, 1992, 1994)]
    model = replace(BOOKS, constraints=(Within("year", 2),), join_weight=0.0)
    clusters, report = linked(rows, tmp_path, model)
    assert frozenset(("1990", "1992", "1994")) not in clusters
    assert report.refused == {"year_too_far_apart": 2}


def test_a_source_without_repeats_gives_each_cluster_one_row(tmp_path: Path) -> None:
    rows = [
        book("a", "Moby Dick", source="x"),
        book("b", "Moby Dick", source="x"),
        book("c", "Moby Dick", source="y"),
    ]
    clusters, _ = linked(rows, tmp_path, replace(BOOKS, constraints=(OnePer("source"),)))
    assert sorted(map(len, clusters)) == [1, 2]


def test_lists_are_compared_and_blocked_by_their_elements(tmp_path: Path) -> None:
    tags = frozen(list_intersection("tags", (1,), m=(0.9, 0.1), u=(0.0001, 0.9999)))
    model = replace(
        BOOKS,
        columns=(Column("tags", "tags", keep="all"),),
        comparisons=(tags,),
        blocking=(Blocking(("tags",)),),
    )
    rows = [
        book("a", "x", tags=["sea", "whale"]),
        book("b", "y", tags=["whale"]),
        book("c", "z", tags=["war"]),
    ]
    clusters, _ = linked(rows, tmp_path, model)
    assert clusters == {frozenset("ab"), frozenset("c")}


def test_a_pair_needs_what_the_model_says_it_needs(tmp_path: Path) -> None:
    rows = [book("a", "Moby Dick"), book("b", "Moby Dick", year=1850)]
    assert linked(rows, tmp_path, replace(BOOKS, join_weight=0.0))[0] == {frozenset("ab")}
    model = replace(BOOKS, join_weight=0.0, needs=(("year.exact",),))
    assert linked(rows, tmp_path, model)[0] == {frozenset("a"), frozenset("b")}


def test_an_untrained_level_is_an_error_that_names_it(tmp_path: Path) -> None:
    learns = replace(BOOKS.comparisons[0], learns=True)
    bare = replace(learns, levels=(replace(learns.levels[0], m=None), *learns.levels[1:]))
    with pytest.raises(ConfigError, match=r"title\.exact \(m\).*[Nn]othing was linked"):
        linked([book("a", "Moby"), book("b", "Zen")], tmp_path, replace(BOOKS, comparisons=(bare,)))


def test_wrong_sql_names_its_place_in_the_model(tmp_path: Path) -> None:
    model = replace(BOOKS, blocking=(Blocking(("titel",)),))
    with pytest.raises(ConfigError, match=r"model: blocking\[1\].values"):
        linked([book("a", "x")], tmp_path, model)


def _edits(a: str, b: str) -> int:
    """Optimal string alignment distance, by the book."""
    table = [
        [max(i, j) if not min(i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)
    ]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            change = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, change)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


words = st.text("王芳汪方áb", min_size=1, max_size=5)


@given(words, words)
@settings(deadline=None)
def test_distances_count_characters_in_any_writing(a: str, b: str) -> None:
    with duckdb.connect() as con:
        con.execute(read_sql("pipelines.link", "macros"))
        [(found, alike, near)] = con.execute(
            "select char_edits($1, $2), char_similarity($1, $2), within_edits($1, $2, 1)", [a, b]
        ).fetchall()
    expected = _edits(a, b)
    # DuckDB's Damerau-Levenshtein also edits between two swapped letters, so it may be smaller.
    assert expected - 1 <= found <= expected if expected > 2 else found == expected
    assert near == (found <= 1)
    assert (alike == 1) == (a == b)


def test_an_empty_table_has_no_clusters(tmp_path: Path) -> None:
    clusters, report = linked([], tmp_path)
    assert clusters == set()
    assert report.rows == 0


TITLES = ("Moby Dick", "Moby Dik", "Zen", "War and Peace")
books = st.lists(
    st.tuples(
        st.sampled_from(TITLES),
        st.sampled_from((None, "Doe", "Roe")),
        st.sampled_from((None, 1990, 1991, 2000)),
        st.sampled_from((None, "1", "2", "3")),
        st.sampled_from(("x", "y")),
    ),
    max_size=9,
)


@given(books)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_cluster_breaks_a_constraint_and_row_order_changes_nothing(
    tmp_path: Path, values: list[tuple]
) -> None:
    rows = [
        book(f"k{i}", title, author, year, isbn=isbn, source=source)
        for i, (title, author, year, isbn, source) in enumerate(values)
    ]
    limits = (OneOf("isbn"), Within("year", 1), OnePer("source"))
    # Ties too: an identifier does not outrank what a cluster may have one of.
    model = replace(BOOKS, strong=(Strong(("isbn",)),), constraints=limits, join_weight=0.0)
    clusters, _ = linked(rows, tmp_path, model)
    assert linked(rows[::-1], tmp_path, model)[0] == clusters
    assert sorted(key for one in clusters for key in one) == sorted(row["id"] for row in rows)
    known = {row["id"]: row for row in rows}
    for one in clusters:
        members = [known[key] for key in one]
        assert len({m["isbn"] for m in members if m["isbn"]}) <= 1
        years = [m["year"] for m in members if m["year"]]
        assert not years or max(years) - min(years) <= 1
        assert len({m["source"] for m in members}) == len(members)


def test_the_input_must_be_parquet(tmp_path: Path) -> None:
    wrong = tmp_path / "x.parquet"
    wrong.write_text("no")
    with duckdb.connect() as con, pytest.raises(ConfigError, match=r"x\.parquet"):
        Linking(con, BOOKS, "model").read(wrong)
    assert write([], tmp_path).exists()
