"""Every rule on a row that breaks it and on a row that nearly does; the registry as a whole."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from candidates import AS_OF, citizen, feed_of, make_candidate
from cases import CASES, CERTIFICATE, MAN, MEMBER, REGISTER, VISIT, WOMAN, Case, day
from stdnum.cn import ric

from expectations import RULES, Severity, rules_for, rules_version
from expectations.verdict import counts, verdicts
from schemas import FEEDS

ACROSS_ROWS = {rule.id for rule in RULES.values() if rule.across_rows}


def _by_feed() -> dict[str, list[tuple[int, Case]]]:
    grouped: dict[str, list[tuple[int, Case]]] = defaultdict(list)
    for number, found in enumerate(CASES):
        grouped[found[1]].append((number, found))
    return grouped


@pytest.mark.parametrize("feed_id", sorted(_by_feed()))
def test_a_rule_is_broken_by_its_row_and_by_none_that_nearly_breaks_it(
    con: duckdb.DuckDBPyConnection, feed_id: str
) -> None:
    found = _by_feed()[feed_id]
    rows = {f"{number} broken": broken for number, (_, _, broken, _) in found}
    rows |= {f"{number} near": near for number, (_, _, _, near) in found}
    make_candidate(con, feed_of(feed_id), rows)
    assert verdicts(con, feed_of(feed_id), as_of=AS_OF).could_not_run == {}
    said = dict(con.execute("select _key, list_concat(errors, warnings) from verdict").fetchall())
    for number, (rule, *_) in found:
        assert rule in said[f"{number} broken"], f"{rule} does not see its own row"
        assert rule not in said[f"{number} near"], f"{rule} is broken by a row that is right"


def test_every_rule_has_a_row_that_breaks_it() -> None:
    assert set(RULES) == {found[0] for found in CASES} | ACROSS_ROWS


def test_a_number_on_two_persons_is_counted_and_not_held_against_a_row(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = {
        "1": {"id_no": MAN, "person_no": "A"},
        "2": {"id_no": MAN, "person_no": "B"},
        "3": {"id_no": WOMAN, "person_no": "C"},
        "4": {"id_no": WOMAN, "person_no": "C"},
        "5": {"id_no": None, "person_no": "D"},
    }
    make_candidate(con, feed_of(REGISTER), rows)
    assert verdicts(con, feed_of(REGISTER), as_of=AS_OF).broken["identity.id_held_twice"] == 2
    assert "identity.id_held_twice" not in counts(con)


def test_two_heads_of_one_booklet_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    head = {"booklet_no": "1", "relation": "02", "household_kind": "1", "person_status": "0"}
    rows = {
        "1": {**head, "person_no": "A", "is_current": True},
        "2": {**head, "person_no": "B", "is_current": True},
        "3": {**head, "person_no": "C", "is_current": False},
        "4": {**head, "person_no": "D", "is_current": True, "booklet_no": "2"},
    }
    make_candidate(con, feed_of(REGISTER), rows)
    assert verdicts(con, feed_of(REGISTER), as_of=AS_OF).broken["household.two_heads"] == 2


def test_the_check_character_agrees_with_an_independent_implementation() -> None:
    for number in range(0, 999, 7):
        made = citizen(f"110101{day('1960-01-01') + timedelta(days=20 * number):%Y%m%d}{number:03}")
        assert ric.validate(made) == made


def test_the_verdict_on_check_characters_agrees_with_an_independent_implementation(
    con: duckdb.DuckDBPyConnection,
) -> None:
    numbers = [MAN[:17] + last for last in "0123456789X"]
    make_candidate(con, feed_of(VISIT), {n: {"id_no": n} for n in numbers})
    verdicts(con, feed_of(VISIT), as_of=AS_OF)
    said = dict(con.execute("select _key, warnings from verdict").fetchall())
    for number in numbers:
        assert ("identity.id_checksum" not in said[number]) == ric.is_valid(number)


def test_nothing_is_said_of_values_that_are_not_there(con: duckdb.DuckDBPyConnection) -> None:
    for feed in FEEDS.values():
        make_candidate(con, feed, {"1": {}})
        broken = verdicts(con, feed, as_of=AS_OF).broken
        complained = {rule for rule, rows in broken.items() if rows}
        absent = {"missing", "without", "nowhere", "nobody", "endless", "unsaid", "placeless"}
        of_absence = {rule for rule in complained if absent & set(rule.split(".")[1].split("_"))}
        others = complained - of_absence - ABSENT_BY_OTHER_NAMES
        assert not others, f"{feed.id}: {others}"


ABSENT_BY_OTHER_NAMES = {
    "household.card_empty",
    "transfer.causeless",
    "transfer.to_nowhere",
    "ticket.step_of_nothing",
    "card.for_no_hazard",
    "card.no_way_out",
    "code.scope_form",
    "code.division_form",
    "code.component_form",
    "code.unlisted",
    "identity.certificate_form",
    "warning.identifier_form",
}  # the last six because a key of one character is no code


def test_a_good_row_of_the_register_breaks_nothing(con: duckdb.DuckDBPyConnection) -> None:
    make_candidate(con, feed_of(REGISTER), {"1": GOOD_PERSON})
    verdicts(con, feed_of(REGISTER), as_of=AS_OF)
    assert con.execute("select errors, warnings from verdict").fetchall() == [([], [])]


GOOD_PERSON = {
    "person_no": "P1",
    "booklet_no": "H1",
    "household_kind": "1",
    "id_no": MAN,
    "name": "王芳华",
    "sex": "1",
    "ethnicity": "01",
    "birth_date": day("1985-03-12"),
    "birth_date_text": "19850312",
    "relation": "02",
    "marital_status": "20",
    "phone": "13807971234",
    "register_address": "江西省于都县贡江镇红军大道12号3栋2单元501室",
    "register_match": "01",
    "person_status": "0",
    "is_current": True,
    "is_reversed": False,
    "valid_from_at": datetime(2020, 1, 1, tzinfo=UTC),
}


def test_an_error_is_kept_for_rows_that_cannot_be_used() -> None:
    errors = {rule.id for rule in RULES.values() if rule.severity is Severity.ERROR}
    assert errors == {
        "batch.key_missing",
        "batch.cursor_unreadable",
        "text.nul_byte",
        "text.endless",
        "identity.nobody",
        "code.needed",
    }


def test_a_damaged_number_costs_no_row(con: duckdb.DuckDBPyConnection) -> None:
    make_candidate(con, feed_of(MEMBER), {"1|1": {"name": "王芳", "id_no": "3.62132E+17"}})
    verdicts(con, feed_of(MEMBER), as_of=AS_OF)
    [(errors, warnings)] = con.execute("select errors, warnings from verdict").fetchall()
    assert errors == [] and "identity.id_scientific" in warnings


def test_a_passport_is_not_judged_as_a_citizens_number(con: duckdb.DuckDBPyConnection) -> None:
    floating = feed_of("public_security.floating_population")
    make_candidate(con, floating, {"1": {"id_type": "414", "id_no": "G12345678", "name": "王芳"}})
    verdicts(con, floating, as_of=AS_OF)
    [(warnings,)] = con.execute("select warnings from verdict").fetchall()
    assert not [rule for rule in warnings if rule.startswith("identity.id_")]


def test_the_holder_of_a_certificate_is_its_first_18_characters(
    con: duckdb.DuckDBPyConnection,
) -> None:
    make_candidate(con, feed_of(CERTIFICATE), {"1": {"certificate_no": MAN + "43", "sex": "2"}})
    verdicts(con, feed_of(CERTIFICATE), as_of=AS_OF)
    [(warnings,)] = con.execute("select warnings from verdict").fetchall()
    assert "identity.id_sex_mismatch" in warnings
    assert "identity.id_checksum" not in warnings


def test_a_rule_that_the_engine_refuses_is_reported_and_the_others_still_judge(
    con: duckdb.DuckDBPyConnection,
) -> None:
    make_candidate(con, feed_of(VISIT), {"1": {"name": "王*"}})
    con.execute("alter table candidate drop column raw_visited_at")
    found = verdicts(con, feed_of(VISIT), as_of=AS_OF)
    assert found.could_not_run == {"date.time_unreadable": "BinderException"}
    assert "date.time_unreadable" not in found.broken
    assert found.broken["name.masked"] == 1


def test_every_rule_says_what_it_is_in_two_languages() -> None:
    for rule in RULES.values():
        assert rule.title and rule.why and 0 <= rule.tolerance < 1
        assert any("\u4e00" <= character <= "\u9fff" for character in rule.title_zh)
        assert rule.id.replace(".", "_").replace("_", "a").isalnum()
    assert len({rule.title_zh for rule in RULES.values()}) == len(RULES)


def test_no_rule_binds_to_nothing() -> None:
    assert {check.id for feed in FEEDS.values() for check in rules_for(feed)} == set(RULES)


def test_the_version_depends_on_the_feed_and_on_nothing_else() -> None:
    versions = {feed.id: rules_version(feed) for feed in FEEDS.values()}
    assert len(set(versions.values())) == len(FEEDS)
    assert versions == {feed.id: rules_version(feed) for feed in FEEDS.values()}
