"""What an address text means: how it is written, what is ambiguous, nights with nothing new."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from looking import looking
from people import Row, deliver, small_hub, table

from pipelines.hub import Hub
from pipelines.identity.places import explain_address, match_addresses
from pipelines.identity.places.match import load_macros
from schemas.derive import table_schema
from schemas.places import ADDRESS_ALIAS

STANDARD = "public_security.standard_address"
DIVISION = "community.division"
VISIT = "community.resident_visit"
REGISTER = "public_security.resident_register"
RENTAL = "public_security.rental_housing"
CARD = "emergency.evacuation_card"

GONG, ZI = "360731100", "360731105"
HONGQI, HONGQI_CUN, CHENGDONG, ZISHAN = (
    f"{GONG}007",
    f"{GONG}224",
    f"{GONG}011",
    f"{ZI}204",
)
ELSEWHERE = f"{ZI}207"


def _divisions() -> dict[str, Row]:
    rows = (
        ("360731", None, "county", "于都县", None),
        (GONG, "360731", "town", "贡江镇", None),
        (ZI, "360731", "town", "梓山镇", None),
        (HONGQI, GONG, "community", "红旗居委会", None),
        (HONGQI_CUN, GONG, "community", "红旗村", None),
        (CHENGDONG, GONG, "community", "城东居委会", "东门街居委会"),
        (ZISHAN, ZI, "community", "梓山畲族村", "梓山村"),
        (ELSEWHERE, ZI, "community", "红旗村", None),
        (f"{HONGQI}C001", HONGQI, "compound", "祥和一品", "农机厂家属院、老农机厂"),
        (f"{CHENGDONG}C001", CHENGDONG, "compound", "名门佳苑", None),
        (f"{HONGQI}C002", HONGQI, "compound", "名门佳苑", None),
    )
    return {
        code: {
            "division_code": code,
            "parent_code": parent,
            "division_kind": kind,
            "name": name,
            "alias": alias,
        }
        for code, parent, kind, name, alias in rows
    }


def _flat(
    key: str, community: str, compound: str, building: str, room: str, unit: str | None = None
) -> tuple[str, Row]:
    names = {HONGQI: "红旗居委会", CHENGDONG: "城东居委会"}
    street, door = ("于都大道", "709号") if compound == "祥和一品" else ("濂溪路", "8号")
    return key, {
        "standard_address_id": key,
        "town_name": "贡江镇",
        "community_name": names[community],
        "grid_code": f"{community}001",
        "street_name": street,
        "door_no": door,
        "compound_name": compound,
        "building": building,
        "unit": unit,
        "room": room,
        "full_address": f"江西省赣州市于都县贡江镇{names[community]}{street}{door}"
        f"{compound}{building}{unit or ''}{room}",
        "address_status": "1",
    }


def _house(key: str, community: str, group: str, door: str, **more: Any) -> tuple[str, Row]:
    town, name = {
        HONGQI_CUN: ("贡江镇", "红旗村"),
        ZISHAN: ("梓山镇", "梓山畲族村"),
        ELSEWHERE: ("梓山镇", "红旗村"),
    }[community]
    return key, {
        "standard_address_id": key,
        "town_name": town,
        "community_name": name,
        "grid_code": f"{community}001",
        "street_name": group,
        "door_no": door,
        "full_address": f"江西省赣州市于都县{town}{name}{group}{door}",
        "address_status": "1",
        **more,
    }


def _standard() -> dict[str, Row]:
    return dict(
        (
            _flat("x2-1-302", HONGQI, "祥和一品", "2栋", "302室", "1单元"),
            _flat("x2-2-302", HONGQI, "祥和一品", "2栋", "302室", "2单元"),
            _flat("x3-501", HONGQI, "祥和一品", "3栋", "501室"),
            _flat("x12-1-1101", HONGQI, "祥和一品", "12栋", "1101室", "1单元"),
            _flat("x80-106", HONGQI, "祥和一品", "80栋", "106号"),
            _flat("m-east", CHENGDONG, "名门佳苑", "1栋", "101室"),
            _flat("m-flag", HONGQI, "名门佳苑", "1栋", "101室"),
            _house("h3-8", HONGQI_CUN, "3组", "8号"),
            _house("h3-shrine", HONGQI_CUN, "3组", "祠堂旁"),
            _house("h10-8-1", HONGQI_CUN, "10组", "8号附1号"),
            _house("z-old-5", ZISHAN, "老屋组", "5号"),
            _house("z3-8", ZISHAN, "3组", "8号"),
            _house("e3-8", ELSEWHERE, "3组", "8号"),
            _house("h4-1", HONGQI_CUN, "4组", "1号", grid_code=None),
            _house("gone", ZISHAN, "3组", "9号", address_status="2", merged_into_id="z3-8"),
        )
    )


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    hub = small_hub(tmp_path_factory.mktemp("places"))
    deliver(hub, DIVISION, _divisions())
    deliver(hub, STANDARD, _standard())
    yield hub


def _meaning(hub: Hub, *texts: str) -> list[tuple[str | None, str | None]]:
    deliver(hub, VISIT, {f"v{n:03d}": {"name": "张三", "address": t} for n, t in enumerate(texts)})
    match_addresses(hub)
    rows = {row["record_key"]: row for row in table(hub, "address_match", "feed='resident_visit'")}
    found = [rows[f"v{n:03d}"] for n in range(len(texts))]
    return [(row["level"], row["dwelling_id"]) for row in found]


WRITTEN = (
    ("江西省赣州市于都县贡江镇红旗居委会于都大道709号祥和一品2栋1单元302室", "x2-1-302"),
    ("贡江镇红旗居委会祥和一品2-1-302", "x2-1-302"),
    ("贡江镇红旗社区祥和一品２号楼１单元３０２", "x2-1-302"),
    ("于都县祥和一品二栋一单元三零二室", "x2-1-302"),
    ("于都县贡江镇祥和一品2幢1门302房", "x2-1-302"),
    ("祥和一品 2#1单元302号", "x2-1-302"),
    ("祥和一品2座1单元3楼302室", "x2-1-302"),
    ("祥和一品2栋1-302", "x2-1-302"),
    ("祥和一品第2栋第1单元302", "x2-1-302"),
    ("祥和一品02栋1单元302室", "x2-1-302"),
    ("祥和一品十二栋一单元一千一百零一室", None),
    ("祥和一品十二栋一单元一一〇一室", "x12-1-1101"),
    ("祥和1品12—1—1101室", "x12-1-1101"),
    ("祥和一品3-501", "x3-501"),
    ("祥和一品３栋５０１", "x3-501"),
    ("祥和一品3栋1单元501", "x3-501"),
    ("祥和一品８０栋付１０６号", "x80-106"),
    ("祥和一品80栋附106", "x80-106"),
    ("农机厂家属院2栋2单元302室", "x2-2-302"),
    ("红旗居委会老农机厂3栋501室", "x3-501"),
    ("贡江镇于都大道709号2-2-302", "x2-2-302"),
    ("贡江镇红旗居委会于都大道709号3幢501室", "x3-501"),
    ("贡江镇东门街居委会名门佳苑1栋101室", "m-east"),
    ("贡江镇城东社区居委会名门佳苑1栋101室", "m-east"),
    ("贡江镇红旗村3组8号", "h3-8"),
    ("贡江镇红旗村三组八号", "h3-8"),
    ("贡江镇红旗村4组1号", "h4-1"),
    ("贡江镇红旗村委会第3村民小组8号", "h3-8"),
    ("贡江镇红旗村3小组8号", "h3-8"),
    ("贡江镇红旗村３组 祠堂旁", "h3-shrine"),
    ("贡江镇红旗村10组8-1号", "h10-8-1"),
    ("贡江镇红旗村十组8号附1号", "h10-8-1"),
    ("梓山村老屋组5号", "z-old-5"),
    ("梓山镇梓山畲族村老屋组五号", "z-old-5"),
    ("梓山镇红旗村3组8号", "e3-8"),
    ("梓山镇梓山村3组9号", "z3-8"),
    ("于都贡江镇红旗村3组8号", "h3-8"),
    ("江西赣州于都贡江镇红旗村3组8号", "h3-8"),
    ("梓山红旗村3组8号", "e3-8"),
    ("贡江镇城东名门佳苑1栋101室", "m-east"),
    ("祥和一品２栋１单元３０２室（出租）", "x2-1-302"),
)


def test_an_address_is_found_however_it_is_written(county: Hub) -> None:
    found = _meaning(county, *(text for text, _ in WRITTEN))
    wrong = [
        (text, got) for (text, want), (_, got) in zip(WRITTEN, found, strict=True) if got != want
    ]
    assert wrong == []


SHALLOW = (
    ("贡江镇红旗居委会祥和一品2栋302室", "building"),
    ("贡江镇红旗居委会祥和一品2栋1单元3102室", "unit"),
    ("贡江镇红旗居委会祥和一品3栋3102室", "building"),
    ("贡江镇红旗居委会祥和一品9栋101室", "compound"),
    ("贡江镇红旗居委会于都大道祥和一品北门", "compound"),
    ("贡江镇红旗居委会于都大道路口", "community"),
    ("贡江镇红旗居委会祥和一品2栋楼下车棚", "building"),
    ("贡江镇红旗居委会祥和一品2栋1单元302室门口", "unit"),
    ("贡江镇红旗路8号", None),
    ("贡江镇红旗村3组", "community"),
    ("贡江镇红旗村3组99号", "community"),
    ("贡江镇红旗村3组桥头", "community"),
    ("贡江镇红旗", None),
    ("红旗村3组8号", None),
    ("于都县名门佳苑1栋101室", None),
    ("贡江镇名门佳苑1栋101室", None),
    ("不知道", None),
    ("", None),
)


def test_what_only_part_of_a_text_settles_has_no_dwelling(county: Hub) -> None:
    found = _meaning(county, *(text for text, _ in SHALLOW[:-1]))
    assert found == [(level, None) for _, level in SHALLOW[:-1]]
    reasons = {row["reason"] for row in table(county, "address_match", "dwelling_id is null")}
    assert None not in reasons


def test_the_id_beside_a_text_decides_where_the_text_does_not(county: Hub) -> None:
    rows = {
        "agrees": ("贡江镇红旗村3组8号", "h3-8"),
        "settles": ("红旗村3组8号", "e3-8"),
        "differs": ("贡江镇红旗村3组8号", "x3-501"),
        "merged": ("梓山镇梓山村", "gone"),
        "unknown": ("贡江镇红旗村3组", "nowhere"),
        "no-text": (None, "m-flag"),
    }
    deliver(
        county,
        REGISTER,
        {
            key: {"name": "张三", "register_address": text, "standard_address_id": given}
            for key, (text, given) in rows.items()
        },
    )
    match_addresses(county)
    found = {
        row["record_key"]: row
        for row in table(county, "address_match", "feed = 'resident_register'")
    }
    deliver(county, REGISTER, {})
    assert {key: row["dwelling_id"] for key, row in found.items()} == {
        "agrees": "h3-8",
        "settles": "e3-8",
        "differs": "h3-8",
        "merged": "z3-8",
        "unknown": None,
        "no-text": "m-flag",
    }
    assert found["differs"]["reason"] == "id_contradicts_text"
    assert found["differs"]["confidence"] < found["agrees"]["confidence"]


def test_a_card_gives_its_address_to_everyone_who_is_named_on_it(county: Hub) -> None:
    card = {
        "head_name": "张三",
        "address": "贡江镇红旗村3组8号",
        "name_1": "张三",
        "name_2": "李四",
    }
    deliver(county, CARD, {"k1": card})
    match_addresses(county)
    found = table(county, "address_match", "feed = 'evacuation_card'")
    assert {row["slot"]: row["dwelling_id"] for row in found} == {
        "head": "h3-8",
        "1": "h3-8",
        "2": "h3-8",
    }


def test_a_letting_is_placed_for_itself_and_under_its_landlord(county: Hub) -> None:
    deliver(county, RENTAL, {"f1": {"rental_no": "f1", "address": "祥和一品3栋501"}})
    match_addresses(county)
    found = table(county, "address_match", "feed = 'rental_housing'")
    assert {(row["slot"], row["dwelling_id"]) for row in found} == {
        ("self", "x3-501"),
        ("landlord", "x3-501"),
    }


def test_an_unchanged_night_writes_nothing_and_a_rebuild_no_row(tmp_path: Path) -> None:
    hub = _fresh(tmp_path)
    first = match_addresses(hub)
    before = _versions(hub)
    second = match_addresses(hub)
    assert second.unchanged and second.addresses == first.addresses
    assert _versions(hub) == before
    again = match_addresses(hub, rebuild=True)
    assert (again.put, again.removed) == (0, 0)


def test_a_new_compound_is_seen_in_texts_that_were_read_before_it(tmp_path: Path) -> None:
    hub = _fresh(tmp_path)
    visits = {"v1": {"name": "张三", "address": "贡江镇红旗居委会新天地3栋501室"}}
    deliver(hub, VISIT, visits)
    match_addresses(hub)
    assert table(hub, "address_match")[0]["level"] == "community"
    new = _flat("n3-501", HONGQI, "新天地", "3栋", "501室")
    deliver(hub, STANDARD, dict([*_standard().items(), new]))
    match_addresses(hub)
    assert table(hub, "address_match")[0]["dwelling_id"] == "n3-501"


def test_a_building_without_a_compound_is_known_by_street_and_door(tmp_path: Path) -> None:
    hub = _fresh(tmp_path)
    bare = {
        key: {**_flat(key, HONGQI, "", "", room)[1], "compound_name": None, "building": None}
        for key, room in (("s301", "301室"), ("s302", "302室"))
    }
    deliver(hub, STANDARD, {**_standard(), **bare})
    texts = ("红旗居委会濂溪路8号301室", "贡江镇红旗居委会濂溪路8号302", "红旗居委会濂溪路8号")
    found = _meaning(hub, *texts)
    assert [dwelling for _, dwelling in found] == ["s301", "s302", None]


def test_texts_that_hash_alike_are_two_texts(tmp_path: Path) -> None:
    """DuckDB's own hash of these two is one, and each would be matched as both."""
    hub = _fresh(tmp_path)
    names = ("楚雄雅苑一期", "楚雄雅苑三期")
    flats = (
        _flat(f"{name}-{room}", HONGQI, name, "1栋", f"{room}室")
        for name in names
        for room in ("702", "802")
    )
    deliver(hub, STANDARD, {**_standard(), **dict(flats)})
    texts = ("贡江镇楚雄雅苑一期1幢802室", "贡江镇楚雄雅苑三期1幢702室")
    with looking() as con:
        [(alike,)] = con.execute("select hash(?) = hash(?)", texts).fetchall()
    assert alike, "choose two others: DuckDB's hash has changed"
    dwellings = [dwelling for _, dwelling in _meaning(hub, *texts)]
    assert dwellings == ["楚雄雅苑一期-802", "楚雄雅苑三期-702"]
    rows = table(hub, "address_match", "feed = 'resident_visit'")
    assert sorted(row["compound_name"] for row in rows) == sorted(names)


def test_what_was_merged_twice_is_followed_to_the_end(tmp_path: Path) -> None:
    hub = _fresh(tmp_path)
    older = _house("older", ZISHAN, "3组", "10号", address_status="2", merged_into_id="gone")
    deliver(hub, STANDARD, dict([*_standard().items(), older]))
    assert _meaning(hub, "梓山镇梓山村3组10号") == [("room", "z3-8")]


def test_a_new_standard_address_places_the_texts_that_waited_for_it(tmp_path: Path) -> None:
    hub = _fresh(tmp_path)
    match_addresses(hub)
    standard = dict([*_standard().items(), _house("h3-99", HONGQI_CUN, "3组", "99号")])
    deliver(hub, STANDARD, standard)
    assert match_addresses(hub).put == 1
    assert table(hub, "address_match", "record_key = 'v2'")[0]["dwelling_id"] == "h3-99"


def test_a_refused_alias_is_used_no_more(tmp_path: Path) -> None:
    hub = _fresh(tmp_path)
    match_addresses(hub)
    [alias] = table(hub, "address_alias", "alias = '农机厂家属院'")
    assert (alias["name"], alias["origin"]) == ("祥和一品", "division")
    _refuse(hub, "农机厂家属院")
    match_addresses(hub)
    [row] = table(hub, "address_match", "record_key = 'v3'")
    assert row["dwelling_id"] is None
    assert table(hub, "address_alias", "is_refused")[0]["alias"] == "农机厂家属院"


def test_an_explanation_shows_the_parse_and_what_fits(county: Hub) -> None:
    said = explain_address(county, "贡江镇红旗居委会祥和一品2栋302室")
    assert said.parse["building"] == "2" and said.parse["room"] == "302"
    assert said.meaning["level"] == "building"
    assert {row["dwelling_id"] for row in said.candidates} == {"x2-1-302", "x2-2-302"}
    assert "x2-1-302" in str(said) and said.to_dict()["meaning"]["reason"] == "room_ambiguous"


_ALPHABET = "贡江镇红旗村居委会祥和一品二三十百零栋幢单元门室号组付附-－#０５9A12 　()（）"


@settings(max_examples=60, deadline=None)
@example(texts=["栋付付", "号--1", "十第1栋", "1百2百3百45", "栋付第1门", "1号-1号-1号-1"])
@example(texts=["(())", "((()))", "一(二(三)四)五(六)七"])
@given(texts=st.lists(st.text(_ALPHABET, max_size=24), min_size=1, max_size=20))
def test_any_text_folds_to_what_folds_to_itself(texts: list[str]) -> None:
    with looking() as con:
        load_macros(con)
        sql = (
            "with f as (select fold_address(t) as t from unnest(?) u(t))"
            " select t, fold_address(t), address_parts(t) from f"
        )
        rows = con.execute(sql, [texts]).fetchall()
        assert len(rows) == len(texts)
        assert [(once, twice) for once, twice, _ in rows if once != twice] == []


def _fresh(folder: Path) -> Hub:
    hub = small_hub(folder)
    deliver(hub, DIVISION, _divisions())
    deliver(hub, STANDARD, _standard())
    texts = ("贡江镇红旗村3组8号", "贡江镇红旗村3组99号", "农机厂家属院3栋501室")
    visits = {
        f"v{n}": {"name": "张三", "address": text, "visited_at": None}
        for n, text in enumerate(texts, 1)
    }
    deliver(hub, VISIT, visits)
    return hub


def _refuse(hub: Hub, alias: str) -> None:
    rows = table(hub, "address_alias")
    changed = [{**row, "is_refused": row["alias"] == alias} for row in rows]
    hub.lake.table("identity", "address_alias").replace(
        pa.Table.from_pylist(changed, schema=table_schema(ADDRESS_ALIAS))
    )


def _versions(hub: Hub) -> dict[str, int]:
    return {one.full_name: one.version for one in hub.lake.tables("identity")}
