"""Rules on the course of things: tickets against their steps and twins, moves against warnings.

    conformed.city_management_*, community_request, emergency_* -> contradictions

Needs no secrets.
"""

from expectations.between.rule import Between, Side
from expectations.between.shared import sql

_CASE = "city_management.case"
_STEP = "city_management.case_step"
_REQUEST = "community.request"
_TRANSFER = "emergency.transfer_record"

BETWEEN = (
    Between(
        "closed_before_dispatched",
        "Closed before it was dispatched",
        "结案早于派遣",
        "The case was closed without anybody going there, or a clock is wrong.",
        "Steps are stamped by the system; the closing time can be edited.",
        (Side(f"{_STEP}.began_at", f"{_CASE}.closed_at"),),
        sql("closed_before_dispatched"),
        0.01,
    ),
    Between(
        "closed_without_step",
        "Closed without a closing step",
        "已结案但无结案环节",
        "Nobody can be asked why it was closed.",
        "The state was set by hand.",
        (Side(f"{_STEP}.case_step", f"{_CASE}.case_status"),),
        sql("closed_without_step"),
        0.02,
    ),
    Between(
        "steps_out_of_order",
        "A step that began before the one in front of it",
        "流转环节顺序与时间不符",
        "Times by unit would be negative.",
        "The later number was given to the earlier step when it was entered late.",
        (Side(f"{_STEP}.began_at", f"{_STEP}.began_at"),),
        sql("steps_out_of_order"),
        0.01,
    ),
    Between(
        "case_closed_request_open",
        "Closed as a case, open as a request",
        "城管已结案而社区诉求未办结",
        "The resident was not told.",
        "The community waits for a message that was lost.",
        (Side(f"{_CASE}.closed_at", f"{_REQUEST}.request_status"),),
        sql("case_closed_request_open"),
        0.05,
    ),
    Between(
        "request_done_case_open",
        "Told that it is done, while the case is open",
        "社区已反馈而城管案件未办结",
        "The resident was told what is not yet true.",
        "The unit that does the work knows whether it is done.",
        (Side(f"{_CASE}.case_status", f"{_REQUEST}.feedback_at"),),
        sql("request_done_case_open"),
        0.05,
    ),
    Between(
        "moved_before_warning",
        "Moved to safety before the warning",
        "转移时间早于预警发布",
        "It cannot be told how fast people were moved.",
        "The time of a warning is stamped; a move is written down afterwards.",
        (Side("emergency.warning.sent_at", f"{_TRANSFER}.began_at"),),
        sql("moved_before_warning"),
        0.02,
    ),
    Between(
        "shelter_overfull",
        "More people moved to a shelter than it holds",
        "安置人数超过场所容量",
        "People were sent to where there is no room.",
        "The capacity is a figure of the building; who was moved was counted.",
        (Side(f"{_TRANSFER}.people_moved", "emergency.shelter.capacity"),),
        sql("shelter_overfull"),
        0.02,
    ),
    Between(
        "updated_after_cancel",
        "A warning that updates one that was cancelled",
        "更新已解除的预警",
        "Readers cannot tell whether the danger is over.",
        "The sender took an old message as the template.",
        (Side("emergency.warning.sent_at", "emergency.warning.warning_action"),),
        sql("updated_after_cancel"),
        0.01,
    ),
)
