"""Community grid 社区网格: divisions, grid workers, visits, requests, wishes, topics, services.

    database behind the mini-program and the workers' app (SQL) -> raw.community_*

Column names are those of the vendor's tables (feeds.md). Secrets: the database's password.
"""

from schemas.columns import (
    INTERNAL,
    PERSONAL,
    PUBLIC,
    SENSITIVE,
    code,
    date,
    flag,
    fuzzy_date,
    integer,
    shared,
    text,
    text_list,
    timestamp,
)
from schemas.model import Delivery, Feed, Slot

_UPDATED = timestamp(
    "updated_at", "updated_at", "when the row was last changed", "更新时间", INTERNAL
)
_PHONE = text("phone", "phone", "telephone", "联系电话", PERSONAL)
_ADDRESS = text("address", "address", "address, free text", "地址", PERSONAL)
_GRID = text("grid_code", "grid_code", "code of the grid", "网格编码", PUBLIC)

DIVISION = Feed(
    "community",
    "division",
    "one row a division, from the county down to the building",
    "网格架构",
    "sql",
    "division",
    ("code",),
    (
        text(
            "code",
            "division_code",
            "code of the division",
            "区划编码",
            PUBLIC,
            standard="GB/T 10114",
        ),
        text("parent_code", "parent_code", "code of the division above", "上级编码", PUBLIC),
        code("kind", "division_kind", "division_kind", "层级", PUBLIC),
        text("name", "name", "name", "名称", PUBLIC),
        text("alias", "alias", "other names", "别名", PUBLIC),
        text("unit_in_charge", "unit_in_charge", "unit in charge", "责任单位", PUBLIC),
        date("valid_from", "valid_from", "first day", "启用日期", PUBLIC),
        date("valid_to", "valid_to", "last day", "停用日期", PUBLIC),
        text("polygon", "polygon_wkt", "area as WKT, WGS-84", "范围", PUBLIC),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updated_at",
)

GRID_WORKER = Feed(
    "community",
    "grid_worker",
    "one row a worker, scope and role",
    "网格员",
    "sql",
    "grid_worker",
    ("worker_no", "scope_code", "role"),
    (
        text("worker_no", "worker_no", "number of the worker", "工号", INTERNAL),
        text("name", "name", "worker's name", "姓名", PERSONAL),
        _PHONE,
        code("role", "worker_role", "worker_role", "角色"),
        text("scope_code", "scope_code", "grid, building or unit", "负责范围编码", PUBLIC),
        date("valid_from", "valid_from", "first day", "开始日期", INTERNAL),
        date("valid_to", "valid_to", "last day", "结束日期", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updated_at",
    mentions=(Slot("worker", "name", phone="phone", family_no="worker_no"),),
)

RESIDENT_VISIT = Feed(
    "community",
    "resident_visit",
    "one row a person whom a grid worker found on a visit",
    "入户采集",
    "sql",
    "resident_visit",
    ("record_id",),
    (
        text("record_id", "record_id", "number of the record", "记录编号", INTERNAL),
        _GRID,
        text("name", "name", "name", "姓名", PERSONAL),
        text("id_no", "id_no", "citizen identity number", "身份证号码", PERSONAL),
        code("sex", "sex", "sex", "性别", PERSONAL, {"0": "1", "1": "2", "2": "0"}),
        fuzzy_date("birth_date", "birth_date", "date of birth", "出生日期"),
        _PHONE,
        text("ethnic", "ethnicity_text", "ethnic group, as written", "民族", SENSITIVE),
        text(
            "relation", "relation_text", "relation to the head, as written", "与户主关系", PERSONAL
        ),
        shared(_ADDRESS, "public_security"),
        code("residence_kind", "residence_kind", "residence_kind", "居住类型"),
        text("tags", "tags_text", "tags, joined by commas", "标签", SENSITIVE),
        text("worker_no", "worker_no", "who visited", "采集人工号", INTERNAL),
        shared(
            timestamp("visited_at", "visited_at", "when", "采集时间", INTERNAL),
            "public_security",
            "civil_affairs",
        ),
        flag("is_deleted", "is_deleted", "the record was deleted", "删除标志", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updated_at",
    mentions=(
        Slot(
            "self",
            "name",
            id_no="id_no",
            sex="sex",
            birth_date="birth_date",
            ethnicity="ethnicity_text",
            phone="phone",
            address="address",
            relation="relation_text",
        ),
    ),
)

REQUEST = Feed(
    "community",
    "request",
    "one row a resident's request",
    "居民诉求",
    "sql",
    "request",
    ("request_no",),
    (
        text("request_no", "request_no", "number of the request", "诉求编号", INTERNAL),
        code("channel", "request_channel", "request_channel", "诉求渠道"),
        text("requester_name", "requester_name", "who asked", "诉求人", PERSONAL),
        _PHONE,
        text("category", "category", "category", "类别", INTERNAL),
        text("content", "content", "what was asked", "内容", PERSONAL),
        _ADDRESS,
        _GRID,
        shared(code("status", "request_status", "request_status", "状态"), "city_management"),
        timestamp("reported_at", "reported_at", "when it was reported", "上报时间", INTERNAL),
        timestamp("accepted_at", "accepted_at", "when it was accepted", "受理时间", INTERNAL),
        timestamp("verified_at", "verified_at", "when it was verified", "核实时间", INTERNAL),
        timestamp("handled_at", "handled_at", "when it was handled", "处理时间", INTERNAL),
        timestamp("feedback_at", "feedback_at", "when the resident was told", "反馈时间", INTERNAL),
        timestamp("rated_at", "rated_at", "when it was rated", "评价时间", INTERNAL),
        integer("rating", "rating", "resident's rating, 1 to 5", "评分", INTERNAL),
        text("handler", "handler", "who handles it", "处理人", INTERNAL),
        text(
            "city_case_id",
            "city_case_id",
            "the case at city management, when passed on",
            "城管案件编号",
            INTERNAL,
        ),
        integer("photos", "photo_count", "pictures attached", "照片数", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updated_at",
    mentions=(Slot("requester", "requester_name", phone="phone", address="address"),),
    is_event=True,
)

WISH = Feed(
    "community",
    "wish",
    "one row a small wish",
    "微心愿",
    "sql",
    "wish",
    ("wish_no",),
    (
        text("wish_no", "wish_no", "number of the wish", "心愿编号", INTERNAL),
        text("wisher_name", "wisher_name", "who wishes", "许愿人", PERSONAL),
        _PHONE,
        text("id_no", "id_no", "citizen identity number", "身份证号码", PERSONAL),
        text("content", "content", "what is wished", "内容", PERSONAL),
        code("status", "wish_status", "wish_status", "状态"),
        text("claimed_by", "claimed_by", "who took it on", "认领方", INTERNAL),
        timestamp("created_at", "created_at", "when it was made", "创建时间", INTERNAL),
        timestamp("claimed_at", "claimed_at", "when it was taken on", "认领时间", INTERNAL),
        timestamp("done_at", "done_at", "when it was fulfilled", "完成时间", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updated_at",
    mentions=(Slot("wisher", "wisher_name", id_no="id_no", phone="phone"),),
)

DELIBERATION = Feed(
    "community",
    "deliberation",
    "one row a topic that neighbours talk over",
    "“1+3”议事",
    "sql",
    "deliberation",
    ("topic_no",),
    (
        text("topic_no", "topic_no", "number of the topic", "议题编号", INTERNAL),
        text("compound_code", "compound_code", "compound", "小区编码", PUBLIC),
        text("topic", "topic", "topic", "议题", PUBLIC),
        text(
            "from_request_no",
            "from_request_no",
            "the request that it came from",
            "来源诉求",
            INTERNAL,
        ),
        text_list("parties", "parties", "who takes part", "参与方", PUBLIC),
        code("status", "topic_status", "topic_status", "状态"),
        timestamp("raised_at", "raised_at", "when it was raised", "提出时间", INTERNAL),
        timestamp("agreed_at", "agreed_at", "when it was agreed", "达成时间", INTERNAL),
        timestamp("done_at", "done_at", "when it was done", "办结时间", INTERNAL),
        integer("meetings", "meeting_count", "meetings held", "会议次数", INTERNAL),
        _UPDATED,
    ),
    Delivery.CURSOR,
    cursor="updated_at",
)

SERVICE_USE = Feed(
    "community",
    "service_use",
    "one row a use of a service item",
    "服务事项",
    "sql",
    "service_use",
    ("use_no",),
    (
        text("use_no", "use_no", "number of the use", "使用编号", INTERNAL),
        text("item_code", "item_code", "major 2, item 2", "事项编码", PUBLIC),
        text("user_name", "user_name", "who used it", "使用人", PERSONAL),
        _PHONE,
        text("id_no", "id_no", "citizen identity number", "身份证号码", PERSONAL),
        timestamp("used_at", "used_at", "when", "使用时间", INTERNAL),
        text("result", "result", "outcome", "结果", INTERNAL),
    ),
    Delivery.APPEND,
    cursor="used_at",
    mentions=(Slot("user", "user_name", id_no="id_no", phone="phone"),),
)

COMMUNITY = (DIVISION, GRID_WORKER, RESIDENT_VISIT, REQUEST, WISH, DELIBERATION, SERVICE_USE)
