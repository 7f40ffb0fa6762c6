"""Warehouse tables of events and things: tickets, alerts, wishes, topics, services, shops.

    city_management.*, community.* -> warehouse.ticket, ticket_step, ...

A case of city management and a request of the community are both tickets. Needs no secrets.
"""

from schemas.columns import INTERNAL, PERSONAL, PUBLIC, flag, integer, text, timestamp
from schemas.model import Column, Table, Type
from schemas.warehouse.build import DEPARTMENT, FEED, copied, dwelling, resident, table

_CASE = "city_management.case"
_STEP = "city_management.case_step"
_REQUEST = "community.request"
_SHOP = "city_management.shop"
_ALERT = "city_management.video_alert"
_COMPONENT = "city_management.component"
_WISH = "community.wish"
_TOPIC = "community.deliberation"
_USE = "community.service_use"

_COMMUNITY = text("", "community_code", "community of the grid", "社区编码", PUBLIC)


def _both(case: str, request: str) -> str:
    return f"{_CASE}.{case} {_REQUEST}.{request}"


def _ticket_id(name: str, description: str, title_zh: str) -> Column:
    source = _both("case_id", "request_no")
    return Column(source, name, Type.TEXT, description, title_zh, INTERNAL)


TICKET = table(
    "ticket",
    "one row a case of city management or a request of a resident",
    "工单",
    ("ticket_id",),
    (
        _ticket_id("ticket_id", "department and number", "工单标识"),
        DEPARTMENT,
        FEED,
        _ticket_id("ticket_no", "number at the department", "工单编号"),
        text(_both("case_source", "request_channel"), "channel", "how it came in", "渠道"),
        text(_both("case_kind", "category"), "category", "kind or category", "类别"),
        *copied(_CASE, "major_class", "minor_class"),
        text(_both("description", "content"), "content", "what it is about", "内容", PERSONAL),
        text(_both("address", "address"), "address", "place, free text", "地址", PERSONAL),
        dwelling(),
        text(_both("grid_code", "grid_code"), "grid_code", "grid", "网格编码", PUBLIC),
        _COMMUNITY,
        *copied(_CASE, "component_code", "longitude_deg", "latitude_deg"),
        text(_both("handler_unit", "handler"), "handler", "who handles it", "处理单位"),
        text(
            _both("case_status", "request_status"),
            "status",
            "stage: reported, accepted, verified, dispatched, handling, handled, feedback,"
            " rated, closed, cancelled",
            "状态",
        ),
        flag(_both("case_status", "request_status"), "is_open", "still to be done", "是否在办"),
        resident("reporter_resident_id", "who reported it, from the night on", "反映人居民标识"),
        timestamp(_both("reported_at", "reported_at"), "reported_at", "when reported", "上报时间"),
        timestamp(f"{_CASE}.deadline_at", "deadline_at", "when it is due", "处置时限"),
        timestamp(
            _both("closed_at", "handled_at"),
            "finished_at",
            "when a case was closed or a request handled",
            "办结时间",
        ),
        integer(_both("satisfaction", "rating"), "rating", "rating, 1 to 5", "评分"),
        integer(f"{_STEP}.step_action", "return_count", "steps that were sent back", "退回次数"),
        integer(f"{_STEP}.case_step", "reopen_count", "steps after it was closed", "重开次数"),
    ),
    references={"grid_code": "grid.grid_code", "dwelling_id": "dwelling.dwelling_id"},
    indexes=(("grid_code", "reported_at"), ("dwelling_id",), ("reporter_resident_id",)),
)

TICKET_STEP = table(
    "ticket_step",
    "one row a step of a ticket",
    "工单流转",
    ("step_id",),
    (
        text(f"{_STEP}.step_id {_REQUEST}.request_no", "step_id", "id of the step", "步骤标识"),
        _ticket_id("ticket_id", "the ticket", "工单标识"),
        integer(f"{_STEP}.seq", "seq", "order of the step in the ticket", "顺序"),
        text(f"{_STEP}.case_step {_REQUEST}.request_status", "step", "report, accept, ...", "环节"),
        *copied(_STEP, "step_action", "from_unit", "to_unit", "began_at", "ended_at"),
        *copied(_STEP, "deadline_at"),
    ),
    references={"ticket_id": "ticket.ticket_id"},
    indexes=(("ticket_id", "seq"),),
)

TICKET_LINK = table(
    "ticket_link",
    "one row a pair of tickets about one matter: passed on to city management, or a repeated case",
    "工单关联",
    ("ticket_id", "linked_ticket_id", "link_kind"),
    (
        _ticket_id("ticket_id", "the ticket", "工单标识"),
        text(
            f"{_REQUEST}.city_case_id {_CASE}.duplicate_of",
            "linked_ticket_id",
            "the ticket that it was passed on as, or that it repeats",
            "关联工单标识",
        ),
        text("", "link_kind", "passed_on or duplicate", "关联类型"),
    ),
    references={"ticket_id": "ticket.ticket_id"},
    indexes=(("linked_ticket_id",),),
)

COMPONENT = table(
    "component",
    "one row a component of the city",
    "部件",
    ("component_code",),
    (
        *copied(_COMPONENT, "component_code", "name", "owner_unit", "manager_unit"),
        *copied(_COMPONENT, "maintainer_unit", "cell_code", "grid_code", "state"),
        *copied(_COMPONENT, "longitude_deg", "latitude_deg"),
    ),
    indexes=(("grid_code",),),
)

VIDEO_ALERT = table(
    "video_alert",
    "one row an alert that a camera's algorithm raised",
    "视频预警",
    ("alert_id",),
    (
        *copied(_ALERT, "alert_id", "camera_id", "algorithm", "confidence", "occurred_at"),
        *copied(_ALERT, "grid_code"),
        _COMMUNITY,
        *copied(_ALERT, "address", "longitude_deg", "latitude_deg", "alert_status"),
    ),
    references={"grid_code": "grid.grid_code"},
    indexes=(("grid_code", "occurred_at"),),
)

WISH = table(
    "wish",
    "one row a small wish",
    "微心愿",
    ("wish_no",),
    (
        *copied(_WISH, "wish_no"),
        resident(description="who wishes"),
        *copied(_WISH, "content", "wish_status", "claimed_by"),
        *copied(_WISH, "created_at", "claimed_at", "done_at"),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("resident_id",),),
)

DELIBERATION = table(
    "deliberation",
    "one row a topic that neighbours talk over",
    "“1+3”议事",
    ("topic_no",),
    (
        *copied(_TOPIC, "topic_no", "compound_code", "topic"),
        text(f"{_TOPIC}.from_request_no", "ticket_id", "the request it came from", "来源工单标识"),
        *copied(_TOPIC, "parties", "topic_status", "raised_at", "agreed_at", "done_at"),
        *copied(_TOPIC, "meeting_count"),
    ),
    references={"ticket_id": "ticket.ticket_id", "compound_code": "division.division_code"},
)

SERVICE_USE = table(
    "service_use",
    "one row a use of a service item",
    "服务事项",
    ("use_no",),
    (
        *copied(_USE, "use_no", "item_code"),
        resident(description="who used it"),
        *copied(_USE, "used_at", "result"),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("resident_id",),),
)

ORGANISATION = table(
    "organisation",
    "one row a shop on a street",
    "沿街商户",
    ("organisation_id",),
    (
        text(f"{_SHOP}.shop_id", "organisation_id", "number of the shop", "商户编号"),
        *copied(_SHOP, "uscc", "name", "grid_code"),
        _COMMUNITY,
        resident("operator_resident_id", "who runs it", "经营者居民标识"),
        dwelling(),
        *copied(_SHOP, "address", "phone"),
        text(
            "",
            "entity_id",
            "the hub's id of the organisation: shops of one id are one",
            "机构标识",
            INTERNAL,
        ),
    ),
    references={"operator_resident_id": "resident.resident_id"},
    indexes=(("grid_code",), ("uscc",), ("operator_resident_id",), ("entity_id",)),
)

CITY: tuple[Table, ...] = (
    TICKET,
    TICKET_STEP,
    TICKET_LINK,
    COMPONENT,
    VIDEO_ALERT,
    WISH,
    DELIBERATION,
    SERVICE_USE,
    ORGANISATION,
)
