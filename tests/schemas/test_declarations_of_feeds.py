"""Every feed is declared whole: meaning, Chinese title, codes that exist, schemas that follow."""

import re

import pytest

from schemas import CODE_LISTS, FEEDS, Feed
from schemas.derive import conformed_schema, quarantine_schema, raw_schema
from schemas.model import Column, Delivery, Sensitivity, Slot, Type

EVERY_FEED = pytest.mark.parametrize("feed", FEEDS.values(), ids=list(FEEDS))


def test_the_five_departments_deliver_29_feeds() -> None:
    assert len(FEEDS) == 29
    assert len({feed.department for feed in FEEDS.values()}) == 5


@EVERY_FEED
def test_every_column_says_what_it_means_in_both_languages(feed: Feed) -> None:
    for column in feed.columns:
        assert column.description, column.source
        assert re.search(r"[\u4e00-\u9fff]", column.title_zh), column.source


@EVERY_FEED
def test_a_code_map_leads_to_codes_of_its_list(feed: Feed) -> None:
    for column in feed.columns:
        if column.code_list:
            assert set(column.code_map.values()) <= set(CODE_LISTS[column.code_list].codes)


@EVERY_FEED
def test_who_a_row_mentions_is_personal(feed: Feed) -> None:
    for slot in feed.mentions:
        for name in filter(None, (slot.name, slot.id_no, slot.phone, slot.birth_date)):
            is_open = feed.column(name).sensitivity in (Sensitivity.PUBLIC, Sensitivity.INTERNAL)
            assert not is_open, f"{feed.id}.{name}"


@EVERY_FEED
def test_schemas_follow_from_the_declaration(feed: Feed) -> None:
    assert raw_schema(feed).names[: len(feed.columns)] == list(feed.sources)
    assert set(raw_schema(feed).names) < set(quarantine_schema(feed).names)
    for column in feed.columns:
        expected = {column.name} | ({f"{column.name}_precision"} if column.fuzzy else set())
        assert expected <= set(conformed_schema(feed).names)


def test_a_declaration_that_contradicts_itself_is_refused_at_once() -> None:
    column = Column("A", "a", Type.TEXT, "a", "甲", Sensitivity.PUBLIC)
    wrong = {"key": ("B",), "columns": (column,), "delivery": Delivery.CURSOR}
    with pytest.raises(ValueError, match="not columns"):
        Feed("d", "f", "t", "标题", "sql", "T", **wrong)
    with pytest.raises(ValueError, match="declared twice"):
        Feed("d", "f", "t", "标题", "sql", "T", ("A",), (column, column), Delivery.CURSOR)
    with pytest.raises(ValueError, match="not columns"):
        Feed(
            "d", "f", "t", "标题", "sql", "T", ("A",), (column,), Delivery.CURSOR,
            mentions=(Slot("self", "nobody"),),
        )  # fmt: skip
