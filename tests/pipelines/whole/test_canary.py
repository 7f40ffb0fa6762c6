"""No value of a person stands anywhere outside the tables: real ones are looked for in all else."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from living_hub import LivingHub, Night

from sandbox.county import County
from schemas import FEEDS, Feed

SAMPLE = 60
SLOT_FIELDS = ("name", "id_no", "phone", "address")
SHAPES = {
    "name": re.compile(r"\S{3,}"),
    "id_no": re.compile(r"\d{15}|\d{17}[\dX]"),
    "phone": re.compile(r"1\d{10}"),
    # A home: a street or a community alone is also where a shelter or a camera stands.
    "address": re.compile(r".{5,}\d(?:号|室|户)"),
}
# What goes back to a department, and what it handed in by hand, is its own data.
TABLES = ("sandbox", "spill", "postgres", "feedback", "drop")


@pytest.fixture(scope="module")
def canaries(first_night: Night) -> dict[str, set[str]]:
    """Distinct names, id numbers, telephones and addresses, a few of every feed."""
    county = County(first_night.hub.county)
    found: dict[str, set[str]] = {field: set() for field in SLOT_FIELDS}
    for feed in FEEDS.values():
        rows = county.current(feed.id, county.as_of)
        for field, column in _personal_columns(feed):
            texts = {str(value).strip() for value in rows[column].to_pylist() if value}
            values = {text for text in texts if SHAPES[field].fullmatch(text)}
            found[field] |= set(sorted(values)[:: max(1, len(values) // SAMPLE)])
    return found


def _personal_columns(feed: Feed) -> Iterator[tuple[str, str]]:
    source = {column.name: column.source for column in feed.columns}
    for slot in feed.mentions:
        for field in SLOT_FIELDS:
            name = getattr(slot, field)
            if name:
                yield field, source[name]


def test_there_is_enough_to_look_for(canaries: dict[str, set[str]]) -> None:
    assert all(len(values) >= 100 for values in canaries.values()), {
        field: len(values) for field, values in canaries.items()
    }


def test_no_value_of_a_person_outside_the_tables(
    canaries: dict[str, set[str]], broken_night: Night
) -> None:
    """Runs after good, quiet and broken nights: event logs, checks, docs, Delta logs, output."""
    hub = broken_night.hub
    hub.run("status")
    hub.run("quarantine", "list")
    places = dict(_written(hub))
    assert any("dagster/history" in name for name in places)
    assert any(name.endswith(".html") for name in places)
    assert "postgresql.log" in places
    needles = Needles(
        {
            form: field
            for field, values in canaries.items()
            for value in values
            for form in _spellings(value)
        }
    )
    leaks = [
        f"{name}: {count} of kind {field}"
        for name, content in places.items()
        for field, count in needles.found(content).items()
    ]
    assert not leaks  # the values themselves are not shown: a test's report is a log, too


def test_the_search_finds_what_is_there_wherever_it_lies() -> None:
    values = ("张小明", "13800000001", "Ann")
    forms = {form: value for value in values for form in _spellings(value)}
    needles = Needles(forms)
    for form, value in forms.items():
        for before in range(17):
            for after in (0, 1, 8):
                assert needles.found(b"0" * before + form + b"0" * after) == {value: 1}
        for other in (form[:-1] + b"0", form[1:], b""):
            assert needles.found(other) == {}


class Needles:
    """Thousands of texts looked for at once: a text itself is searched for only where its first
    eight bytes stand somewhere."""

    def __init__(self, kinds: dict[bytes, str]) -> None:
        """kinds: what each text is."""
        self._kinds = kinds
        self._short = [form for form in kinds if len(form) < 8]
        self._by_head: dict[int, list[bytes]] = {}
        for form in kinds.keys() - self._short:
            self._by_head.setdefault(int.from_bytes(form[:8], "little"), []).append(form)
        self._heads = np.array(sorted(self._by_head), np.uint64)
        self._begins = np.zeros(1 << 16, bool)  # by the first two bytes, which rules most out
        self._begins[self._heads & 0xFFFF] = True

    def found(self, content: bytes) -> Counter[str]:
        """How many texts of each kind stand in ``content``."""
        heads = {head for offset in range(8) for head in self._heads_at(content, offset)}
        sought = [*self._short, *(form for head in heads for form in self._by_head[head])]
        return Counter(self._kinds[form] for form in sought if form in content)

    def _heads_at(self, content: bytes, offset: int) -> list[int]:
        """The heads that stand at ``offset`` and every eight bytes from there."""
        count = max(0, len(content) - offset) // 8
        if not count:
            return []
        words = np.frombuffer(content, "<u8", count, offset)
        words = words[self._begins[words & 0xFFFF]]
        return np.intersect1d(words, self._heads).tolist()


def _spellings(value: str) -> set[bytes]:
    """As UTF-8, and as JSON in ASCII writes it."""
    return {value.encode(), value.encode("unicode_escape")}


def _written(hub: LivingHub) -> Iterator[tuple[str, bytes]]:
    """Everything that the hub wrote for people or machines to read, except the tables' data."""
    root = hub.home.path
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        is_table = name.parts[0] in TABLES or path.suffix == ".parquet"
        if path.is_file() and not is_table:
            yield str(name), path.read_bytes()
    yield "what the commands printed", "\n".join(hub.said).encode()
    yield "postgresql.log", _log_of(hub).read_bytes()


def _log_of(hub: LivingHub) -> Path:
    return hub.postgres.data.parent / "postgresql.log"
