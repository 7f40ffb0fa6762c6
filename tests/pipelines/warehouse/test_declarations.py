"""The warehouse's declarations, models and answers hold together before any data flows."""

import re

import pytest
import sqlglot

from pipelines.warehouse.answers import answers
from pipelines.warehouse.models import Model, ordered
from pipelines.warehouse.survivorship import TRUST, trust_table
from schemas import FEEDS
from schemas.identity import IDENTITY_TABLES
from schemas.model import Type
from schemas.warehouse import TABLES

_OTHER_ZONES = ("identity.household", "identity.household_member", "identity.address_match", "hub.")


@pytest.mark.parametrize("model", ordered(), ids=lambda model: model.name)
def test_every_model_is_spark_sql_too(model: Model) -> None:
    [translated] = sqlglot.transpile(model.sql, read="duckdb", write="spark")
    assert sqlglot.parse_one(translated, read="spark") is not None


@pytest.mark.parametrize("model", ordered(), ids=lambda model: model.name)
def test_every_model_opens_with_what_one_row_is(model: Model) -> None:
    assert model.sql.startswith("-- One row a")


@pytest.mark.parametrize("model", ordered(), ids=lambda model: model.name)
def test_no_model_asks_the_machine_for_the_date(model: Model) -> None:
    assert not re.search(r"current_(date|timestamp)|now\(|today\(", model.sql, re.IGNORECASE)


def test_every_table_and_column_is_documented_in_both_languages() -> None:
    for table in TABLES.values():
        assert table.grain.startswith("one row") and re.search("[一-鿿]", table.title_zh)
        for column in table.columns:
            where = f"{table.name}.{column.name}"
            assert len(column.description) > 2, where
            assert re.search("[一-鿿]", column.title_zh), where


def test_keys_are_text_so_that_a_change_can_be_told_by_its_key() -> None:
    for table in TABLES.values():
        types = {column.name: column.type for column in table.columns}
        assert {types[name] for name in table.key} <= {Type.TEXT, Type.CODE, Type.DATE}, table.name


def test_lineage_names_columns_that_exist() -> None:
    for table in TABLES.values():
        for column in table.columns:
            for source in column.source.split():
                owner, _, name = source.rpartition(".")
                assert _has(owner, name), f"{table.name}.{column.name} <- {source}"


def _has(owner: str, name: str) -> bool:
    if owner.startswith(_OTHER_ZONES):
        return True
    if owner.startswith("identity."):
        return name in {c.name for c in IDENTITY_TABLES[owner.partition(".")[2]].columns}
    return name in {column.name for column in FEEDS[owner].columns}


def test_references_point_at_keys_of_tables() -> None:
    for table in TABLES.values():
        for target in table.references.values():
            other, column = target.split(".")
            assert TABLES[other].key == (column,), f"{table.name} -> {target}"


def test_trust_covers_every_slot_and_leaves_room_for_a_valid_number() -> None:
    assert set(TRUST) <= set(FEEDS)
    rows = trust_table().to_pylist()
    assert len(rows) == sum(len(feed.mentions) for feed in FEEDS.values())
    # Trust is multiplied by 2^56 in sql/appearance.sql: 127 is the largest that fits 63 bits.
    assert all(0 <= row[name] <= 60 for row in rows for name in row if isinstance(row[name], int))


def test_every_answer_is_defined_in_both_languages() -> None:
    assert len(answers()) >= 15
    for answer in answers().values():
        assert answer.access in ("open", "sensitive")
        assert re.search("[一-鿿]", answer.title_zh) and re.search("[一-鿿]", answer.definition_zh)
        assert sqlglot.parse_one(answer.sql, read="postgres") is not None


def test_answers_that_tell_of_sensitive_tables_take_the_sensitive_grant() -> None:
    from pipelines.publish.contract import RESTRICTED

    for answer in answers().values():
        told = any(f"warehouse.{name}" in answer.sql for name in RESTRICTED)
        assert not told or answer.is_sensitive, answer.name
