"""Warehouse tables of emergencies: sites, who is exposed, warnings, shelters, transfers, cards.

    emergency.* + warehouse.dwelling, resident -> warehouse.hazard_site, hazard_exposure, ...

Needs no secrets.
"""

from schemas.columns import INTERNAL, PERSONAL, PUBLIC, decimal, integer, text
from schemas.model import Table
from schemas.warehouse.build import copied, dwelling, resident, table

_SITE = "emergency.hazard_site"
_WARNING = "emergency.warning"
_SHELTER = "emergency.shelter"
_TRANSFER = "emergency.transfer_record"
_CARD = "emergency.evacuation_card"

HAZARD_SITE = table(
    "hazard_site",
    "one row a site that threatens people",
    "隐患点",
    ("hazard_site_code",),
    (
        *copied(_SITE, "hazard_site_code", "name", "hazard_kind", "town_name", "village_name"),
        *copied(_SITE, "location"),
        decimal(
            f"{_SITE}.longitude_text",
            "longitude_deg",
            "longitude, WGS-84",
            "经度",
            PUBLIC,
            unit="deg",
        ),
        decimal(
            f"{_SITE}.latitude_text", "latitude_deg", "latitude, WGS-84", "纬度", PUBLIC, unit="deg"
        ),
        *copied(_SITE, "radius_m", "threatened_people", "threatened_assets", "hazard_level"),
        *copied(_SITE, "hazard_state", "watcher_name", "watcher_phone"),
        resident("watcher_resident_id", "who watches it, where known", "监测人居民标识"),
    ),
)

HAZARD_EXPOSURE = table(
    "hazard_exposure",
    "one row a site and a resident who lives within its radius or is named on its cards",
    "隐患影响人员",
    ("hazard_site_code", "resident_id", "basis"),
    (
        *copied(_SITE, "hazard_site_code"),
        resident(),
        text("", "basis", "radius: lives within it; card: named on a card", "依据", INTERNAL),
        text("identity.household.dwelling_id", "dwelling_id", "where the person lives", "住房标识"),
        integer("", "distance_m", "from the site to the dwelling", "距离", INTERNAL, unit="m"),
    ),
    references={
        "hazard_site_code": "hazard_site.hazard_site_code",
        "resident_id": "resident.resident_id",
        "dwelling_id": "dwelling.dwelling_id",
    },
    indexes=(("resident_id",),),
)

WARNING = table(
    "warning",
    "one row a warning message",
    "预警信息",
    ("warning_id",),
    (
        *copied(_WARNING, "warning_id", "sender", "sent_at", "warning_status", "warning_action"),
        *copied(_WARNING, "reference_ids", "event_type", "warning_severity", "effective_at"),
        *copied(_WARNING, "onset_at", "expires_at", "headline", "description", "instruction"),
        *copied(_WARNING, "polygon_wkt"),
        text(
            f"{_WARNING}.reference_ids",
            "replaced_by_id",
            "the newest message that updates or cancels this one; null while it stands",
            "替代预警标识",
            PUBLIC,
        ),
    ),
)

WARNING_AREA = table(
    "warning_area",
    "one row a warning and a division or grid that it names",
    "预警区域",
    ("warning_id", "area_code"),
    (
        *copied(_WARNING, "warning_id"),
        text(
            f"{_WARNING}.area_codes", "area_code", "code of a division or grid", "区域编码", PUBLIC
        ),
    ),
    references={"warning_id": "warning.warning_id"},
    indexes=(("area_code",),),
)

SHELTER = table(
    "shelter",
    "one row a shelter",
    "避难场所",
    ("shelter_id",),
    (
        *copied(_SHELTER, "shelter_id", "name", "address", "longitude_deg", "latitude_deg"),
        *copied(_SHELTER, "kind", "capacity", "occupied", "manager_name", "manager_phone"),
        *copied(_SHELTER, "state"),
    ),
)

TRANSFER = table(
    "transfer",
    "one row a household that was moved to safety",
    "转移安置",
    ("transfer_id",),
    (
        *copied(_TRANSFER, "transfer_id", "warning_id"),
        resident("head_resident_id", "head of the household", "户主居民标识"),
        dwelling(),
        *copied(_TRANSFER, "people_moved", "shelter_id", "began_at", "ended_at"),
    ),
    references={
        "warning_id": "warning.warning_id",
        "shelter_id": "shelter.shelter_id",
        "head_resident_id": "resident.resident_id",
    },
    indexes=(("warning_id",), ("head_resident_id",)),
)

EVACUATION_CARD_MEMBER = table(
    "evacuation_card_member",
    "one row a person on a household's evacuation card",
    "避险明白卡人员",
    ("card_no", "slot"),
    (
        *copied(_CARD, "card_no"),
        text("", "slot", "head, 1 to 8, or monitor", "槽位", INTERNAL),
        resident(),
        *copied(_CARD, "hazard_site_code", "route", "shelter_name", "updated_at"),
        text(f"{_CARD}.monitor_name", "monitor_name", "who watches", "监测责任人", PERSONAL),
        text(f"{_CARD}.monitor_phone", "monitor_phone", "phone", "监测责任人电话", PERSONAL),
    ),
    references={
        "hazard_site_code": "hazard_site.hazard_site_code",
        "resident_id": "resident.resident_id",
    },
    indexes=(("resident_id",), ("hazard_site_code",)),
)

SAFETY: tuple[Table, ...] = (
    HAZARD_SITE,
    HAZARD_EXPOSURE,
    WARNING,
    WARNING_AREA,
    SHELTER,
    TRANSFER,
    EVACUATION_CARD_MEMBER,
)
