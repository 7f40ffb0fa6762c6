"""Who is who, in small counties where the right answer is plain."""

from datetime import date

from people import (
    CARD,
    PAYMENT,
    REGISTER,
    REQUEST,
    VISIT,
    WISH,
    deliver,
    mention,
    number,
    registered,
    table,
    versions,
    who,
)

from pipelines.hub import Hub
from pipelines.identity.model import RESIDENTS
from pipelines.identity.run import resolve, retrain, update_mentions
from pipelines.identity.steward import decide, why, withdraw

HOME = "江西省赣州市于都县贡江镇金桥小区3栋2单元501室"
HOME_AS_SPOKEN = "金桥小区3幢2单元501"
BORN = date(1975, 4, 12)


def family() -> dict[str, dict]:
    """Three of one booklet: a man, his wife, their daughter."""
    common = {"booklet_no": "H1", "register_address": HOME, "phone": "13800001234"}
    return {
        "v1": registered("曾庆林", BORN, 11, "p1", relation="01", **common),
        "v2": registered("王芳", date(1977, 9, 3), 22, "p2", relation="12", **common),
        "v3": registered("曾雨欣", date(2004, 2, 29), 44, "p3", relation="30", **common),
    }


def test_one_number_written_five_ways_is_one_person(hub: Hub) -> None:
    old = number(BORN, 11, "362132")
    lines = {
        "a": {"name": "曾庆林", "id_no": old},
        "b": {"name": "曾庆林", "id_no": f" {old[:6]} {old[6:]} ".lower()},
        "c": {"name": "曾　庆林", "id_no": old[:6] + old[8:17]},
        "d": {"name": "曾慶林", "id_no": old + "43"},
        "e": {
            "name": "曾庆林",
            "id_no": old.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")),
        },
    }
    deliver(hub, VISIT, lines)
    assert resolve(hub).residents == 1


def test_two_people_on_one_number_are_kept_apart_and_reported(hub: Hub) -> None:
    rows = {
        "v1": registered("曾庆林", BORN, 11, "p1"),
        "v2": registered("刘国华", BORN, 11, "p2"),
    }
    deliver(hub, REGISTER, rows)
    deliver(hub, VISIT, {"a": {"name": "曾庆林", "id_no": number(BORN, 11)}})
    resolve(hub)
    assert who(hub, REGISTER, "v1") != who(hub, REGISTER, "v2")
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v1")
    [conflict] = table(hub, "conflict")
    assert conflict["reading"] == "two_holders"


def test_a_number_given_for_the_spouse_ties_to_the_person_named(hub: Hub) -> None:
    rows = family()
    deliver(hub, REGISTER, rows)
    borrowed = {
        "name": "王芳",
        "id_no": rows["v1"]["id_no"],
        "phone": "13800001234",
        "address": HOME,
    }
    deliver(hub, VISIT, {"a": borrowed})
    resolve(hub)
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v2")
    assert [c["reading"] for c in table(hub, "conflict")] == ["borrowed"]


def test_versions_of_a_person_are_one_though_name_and_number_changed(hub: Hub) -> None:
    rows = {
        "v1": registered("曾庆林", BORN, 11, "p1"),
        "v2": registered("曾建国", BORN, 33, "p1"),
    }
    deliver(hub, REGISTER, rows)
    assert resolve(hub).residents == 1


def test_a_homophone_under_one_number_is_the_same_person(hub: Hub) -> None:
    rows = family()
    deliver(hub, REGISTER, rows)
    deliver(hub, VISIT, {"a": {"name": "王方", "id_no": rows["v2"]["id_no"]}})
    resolve(hub)
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v2")
    assert table(hub, "conflict") == []


def test_a_siblings_number_is_a_conflict_not_a_slip(hub: Hub) -> None:
    rows = {
        "v1": registered("曾建国", BORN, 11, "p1", booklet_no="H1"),
        "v2": registered("曾建军", date(1978, 1, 1), 13, "p2", booklet_no="H1"),
    }
    deliver(hub, REGISTER, rows)
    deliver(hub, PAYMENT, {"a": {"name": "曾建军", "id_no": rows["v1"]["id_no"]}})
    resolve(hub)
    assert who(hub, PAYMENT, "a") != who(hub, REGISTER, "v1")


def test_a_person_without_number_is_found_by_name_phone_and_home(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    deliver(
        hub,
        REQUEST,
        {"a": {"requester_name": "王芳", "phone": "13800001234", "address": HOME_AS_SPOKEN}},
    )
    resolve(hub)
    assert who(hub, REQUEST, "a", "requester") == who(hub, REGISTER, "v2")


def test_a_home_that_is_shared_counts_whatever_the_family_s_telephone_is_worth(hub: Hub) -> None:
    man = registered("曾庆林", BORN, 11, "p1", phone="13800001234")
    deliver(hub, REGISTER, {"v1": man})
    paid = {"name": "曾庆林", "id_no": man["id_no"], "family_no": "F1"}
    deliver(hub, PAYMENT, {"a": {**paid, "account_holder_name": "曾庆林"}})
    resolve(hub)
    assert who(hub, PAYMENT, "a", "account_holder") == who(hub, REGISTER, "v1")
    [edge] = table(hub, "edge")
    assert "place=home" in edge["levels"].split()


def test_a_number_with_one_wrong_digit_is_found(hub: Hub) -> None:
    rows = family()
    deliver(hub, REGISTER, rows)
    wrong = rows["v2"]["id_no"][:-2] + "7" + rows["v2"]["id_no"][-1]
    deliver(hub, VISIT, {"a": {"name": "王芳", "id_no": wrong, "sex": "2"}})
    resolve(hub)
    assert who(hub, VISIT, "a") == who(hub, REGISTER, "v2")


def test_everybody_on_a_card_is_found_by_family_and_age(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    card = {
        "card_no": "c1", "head_name": "曾庆林", "address": HOME_AS_SPOKEN,
        "name_1": "曾庆林", "sex_1": "1", "birth_date_1": BORN,
        "name_2": "王芳", "sex_2": "2", "birth_date_2": date(1976, 7, 1),
        "birth_date_2_precision": "age",
        "name_3": "曾雨欣", "sex_3": "2", "birth_date_3": date(2004, 7, 1),
        "birth_date_3_precision": "age",
    }  # fmt: skip
    deliver(hub, CARD, {"c1": card})
    resolve(hub)
    found = [who(hub, CARD, "c1", slot) for slot in ("head", "1", "2", "3")]
    register = [who(hub, REGISTER, key) for key in ("v1", "v1", "v2", "v3")]
    assert found == register


def test_a_name_alone_joins_nobody(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    deliver(hub, WISH, {"a": {"wisher_name": "曾庆林"}, "b": {"wisher_name": "曾庆林"}})
    assert resolve(hub).residents == 5


def test_a_shared_phone_and_home_join_no_relatives(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    child = {
        "name": "曾雨辰",
        "birth_date": date(2012, 5, 5),
        "phone": "13800001234",
        "address": HOME,
    }
    deliver(hub, VISIT, {"a": child})
    assert resolve(hub).residents == 4


def test_twins_without_numbers_stay_two(hub: Hub) -> None:
    born = date(2025, 8, 8)
    common = {"birth_date": born, "phone": "13800001234", "address": HOME, "sex": "1"}
    deliver(hub, REGISTER, family())
    deliver(hub, VISIT, {"a": {"name": "曾子涵", **common}, "b": {"name": "曾子轩", **common}})
    resolve(hub)
    assert who(hub, VISIT, "a") != who(hub, VISIT, "b")


def test_two_of_one_name_and_birth_date_are_not_guessed_between(hub: Hub) -> None:
    rows = {
        "v1": registered("王芳", BORN, 22, "p1"),
        "v2": registered("王芳", BORN, 24, "p2"),
    }
    deliver(hub, REGISTER, rows)
    deliver(hub, VISIT, {"a": {"name": "王芳", "birth_date": BORN, "sex": "2"}})
    assert resolve(hub).residents == 3


def test_parent_and_child_of_one_name_at_one_address_stay_two(hub: Hub) -> None:
    deliver(
        hub, REGISTER, {"v1": registered("李明", date(1950, 1, 2), 11, "p1", register_address=HOME)}
    )
    deliver(
        hub,
        VISIT,
        {"a": {"name": "李明", "birth_date": date(1978, 6, 6), "sex": "1", "address": HOME}},
    )
    resolve(hub)
    assert who(hub, VISIT, "a") != who(hub, REGISTER, "v1")


def test_one_person_with_two_numbers_becomes_a_task_not_a_join(hub: Hub) -> None:
    rows = {
        "v1": registered("曾庆林", BORN, 11, "p1", phone="13800001234"),
        "v2": registered("曾庆林", BORN, 13, "p2", phone="13800001234"),
    }
    deliver(hub, REGISTER, rows)
    assert resolve(hub).residents == 2
    assert [task["reason"] for task in table(hub, "review_task")] == ["two_numbers"]


def test_nothing_is_written_when_nothing_changed(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    resolve(hub)
    before = versions(hub)
    assert resolve(hub).unchanged
    assert versions(hub) == before


def test_an_id_stays_when_a_new_mention_arrives(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    resolve(hub)
    before = who(hub, REGISTER, "v2")
    deliver(hub, VISIT, {"a": {"name": "王芳", "id_no": family()["v2"]["id_no"]}})
    report = resolve(hub)
    assert who(hub, VISIT, "a") == before == who(hub, REGISTER, "v2")
    assert (report.new, report.merges, report.splits) == (0, 0, 0)


def test_a_decision_outranks_the_model_and_can_be_withdrawn(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    deliver(hub, WISH, {"a": {"wisher_name": "王芳"}})
    resolve(hub)
    wish, register = mention(hub, WISH, "a", "wisher"), mention(hub, REGISTER, "v2")
    alone = who(hub, WISH, "a", "wisher")
    made = decide(hub, wish, register, "same", "clerk", "she said so")
    assert resolve(hub).merges == 1
    assert who(hub, WISH, "a", "wisher") == who(hub, REGISTER, "v2")
    assert [step.how for step in why(hub, wish, register).path] == ["decision"]
    withdraw(hub, made, "clerk")
    assert resolve(hub).splits == 1
    assert who(hub, WISH, "a", "wisher") not in (alone, who(hub, REGISTER, "v2"))


def test_not_the_same_keeps_apart_what_the_model_would_join(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    deliver(
        hub, REQUEST, {"a": {"requester_name": "王芳", "phone": "13800001234", "address": HOME}}
    )
    resolve(hub)
    left, right = mention(hub, REQUEST, "a", "requester"), mention(hub, REGISTER, "v2")
    assert why(hub, left, right).path[0].how == "link"
    decide(hub, left, right, "not_same", "clerk", "her aunt")
    resolve(hub)
    told = why(hub, left, right)
    assert not told.is_same
    assert told.against[0].how == "decision: not_same"


def test_a_belief_that_ended_is_kept_with_both_its_times(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    deliver(
        hub, REQUEST, {"a": {"requester_name": "王芳", "phone": "13800001234", "address": HOME}}
    )
    resolve(hub)
    deliver(hub, REQUEST, {})
    resolve(hub)
    [ended] = table(hub, "crosswalk_history")
    assert ended["recorded_from"] < ended["recorded_to"]
    assert table(hub, "crosswalk", "feed = 'request'") == []


def test_retraining_changes_the_weights_and_no_ids_without_an_event(hub: Hub) -> None:
    deliver(hub, REGISTER, family())
    resolve(hub)
    before = {row["mention_id"]: row["resident_id"] for row in table(hub, "crosswalk")}
    assert retrain(hub).version.startswith(f"{RESIDENTS.version}-")
    resolve(hub)
    assert {row["mention_id"]: row["resident_id"] for row in table(hub, "crosswalk")} == before


def test_an_address_that_hashes_as_the_one_before_is_still_another(hub: Hub) -> None:
    """DuckDB's hash() gives both one number: the mention would keep its old home."""
    for place in ("贡江镇楚雄雅苑一期1幢802室", "贡江镇楚雄雅苑三期1幢702室"):
        deliver(hub, VISIT, {"a": {"name": "曾庆林", "address": place}})
        assert update_mentions(hub) == 1
        [row] = table(hub, "mention")
        assert row["address"] == place
    assert update_mentions(hub) == 0
