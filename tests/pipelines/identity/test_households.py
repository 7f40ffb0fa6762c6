"""Who stands in one booklet, who lives in one dwelling, and that both keep their ids."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from people import CARD, REGISTER, VISIT, Row, deliver, registered, table, who

from pipelines.hub import Hub
from pipelines.identity.households import HouseholdReport, build_households
from pipelines.identity.places import match_addresses
from pipelines.identity.run import resolve, update_mentions

STANDARD = "public_security.standard_address"
CREMATION = "civil_affairs.cremation"
TOWN, VILLAGE = "贡江镇", "古田村"


def _house(key: str, door: int, **more: Any) -> Row:
    return {
        "standard_address_id": key,
        "town_name": TOWN,
        "community_name": VILLAGE,
        "grid_code": "360731100206001",
        "street_name": "1组",
        "door_no": f"{door}号",
        "address_status": "1",
        "full_address": f"江西省赣州市于都县{TOWN}{VILLAGE}1组{door}号",
        **more,
    }


def _address(door: int) -> str:
    return f"{TOWN}{VILLAGE}1组{door}号"


def _person(name: str, birth: date, sequence: int, relation: str, **more: Any) -> Row:
    said = {
        "booklet_no": "B1",
        "household_kind": "1",
        "relation": relation,
        "register_address": _address(1),
        "register_match": "01",
        "person_status": "0",
        "is_current": True,
        "is_reversed": False,
        "valid_from_at": datetime(2020, 1, 1, tzinfo=UTC),
    }
    return registered(name, birth, sequence, f"P-{name}", **{**said, **more})


def _family(**more: Any) -> dict[str, Row]:
    return {
        "head": _person("王建国", date(1970, 3, 4), 11, "02", **more),
        "wife": _person("李秀英", date(1972, 5, 6), 12, "10", **more),
        "son": _person("王小军", date(2012, 7, 8), 13, "20", **more),
    }


def _visit(person: Row, door: int, kind: str = "local", day: int = 1, **more: Any) -> Row:
    return {
        "name": person["name"],
        "id_no": person["id_no"],
        "birth_date": person["birth_date"],
        "sex": person["sex"],
        "address": _address(door),
        "residence_kind": kind,
        "visited_at": datetime(2026, 2, day, tzinfo=UTC),
        "is_deleted": False,
        **more,
    }


def _night(hub: Hub) -> HouseholdReport:
    update_mentions(hub)
    match_addresses(hub)
    resolve(hub)
    return build_households(hub)


def _begin(hub: Hub, register: dict[str, Row], visits: dict[str, Row] | None = None) -> None:
    deliver(hub, STANDARD, {f"d{n}": _house(f"d{n}", n) for n in range(1, 9)})
    deliver(hub, REGISTER, register)
    deliver(hub, VISIT, visits or {})


def _members(hub: Hub, kind: str, **where: str) -> dict[str, Row]:
    """Members of the only household of a kind (and dwelling or booklet), by resident."""
    tests = " and ".join([f"kind = '{kind}'", *(f"{k} = '{v}'" for k, v in where.items())])
    found = table(hub, "household", tests)
    if not found:
        return {}
    [household] = found
    rows = table(hub, "household_member", f"household_id = '{household['household_id']}'")
    assert len(rows) == household["members"]
    return {row["resident_id"]: row for row in rows}


def _id(hub: Hub, kind: str, **where: str) -> str:
    tests = " and ".join([f"kind = '{kind}'", *(f"{k} = '{v}'" for k, v in where.items())])
    return str(table(hub, "household", tests)[0]["household_id"])


def test_a_booklet_is_a_household_with_its_head(hub: Hub) -> None:
    _begin(hub, _family())
    report = _night(hub)
    assert (report.registered, report.registered_members) == (1, 3)
    members = _members(hub, "registered", booklet_no="B1")
    head = who(hub, REGISTER, "head")
    assert members[head]["is_head"] and not members[who(hub, REGISTER, "son")]["is_head"]
    assert members[who(hub, REGISTER, "wife")]["relation"] == "10"
    [household] = table(hub, "household", "kind = 'registered'")
    assert (household["head_resident_id"], household["dwelling_id"]) == (head, "d1")


def test_army_collective_dead_and_moved_are_in_no_booklet(hub: Hub) -> None:
    family = _family()
    family["son"]["person_status"] = "3"
    family["wife"]["person_status"] = "2"
    others = {
        "student": _person("赵敏", date(2005, 1, 2), 14, "99", household_kind="2", booklet_no="C1"),
        "dead": _person("钱进", date(1940, 1, 2), 15, "02", person_status="1", booklet_no="B2"),
    }
    _begin(hub, {**family, **others})
    _night(hub)
    assert set(_members(hub, "registered")) == {who(hub, REGISTER, "head")}


def test_a_closed_version_counts_for_nothing(hub: Hub) -> None:
    old = _person("王建国", date(1970, 3, 4), 11, "02", booklet_no="B9", is_current=False)
    _begin(hub, {"old": old, **_family()})
    _night(hub)
    assert table(hub, "household", "booklet_no = 'B9'") == []


def test_who_lives_in_one_dwelling_is_a_living_household(hub: Hub) -> None:
    family = _family()
    lodger = {
        "name": "孙立",
        "address": _address(1),
        "residence_kind": "floating",
        "birth_date": date(1990, 1, 1),
        "sex": "1",
        "visited_at": datetime(2026, 2, 1, tzinfo=UTC),
        "is_deleted": False,
    }
    _begin(hub, family, {"v1": lodger})
    _night(hub)
    members = _members(hub, "living", dwelling_id="d1")
    assert len(members) == 4
    assert members[who(hub, VISIT, "v1")]["source"] == "resident_visit"
    assert members[who(hub, REGISTER, "head")]["is_head"]


def test_a_visit_elsewhere_outweighs_the_register(hub: Hub) -> None:
    family = _family()
    _begin(hub, family, {"v1": _visit(family["wife"], 5)})
    _night(hub)
    assert set(_members(hub, "living", dwelling_id="d5")) == {who(hub, REGISTER, "wife")}
    assert who(hub, REGISTER, "wife") not in _members(hub, "living", dwelling_id="d1")
    assert who(hub, REGISTER, "wife") in _members(hub, "registered", booklet_no="B1")


def test_the_latest_visit_decides_and_a_deleted_one_does_not(hub: Hub) -> None:
    family = _family()
    visits = {
        "v1": _visit(family["wife"], 5, day=1),
        "v2": _visit(family["wife"], 6, day=9),
        "v3": _visit(family["wife"], 7, day=20, is_deleted=True),
    }
    _begin(hub, family, visits)
    _night(hub)
    assert set(_members(hub, "living", dwelling_id="d6")) == {who(hub, REGISTER, "wife")}


def test_an_empty_registration_says_that_nobody_lives_there(hub: Hub) -> None:
    family = _family()
    _begin(hub, family, {"v1": _visit(family["son"], 1, kind="empty")})
    _night(hub)
    assert who(hub, REGISTER, "son") not in _members(hub, "living", dwelling_id="d1")


def test_the_cremated_live_nowhere(hub: Hub) -> None:
    family = _family()
    _begin(hub, family)
    dead = {"name": family["head"]["name"], "id_no": family["head"]["id_no"]}
    deliver(hub, CREMATION, {"c1": {**dead, "death_date": date(2026, 1, 3)}})
    _night(hub)
    gone = who(hub, REGISTER, "head")
    assert gone == who(hub, CREMATION, "c1")
    assert gone not in _members(hub, "living", dwelling_id="d1")
    assert gone not in _members(hub, "registered", booklet_no="B1")


def test_a_home_for_the_old_is_no_family(hub: Hub) -> None:
    family = _family()
    _begin(hub, family)
    home = _house("d1", 1, compound_name=None)
    deliver(hub, STANDARD, {"d1": home})
    for row in family.values():
        row["household_kind"] = "2"
    deliver(hub, REGISTER, family)
    _night(hub)
    assert table(hub, "household", "true") == []


def test_children_live_with_the_parents_who_left_the_register_address(hub: Hub) -> None:
    family = _family(register_match="02")
    visits = {"v1": _visit(family["head"], 5), "v2": _visit(family["wife"], 5)}
    _begin(hub, family, visits)
    _night(hub)
    members = _members(hub, "living", dwelling_id="d5")
    assert members[who(hub, REGISTER, "son")]["source"] == "booklet"


def test_a_relation_that_sex_or_age_contradict_is_doubted(hub: Hub) -> None:
    family = _family()
    family["wife"]["relation"] = "11"
    family["son"] = _person("王小军", date(1965, 7, 8), 13, "20")
    _begin(hub, family)
    report = _night(hub)
    members = _members(hub, "registered", booklet_no="B1")
    assert members[who(hub, REGISTER, "wife")]["doubt"] == "sex"
    assert members[who(hub, REGISTER, "son")]["doubt"] == "age"
    assert members[who(hub, REGISTER, "head")]["doubt"] is None
    assert report.doubts == 4


def test_ids_stay_when_members_come_and_go(hub: Hub) -> None:
    _begin(hub, _family())
    _night(hub)
    before = (_id(hub, "registered"), _id(hub, "living"))
    born = _person("王小雨", date(2026, 1, 9), 16, "30")
    family = {**_family(), "baby": born}
    del family["wife"]
    deliver(hub, REGISTER, family)
    report = _night(hub)
    assert report.new == 0
    assert (_id(hub, "registered"), _id(hub, "living")) == before
    assert len(_members(hub, "living")) == 3


def test_a_family_that_moves_takes_its_id_along(hub: Hub) -> None:
    family = _family()
    _begin(hub, family)
    _night(hub)
    before = _id(hub, "living")
    deliver(hub, VISIT, {f"v{n}": _visit(row, 4) for n, row in enumerate(family.values())})
    _night(hub)
    assert _id(hub, "living") == before
    assert table(hub, "household", "kind = 'living'")[0]["dwelling_id"] == "d4"


def test_others_in_the_same_dwelling_are_another_household(hub: Hub) -> None:
    family = _family()
    _begin(hub, family)
    _night(hub)
    before = _id(hub, "living", dwelling_id="d1")
    for row in family.values():
        row.update(register_address=_address(2))
    others = {"new": _person("周舟", date(1980, 1, 1), 21, "02", booklet_no="B7")}
    deliver(hub, REGISTER, {**family, **others})
    _night(hub)
    assert _id(hub, "living", dwelling_id="d1") != before
    assert _id(hub, "living", dwelling_id="d2") == before


def test_an_unchanged_night_writes_nothing(hub: Hub) -> None:
    family = _family()
    _begin(hub, family, {"v1": _visit(family["wife"], 5)})
    first = _night(hub)
    before = {one.full_name: one.version for one in hub.lake.tables("identity")}
    second = _night(hub)
    assert second.unchanged and second.living == first.living
    assert {one.full_name: one.version for one in hub.lake.tables("identity")} == before
    again = build_households(hub, rebuild=True)
    assert (again.put, again.removed, again.new) == (0, 0, 0)


def test_a_card_places_only_people_whom_the_register_does_not_know(
    hub: Hub, tmp_path: Path
) -> None:
    family = _family()
    _begin(hub, family)
    card = {
        "head_name": "王建国",
        "address": _address(1),
        "name_1": "王建国",
        "name_2": "郑晓燕",
        "sex_2": "2",
        "birth_date_2": date(1995, 2, 3),
    }
    columns = {c.name for c in __import__("schemas").FEEDS[CARD].columns}
    deliver(hub, CARD, {"k1": {k: v for k, v in card.items() if k in columns}})
    _night(hub)
    members = _members(hub, "living", dwelling_id="d1")
    assert members[who(hub, CARD, "k1", "2")]["source"] == "evacuation_card"


def _home(hub: Hub, resident: str) -> str | None:
    return next((r["dwelling_id"] for r in table(hub, "home", f"resident_id = '{resident}'")), None)


def test_who_lives_in_a_dormitory_has_a_home_but_no_living_household(hub: Hub) -> None:
    family = _family(household_kind="2")
    _begin(hub, family)
    _night(hub)
    assert table(hub, "household", "kind = 'living'") == []
    assert _home(hub, who(hub, REGISTER, "son")) == "d1"


def test_a_form_with_the_register_address_does_not_bring_home_who_lives_elsewhere(
    hub: Hub,
) -> None:
    family = _family()
    family["wife"]["register_match"] = "02"
    _begin(hub, family)
    born = {"sex_1": "2", "birth_date_1": family["wife"]["birth_date"]}
    deliver(hub, CARD, {"k1": {"address": _address(1), "name_1": "李秀英", **born}})
    _night(hub)
    wife = who(hub, REGISTER, "wife")
    assert wife == who(hub, CARD, "k1", "1")
    assert _home(hub, wife) is None
    assert _home(hub, who(hub, REGISTER, "head")) == "d1"


def test_who_comes_of_age_this_year_may_have_left_the_family(hub: Hub) -> None:
    family = _family(register_match="02")
    family["son"] = _person("王小军", date(hub.as_of.year - 18, 12, 30), 13, "20")
    family["son"]["register_match"] = "02"
    _begin(hub, family, {"v1": _visit(family["head"], 5)})
    _night(hub)
    assert _home(hub, who(hub, REGISTER, "head")) == "d5"
    assert _home(hub, who(hub, REGISTER, "son")) is None


def test_a_father_in_a_dormitory_does_not_take_the_children_along(hub: Hub) -> None:
    family = _family(register_match="02")
    boarder = _person("周舟", date(2005, 1, 1), 21, "99", household_kind="2", booklet_no="C1")
    others = {"boarder": {**boarder, "register_address": _address(7)}}
    _begin(hub, {**family, **others}, {"v1": _visit(family["head"], 7)})
    _night(hub)
    assert _home(hub, who(hub, REGISTER, "head")) == "d7"
    assert _home(hub, who(hub, REGISTER, "son")) is None


def test_homes_after_any_night_are_those_of_a_rebuild(hub: Hub) -> None:
    family = _family(register_match="02")
    _begin(hub, family, {"v1": _visit(family["head"], 5)})
    _night(hub)
    changes: list[tuple[str, dict[str, Row]]] = [
        (VISIT, {"v2": _visit(family["wife"], 6, day=3)}),
        (VISIT, {"v1": _visit(family["head"], 6, day=4)}),
        (REGISTER, {**family, "son": {**family["son"], "person_status": "2"}}),
        (CREMATION, {"c1": {"name": "李秀英", "id_no": family["wife"]["id_no"]}}),
        (VISIT, {"v1": _visit(family["head"], 6, day=4, is_deleted=True)}),
    ]
    for feed, rows in changes:
        deliver(hub, feed, rows)
        assert not _night(hub).unchanged
        again = build_households(hub, rebuild=True)
        assert (again.put, again.removed) == (0, 0), feed
