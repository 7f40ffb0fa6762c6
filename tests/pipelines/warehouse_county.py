"""A few people of a small county, as the conformed and identity zones would hold them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from foundation.config import parse_config
from foundation.home import Home
from foundation.lake import Lake
from pipelines.hub import Hub
from pipelines.warehouse.models import lake_inputs
from schemas import FEEDS
from schemas.derive import conformed_schema, table_schema
from schemas.identity import CROSSWALK, MENTION

AS_OF = date(2026, 3, 31)
GRID = "360731001001001"
COMMUNITY = GRID[:12]


def at(text: str) -> datetime:
    """An instant, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class County:
    """Rows by table; ``write`` puts those of a table into a lake."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._mentions = 0

    def row(self, feed: str, **values: Any) -> str:
        """Add a conformed row; returns its record key."""
        declared = FEEDS[feed]
        key = "|".join(str(values[name]) for name in declared.key_names)
        self.rows.setdefault(f"conformed.{declared.table}", []).append({"_key": key} | values)
        return key

    def mention(
        self, feed: str, key: str, resident: str, slot: str = "self", **values: Any
    ) -> None:
        """Say that a record's person is this resident, with comparable values."""
        self._mentions += 1
        department, name = feed.split(".")
        who = {
            "mention_id": self._mentions,
            "department": department,
            "feed": name,
            "record_key": key,
            "slot": slot,
        }
        if "birth_date" in values:
            values["birth_precision"] = "day"
        self.add("identity.mention", **who, **values)
        self.add("identity.crosswalk", **who, resident_id=resident, method="number", weight=20.0)

    def place(self, feed: str, key: str, dwelling: str, slot: str = "self") -> None:
        """Say which dwelling a record's address means."""
        department, name = feed.split(".")
        self.add(
            "identity.address_match",
            department=department,
            feed=name,
            record_key=key,
            slot=slot,
            dwelling_id=dwelling,
            level="room",
            confidence=1.0,
            reason="exact",
            grid_code=GRID,
        )

    def add(self, table: str, **values: Any) -> None:
        """Add a row of any lake table."""
        self.rows.setdefault(table, []).append(values)

    def write(self, lake: Lake, *tables: str) -> None:
        """Write these tables, or all, whole."""
        for name in tables or self.rows:
            zone, table = name.split(".")
            lake.table(zone, table).replace(
                pa.Table.from_pylist(self.rows[name], schema=_schema(name))
            )


def _schema(name: str) -> pa.Schema:
    for feed in FEEDS.values():
        if name == f"conformed.{feed.table}":
            return conformed_schema(feed)
    for table in (CROSSWALK, MENTION):
        if name == table.id:
            return table_schema(table)
    return lake_inputs()[name]


def hub_in(folder: Path, as_of: date = AS_OF) -> Hub:
    """A hub over an empty home in `folder`."""
    home = Home(folder)
    county = parse_config({"county": {"name": "于都县", "division_code": "360731"}}, home)
    return Hub(home, county, Lake(home.lake), as_of)


def add_places(county: County) -> None:
    """One community with one grid and its worker, a block without a lift, a village house."""
    for code, kind, name, parent in (
        ("360731", "county", "于都县", None),
        ("360731001", "town", "贡江镇", "360731"),
        (COMMUNITY, "community", "长征社区", "360731001"),
        (GRID, "grid", "第一网格", COMMUNITY),
        (f"{COMMUNITY}C001", "compound", "滨江花园", COMMUNITY),
    ):
        county.row(
            "community.division",
            division_code=code,
            division_kind=kind,
            name=name,
            parent_code=parent,
        )
    worker = county.row(
        "community.grid_worker",
        worker_no="W1",
        scope_code=GRID,
        worker_role="grid_worker",
        name="网格员",
        phone="13900000001",
        valid_from=date(2025, 1, 1),
    )
    county.mention("community.grid_worker", worker, "r-worker", "worker", name="网格员")
    for dwelling, floor, lon in (("d-high", 5, 115.40), ("d-low", 1, 115.40), ("d-far", 1, 115.90)):
        county.row(
            "public_security.standard_address",
            standard_address_id=dwelling,
            grid_code=GRID,
            community_name="长征社区",
            compound_name="滨江花园",
            building="1栋",
            floor=floor,
            room=f"{floor}01",
            full_address=f"贡江镇长征社区滨江花园1栋{floor}01室",
            longitude_deg=lon,
            latitude_deg=25.95,
            has_lift=False,
            building_floors=6,
            address_status="1",
        )


def add_person(
    county: County,
    resident: str,
    *,
    name: str,
    birth: date,
    dwelling: str,
    number: str | None = None,
    sex: str = "1",
    status: str = "0",
    death: date | None = None,
    match: str = "01",
) -> None:
    """A person on the register, at home at the register address unless ``match`` is 02."""
    key = county.row(
        "public_security.resident_register",
        version_id=f"v-{resident}",
        person_no=f"p-{resident}",
        name=name,
        sex=sex,
        person_status=status,
        register_match=match,
        death_date=death,
        death_date_precision="day" if death else None,
        is_current=True,
        is_reversed=False,
        education="70",
        valid_from_at=at("2015-01-01T00:00:00"),
        updated_at=at("2020-01-01T00:00:00"),
    )
    county.mention(
        "public_security.resident_register",
        key,
        resident,
        name=name,
        sex=sex,
        birth_date=birth,
        number=number,
        phone="13800000001",
        ethnicity="01",
    )
    county.place("public_security.resident_register", key, dwelling)
    if (status, match) == ("0", "01"):
        home = {"resident_id": resident, "dwelling_id": dwelling}
        county.add("identity.home", **home, source="resident_register")


def add_visit(county: County, record: str, resident: str, dwelling: str, **values: Any) -> None:
    """A grid worker's visit that met the person."""
    own = {name: values.pop(name) for name in ("tags_text",) if name in values}
    key = county.row(
        "community.resident_visit",
        record_id=record,
        grid_code=GRID,
        residence_kind="local",
        is_deleted=False,
        visited_at=at("2026-02-10T02:00:00"),
        updated_at=at("2026-02-10T02:00:00"),
        **own,
    )
    county.mention("community.resident_visit", key, resident, **values)
    county.place("community.resident_visit", key, dwelling)


def small_county() -> County:
    """Zhang Wei (alone, 85, disabled, on the fifth floor), Li Na (dead, still paid), a worker."""
    county = County()
    add_places(county)
    add_person(
        county,
        "r-zhang",
        name="张伟",
        birth=date(1940, 5, 1),
        dwelling="d-high",
        number="36213219400501001X",
    )
    add_visit(
        county,
        "visit-1",
        "r-zhang",
        "d-high",
        name="张玮",
        phone="13700000009",
        tags_text="独居老人,党员",
    )
    add_person(
        county,
        "r-li",
        name="李娜",
        birth=date(1938, 2, 3),
        dwelling="d-low",
        number="362132193802030021",
        sex="2",
        status="1",
        death=date(2025, 12, 20),
    )
    cremation = county.row(
        "civil_affairs.cremation",
        cremation_no="H1",
        name="李娜",
        death_date=date(2025, 12, 20),
        death_date_precision="day",
        cremated_on=date(2025, 12, 22),
    )
    county.mention(
        "civil_affairs.cremation", cremation, "r-li", name="李娜", number="362132193802030021"
    )
    payment = county.row(
        "civil_affairs.assistance_payment",
        payment_no="P1",
        family_no="F1",
        name="李娜",
        paid_month="2026-02",
        payment_status="paid",
        total_amount_cny=800.0,
    )
    county.mention("civil_affairs.assistance_payment", payment, "r-li", name="李娜")
    certificate = county.row(
        "civil_affairs.disability_certificate",
        certificate_no="36213219400501001X42",
        name="张伟",
        disability_kind="4",
        disability_level="2",
        issued_on=date(2020, 1, 1),
        has_care_subsidy=False,
        has_living_subsidy=True,
    )
    county.mention("civil_affairs.disability_certificate", certificate, "r-zhang", name="张伟")
    rental = county.row(
        "public_security.rental_housing",
        rental_no="Z1",
        standard_address_id="d-low",
        registered_occupants=0,
        let_from=date(2025, 6, 1),
    )
    county.mention("public_security.rental_housing", rental, "r-zhang", "landlord", name="张伟")
    site = county.row(
        "emergency.hazard_site",
        hazard_site_code="H-1",
        name="后山滑坡",
        hazard_kind="landslide",
        longitude_text="115°24′00″",
        latitude_text="25.951",
        radius_m=300,
        hazard_state="active",
        updated_at=at("2026-01-01T00:00:00"),
    )
    county.mention("emergency.hazard_site", site, "r-worker", "watcher", name="网格员")
    for step, action, seq in (
        ("report", "normal", 1),
        ("handle", "returned", 2),
        ("close", "normal", 3),
    ):
        county.row(
            "city_management.case_step",
            step_id=f"S{seq}",
            case_id="C1",
            seq=seq,
            step=step,
            step_action=action,
            began_at=at(f"2026-03-0{seq}T00:00:00"),
            updated_at=at("2026-03-05T00:00:00"),
        )
    county.row(
        "city_management.case",
        case_id="C1",
        case_source="patrol",
        case_kind="event",
        case_status="dispatched",
        grid_code=GRID,
        reported_at=at("2026-03-01T00:00:00"),
        deadline_at=at("2026-03-04T00:00:00"),
        updated_at=at("2026-03-05T00:00:00"),
    )
    request = county.row(
        "community.request",
        request_no="Q1",
        request_channel="miniapp",
        request_status="verified",
        requester_name="张伟",
        city_case_id="C1",
        grid_code=GRID,
        reported_at=at("2026-02-27T00:00:00"),
        accepted_at=at("2026-02-28T00:00:00"),
        updated_at=at("2026-02-28T00:00:00"),
    )
    county.mention(
        "community.request", request, "r-zhang", "requester", name="张伟", phone="13700000009"
    )
    for number, action, reference in (("A1", "Alert", None), ("A2", "Update", "A1")):
        county.row(
            "emergency.warning",
            warning_id=number,
            warning_status="Actual",
            warning_action=action,
            reference_ids=reference,
            warning_severity="Red",
            sent_at=at(f"2026-03-30T0{number[1]}:00:00"),
            effective_at=at("2026-03-30T01:00:00"),
            expires_at=at("2026-04-02T00:00:00"),
            area_codes=[COMMUNITY],
            headline="暴雨红色预警",
        )
    wish = county.row(
        "community.wish",
        wish_no="W1",
        wish_status="open",
        content="一台轮椅",
        created_at=at("2026-03-01T00:00:00"),
        updated_at=at("2026-03-01T00:00:00"),
    )
    county.mention("community.wish", wish, "r-zhang", "wisher", name="张伟")
    county.add(
        "identity.household",
        household_id="h-1",
        kind="living",
        dwelling_id="d-high",
        head_resident_id="r-zhang",
        members=1,
    )
    county.add(
        "identity.household_member",
        household_id="h-1",
        resident_id="r-zhang",
        relation="02",
        is_head=True,
    )
    return county
