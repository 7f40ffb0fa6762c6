"""The worked example of docs/link.md: its table is the same for the same seed, its model loads."""

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.link import MODEL, write_people
from pipelines.link.check import check_truth
from pipelines.link.declare import load_model

DOCUMENT = Path(__file__).parents[3] / "docs" / "link.md"


def test_the_example_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.parquet" for name in "ab"]
    assert {write_people(200, 3, file) for file in files} == {pq.read_table(files[0]).num_rows}
    assert pq.read_table(files[0]).equals(pq.read_table(files[1]))


def test_the_example_s_model_does_not_see_the_truth() -> None:
    check_truth(load_model(MODEL), str(MODEL), "person")


def test_the_python_model_of_the_document_loads(tmp_path: Path) -> None:
    said = DOCUMENT.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    file = tmp_path / "shops.py"
    file.write_text(said)
    assert load_model(file).version == "shops-1"
