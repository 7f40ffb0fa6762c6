"""`hub link` from a model file: output, edges, golden values, saved weights, errors with places."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from little import SCHEMA, book, write

from foundation.errors import ConfigError
from pipelines.cli.link import link
from pipelines.link.declare import load_model

MODEL = """
version = "books-1"
key = ["id"]
prior = 0.05

[columns]
title = "lower(trim(title))"

[[strong]]
columns = ["isbn"]
contradicted_by = ["char_similarity(title_l, title_r) < 0.6"]

[[comparisons]]
kind = "jaro_winkler"
column = "title"
thresholds = [0.9]
m = [0.8, 0.15, 0.05]
u = [0.001, 0.004, 0.995]

[[comparisons]]
name = "by"
missing = "author_l is null or author_r is null"
learns = false
levels = [{ name = "same", sql = "author_l = author_r", m = 0.95, u = 0.01 }]
otherwise = { m = 0.05, u = 0.99 }

[[blocking]]
values = ["author"]
[[blocking]]
values = ["left(title, 4)"]

[[constraints]]
kind = "one_of"
column = "isbn"

[survivorship]
title = "longest"
year = { keep = "latest", by = "year" }
"""

ROWS = [
    book("a", "Moby Dick", isbn="1", truth="m"),
    book("b", "moby dick ", year=1999, truth="m"),
    book("c", "Zen and the Art", "Roe", truth="z"),
]


def run(folder: Path, *options: str, model: str = MODEL) -> dict[str, Any]:
    file = folder / "books.toml"
    file.write_text(model)
    table = write(ROWS, folder)
    told = CliRunner().invoke(
        link,
        [str(file), str(table), "--output", str(folder / "out.parquet"), "--json", *options],
        catch_exceptions=False,
    )
    said: dict[str, Any] = json.loads(told.stdout)
    return said


def test_every_input_row_comes_back_in_order_with_its_cluster(tmp_path: Path) -> None:
    run(tmp_path)
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert list(rows[0]) == [*SCHEMA.names, "cluster_id", "method", "weight"]
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["cluster_id"] == rows[1]["cluster_id"] != rows[2]["cluster_id"]
    assert [row["method"] for row in rows] == ["link", "link", "single"]


def test_edges_say_level_by_level_why(tmp_path: Path) -> None:
    edges = tmp_path / "edges.parquet"
    run(tmp_path, "--edges", str(edges))
    [edge] = pq.read_table(edges).to_pylist()
    assert (edge["id_l"], edge["id_r"], edge["outcome"]) == ("a", "b", "joined")
    assert edge["levels"] == "title=exact by=same"


def test_golden_values_follow_the_declared_survivorship(tmp_path: Path) -> None:
    golden = tmp_path / "golden.parquet"
    run(tmp_path, "--golden", str(golden))
    found = pq.read_table(golden).to_pylist()
    assert {(one["rows"], one["year"]) for one in found} == {(2, 1999), (1, 1990)}


def test_the_truth_is_measured_and_may_not_be_read_by_the_model(tmp_path: Path) -> None:
    measured = run(tmp_path, "--truth", "truth")["truth"]
    assert (measured["precision"], measured["recall"], measured["bcubed_f1"]) == (1, 1, 1)
    with pytest.raises(ConfigError, match="the model names title"):
        run(tmp_path, "--truth", "title")


def test_what_is_missing_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such column"):
        run(tmp_path, "--truth", "nothing")
    with pytest.raises(ConfigError, match="its folder is not there"):
        run(tmp_path, "--edges", str(tmp_path / "nowhere" / "edges.parquet"))


def test_saved_weights_are_reused_and_refused_for_another_model(tmp_path: Path) -> None:
    kept = tmp_path / "weights.json"
    first = run(tmp_path, "--parameters", str(kept))
    assert kept.stat().st_mode & 0o077 == 0
    before = kept.read_bytes()
    assert run(tmp_path, "--parameters", str(kept))["model_version"] == first["model_version"]
    assert kept.read_bytes() == before
    other = MODEL.replace("thresholds = [0.9]", "thresholds = [0.8]")
    with pytest.raises(ConfigError, match=r"another model: title\.jaro_winkler_0\.8"):
        run(tmp_path, "--parameters", str(kept), model=other)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("prior = 0.05", "prior = 0.05\nblocks = 1", r"books\.toml\.blocks: there is no"),
        ("thresholds = [0.9]", "thresholds = [0.9]\nsize = 3", r"comparisons\[1\]: .*size"),
        (', sql = "author_l = author_r"', "", r"comparisons\[2\]\.levels\[1\]: sql is missing"),
        ("lower(trim(title))", "lower(trim(titel))", r"columns\.title\.sql: .*titel"),
        ('kind = "one_of"', 'kind = "one"', r"constraints\[1\]\.kind: 'one'"),
        ("prior = 0.05", 'prior = 0.05\nneeds = [["title.same"]]', r"needs\[1\]: 'title\.same'"),
        ("prior = 0.05", "prior = ", r"books\.toml: it is not TOML"),
        ("author_l = author_r", "author_l = autor_r", r"comparisons\.by\.levels\.same\.sql"),
    ],
)
def test_an_error_names_the_place_in_the_model(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    with pytest.raises(ConfigError, match=place):
        run(tmp_path, model=MODEL.replace(old, new))
    assert not (tmp_path / "out.parquet").exists()


def test_a_python_model_that_fails_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text("from pipelines.link import exact\n\nMODEL = exact('a', m=(1,))\n")
    with pytest.raises(ConfigError, match=r"model\.py:3: ValueError"):
        load_model(file)
    file.write_text("MODEL = 1\n")
    with pytest.raises(ConfigError, match="defines no MODEL"):
        load_model(file)


def test_training_anew_says_which_weights_move(tmp_path: Path) -> None:
    kept = tmp_path / "weights.json"
    run(tmp_path, "--parameters", str(kept))
    said = json.loads(kept.read_text())
    said["m"]["by"]["same"] /= 4
    kept.write_text(json.dumps(said))
    trained = run(tmp_path, "--parameters", str(kept), "--retrain")["trained"]
    assert trained["changed"] == {"by.same": [4.57, 6.57]}


def test_weights_that_cannot_be_read_are_an_error_until_trained_anew(tmp_path: Path) -> None:
    kept = tmp_path / "weights.json"
    kept.write_text("{")
    with pytest.raises(ConfigError, match=r"weights\.json: it cannot be read.*--retrain"):
        run(tmp_path, "--parameters", str(kept))
    run(tmp_path, "--parameters", str(kept), "--retrain")
    assert run(tmp_path, "--parameters", str(kept))["clusters"] == 2
