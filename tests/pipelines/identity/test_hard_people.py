"""People whom it takes more than a number and a name to tell: namesakes, twins, roles, places."""

from datetime import date
from typing import Any

import pytest
from people import (
    CARD,
    PAYMENT,
    REGISTER,
    REQUEST,
    VISIT,
    Row,
    deliver,
    number,
    registered,
    table,
    who,
)

from pipelines.hub import Hub
from pipelines.identity.places import match_addresses
from pipelines.identity.run import resolve, update_mentions

STANDARD = "public_security.standard_address"
DIVISION = "community.division"
MEMBER = "civil_affairs.assistance_member"
SITE = "emergency.hazard_site"
WORKER = "community.grid_worker"
BORN = date(1975, 4, 12)


def house(key: str, village: str, door: int) -> Row:
    full = f"江西省赣州市于都县贡江镇{village}1组{door}号"
    return {
        "standard_address_id": key,
        "town_name": "贡江镇",
        "community_name": village,
        "grid_code": f"{next(row[0] for row in DIVISIONS if row[3] == village)}001",
        "street_name": "1组",
        "door_no": f"{door}号",
        "address_status": "1",
        "full_address": full,
    }


DIVISIONS = (
    ("360731", None, "county", "于都县"),
    ("360731100", "360731", "town", "贡江镇"),
    ("360731100206", "360731100", "community", "古田村"),
    ("360731100214", "360731100", "community", "水南村"),
)


def villages(hub: Hub) -> None:
    columns = ("division_code", "parent_code", "division_kind", "name")
    deliver(hub, DIVISION, {row[0]: dict(zip(columns, row, strict=True)) for row in DIVISIONS})
    rows = [
        house(f"{village}{door}", village, door)
        for village in ("古田村", "水南村")
        for door in (1, 2, 3)
    ]
    deliver(hub, STANDARD, {row["standard_address_id"]: row for row in rows})


def at(village: str, door: int) -> dict[str, Any]:
    return {
        "register_address": f"贡江镇{village}1组{door}号",
        "standard_address_id": f"{village}{door}",
    }


def night(hub: Hub) -> None:
    update_mentions(hub)
    match_addresses(hub)
    resolve(hub)


def test_who_asks_from_his_village_without_a_telephone_is_found_by_name(hub: Hub) -> None:
    villages(hub)
    deliver(hub, REGISTER, {"v1": registered("曾庆林", BORN, 11, "p1", **at("古田村", 1))})
    asked = {"requester_name": "曾庆林", "address": "贡江镇古田村1组路口"}
    deliver(hub, REQUEST, {"a": asked, "b": {**asked, "address": "贡江镇水南村1组路口"}})
    night(hub)
    assert who(hub, REQUEST, "a", "requester") == who(hub, REGISTER, "v1")
    assert who(hub, REQUEST, "b", "requester") != who(hub, REGISTER, "v1")


def test_between_two_of_one_name_in_a_village_nobody_guesses(hub: Hub) -> None:
    villages(hub)
    rows = {
        "v1": registered("曾庆林", BORN, 11, "p1", **at("古田村", 1)),
        "v2": registered("曾庆林", date(1990, 1, 2), 13, "p2", **at("古田村", 2)),
    }
    deliver(hub, REGISTER, rows)
    deliver(hub, REQUEST, {"a": {"requester_name": "曾庆林", "address": "贡江镇古田村1组路口"}})
    night(hub)
    asked = who(hub, REQUEST, "a", "requester")
    assert asked not in {who(hub, REGISTER, "v1"), who(hub, REGISTER, "v2")}


def test_two_of_one_name_and_birth_date_are_told_apart_by_where_they_live(hub: Hub) -> None:
    villages(hub)
    rows = {
        "v1": registered("王芳", BORN, 22, "p1", **at("古田村", 1)),
        "v2": registered("王芳", BORN, 24, "p2", **at("水南村", 1)),
    }
    deliver(hub, REGISTER, rows)
    seen = {"name": "王芳", "birth_date": BORN, "sex": "2", "address": "贡江镇水南村1组1号"}
    deliver(hub, VISIT, {"a": seen})
    night(hub)
    assert who(hub, REGISTER, "v1") != who(hub, REGISTER, "v2")
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v2")


def test_two_on_one_number_each_keep_what_names_them(hub: Hub) -> None:
    rows = {
        "v1": registered("曾庆林", BORN, 11, "p1", phone="13800001234"),
        "v2": registered("刘国华", BORN, 11, "p2", phone="13900005678"),
    }
    deliver(hub, REGISTER, rows)
    asked = {
        "a": {"requester_name": "曾庆林", "phone": "13800001234"},
        "b": {"requester_name": "刘国华", "phone": "13900005678"},
    }
    deliver(hub, REQUEST, asked)
    resolve(hub)
    assert who(hub, REGISTER, "v1") != who(hub, REGISTER, "v2")
    assert who(hub, REQUEST, "a", "requester") == who(hub, REGISTER, "v1")
    assert who(hub, REQUEST, "b", "requester") == who(hub, REGISTER, "v2")


def test_a_mention_without_number_does_not_join_the_two_numbers_of_one_person(hub: Hub) -> None:
    rows = {
        "v1": registered("曾庆林", BORN, 11, "p1", phone="13800001234"),
        "v2": registered("曾庆林", BORN, 13, "p2", phone="13800001234"),
    }
    deliver(hub, REGISTER, rows)
    deliver(hub, REQUEST, {"a": {"requester_name": "曾庆林", "phone": "13800001234"}})
    resolve(hub)
    assert who(hub, REGISTER, "v1") != who(hub, REGISTER, "v2")
    assert "two_numbers" in {task["reason"] for task in table(hub, "review_task")}


def twins() -> dict[str, Row]:
    born = date(2016, 8, 8)
    common = {"booklet_no": "H1", "phone": "13800001234"}
    return {
        "v1": registered("曾子涵", born, 11, "p1", **common),
        "v2": registered("曾子轩", born, 13, "p2", **common),
    }


@pytest.mark.parametrize(("name", "key"), [("曾子涵", "v1"), ("曾子轩", "v2")])
def test_a_twin_without_number_is_the_one_that_the_name_says(hub: Hub, name: str, key: str) -> None:
    deliver(hub, REGISTER, twins())
    seen = {"name": name, "birth_date": date(2016, 8, 8), "sex": "1", "phone": "13800001234"}
    deliver(hub, VISIT, {"a": seen})
    resolve(hub)
    assert who(hub, REGISTER, "v1") != who(hub, REGISTER, "v2")
    assert who(hub, VISIT, "a") == who(hub, REGISTER, key)


def test_a_placeholder_with_birth_date_and_telephone_is_found_unless_twins_are_meant(
    hub: Hub,
) -> None:
    alone = registered("王芳", BORN, 22, "p3", phone="13900005678")
    deliver(hub, REGISTER, {**twins(), "v3": alone})
    deliver(
        hub,
        VISIT,
        {
            "a": {"name": "某某", "birth_date": BORN, "sex": "2", "phone": "13900005678"},
            "b": {
                "name": "某某",
                "birth_date": date(2016, 8, 8),
                "sex": "1",
                "phone": "13800001234",
            },
        },
    )
    resolve(hub)
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v3")
    assert who(hub, VISIT, "b") not in {who(hub, REGISTER, "v1"), who(hub, REGISTER, "v2")}


def test_father_and_son_on_one_telephone_keep_their_names(hub: Hub) -> None:
    common = {"booklet_no": "H1", "phone": "13800001234"}
    rows = {
        "v1": registered("李大明", date(1950, 1, 2), 11, "p1", **common),
        "v2": registered("李小明", date(1978, 6, 6), 13, "p2", **common),
    }
    deliver(hub, REGISTER, rows)
    deliver(hub, REQUEST, {"a": {"requester_name": "李小明", "phone": "13800001234"}})
    resolve(hub)
    assert who(hub, REGISTER, "v1") != who(hub, REGISTER, "v2")
    assert who(hub, REQUEST, "a", "requester") == who(hub, REGISTER, "v2")


def test_who_watches_a_site_is_one_person_whatever_telephone_a_card_gives(hub: Hub) -> None:
    watcher = {"hazard_site_code": "360731010001", "watcher_name": "曾庆林"}
    deliver(hub, SITE, {"s": {**watcher, "watcher_phone": "13800001234"}})
    card = {"hazard_site_code": "360731010001", "monitor_name": "曾庆林"}
    cards = {
        "c1": {**card, "card_no": "c1", "monitor_phone": "6234567"},
        "c2": {**card, "card_no": "c2"},
        "c3": {**card, "card_no": "c3", "monitor_name": "刘国华"},
    }
    deliver(hub, CARD, cards)
    resolve(hub)
    assert who(hub, CARD, "c1", "monitor") == who(hub, SITE, "s", "watcher")
    assert who(hub, CARD, "c2", "monitor") == who(hub, SITE, "s", "watcher")
    assert who(hub, CARD, "c3", "monitor") != who(hub, SITE, "s", "watcher")


def test_a_workers_rows_are_one_person(hub: Hub) -> None:
    row = {"worker_no": "W1", "name": "曾庆林", "worker_role": "grid_worker"}
    rows = {
        "a": {**row, "scope_code": "360731100206001", "phone": "13800001234"},
        "b": {**row, "scope_code": "360731100206002"},
    }
    deliver(hub, WORKER, rows)
    assert resolve(hub).residents == 1


@pytest.mark.parametrize("written", ["胡毕", "胡畢"])
def test_the_head_of_a_family_is_one_person_though_a_name_was_copied_by_eye(
    hub: Hub, written: str
) -> None:
    deliver(hub, REGISTER, {"v1": registered("胡华", BORN, 11, "p1")})
    member = {"family_no": "J1", "head_name": "胡华", "name": "胡华", "relation_text": "户主"}
    rows = {
        "a": {**member, "member_no": "1", "id_no": number(BORN, 11)},
        "b": {**member, "member_no": "2", "head_name": written, "name": "胡雨", "id_no": None},
    }
    rows["b"]["relation_text"] = "子女"
    deliver(hub, MEMBER, rows)
    resolve(hub)
    assert who(hub, MEMBER, "b", "head") == who(hub, REGISTER, "v1")
    assert who(hub, MEMBER, "b") != who(hub, REGISTER, "v1")


def test_a_former_name_is_found_by_the_telephone(hub: Hub) -> None:
    known = registered("曾庆林", BORN, 11, "p1", former_name="曾阿牛", phone="13800001234")
    deliver(hub, REGISTER, {"v1": known})
    deliver(hub, REQUEST, {"a": {"requester_name": "曾阿牛", "phone": "13800001234"}})
    resolve(hub)
    assert who(hub, REQUEST, "a", "requester") == who(hub, REGISTER, "v1")


def test_a_masked_telephone_and_a_name_are_enough(hub: Hub) -> None:
    deliver(hub, REGISTER, {"v1": registered("曾庆林", BORN, 11, "p1", phone="13800001234")})
    asked = {
        "a": {"requester_name": "曾庆林", "phone": "138****1234"},
        "b": {"requester_name": "曾庆林", "phone": "138****9999"},
    }
    deliver(hub, REQUEST, asked)
    resolve(hub)
    assert who(hub, REQUEST, "a", "requester") == who(hub, REGISTER, "v1")
    assert who(hub, REQUEST, "b", "requester") != who(hub, REGISTER, "v1")


def test_a_number_ending_in_zeros_that_a_spreadsheet_made_is_no_second_number(hub: Hub) -> None:
    born = date(1956, 3, 5)
    # The one ending 000 of this beginning whose check character happens to be right.
    made = next(
        f"{area}19560305000"[:15] + "000"
        for area in range(360731, 361731)
        if number(born, 0, str(area))[-1] == "0"
    )
    area = made[:6]
    rows = {"v1": registered("曾庆林", born, 11, "p1", phone="13800001234")}
    rows["v1"]["id_no"] = number(born, 11, area)
    deliver(hub, REGISTER, rows)
    deliver(hub, VISIT, {"a": {"name": "曾庆林", "id_no": made, "phone": "13800001234"}})
    deliver(hub, PAYMENT, {"p": {"name": "曾庆林", "id_no": rows["v1"]["id_no"]}})
    resolve(hub)
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v1") == who(hub, PAYMENT, "p")
