"""City management 城管: cases and their steps, components, video alerts, shops.

    REST, JSON, signed headers -> raw.city_management_*

Field names are those of the API (feeds.md). Secrets: the key id and its HMAC secret.
"""

from schemas.columns import (
    INTERNAL,
    PERSONAL,
    PUBLIC,
    code,
    decimal,
    integer,
    shared,
    text,
    timestamp,
)
from schemas.model import Delivery, Feed, Slot

_UPDATED = timestamp(
    "updatedAt", "updated_at", "when the row was last changed", "更新时间", INTERNAL
)
_LON = decimal("lon", "longitude_deg", "longitude, WGS-84", "经度", INTERNAL, unit="deg")
_LAT = decimal("lat", "latitude_deg", "latitude, WGS-84", "纬度", INTERNAL, unit="deg")
_CELL = text(
    "cellCode",
    "cell_code",
    "cell of the city grid, 15 digits",
    "单元网格编码",
    PUBLIC,
    standard="GB/T 30428.1",
)
_GRID = text("gridCode", "grid_code", "code of the community grid", "网格编码", PUBLIC)

CASE = Feed(
    "city_management",
    "case",
    "one row a case",
    "案件",
    "rest",
    "/api/v1/cases",
    ("caseId",),
    (
        text("caseId", "case_id", "number of the case", "案件编号", INTERNAL),
        text("taskNo", "task_no", "number of the task", "任务号", INTERNAL),
        code("source", "case_source", "case_source", "案件来源"),
        code("kind", "case_kind", "case_kind", "案件类型"),
        text("bigClass", "major_class", "major class", "大类", PUBLIC, standard="GB/T 30428.2"),
        text("smallClass", "minor_class", "minor class", "小类", PUBLIC, standard="GB/T 30428.2"),
        text("description", "description", "what was reported", "问题描述", PERSONAL),
        text("componentCode", "component_code", "component concerned", "部件编码", INTERNAL),
        text("reporterName", "reporter_name", "who reported", "举报人", PERSONAL),
        text("reporterPhone", "reporter_phone", "reporter's telephone", "举报人电话", PERSONAL),
        text("address", "address", "place, free text", "地址", PERSONAL),
        _LON,
        _LAT,
        _CELL,
        _GRID,
        text("handlerUnit", "handler_unit", "unit that handles the case", "处置单位", PUBLIC),
        shared(code("status", "case_status", "case_status", "案件状态"), "community"),
        timestamp("reportedAt", "reported_at", "when it was reported", "上报时间", INTERNAL),
        timestamp("deadline", "deadline_at", "when it is due", "处置时限", INTERNAL),
        shared(
            timestamp("closedAt", "closed_at", "when it was closed", "结案时间", INTERNAL),
            "community",
        ),
        integer("satisfaction", "satisfaction", "reporter's rating, 1 to 5", "满意度", INTERNAL),
        text("duplicateOf", "duplicate_of", "the case that this one repeats", "重复案件", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
    mentions=(Slot("reporter", "reporter_name", phone="reporter_phone", address="address"),),
    is_event=True,
)

CASE_STEP = Feed(
    "city_management",
    "case_step",
    "one row a step of a case",
    "案件流转",
    "rest",
    "/api/v1/case-steps",
    ("stepId",),
    (
        text("stepId", "step_id", "number of the step", "步骤编号", INTERNAL),
        text("caseId", "case_id", "number of the case", "案件编号", INTERNAL),
        integer("seq", "seq", "order of the step in the case", "顺序", INTERNAL),
        code("step", "case_step", "case_step", "流转环节"),
        code("action", "step_action", "step_action", "流转动作"),
        text("fromUnit", "from_unit", "unit that passed it on", "移出单位", PUBLIC),
        text("toUnit", "to_unit", "unit that took it", "接收单位", PUBLIC),
        text("operator", "operator", "member of staff who acted", "经办人", INTERNAL),
        timestamp("beganAt", "began_at", "when the step began", "开始时间", INTERNAL),
        timestamp("endedAt", "ended_at", "when the step ended", "结束时间", INTERNAL),
        timestamp("deadline", "deadline_at", "when the step is due", "时限", INTERNAL),
        text("note", "note", "note", "备注", PERSONAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
    is_event=True,
)

COMPONENT = Feed(
    "city_management",
    "component",
    "one row a component of the city (lamp, cover, bin)",
    "部件",
    "rest",
    "/api/v1/components",
    ("objId",),
    (
        text(
            "objId",
            "component_code",
            "division 6, major 2, minor 2, serial 6",
            "部件编码",
            PUBLIC,
            standard="GB/T 30428.2",
        ),
        text("name", "name", "what it is", "名称", PUBLIC),
        text("ownerUnit", "owner_unit", "unit that owns it", "权属单位", PUBLIC),
        text("managerUnit", "manager_unit", "unit in charge", "主管单位", PUBLIC),
        text("maintainerUnit", "maintainer_unit", "unit that maintains it", "养护单位", PUBLIC),
        _CELL,
        _GRID,
        text("state", "state", "state", "状态", PUBLIC),
        _LON,
        _LAT,
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
)

VIDEO_ALERT = Feed(
    "city_management",
    "video_alert",
    "one row an alert that a camera's algorithm raised",
    "视频预警",
    "rest",
    "/api/v1/video-alerts",
    ("alertId",),
    (
        text("alertId", "alert_id", "number of the alert", "预警编号", INTERNAL),
        text("cameraId", "camera_id", "camera", "摄像机编号", INTERNAL),
        text("algorithm", "algorithm", "algorithm", "算法", INTERNAL),
        decimal("confidence", "confidence", "confidence, 0 to 1", "置信度", INTERNAL, unit="1"),
        timestamp("occurredAt", "occurred_at", "when it happened", "发生时间", INTERNAL),
        _GRID,
        text("address", "address", "place, free text", "地址", INTERNAL),
        _LON,
        _LAT,
        code("status", "alert_status", "alert_status", "预警状态"),
        text("imageUrl", "image_url", "picture", "图片地址", PERSONAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
    is_event=True,
)

SHOP = Feed(
    "city_management",
    "shop",
    "one row a shop on a street",
    "沿街商户",
    "rest",
    "/api/v1/shops",
    ("shopId",),
    (
        text("shopId", "shop_id", "number of the shop", "商户编号", INTERNAL),
        text(
            "uscc",
            "uscc",
            "unified social credit code",
            "统一社会信用代码",
            PUBLIC,
            standard="GB 32100",
        ),
        text("name", "name", "name of the shop", "商户名称", PUBLIC),
        text("operatorName", "operator_name", "operator's name", "经营者姓名", PERSONAL),
        text(
            "operatorIdNo",
            "operator_id_no",
            "operator's identity number",
            "经营者身份证号",
            PERSONAL,
        ),
        text("phone", "phone", "telephone", "联系电话", PERSONAL),
        text("address", "address", "address, free text", "地址", PERSONAL),
        _GRID,
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updatedAt",
    mentions=(
        Slot("operator", "operator_name", id_no="operator_id_no", phone="phone", address="address"),
    ),
)

CITY_MANAGEMENT = (CASE, CASE_STEP, COMPONENT, VIDEO_ALERT, SHOP)
