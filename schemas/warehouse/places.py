"""Warehouse tables of places: divisions, grids, dwellings, address matches, lettings, residency.

    community.division, public_security.standard_address, identity.address_match -> warehouse.*

Needs no secrets.
"""

from schemas.columns import INTERNAL, PERSONAL, PUBLIC, date, decimal, flag, integer, text
from schemas.model import Column, Table, Type
from schemas.warehouse.build import DEPARTMENT, FEED, copied, dwelling, resident, table

_ADDRESS = "public_security.standard_address"
_DIVISION = "community.division"
_WORKER = "community.grid_worker"
_RENTAL = "public_security.rental_housing"


def _above(level: str, title_zh: str) -> Column:
    words = f"code of the {level} that it lies in, or its own"
    source = f"{_DIVISION}.division_code"
    return Column(source, f"{level}_code", Type.TEXT, words, title_zh, PUBLIC)


DIVISION = table(
    "division",
    "one row a division, from the county down to the building",
    "区划",
    ("division_code",),
    (
        *copied(_DIVISION, "division_code", "parent_code", "division_kind", "name", "alias"),
        _above("town", "所属乡镇编码"),
        _above("community", "所属社区编码"),
        *copied(_DIVISION, "unit_in_charge", "valid_from", "valid_to", "polygon_wkt"),
    ),
    indexes=(("parent_code",), ("community_code",)),
)

GRID = table(
    "grid",
    "one row a grid, with the worker who answers for it",
    "网格",
    ("grid_code",),
    (
        text(f"{_DIVISION}.division_code", "grid_code", "code of the grid", "网格编码", PUBLIC),
        text(f"{_DIVISION}.name", "name", "name of the grid", "网格名称", PUBLIC),
        _above("community", "所属社区编码"),
        text(f"{_DIVISION}.name", "community_name", "name of the community", "社区名称", PUBLIC),
        _above("town", "所属乡镇编码"),
        text(f"{_DIVISION}.name", "town_name", "name of the town", "乡镇名称", PUBLIC),
        *copied(_WORKER, "worker_no"),
        text(f"{_WORKER}.name", "worker_name", "grid worker's name", "网格员姓名", PERSONAL),
        text(f"{_WORKER}.phone", "worker_phone", "grid worker's phone", "网格员电话", PERSONAL),
        text(
            f"{_WORKER}.phone",
            "worker_phone_masked",
            "its first three digits",
            "网格员电话（脱敏）",
            INTERNAL,
        ),
        resident("worker_resident_id", "the worker as a resident, where known", "网格员居民标识"),
    ),
    references={"grid_code": "division.division_code"},
    indexes=(("community_code",),),
)

GRID_SUMMARY = table(
    "grid_summary",
    "one row a grid: its people, places, events and things, counted on the business date",
    "网格统计",
    ("grid_code",),
    (
        text(f"{_DIVISION}.division_code", "grid_code", "code of the grid", "网格编码", PUBLIC),
        integer("", "residents", "living residents", "常住人口"),
        integer("", "over_80", "of them, of eighty completed years or more", "八十岁以上人数"),
        integer("", "children", "of them, under fourteen", "十四岁以下人数"),
        integer("", "floating", "of them, of the floating population", "流动人口"),
        integer("", "exposed_residents", "of them, exposed to a site", "受隐患影响人数"),
        integer("", "open_wishes", "their wishes that nobody has claimed", "待认领微心愿"),
        integer("", "inhabited_dwellings", "dwellings in which they live", "有人居住住房数"),
        integer("", "households", "living households", "现住户数"),
        integer("", "dwellings", "standard addresses in use", "在用住房数"),
        integer("", "lettings", "lettings that have not ended", "在租出租房数"),
        integer("", "tickets", "tickets", "工单数"),
        integer("", "open_tickets", "of them, still to be done", "在办工单数"),
        integer("", "overdue_tickets", "of those, past their deadline", "超期在办工单数"),
        integer("", "video_alerts", "alerts of cameras", "视频预警数"),
        integer("", "shops", "shops on its streets", "沿街商户数"),
        integer("", "components", "components of the city", "城市部件数"),
    ),
    references={"grid_code": "grid.grid_code"},
)

GRID_WORKER = table(
    "grid_worker",
    "one row a worker, scope and role",
    "网格员",
    ("worker_no", "scope_code", "worker_role"),
    (
        *copied(_WORKER, "worker_no", "scope_code", "worker_role", "name", "phone"),
        text(
            f"{_WORKER}.scope_code", "community_code", "community of the scope", "社区编码", PUBLIC
        ),
        resident(description="the worker as a resident, where known"),
        *copied(_WORKER, "valid_from", "valid_to"),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("scope_code",),),
)

DWELLING = table(
    "dwelling",
    "one row a standard address, down to the room; retired and merged ones too",
    "住房",
    ("dwelling_id",),
    (
        text(
            f"{_ADDRESS}.standard_address_id",
            "dwelling_id",
            "id of the standard address",
            "住房标识",
            INTERNAL,
        ),
        *copied(_ADDRESS, "town_name", "community_name"),
        text(
            f"{_ADDRESS}.grid_code", "community_code", "code of the community", "社区编码", PUBLIC
        ),
        *copied(_ADDRESS, "grid_code", "street_name", "door_no", "compound_name", "building"),
        *copied(_ADDRESS, "unit", "floor", "room", "full_address"),
        *copied(_ADDRESS, "longitude_deg", "latitude_deg", "has_lift", "building_floors"),
        *copied(_ADDRESS, "address_status", "merged_into_id"),
    ),
    references={"grid_code": "grid.grid_code"},
    indexes=(("grid_code",), ("community_code",), ("compound_name", "building", "room")),
)

ADDRESS_MATCH = table(
    "address_match",
    "one row an address that a record gives for a person or place, and the dwelling that it means",
    "地址匹配",
    ("department", "feed", "record_key", "slot"),
    (
        DEPARTMENT,
        FEED,
        text("", "record_key", "key of the record at the department", "记录主键", PERSONAL),
        text("", "slot", "which person of the record the address belongs to", "槽位", INTERNAL),
        dwelling(),
        text(
            "identity.address_match.level",
            "match_level",
            "how far the text was settled: room, unit, building, compound, community",
            "匹配层级",
            INTERNAL,
        ),
        decimal(
            "identity.address_match.confidence",
            "confidence",
            "how sure the match is, 0 to 1",
            "置信度",
            INTERNAL,
            unit="1",
        ),
        text("identity.address_match.reason", "reason", "why this dwelling", "匹配依据", INTERNAL),
        text("identity.address_match.grid_code", "grid_code", "grid", "网格编码", PUBLIC),
    ),
    references={"dwelling_id": "dwelling.dwelling_id"},
    indexes=(("dwelling_id",),),
)

RENTAL = table(
    "rental",
    "one row a rented dwelling on the register of lettings",
    "出租房",
    ("rental_no",),
    (
        *copied(_RENTAL, "rental_no"),
        dwelling(),
        resident("landlord_resident_id", "the landlord", "房主居民标识"),
        *copied(_RENTAL, "rent_use", "safety_hazard", "registered_occupants", "let_from", "let_to"),
    ),
    references={
        "dwelling_id": "dwelling.dwelling_id",
        "landlord_resident_id": "resident.resident_id",
    },
    indexes=(("dwelling_id",), ("landlord_resident_id",)),
)

RESIDENCY = table(
    "residency",
    "one row a resident, dwelling and role, as one feed says it",
    "居住关系",
    ("resident_id", "dwelling_id", "residency_role", "department", "feed"),
    (
        resident(),
        dwelling(description="the dwelling"),
        text(
            "",
            "residency_role",
            "registers: the register address; lives; rents; owns",
            "关系类型",
            INTERNAL,
        ),
        DEPARTMENT,
        FEED,
        date(
            "public_security.resident_register.valid_from_at"
            " public_security.floating_population.registered_on"
            " public_security.rental_housing.let_from community.resident_visit.visited_at",
            "valid_from",
            "first day on which this was so, as far as the feed tells; null if unknown",
            "起始日期",
            INTERNAL,
        ),
        date(
            "public_security.resident_register.valid_to_at public_security.rental_housing.let_to"
            " public_security.floating_population.permit_expires_on",
            "valid_to",
            "first day on which it was no longer so; null while it holds",
            "终止日期",
            INTERNAL,
        ),
        flag("", "is_current", "the feed still says so", "是否当前", INTERNAL),
        date("", "seen_on", "day of the newest record that says so", "最近记录日期", INTERNAL),
    ),
    references={"resident_id": "resident.resident_id", "dwelling_id": "dwelling.dwelling_id"},
    indexes=(("dwelling_id",),),
    is_recorded=True,
    valid=("valid_from", "valid_to"),
)

PLACES: tuple[Table, ...] = (
    DIVISION,
    GRID,
    GRID_SUMMARY,
    GRID_WORKER,
    DWELLING,
    ADDRESS_MATCH,
    RENTAL,
    RESIDENCY,
)
