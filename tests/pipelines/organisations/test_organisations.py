"""Organisations: what joins two shops, what never does, and ids that stay."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking import looking
from stdnum.cn import uscc as oracle

from foundation.config import Config, County
from foundation.engine import attach, run
from foundation.home import Home
from foundation.lake import Lake
from pipelines.hub import Hub
from pipelines.organisations import resolve_organisations
from pipelines.organisations.values import comparable_names, is_credit_code
from pipelines.warehouse.run import build
from schemas import FEEDS
from schemas.derive import conformed_schema, table_schema
from schemas.organisations import ORGANISATION_TABLES

Row = dict[str, Any]
CODE, OTHER_CODE = "91110000600037341L", "91360731MA0000002T"
SHOP, RENTAL = "city_management.shop", "public_security.rental_housing"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    home = Home(tmp_path / "home")
    return Hub(home, Config(County("360731", "于都县"), {}, {}), Lake(home.lake), date(2026, 3, 1))


def deliver(hub: Hub, feed_id: str, rows: dict[str, Row]) -> None:
    feed = FEEDS[feed_id]
    full = [
        {"updated_at": datetime(2026, 1, 1, tzinfo=UTC), **row, "_key": key}
        for key, row in rows.items()
    ]
    table = pa.Table.from_pylist(full, schema=conformed_schema(feed))
    hub.lake.table("conformed", feed.table).replace(table)


def rows_of(hub: Hub, name: str) -> list[Row]:
    with looking() as con:
        schemas = {table.id: table_schema(table) for table in ORGANISATION_TABLES}
        attach(con, hub.lake, schemas, schemas)
        found: list[Row] = con.sql(f"select * from identity.{name}").to_arrow_table().to_pylist()
        return found


def ids(hub: Hub) -> dict[str, str]:
    return {
        row["record_key"]: row["organisation_id"] for row in rows_of(hub, "organisation_crosswalk")
    }


def shop(name: str, **more: Any) -> Row:
    return {"name": name, "phone": "13800001234", "operator_name": "王芳", **more}


def test_one_credit_code_is_one_organisation_with_two_premises(hub: Hub) -> None:
    deliver(
        hub, SHOP, {"1": shop("于都县鸿运超市", uscc=CODE), "2": shop("鸿运超市二店", uscc=CODE)}
    )
    found = resolve_organisations(hub)
    assert (found.mentions, found.organisations) == (2, 1)


def test_the_warehouse_says_which_shops_are_one(hub: Hub) -> None:
    deliver(
        hub,
        SHOP,
        {
            key: shop(name, shop_id=key, uscc=code)
            for key, name, code in (
                ("1", "鸿运超市", CODE),
                ("2", "鸿运超市二店", CODE),
                ("3", "阳光宾馆", OTHER_CODE),
            )
        },
    )
    resolve_organisations(hub)
    build(hub)
    with hub.connect() as con:
        attach(con, hub.lake, ["warehouse.organisation"])
        entity = dict(run(con, "select organisation_id, entity_id from warehouse.organisation"))
    assert entity["1"] == entity["2"] == ids(hub)["1"]
    assert entity["3"] not in (None, entity["1"])


def test_a_landlord_that_is_a_company_is_the_shop_of_its_name_and_phone(hub: Hub) -> None:
    deliver(hub, SHOP, {"1": shop("于都县鸿运商贸有限公司", uscc=CODE)})
    landlord = {"landlord_phone": "13800001234", "address": "金桥小区3栋2单元501室"}
    deliver(
        hub,
        RENTAL,
        {
            "r1": {"landlord_name": "鸿运商贸有限公司", **landlord},
            "r2": {"landlord_name": "王芳", **landlord},
        },
    )
    resolve_organisations(hub)
    found = ids(hub)
    assert set(found) == {"1", "r1"}
    assert found["1"] == found["r1"]


def test_a_common_name_alone_joins_nothing(hub: Hub) -> None:
    many = {
        str(i): shop("于都县福满楼餐饮店", phone=f"1380000{i:04}", operator_name=f"王{i}")
        for i in range(9)
    }
    deliver(hub, SHOP, many)
    assert resolve_organisations(hub).organisations == 9


def test_two_valid_codes_are_never_one_though_all_else_agrees(hub: Hub) -> None:
    deliver(hub, SHOP, {"1": shop("鸿运超市", uscc=CODE), "2": shop("鸿运超市", uscc=OTHER_CODE)})
    assert resolve_organisations(hub).organisations == 2


def test_one_code_on_two_strangers_is_kept_apart(hub: Hub) -> None:
    other = shop("阳光宾馆", uscc=CODE, phone="13900009999", operator_name="李明")
    deliver(hub, SHOP, {"1": shop("鸿运超市", uscc=CODE), "2": other})
    assert resolve_organisations(hub).organisations == 2


def test_ids_stay_from_night_to_night_and_a_merge_is_an_event(hub: Hub) -> None:
    coded = {"1": shop("鸿运超市", uscc=CODE), "2": shop("鸿运超市", uscc=CODE)}
    deliver(hub, SHOP, {**coded, "3": shop("鸿运超市", phone="13900009999", operator_name="李明")})
    resolve_organisations(hub)
    before = ids(hub)
    assert resolve_organisations(hub).unchanged
    deliver(hub, SHOP, {**coded, "3": shop("鸿运超市", uscc=CODE)})
    merged = resolve_organisations(hub)
    assert (merged.merges, merged.new) == (1, 0)
    # The side with more strong mentions gives its id.
    assert set(ids(hub).values()) == {before["1"]}
    event = [one for one in rows_of(hub, "organisation_lineage") if one["event"] == "merge"]
    assert [(one["old_organisation_id"], one["new_organisation_id"]) for one in event] == [
        (before["3"], before["1"])
    ]
    [ended] = rows_of(hub, "organisation_crosswalk_history")
    assert ended["organisation_id"] == before["3"]


def test_a_shop_that_went_retires_its_id(hub: Hub) -> None:
    deliver(hub, SHOP, {"1": shop("鸿运超市"), "2": shop("阳光宾馆", phone=None)})
    resolve_organisations(hub)
    deliver(hub, SHOP, {"1": shop("鸿运超市")})
    assert resolve_organisations(hub).retired == 1


def test_names_lose_place_form_and_brackets() -> None:
    values = pa.array(["于都县福满楼餐饮店（个体）", " 江西省赣州市于都县鸿运商贸有限公司", "店"])
    assert comparable_names(values, "于都县")["core"].to_pylist() == [
        "福满楼餐饮",
        "鸿运商贸",
        "店",
    ]


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 30))
def test_credit_codes_are_judged_as_stdnum_judges_them(body: str, last: int) -> None:
    # stdnum wants digits in front; the standard has letters for some registries (N, Y).
    digits = "".join(str(ord(one) % 10) for one in body[:8]) + body[8:]
    code = digits + "0123456789ABCDEFGHJKLMNPQRTUWXY"[last]
    assert is_credit_code(code) == oracle.is_valid(code)


def test_the_codes_of_these_tests_are_valid() -> None:
    assert is_credit_code(CODE) and is_credit_code(OTHER_CODE)
