"""Emergency management 应急: hazard sites, warnings, shelters, transfers, evacuation cards.

    REST, JSON, OAuth2 (cards: XLSX files) -> raw.emergency_*

Field names are those of the API and of the cards (feeds.md). Secrets: the OAuth2 client secret.
"""

from schemas.columns import (
    INTERNAL,
    PERSONAL,
    PUBLIC,
    SEX_NAMES,
    code,
    decimal,
    fuzzy_date,
    integer,
    text,
    text_list,
    timestamp,
)
from schemas.model import Column, Delivery, Feed, Slot

_UPDATED = timestamp(
    "updatedAt", "updated_at", "when the row was last changed", "更新时间", INTERNAL
)

HAZARD_SITE = Feed(
    "emergency",
    "hazard_site",
    "one row a site that threatens people",
    "隐患点",
    "rest",
    "/hazard-sites",
    ("unifiedCode",),
    (
        text("unifiedCode", "hazard_site_code", "unified code of the site", "统一编号", PUBLIC),
        text("name", "name", "name", "名称", PUBLIC),
        code("kind", "hazard_kind", "hazard_kind", "隐患类型"),
        text("town", "town_name", "town", "乡镇", PUBLIC),
        text("village", "village_name", "village", "村", PUBLIC),
        text("location", "location", "place, free text", "位置", PUBLIC),
        text(
            "lon",
            "longitude_text",
            "longitude, decimal or degrees, minutes, seconds",
            "经度",
            PUBLIC,
        ),
        text(
            "lat", "latitude_text", "latitude, decimal or degrees, minutes, seconds", "纬度", PUBLIC
        ),
        integer(
            "radiusM", "radius_m", "radius of the threatened area", "影响半径", PUBLIC, unit="m"
        ),
        integer(
            "threatenedPeople",
            "threatened_people",
            "people threatened",
            "受威胁人数",
            INTERNAL,
            unit="person",
        ),
        decimal(
            "threatenedAssets",
            "threatened_assets",
            "assets threatened",
            "受威胁财产",
            INTERNAL,
            unit="10000 CNY",
        ),
        code("level", "hazard_level", "hazard_level", "规模等级"),
        code("state", "hazard_state", "hazard_state", "状态"),
        text("watcherName", "watcher_name", "who watches the site", "监测人", PERSONAL),
        text("watcherPhone", "watcher_phone", "watcher's telephone", "监测人电话", PERSONAL),
        timestamp(
            "modifyTime", "updated_at", "when the row was last changed", "修改时间", INTERNAL
        ),
    ),
    Delivery.CURSOR,
    cursor="modifyTime",
    mentions=(
        Slot("watcher", "watcher_name", phone="watcher_phone", family_no="hazard_site_code"),
    ),
)

WARNING = Feed(
    "emergency",
    "warning",
    "one row a warning message",
    "预警信息",
    "rest",
    "/warnings",
    ("identifier",),
    (
        text(
            "identifier",
            "warning_id",
            "identifier of the message",
            "预警标识",
            PUBLIC,
            standard="GB/T 35965.1",
        ),
        text("sender", "sender", "who sent it", "发布单位", PUBLIC),
        timestamp("sendTime", "sent_at", "when it was sent", "发布时间", PUBLIC),
        code("status", "warning_status", "warning_status", "状态", PUBLIC),
        code("msgType", "warning_action", "warning_action", "动作", PUBLIC),
        text(
            "references",
            "reference_ids",
            "identifiers of earlier messages, separated by blanks",
            "引用",
            PUBLIC,
        ),
        text(
            "eventType", "event_type", "kind of event", "事件类型", PUBLIC, standard="GB/T 35965.2"
        ),
        code("severity", "warning_severity", "warning_severity", "级别", PUBLIC),
        timestamp("effective", "effective_at", "when it takes effect", "生效时间", PUBLIC),
        timestamp("onset", "onset_at", "when the event is expected", "预计发生时间", PUBLIC),
        timestamp("expires", "expires_at", "when it expires", "失效时间", PUBLIC),
        text("headline", "headline", "headline", "标题", PUBLIC),
        text("description", "description", "description", "内容", PUBLIC),
        text("instruction", "instruction", "what to do", "防御指南", PUBLIC),
        text_list(
            "geocodes",
            "area_codes",
            "codes of the divisions or grids concerned",
            "影响区域编码",
            PUBLIC,
        ),
        text("polygon", "polygon_wkt", "area as WKT, WGS-84", "影响范围", PUBLIC),
    ),
    Delivery.APPEND,
    cursor="sendTime",
    is_event=True,
)

SHELTER = Feed(
    "emergency",
    "shelter",
    "one row a shelter",
    "避难场所",
    "rest",
    "/shelters",
    ("shelterId",),
    (
        text("shelterId", "shelter_id", "number of the shelter", "场所编号", PUBLIC),
        text("name", "name", "name", "名称", PUBLIC),
        text("address", "address", "address, free text", "地址", PUBLIC),
        decimal("lon", "longitude_deg", "longitude, WGS-84", "经度", PUBLIC, unit="deg"),
        decimal("lat", "latitude_deg", "latitude, WGS-84", "纬度", PUBLIC, unit="deg"),
        text("kind", "kind", "kind of shelter", "类型", PUBLIC),
        integer("capacity", "capacity", "places", "容量", PUBLIC, unit="person"),
        integer("occupied", "occupied", "places taken", "已安置", PUBLIC, unit="person"),
        text("managerName", "manager_name", "who runs it", "管理人", PERSONAL),
        text("managerPhone", "manager_phone", "manager's telephone", "管理人电话", PERSONAL),
        text("state", "state", "state", "状态", PUBLIC),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
    mentions=(Slot("manager", "manager_name", phone="manager_phone"),),
)

TRANSFER_RECORD = Feed(
    "emergency",
    "transfer_record",
    "one row a household that was moved to safety",
    "转移安置",
    "rest",
    "/transfers",
    ("transferId",),
    (
        text("transferId", "transfer_id", "number of the transfer", "转移编号", INTERNAL),
        text("warningId", "warning_id", "the warning that caused it", "预警标识", PUBLIC),
        text("headName", "head_name", "head of the household", "户主姓名", PERSONAL),
        text("headPhone", "head_phone", "head's telephone", "户主电话", PERSONAL),
        text("address", "address", "home address, free text", "住址", PERSONAL),
        integer("peopleMoved", "people_moved", "people moved", "转移人数", INTERNAL, unit="person"),
        text("shelterId", "shelter_id", "the shelter they went to", "安置点", PUBLIC),
        timestamp("beganAt", "began_at", "when the move began", "开始时间", INTERNAL),
        timestamp("endedAt", "ended_at", "when they went home", "结束时间", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
    mentions=(Slot("head", "head_name", phone="head_phone", address="address"),),
)

_PEOPLE_ON_A_CARD = range(1, 9)


def _person(n: int) -> tuple[Column, Column, Column]:
    return (
        text(f"姓名{n}", f"name_{n}", f"name of person {n}", f"姓名{n}", PERSONAL),
        code(f"性别{n}", f"sex_{n}", "sex", f"性别{n}", PERSONAL, SEX_NAMES),
        fuzzy_date(f"出生{n}", f"birth_date_{n}", f"birth date or age of person {n}", f"出生{n}"),
    )


def _in_file_order() -> tuple[Column, ...]:
    people = [_person(n) for n in _PEOPLE_ON_A_CARD]
    return tuple(column for group in zip(*people, strict=True) for column in group)


EVACUATION_CARD = Feed(
    "emergency",
    "evacuation_card",
    "one row a household's card, with up to eight people",
    "避险明白卡",
    "files",
    "evacuation_card",
    ("卡号",),
    (
        text("卡号", "card_no", "number of the card", "卡号", INTERNAL),
        text(
            "隐患点编号",
            "hazard_site_code",
            "the site that threatens the household",
            "隐患点编号",
            PUBLIC,
        ),
        text("户主姓名", "head_name", "head of the household", "户主姓名", PERSONAL),
        integer(
            "家庭人数",
            "household_size",
            "people in the household",
            "家庭人数",
            INTERNAL,
            unit="person",
        ),
        text("住址", "address", "home address, free text", "住址", PERSONAL),
        *_in_file_order(),
        text("撤离路线", "route", "way out", "撤离路线", PUBLIC),
        text("安置点", "shelter_name", "where to go", "安置点", PUBLIC),
        text("监测责任人", "monitor_name", "who watches the site", "监测责任人", PERSONAL),
        text("监测责任人电话", "monitor_phone", "monitor's telephone", "监测责任人电话", PERSONAL),
        timestamp("更新时间", "updated_at", "when the card was last changed", "更新时间", INTERNAL),
    ),
    Delivery.SNAPSHOT,
    mentions=(
        Slot("head", "head_name", address="address", family_no="card_no"),
        *(
            Slot(
                str(n),
                f"name_{n}",
                sex=f"sex_{n}",
                birth_date=f"birth_date_{n}",
                address="address",
                family_no="card_no",
            )
            for n in _PEOPLE_ON_A_CARD
        ),
        Slot("monitor", "monitor_name", phone="monitor_phone", family_no="hazard_site_code"),
    ),
)

EMERGENCY = (HAZARD_SITE, WARNING, SHELTER, TRANSFER_RECORD, EVACUATION_CARD)
