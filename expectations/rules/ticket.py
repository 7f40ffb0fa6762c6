"""Tickets: cases, their steps, requests, wishes and topics in the order in which things happen.

    city_management.*, community.request|wish|deliberation -> states and times that contradict

All are warnings: a ticket must reach its handler whatever its clock says. Needs no secrets.
"""

from collections.abc import Iterable

from expectations.rule import (
    Kind,
    Part,
    Rule,
    Severity,
    between,
    holds,
    in_order,
    matches,
    on,
    on_feeds,
    present,
)

_CASE = "city_management.case"
_STEP = "city_management.case_step"
_ALERT = "city_management.video_alert"
_REQUEST = "community.request"
_WISH = "community.wish"
_TOPIC = "community.deliberation"
_T, _W = Kind.TICKET, Severity.WARNING


def _needs(status: str, states: Iterable[str], column: str) -> Part:
    """In these states the column is filled."""
    listed = ", ".join(f"'{state}'" for state in states)
    return holds(f'"{status}" not in ({listed}) or "{column}" is not null', status, column)


def _not_yet(status: str, states: Iterable[str], column: str) -> Part:
    """In these states the column is still empty."""
    listed = ", ".join(f"'{state}'" for state in states)
    return holds(f'"{status}" not in ({listed}) or "{column}" is null', status, column)


RULES = (
    Rule(
        "ticket.closed_before_reported",
        _T,
        _W,
        "Closed before it was reported",
        "结案时间早于上报时间",
        "Times to close would be negative.",
        on(_CASE, *in_order("reported_at", "closed_at")),
        0.001,
    ),
    Rule(
        "ticket.due_before_reported",
        _T,
        _W,
        "Due before it was reported",
        "处置时限早于上报时间",
        "It would be late from the start.",
        on(_CASE, *in_order("reported_at", "deadline_at")),
        0.001,
    ),
    Rule(
        "ticket.closed_without_time",
        _T,
        _W,
        "Closed, but not when",
        "已结案但无结案时间",
        "Times to close cannot be computed.",
        on(_CASE, _needs("case_status", ["closed"], "closed_at")),
        0.005,
    ),
    Rule(
        "ticket.open_with_close",
        _T,
        _W,
        "Open, but with a closing time",
        "未结案但有结案时间",
        "State or time is wrong.",
        on(
            _CASE,
            _not_yet(
                "case_status", ["reported", "accepted", "verified", "dispatched"], "closed_at"
            ),
        ),
        0.005,
    ),
    Rule(
        "ticket.reported_missing",
        _T,
        _W,
        "Not known when it was reported",
        "缺少上报时间",
        "It cannot be counted on a day.",
        on_feeds(
            {
                _CASE: [present("reported_at")],
                _REQUEST: [present("reported_at")],
                _WISH: [present("created_at")],
                _TOPIC: [present("raised_at")],
                _ALERT: [present("occurred_at")],
            }
        ),
        0.005,
    ),
    Rule(
        "ticket.dispatched_to_nobody",
        _T,
        _W,
        "Dispatched to no unit",
        "已派遣但无处置单位",
        "Nobody handles it.",
        on(
            _CASE,
            _needs("case_status", ["dispatched", "handled", "feedback", "closed"], "handler_unit"),
        ),
        0.02,
    ),
    Rule(
        "ticket.duplicate_of_itself",
        _T,
        _W,
        "A repetition of itself",
        "重复案件指向自身",
        "Following it would never end.",
        on(_CASE, holds('"duplicate_of" <> "case_id"', "duplicate_of", "case_id")),
    ),
    Rule(
        "ticket.component_missing",
        _T,
        _W,
        "A component's case without a component",
        "部件案件缺少部件编码",
        "The owner of the lamp or cover cannot be found.",
        on(_CASE, _needs("case_kind", ["component"], "component_code")),
        0.05,
    ),
    Rule(
        "ticket.placeless",
        _T,
        _W,
        "A case without any place",
        "案件无地址、坐标与网格",
        "Nobody can go there.",
        on(
            _CASE,
            holds(
                'coalesce("address", "grid_code", "longitude_deg"::text) is not null',
                "address",
                "grid_code",
                "longitude_deg",
            ),
        ),
        0.01,
    ),
    Rule(
        "ticket.step_order",
        _T,
        _W,
        "A step that ended before it began",
        "流转环节结束早于开始",
        "Times by unit would be negative.",
        on(_STEP, *in_order("began_at", "ended_at")),
        0.001,
    ),
    Rule(
        "ticket.step_number",
        _T,
        _W,
        "A step without a place in the order",
        "流转顺序号异常",
        "Steps count from 1.",
        on(_STEP, between("seq", 1, 999)),
        0.001,
    ),
    Rule(
        "ticket.step_of_nothing",
        _T,
        _W,
        "A step of no case",
        "流转记录缺少案件编号",
        "It belongs to no ticket.",
        on(_STEP, present("case_id")),
        0.001,
    ),
    Rule(
        "ticket.dispatch_to_nobody",
        _T,
        _W,
        "A dispatch to no unit",
        "派遣环节无接收单位",
        "Nobody received it.",
        on(_STEP, _needs("case_step", ["dispatch"], "to_unit")),
        0.02,
    ),
    Rule(
        "ticket.request_order",
        _T,
        _W,
        "A request's stages out of order",
        "诉求各环节时间顺序错误",
        "Accepted, verified, handled, told, rated: each after the one before.",
        on(
            _REQUEST,
            *in_order(
                "reported_at", "accepted_at", "verified_at", "handled_at", "feedback_at", "rated_at"
            ),
        ),
        0.005,
    ),
    Rule(
        "ticket.request_state",
        _T,
        _W,
        "A request's state without its time",
        "诉求状态缺少对应时间",
        "The state was set by hand.",
        on(
            _REQUEST,
            _needs(
                "request_status",
                ["accepted", "verified", "handling", "feedback", "rated"],
                "accepted_at",
            ),
            _needs("request_status", ["feedback", "rated"], "handled_at"),
            _needs("request_status", ["rated"], "rated_at"),
        ),
        0.02,
    ),
    Rule(
        "ticket.rated_without_rating",
        _T,
        _W,
        "Rated without a rating",
        "已评价但无评分",
        "It counts neither as good nor as bad.",
        on(_REQUEST, _needs("request_status", ["rated"], "rating")),
        0.02,
    ),
    Rule(
        "ticket.wish_order",
        _T,
        _W,
        "A wish's stages out of order",
        "微心愿各环节时间顺序错误",
        "Made, claimed, fulfilled.",
        on(_WISH, *in_order("created_at", "claimed_at", "done_at")),
        0.005,
    ),
    Rule(
        "ticket.wish_claimed_by_nobody",
        _T,
        _W,
        "A wish claimed by nobody",
        "微心愿已认领但无认领方",
        "Nobody will fulfil it.",
        on(_WISH, _needs("wish_status", ["claimed", "done"], "claimed_by")),
        0.02,
    ),
    Rule(
        "ticket.topic_order",
        _T,
        _W,
        "A topic's stages out of order",
        "议题各环节时间顺序错误",
        "Raised, agreed, done.",
        on(_TOPIC, *in_order("raised_at", "agreed_at", "done_at")),
        0.005,
    ),
    Rule(
        "ticket.confidence",
        _T,
        _W,
        "A confidence outside 0 to 1",
        "视频预警置信度超出0至1",
        "Percent was delivered, or the algorithm failed.",
        on(_ALERT, between("confidence", 0, 1)),
        0.01,
    ),
    Rule(
        "ticket.alert_without_camera",
        _T,
        _W,
        "An alert of no camera",
        "视频预警无摄像机编号",
        "Nobody can look again.",
        on(_ALERT, present("camera_id")),
        0.005,
    ),
    Rule(
        "ticket.picture_address",
        _T,
        _W,
        "A picture that is no address",
        "视频预警图片地址无效",
        "It cannot be opened.",
        on(_ALERT, matches("image_url", "^(https?://|/)")),
        0.02,
    ),
)
